"""Shapes as plain tuples of rounded longitudes and latitudes, for pages and scripts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

Point = tuple[float, float]  # longitude, latitude
Line = tuple[Point, ...]
Polygon = tuple[Line, ...]  # outline first, then holes; every ring ends where it began

_POLYGON, _LINE = 3, 1  # type numbers of GEOS
_RING = 4  # corners of the smallest ring, the first one repeated at the end


def plain_polygons(geometry: shapely.Geometry, digits: int = 5) -> tuple[Polygon, ...]:
    """Return the polygons of a geometry with coordinates rounded to so many decimals; 5 are about 1 m.

    Corners that fall together are one, and a ring that shrinks to less than a triangle is left out.
    """
    found = []
    for part in _parts(geometry, _POLYGON):
        outline, *holes = (_rounded(ring, digits) for ring in shapely.get_rings(part))
        if len(outline) >= _RING:
            found.append((outline, *(hole for hole in holes if len(hole) >= _RING)))
    return tuple(found)


def plain_lines(geometry: shapely.Geometry, digits: int = 5) -> tuple[Line, ...]:
    """Return the lines of a geometry, rounded likewise; a line that shrinks to a point is left out."""
    lines = (_rounded(part, digits) for part in _parts(geometry, _LINE))
    return tuple(line for line in lines if len(line) > 1)


def _parts(geometry: shapely.Geometry, kind: int) -> npt.NDArray[np.object_]:
    # Clipping may return collections of collections.
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return np.asarray(parts[(shapely.get_type_id(parts) == kind) & ~shapely.is_empty(parts)])


def _rounded(line: shapely.Geometry, digits: int) -> Line:
    corners = np.round(shapely.get_coordinates(line), digits) + 0.0  # + 0.0 makes -0.0 a plain zero
    kept = np.ones(len(corners), dtype=bool)
    kept[1:] = (corners[1:] != corners[:-1]).any(axis=1)
    return tuple((lon, lat) for lon, lat in corners[kept].tolist())
