"""What was this site built from, and with what?"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from dsdocs.project import Project
from dsdocs.summary.read import notes as summary_notes
from dsdocs.views import Number, Numbers, Table, View

PACKAGES = (
    "dsdocs", "sphinx", "myst-nb", "furo", "pyarrow", "geopandas", "shapely", "pyproj", "folium", "tifffile", "pillow",
)  # fmt: skip
SHOWN = 50  # rows of the table of inputs that were left out


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the data came from, what was left out, and which versions made the site."""

    origin: tuple[tuple[str, str], ...]
    counts: dict[str, int]  # found, kept, quarantined, ignored
    left_out: tuple[tuple[str, str, str], ...]  # path, category, reason
    versions: tuple[tuple[str, str], ...]

    def views(self) -> tuple[View, ...]:
        """Return counts, origin, inputs that were left out, and versions."""
        views: list[View] = [
            Numbers("What was read", tuple(Number(name.capitalize(), count) for name, count in self.counts.items())),
            Table("Data", ("What", "Value"), self.origin),
        ]
        if self.left_out:
            by_category = Counter(category for _, category, _ in self.left_out)
            finding = ", ".join(f"{count:,} {category}" for category, count in sorted(by_category.items()))
            rows = self.left_out[:SHOWN]
            title = "Inputs that were left out or are odd"
            views.append(Table(title, ("Path", "Category", "Reason"), rows, f"Categories: {finding}."))
        views.append(Table("Software", ("Package", "Version"), self.versions))
        return tuple(views)


def provenance(project: Project) -> Provenance:
    """Gather the facts of a build; it holds no date and no path, so that equal builds give equal pages."""
    report = project.report
    counts = {
        "found": report["found"],
        "kept": report["kept"],
        "quarantined": report["quarantined_count"],
        "ignored": report["ignored_count"],
    }
    notes = {key.replace("_", " "): value for key, value in sorted(summary_notes(project.summary).items())}
    origin = {"summary fingerprint": project.fingerprint, **notes, **_pictures(project.pictures)}
    return Provenance(tuple(origin.items()), counts, _left_out(report), _versions())


def _pictures(made: Mapping[str, Any]) -> dict[str, str]:
    """Say how the thumbnails were made to fit their budget."""
    if not made.get("count"):
        return {}
    size, budget = made["size"], made["budget"]
    return {
        "pictures": f"{made['count']} in {made['format']}, at most {made['edge']} px, quality {made['quality']}",
        "size of the pictures": f"{size:,} of {budget:,} bytes allowed",
    }


def _left_out(report: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    rows: list[tuple[str, str, str]] = []
    for kind in ("quarantined", "warnings"):
        entries: Sequence[Mapping[str, str]] = report[kind]
        rows += [(entry["path"], entry["category"], entry["reason"]) for entry in entries]
    rows += [(path, "ignored", "no part of the layout") for path in report["ignored"]]
    return tuple(rows)


def _versions() -> tuple[tuple[str, str], ...]:
    return (("Python", platform.python_version()), *((name, version(name)) for name in PACKAGES))
