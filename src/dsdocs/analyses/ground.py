"""Where, when and from what each patch was taken: columns of the summary as arrays of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dsdocs.analyses.once import once
from dsdocs.geo.grids import Footprints
from dsdocs.geo.planes import on_planes

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]

_SIDES = ("xmin", "ymin", "xmax", "ymax")
_MICRO = 1e6  # parts of a degree; a part is 0.1 m


def codes(column: pa.ChunkedArray | pa.Array) -> tuple[list[Any], Integers]:
    """Return the distinct values in their order, and the number (n,) of each row's value; -1 where it is null."""
    encoded = (column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column).dictionary_encode()
    found = encoded.dictionary
    order = pc.sort_indices(found).to_numpy()
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[-1] = -1
    return found.take(pa.array(order)).to_pylist(), place[pc.fill_null(encoded.indices, -1).to_numpy()]


@once
def places_of(summary: pa.Table) -> Integers:
    """Return a number (n,) for the place of each patch, -1 without a footprint.

    Two patches share a place when their bounding boxes in OGC:CRS84 are equal to 1e-6 degrees (about 0.1 m).
    """
    present = pc.is_valid(summary["geometry"]).to_numpy()
    bbox = summary["bbox"].combine_chunks()
    corners = np.column_stack([pc.struct_field(bbox, side).to_numpy(zero_copy_only=False) for side in _SIDES])
    rounded = np.zeros(corners.shape, dtype=np.int64)
    rounded[present] = np.rint(corners[present] * _MICRO)
    return np.where(present, numbered_rows(rounded), -1)


def moments_of(summary: pa.Table) -> Integers:
    """Return the acquisition time (n,) in microseconds since 1970, -1 where there is none."""
    return np.asarray(pc.fill_null(summary["datetime"].cast(pa.int64()), -1).to_numpy(), dtype=np.int64)


def together(first: Integers, second: Integers) -> Integers:
    """Return a number for each pair of two numbers (n,); -1 where one of them is."""
    one, two = _renumbered(pa.array(first)), _renumbered(pa.array(second))
    found = _renumbered(pa.array(one * (int(two.max(initial=0)) + 1) + two))
    return np.where((first == -1) | (second == -1), -1, found)


def numbered_rows(rows: Integers) -> Integers:
    """Return a number (n,) for each distinct row of a table (n, k), by its first occurrence."""
    table = np.ascontiguousarray(rows)
    width = table.itemsize * table.shape[1]
    return _renumbered(pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(table), [None, pa.py_buffer(table)]))


def _renumbered(values: pa.Array) -> Integers:
    """Return a number (n,) for each distinct value, by its first occurrence; a hash is quicker than a sort."""
    return np.asarray(values.dictionary_encode().indices.to_numpy(), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What tells whether two patches show the same thing; -1 where it is not known."""

    footprints: Footprints  # of the patches that have one, in planes
    placed: Integers  # (p,) rows of the summary that have a footprint
    place: Integers  # (n,)
    visit: Integers  # (n,) place and time
    product: Integers  # (n,) tile and time
    tile: Integers  # (n,)

    @property
    def n(self) -> int:
        """Rows of the summary."""
        return len(self.place)

    @property
    def side(self) -> float:
        """Median side of a footprint in metres: the root of its area."""
        areas = np.array([grid.size[0] * grid.size[1] for grid in self.footprints.grids])
        grid = self.footprints.grid
        sides = np.sqrt(areas[grid[grid >= 0]]) if len(areas) else np.empty(0)
        loose = [shape.area**0.5 for shape in self.footprints.loose[grid < 0]]
        return float(np.median(np.concatenate([sides, loose])))


@once
def ground(summary: pa.Table) -> Ground:
    """Read where, when and from what each patch was taken.

    A product is what one tile shows at one time, so it needs both.

    Raises
    ------
    ValueError
        No patch has a footprint.
    """
    placed = np.flatnonzero(pc.is_valid(summary["geometry"]).to_numpy())
    if not len(placed):
        raise ValueError("no patch of the summary has a footprint")
    some = summary.select(["crs", "geometry"]).take(pa.array(placed)) if len(placed) < len(summary) else summary
    footprints = on_planes(some["crs"].combine_chunks().cast(pa.string()), some["geometry"])
    place, moment = places_of(summary), moments_of(summary)
    _, tile = codes(summary["tile"].cast(pa.string()))
    return Ground(footprints, placed, place, together(place, moment), together(tile, moment), tile)


def split_codes(summary: pa.Table, order: tuple[str, ...]) -> Integers:
    """Return the place in ``order`` of the split of each row; -1 for other names and for none."""
    names, number = codes(summary["split"].cast(pa.string()))
    place = np.array([order.index(name) if name in order else -1 for name in names] + [-1], dtype=np.int64)
    return place[number]
