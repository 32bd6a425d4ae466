"""Bring polygons to OGC:CRS84 so that none reaches beyond 180 degrees or around a pole unseen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
import shapely.affinity

from dsdocs.geo.crs import to_crs84

_HALF, _TURN, _POLE = 180.0, 360.0, 90.0  # degrees
_TURNS = (-2, -1, 0, 1, 2)


def polygon_to_crs84(crs: str, polygon: shapely.Polygon) -> shapely.Geometry:
    """Transform a polygon and cut it at the antimeridian (RFC 7946, section 3.1.9).

    A ring around a pole is closed along the antimeridian and the pole.

    Parameters
    ----------
    crs
        Native CRS of the polygon.
    polygon
        Edges should be short: they are straight in degrees afterwards.
    """
    rings = [
        np.column_stack(to_crs84(crs, *shapely.get_coordinates(ring).T))
        for ring in shapely.get_rings(polygon)
    ]
    lon = np.concatenate([ring[:, 0] for ring in rings])
    if np.abs(lon).max() <= _HALF and all(np.abs(np.diff(ring[:, 0])).max() <= _HALF for ring in rings):
        return shapely.Polygon(rings[0], rings[1:])
    outline, *holes = [_cut(ring) for ring in rings]
    return shapely.difference(outline, shapely.union_all(holes)) if holes else outline


def _cut(ring: npt.NDArray[np.float64]) -> shapely.Geometry:
    """Return what a ring encloses, between 180 degrees west and 180 degrees east."""
    lon, lat = np.unwrap(ring[:, 0], period=_TURN), ring[:, 1]
    if abs(lon[-1] - lon[0]) > _HALF:
        pole = np.copysign(_POLE, lat.mean())
        lon, lat = np.append(lon, [lon[-1], lon[0]]), np.append(lat, [pole, pole])
    polygon = shapely.make_valid(shapely.Polygon(np.column_stack([lon, lat])))
    world = shapely.box(-_HALF, -_POLE, _HALF, _POLE)
    moved = (shapely.affinity.translate(polygon, turn * _TURN) for turn in _TURNS)
    return shapely.union_all([shapely.intersection(copy, world) for copy in moved])
