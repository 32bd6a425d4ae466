"""From records to the table: check, translate labels, place footprints, find countries, sort along a Hilbert curve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from dsdocs.errors import SummaryError
from dsdocs.geo.footprints import footprints_in_crs84
from dsdocs.nomenclatures import Nomenclature, nomenclature_for
from dsdocs.records import Ignored, PatchRecord, RecordError, RecordWarning
from dsdocs.summary import schema
from dsdocs.summary.collect import collect

SEASONS = ("winter", "spring", "summer", "autumn")
Locate = Callable[[np.ndarray, np.ndarray], Sequence[str | None]]
Item = PatchRecord | RecordError | RecordWarning | Ignored


@dataclass(frozen=True, slots=True)
class Built:
    """A summary and what did not become part of it; ``found = kept + quarantined + ignored``."""

    table: pa.Table
    nomenclature: Nomenclature | None
    quarantined: tuple[RecordError, ...]
    warnings: tuple[RecordWarning, ...]
    ignored: tuple[str, ...]

    @property
    def kept(self) -> int:
        """Number of patches in the table."""
        return int(self.table.num_rows)

    @property
    def found(self) -> int:
        """Number of inputs: patches, good and bad, and files that are no part of the layout."""
        return self.kept + len(self.quarantined) + len(self.ignored)


def build_summary(
    items: Iterable[Item],
    *,
    nomenclature: Nomenclature | None = None,
    locate: Locate | None = None,
    progress: Callable[[int], None] | None = None,
) -> Built:
    """Build the summary of an archive.

    Parameters
    ----------
    items
        What a reader yields.
    nomenclature
        Class list of the labels. Default: the built-in one that covers all labels; if none does, labels stay as
        they are.
    locate
        Countries (ISO 3166-1 alpha-2) of points, given longitudes and latitudes in degrees; used where the archive
        does not say the country itself.
    progress
        Called with the number of items seen so far, every thousand items.

    Raises
    ------
    SummaryError
        Not one patch could be kept.
    """
    collected = collect(items, progress)
    table, quarantined = _without_duplicates(collected.table, list(collected.errors))
    found = nomenclature or nomenclature_for(pc.unique(table["labels"].combine_chunks().flatten()).to_pylist())
    if found is not None:
        table, unknown = _translate(table, found)
        quarantined += unknown
    table, misplaced, geometry = _place(table)
    quarantined += misplaced
    if not table.num_rows:
        first = f"; the first reason: {quarantined[0].path}: {quarantined[0].reason}" if quarantined else ""
        raise SummaryError(
            f"no patch could be kept: {len(quarantined)} quarantined, {len(collected.ignored)} files ignored{first}"
        )
    final = _finish(table, geometry, locate)
    return Built(final, found, tuple(quarantined), tuple(collected.warnings), tuple(collected.ignored))


def _without_duplicates(table: pa.Table, errors: list[RecordError]) -> tuple[pa.Table, list[RecordError]]:
    """Keep the first patch of each name."""
    names = table["id"].to_pandas()
    again = names.duplicated().to_numpy()
    if again.any():
        for row in np.flatnonzero(again):
            reason = "a patch of this name was found before; the first one is kept"
            errors.append(RecordError(_path(table, int(row)), "name.duplicate", reason))
        table = table.filter(pa.array(~again))
    return table, errors


def _path(table: pa.Table, row: int) -> str:
    assets = table["assets"][row].as_py()
    return str(assets[0]["href"] if assets else table["id"][row].as_py())


def _translate(table: pa.Table, nomenclature: Nomenclature) -> tuple[pa.Table, list[RecordError]]:
    """Spell labels as the nomenclature does, sorted and each once; patches with an unknown label are quarantined."""
    labels = table["labels"].combine_chunks()
    spelled = pc.unique(labels.flatten()).to_pylist()
    canonical = {label: nomenclature.canonical(label) for label in spelled}
    rows = [None if row is None else _sorted(row, canonical) for row in labels.to_pylist()]
    unknown = np.array([row is not None and None in row for row in rows], dtype=bool)
    errors = []
    for row in np.flatnonzero(unknown):
        label = next(label for label in labels[int(row)].as_py() if canonical[label] is None)
        near = nomenclature.nearest(label)
        reason = f"label {label!r} is not in {nomenclature.name}" + (f" (nearest: {near!r})" if near else "")
        errors.append(RecordError(_path(table, int(row)), "label.unknown", reason))
    column = pa.array([None if row is None else row for row in rows], pa.list_(pa.string()))
    table = table.set_column(table.column_names.index("labels"), "labels", column)
    return (table.filter(pa.array(~unknown)) if unknown.any() else table), errors


def _sorted(labels: Sequence[str], canonical: Mapping[str, str | None]) -> list[str | None]:
    names = {canonical[label] for label in labels}
    if None in names:
        return [None]
    return [*sorted(name for name in names if name is not None)]


def _place(table: pa.Table) -> tuple[pa.Table, list[RecordError], np.ndarray]:
    """Bring footprints to OGC:CRS84; patches whose footprint cannot be placed are quarantined."""
    crs = table["crs"].to_pylist()
    rings = np.asarray(table["ring"].combine_chunks().fill_null([np.nan] * 8).flatten()).reshape(-1, 4, 2)
    geometry, problems = footprints_in_crs84(crs, rings)
    keep = np.ones(table.num_rows, dtype=bool)
    errors = []
    for row, (category, reason) in sorted(problems.items()):
        keep[row] = False
        errors.append(RecordError(_path(table, row), category, reason))
    return (table.filter(pa.array(keep)) if errors else table), errors, geometry[keep]


def _finish(table: pa.Table, geometry: np.ndarray, locate: Locate | None) -> pa.Table:
    """Add what follows from place and time, and put the rows in their order."""
    order = _hilbert_order(table["id"].to_pandas().to_numpy(), geometry)
    table, geometry = table.take(pa.array(order)), geometry[order]
    columns = {name: table[name] for name in table.column_names if name not in {"ring", "country"}}
    columns["season"] = _seasons(table["datetime"])
    columns["geometry"] = pa.array(shapely.to_wkb(geometry), pa.binary())
    columns["bbox"] = _bbox(geometry)
    columns["country"] = _countries(table["country"], geometry, locate)
    facts = [name for name in table.column_names if ":" in name]
    described = [*schema.COLUMNS, *(schema.fact_column(name, table.schema.field(name).type) for name in sorted(facts))]
    arrays = [_cast(columns[column.name], column.type) for column in described]
    return pa.table(arrays, schema=pa.schema([column.field() for column in described]))


def _cast(column: pa.ChunkedArray | pa.Array, kind: pa.DataType) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_dictionary(kind):
        return array.cast(kind)
    # The dictionary is sorted, so that its bytes do not depend on the order in which values were met.
    plain = array.cast(pa.string())
    values = pa.array(sorted(value for value in pc.unique(plain).to_pylist() if value is not None), pa.string())
    return pa.DictionaryArray.from_arrays(pc.index_in(plain, values), values)


def _hilbert_order(ids: np.ndarray, geometry: np.ndarray) -> np.ndarray:
    """Order rows along a Hilbert curve through the centres of their footprints; equal places, and none, by id."""
    by_id = np.argsort(ids, kind="stable")
    placed = ~shapely.is_missing(geometry[by_id])
    distance = np.full(len(ids), np.iinfo(np.int64).max, dtype=np.int64)
    if placed.any():
        points = geopandas.GeoSeries(geometry[by_id][placed])
        distance[placed] = points.hilbert_distance().to_numpy().astype(np.int64)
    return by_id[np.argsort(distance, kind="stable")]


def _seasons(moments: pa.ChunkedArray) -> pa.Array:
    """Give each time its meteorological season: month // 3 counted from December, as the BigEarthNet paper does."""
    months = pc.month(moments)
    number = pc.bit_wise_and(pc.divide(pc.cast(months, pa.int64()), 3), 3)
    return pa.array(SEASONS).take(number.combine_chunks())


def _bbox(geometry: np.ndarray) -> pa.Array:
    bounds = shapely.bounds(geometry)
    missing = shapely.is_missing(geometry)
    sides = [pa.array(bounds[:, side], mask=missing) for side in range(4)]
    return pa.StructArray.from_arrays(sides, ["xmin", "ymin", "xmax", "ymax"], mask=pa.array(missing))


def _countries(stated: pa.ChunkedArray, geometry: np.ndarray, locate: Locate | None) -> pa.Array:
    codes = stated.to_pylist()
    wanted = [row for row, code in enumerate(codes) if code is None and not shapely.is_missing(geometry[row])]
    if wanted and locate is not None:
        centres = shapely.centroid(geometry[wanted])
        for row, code in zip(wanted, locate(shapely.get_x(centres), shapely.get_y(centres)), strict=True):
            codes[row] = code
    return pa.array(codes, pa.string())
