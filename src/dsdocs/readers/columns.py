"""Many patches at once: records as the columns of a table, and back from fragments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from dsdocs.records import Fact, Fragment, PatchRecord

FACT_TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}
RING = pa.list_(pa.float64(), 8)  # x, y of four corners in the native CRS, as `Footprint.ring` orders them
WINDOW = pa.list_(pa.int32(), 4)
ASSETS = pa.list_(pa.struct([("key", pa.string()), ("href", pa.string())]))
COLUMNS = pa.schema(
    [
        ("id", pa.string()),
        ("labels", pa.list_(pa.string())),  # as the archive spells them
        ("split", pa.string()),
        ("datetime", pa.timestamp("us", "UTC")),
        ("crs", pa.string()),
        ("ring", RING),
        ("tile", pa.string()),
        ("gsd", pa.float64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("country", pa.string()),
        ("window", WINDOW),
        ("assets", ASSETS),  # sorted by key
    ]
)
FRAGMENTS = pa.schema([("unit", pa.string()), ("path", pa.string()), ("facts", pa.binary())])


def patch_table(columns: Mapping[str, Any], n: int) -> pa.Table:
    """Return a table of ``n`` patches; columns that are not given are null, names with a colon are facts.

    Values are anything that `pyarrow.array` takes: lists, NumPy arrays, Arrow arrays.
    """
    arrays = {}
    for field in COLUMNS:
        values = columns.get(field.name)
        arrays[field.name] = pa.nulls(n, field.type) if values is None else _array(values, field.type)
    for name in sorted(name for name in columns if ":" in name):
        values = columns[name]
        arrays[name] = values if isinstance(values, pa.Array | pa.ChunkedArray) else _facts(name, values)
    return pa.table(arrays)


def records_table(records: Sequence[PatchRecord]) -> pa.Table:
    """Return the table of single records."""
    places = [record.footprint for record in records]
    plain = ("id", "labels", "split", "datetime", "tile", "gsd", "width", "height", "country", "window")
    columns: dict[str, Any] = {name: [getattr(record, name) for record in records] for name in plain}
    columns["crs"] = [place.crs if place else None for place in places]
    columns["ring"] = [[value for corner in place.ring for value in corner] if place else None for place in places]
    columns["assets"] = [
        [{"key": key, "href": href} for key, href in sorted(record.assets.items())] for record in records
    ]
    for name in sorted({name for record in records for name in record.facts}):
        columns[name] = [record.facts.get(name) for record in records]
    return patch_table(columns, len(records))


def asset_column(key: str, hrefs: pa.Array) -> pa.Array:
    """Return the column ``assets`` where every patch has one asset with this key; null hrefs are patches without."""
    present = hrefs.is_valid()
    offsets = np.concatenate([[0], np.cumsum(present.to_numpy(zero_copy_only=False))])
    hrefs = hrefs.drop_null()
    keys = pa.repeat(pa.scalar(key), len(hrefs))
    entries = pa.StructArray.from_arrays([keys, hrefs], ["key", "href"])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), entries)


def ring_column(left: np.ndarray, top: np.ndarray, right: np.ndarray, bottom: np.ndarray) -> pa.Array:
    """Return the column ``ring`` of north-up rectangles; shapes ``(n,)``, in units of the CRS."""
    corners = np.stack([left, top, right, top, right, bottom, left, bottom], axis=-1).astype(np.float64)
    return pa.FixedSizeListArray.from_arrays(pa.array(corners.ravel()), type=RING)


def fragments_table(fragments: Sequence[Fragment]) -> pa.Table:
    """Return fragments as a table of the schema `FRAGMENTS`."""
    return pa.table(
        {
            "unit": [fragment.unit for fragment in fragments],
            "path": [fragment.path for fragment in fragments],
            "facts": [orjson.dumps(fragment.facts, option=orjson.OPT_SORT_KEYS) for fragment in fragments],
        },
        schema=FRAGMENTS,
    )


def grouped(fragments: pa.Table) -> Iterator[tuple[str, list[Fragment]]]:
    """Yield each unit with its fragments, in the order of the table, which is sorted."""
    for unit, group in groupby(_each(fragments), key=lambda fragment: fragment.unit):
        yield unit, list(group)


def _each(fragments: pa.Table) -> Iterator[Fragment]:
    for batch in fragments.to_batches(max_chunksize=10_000):
        columns = [column.to_pylist() for column in batch.columns]
        for unit, path, facts in zip(*columns, strict=True):
            yield Fragment(unit, path, orjson.loads(facts))


def _array(values: object, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values.cast(kind)
    return pa.array(values, kind)


def _facts(name: str, values: Sequence[Fact]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    if len(kinds) > 1:
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise TypeError(f"the fact {name!r} has values of several types: {found}")
    return pa.array(values, FACT_TYPES[kinds.pop()])
