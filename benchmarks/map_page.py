"""The page with the map of all patches: its bytes, where it draws them, and how soon, against FastMarkerCluster.

The peer is the usual way to put many points on a map of folium: one marker for each patch, grouped in the browser. Its
scripts come from npm once, and from disk afterwards, so that neither side waits for a network. The time runs from
the request of the page to the first frame that shows patches, in Chromium.
"""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import perf_counter, process_time

import archives
import numpy as np
import pyarrow as pa
import shapely
from measure import HERE, folder, parser
from playwright.sync_api import Browser, Page, Route, TimeoutError, sync_playwright

BYTES, METRES, RATIO = 100_000, 10.0, 1 / 10
PACKAGES = ("leaflet@1.9.4", "leaflet.markercluster@1.5.3")
SHOWN = {"ours": ".ds-map-canvas .ds-map-cells", "peer": ".marker-cluster"}
PLANE = "EPSG:3035"  # in which distances are measured
# The markers of the peer ask for an icon of this script when they are made.
STAND_INS = {"leaflet.awesome-markers.js": b"L.AwesomeMarkers = {icon: () => new L.Icon.Default()};"}
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu")


class Quiet(SimpleHTTPRequestHandler):
    """Serve files and say nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def summary(made: archives.Plan) -> pa.Table:
    """Return the columns that the map is made from."""
    from dsdocs.geo.footprints import place

    random = np.random.default_rng(0)
    n = len(made)
    classes = np.array([f"class {number}" for number in range(43)], dtype=object)
    count = random.integers(1, 6, n)
    flat = (43 * random.random(int(count.sum())) ** 3).astype(int)
    labels = pa.ListArray.from_arrays(np.concatenate([[0], np.cumsum(count)]).astype(np.int32), pa.array(classes[flat]))
    return pa.table(
        {
            "crs": pa.array(made.crs),
            "geometry": place(made.crs.tolist(), made.rings).wkb,
            "labels": labels,
            "split": pa.array(np.array(["train", "val", "test"], dtype=object)[random.integers(0, 3, n)]),
            "country": pa.array(np.array(["AT", "BE", "FI", "IE", "PT"], dtype=object)[made.tile % 5]),
        }
    )


def write_ours(made: archives.Plan, site: Path) -> dict[str, object]:
    """Write a page with our map; return its bytes and the CPU seconds that it took."""
    from dsdocs.analyses.footprint_map import footprint_map
    from dsdocs.assets import static_folder
    from dsdocs.render.files import STYLES, page_scripts, page_styles, side_files
    from dsdocs.render.html import html

    table = summary(made)
    start = process_time()
    (view,) = footprint_map(table).views()
    files = side_files(view, slug="map")
    figure = html(view, slug="map").replace('="dsdocs:', '="data/')
    seconds = process_time() - start
    shutil.copytree(static_folder(), site / "static")
    for path, content in files.items():
        (site / "data" / path).parent.mkdir(parents=True, exist_ok=True)
        (site / "data" / path).write_bytes(content)
    styles = "".join(f'<link rel="stylesheet" href="static/{path}">' for path in (*STYLES, *page_styles(view)))
    scripts = "".join(f'<script defer src="static/{path}"></script>' for path in page_scripts(view))
    page = f'<!doctype html><meta charset="utf-8"><title>Ours</title>{styles}{scripts}<article>{figure}</article>'
    (site / "ours.html").write_text(page, encoding="utf-8")
    script = files["maps/map.js"]
    later = [content for path, content in files.items() if path.startswith("maps/map_")]
    return {
        "data_bytes": len(script),
        "data_bytes_gzip": len(gzip.compress(script)),
        "page_bytes_gzip": len(gzip.compress(page.encode())),
        "layers_loaded_when_chosen": len(later),
        "largest_of_them_gzip": max((len(gzip.compress(content)) for content in later), default=0),
        "cpu_s": round(seconds, 2),
        "cells": [vars_of(one) for one in view.layers[0].cells],
    }


def vars_of(cells: object) -> list[object]:
    """Return the fields of cells in the order in which the script has them."""
    zone, size, corner, columns, rows, bits = (
        getattr(cells, name) for name in ("zone", "size", "corner", "columns", "rows", "bits")
    )
    return [zone, *size, *corner, columns, rows, bits]


def write_peer(made: archives.Plan, site: Path) -> int:
    """Write a page with one marker for each patch; return its bytes."""
    import folium
    from folium.plugins import FastMarkerCluster

    from dsdocs.geo.footprints import place

    placed = place(made.crs.tolist(), made.rings)
    # The script that groups markers refuses a map without a largest zoom. folium hands ``max_zoom`` to tiles alone,
    # and here are none; in this spelling it reaches the map.
    drawn = folium.Map(location=[50, 10], zoom_start=4, tiles=None, maxZoom=18)
    FastMarkerCluster(np.column_stack([placed.lat, placed.lon]).round(6).tolist()).add_to(drawn)
    drawn.save(str(site / "peer.html"))
    return (site / "peer.html").stat().st_size


def libraries(data: Path) -> Path:
    """Return the folder with the scripts of the peer, from npm."""
    target = data / "npm"
    if not (target / "node_modules").is_dir():
        target.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("npm is not on PATH; the page of the peer needs leaflet.markercluster from it")
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(target), *PACKAGES]
        subprocess.run(command, check=True, capture_output=True)
    return target / "node_modules"


def answer(packages: Path, route: Route) -> None:
    """Answer requests to other hosts from disk; what draws no cluster is empty."""
    name = route.request.url.partition("?")[0].rpartition("/")[2]
    found = [path.read_bytes() for path in packages.glob(f"*/dist/{name}")]
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    route.fulfill(body=found[0] if found else STAND_INS.get(name, b""), content_type=kind)


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def load_time(browser: Browser, address: str, name: str, packages: Path) -> float:
    """Return the seconds from the request of a page to the first frame that shows patches.

    Both sides get a tab of their own, of a browser that has shown another one before: its start is nobody's.
    """
    browser.new_page().close()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))
    page.route(lambda url: not url.startswith(address), partial(answer, packages))
    start = perf_counter()
    page.goto(f"{address}/{name}.html", wait_until="commit")
    try:
        page.wait_for_selector(SHOWN[name], state="attached", timeout=180_000)
    except TimeoutError as error:
        raise SystemExit(f"{name}: no patches are shown; errors of the page: {errors}") from error
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    seconds = perf_counter() - start
    context.close()
    if errors:
        raise SystemExit(f"{name}: the page has errors: {errors}")
    return seconds


def placement_error(page: Page, address: str, cells: list[object], made: archives.Plan) -> float:
    """Return the largest distance in metres between what is drawn and the outlines of the patches, either way."""
    from dsdocs.geo.crs import from_crs84, to_crs84
    from dsdocs.geo.grids import on_grids
    from dsdocs.geo.tracing import FINE, polygons_of, trace

    page.goto(f"{address}/ours.html")
    rings = page.evaluate("cells => window.dsdocsCellRings(cells, null)", cells)
    drawn = []
    for ring in rings:
        lat, lon = np.array([*ring, ring[0]]).T
        drawn.append(shapely.LineString(np.column_stack(from_crs84(PLANE, lon, lat))))
    sorted_in = on_grids(made.crs, made.rings)
    true = []
    for number, grid in enumerate(sorted_in.grids):
        corners, lengths = trace([grid.cells(sorted_in.cell[sorted_in.grid == number])])
        outlines = shapely.segmentize(polygons_of(corners / FINE * grid.size, lengths), 1000.0)
        flat = shapely.transform(
            shapely.get_rings(outlines),
            lambda points, crs=grid.crs: np.column_stack(from_crs84(PLANE, *to_crs84(crs, *points.T))),
        )
        true.extend(flat)
    return max(_farthest(drawn, true), _farthest(true, drawn))


def _farthest(lines: list[shapely.LineString], others: list[shapely.LineString]) -> float:
    """Return the largest distance from a corner of lines to the nearest of other lines."""
    corners, line = shapely.get_coordinates(others, return_index=True)
    same = line[1:] == line[:-1]
    sides = shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1)[same])
    points = shapely.points(shapely.get_coordinates(lines))
    _, apart = shapely.STRtree(sides).query_nearest(points, return_distance=True, all_matches=False)
    return float(apart.max())


def main() -> None:
    """Measure."""
    given = parser(__doc__, [archives.WHOLE]).parse_args()
    with folder(given.data) as data, tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        packages = libraries(data)
        browser = playwright.chromium.launch(executable_path=_executable(), args=FLAGS)
        for size in given.sizes:
            site = Path(scratch) / str(size)
            site.mkdir()
            made = archives.plan(size)
            found = write_ours(made, site)
            cells = found.pop("cells")
            peer_bytes = write_peer(made, site)
            with served(site) as address:
                times: dict[str, list[float]] = {"ours": [], "peer": []}
                for turn in range(given.rounds):
                    for name in sorted(times, reverse=bool(turn % 2)):
                        times[name].append(load_time(browser, address, name, packages))
                apart = placement_error(browser.new_page(), address, cells, made)
            seconds = {name: statistics.median(all_) for name, all_ in times.items()}
            ratio = seconds["ours"] / seconds["peer"]
            goals = {"data_bytes": BYTES, "placement_error_m": METRES, "ratio_to_peer": RATIO}
            line = {
                "job": "map page", "size": size, "ratio_to_peer": round(ratio, 4), **found, "peer_bytes": peer_bytes,
                "placement_error_m": round(apart, 4), "goals": goals,
                "reached": found["data_bytes"] <= BYTES and apart <= METRES and ratio <= RATIO,
                "load_s": {name: round(value, 3) for name, value in seconds.items()}, "rounds": given.rounds,
            }  # fmt: skip
            print(json.dumps(line), flush=True)
        browser.close()


def _executable() -> str | None:
    """Return the Chromium that the browser tests use."""
    command = ["python", "-c", "from support.browser import find_browser; print(find_browser() or '')"]
    found = subprocess.run(command, cwd=HERE.parent / "tests", check=True, capture_output=True, text=True)
    return found.stdout.strip() or None


if __name__ == "__main__":
    main()
