"""Take what a reader yields apart: patches into columns, batch by batch, everything else into lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from dsdocs.records import Fact, Ignored, PatchRecord, RecordError, RecordWarning
from dsdocs.summary.schema import COLUMNS, FACT_TYPES

BATCH = 20_000  # records held as Python objects at a time
STEP = 1000  # records between two calls of the progress callback
RING = pa.list_(pa.float64(), 8)  # x, y of four corners in the native CRS
_TYPES = {column.name: column.type for column in COLUMNS}
_PLAIN = ("id", "labels", "split", "datetime", "tile", "gsd", "width", "height", "country")


@dataclass(slots=True)
class Collected:
    """All that a reader yielded; ``table`` has the native footprint in ``ring``."""

    table: pa.Table
    errors: list[RecordError] = field(default_factory=list)
    warnings: list[RecordWarning] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def collect(
    items: Iterable[PatchRecord | RecordError | RecordWarning | Ignored],
    progress: Callable[[int], None] | None = None,
) -> Collected:
    """Gather what a reader yields, `BATCH` records at a time."""
    result = Collected(_columns([]))
    batches: list[pa.Table] = []
    records: list[PatchRecord] = []
    for count, item in enumerate(items, start=1):
        match item:
            case PatchRecord():
                records.append(item)
                if len(records) == BATCH:
                    batches.append(_columns(records))
                    records = []
            case RecordError():
                result.errors.append(item)
            case RecordWarning():
                result.warnings.append(item)
            case Ignored():
                result.ignored.append(item.path)
        if progress is not None and count % STEP == 0:
            progress(count)
    batches.append(_columns(records))
    # A column of facts may be missing from, or all null in, some of the batches.
    result.table = pa.concat_tables(batches, promote_options="permissive")
    return result


def _columns(records: list[PatchRecord]) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for name in _PLAIN:
        kind = _TYPES[name]
        plain = pa.string() if pa.types.is_dictionary(kind) else kind
        columns[name] = pa.array([getattr(record, name) for record in records], plain)
    places = [record.footprint for record in records]
    columns["crs"] = pa.array([place.crs if place else None for place in places], pa.string())
    rings = [[value for corner in place.ring for value in corner] if place else None for place in places]
    columns["ring"] = pa.array(rings, RING)
    assets = [[{"key": key, "href": href} for key, href in sorted(record.assets.items())] for record in records]
    columns["assets"] = pa.array(assets, _TYPES["assets"])
    for name in sorted({name for record in records for name in record.facts}):
        columns[name] = _facts(name, [record.facts.get(name) for record in records])
    return pa.table(columns)


def _facts(name: str, values: list[Fact]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    if len(kinds) > 1:
        raise TypeError(
            f"the fact {name!r} has values of several types: {', '.join(sorted(k.__name__ for k in kinds))}"
        )
    return pa.array(values, FACT_TYPES[kinds.pop()])
