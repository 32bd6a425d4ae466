"""Shapes as plain tuples of rounded longitudes and latitudes, for pages and scripts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

Point = tuple[float, float]  # longitude, latitude
Line = tuple[Point, ...]
Polygon = tuple[Line, ...]  # outline first, then holes; every ring ends where it began

_POLYGON, _LINE = 3, 1  # type numbers of GEOS


def plain_polygons(geometry: shapely.Geometry, digits: int = 5) -> tuple[Polygon, ...]:
    """Return the polygons of a geometry with coordinates rounded to so many decimals; 5 are about 1 m.

    They stay valid: what rounding would make touch or cross itself is cut apart, what shrinks to nothing is left out.
    """
    # Part by part: parts that were simplified each for itself may overlap, and are no valid geometry together.
    parts = shapely.make_valid(_parts(geometry, _POLYGON), method="structure", keep_collapsed=False)
    snapped = shapely.GeometryCollection(list(shapely.set_precision(parts, 10.0**-digits)))
    return tuple(
        tuple(_rounded(ring, digits) for ring in shapely.get_rings(part)) for part in _parts(snapped, _POLYGON)
    )


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
