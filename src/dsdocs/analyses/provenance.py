"""What was this site built from, and with what?"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from dsdocs.project import Project
from dsdocs.summary.read import notes as summary_notes
from dsdocs.views import Number, Numbers, Table, View

PACKAGES = (
    "dsdocs", "sphinx", "myst-nb", "furo", "pyarrow", "geopandas", "shapely", "pyproj", "folium", "tifffile", "pillow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the data came from, how much of it was used, and which versions made the site."""

    origin: tuple[tuple[str, str], ...]
    counts: dict[str, int]  # found, kept, quarantined, ignored
    versions: tuple[tuple[str, str], ...]

    def views(self) -> tuple[View, ...]:
        """Return counts, origin and versions."""
        views: list[View] = [
            Numbers("What was read", tuple(Number(name.capitalize(), count) for name, count in self.counts.items())),
            Table("Data", ("What", "Value"), self.origin),
        ]
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
    chosen = [("how the layout was found", notice) for notice in report["notices"]]
    origin = [
        ("archive", project.counts["name"]),
        ("summary fingerprint", project.fingerprint),
        *notes.items(),
        *chosen,
        *_pictures(project.pictures),
    ]
    return Provenance(tuple(origin), counts, _versions())


def _pictures(made: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say how the thumbnails were made to fit their budget."""
    if not made.get("count"):
        return []
    size, budget = made["size"], made["budget"]
    made_as = f"{made['count']} in {made['format']}, at most {made['edge']} px, quality {made['quality']}"
    return [("pictures", made_as), ("size of the pictures", f"{size:,} of {budget:,} bytes allowed")]


def _versions() -> tuple[tuple[str, str], ...]:
    return (("Python", platform.python_version()), *((name, version(name)) for name in PACKAGES))
