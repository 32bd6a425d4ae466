"""What machine-readable descriptions of a data set say, gathered once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.config import Author
from dsdocs.errata import stored_errata
from dsdocs.errata.store import TABLE as ERRATA
from dsdocs.export.samples import BAND
from dsdocs.geo.antimeridian import longitude_range
from dsdocs.project import Project
from dsdocs.sensors import Sensor
from dsdocs.summary.schema import COLUMNS as SUMMARY_COLUMNS
from dsdocs.summary.schema import NAMES, Column, fact_column

SUMMARY = "summary.parquet"
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file that the site holds."""

    path: str  # below the site's folder
    media_type: str
    title: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class About:
    """A data set as its descriptions name it; what is not known is None or empty, and no description makes it up."""

    title: str
    description: str
    version: str | None
    authors: tuple[Author, ...]
    licence: str | None  # SPDX identifier
    citation: str | None
    publisher: str | None
    doi: str | None
    homepage: str | None  # where the archive is
    repository: str | None
    url: str | None  # of the site, ends with a slash
    published: str | None  # ISO 8601 date
    keywords: tuple[str, ...]
    fingerprint: str
    n_patches: int
    archive_name: str
    archive_size: int  # bytes
    n_files: int
    extent: tuple[float, float, float, float] | None  # west, south, east, north in OGC:CRS84; east < west across 180
    period: tuple[str, str] | None  # first and last acquisition, ISO 8601 dates (UTC)
    crs: tuple[str, ...]  # native, as authority and code
    gsd: tuple[float, ...]  # m, of the finest bands, ascending
    classes: Mapping[str, int]  # class -> patches, most frequent first
    splits: Mapping[str, int]
    countries: Mapping[str, int]  # ISO 3166-1 alpha-2 -> patches
    sensors: Mapping[str, Sensor]  # asset -> sensor
    banded: frozenset[str]  # assets of which each band is a file
    whole: frozenset[str]  # assets of which one file holds all bands; of a mixed archive both
    columns: tuple[Column, ...]  # of the summary
    facts: Mapping[str, Mapping[str, object]]
    files: tuple[PublishedFile, ...]
    n_errata: int = 0  # rows of the table of errata, which is one of the files where there are any

    @property
    def slug(self) -> str:
        """The title as a name of ASCII letters, digits and hyphens."""
        return _SLUG.sub("-", self.title.lower()).strip("-") or "data-set"

    def address(self, path: str) -> str:
        """Return the address of a file of the site: absolute where the site's own is known, else below its root."""
        return f"{self.url}{path}" if self.url else path


def about(project: Project, *, data: str) -> About:
    """Gather what descriptions of a data set say.

    Parameters
    ----------
    project
        The project; its summary and facts must be there.
    data
        Folder of data files below the site's root, into which the summary goes.
    """
    said, summary = project.config.dataset, project.summary
    url = project.config.site.url
    known, errata = stored_errata(project), project.state / ERRATA
    n_errata = len(known.errata) + len(known.unknown)
    return About(
        title=project.description.title or project.counts["name"],
        description=said.description or f"{summary.num_rows:,} patches.",
        version=said.version,
        authors=said.authors,
        licence=said.licence,
        citation=said.citation,
        publisher=said.publisher,
        doi=said.doi,
        homepage=project.description.homepage,
        repository=said.repository,
        url=None if url is None else f"{url.rstrip('/')}/",
        published=None if said.published is None else said.published.isoformat(),
        keywords=said.keywords,
        fingerprint=project.fingerprint,
        n_patches=summary.num_rows,
        archive_name=project.counts["name"],
        archive_size=int(project.facts["archive_size"]["value"]),
        n_files=int(project.facts["n_files"]["value"]),
        extent=extent_of(summary),
        period=_period(project),
        crs=tuple(sorted(_counted(summary, "crs"))),
        gsd=tuple(sorted(pc.unique(summary["gsd"].drop_null()).to_pylist())),
        classes=_classes(summary),
        splits=_counted(summary, "split"),
        countries=_counted(summary, "country"),
        sensors=project.sensors,
        banded=_kinds(summary, banded=True),
        whole=_kinds(summary, banded=False),
        columns=_columns(summary),
        facts=project.facts,
        files=(
            _published(project.summary_path, f"{data}/{SUMMARY}", "One row for each patch, as GeoParquet"),
            *(
                (_published(errata, f"{data}/{ERRATA}", "What is known to be wrong with patches, as Parquet"),)
                if n_errata
                else ()
            ),
        ),
        n_errata=n_errata,
    )


def extent_of(summary: pa.Table) -> tuple[float, float, float, float] | None:
    """Return the bounding box of all footprints, (west, south, east, north) in OGC:CRS84; None: there are none.

    Across the antimeridian its east is less than its west, see `dsdocs.geo.antimeridian.longitude_range`.
    """
    boxes = summary["bbox"].combine_chunks().drop_null()
    if not len(boxes):
        return None
    west, south, east, north = (
        boxes.field(side).to_numpy(zero_copy_only=False) for side in ("xmin", "ymin", "xmax", "ymax")
    )
    left, right = longitude_range(west, east)
    return left, float(south.min()), right, float(north.max())


def _period(project: Project) -> tuple[str, str] | None:
    facts = project.facts
    if "first_date" not in facts:
        return None
    return str(facts["first_date"]["value"]), str(facts["last_date"]["value"])


def _kinds(summary: pa.Table, *, banded: bool) -> frozenset[str]:
    found = summary["assets"].combine_chunks().flatten()
    wanted = pc.equal(pc.match_substring(found.field("href"), BAND), banded)
    return frozenset(pc.unique(found.field("key").filter(wanted)).to_pylist())


def _counted(summary: pa.Table, column: str) -> dict[str, int]:
    found = summary[column].cast(pa.string()).drop_null().value_counts().to_pylist()
    return {one["values"]: one["counts"] for one in sorted(found, key=lambda one: (-one["counts"], one["values"]))}


def _classes(summary: pa.Table) -> dict[str, int]:
    found = pc.value_counts(summary["labels"].combine_chunks().flatten()).to_pylist()
    return {one["values"]: one["counts"] for one in sorted(found, key=lambda one: (-one["counts"], one["values"]))}


def _columns(summary: pa.Table) -> tuple[Column, ...]:
    known = {column.name: column for column in SUMMARY_COLUMNS}
    facts = [fact_column(name, summary.schema.field(name).type) for name in summary.column_names if name not in NAMES]
    return (*known.values(), *facts)


def _published(file: Path, path: str, title: str) -> PublishedFile:
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return PublishedFile(path, "application/vnd.apache.parquet", title, file.stat().st_size, digest)
