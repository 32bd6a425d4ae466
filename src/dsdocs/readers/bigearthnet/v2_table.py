"""The metadata tables of BigEarthNet version 2: read within limits, and each patch listed once."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dsdocs.archive import Member
from dsdocs.errors import MemberError
from dsdocs.records import RecordError, RecordWarning

_TEXT = pa.string()
# Texts that repeat stay in dictionaries, so that the table of half a million patches is small.
_WORD = pa.dictionary(pa.int32(), _TEXT)
SCHEMA = pa.schema(
    [
        ("patch_id", _TEXT),
        ("labels", pa.list_(_TEXT)),
        ("split", _WORD),
        ("country", _WORD),
        ("s1_name", _TEXT),
        ("s2v1_name", _TEXT),
        ("contains_seasonal_snow", pa.bool_()),
        ("contains_cloud_or_shadow", pa.bool_()),
    ]
)
MAX_SIZE = 2**28  # bytes of a file; the published ones have 12 million
MAX_UNPACKED = 2**28  # bytes of its columns; the published tables have half of that
MAX_VALUES = 2**24  # of one column; the published tables have 549,488 rows with 1.7 million labels


def read_metadata_table(member: Member) -> pa.Table | RecordError:
    """Read the columns that are used, or say why they cannot be."""
    if member.size > MAX_SIZE:
        return RecordError(member.path, "meta.too-large", f"has {member.size} bytes; a table may have {MAX_SIZE}")
    try:
        return _read(member.read())
    except MemberError as error:
        return RecordError(member.path, error.category, error.problem)
    except _Refused as error:
        return RecordError(member.path, error.category, str(error))
    except (pa.ArrowException, OSError) as error:
        return RecordError(member.path, "meta.syntax", f"is no Parquet file, or a damaged one: {error}")


def distinct(table: pa.Table) -> tuple[pa.Table, pa.Table, list[RecordError | RecordWarning]]:
    """Let each patch be listed once.

    Returns
    -------
    tuple
        The rows to go on with; one row of each patch that was left out because its rows differ; and what is to be said.
    """
    names = table["patch_id"]
    if pc.count_distinct(names).as_py() == len(table) - names.null_count:
        return table, table.slice(0, 0), []
    counts = pc.value_counts(names)
    counts = counts.filter(pc.greater(counts.field("counts"), 1)).field("values").drop_null()
    chosen = np.flatnonzero(pc.is_in(names, counts))
    rows: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, row in zip(chosen.tolist(), table.take(pa.array(chosen)).to_pylist(), strict=True):
        rows.setdefault(row["patch_id"], []).append((number, row))
    keep = np.ones(len(table), dtype=bool)
    keep[chosen] = False
    said: list[RecordError | RecordWarning] = []
    differing = []
    for name, own in sorted(rows.items()):
        note = _compare(name, [row for _, row in own])
        said.append(note)
        if isinstance(note, RecordWarning):
            keep[own[0][0]] = True
        else:
            differing += [number for number, _ in own]
    return table.filter(pa.array(keep)), table.take(pa.array(differing, pa.int64())), said


class _Refused(Exception):
    """A table breaks a limit or has other columns."""

    def __init__(self, category: str, problem: str) -> None:
        self.category = category
        super().__init__(problem)


def _read(content: bytes) -> pa.Table:
    metadata = pq.read_metadata(pa.BufferReader(content))
    _check_size(metadata)
    columns = [metadata.schema.column(at) for at in range(metadata.num_columns)]
    found = dict.fromkeys(column.path.partition(".")[0] for column in columns)
    missing = [name for name in SCHEMA.names if name not in found]
    if missing:
        raise _Refused("meta.schema", f"lacks the columns {', '.join(missing)}; found {', '.join(islice(found, 20))}")
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
    table = file.read(columns=SCHEMA.names, use_threads=False)
    table.validate(full=True)
    size = sum(map(_unpacked, table.columns))
    if size > MAX_UNPACKED:
        raise _Refused("meta.too-large", f"unpacks to {size} bytes; a table may unpack to {MAX_UNPACKED}")
    return pa.table({field.name: _column(table[field.name], field) for field in SCHEMA}, schema=SCHEMA)


def _check_size(metadata: pq.FileMetaData) -> None:
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    values = max(
        (sum(group.column(at).num_values for group in groups) for at in range(metadata.num_columns)), default=0
    )
    if values > MAX_VALUES:
        raise _Refused("meta.too-large", f"has {values} values in one column; a table may have {MAX_VALUES}")
    if size > MAX_UNPACKED:
        raise _Refused("meta.too-large", f"unpacks to {size} bytes; a table may unpack to {MAX_UNPACKED}")


def _unpacked(found: pa.ChunkedArray) -> int:
    """Return how many bytes texts have; a few bytes of a dictionary can stand for gigabytes."""
    size = 0
    for chunk in found.chunks:
        values = chunk.flatten() if _is_list(chunk.type) else chunk
        if pa.types.is_dictionary(values.type) and pa.types.is_string(values.type.value_type):
            lengths = pc.cast(pc.binary_length(values.dictionary), pa.int64())
            size += pc.sum(lengths.take(values.indices)).as_py() or 0
    return size


def _column(found: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    plain = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    try:
        column = found.cast(plain)
    except pa.ArrowException as error:
        raise _Refused("meta.schema", f"{field.name}: holds {found.type}; expected {field.type}") from error
    return column if plain is field.type else column.dictionary_encode().cast(field.type)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _compare(name: str, rows: list[dict[str, Any]]) -> RecordError | RecordWarning:
    first, *others = map(_comparable, rows)
    differing = [key for key in first if any(first[key] != other[key] for other in others)]
    if not differing:
        return RecordWarning(name, "name.duplicate", f"is listed {len(rows)} times, alike each time; kept once")
    key = "labels" if "labels" in differing else differing[0]
    values = list(dict.fromkeys(repr(row[key]) for row in (first, *others)))
    category = "label.conflict" if key == "labels" else "meta.mismatch"
    return RecordError(name, category, f"is listed {len(rows)} times; {key}: found {' and '.join(values[:3])}")


def _comparable(row: Mapping[str, Any]) -> dict[str, Any]:
    labels = row["labels"]
    return {**row, "labels": None if labels is None else sorted(set(labels), key=repr)}
