"""The script of an interactive map, written by folium from geometry and numbers alone.

folium runs text as a template, so no string of the data may come near it: names of layers stand in the page,
where `dsdocs.render.markup` escapes them, and the script knows layers by their number.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from itertools import pairwise
from math import isfinite

import folium
import numpy as np

from dsdocs.geo.basemap import Basemap
from dsdocs.render.locators import RADIUS, locators
from dsdocs.render.projection import Box, Place, Ring, graticule, place
from dsdocs.views import Layer, Map

_NOWHERE = 91.0  # degrees of latitude
_HEAD = """\
/* Geometry of one map, written by folium and drawn by Leaflet; map.js calls it. */
(window.dsdocsMaps = window.dsdocsMaps || []).push({{id: "{id}", src: document.currentScript.src,
draw: function (L, unfold) {{
"""
_TAIL = """
return {{map: {map}, layers: [{layers}], home: {home}, reach: {reach}, seam: {seam}, cells: {cells}, later: {later}}};
}}}});
"""
_LAYER = """\
/* Where the patches of one layer lie; map.js asks for it. */
(window.dsdocsLayers = window.dsdocsLayers || {{}})["{id}/{index}"] =
{{cells: {cells}, rings: {rings}, radius: {radius}}};
"""


def map_id(slug: str) -> str:
    """Return the id of a map's element, which folium also uses as the name of a variable."""
    return "map_" + sha256(slug.encode()).hexdigest()[:12]


def map_script(view: Map, grounds: tuple[tuple[Basemap, float], ...], *, slug: str) -> str:
    """Write the classic script that draws a map when ``map.js`` calls it.

    Parameters
    ----------
    view
        The layers; only their geometry is used.
    grounds
        Base maps, each with the degrees to add to its longitudes (`dsdocs.render.map.base_maps`).
    slug
        The id of the figure.

    Returns
    -------
    str
        JavaScript that holds no string of the data, loads nothing and has the same bytes on every run.
    """
    where = place(view)
    drawn = _canvas(where, slug)
    ground = _ground(drawn, where, grounds)
    groups = [
        "L.featureGroup()" if _is_later(index, layer) else _layer(drawn, layer, where, index).get_name()
        for index, layer in enumerate(view.layers)
    ]
    page = folium.Figure()
    page.add_child(drawn)
    page.render()
    body = _compact(page.script.render())
    for stand_in, lines in ground.items():
        body = body.replace(stand_in, lines)
    tail = _TAIL.format(
        map=drawn.get_name(),
        layers=", ".join(groups),
        home=_corners(where.home),
        reach=_corners(where.reach),
        seam=f"{where.seam:.6f}" if isfinite(where.seam) else "null",
        cells=_cells(view.layers[0]),
        later=json.dumps([index for index, layer in enumerate(view.layers) if _is_later(index, layer)]),
    )
    return _HEAD.format(id=map_id(slug)) + body + tail


def layer_scripts(view: Map, *, slug: str) -> dict[str, str]:
    """Write a classic script for each layer after the first that is drawn from cells, by its path beside `map_script`.

    ``map.js`` loads it when the layer is chosen.
    """
    own, where = map_id(slug), place(view)
    return {
        f"{own}/{index}.js": _LAYER.format(
            id=own,
            index=index,
            radius=RADIUS,
            cells=_cells(layer),
            rings=json.dumps([[lat, lon] for lon, lat in locators(layer, where)]),
        )
        for index, layer in enumerate(view.layers)
        if _is_later(index, layer)
    }


def _is_later(index: int, layer: Layer) -> bool:
    """Tell whether a layer is loaded when it is chosen; the first one is shown at once."""
    return index > 0 and bool(layer.cells)


def _cells(layer: Layer) -> str:
    """Return the cells of a layer as lists of numbers and a text in base64."""
    lists = [
        # Decoded and encoded again: nothing but base64 gets into a script.
        [*(one.zone, *one.size, *one.corner, int(one.columns), int(one.rows)), _base64(one.bits)]
        for one in layer.cells
    ]
    return json.dumps(lists, separators=(",", ":"))


def _base64(text: str) -> str:
    return b64encode(b64decode(text, validate=True)).decode()


def _canvas(where: Place, slug: str) -> folium.Map:
    window = where.window
    drawn = folium.Map(
        location=[round((window.south + window.north) / 2, 6), round((window.west + window.east) / 2, 6)],
        tiles=None,
        zoom_start=3,
        control_scale=True,
        # Until the reader enters the map, the wheel scrolls the page; map.js gives it to the map then.
        scroll_wheel_zoom=False,
        attribution_control=False,
        zoom_snap=0.25,
    )
    drawn._name, drawn._id = map_id(slug).split("_")
    return drawn


def _ground(drawn: folium.Map, where: Place, grounds: tuple[tuple[Basemap, float], ...]) -> dict[str, str]:
    """Add land, grid and borders, with stand-ins for most coordinates; return what to put in their place."""
    land = [_points(ring, where, turn) for ground, turn in grounds for polygon in ground.land for ring in polygon]
    borders = [_points(line, where, turn) for ground, turn in grounds for line in ground.borders]
    lons, lats = graticule(where)
    reach = where.reach
    grid = [[[reach.south, lon], [reach.north, lon]] for lon in lons]
    grid += [[[lat, reach.west], [lat, reach.east]] for lat in lats]
    found = {}
    if land:
        _add(folium.Polygon([[[_NOWHERE, 1.0]]], class_name="ds-map-land", fill=True), drawn, "land")
        found[f"[[[{_NOWHERE},1.0]]]"] = _differences(land)
    if grid:
        _add(folium.PolyLine(grid, class_name="ds-map-grid", weight=1), drawn, "grid")
    if borders:
        _add(folium.PolyLine([[[_NOWHERE, 2.0]]], class_name="ds-map-border", weight=1), drawn, "border")
        found[f"[[[{_NOWHERE},2.0]]]"] = _differences(borders)
    return found


def _differences(lines: list[list[list[float]]]) -> str:
    """Write a call that unfolds lines from whole numbers, each less the one before: a third of the bytes."""
    points = np.concatenate([np.array(line) for line in lines])
    decimals = next(few for few in range(9) if np.abs(np.round(points, few) - points).max() < 1e-9)
    whole = np.rint(points * 10**decimals).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    first = np.cumsum([0, *map(len, lines)])
    steps[first[:-1]] = whole[first[:-1]]
    written = (" ".join(map(str, steps[start:end].ravel().tolist())) for start, end in pairwise(first.tolist()))
    return f'unfold("{",".join(written)}", {decimals})'


def _layer(drawn: folium.Map, layer: Layer, where: Place, index: int) -> folium.FeatureGroup:
    group = folium.FeatureGroup(name=f"layer {index}", show=index == 0)
    _add(group, drawn, f"{index}")
    # One path for all outlines of a layer: the even-odd rule fills rings of disjoint polygons as it should.
    rings = [
        [[round(lat, where.decimals), round(where.lon(lon), where.decimals)] for lon, lat in ring]
        for polygon in layer.polygons
        for ring in polygon
        if ring
    ]
    if rings and not layer.cells:
        _add(folium.Polygon(rings, class_name="ds-map-patches", weight=1, fill=True), group, f"{index}")
    for number, (lon, lat) in enumerate(locators(layer, where)):
        ring = folium.CircleMarker([lat, lon], radius=RADIUS, class_name="ds-map-locator", weight=2, fill=False)
        _add(ring, group, f"{index}_{number}")
    return group


def _add(
    child: folium.FeatureGroup | folium.Polygon | folium.PolyLine | folium.CircleMarker,
    parent: folium.Element,
    name: str,
) -> None:
    # folium draws a random id for every element; a fixed one keeps the file the same from build to build.
    child._id = name
    child.add_to(parent)


def _points(line: Ring, where: Place, turn: float) -> list[list[float]]:
    return [[round(lat, where.decimals), round(lon + turn, where.decimals)] for lon, lat in line]


def _corners(box: Box) -> str:
    return f"[[{box.south:.6f}, {box.west:.6f}], [{box.north:.6f}, {box.east:.6f}]]"


def _compact(script: str) -> str:
    """Drop the blanks between numbers and brackets, and the blanks around lines."""
    lines = (line.strip() for line in script.splitlines())
    return re.sub(r"(?<=[\d\]]), (?=[-\d\[])", ",", "\n".join(line for line in lines if line))
