"""Land and borders under a map, cut and simplified to what the map can show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from dsdocs.assets import vendored
from dsdocs.geo.plain import Line, Polygon, plain_lines, plain_polygons
from dsdocs.geo.topojson import read_topology

Shapes = npt.NDArray[np.object_]

_PIXELS = 1200  # width of the map that the shapes are made for
_WIDE = 12.0  # degrees; wider maps show nothing that 1:50m does not have
_MARGIN = 0.1  # of the extent, so that cut edges lie outside the map
_NARROW = 0.05  # degrees, the smallest extent; 1:10m has a corner every few hundred metres
_HALF, _POLE = 180.0, 90.0


@dataclass(frozen=True, slots=True)
class Basemap:
    """Land and country borders in OGC:CRS84."""

    land: tuple[Polygon, ...]
    borders: tuple[Line, ...]
    source: str


@lru_cache(maxsize=64)
def basemap(bounds: tuple[float, float, float, float], margin: float = _MARGIN) -> Basemap:
    """Return land and borders within bounds and a margin.

    Wide maps come from Natural Earth 1:50m, narrow ones from 1:10m. On a map 1,200 pixels wide, outlines are
    off by less than a pixel; islands and lakes below one pixel are left out.

    Parameters
    ----------
    bounds
        West, south, east and north in degrees; west must not lie beyond east.
    margin
        What is added on each side, as a share of the larger side.

    Raises
    ------
    AssetError
        The package was installed without its map files.
    """
    west, south, east, north = bounds
    extent = max(east - west, north - south, _NARROW)
    scale = "50m" if extent > _WIDE else "10m"
    around = margin * extent
    low = max(west - around, -_HALF), max(south - around, -_POLE)
    high = min(east + around, _HALF), min(north + around, _POLE)
    window = (*low, *high)
    pixel = extent / _PIXELS
    digits = max(0, math.ceil(-math.log10(pixel / 2)))
    land, borders = _shapes(scale)
    return Basemap(
        plain_polygons(_land(land, window, pixel), digits),
        plain_lines(_lines(borders, window, pixel), digits),
        f"Natural Earth 1:{scale} (public domain)",
    )


@lru_cache(maxsize=2)
def _shapes(scale: str) -> tuple[Shapes, Shapes]:
    topology = read_topology(vendored("world-atlas", f"countries-{scale}.json"))
    land = shapely.make_valid(topology.features("land").parts, method="structure", keep_collapsed=False)
    return land, np.array([shapely.LineString(arc) for arc in topology.borders("countries")], dtype=object)


def _land(land: Shapes, window: tuple[float, float, float, float], pixel: float) -> shapely.Geometry:
    frame = shapely.box(*window)
    cut = shapely.get_parts(shapely.clip_by_rect(land[shapely.intersects(shapely.envelope(land), frame)], *window))
    simple = shapely.get_parts(shapely.simplify(cut[shapely.area(cut) >= pixel**2], pixel / 2))
    return shapely.GeometryCollection([_without_ponds(polygon, pixel) for polygon in simple if polygon.area > 0])


def _without_ponds(polygon: shapely.Polygon, pixel: float) -> shapely.Polygon:
    holes = [hole for hole in polygon.interiors if shapely.Polygon(hole).area >= pixel**2]
    return shapely.Polygon(polygon.exterior, holes)


def _lines(borders: Shapes, window: tuple[float, float, float, float], pixel: float) -> shapely.Geometry:
    frame = shapely.box(*window)
    near = borders[shapely.intersects(shapely.envelope(borders), frame)]
    cut = shapely.get_parts(shapely.clip_by_rect(near, *window))
    return shapely.simplify(shapely.line_merge(shapely.MultiLineString(list(cut))), pixel / 2)
