"""The map of the explorer in a real browser: drawing by WebGL2 and by canvas, picking, tools, keys, touch, themes."""

from __future__ import annotations

import io
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from dsdocs.assets import static_folder
from support.watching import Watch, axe, watch

DATA = Path(__file__).parent / "js" / "explorer" / "mapdata.js"
SIDE = 40  # patches along each side of the square that is shown
RED, BLUE, LAND = (200, 0, 0), (0, 0, 200), (253, 253, 251)
MIDDLE = (10.0, 50.0)
STEP = 0.01  # degrees between two patches
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Map</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="_static/css/dsdocs.css"><link rel="stylesheet" href="_static/css/explorer-map.css">
<style>body{margin:0} #host{height:600px}</style>
<body data-theme="light"><main><h1>Map</h1><div id="host"></div></main>
<script type="module">
import { createMap } from "./_static/js/explorer/map/map.js";
import { patches } from "./tests/js/explorer/mapdata.js";
const asked = new URLSearchParams(location.search);
const side = Number(asked.get("side") ?? 40);
const positions = patches(side, { lon: Number(asked.get("lon") ?? 10), lat: 50, lost: 5 });
const land = [[[[8, 48], [10.9, 48], [10.9, 52], [8, 52], [8, 48]]]];
const basemap = { land, borders: [[[10, 48], [10, 52]]], source: "Made up" };
const names = ["pick", "hover", "box", "lasso", "tool", "legend", "move", "drawn"];
function begin() {
  window.map?.destroy();
  document.body.dataset.theme = "light";
  const host = document.getElementById("host");
  host.removeAttribute("style");
  window.map = createMap(host, { positions, basemap, renderer: asked.get("renderer") ?? "auto" });
  window.events = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) map.on(name, (...values) => events[name].push(values));
}
begin();
// Resolves when what was asked for before is on the screen.
const frame = () => new Promise((done) => requestAnimationFrame(done));
const settled = async () => { for (let i = 0; i < 3; i++) await frame(); };
const left = Uint8Array.from(positions.x, (_, row) => row % side < side / 2 ? 1 : 0);
Object.assign(window, { begin, settled, positions, left });
</script>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, pages_server: Callable[..., str]) -> str:
    folder = tmp_path_factory.mktemp("explorer-map")
    shutil.copytree(static_folder() / "js" / "explorer" / "map", folder / "_static" / "js" / "explorer" / "map")
    shutil.copytree(static_folder() / "css", folder / "_static" / "css")
    (folder / "tests" / "js" / "explorer").mkdir(parents=True)
    shutil.copy(DATA, folder / "tests" / "js" / "explorer")
    (folder / ".nojekyll").touch()  # or what begins with an underscore is not served
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    return pages_server(folder)


class Shown:
    """A page with the map, and where things are on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.watched: Watch = watch(page)
        page.goto(url)
        page.wait_for_function("() => window.settled")
        self.begin()

    def begin(self) -> None:
        """Make the map anew, with the pointer away from it."""
        self.page.mouse.move(2, 2)
        self.page.emulate_media(color_scheme="light")
        self.run("begin()")
        self.page.wait_for_function("() => events.drawn.length > 0")
        self.settle()

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)

    def settle(self) -> None:
        self.page.evaluate("settled()")

    def look(self, zoom: float, lon: float = MIDDLE[0], lat: float = MIDDLE[1]) -> None:
        self.run(f"map.setView({{lon: {lon}, lat: {lat}, zoom: {zoom}}})")
        self.settle()

    @property
    def view(self) -> dict[str, float]:
        found: dict[str, float] = self.run("map.getView()")
        return found

    def spot(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where a place is in the window; Web Mercator with 256 pixels around the globe at zoom 0."""
        view = self.view
        box = self.page.locator(".ds-x-map-stage").bounding_box()
        assert box is not None
        scale = 256 * 2 ** view["zoom"]
        turn = (lon - view["lon"] + 180) % 360 - 180
        down = math.asinh(math.tan(math.radians(view["lat"]))) - math.asinh(math.tan(math.radians(lat)))
        x = box["x"] + box["width"] / 2 + turn / 360 * scale
        return x, box["y"] + box["height"] / 2 + down / (2 * math.pi) * scale

    def row_spot(self, row: int, middle: tuple[float, float] = MIDDLE) -> tuple[float, float]:
        column, line = row % SIDE, row // SIDE
        return self.spot(middle[0] + STEP * (column - (SIDE - 1) / 2), middle[1] - STEP * (line - (SIDE - 1) / 2))

    def colours(self, *spots: tuple[float, float]) -> list[tuple[int, int, int]]:
        self.settle()
        # No pointer may lie on what is looked at.
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        return [picture.getpixel((int(x), int(y))) for x, y in spots]  # type: ignore[misc]

    def last(self, name: str) -> Any:
        return self.run(f"events.{name}.at(-1) ?? null")


@pytest.fixture(scope="module")
def shown(browser: Browser, site: str) -> Iterator[Callable[..., Shown]]:
    """Return ``shown(query, **options)``: pages are opened once, and each call begins with a new map."""
    contexts: list[BrowserContext] = []
    opened: dict[str, Shown] = {}

    def show(query: str = "", **options: Any) -> Shown:
        key = f"{query} {sorted(options.items())}"
        if key in opened:
            opened[key].begin()
        else:
            options = {"viewport": {"width": 1000, "height": 720}, "reduced_motion": "reduce"} | options
            contexts.append(browser.new_context(**options))
            opened[key] = Shown(contexts[-1].new_page(), site + query)
        return opened[key]

    yield show
    for context in contexts:
        context.close()


COLOUR = "map.setColours({codes: Uint8Array.from(left, (l) => 1 - l), palette: ['rgb(200 0 0)', 'rgb(0 0 200)']})"


@pytest.mark.parametrize("renderer", ["webgl2", "canvas"])
@pytest.mark.parametrize(("side", "zoom"), [(240, 6), (SIDE, 8.7), (SIDE, 9.2)])
def test_patches_are_drawn_where_they_are_in_the_colours_of_their_codes(
    shown: Callable[..., Shown], renderer: str, side: int, zoom: float
) -> None:
    map_ = shown(f"?renderer={renderer}&side={side}")
    map_.run(COLOUR)
    map_.look(zoom)
    # Spots are in the middle of a patch: where patches are drawn as squares, a line between them may be free.
    reach, half = side // 2, STEP / 2
    spots = [map_.spot(MIDDLE[0] + half + STEP * place, MIDDLE[1] + half) for place in (-reach + 3, reach - 4)]
    assert map_.colours(*spots) == [RED, BLUE]
    beside = [map_.spot(MIDDLE[0] - STEP * (reach + 3), MIDDLE[1]), map_.spot(9.9, MIDDLE[1] + STEP * (reach + 3))]
    assert map_.colours(*beside) == [LAND, LAND]
    # From afar a patch is less than a pixel, which is an image whoever may draw.
    assert map_.run("map.renderer") == (renderer if side == SIDE else "canvas")
    assert map_.watched.problems == []


@pytest.mark.parametrize("renderer", ["webgl2", "canvas"])
@pytest.mark.parametrize("zoom", [9.0, 13.0])
def test_patches_outside_the_selection_are_faint(shown: Callable[..., Shown], renderer: str, zoom: float) -> None:
    map_ = shown(f"?renderer={renderer}")
    map_.run(f"{COLOUR}; map.setMask(left.map((one) => 1 - one))")
    map_.look(zoom, MIDDLE[0] + STEP / 2)
    line = SIDE // 2
    faint, chosen = map_.colours(map_.row_spot(SIDE * line + 19), map_.row_spot(SIDE * line + 22))
    assert chosen[2] > chosen[0] + 50
    assert faint != chosen
    assert abs(faint[0] - faint[2]) < 25
    assert faint != LAND


def test_a_change_of_the_selection_draws_what_a_new_map_draws(shown: Callable[..., Shown]) -> None:
    map_ = shown("?renderer=canvas&side=240")
    third = "Uint8Array.from(positions.x, (_, row) => row % 3 === {} ? 1 : 0)"

    def drawn() -> str:
        map_.settle()
        found: str = map_.run("document.querySelectorAll('canvas')[1].toDataURL()")
        return found

    def fresh(mask: str, zoom: float = 8.5) -> str:
        map_.begin()
        map_.run(COLOUR.replace("left, (l) => 1 - l", "positions.x, (_, row) => row % 2"))
        map_.look(zoom)
        map_.run(f"map.setMask({mask})")
        return drawn()

    elsewhere = fresh(third.format(0), 8.8)
    wanted = [fresh(third.format(rest)) for rest in range(3)]
    assert len(set(wanted)) == 3
    # From the second change on, a map that stands still has the others painted already.
    for rest in (0, 1, 2, 0):
        map_.run(f"map.setMask({third.format(rest)}); new Promise((done) => setTimeout(done, 50))")
        assert drawn() == wanted[rest]
    # What was painted for one place is not used for another.
    map_.look(8.8)
    assert drawn() == elsewhere
    map_.look(7)  # from farther away than where the map began
    assert map_.colours(map_.spot(MIDDLE[0] - STEP * 140, MIDDLE[1])) == [LAND]


@pytest.mark.parametrize("renderer", ["webgl2", "canvas"])
def test_from_near_a_patch_is_its_true_footprint(shown: Callable[..., Shown], renderer: str) -> None:
    map_ = shown(f"?renderer={renderer}")
    map_.run("map.setMask(Uint8Array.from(positions.x, (_, row) => row === 820 ? 1 : 0)); " + COLOUR)
    map_.look(14)
    lon, lat = MIDDLE[0] + STEP / 2, MIDDLE[1] - STEP / 2
    inside = [map_.spot(lon + dx * 0.46 * STEP, lat + dy * 0.46 * STEP) for dx in (-1, 1) for dy in (-1, 1)]
    outside = [map_.spot(lon + dx * 0.54 * STEP, lat + dy * 0.54 * STEP) for dx in (-1, 1) for dy in (-1, 1)]
    assert all(blue > red + 40 for red, _, blue in map_.colours(*inside))
    assert all(blue < red + 20 for red, _, blue in map_.colours(*outside))


def test_webgl_that_is_software_is_left_alone(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(9)
    software = map_.run(
        """() => { const gl = document.createElement("canvas").getContext("webgl2");
        const name = gl && gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info").UNMASKED_RENDERER_WEBGL);
        return !gl || /swiftshader|llvmpipe|software/i.test(name); }"""
    )
    assert map_.run("map.renderer") == ("canvas" if software else "webgl2")


def test_a_lost_context_leaves_a_map_drawn_on_a_canvas(shown: Callable[..., Shown]) -> None:
    map_ = shown("?renderer=webgl2")
    map_.run(COLOUR)
    map_.look(9)
    assert map_.run("map.renderer") == "webgl2"
    map_.run(
        "document.querySelectorAll('canvas')[2].getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
    )
    map_.page.wait_for_function("() => map.renderer === 'canvas'")
    assert map_.colours(map_.row_spot(SIDE * 20 + 3)) == [RED]
    map_.look(13)
    assert map_.run("map.renderer") == "canvas"
    assert map_.watched.page_errors == []


def test_without_webgl_the_map_is_drawn_on_a_canvas(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 720})
    context.add_init_script(
        """const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest); };"""
    )
    map_ = Shown(context.new_page(), f"{site}?renderer=webgl2")
    map_.run(COLOUR)
    map_.look(9.2)
    assert map_.colours(map_.row_spot(SIDE * 20 + 3)) == [RED]
    assert map_.run("map.renderer") == "canvas"
    assert map_.watched.problems == []
    context.close()


def test_a_click_opens_the_patch_below_it_and_a_drag_moves_the_map_instead(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(13)
    map_.page.mouse.click(*map_.row_spot(820))
    assert map_.last("pick") == [820, [820]]
    before = map_.view
    x, y = map_.row_spot(820)
    map_.page.mouse.move(x, y)
    map_.page.mouse.down()
    map_.page.mouse.move(x + 60, y - 40, steps=4)
    map_.page.mouse.up()
    map_.settle()
    assert map_.run("events.pick.length") == 1
    assert map_.view["lon"] == pytest.approx(before["lon"] - 60 * 360 / (256 * 2**13), abs=1e-6)
    assert map_.view["lat"] < before["lat"]
    assert map_.row_spot(820) == (pytest.approx(x + 60, abs=0.1), pytest.approx(y - 40, abs=0.1))


def test_the_pointer_tells_the_patch_below_it_and_when_there_is_none(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(12)
    map_.page.mouse.move(*map_.row_spot(821))
    assert map_.last("hover") == [821, [821]]
    map_.page.mouse.move(*map_.spot(MIDDLE[0] - 0.3, MIDDLE[1]))
    assert map_.last("hover") == [None, []]


def test_the_wheel_zooms_around_the_pointer(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(9)
    x, y = map_.row_spot(0)
    map_.page.mouse.move(x, y)
    map_.page.mouse.wheel(0, -200)
    map_.page.wait_for_function("() => map.getView().zoom > 9.5")
    map_.settle()
    assert map_.row_spot(0) == (pytest.approx(x, abs=0.5), pytest.approx(y, abs=0.5))


def rows_in_box(box: list[float]) -> int:
    places = [STEP * (place - (SIDE - 1) / 2) for place in range(SIDE)]
    columns = sum(box[0] <= MIDDLE[0] + place <= box[2] for place in places)
    return columns * sum(box[1] <= MIDDLE[1] + place <= box[3] for place in places)


def drag(page: Page, *spots: tuple[float, float]) -> None:
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=5)
    page.mouse.up()


def test_the_box_tool_gives_the_box_that_is_drawn(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(10)
    map_.run("map.tool('box')")
    drag(map_.page, map_.spot(9.9, 50.1), map_.spot(10.05, 49.95))
    assert map_.last("box")[0] == pytest.approx([9.9, 49.95, 10.05, 50.1], abs=0.003)
    assert rows_in_box(map_.last("box")[0]) == 15 * 15
    assert map_.run("events.tool.map(([name]) => name)") == ["box", "pan"]


def test_the_lasso_tool_gives_the_ring_that_is_drawn(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(10)
    map_.run("map.tool('lasso')")
    drag(map_.page, map_.spot(9.9, 50.1), map_.spot(10.1, 50.1), map_.spot(10.1, 49.9), map_.spot(9.9, 50.1))
    ring = map_.last("lasso")[0]
    assert 3 <= len(ring) <= 8
    lons, lats = zip(*ring, strict=True)
    assert [min(lons), max(lons), min(lats), max(lats)] == pytest.approx([9.9, 10.1, 49.9, 50.1], abs=0.003)


def test_the_outline_of_the_selection_is_drawn(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.run("map.setMode({mode: 'density'}); map.setMask(new Uint8Array(positions.x.length))")
    map_.look(10)
    spot = map_.spot(9.9, 50.0)
    before = map_.colours(spot)
    map_.run("map.setShape({box: [9.9, 49.9, 10.1, 50.1]})")
    assert map_.colours(spot) != before
    map_.run("map.setShape({lasso: [[9.9, 49.9], [9.9, 50.1], [10.1, 50.1]]})")
    assert map_.colours(spot) != before
    map_.run("map.setShape({})")
    assert map_.colours(spot) == before


def test_a_ring_marks_the_highlighted_patch(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(7)  # from farther away than where the map began
    x, y = map_.row_spot(820)
    before = map_.colours((x + 7, y))
    map_.run("map.highlight(820)")
    assert map_.colours((x + 7, y)) != before
    map_.run("map.highlight(null)")
    assert map_.colours((x + 7, y)) == before


def test_keys_move_zoom_and_open(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(12, MIDDLE[0] + STEP / 2, MIDDLE[1] - STEP / 2)
    stage = map_.page.get_by_role("application", name="Map of the patches")
    stage.focus()
    keys = map_.page.keyboard
    keys.press("Enter")
    assert map_.last("pick")[0] == 820
    pixel = 360 / (256 * 2**12)
    before = map_.view
    keys.press("ArrowRight")
    map_.settle()
    assert map_.view["lon"] == pytest.approx(before["lon"] + 80 * pixel, abs=1e-6)
    assert map_.last("hover")[0] is not None
    keys.press("Shift+ArrowUp")
    map_.settle()
    assert map_.view["lat"] > before["lat"]
    keys.press("+")
    map_.settle()
    assert map_.view["zoom"] == 13
    keys.press("-")
    keys.press("-")
    map_.settle()
    assert map_.view["zoom"] == 11
    keys.press("0")
    map_.settle()
    assert (map_.view["lon"], map_.view["lat"]) == (pytest.approx(10, abs=1e-3), pytest.approx(50, abs=1e-2))


def test_a_box_and_a_lasso_are_drawn_by_keyboard(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(10)
    map_.page.locator(".ds-x-map-stage").focus()
    keys = map_.page.keyboard
    map_.run("map.tool('box')")
    for key in ("ArrowLeft", "ArrowUp", "Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Enter"):
        keys.press(key)
    degree = 256 * 2**10 / 360
    box = map_.last("box")[0]
    assert (box[0], box[2]) == (pytest.approx(10 - 10 / degree, abs=1e-5), pytest.approx(10 + 40 / degree, abs=1e-5))
    map_.run("map.tool('lasso')")
    for key in ("Enter", "Shift+ArrowRight", "Enter", "Shift+ArrowDown", "Enter", "Enter"):
        keys.press(key)
    assert len(map_.last("lasso")[0]) == 3
    map_.run("map.tool('lasso')")
    keys.press("Escape")
    assert map_.last("tool") == ["pan"]


def test_the_buttons_zoom_and_show_everything(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    home = map_.view
    map_.page.get_by_role("button", name="Zoom in").click()
    map_.settle()
    assert map_.view["zoom"] == pytest.approx(home["zoom"] + 1)
    map_.page.get_by_role("button", name="Zoom out").click()
    map_.settle()
    map_.look(15, 10.1, 50.1)
    map_.page.get_by_role("button", name="Show the whole data set").click()
    map_.settle()
    assert map_.view == home


def test_fingers_move_pinch_and_draw(shown: Callable[..., Shown]) -> None:
    map_ = shown(has_touch=True)
    map_.look(10)
    session = map_.page.context.new_cdp_session(map_.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        made = [{"x": x, "y": y, "id": place} for place, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": made})

    x, y = map_.spot(*MIDDLE)
    touch("touchStart", (x, y))
    for step in range(1, 6):
        touch("touchMove", (x + 12 * step, y))
    touch("touchEnd")
    map_.settle()
    assert map_.spot(*MIDDLE)[0] == pytest.approx(x + 60, abs=1)
    assert map_.run("events.pick.length") == 0
    touch("touchStart", (x - 50, y), (x + 50, y))
    for step in range(1, 6):
        touch("touchMove", (x - 50 - 10 * step, y), (x + 50 + 10 * step, y))
    touch("touchEnd")
    map_.settle()
    assert map_.view["zoom"] == pytest.approx(11, abs=0.02)
    assert map_.spot(*MIDDLE)[0] == pytest.approx(x + 120, abs=2)
    map_.run("map.tool('box')")
    touch("touchStart", (x, y))
    touch("touchMove", (x + 50, y + 50))
    touch("touchMove", (x + 100, y + 80))
    touch("touchEnd")
    assert map_.run("events.box.length") == 1
    assert map_.view["zoom"] == pytest.approx(11, abs=0.02)


def test_density_is_drawn_with_its_legend(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(7)
    inside, outside = map_.spot(*MIDDLE), map_.spot(9.5, 50)
    map_.run("map.setMask(new Uint8Array(positions.x.length))")
    ground = map_.colours(inside, outside)
    map_.run("map.setMask(null); map.setMode({mode: 'density'})")
    drawn = map_.colours(inside, outside)
    assert drawn[0] != ground[0]
    assert drawn[1] == ground[1]
    legend = map_.last("legend")[0]
    assert legend["mode"] == "density"
    assert legend["steps"][0]["from"] == 1
    assert legend["steps"][-1]["colour"].startswith("#")
    assert 1000 < legend["cellMetres"] < 10000


def test_a_difference_has_a_colour_for_each_side(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.look(7)
    map_.run("map.setMode({mode: 'difference', a: left, b: left.map((one) => 1 - one)})")
    west, east = map_.colours(map_.spot(9.9, 50), map_.spot(10.1, 50))
    assert west[2] > west[0]  # teal
    assert east[0] > east[2]  # amber
    ends = [step["to"] for step in map_.last("legend")[0]["steps"]]
    assert ends == sorted(ends)


@pytest.mark.parametrize("renderer", ["webgl2", "canvas"])
def test_a_change_of_the_theme_changes_every_colour(shown: Callable[..., Shown], renderer: str) -> None:
    map_ = shown(f"?renderer={renderer}")
    map_.look(9)
    spots = [map_.row_spot(820), map_.spot(9.5, 50), map_.spot(11.02, 50)]
    assert map_.colours(*spots) == [(0x17, 0x80, 0x8F), LAND, (0xEE, 0xF2, 0xF4)]
    map_.run("document.body.dataset.theme = 'dark'")
    assert map_.colours(*spots) == [(0x4F, 0xB3, 0xC2), (0x23, 0x27, 0x2B), (0x16, 0x19, 0x1C)]
    map_.run("document.body.dataset.theme = 'auto'")
    map_.page.emulate_media(color_scheme="light")
    assert map_.colours(*spots)[2] == (0xEE, 0xF2, 0xF4)
    map_.page.emulate_media(color_scheme="dark")
    assert map_.colours(*spots)[2] == (0x16, 0x19, 0x1C)


def test_data_on_both_sides_of_180_degrees_is_shown_together(shown: Callable[..., Shown]) -> None:
    map_ = shown("?lon=180")
    assert map_.view["zoom"] > 8
    assert abs(map_.view["lon"]) == pytest.approx(180, abs=0.01)
    map_.look(9.2, 180)
    middle = (180.0, 50.0)
    for row in (SIDE * 20 + 3, SIDE * 20 + 36):
        assert map_.colours(map_.row_spot(row, middle)) == [(0x17, 0x80, 0x8F)]
    map_.run("map.tool('box')")
    drag(map_.page, map_.spot(179.9, 50.1), map_.spot(-179.9, 49.9))
    assert map_.last("box")[0] == pytest.approx([179.9, 49.9, -179.9, 50.1], abs=0.003)


def test_fit_takes_an_extent_or_rows(shown: Callable[..., Shown]) -> None:
    map_ = shown()
    map_.run("map.fit([9.9, 49.95, 10.0, 50.05])")
    map_.settle()
    assert (map_.view["lon"], map_.view["lat"]) == (pytest.approx(9.95, abs=1e-3), pytest.approx(50, abs=1e-3))
    map_.run("map.fit(Uint32Array.of(0, 1, 1603))")
    map_.settle()
    assert map_.view["lon"] == pytest.approx(10 - 0.19, abs=1e-6)


def test_a_slide_comes_to_its_end_where_motion_is_wanted(shown: Callable[..., Shown]) -> None:
    map_ = shown(reduced_motion="no-preference")
    home = map_.view["zoom"]
    button = map_.page.get_by_role("button", name="Zoom in")
    button.click()
    button.click()
    map_.page.wait_for_function(f"() => Math.abs(map.getView().zoom - {home + 2}) < 1e-9")
    assert map_.run("events.move.length") > 3


@pytest.mark.parametrize("ratio", [1, 2])
def test_the_map_follows_its_size_and_is_sharp(shown: Callable[..., Shown], ratio: int) -> None:
    map_ = shown(device_scale_factor=ratio)
    before = map_.view
    map_.run("document.getElementById('host').style.cssText = 'width: 300px; height: 400px'")
    map_.page.wait_for_function("() => document.querySelector('canvas').clientWidth === 300")
    map_.settle()
    assert (
        map_.run("[...document.querySelectorAll('canvas')].map((c) => [c.width, c.height])")
        == [[300 * ratio, 400 * ratio]] * 3
    )
    assert map_.view["lon"] == pytest.approx(before["lon"], abs=1e-9)
    map_.run("document.getElementById('host').style.display = 'none'")
    map_.settle()
    assert map_.watched.problems == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_map_fits_and_passes_axe(shown: Callable[..., Shown], width: int, theme: str) -> None:
    map_ = shown(viewport={"width": width, "height": 700})
    map_.run(f"document.body.dataset.theme = '{theme}'")
    map_.page.locator(".ds-x-map-stage").focus()
    assert map_.run("document.documentElement.scrollWidth") <= width
    assert axe(map_.page) == []


def test_a_map_that_is_destroyed_leaves_nothing(shown: Callable[..., Shown]) -> None:
    map_ = shown("?renderer=webgl2")
    map_.look(9)
    map_.run("map.destroy(); document.body.dataset.theme = 'dark'")
    map_.settle()
    assert map_.run("document.getElementById('host').childElementCount") == 0
    assert map_.watched.problems == []
