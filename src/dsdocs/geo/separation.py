"""How far is a footprint from the nearest of others, and do they overlap? For hundreds of thousands at a time.

Footprints on grids of one plane are looked up by column and row, whatever the phase of their grids. Those on no grid,
and those near footprints of another plane, are found in trees (`dsdocs.geo.crossing`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsdocs.geo.crossing import Crossing, crossings
from dsdocs.geo.grids import Flags, Floats, Footprints, Ints

TIGHT = 1e-4  # of a side: an overlap as thin counts as touching, and a gap as narrow as none
_GRIDS = 64  # of a plane; footprints of more are better found in a tree


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """What was found for each footprint that was asked about."""

    distance: Floats  # (n,) m to the nearest footprint, 0 where they touch; infinite beyond the reach
    overlaps: Flags  # (n,) some footprint shares ground with it, and not only an edge


@dataclass(frozen=True, slots=True, eq=False)
class _Lattice:
    """The footprints on one grid, row by row."""

    plane: str
    size: tuple[float, float]  # m
    origin: tuple[float, float]  # m
    least: Ints  # (2,) smallest column and row
    rows: Ints  # (n,) numbers of the footprints, by row and then column
    cell: Ints  # (n, 2) column and row, counted from the smallest
    width: int  # columns, and one more
    keys: Ints  # (n,) ascending


class Neighbourhood:
    """Footprints in their places, prepared once for many questions.

    Distances are Euclidean, in the plane of the footprint that is found. Where the two lie in different UTM zones,
    the other is projected into it; a hundred kilometres beyond the edge of a zone, that is 0.3 percent too long.

    Parameters
    ----------
    footprints
        In planes, as `dsdocs.geo.planes.on_planes` returns them.
    reach
        Greatest distance in metres that is looked for.
    """

    def __init__(self, footprints: Footprints, reach: float) -> None:
        self.n = len(footprints.grid)
        self.reach = reach
        self._lattices = _lattices(footprints)
        gridded = np.zeros(self.n, dtype=bool)
        for lattice in self._lattices:
            gridded[lattice.rows] = True
        self._crossings: tuple[Crossing, ...] = crossings(footprints, gridded, reach, TIGHT)

    def nearest(self, asked: Flags, others: Flags) -> Nearest:
        """Find for each footprint that is asked about the nearest of the others.

        Parameters
        ----------
        asked, others
            Shape ``(n,)``; no footprint is in both.

        Returns
        -------
        Nearest
            In the order of ``np.flatnonzero(asked)``.
        """
        distance, overlaps = np.full(self.n, np.inf), np.zeros(self.n, dtype=bool)
        targets = [_chosen(lattice, others) for lattice in self._lattices]
        for lattice in self._lattices:
            one = _chosen(lattice, asked)
            if not len(one.rows):
                continue
            best, met = np.full(len(one.rows), np.inf), np.zeros(len(one.rows), dtype=bool)
            # Its own grid first: what overlaps there need not be looked for elsewhere.
            for target in sorted(targets, key=lambda target: target.origin != one.origin):
                if target.plane == one.plane and len(target.rows):
                    _search(one, target, best, met, self.reach)
            distance[one.rows], overlaps[one.rows] = best, met
        for crossing in self._crossings:
            crossing.search(asked, others, distance, overlaps)
        distance[distance > self.reach] = np.inf
        return Nearest(distance[asked], overlaps[asked])


def _lattices(footprints: Footprints) -> tuple[_Lattice, ...]:
    planes = [grid.crs for grid in footprints.grids]
    found = []
    for number, grid in enumerate(footprints.grids):
        if planes.count(grid.crs) > _GRIDS:
            continue
        rows = np.flatnonzero(footprints.grid == number)
        cell = footprints.cell[rows]
        least = cell.min(axis=0)
        order = np.lexsort(tuple((cell - least).T))
        cell = cell[order] - least
        width = int(cell[:, 0].max()) + 2
        keys = cell[:, 1] * width + cell[:, 0]
        found.append(_Lattice(grid.crs, grid.size, grid.origin, least, rows[order], cell, width, keys))
    return tuple(found)


def _chosen(lattice: _Lattice, flags: Flags) -> _Lattice:
    """Return a lattice with some of its footprints."""
    kept = np.flatnonzero(flags[lattice.rows])
    return _Lattice(
        lattice.plane, lattice.size, lattice.origin, lattice.least,
        lattice.rows[kept], lattice.cell[kept], lattice.width, lattice.keys[kept],
    )  # fmt: skip


def _search(one: _Lattice, target: _Lattice, best: Floats, met: Flags, reach: float) -> None:
    """Improve the distances ``best`` and the overlaps ``met`` of footprints by those of a target."""
    side = np.array(target.size)
    # Where the footprints lie, counted in cells of the target.
    low = (np.array(one.origin) + (one.cell + one.least) * one.size - target.origin) / side - target.least
    high = low + np.array(one.size) / side
    beyond = reach / side
    highest = np.array([target.width - 1, target.cell[-1, 1] + 1])  # the smallest column and row are 0
    near = ((high >= -beyond) & (low <= highest + beyond)).all(axis=1)
    rows = np.flatnonzero(near & ~(met & (best == 0)))
    if not len(rows):
        return
    low, high = low[rows], high[rows]
    first, last = np.floor(low + TIGHT).astype(np.int64), np.ceil(high - TIGHT).astype(np.int64) - 1
    found, overlap = best[rows], met[rows]
    span = int((last[:, 1] - first[:, 1]).max()) + 1
    for step in range(span):
        row = first[:, 1] + step
        here = np.flatnonzero(row <= last[:, 1])
        gap, inside = _along(target, row[here], low[here, 0], high[here, 0], first[here, 0], last[here, 0])
        found[here] = np.minimum(found[here], gap)
        overlap[here] |= inside
    below, above = low[:, 1] - first[:, 1], last[:, 1] + 1 - high[:, 1]  # of a cell, to the rows beside
    for start, edge, down in ((first[:, 1], below, True), (last[:, 1], above, False)):
        step = 1
        active = np.arange(len(rows))
        while len(active):
            apart = (edge[active] + step - 1) * side[1]
            apart[apart <= TIGHT * side[1]] = 0.0
            keep = (apart <= reach) & (apart < found[active])
            active, apart = active[keep], apart[keep]
            row = start[active] - step if down else start[active] + step
            gap, _ = _along(target, row, low[active, 0], high[active, 0], first[active, 0], last[active, 0])
            found[active] = np.minimum(found[active], np.hypot(gap, apart))
            step += 1
    best[rows], met[rows] = found, overlap


def _along(target: _Lattice, row: Ints, low: Floats, high: Floats, first: Ints, last: Ints) -> tuple[Floats, Flags]:
    """Return the gap in metres to the nearest cell of a row of the target, and whether columns are shared."""
    width, side, keys = target.width, target.size[0], target.keys
    place = np.searchsorted(keys, row * width + np.clip(first, 0, width - 1))
    right = keys[np.minimum(place, len(keys) - 1)] - row * width
    right_there = (place < len(keys)) & (right >= 0) & (right < width) & (right >= first)
    left = keys[np.maximum(place - 1, 0)] - row * width
    left_there = (place > 0) & (left >= 0) & (left < width)
    inside = right_there & (right <= last)
    gap = np.where(right_there, right - high, np.inf)
    gap = np.where(left_there, np.minimum(gap, low - left - 1), gap)
    gap = np.where(inside | (gap <= TIGHT), 0.0, gap) * side
    return np.asarray(gap), np.asarray(inside)
