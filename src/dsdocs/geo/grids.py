"""Sort footprints into the grids that they were cut on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from dsdocs.geo.crs import from_crs84, is_geographic
from dsdocs.geo.distinct import numbered_rows
from dsdocs.geo.tracing import FINE, Cells

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]
Texts = npt.NDArray[np.object_]  # of str
Flags = npt.NDArray[np.bool_]

CRS84 = "OGC:CRS84"
_FEW = 16  # footprints; a smaller grid is not worth a union of its own
_DIGITS = 9  # significant digits of the size of a cell
_CORNERS = 4
_KEY = 5  # numbers that tell a grid
_BLOCK = 16_384  # footprints that are worked on at a time, so that they stay in the cache of the processor


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of equal cells in one CRS."""

    crs: str
    size: tuple[float, float]  # width and height of a cell, in the unit of the CRS
    origin: tuple[float, float]  # lower left corner of cell (0, 0)

    @property
    def phase(self) -> tuple[int, int]:
        """Return the place of the origin in its cell of a grid that begins at 0, in parts of a cell."""
        return round(self.origin[0] / self.size[0] * FINE), round(self.origin[1] / self.size[1] * FINE)

    def cells(self, cells: Ints) -> Cells:
        """Return distinct cells of cells (n, 2), column and row, as they are traced."""
        return Cells.of(self.phase, cells)


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
    names, code = _coded(crs)
    degrees = np.array([is_geographic(name) for name in names], dtype=bool)
    corners = np.asarray(rings, dtype=np.float64).reshape(-1, _CORNERS, 2)
    cell, group = np.empty((len(code), 2), dtype=np.int64), np.empty(len(code), dtype=np.int64)
    blocks, seen = [], 0
    for start in range(0, len(code), _BLOCK):
        here = slice(start, start + _BLOCK)
        cell[here], keys = _on_own_grid(_unrolled(degrees[code[here]], corners[here]), code[here])
        found, distinct = numbered_rows(keys)
        group[here] = found + seen
        blocks.append(distinct)
        seen += len(distinct)
    keys, number = np.unique(np.concatenate([np.empty((0, _KEY), np.int64), *blocks]), axis=0, return_inverse=True)
    group = number.ravel()[group]
    kept = np.flatnonzero((keys[:, 0] >= 0) & (np.bincount(group, minlength=len(keys)) >= _FEW))
    number = np.full(len(keys), -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    grid = number[group]
    size, phase = keys[kept, 1:3].view(np.float64), keys[kept, 3:5]
    origin = phase / FINE * size
    grids = tuple(map(Grid, names[keys[kept, 0]].tolist(), map(tuple, size.tolist()), map(tuple, origin.tolist())))
    apart = np.flatnonzero(grid < 0)
    loose = np.full(len(code), None, dtype=object)
    loose[apart] = shapely.polygons(_unrolled(degrees[code[apart]], corners[apart]).transpose(2, 1, 0))
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
    names, code = _coded(crs)
    plain = (shapely.get_type_id(geometry) == 3) & (shapely.get_num_coordinates(geometry) == _CORNERS + 1)
    rings = shapely.get_coordinates(geometry[plain]).reshape(-1, _CORNERS + 1, 2)[:, :_CORNERS]
    native = np.empty_like(rings)
    for number, name in enumerate(names):
        rows = code[plain] == number
        native[rows] = np.stack(from_crs84(name, rings[rows, :, 0], rings[rows, :, 1]), axis=-1)
    found = on_grids(names[code[plain]], native)
    grid, cell = np.full(len(code), -1, dtype=np.int64), np.zeros((len(code), 2), dtype=np.int64)
    grid[plain], cell[plain] = found.grid, found.cell
    loose = np.array(geometry, dtype=object)
    loose[plain] = found.loose
    return Footprints(found.grids, grid, cell, loose, np.where(plain, names[code], CRS84))


def _coded(crs: Sequence[str] | Texts) -> tuple[Texts, Ints]:
    """Return the distinct names, sorted, and the number of the name of each footprint."""
    if isinstance(crs, np.ndarray) and crs.dtype.kind == "U" and len(crs):
        number, distinct = numbered_rows(np.ascontiguousarray(crs).view(np.uint32).reshape(len(crs), -1))
        names = np.ascontiguousarray(distinct).view(crs.dtype).ravel().astype(object)
    else:
        seen: dict[str, int] = {}
        number = np.array([seen.setdefault(name, len(seen)) for name in crs], dtype=np.int64)
        names = np.array(list(seen), dtype=object)
    order = np.argsort(names)
    return names[order], np.argsort(order)[number]


def _unrolled(degrees: Flags, corners: Floats) -> Floats:
    """Return corners (2, 4, n), with longitudes beyond 180 degrees where a footprint crosses the antimeridian."""
    # One array for each corner: what is done to the corners then runs along the footprints.
    found = np.ascontiguousarray(corners.transpose(2, 1, 0))
    if degrees.any():
        across = degrees & (np.ptp(found[0], axis=0) > 180.0)
        found[0] += np.where(across & (found[0] < 0), 360.0, 0.0)
    return found


def _on_own_grid(corners: Floats, code: Ints) -> tuple[Ints, Ints]:
    """Return column and row (n, 2) on the grid that a footprint makes, and the key of that grid.

    A key (n, 5) is the number of the CRS, the bits of the size, and the phase; -1 and zeros for those on no grid.
    """
    low, high = _least(corners), -_least(-corners)
    upright = _upright(corners, high - low)
    size = np.where(upright, _significant(high - low), 1.0)
    cell, phase = np.divmod(np.where(upright, np.rint(low / size * FINE), 0.0).astype(np.int64), FINE)
    return cell.T, np.stack([np.where(upright, code, -1), *size.view(np.int64), *phase], axis=1)


def _least(corners: Floats) -> Floats:
    first, second, third, fourth = corners.transpose(1, 0, 2)
    return np.asarray(np.minimum(np.minimum(first, second), np.minimum(third, fourth)))


def _upright(corners: Floats, size: Floats) -> Flags:
    """Tell which quadrilaterals are upright rectangles: those that fill their bounding box."""
    (x1, x2, x3), (y1, y2, y3) = corners[:, 1:] - corners[:, :1]
    area = np.abs(x1 * y2 - x2 * y1 + x2 * y3 - x3 * y2) / 2  # shoelace formula, from the first corner
    full = size[0] * size[1]
    return np.asarray((full > 0) & (np.abs(area - full) <= full / FINE))


def _significant(values: Floats) -> Floats:
    """Round to significant digits, so that sizes that differ by noise are one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(values)))
        return np.asarray(np.rint(values * scale) / scale)
