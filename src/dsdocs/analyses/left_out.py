"""What did not become a patch of the summary, what is odd about those that did, and why?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dsdocs.analyses.words import counted
from dsdocs.records import CATEGORIES
from dsdocs.views import Number, Numbers, Table, View

SHOWN = 200  # rows of a table; report.json has all
Rows = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The account of all inputs: found = kept + quarantined + ignored."""

    found: int
    kept: int  # patches
    quarantined: Rows  # path, reason, category; the first ones by path
    n_quarantined: int
    warnings: Rows
    n_warnings: int
    ignored: tuple[tuple[str, int, str], ...]  # ending of the name, files, an example; most frequent first
    n_ignored: int
    categories: tuple[tuple[str, str, int, int], ...]  # category, meaning, quarantined, warnings

    def views(self) -> tuple[View, ...]:
        """Return the counts, the categories, and a table of each kind that there is."""
        counts = {"Found": self.found, "Kept": self.kept, "Quarantined": self.n_quarantined, "Ignored": self.n_ignored}
        if self.n_warnings:
            counts["Warnings"] = self.n_warnings
        views: list[View] = [Numbers("All inputs", tuple(Number(name, count) for name, count in counts.items()))]
        if self.categories:
            views.append(self._kinds())
        for title, rows, total in (
            ("Quarantined: not in the summary", self.quarantined, self.n_quarantined),
            ("Warnings: in the summary all the same", self.warnings, self.n_warnings),
        ):
            if rows:
                views.append(Table(title, ("Path", "Reason", "Category"), rows, _shown(len(rows), total)))
        if self.ignored:
            head = ("Name ends in", "Files", "For example")
            finding = f"{counted(self.n_ignored, 'file')} that no patch needs."
            views.append(Table("Ignored: no part of the layout", head, self.ignored, finding))
        return tuple(views)

    def _kinds(self) -> Table:
        """List the categories, without a column for what there is none of."""
        head = ["Category", "What it stands for"]
        chosen = [0, 1]
        for place, (name, count) in enumerate((("Quarantined", self.n_quarantined), ("Warnings", self.n_warnings)), 2):
            if count:
                head.append(name)
                chosen.append(place)
        rows = tuple(tuple(row[place] for place in chosen) for row in self.categories)
        return Table("Kinds of findings", tuple(head), rows)


def left_out(report: Mapping[str, Any]) -> LeftOut:
    """Account for every input of an archive.

    Parameters
    ----------
    report
        As ``report.json`` has it.
    """
    quarantined, warnings = report["quarantined"], report["warnings"]
    counts = [Counter(entry["category"] for entry in entries) for entries in (quarantined, warnings)]
    categories = tuple(
        (name, CATEGORIES.get(name, ""), counts[0][name], counts[1][name]) for name in sorted(counts[0] | counts[1])
    )
    endings = Counter(_ending(path) for path in report["ignored"])
    examples = {_ending(path): path for path in reversed(report["ignored"])}
    ignored = tuple((ending, count, examples[ending]) for ending, count in _by_count(endings))[:SHOWN]
    return LeftOut(
        report["found"],
        report["kept"],
        _rows(quarantined),
        len(quarantined),
        _rows(warnings),
        len(warnings),
        ignored,
        report["ignored_count"],
        categories,
    )


def _rows(entries: Sequence[Mapping[str, str]]) -> Rows:
    return tuple((entry["path"], entry["reason"], entry["category"]) for entry in entries[:SHOWN])


def _shown(rows: int, total: int) -> str:
    return "" if rows == total else f"The first {rows:,} of {total:,} by path; report.json has all."


def _ending(path: str) -> str:
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return dot + ending.lower() if stem and dot else "no ending"


def _by_count(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
