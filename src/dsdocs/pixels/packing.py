"""A part as bytes: tables in Arrow's streaming format, one after the other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from dsdocs.pixels import phash
from dsdocs.pixels.batch import Batches, Grey, Rows
from dsdocs.pixels.evidence import FACTORS, GRID, Evidence
from dsdocs.pixels.model import Unreadable

ROWS = pa.schema([
    ("number", pa.int32()), ("asset", pa.int16()), ("band", pa.int16()), ("dtype", pa.string()), ("width", pa.int32()),
    ("height", pa.int32()), ("valid", pa.int64()), ("invalid", pa.int64()), ("saturated", pa.int64()),
    ("low", pa.float64()), ("high", pa.float64()), ("checksum", pa.uint32()), ("first", pa.int64()),
    ("second", pa.int64()), ("exact", pa.binary()),
])  # fmt: skip
HASHES = pa.schema([
    ("number", pa.int32()), ("asset", pa.int16()), ("hash", pa.uint64()),
    # What is known where bands of the patch lie in several parts; else null.
    ("bands", pa.int16()), ("most", pa.float64()), ("total", pa.list_(pa.float64(), phash.LOW**2)),
])  # fmt: skip
_HISTOGRAMS = pa.schema([
    ("asset", pa.int16()), ("band", pa.int16()), ("counted", pa.bool_()), ("places", pa.list_(pa.int32())),
    ("counts", pa.list_(pa.int64())),
])  # fmt: skip
_EVIDENCE = pa.schema([
    ("number", pa.int32()), ("asset", pa.int16()), ("band", pa.int16()), ("width", pa.int32()), ("height", pa.int32()),
    ("first", pa.float64()), ("second", pa.float64()), ("blocks", pa.list_(pa.float64(), len(FACTORS))),
    ("grid", pa.list_(pa.float32(), GRID**2)),
])  # fmt: skip
_UNREADABLE = pa.schema([("path", pa.string()), ("category", pa.string()), ("reason", pa.string())])
_SCHEMAS = (ROWS, HASHES, _HISTOGRAMS, _EVIDENCE, _UNREADABLE)


@dataclass(frozen=True, slots=True)
class Part:
    """What was found in some files; numbers of patches are those of its task."""

    rows: pa.Table  # `ROWS`
    hashes: pa.Table  # `HASHES`
    histograms: dict[tuple[int, int, bool], tuple[Any, Any]]  # asset, band, counted -> what `Histogram.merge` takes
    evidence: list[Evidence]
    unreadable: list[Unreadable]


def pack_part(batches: Batches, evidence: list[Evidence], unreadable: list[Unreadable]) -> bytes:
    """Write a part."""
    histograms = [
        {"asset": asset, "band": band, "counted": counted, "places": places, "counts": counts}
        for (asset, band, counted), histogram in sorted(batches.histograms.items(), key=lambda pair: pair[0])
        for places, counts in [histogram.sparse()]
    ]
    tables = (
        _rows(batches.rows),
        pa.Table.from_pylist(_hashes(batches), HASHES),
        pa.Table.from_pylist(histograms, _HISTOGRAMS),
        pa.Table.from_pylist([{name: getattr(one, name) for name in _EVIDENCE.names} for one in evidence], _EVIDENCE),
        pa.Table.from_pylist([asdict(one) for one in unreadable], _UNREADABLE),
    )
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


def unpack_part(data: bytes) -> Part:
    """Read what `pack_part` wrote.

    Raises
    ------
    ValueError
        It is no such thing, or not whole.
    """
    source = pa.BufferReader(data)
    try:
        tables = [pa.ipc.open_stream(source).read_all() for _ in _SCHEMAS]
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"is no part: {error}") from error
    if any(table.schema != schema for table, schema in zip(tables, _SCHEMAS, strict=True)):
        raise ValueError("is a part of another version")
    rows, hashes, histograms, evidence, unreadable = tables
    return Part(
        rows,
        hashes,
        {
            (entry["asset"], entry["band"], entry["counted"]): (np.array(entry["places"]), np.array(entry["counts"]))
            for entry in histograms.to_pylist()
        },
        [
            Evidence(**{**entry, "blocks": tuple(entry["blocks"]), "grid": np.array(entry["grid"], np.float32)})
            for entry in evidence.to_pylist()
        ],
        [Unreadable(**entry) for entry in unreadable.to_pylist()],
    )


def _rows(found: list[Rows]) -> pa.Table:
    """Put what was counted into one table, sorted by patch, asset and band."""
    if not found:
        return ROWS.empty_table()
    counts = [len(rows.numbers) for rows in found]
    columns: dict[str, Any] = {
        "number": np.concatenate([np.array(rows.numbers, np.int32) for rows in found]),
        "checksum": np.concatenate([np.array(rows.checksums, np.uint32) for rows in found]),
        "dtype": pa.array([rows.dtype for rows in found]).take(pa.array(np.repeat(np.arange(len(found)), counts))),
    }
    for name in ("asset", "band", "width", "height"):
        columns[name] = np.repeat([getattr(rows, name) for rows in found], counts)
    for name in ("valid", "invalid", "saturated"):
        columns[name] = np.concatenate([getattr(rows.figures, name) for rows in found])
    for name in ("low", "high"):
        figures = [getattr(rows.figures, name).astype(np.float64) for rows in found]
        columns[name] = pa.array(np.concatenate(figures), mask=columns["valid"] == 0)
    for name in ("first", "second", "exact"):
        kind = ROWS.field(name).type
        own = [_given(getattr(rows.figures, name), kind, count) for rows, count in zip(found, counts, strict=True)]
        columns[name] = pa.concat_arrays(own)
    table = pa.table([pa.array(columns[field.name]).cast(field.type) for field in ROWS], schema=ROWS)
    return table.sort_by([(name, "ascending") for name in ("number", "asset", "band")])


def _given(figures: Any, kind: pa.DataType, count: int) -> pa.Array:
    """Return exact sums, or nulls where they are kept in another column."""
    return pa.nulls(count, kind) if figures is None else pa.array(figures, kind)


def _hashes(batches: Batches) -> list[dict[str, Any]]:
    """Hash the patches whose bands are all here, and keep what is known of the others."""
    found = []
    for (number, asset), grey in sorted(batches.greys.items(), key=lambda pair: pair[0]):
        entry: dict[str, Any] = dict.fromkeys(HASHES.names)
        entry |= {"number": number, "asset": asset}
        if grey.bands == len(batches.plans[asset].grey):
            entry["hash"] = hash_of(grey)
        else:
            entry |= {"bands": grey.bands, "most": grey.most, "total": grey.total.tolist()}
        found.append(entry)
    return found


def hash_of(grey: Grey) -> int | None:
    """Return the hash of a grey picture whose bands are all known."""
    return phash.hash_of(grey.total / grey.bands, grey.most)
