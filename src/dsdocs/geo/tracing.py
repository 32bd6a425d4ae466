"""The outline of many cells, traced along the edges that have covered ground on one side only.

All numbers here are whole: a coordinate counts millionths of the side of a cell, so that what should meet does meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FINE = 1_000_000  # parts of a cell


class Cells(NamedTuple):
    """Distinct cells of one grid, sorted."""

    phase: Ints  # (2,) place of the grid, in parts of a cell
    low: Ints  # (2,) smallest column and row, less one
    width: int  # columns between the first of one row and the first of the next
    keys: Ints  # (m,)

    @classmethod
    def of(cls, phase: Sequence[int], cells: Ints) -> Cells:
        """Sort cells (n, 2), column and row, and leave out those that are there already."""
        low, high = cells.min(axis=0) - 1, cells.max(axis=0) + 1
        width = int(high[0] - low[0]) + 1
        keys = np.sort((cells[:, 1] - low[1]) * width + cells[:, 0] - low[0])
        return cls(np.array(phase), low, width, keys[np.append(True, keys[1:] != keys[:-1])])

    def hold(self, column: Ints, row: Ints) -> Flags:
        """Tell which cells are there."""
        column, row = column - self.low[0], row - self.low[1]
        inside = np.flatnonzero((column > 0) & (column < self.width - 1) & (row > 0))
        keys = row[inside] * self.width + column[inside]
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found = np.zeros(column.shape, dtype=bool)
        found[inside] = self.keys[place] == keys
        return found


class Edges(NamedTuple):
    """Edges along one axis; covered ground is on the left of their direction."""

    line: Ints  # (k,) coordinate on the other axis
    start: Ints  # (k,) smaller coordinate on the axis
    end: Ints  # (k,)
    forward: Flags  # (k,) to the east, or to the north

    def take(self, rows: Ints | Flags) -> Edges:
        """Return some of the edges."""
        return Edges(self.line[rows], self.start[rows], self.end[rows], self.forward[rows])

    @classmethod
    def join(cls, parts: Sequence[Edges]) -> Edges:
        """Return all edges of several sets."""
        return cls(
            np.concatenate([part.line for part in parts]),
            np.concatenate([part.start for part in parts]),
            np.concatenate([part.end for part in parts]),
            np.concatenate([part.forward for part in parts]),
        )


def trace(grids: Sequence[Cells]) -> tuple[Ints, Ints]:
    """Return the corners of the outline of cells of grids of one cell size.

    Parameters
    ----------
    grids
        Cells; those of different grids may overlap.

    Returns
    -------
    tuple of ndarray
        The corners of all rings, one ring after the other, shape (k, 2), and the number of corners of each ring.
        No corner is twice in a ring. Rings are counterclockwise around covered ground, clockwise around holes;
        they may touch each other in corners.
    """
    along_x, along_y = zip(*(_edges(grid) for grid in grids), strict=True)
    if len(grids) > 1:
        along_x = tuple(_outside(edges, grids, number, 0) for number, edges in enumerate(along_x))
        along_y = tuple(_outside(edges, grids, number, 1) for number, edges in enumerate(along_y))
    return _rings(_runs(along_x), _runs(along_y))


def polygons_of(corners: Floats, lengths: Ints) -> npt.NDArray[np.object_]:
    """Put rings together: counterclockwise ones are outlines, clockwise ones holes of the smallest outline around.

    Parameters
    ----------
    corners, lengths
        Rings as `trace` returns them, in any unit.
    """
    ring = np.repeat(np.arange(len(lengths)), lengths)
    lines = np.asarray(shapely.linearrings(corners, indices=ring))
    hole = ~np.asarray(shapely.is_ccw(lines))
    outer, inner = np.flatnonzero(~hole), np.flatnonzero(hole)
    owner = np.empty(len(lines), dtype=np.int64)
    owner[outer] = np.arange(len(outer))
    if len(inner):
        first = (np.cumsum(lengths) - lengths)[inner]
        # The middle of a side lies on no other ring.
        middle = np.asarray(shapely.points((corners[first] + corners[first + 1]) / 2))
        outlines = np.asarray(shapely.polygons(lines[outer]))
        by_size = np.argsort(-shapely.area(outlines), kind="stable")
        around, point = shapely.STRtree(middle).query(outlines[by_size], predicate="contains")
        order = np.argsort(around, kind="stable")
        owner[inner[point[order]]] = by_size[around[order]]  # the last one written, the smallest, stays
    order = np.lexsort((hole, owner))
    return np.asarray(shapely.polygons(lines[order], indices=owner[order]))


def _edges(grid: Cells) -> tuple[Edges, Edges]:
    """Return the edges of cells along x and along y that have no cell on the other side."""
    keys = grid.keys
    row, column = np.divmod(keys, grid.width)
    x, y = (column + grid.low[0]) * FINE + grid.phase[0], (row + grid.low[1]) * FINE + grid.phase[1]
    joined = keys[1:] == keys[:-1] + 1
    above = np.minimum(np.searchsorted(keys, keys + grid.width), len(keys) - 1)
    covered_above = keys[above] == keys + grid.width
    covered_below = np.zeros(len(keys), dtype=bool)
    covered_below[above[covered_above]] = True
    west, east = ~np.append(False, joined), ~np.append(joined, False)
    south, north = ~covered_below, ~covered_above
    along_x = _both(x[south], y[south], x[north], y[north] + FINE)
    # Eastern edges run to the north, with the cell on their left.
    along_y = _both(y[east], x[east] + FINE, y[west], x[west])
    return along_x, along_y


def _both(start: Ints, line: Ints, back_start: Ints, back_line: Ints) -> Edges:
    starts = np.concatenate([start, back_start])
    forward = np.arange(len(starts)) < len(start)
    return Edges(np.concatenate([line, back_line]), starts, starts + FINE, forward)


def _outside(edges: Edges, grids: Sequence[Cells], own: int, axis: int) -> Edges:
    """Return the parts of edges that have no cell of another grid on the uncovered side."""
    others = [grid for number, grid in enumerate(grids) if number != own]
    touched = np.zeros(len(edges.line), dtype=bool)
    for grid in others:
        # An edge has the length of a cell, so its two ends are in all columns that it meets.
        touched |= _covered(grid, axis, edges, edges.start) | _covered(grid, axis, edges, edges.end - 1)
    if not touched.any():
        return edges
    cut = edges.take(touched)
    breaks = [cut.end - (cut.end - grid.phase[axis]) % FINE for grid in others]
    ends = np.sort(np.stack([cut.start, *breaks, cut.end]), axis=0)
    pieces = Edges(
        np.tile(cut.line, len(ends) - 1),
        ends[:-1].ravel(),
        ends[1:].ravel(),
        np.tile(cut.forward, len(ends) - 1),
    )
    kept = pieces.start < pieces.end
    for grid in others:
        kept &= ~_covered(grid, axis, pieces, pieces.start)
    return Edges.join([edges.take(~touched), pieces.take(kept)])


def _covered(grid: Cells, axis: int, edges: Edges, at: Ints) -> Flags:
    """Tell whether a grid covers the uncovered side of edges, at a coordinate along them."""
    # Along x, the uncovered side of a forward edge is below its line; along y, it is beyond.
    before = edges.forward if axis == 0 else ~edges.forward
    along = (at - grid.phase[axis]) // FINE
    across = (edges.line - before - grid.phase[1 - axis]) // FINE
    return grid.hold(along, across) if axis == 0 else grid.hold(across, along)


def _runs(parts: Sequence[Edges]) -> Edges:
    """Join edges that follow each other in one direction, and those of several grids that lie on each other."""
    edges = Edges.join(parts)
    line, start, end, forward = edges.take(np.lexsort((edges.start, edges.forward, edges.line)))
    fresh = np.append(True, (line[1:] != line[:-1]) | (forward[1:] != forward[:-1]))
    # The farthest end so far: lines are set apart, so that one running maximum serves all of them.
    low = start.min()
    apart = (np.cumsum(fresh) - 1) * (int(end.max() - low) + 1)
    reach = np.maximum.accumulate(end - low + apart)
    first = np.flatnonzero(np.append(True, (start - low + apart)[1:] > reach[:-1]))
    return Edges(line[first], start[first], np.maximum.reduceat(end, first), forward[first])


def _rings(along_x: Edges, along_y: Edges) -> tuple[Ints, Ints]:
    x, y = _corners(along_x), _corners(along_y)[:, ::-1]  # (2, 2, k): start and end; x and y
    columns, rows = (np.unique(np.concatenate([x[:, axis].ravel(), y[:, axis].ravel()])) for axis in (0, 1))
    x_key, y_key = (
        np.searchsorted(columns, ends[:, 0]) * len(rows) + np.searchsorted(rows, ends[:, 1]) for ends in (x, y)
    )
    # Left turns: from east to north and from west to south; from north to west and from south to east.
    after_x = _turn(x_key[1], along_x.forward, y_key[0], along_y.forward) + len(along_x.line)
    after_y = _turn(y_key[1], ~along_y.forward, x_key[0], along_x.forward)
    following = np.concatenate([after_x, after_y]).tolist()
    corners, keys = np.concatenate([x[0], y[0]], axis=1).T, np.concatenate([x_key[0], y_key[0]])
    order, lengths = _simple(*_cycles(following), keys)
    return corners[order], lengths


def _corners(runs: Edges) -> Ints:
    first, last = np.where(runs.forward, runs.start, runs.end), np.where(runs.forward, runs.end, runs.start)
    return np.stack([np.stack([first, runs.line]), np.stack([last, runs.line])])


def _turn(ends: Ints, wanted: Flags, starts: Ints, forward: Flags) -> Ints:
    """Return the run that starts where each run ends; where two do, the one in the wanted direction."""
    have = starts * 2 + forward
    order = np.argsort(have)
    have = have[order]
    place = np.minimum(np.searchsorted(have, ends * 2 + wanted), len(have) - 1)
    # Where there is no run in the wanted direction, the search ends beside the only one there is.
    place -= have[place] // 2 != ends
    return np.asarray(order[place])


def _cycles(following: list[int]) -> tuple[Ints, Ints]:
    """Return the members of all cycles of a permutation, one cycle after the other, and the length of each."""
    seen = bytearray(len(following))
    order: list[int] = []
    ends = [0]
    for first in range(len(following)):
        if not seen[first]:
            at = first
            while not seen[at]:
                seen[at] = 1
                order.append(at)
                at = following[at]
            ends.append(len(order))
    return np.array(order), np.diff(ends)


def _simple(order: Ints, lengths: Ints, keys: Ints) -> tuple[Ints, Ints]:
    """Take rings apart where they come back to a corner; keys tell corners apart."""
    ring = np.repeat(np.arange(len(lengths)), lengths)
    corner = keys[order]
    rank = np.argsort(corner, kind="stable")  # rings are in rising order, and stay so for each corner
    twice = (corner[rank][1:] == corner[rank][:-1]) & (ring[rank][1:] == ring[rank][:-1])
    touching = np.zeros(len(lengths), dtype=bool)
    touching[ring[rank][1:][twice]] = True
    if not touching.any():
        return order, lengths
    starts = np.cumsum(lengths) - lengths
    loops = [
        loop
        for number in np.flatnonzero(touching)
        for loop in _loops(order[starts[number] : starts[number] + lengths[number]].tolist(), keys)
    ]
    whole = ~touching
    return (
        np.concatenate([order[np.repeat(whole, lengths)], *(np.array(loop) for loop in loops)]),
        np.concatenate([lengths[whole], [len(loop) for loop in loops]]),
    )


def _loops(ring: list[int], keys: Ints) -> list[list[int]]:
    found: list[list[int]] = []
    path: list[int] = []
    place: dict[int, int] = {}
    for run, key in zip(ring, keys[ring].tolist(), strict=True):
        if key in place:
            loop = path[place[key] :]
            del path[place[key] :]
            for other in keys[loop].tolist():
                del place[other]
            found.append(loop)
        place[key] = len(path)
        path.append(run)
    return [*found, path]
