"""Does the archive agree with what was published about it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from dsdocs.analyses.words import counted
from dsdocs.claims import Checked, check_claims
from dsdocs.claims.model import Verdict
from dsdocs.project import Project
from dsdocs.views import Cell, Number, Numbers, Table, View

OWN_TABLE = 12  # figures from which a table of a publication is a table of its own here
_COLUMNS = (
    "Figure", "Verdict", "Published", "Computed", "Difference", "Remark", "Where it stands", "Computed from",
)  # fmt: skip
_WORDS = {"agrees": "agree", "differs": "differ", "cannot be checked": "cannot be checked"}


@dataclass(frozen=True, slots=True)
class CheckedClaims:
    """Every published figure beside the computed one."""

    checked: tuple[Checked, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Figures of each verdict."""
        found = Counter(each.verdict for each in self.checked)
        return {verdict: found[verdict] for verdict in get_args(Verdict)}

    def views(self) -> tuple[View, ...]:
        """Return how many agree, those that differ, and all of them by publication and table."""
        items = tuple(Number(f"Figures that {_WORDS[verdict]}", count) for verdict, count in self.counts.items())
        differing = [each for each in self.checked if each.verdict == "differs"]
        views: list[View] = [Numbers("Published figures against the archive", items)]
        if differing:
            views.append(_table("What differs", differing))
        return (*views, *(_table(title, group) for title, group in self._groups()), self._sources())

    def _groups(self) -> list[tuple[str, list[Checked]]]:
        sizes = Counter((each.claim.publication, each.claim.table) for each in self.checked)
        groups: dict[str, list[Checked]] = {}
        for each in self.checked:
            publication, table = each.claim.publication, each.claim.table
            title = f"Figures of the {publication}" if publication else "Figures that the authors of this site state"
            if publication and sizes[publication, table] >= OWN_TABLE and "count(label=" in each.claim.text:
                title = f"{title}: {table}"
            groups.setdefault(title, []).append(each)
        return list(groups.items())

    def _sources(self) -> Table:
        rows = tuple(dict.fromkeys((each.claim.source, each.claim.url or None) for each in self.checked))
        title = "Where the figures were published"
        if any(address for _, address in rows):
            return Table(title, ("Source", "Address"), rows)
        return Table(title, ("Source",), tuple((source,) for source, _ in rows))


def checked_claims(project: Project) -> CheckedClaims:
    """Check every published figure that the configuration or a ready-made list binds to the facts.

    Raises
    ------
    ConfigError
        An expression in ``dsdocs.toml`` cannot be used.
    """
    return CheckedClaims(check_claims(project))


def _table(title: str, group: Sequence[Checked]) -> Table:
    return Table(title, _COLUMNS, tuple(map(_row, group)), _finding(group))


def _row(each: Checked) -> tuple[Cell, ...]:
    claim = each.claim
    says = f"{claim.says} ({claim.unit})" if claim.unit else claim.says
    place = (claim.decimals or 0) + 3
    computed = None if each.computed is None else _short(each.computed, place)
    difference = None if each.difference is None else _short(each.difference, place)
    where = claim.table if claim.publication else ", ".join(filter(None, (claim.source, claim.table)))
    return (says, each.verdict, claim.value, computed, difference, each.reason, where, claim.text)


def _short(value: float, decimals: int) -> float:
    rounded = round(value, decimals)
    return int(rounded) if float(rounded).is_integer() else rounded


def _finding(group: Sequence[Checked]) -> str:
    found = Counter(each.verdict for each in group)
    said = [
        f"{count:,} {verdict if count == 1 else _WORDS[verdict]}"
        for verdict in get_args(Verdict)
        if (count := found[verdict])
    ]
    whole = "; ".join(dict.fromkeys(each.part for each in group if each.part))
    return f"Of {counted(len(group), 'figure')}, {', '.join(said)}{f': {whole}' if whole else ''}."
