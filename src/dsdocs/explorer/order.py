"""In which order the explorer has the patches, and which of them share a polynomial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from dsdocs.analyses.ground import codes, ground, moments_of, numbered_rows
from dsdocs.explorer.model import Integers, Reals
from dsdocs.geo.grids import Footprints
from dsdocs.geo.planes import middles, numbered

TILE = 200_000.0  # m; a tile that is wider is cut into blocks
BLOCK = 100_000.0  # m, side of a block
FINE = 64  # parts of a footprint's shorter side, of those on no grid
_CROWD = 64  # patches; where tiles hold fewer than that, they are no way to put patches together


@dataclass(frozen=True, slots=True)
class Frame:
    """A plane of whole numbers: the centre of a footprint is ``origin + (x, y) * step``."""

    crs: str
    origin: tuple[float, float]  # in the unit of the CRS
    step: tuple[float, float]
    size: tuple[float, float]  # of a footprint, in the unit of the CRS


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The rows of a summary as the explorer has them."""

    order: Integers  # (n,) rows of the summary: by group, from north to south, from west to east, by time, by name
    frames: tuple[Frame, ...]
    rows: Integers  # (frames,) rows of each frame; those that follow have no footprint
    x: Integers  # (p,) in the explorer's order, 0 or more
    y: Integers
    centre: Reals  # (p, 2) of the footprint in its plane


def lay_out(summary: pa.Table) -> Layout:
    """Put the patches of a summary in order.

    Patches on one grid (see `dsdocs.geo.grids`) and of one tile are a group; so are those of one tile and about one
    size that lie on no grid. Without tiles, or with tiles that tell nothing, blocks of the plane take their place.
    """
    names = pc.rank(summary["id"], sort_keys="ascending", tiebreaker="first").to_numpy().astype(np.int64)
    placed = np.flatnonzero(pc.is_valid(summary["geometry"]).to_numpy())
    apart = np.flatnonzero(~pc.is_valid(summary["geometry"]).to_numpy())
    apart = apart[np.argsort(names[apart], kind="stable")]
    if not len(placed):
        nothing = np.zeros(0, dtype=np.int64)
        return Layout(apart, (), nothing, nothing, nothing, np.empty((0, 2)))
    footprints = ground(summary).footprints
    centre = middles(footprints)
    size = _sizes(footprints)
    _, tile = codes(summary["tile"].cast(pa.string()))
    keys = _keys(footprints, centre, size, tile[placed])
    group = _numbered_in_order(keys)
    frames, x, y = _framed(footprints, centre, size, group)
    order = np.lexsort((names[placed], moments_of(summary)[placed], x, -y, group))
    rows = np.bincount(group, minlength=len(frames))
    return Layout(np.concatenate([placed[order], apart]), frames, rows, x[order], y[order], centre[order])


def _sizes(footprints: Footprints) -> Reals:
    """Return width and height (p, 2) of each footprint in metres."""
    size = np.empty((len(footprints.grid), 2))
    cells = np.array([grid.size for grid in footprints.grids]).reshape(-1, 2)
    on_grid = footprints.grid >= 0
    size[on_grid] = cells[footprints.grid[on_grid]]
    bounds = shapely.bounds(footprints.loose[~on_grid]).reshape(-1, 4)
    size[~on_grid] = bounds[:, 2:] - bounds[:, :2]
    return size


def _keys(footprints: Footprints, centre: Reals, size: Reals, tile: Integers) -> Integers:
    """Return the key (p, 7) of the group of each footprint: plane, tile, block, grid, and size where there is none."""
    _, plane = numbered(footprints.loose_crs)
    together = numbered_rows(np.column_stack([plane, tile]))
    n_tiles = int(together.max()) + 1
    low, high = np.full((n_tiles, 2), np.inf), np.full((n_tiles, 2), -np.inf)
    np.minimum.at(low, together, centre)
    np.maximum.at(high, together, centre)
    told = (tile >= 0) & ((high - low).max(axis=1) <= TILE)[together]
    if n_tiles * _CROWD > len(tile):
        told[:] = False
    block = np.where(told[:, None], 0, np.floor(centre / BLOCK).astype(np.int64))
    with np.errstate(divide="ignore"):
        steps = np.rint(4 * np.log2(np.maximum(size, 1e-9))).astype(np.int64)  # quarters of an octave: to within 9 %
    steps[footprints.grid >= 0] = 0
    return np.column_stack([plane, np.where(told, tile, -1), block, footprints.grid, steps])


def _numbered_in_order(keys: Integers) -> Integers:
    """Return the number (p,) of the key of each row, keys in their order."""
    number = numbered_rows(keys)
    _, first = np.unique(number, return_index=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.lexsort(keys[first].T[::-1])] = np.arange(len(first))
    return place[number]


def _framed(
    footprints: Footprints, centre: Reals, size: Reals, group: Integers
) -> tuple[tuple[Frame, ...], Integers, Integers]:
    """Return the frame of each group, and whole numbers (p,) from 0 for each footprint."""
    xy = np.empty((len(group), 2), dtype=np.int64)
    frames = []
    by_group = np.argsort(group, kind="stable")
    for rows in np.split(by_group, np.flatnonzero(np.diff(group[by_group])) + 1):
        number = int(footprints.grid[rows[0]])
        if number >= 0:
            grid = footprints.grids[number]
            step, width = grid.size, grid.size
            first = footprints.cell[rows].min(axis=0)
            xy[rows] = footprints.cell[rows] - first
            origin = grid.origin + (first + 0.5) * np.array(step)
        else:
            width = tuple(np.median(size[rows], axis=0).tolist())
            # A power of two, so that nothing but the places decides on the steps.
            fine = 2.0 ** np.floor(np.log2(max(min(width), 1e-6) / FINE))
            step = (float(fine), float(fine))
            whole = np.rint(centre[rows] / fine).astype(np.int64)
            xy[rows] = whole - whole.min(axis=0)
            origin = whole.min(axis=0) * fine
        crs = str(footprints.loose_crs[rows[0]])
        frames.append(Frame(crs, (float(origin[0]), float(origin[1])), step, width))
    return tuple(frames), xy[:, 0], xy[:, 1]
