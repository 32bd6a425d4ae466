"""Bytes of the files that a browser fetches: byte planes, differences of places, names, details."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dsdocs.explorer.model import Integers, Places

CHUNK = 262_144  # rows of a file of codes or places
NAMES = 65_536  # rows of a file of names
DETAILS = 8192  # rows of a file of details
QUICK, SMALL = 6, 9  # levels of gzip; on details, 9 takes five times as long for a hundredth of the bytes
_HASH = 12  # digits of the SHA-256 in a name
_CONTINUES, _SEVEN = 0x80, 7  # of LEB128


@dataclass(frozen=True, slots=True)
class Entry:
    """A file beside the manifest."""

    path: str
    bytes: int
    sha256: str
    inflated: int | None = None  # bytes without gzip; None: the file is no gzip

    def as_json(self) -> dict[str, Any]:
        """Return the entry as the manifest has it."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def write_file(folder: Path, stem: str, ending: str, data: bytes, *, inflated: int | None = None) -> Entry:
    """Write a file whose name says its content, as the pictures of a sprite sheet."""
    digest = hashlib.sha256(data).hexdigest()
    path = f"{stem}-{digest[:_HASH]}.{ending}"
    (folder / path).write_bytes(data)
    return Entry(path, len(data), digest, inflated)


def write_shard(folder: Path, stem: str, data: bytes, *, level: int = SMALL) -> Entry:
    """Write bytes as gzip, without a time, so that the same data gives the same name."""
    return write_file(folder, stem, "gz", gzip.compress(data, level, mtime=0), inflated=len(data))


def write_json(folder: Path, stem: str, value: object) -> Entry:
    """Write JSON as gzip."""
    return write_shard(folder, stem, compact(value).encode())


def compact(value: object) -> str:
    """Return JSON without blanks; NaN is an error."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def chunks(n: int, size: int) -> Iterator[slice]:
    """Yield the rows of each file; one without rows where there are none at all."""
    for start in range(0, max(n, 1), size):
        yield slice(start, min(start + size, n))


def code_type(n_codes: int) -> str:
    """Return the smallest type for so many codes."""
    return "uint8" if n_codes <= 1 << 8 else "uint16" if n_codes <= 1 << 16 else "uint32"


def planes(values: NDArray[Any], dtype: str) -> bytes:
    """Return all lowest bytes, then all second ones, and so on."""
    little = np.ascontiguousarray(values.astype(np.dtype(dtype).newbyteorder("<")))
    return little.view(np.uint8).reshape(len(values), little.itemsize).T.tobytes()


def place_stream(places: Places, rows: slice) -> bytes:
    """Return the places of some rows: length of the first part, all steps of x, all steps of y."""
    starts = np.cumsum([0, *(group.rows for group in places.groups if group.scale is not None)])
    first = np.isin(np.arange(rows.start, rows.stop), [rows.start, *starts.tolist()])
    parts = []
    for values in (places.x[rows], places.y[rows]):
        steps = values.copy()
        steps[1:] -= values[:-1]
        steps[first] = values[first]
        parts.append(leb128(steps))
    return len(parts[0]).to_bytes(4, "little") + parts[0] + parts[1]


def leb128(values: Integers) -> bytes:
    """Return signed numbers as variable bytes: 0, -1, 1, -2 ... become 0, 1, 2, 3 ..., seven bits a byte, low first."""
    rest = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    lengths = np.ones(len(rest), dtype=np.int64)
    for shift in range(_SEVEN, 64, _SEVEN):
        lengths += (rest >> np.uint64(shift)) > 0
    starts = np.cumsum(lengths) - lengths
    found = np.empty(int(lengths.sum()), dtype=np.uint8)
    for place in range(int(lengths.max(initial=0))):
        here = lengths > place
        byte = ((rest[here] >> np.uint64(_SEVEN * place)) & np.uint64(_CONTINUES - 1)).astype(np.uint8)
        byte[lengths[here] > place + 1] |= _CONTINUES
        found[starts[here] + place] = byte
    return found.tobytes()


def details(rows: pa.Table) -> bytes:
    """Return rows of a summary as Parquet that a small reader in JavaScript can read.

    Without compression, which the file as a whole gets, and without 64-bit integers, which are no numbers there: times
    become ISO 8601, and whole numbers beyond 32 bits text. Without bounding boxes, which follow from the footprints.
    """
    rows = rows.drop_columns([name for name in ("bbox",) if name in rows.column_names])
    columns = [_readable(rows.column(index).combine_chunks()) for index in range(rows.num_columns)]
    sink = io.BytesIO()
    plain = pa.Table.from_arrays(columns, names=rows.column_names)
    pq.write_table(plain, sink, compression="none", version="1.0", store_schema=False, write_statistics=False)
    return sink.getvalue()


def _readable(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_timestamp(kind):
        moments = column.dictionary_encode()  # many patches share one, and text takes long to make
        return pa.array(_times(moments.dictionary), pa.string()).take(moments.indices)
    if pa.types.is_int64(kind):
        try:
            return column.cast(pa.int32())
        except pa.ArrowInvalid:
            return column.cast(pa.string())
    return column


def _times(column: pa.Array) -> Sequence[str | None]:
    return [None if moment is None else moment.isoformat().replace("+00:00", "Z") for moment in column.to_pylist()]
