"""How does this data set compare with others, computed ones and published ones?"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.coverage import coverage
from dsdocs.analyses.words import counted
from dsdocs.config import FILE_NAME
from dsdocs.errors import ConfigError, DsdocsError
from dsdocs.project import Project
from dsdocs.summary.read import fingerprint, read_summary
from dsdocs.views import Cell, Table, View

HERE = "this data set"
_COLUMNS = (
    "Data set", "Images", "Classes", "Labels per image", "Edge (px)", "Finest (m)", "Coarsest (m)", "Imagery", "Bands",
    "Area (km²)", "First date", "Last date", "Licence", "Source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Archive:
    """One row of the table; what is not known is None."""

    name: str
    images: int
    source: str  # where the row is from
    classes: int | None = None
    labels: float | None = None  # mean per image
    edge: int | None = None  # px, of the finest band
    finest: float | None = None  # m, ground sample distance
    coarsest: float | None = None  # m
    imagery: str | None = None
    bands: int | None = None
    area: float | None = None  # km2, union of the footprints
    first: str | None = None  # date, ISO 8601
    last: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class ArchiveComparison:
    """Archives side by side: this one, computed ones, and published ones by falling number of images."""

    archives: tuple[Archive, ...]
    sources: tuple[tuple[str, str, str], ...]  # as the rows name it, citation, address

    def views(self) -> tuple[View, ...]:
        """Return a table that can be sorted, and where its rows are from."""
        here, others = self.archives[0], self.archives[1:]
        larger = sum(other.images > here.images for other in others)
        found = f"{larger:,}" if larger else "none"
        said = f"{found} {'has' if larger < 2 else 'have'} more images than this one, {here.images:,}."
        finding = f"Of {counted(len(others), 'other archive')}, {said}"
        views: list[View] = [
            Table("Archives side by side", _COLUMNS, tuple(map(_row, self.archives)), finding if others else "")
        ]
        if self.sources:
            views.append(Table("Sources of the published rows", ("Source", "Publication", "Address"), self.sources))
        return tuple(views)


def archive_comparison(project: Project) -> ArchiveComparison:
    """Compute the rows of this data set and of the summaries under ``[compare]``; other rows are as published.

    Raises
    ------
    ConfigError
        A file under ``compare.summaries`` is not there or is no summary.
    """
    bands = sum(len(sensor.bands) for sensor in project.sensors.values() if sensor.kind != "map")
    titles = ", ".join(sensor.title for sensor in project.sensors.values() if sensor.kind != "map")
    own = _computed(
        f"{project.description.title} ({HERE})", project.summary, f"computed, {project.fingerprint}",
        imagery=titles or None, bands=bands or None, licence=project.config.dataset.licence,
    )  # fmt: skip
    rows = [own]
    for name, path in project.compared:
        try:
            rows.append(_computed(name, read_summary(path), f"computed, {fingerprint(path)}"))
        except (OSError, pa.ArrowInvalid, DsdocsError) as error:
            raise ConfigError(FILE_NAME, f"compare.summaries.{name}", f"{path.name} is no summary: {error}") from error
    if not project.config.compare.published:
        return ArchiveComparison(tuple(rows), ())
    published, sources = published_archives()
    return ArchiveComparison((*rows, *published), sources)


@lru_cache(maxsize=1)
def published_archives() -> tuple[tuple[Archive, ...], tuple[tuple[str, str, str], ...]]:
    """Return the archives of the papers' tables by falling number of images, and the papers."""
    data = tomllib.loads(resources.files(__package__).joinpath("archives.toml").read_text(encoding="utf-8"))
    sources: Mapping[str, Mapping[str, str]] = data["sources"]
    archives = [_published(entry, sources) for entry in data["archives"]]
    archives.sort(key=lambda archive: (-archive.images, archive.name))
    return tuple(archives), tuple((each["said"], each["citation"], each["url"]) for each in sources.values())


def _published(entry: dict[str, Any], sources: Mapping[str, Mapping[str, str]]) -> Archive:
    source, where = sources[entry.pop("source")], entry.pop("where")
    return Archive(**entry, source=f"{source['said']}, {where}")


def _computed(name: str, summary: pa.Table, source: str, **given: Any) -> Archive:
    """Fill a row from the columns of a summary."""
    lengths = pc.list_value_length(summary["labels"])
    labelled = lengths.null_count < summary.num_rows
    gsd, days = pc.min_max(summary["gsd"]).as_py(), pc.min_max(summary["datetime"]).as_py()
    placed = summary["geometry"].null_count < summary.num_rows
    return Archive(
        name,
        summary.num_rows,
        source,
        classes=pc.count_distinct(summary["labels"].combine_chunks().flatten()).as_py() or None,
        labels=pc.mean(lengths).as_py() if labelled else None,
        edge=pc.max(pc.max_element_wise(summary["width"], summary["height"])).as_py(),
        finest=gsd["min"],
        coarsest=gsd["max"],
        area=coverage(summary, tiles=False).union / 1e6 if placed else None,
        first=days["min"].date().isoformat() if days["min"] else None,
        last=days["max"].date().isoformat() if days["max"] else None,
        **given,
    )


def _row(archive: Archive) -> tuple[Cell, ...]:
    labels = None if archive.labels is None else round(archive.labels, 2)
    area = None if archive.area is None else round(archive.area, 1)
    return (
        archive.name, archive.images, archive.classes, labels, archive.edge, archive.finest, archive.coarsest,
        archive.imagery, archive.bands, area, archive.first, archive.last, archive.licence, archive.source,
    )  # fmt: skip
