"""Footprints that meet outside the grids of one plane: on no grid, or near those of another UTM zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from dsdocs.geo.crs import from_crs84, to_crs84
from dsdocs.geo.grids import Flags, Floats, Footprints, Grid, Ints, Shapes
from dsdocs.geo.planes import middles, numbered

_BITS = 21  # of a number of a cell in space
_STEPS = np.array([x + (y << _BITS) + (z << 2 * _BITS) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)])
_BATCH = 50_000  # footprints that are asked about at a time


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Footprints in one plane among which a tree looks for the nearest, and those that may be near them."""

    hosts: Ints  # (h,) numbers of footprints
    host_shapes: Shapes
    guests: Ints  # (g,)
    guest_shapes: Shapes
    guest_cores: Shapes  # without their edges: what touches one of these shares ground
    reach: float  # m

    def search(self, asked: Flags, others: Flags, distance: Floats, overlaps: Flags) -> None:
        """Improve distances and overlaps, (n,) each, of the footprints that are asked about."""
        among = self.host_shapes[others[self.hosts]]
        rows = np.flatnonzero(asked[self.guests] & ((distance[self.guests] > 0) | ~overlaps[self.guests]))
        if not len(among) or not len(rows):
            return
        tree = shapely.STRtree(among)
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            for shapes, cores in ((self.guest_shapes, False), (self.guest_cores, True)):
                wanted = some[~overlaps[self.guests[some]]] if cores else some[distance[self.guests[some]] > 0]
                (place, _), apart = tree.query_nearest(
                    shapes[wanted], max_distance=self.reach, return_distance=True, all_matches=False
                )
                found = self.guests[wanted[place]]
                if cores:
                    overlaps[found[apart == 0]] = True
                else:
                    distance[found] = np.minimum(distance[found], apart)


def crossings(footprints: Footprints, gridded: Flags, reach: float, tight: float) -> tuple[Crossing, ...]:
    """Find for each plane which footprints need a tree.

    Parameters
    ----------
    footprints
        In planes.
    gridded
        Footprints that are compared with one another on the grids of their plane, shape ``(n,)``.
    reach
        Greatest distance in metres.
    tight
        Part of a side that counts as nothing.
    """
    names, plane = numbered(footprints.loose_crs)
    if len(names) == 1 and gridded.all():
        return ()
    middle, radius = middles(footprints), _radius(footprints)
    cell = _cells_in_space(names, plane, middle, reach + 2 * float(radius.max(initial=0.0)))
    found = []
    for number, name in enumerate(names.tolist()):
        # Beside the footprints of the plane on no grid, all those of other planes may come near its own.
        strange = (plane != number) | ~gridded
        hosts = np.flatnonzero((plane == number) & _near(cell, strange))
        guests = np.flatnonzero(_near(cell, plane == number) & (strange | _near(cell, (plane == number) & ~gridded)))
        if len(hosts) and len(guests):
            host_shapes, shapes = (_shapes(footprints, rows, name, tight) for rows in (hosts, guests))
            cores = _shapes(footprints, guests, name, tight, core=True)
            found.append(Crossing(hosts, host_shapes, guests, shapes, cores, reach))
    return tuple(found)


def _radius(footprints: Footprints) -> Floats:
    """Return half the diagonal of each footprint in metres."""
    found = np.empty(len(footprints.grid))
    for number, grid in enumerate(footprints.grids):
        found[footprints.grid == number] = np.hypot(*grid.size) / 2
    apart = np.flatnonzero(footprints.grid < 0)
    bounds = shapely.bounds(footprints.loose[apart])
    found[apart] = np.hypot(*(bounds[:, 2:] - bounds[:, :2]).T) / 2
    return found


def _cells_in_space(names: Shapes, plane: Ints, middle: Floats, side: float) -> Ints:
    """Return a number (n,) for the cube in space that holds each middle, so that no edge of a map counts."""
    degrees = np.empty_like(middle)
    for number, name in enumerate(names.tolist()):
        rows = plane == number
        degrees[rows] = np.column_stack(to_crs84(name, *middle[rows].T))
    geocentric = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    place = geocentric.transform(degrees[:, 0], degrees[:, 1], np.zeros(len(degrees)))
    # A projected distance may be somewhat shorter than that in space; and a cube has a number of so many bits.
    cell = [np.floor(axis / max(1.02 * side, 10.0)).astype(np.int64) + (1 << (_BITS - 1)) for axis in place]
    return np.asarray(cell[0] + (cell[1] << _BITS) + (cell[2] << 2 * _BITS))


def _near(cell: Ints, chosen: Flags) -> Flags:
    """Tell which footprints lie in the cube of a chosen one, or in one beside it."""
    around = np.unique((np.unique(cell[chosen])[:, None] + _STEPS).ravel())
    place = np.minimum(np.searchsorted(around, cell), len(around) - 1)
    return np.asarray(around[place] == cell) if len(around) else np.zeros(len(cell), dtype=bool)


def _shapes(footprints: Footprints, rows: Ints, plane: str, tight: float, *, core: bool = False) -> Shapes:
    """Return footprints as polygons in a plane; a core lacks a part ``tight`` of the side at each edge."""
    shapes = np.empty(len(rows), dtype=object)
    grid = footprints.grid[rows]
    for number in np.unique(grid[grid >= 0]).tolist():
        here = np.flatnonzero(grid == number)
        shapes[here] = _boxes(footprints.grids[number], footprints.cell[rows[here]], tight if core else 0.0)
    apart = np.flatnonzero(grid < 0)
    shapes[apart] = footprints.loose[rows[apart]]
    if core and len(apart):
        inner = shapely.buffer(shapes[apart], -tight * np.sqrt(shapely.area(shapes[apart])), join_style="mitre")
        shapes[apart] = np.where(shapely.is_empty(inner), shapely.centroid(shapes[apart]), inner)
    native = footprints.loose_crs[rows].astype(str)
    for name in np.unique(native).tolist():
        if name != plane:
            here = np.flatnonzero(native == name)
            shapes[here] = shapely.transform(
                shapes[here],
                lambda corners, name=name: np.column_stack(from_crs84(plane, *to_crs84(name, *corners.T))),  # type: ignore[misc]
            )
    return shapes


def _boxes(grid: Grid, cell: Ints, inset: float) -> Shapes:
    low = grid.origin + (cell + inset) * grid.size
    high = grid.origin + (cell + 1 - inset) * grid.size
    return np.asarray(shapely.box(*low.T, *high.T))
