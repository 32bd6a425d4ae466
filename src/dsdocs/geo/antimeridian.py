"""Bring polygons to OGC:CRS84 so that none reaches beyond 180 degrees or around a pole unseen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt
import shapely
import shapely.affinity

from dsdocs.geo.crs import to_crs84

Floats = npt.NDArray[np.float64]

_HALF, _TURN, _POLE = 180.0, 360.0, 90.0  # degrees
_TURNS = (-2, -1, 0, 1, 2)


def polygons_to_crs84(crs: str, polygons: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Transform polygons and cut them at the antimeridian; their edges should be short, see `cut_polygon`."""
    moved = shapely.transform(polygons, lambda corners: np.column_stack(to_crs84(crs, *corners.T)))
    west, _, east, _ = shapely.bounds(moved).T
    for row in np.flatnonzero((east - west > _HALF) | (west < -_HALF) | (east > _HALF)):
        moved[row] = cut_polygon([shapely.get_coordinates(ring) for ring in shapely.get_rings(moved[row])])
    return np.asarray(moved, dtype=object)


def cut_polygon(rings: Sequence[Floats]) -> shapely.Geometry:
    """Return the polygon inside the first ring and outside the others, cut at the antimeridian.

    A ring that steps over 180 degrees is cut there (RFC 7946, section 3.1.9); one that goes around a pole is closed
    along the antimeridian and the pole.

    Parameters
    ----------
    rings
        Closed rings of longitude and latitude in degrees, each ``(n, 2)``; edges are straight in degrees, and none
        is longer than 180 degrees.
    """
    if not any(crosses(ring) for ring in rings):
        return shapely.Polygon(rings[0], rings[1:])
    # What an odd number of rings enclose: around a pole, the outline may be the smaller of two rings.
    return reduce(shapely.symmetric_difference, (_cut(ring) for ring in rings))


def longitude_range(west: Floats, east: Floats) -> tuple[float, float]:
    """Return the west and the east end of the range that holds all given ranges of longitude.

    It begins east of the widest gap between them. Across the antimeridian its east is less than its west, as in the
    ranges given (RFC 7946, section 5.2). Where none of those crosses it, the whole does so only if that makes it
    narrower by more than half a turn, because many readers of such ranges do not expect it.

    Parameters
    ----------
    west, east
        Ends of the ranges in degrees, -180 to 180, shape ``(n,)``; n is at least 1.
    """
    order = np.argsort(west, kind="stable")
    start = west[order]
    end = np.where(east < west, east + _TURN, east)[order]
    # How far the ranges before each one reach; a range that crosses the antimeridian also lies before the first.
    reach = np.maximum.accumulate(np.concatenate([[end.max() - _TURN], end[:-1]]))
    gaps = start - reach
    widest = int(np.argmax(gaps))
    if end.max() <= _HALF and gaps[widest] <= gaps[0] + _HALF:
        return float(start[0]), float(end.max())
    if gaps[widest] <= 0:
        return -_HALF, _HALF
    return float(start[widest]), float(reach[widest])


def crosses(ring: Floats) -> bool:
    """Tell whether a ring steps over the antimeridian or reaches beyond it."""
    return bool(np.abs(ring[:, 0]).max() > _HALF or np.abs(np.diff(ring[:, 0])).max() > _HALF)


def _cut(ring: Floats) -> shapely.Geometry:
    """Return what a ring encloses, between 180 degrees west and 180 degrees east."""
    lon, lat = np.unwrap(ring[:, 0], period=_TURN), ring[:, 1]
    if abs(lon[-1] - lon[0]) > _HALF:
        pole = np.copysign(_POLE, lat.mean())
        lon, lat = np.append(lon, [lon[-1], lon[0]]), np.append(lat, [pole, pole])
    corners = np.column_stack([lon, lat])
    polygon = shapely.make_valid(shapely.Polygon(corners), method="structure", keep_collapsed=False)
    world = shapely.box(-_HALF, -_POLE, _HALF, _POLE)
    moved = [shapely.affinity.translate(polygon, turn * _TURN) for turn in _TURNS]
    return shapely.union_all([shapely.intersection(copy, world) for copy in moved if copy.intersects(world)])
