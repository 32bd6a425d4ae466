"""The files that a view brings to the site, and the scripts and style sheets that its page has to load."""

from __future__ import annotations

import base64

from dsdocs.render.chart_json import Origin, chart, chart_bytes, chart_path
from dsdocs.render.leaflet import layer_scripts, map_script
from dsdocs.render.map import base_maps
from dsdocs.render.projection import place
from dsdocs.render.table import csv
from dsdocs.views import Code, Map, Scaling, Table, View

STYLES = ("css/dsdocs.css", "css/figures.css")  # of every page, below _static


def side_files(view: View, *, slug: str, origin: Origin | None = None) -> dict[str, bytes]:
    """Return the files that the HTML of a view links to: path below the site's data folder -> content."""
    files: dict[str, bytes] = {}
    table, numbers = csv(view), chart(view, slug=slug, origin=origin or Origin())
    if table is not None and numbers is not None:
        files[f"csv/{slug}.csv"] = table
        files[chart_path(slug)] = chart_bytes(numbers)
    if isinstance(view, Code) and view.drawing:
        files[f"figures/{slug}.png"] = base64.b64decode(view.drawing)
    if isinstance(view, Map) and view.layers:
        files[f"maps/{slug}.js"] = map_script(view, base_maps(place(view)), slug=slug).encode()
        files |= {f"maps/{path}": text.encode() for path, text in layer_scripts(view, slug=slug).items()}
    return files


def page_scripts(view: View) -> tuple[str, ...]:
    """Return the scripts below ``_static`` for the page of a view, to be loaded with ``defer`` in this order."""
    match view:
        case Map():
            return ("vendor/leaflet/leaflet.js", "js/cells.js", "js/map.js")
        case Table():
            return ("js/table.js",)
        case Scaling():
            return ("js/scaling.js",)
        case _:
            return ()


def page_styles(view: View) -> tuple[str, ...]:
    """Return the style sheets below ``_static`` for the page of a view, beside `STYLES`."""
    return ("vendor/leaflet/leaflet.css", "css/map.css") if isinstance(view, Map) else ()
