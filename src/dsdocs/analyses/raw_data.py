"""What does the archive hold as its authors made it, and what does the summary make of it?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj

from dsdocs.analyses.words import counted
from dsdocs.archive import Archive
from dsdocs.views import Cell, Code, Table, Tree, View

ROWS = 5
LONG = 80  # characters of a value that are shown
SHOWN = ("id", "labels", "split", "datetime", "season", "crs", "tile", "country", "gsd", "width", "height")


@dataclass(frozen=True, slots=True)
class Listing:
    """The archive as a tree of folders and files."""

    entries: tuple[tuple[int, str, str], ...]

    def views(self) -> tuple[View, ...]:
        """Return the tree."""
        return (Tree("What the archive holds", self.entries, f"The archive holds {self.entries[0][2]}."),)


@dataclass(frozen=True, slots=True)
class MetadataFile:
    """One metadata file of the archive, whole and field by field."""

    path: str
    content: str  # JSON
    fields: tuple[tuple[str, str, str, str], ...]  # field, type, example, meaning

    def views(self) -> tuple[View, ...]:
        """Return the text and its fields."""
        table = Table("Fields of the metadata", ("Field", "Type", "Example", "Meaning"), self.fields)
        return (Code(self.path, self.content, "json"), table)


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """The CRS that most patches have, as readable WKT."""

    crs: str
    wkt: str
    counts: tuple[tuple[str, str, int], ...]  # code, name, patches

    def views(self) -> tuple[View, ...]:
        """Return the systems and the text of the most frequent one."""
        finding = f"The patches are in {counted(len(self.counts), 'coordinate reference system')}."
        table = Table("Coordinate reference systems", ("Code", "Name", "Patches"), self.counts, finding)
        return (table, Code(f"{self.crs} as well-known text (WKT)", self.wkt, "text"))


@dataclass(frozen=True, slots=True)
class SummaryRows:
    """The columns of the summary and its first rows."""

    columns: tuple[tuple[str, str, str, str], ...]  # name, type, unit, meaning
    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def views(self) -> tuple[View, ...]:
        """Return columns and rows."""
        return (
            Table("Columns of the summary", ("Column", "Type", "Unit", "Meaning"), self.columns),
            Table("First rows of the summary", self.names, self.rows),
        )


def listing(entries: Sequence[Sequence[Any]]) -> Listing:
    """Take the outline that was noted while the archive was read."""
    return Listing(tuple((int(depth), str(name), str(note)) for depth, name, note in entries))


def metadata_file(archive: Archive, path: str, meanings: Mapping[str, str]) -> MetadataFile:
    """Read one metadata file (JSON, or the first row of a Parquet table) and explain its fields.

    Raises
    ------
    KeyError
        The archive has no such member.
    """
    with archive.open(path) as source:
        content = source.read()
    if path.endswith(".parquet"):
        file = pq.ParquetFile(BytesIO(content))
        first = next(file.iter_batches(batch_size=1)).to_pylist()[0]
    else:
        first = json.loads(content)
    flat = dict(_flatten(first))
    fields = tuple((key, _kind(value), _short(value), meanings.get(key, "")) for key, value in flat.items())
    return MetadataFile(path, json.dumps(_shortened(first), indent=2, ensure_ascii=False, default=str), fields)


def reference_system(summary: pa.Table) -> ReferenceSystem:
    """Count the patches of each CRS and write the most frequent one as indented WKT (ISO 19162).

    Raises
    ------
    ValueError
        No patch has a CRS.
    """
    found = pc.value_counts(summary["crs"].cast(pa.string())).to_pylist()
    counts = sorted(((e["values"], e["counts"]) for e in found if e["values"]), key=lambda pair: (-pair[1], pair[0]))
    if not counts:
        raise ValueError("no patch of the summary has a coordinate reference system")
    rows = tuple((code, pyproj.CRS(code).name, count) for code, count in counts)
    return ReferenceSystem(counts[0][0], pyproj.CRS(counts[0][0]).to_wkt(pretty=True), rows)


def summary_rows(summary: pa.Table) -> SummaryRows:
    """Describe the columns of the summary from its own metadata and show its first rows."""
    columns = []
    for field in summary.schema:
        described = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
        kind = str(field.type.value_type) if pa.types.is_dictionary(field.type) else str(field.type)
        columns.append((field.name, kind, described.get("unit", ""), described.get("description", "")))
    head = summary.slice(0, ROWS)
    names = tuple(name for name in SHOWN if head[name].null_count < head.num_rows)
    rows = tuple(
        tuple(_cell(value) for value in row) for row in zip(*(head[n].to_pylist() for n in names), strict=True)
    )
    return SummaryRows(tuple(columns), names, rows)


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        return ", ".join(value)
    return value if isinstance(value, str | int | float | None) else str(value)


def _flatten(value: Any, prefix: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [
            pair for key, item in value.items() for pair in _flatten(item, f"{prefix}.{key}" if prefix else str(key))
        ]
    return [(prefix, value)]


def _kind(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "integer", float: "number", list: "list", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONG else text[: LONG - 3] + "..."


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    return _short(value) if isinstance(value, str) else value
