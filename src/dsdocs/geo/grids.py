"""Sort footprints into the grids that they were cut on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from dsdocs.geo.crs import from_crs84, is_geographic

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]
Texts = npt.NDArray[np.str_]

CRS84 = "OGC:CRS84"
_FINE = 1_000_000  # parts of a cell to which its place on the grid is read
_FEW = 16  # footprints; a smaller grid is not worth a union of its own
_DIGITS = 9  # significant digits of the size of a cell
_CORNERS = 4


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of equal cells in one CRS."""

    crs: str
    size: tuple[float, float]  # width and height of a cell, in the unit of the CRS
    origin: tuple[float, float]  # lower left corner of cell (0, 0)

    def boxes(self, cells: Ints) -> Shapes:
        """Return cells (n, 2), column and row, as polygons; neighbours share their corners bit by bit."""
        low = self.origin + cells * np.array(self.size)
        high = self.origin + (cells + 1) * np.array(self.size)
        return np.asarray(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))


@dataclass(frozen=True, slots=True)
class Footprints:
    """Footprints, each a cell of a grid or a polygon of its own."""

    grids: tuple[Grid, ...]
    grid: Ints  # (n,) number of the grid; -1: on none
    cell: Ints  # (n, 2) column and row on the grid
    loose: Shapes  # (n,) polygon in the CRS of `loose_crs` where a footprint is on no grid, else None
    loose_crs: Texts  # (n,)


def on_grids(crs: Sequence[str] | Texts, rings: Floats) -> Footprints:
    """Sort footprints that are given in their native CRS.

    A footprint is on a grid when it is an upright rectangle and at least 15 others of the same CRS and size
    lie at whole multiples of that size from it. The place is read to a millionth of a cell.

    Parameters
    ----------
    crs
        Native CRS of each footprint, shape ``(n,)``.
    rings
        Corners ``(x, y)`` in the native CRS, shape ``(n, 4, 2)``, in order around the footprint.
    """
    names, code = np.unique(np.asarray(crs, dtype=np.str_), return_inverse=True)
    corners = _unrolled(names, code, np.asarray(rings, dtype=np.float64).reshape(-1, _CORNERS, 2))
    low, high = corners.min(axis=1), corners.max(axis=1)
    upright = _upright(corners, high - low)
    size = np.where(upright[:, None], _significant(high - low), 1.0)
    place = np.where(upright[:, None], np.rint(low / size * _FINE), 0.0).astype(np.int64)
    cell, phase = np.divmod(place, _FINE)
    group, first = _groups(upright, code, *size.T, *phase.T)
    count = np.bincount(group[upright], minlength=len(first))
    kept = np.flatnonzero(count >= _FEW)
    number = np.full(len(first), -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    grid = number[group]
    origin = phase / _FINE * size
    grids = tuple(Grid(str(names[code[row]]), _pair(size[row]), _pair(origin[row])) for row in first[kept])
    loose = np.full(len(code), None, dtype=object)
    loose[grid < 0] = shapely.polygons(corners[grid < 0])
    return Footprints(grids, grid, cell, loose, names[code])


def from_crs84_geometry(crs: Sequence[str] | Texts, geometry: Shapes) -> Footprints:
    """Sort footprints that are given in OGC:CRS84, as a summary has them.

    Parameters
    ----------
    crs
        Native CRS of each footprint, shape ``(n,)``.
    geometry
        Polygons in OGC:CRS84, shape ``(n,)``, with the corners that the footprint has in its native CRS.
        Those with another number of corners, because the antimeridian cuts them, stay as they are.
    """
    names = np.asarray(crs, dtype=np.str_)
    plain = (shapely.get_type_id(geometry) == 3) & (shapely.get_num_coordinates(geometry) == _CORNERS + 1)
    rings = shapely.get_coordinates(geometry[plain]).reshape(-1, _CORNERS + 1, 2)[:, :_CORNERS]
    native = np.empty_like(rings)
    for name in np.unique(names[plain]):
        rows = names[plain] == name
        native[rows] = np.stack(from_crs84(str(name), rings[rows, :, 0], rings[rows, :, 1]), axis=-1)
    found = on_grids(names[plain], native)
    grid, cell = np.full(len(names), -1, dtype=np.int64), np.zeros((len(names), 2), dtype=np.int64)
    grid[plain], cell[plain] = found.grid, found.cell
    loose = np.array(geometry, dtype=object)
    loose[plain] = found.loose
    return Footprints(found.grids, grid, cell, loose, np.where(plain, names, CRS84))


def _unrolled(names: Texts, code: Ints, corners: Floats) -> Floats:
    """Move longitudes beyond 180 degrees where a footprint in degrees crosses the antimeridian."""
    degrees = np.array([is_geographic(str(name)) for name in names], dtype=bool)[code]
    x = corners[..., 0]
    across = degrees & (np.ptp(x, axis=1) > 180.0)
    moved = np.where(across[:, None] & (x < 0), x + 360.0, x)
    return np.stack([moved, corners[..., 1]], axis=-1)


def _upright(corners: Floats, size: Floats) -> npt.NDArray[np.bool_]:
    """Tell which quadrilaterals are upright rectangles: those that fill their bounding box."""
    x, y = (corners - corners[:, :1]).transpose(2, 0, 1)
    area = np.abs((x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)) / 2  # shoelace formula
    full = size.prod(axis=1)
    return np.asarray((full > 0) & (np.abs(area - full) <= full / _FINE))


def _significant(values: Floats) -> Floats:
    """Round to significant digits, so that sizes that differ by noise are one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(values)))
        return np.asarray(np.rint(values * scale) / scale)


def _groups(*columns: npt.NDArray[np.generic]) -> tuple[Ints, Ints]:
    """Give equal rows of a table one number; return that of each row, and the first row with each."""
    group = np.zeros(len(columns[0]), dtype=np.int64)
    first = group[:1]
    for column in columns:
        values, rank = np.unique(column, return_inverse=True)
        _, first, group = np.unique(group * len(values) + rank, return_index=True, return_inverse=True)
    return group, first


def _pair(values: Floats) -> tuple[float, float]:
    return float(values[0]), float(values[1])
