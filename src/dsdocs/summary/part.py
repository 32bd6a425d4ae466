"""Read one part of an archive: what its reader says of it, placed on Earth, sorted, and packed to be stored or sent."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive import Member
from dsdocs.errors import DsdocsError, SummaryError
from dsdocs.geo.countries import Countries, load_countries
from dsdocs.geo.footprints import place
from dsdocs.geo.hilbert import hilbert_distance
from dsdocs.readers import Item, Reader
from dsdocs.readers.columns import fragments_table, records_table
from dsdocs.records import Fragment, Ignored, PatchRecord, RecordError, RecordWarning, SideTable
from dsdocs.summary.cut import Entry
from dsdocs.summary.frugal import frugal, without_pandas

BATCH = 1024  # rows of a part that are read at a time when parts are merged
NOWHERE = np.iinfo(np.int64).max  # Hilbert key of patches without a footprint: they come last
_UNSAFE = r"[\x00-\x1f\x7f/\\]|^\.\.?$|^$"
_LONGEST = 255  # characters of an id


@dataclass(frozen=True, slots=True)
class Task:
    """A part to be read, and all that its rows follow from."""

    reader: Reader
    entries: Iterable[Entry]
    max_distance: float  # m, to the nearest country


@dataclass(slots=True)
class Notes:
    """What a part says besides its rows."""

    files: int = 0
    rows: int = 0
    common: str | None = None  # the folders that all files lie in, ending in "/"; None: there was no file
    errors: list[RecordError] = field(default_factory=list)
    warnings: list[RecordWarning] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)  # distinct, as the archive spells them
    tables: list[str] = field(default_factory=list)  # paths of the side tables


@dataclass(frozen=True, slots=True)
class Packed:
    """A part, read: two Arrow IPC files."""

    rows: bytes  # with the notes in the metadata of the schema
    rest: bytes  # fragments and side tables, one IPC stream after the other; empty if there are none


def read_part(task: Task) -> Packed:
    """Read the members of a part.

    Raises
    ------
    SummaryError
        The reader failed in a way that no reader should.
    """
    notes = Notes()
    with frugal(), without_pandas() if _is_own(task.reader) else nullcontext():
        items = _guarded(task.reader, task.reader.read(_members(task.entries, notes)))
        return _pack(items, notes, task.max_distance)


def finish_parts(
    reader: Reader, fragments: pa.Table, tables: list[SideTable], max_distance: float, rows: int
) -> Iterator[Packed]:
    """Let the reader put fragments and side tables together; yield parts of about as many rows as asked for."""
    items = _guarded(reader, reader.finish(fragments, tables))
    for chunk in _chunks(items, rows):
        yield _pack(chunk, Notes(), max_distance)


def pack_items(items: Iterable[Item], *, max_distance: float) -> Packed:
    """Return the part that such items make."""
    return _pack(items, Notes(), max_distance)


def unpack_notes(schema: pa.Schema) -> Notes:
    """Return what a part says besides its rows."""
    stored = json.loads(schema.metadata[b"notes"])
    stored["errors"] = [RecordError(**entry) for entry in stored["errors"]]
    stored["warnings"] = [RecordWarning(**entry) for entry in stored["warnings"]]
    return Notes(**stored)


def unpack_rest(rest: bytes) -> Iterator[pa.Table]:
    """Yield the fragments of a part, then its side tables in the order of their paths in the notes."""
    source = pa.BufferReader(rest)
    while source.tell() < len(rest):
        yield pa.ipc.open_stream(source).read_all()


def _members(entries: Iterable[Entry], notes: Notes) -> Iterable[Member]:
    """Return the members among the entries; a list, which is quicker, if they come in one."""
    if not isinstance(entries, list):
        return _streamed(entries, notes)
    members = [entry for entry in entries if isinstance(entry, Member)]
    if len(members) < len(entries):
        notes.errors += (entry for entry in entries if isinstance(entry, RecordError))
    notes.files = len(members)
    if members:  # what the first and the last by name have in common, all have
        paths = [entry.path for entry in members]
        notes.common = _common(_folder(min(paths)), _folder(max(paths)))
    return members


def _streamed(entries: Iterable[Entry], notes: Notes) -> Iterator[Member]:
    folder = ""  # that all files up to here lie in; with its slash, so that no file next to it passes for one inside
    for entry in entries:
        if isinstance(entry, RecordError):
            notes.errors.append(entry)
            continue
        notes.files += 1
        path = entry.path
        if not path.startswith(folder) or notes.common is None:
            notes.common = folder = _common(notes.common, _folder(path))
        yield entry


def _folder(path: str) -> str:
    """Return the folders that a file lies in, ending in "/"; "" if there are none."""
    return "".join(path.rpartition("/")[:2])


def _common(first: str | None, second: str) -> str:
    """Return the folders that two folders share; both end in "/"."""
    if first is None or second.startswith(first):
        return second if first is None else first
    while not second.startswith(first):
        first = first[:-1].rpartition("/")[0]
        first += "/" if first else ""
    return first


def common_folder(found: Iterable[Notes]) -> str:
    """Return the folders that all files of all parts lie in, ending in "/"; "" if there are none."""
    result: str | None = None
    for notes in found:
        if notes.common is not None:
            result = _common(result, notes.common)
    return result or ""


def _is_own(reader: Reader) -> bool:
    return type(reader).__module__.partition(".")[0] == __name__.partition(".")[0]


def _guarded(reader: Reader, items: Iterator[Item]) -> Iterator[Item]:
    try:
        yield from items
    except DsdocsError:
        raise
    except (KeyboardInterrupt, GeneratorExit, MemoryError):
        raise
    except OSError:
        raise
    except Exception as error:  # the code of a reader may be anybody's; the message must name it
        raise SummaryError(f"the reader {reader.name!r} failed: {type(error).__name__}: {error}") from error


def _chunks(items: Iterator[Item], rows: int) -> Iterator[Iterator[Item]]:
    for first in items:
        seen = 0

        def chunk(first: Item = first) -> Iterator[Item]:
            nonlocal seen
            for item in chain([first], items):
                seen += item.num_rows if isinstance(item, pa.Table) else 1
                yield item
                if seen >= rows:
                    return

        yield chunk()


def _pack(items: Iterable[Item], notes: Notes, max_distance: float) -> Packed:
    tables: list[pa.Table] = []
    records: list[PatchRecord] = []
    fragments: list[Fragment] = []
    sides: list[SideTable] = []
    for item in items:
        match item:
            case pa.Table():
                tables.append(item)
            case PatchRecord():
                records.append(item)
            case Fragment():
                fragments.append(item)
            case SideTable():
                sides.append(item)
            case RecordError():
                notes.errors.append(item)
            case RecordWarning():
                notes.warnings.append(item)
            case Ignored():
                notes.ignored.append(item.path)
    # A fact may be missing from, or null all over in, some of the tables.
    rows = pa.concat_tables([records_table(records), *tables], promote_options="permissive")
    rows = _placed(_named(rows, notes), notes, max_distance)
    notes.rows = rows.num_rows
    notes.labels = sorted(pc.unique(rows["labels"].combine_chunks().flatten()).to_pylist())
    notes.tables = [side.path for side in sides]
    rest = _rest(fragments, sides) if fragments or sides else b""
    return Packed(_file(rows.replace_schema_metadata({"notes": json.dumps(asdict(notes))})), rest)


def _named(rows: pa.Table, notes: Notes) -> pa.Table:
    """Leave out patches whose name or labels cannot be used."""
    ids = rows["id"]
    bad = pc.fill_null(pc.or_(pc.match_substring_regex(ids, _UNSAFE), pc.greater(pc.utf8_length(ids), _LONGEST)), True)
    reason = "its name is empty, longer than 255 characters, or holds /, \\ or a control character"
    rows = _without(rows, bad, notes, "name.unsafe", reason)
    labels = rows["labels"].combine_chunks()
    texts = labels.flatten()
    empty = pc.or_kleene(texts.is_null(), pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(texts)), 0))
    if pc.any(empty).as_py():
        mask = np.zeros(rows.num_rows, dtype=bool)
        mask[pc.list_parent_indices(labels).filter(empty).to_numpy()] = True
        rows = _without(rows, pa.array(mask), notes, "label.empty", "one of its labels is an empty text")
    return rows


def _without(rows: pa.Table, bad: pa.Array | pa.ChunkedArray, notes: Notes, category: str, reason: str) -> pa.Table:
    if not pc.any(bad).as_py():
        return rows
    for path in paths(rows.filter(bad)):
        notes.errors.append(RecordError(path, category, reason))
    return rows.filter(pc.invert(bad))


def paths(rows: pa.Table) -> list[str]:
    """Return what names each patch in a report: its first file, the folder of its bands, or its id."""
    pairs = zip(rows["id"].to_pylist(), rows["assets"].to_pylist(), strict=True)
    return [_path(str(name), assets[0]["href"]) if assets else str(name) for name, assets in pairs]


def _path(name: str, href: str) -> str:
    folder = href.rpartition("/")[0]
    return folder if "{band}" in href and folder.rpartition("/")[2] == name else href


def _placed(rows: pa.Table, notes: Notes, max_distance: float) -> pa.Table:
    """Bring footprints to OGC:CRS84, name countries, and sort by place and name."""
    rings = rows["ring"].combine_chunks()
    corners = np.asarray(rings.fill_null([np.nan] * 8).flatten()).reshape(-1, 4, 2)
    placed = place(rows["crs"].combine_chunks(), corners)
    keep = np.ones(rows.num_rows, dtype=bool)
    keep[list(placed.problems)] = False
    if placed.problems:
        named = paths(rows.take(pa.array(list(placed.problems))))
        for path, (category, reason) in zip(named, placed.problems.values(), strict=True):
            notes.errors.append(RecordError(path, category, reason))
    if len(placed.cut):
        reason = "reaches across the antimeridian; its footprint is cut there into two polygons"
        named = paths(rows.take(pa.array(placed.cut)))
        notes.warnings += [RecordWarning(path, "geo.antimeridian", reason) for path in named]
    present = np.asarray(placed.wkb.is_valid())
    key = np.full(rows.num_rows, NOWHERE, dtype=np.int64)
    key[present] = hilbert_distance(placed.lon[present], placed.lat[present]).astype(np.int64)
    columns = {name: rows[name] for name in rows.column_names if name != "ring"}
    columns["hilbert"] = pa.array(key)
    # Names that occur twice are found by it, without all names in memory.
    columns["checksum"] = pa.array([zlib.crc32(name.encode()) for name in rows["id"].to_pylist()], pa.uint32())
    columns["geometry"] = placed.wkb
    for side, name in enumerate(("xmin", "ymin", "xmax", "ymax")):
        columns[name] = pa.array(placed.bbox[:, side], mask=~present)
    columns["country"] = _countries(
        rows["country"].combine_chunks(), placed.lon, placed.lat, present & keep, max_distance
    )
    table = pa.table(columns)
    order = pc.sort_indices(table, [("hilbert", "ascending"), ("id", "ascending")])
    if not keep.all():
        order = order.filter(pa.array(keep).take(order))
    return table.take(order)


def _countries(
    stated: pa.Array, lon: np.ndarray, lat: np.ndarray, present: np.ndarray, max_distance: float
) -> pa.Array:
    wanted = present & np.asarray(stated.is_null())
    if not wanted.any():
        return stated
    found = _all_countries().locate(lon[wanted], lat[wanted], max_distance=max_distance)
    return pc.replace_with_mask(stated, pa.array(wanted), pa.array(found, pa.string()))


@lru_cache(maxsize=1)
def _all_countries() -> Countries:
    return load_countries()


def _file(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks(), max_chunksize=BATCH)
    return bytes(sink.getvalue())


def _rest(fragments: list[Fragment], sides: list[SideTable]) -> bytes:
    sink = pa.BufferOutputStream()
    for table in (fragments_table(fragments), *(side.table for side in sides)):
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())
