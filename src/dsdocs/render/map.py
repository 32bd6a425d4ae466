"""A map on the page: a drawing that needs no script, and the controls that a script takes over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

import shapely

from dsdocs.geo.basemap import Basemap, basemap
from dsdocs.render.format import latitude, longitude, number
from dsdocs.render.leaflet import map_id
from dsdocs.render.locators import RADIUS, locators
from dsdocs.render.markup import Attributes, Html, data_link, element, join
from dsdocs.render.parts import described_by, empty, frame
from dsdocs.render.projection import HEIGHT, WIDTH, Place, Point, Ring, graticule, place
from dsdocs.views import Layer, Map

_TOLERANCE = 0.6  # drawing units by which an outline may be off
# The square around the drawing, with a margin for the strokes: a narrow page shows what lies above and below.
_SEEN = (-20.0, (HEIGHT - WIDTH) / 2 - 20, WIDTH + 20.0, (HEIGHT + WIDTH) / 2 + 20)


def map_figure(view: Map, slug: str) -> Html:
    """Draw the first layer on the base map and offer all of them to the script."""
    if not view.layers:
        return frame(view, "map", slug, empty(), numbers=False)
    where = place(view)
    grounds = base_maps(where)
    sources = sorted({ground.source for ground, _ in grounds})
    canvas: Attributes = {
        "class": "ds-map-canvas",
        "id": map_id(slug),
        "role": "group",
        "aria-label": f"Interactive map: {view.title}. Arrow keys move it, plus and minus zoom.",
        "hidden": True,
    }
    area = element("div", {"class": "ds-map-area"}, _drawing(view, where, grounds, slug), element("div", canvas))
    stage = element("div", {"class": "ds-map-stage"}, area, _controls(view, slug))
    script = element("script", {"src": data_link(f"maps/{slug}.js"), "defer": True})
    note = element("p", {"class": "ds-note"}, f"Base map: {'; '.join(sources)}.")
    return frame(view, "map", slug, join(stage, script), notes=note)


def base_maps(where: Place) -> tuple[tuple[Basemap, float], ...]:
    """Return the base maps within reach, each with the degrees to add to its longitudes."""
    return tuple((basemap(bounds), turn) for bounds, turn in where.reach.parts())


def _drawing(view: Map, where: Place, grounds: tuple[tuple[Basemap, float], ...], slug: str) -> Html:
    land = [_turned(ring, turn) for ground, turn in grounds for polygon in ground.land for ring in polygon]
    borders = [_turned(line, turn) for ground, turn in grounds for line in ground.borders]
    patches = [
        tuple((where.lon(lon), lat) for lon, lat in ring) for polygon in view.layers[0].polygons for ring in polygon
    ]
    attributes: Attributes = {
        "viewBox": f"0 0 {WIDTH} {HEIGHT}",
        "class": "ds-map-drawing",
        "role": "img",
        "aria-labelledby": f"{slug}-title",
        "aria-describedby": described_by(view, slug),
    }
    return element(
        "svg",
        attributes,
        element("path", {"class": "ds-map-land", "d": _areas(land, where)}),
        element("path", {"class": "ds-map-grid", "d": _lines(_grid(where), where)}),
        element("path", {"class": "ds-map-border", "d": _lines(borders, where)}),
        element("path", {"class": "ds-map-patches", "d": _areas(patches, where, keep_small=True)}),
        *_rings(view.layers[0], where),
        *_degrees(where),
    )


def _rings(layer: Layer, where: Place) -> Iterator[Html]:
    for lon, lat in locators(layer, where):
        x, y = where.xy(lon, lat)
        yield element("circle", {"class": "ds-map-locator", "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": RADIUS + 2})


def _turned(points: Ring, turn: float) -> Ring:
    return tuple((lon + turn, lat) for lon, lat in points) if turn else points


def _areas(rings: Iterable[Ring], where: Place, *, keep_small: bool = False) -> str:
    """Write closed outlines; those smaller than a unit become a square of one unit, or nothing."""
    found = []
    for ring in rings:
        if len(ring) < 4:
            continue
        # Each ring is clipped alone: the even-odd rule makes holes of those that lie in another one.
        clipped = shapely.clip_by_rect(shapely.Polygon([where.xy(lon, lat) for lon, lat in ring]), *_SEEN)
        for part in shapely.get_parts(clipped):
            corners = _told_apart(part.exterior)
            if len(corners) >= 4:
                found.append("M" + "L".join(f"{x:g} {y:g}" for x, y in corners[:-1]) + "Z")
            elif keep_small:
                found.append(f"M{corners[0][0] - 0.5:g} {corners[0][1] - 0.5:g}h1v1h-1Z")
    return "".join(found)


def _lines(lines: Iterable[Ring], where: Place) -> str:
    found = []
    for line in lines:
        if len(line) < 2:
            continue
        clipped = shapely.clip_by_rect(shapely.LineString([where.xy(lon, lat) for lon, lat in line]), *_SEEN)
        drawn = (_told_apart(part) for part in shapely.get_parts(clipped))
        found += ["M" + "L".join(f"{x:g} {y:g}" for x, y in corners) for corners in drawn if len(corners) >= 2]
    return "".join(found)


def _told_apart(line: shapely.LineString) -> list[Point]:
    """Return the corners that can be told apart, in tenths of a unit."""
    kept = shapely.simplify(line, _TOLERANCE, preserve_topology=False)
    rounded = [(round(x, 1), round(y, 1)) for x, y in (kept if not kept.is_empty else line).coords]
    return [rounded[0], *(corner for before, corner in pairwise(rounded) if corner != before)]


def _grid(where: Place) -> Iterator[Ring]:
    reach = where.reach
    lons, lats = graticule(where)
    yield from (((lon, reach.south), (lon, reach.north)) for lon in lons)
    yield from (((reach.west, lat), (reach.east, lat)) for lat in lats)


def _degrees(where: Place) -> list[Html]:
    lons, lats = graticule(where)
    window = where.window
    found = []
    for lon in lons:
        x, _ = where.xy(lon, window.south)
        if 30 < x < WIDTH - 30:
            at: Attributes = {"x": f"{x:.1f}", "y": HEIGHT - 10, "text-anchor": "middle", "class": "ds-map-degree"}
            found.append(element("text", at, longitude(lon)))
    for lat in lats:
        _, y = where.xy(window.west, lat)
        if 20 < y < HEIGHT - 40:
            found.append(element("text", {"x": 10, "y": f"{y - 5:.1f}", "class": "ds-map-degree"}, latitude(lat)))
    return found


def _controls(view: Map, slug: str) -> Html:
    """Offer one layer at a time, by group; hidden until the script has drawn the map."""
    if len(view.layers) == 1:
        return Html("")
    numbered = list(enumerate(view.layers))
    most = max(layer.n_patches for layer in view.layers)
    groups = [
        element(
            "fieldset",
            None,
            element("legend", None, group[:1].upper() + group[1:] if group else "Data set"),
            *(_choice(index, layer, most, slug) for index, layer in members),
        )
        for group, members in groupby(numbered, key=lambda pair: pair[1].group)
    ]
    buttons = element(
        "div",
        {"class": "ds-map-buttons"},
        element("button", {"type": "button", "data-ds-map": "layer"}, "Zoom to layer"),
        element("button", {"type": "button", "data-ds-map": "all"}, "Whole map"),
    )
    choices: Attributes = {"class": "ds-map-choices", "role": "group", "aria-label": f"Layers of {view.title}"}
    return element("div", {"class": "ds-map-controls", "hidden": True}, buttons, element("div", choices, *groups))


def _choice(index: int, layer: Layer, most: int, slug: str) -> Html:
    radio: Attributes = {
        "type": "radio",
        "name": f"{slug}-layer",
        "value": index,
        "checked": index == 0,
    }
    share = layer.n_patches / most if most else 0.0
    return element(
        "label",
        {"style": f"--ds-share:{share:.4f}"},
        element("input", radio),
        element("span", {"class": "ds-layer-name"}, layer.name),
        element("span", {"class": "ds-layer-count"}, number(layer.n_patches)),
    )
