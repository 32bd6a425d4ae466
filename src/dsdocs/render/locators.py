"""Rings around areas that are too small to be seen on a map of the whole data set."""

from __future__ import annotations

import shapely

from dsdocs.render.projection import Place, Point
from dsdocs.views import Layer

_SMALL = 1 / 60  # of the width of the map: 8 px on a wide page
_NEAR = 1 / 30  # areas closer than this share a ring
RADIUS = 8  # px


def locators(layer: Layer, where: Place) -> tuple[Point, ...]:
    """Return the centres of the small areas of a layer, ``(lon, lat)`` in the map's range of longitudes, in order."""
    width = where.window.east - where.window.west
    boxes = [
        shapely.box(*shapely.LineString([(where.lon(lon), lat) for lon, lat in polygon[0]]).bounds)
        for polygon in layer.polygons
        if polygon and len(polygon[0]) > 1
    ]
    if not boxes:
        return ()
    gap = width * _NEAR / 2
    grown = shapely.union_all(shapely.buffer(boxes, gap, join_style="mitre"))
    found = []
    for part in shapely.get_parts(grown):
        west, south, east, north = part.bounds
        if max(east - west, north - south) - 2 * gap < width * _SMALL:
            found.append((round((west + east) / 2, where.decimals), round((south + north) / 2, where.decimals)))
    return tuple(sorted(found))
