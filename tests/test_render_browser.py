"""Figures in a real browser: maps from disk and over HTTP, layers by mouse and keyboard, sorting, width, axe-core."""

from __future__ import annotations

import shutil
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from dsdocs.assets import static_folder
from dsdocs.geo.crs import to_crs84
from dsdocs.render.files import STYLES, page_scripts, page_styles, side_files
from dsdocs.render.html import html
from dsdocs.views import Cells, Layer, Map, Picture, Table, View
from support.views import ALPS, HOSTILE, SQUARE, filled
from support.watching import axe, watch

SHIFTED = tuple((lon + 1, lat + 0.5) for lon, lat in SQUARE)
LAYERS = (
    Layer("All patches", ((SQUARE,), (SHIFTED,)), 300),
    Layer("train", ((SQUARE,),), 200, "split"),
    Layer("test", ((SHIFTED,),), 100, "split"),
)
MAP = Map("Where the patches lie", LAYERS, ALPS)
NAMES = ("Pastures", "Land principally occupied by agriculture, with significant areas of natural vegetation", *HOSTILE)


def write_page(folder: Path, views: tuple[View, ...]) -> None:
    """Write a page as the site does: style sheets and deferred scripts in the head, figures in an article."""
    shutil.copytree(static_folder(), folder / "static")
    figures, loads = [], dict.fromkeys(STYLES)
    for place, view in enumerate(views):
        slug = f"figure-{place}"
        figures.append(html(view, slug=slug).replace('="dsdocs:', '="data/'))
        loads |= dict.fromkeys((*page_styles(view), *page_scripts(view)))
        for path, content in side_files(view, slug=slug).items():
            (folder / "data" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "data" / path).write_bytes(content)
    head = "".join(
        f'<link rel="stylesheet" href="static/{path}">'
        if path.endswith(".css")
        else f'<script defer src="static/{path}"></script>'
        for path in loads
    )
    (folder / "index.html").write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Figures</title><link rel="icon" href="data:,">'
        f'<meta name="viewport" content="width=device-width">{head}'
        "<style>body{margin:0 1rem;background:var(--color-background-primary)}"
        "@media (prefers-color-scheme:dark){body{--color-background-primary:#131416;--color-foreground-primary:#cfd0d0;"
        "--color-foreground-secondary:#9ca0a5;--color-background-border:#303335;--color-background-secondary:#1a1c1e;"
        "color:#cfd0d0}}</style>"
        f'<body data-theme="auto"><main><h1>Figures</h1><article>{"".join(figures)}</article></main>',
        encoding="utf-8",
    )


def drawable(views: tuple[View, ...]) -> tuple[View, ...]:
    """Leave out the views that show pictures; there are none on disk."""
    return tuple(view for view in views if not any(isinstance(part, Picture) for part in getattr(view, "pictures", ())))


@pytest.fixture(scope="module")
def map_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("map")
    write_page(folder, (MAP, Map("A second map", (Layer(HOSTILE[0], ((SQUARE,),), 5), *LAYERS[1:]), ALPS)))
    return folder


@pytest.fixture(scope="module")
def all_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("all")
    rows = tuple((f"patch {place}", place * 37 % 600, None if place % 7 == 0 else place / 600) for place in range(600))
    write_page(folder, (*drawable(filled(NAMES)), MAP, Table("600 rows", ("id", "n", "share"), rows)))
    return folder


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    opened: list[BrowserContext] = []

    def context(**options: object) -> BrowserContext:
        opened.append(browser.new_context(**options))  # type: ignore[arg-type]
        return opened[-1]

    yield context
    for one in opened:
        one.close()


PATCHES = "document.querySelector('.ds-map-canvas .ds-map-patches').getBoundingClientRect()"


def open_from_disk(page: Page, folder: Path) -> None:
    page.goto((folder / "index.html").as_uri())


def drawn_bounds(page: Page) -> tuple[float, float]:
    """Return left and right of the live patches of the first map, in pixels from the left of the map."""
    found = page.evaluate(
        """() => { const map = document.querySelector(".ds-map-canvas").getBoundingClientRect();
        const box = document.querySelector(".ds-map-canvas .ds-map-patches").getBoundingClientRect();
        return [box.left - map.left, box.right - map.left]; }"""
    )
    return found[0], found[1]


@pytest.mark.parametrize("over_http", [False, True], ids=["file", "http"])
def test_a_map_is_drawn_without_an_error_or_a_foreign_request(
    page: Page, map_page: Path, pages_server: Callable[..., str], over_http: bool
) -> None:
    watched = watch(page)
    page.goto(pages_server(map_page) if over_http else (map_page / "index.html").as_uri())
    page.wait_for_selector(".ds-map-live .leaflet-control-zoom")
    assert page.locator(".ds-map-live").count() == 2
    assert page.locator(".ds-map-canvas .ds-map-land").count() == 2
    assert page.locator(".ds-map-canvas").first.is_visible()
    assert not page.locator(".ds-map-drawing").first.is_visible()
    assert watched.problems == []


def test_layers_switch_by_mouse(page: Page, map_page: Path) -> None:
    open_from_disk(page, map_page)
    left, right = drawn_bounds(page)
    page.get_by_text("train", exact=True).first.click()
    assert drawn_bounds(page)[1] < right - 20
    page.get_by_text("test", exact=True).first.click()
    assert drawn_bounds(page)[0] > left + 20
    assert page.locator(".ds-map-canvas").first.locator(".ds-map-patches").count() == 1


def at_rest(page: Page) -> tuple[float, float]:
    """Return the bounds of the patches when the map, which slides into place when its size changes, stands still."""
    before = None
    while (now := drawn_bounds(page)) != before:
        before = now
        page.wait_for_timeout(300)
    return now


@pytest.fixture(scope="module")
def cell_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a page with a map drawn from cells: 4 by 4 in the Alps, one of them, and all of them as a polygon."""
    corner = (400_000.0, 5_250_000.0)
    edge = [(400_000.0, 5_250_000.0), (448_000.0, 5_250_000.0), (448_000.0, 5_298_000.0), (400_000.0, 5_298_000.0)]
    lon, lat = to_crs84("EPSG:32633", *np.array([*edge, edge[0]]).T)
    polygon = tuple(zip(lon.tolist(), lat.tolist(), strict=True))
    whole, one = (
        Cells(33, (12_000.0, 12_000.0), corner, side, side, b64encode(zlib.compress(b"\xff" * 2)).decode())
        for side in (4, 1)
    )
    layers = (
        Layer("All", ((SQUARE,),), 16, cells=(whole,)),
        Layer("One", ((SQUARE,),), 1, "x", cells=(one,)),
        Layer("Same", ((polygon,),), 16, "x"),
    )
    folder = tmp_path_factory.mktemp("cells")
    write_page(folder, (Map("Cells", layers, ALPS),))
    return folder


@pytest.mark.parametrize("over_http", [False, True], ids=["file", "http"])
def test_cells_are_drawn_where_the_projection_puts_them_and_loaded_when_chosen(
    page: Page, cell_page: Path, pages_server: Callable[..., str], over_http: bool
) -> None:
    watched = watch(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages_server(cell_page) if over_http else (cell_page / "index.html").as_uri())
    page.wait_for_selector(".ds-map-live .ds-map-cells", state="attached")
    assert not any(url.endswith("/1.js") for url in asked)
    left, right = at_rest(page)
    page.get_by_text("Same", exact=True).first.click()
    assert at_rest(page) == pytest.approx((left, right), abs=1.5)
    page.get_by_text("One", exact=True).first.click()
    page.wait_for_function("() => document.querySelectorAll('.ds-map-canvas .ds-map-cells').length === 1")
    page.wait_for_function(f"() => {PATCHES}.width < {(right - left) / 3}")
    assert any(url.endswith("/1.js") for url in asked)
    page.get_by_text("All", exact=True).first.click()
    assert at_rest(page) == pytest.approx((left, right), abs=1.5)
    assert watched.problems == []


def test_layers_switch_by_keyboard(page: Page, map_page: Path) -> None:
    open_from_disk(page, map_page)
    left, right = drawn_bounds(page)
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    assert drawn_bounds(page)[1] < right - 20
    page.keyboard.press("ArrowDown")
    assert drawn_bounds(page)[0] > left + 20
    assert page.locator("input[type=radio]:checked").first.get_attribute("value") == "2"


def test_the_map_zooms_and_moves_by_keyboard_and_by_named_buttons(page: Page, map_page: Path) -> None:
    open_from_disk(page, map_page)
    left, right = drawn_bounds(page)
    page.get_by_role("button", name="Zoom to layer").first.click()
    page.wait_for_function(f"() => {PATCHES}.width > {right - left + 50}")
    page.wait_for_timeout(400)  # Leaflet ignores a zoom that comes while it animates another one
    page.get_by_role("button", name="Whole map").first.click()
    page.wait_for_function(f"() => Math.abs({PATCHES}.width - {right - left}) < 3")
    page.wait_for_timeout(400)
    page.get_by_role("button", name="Zoom in").first.click()
    page.wait_for_function(f"() => {PATCHES}.width > {1.5 * (right - left)}")
    page.wait_for_timeout(400)
    before = drawn_bounds(page)[0]
    page.locator(".ds-map-canvas").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert drawn_bounds(page)[0] < before - 20


def test_the_wheel_scrolls_the_page_until_the_map_has_the_focus(page: Page, map_page: Path) -> None:
    open_from_disk(page, map_page)
    page.locator(".ds-map-canvas").first.hover(position={"x": 200, "y": 200})
    page.mouse.wheel(0, 120)
    page.wait_for_function("() => window.scrollY > 0")


def test_without_javascript_the_drawing_shows_and_no_dead_control_does(
    contexts: Callable[..., BrowserContext], map_page: Path
) -> None:
    page = contexts(java_script_enabled=False).new_page()
    open_from_disk(page, map_page)
    assert page.locator(".ds-map-drawing").first.is_visible()
    assert not page.locator(".ds-map-canvas").first.is_visible()
    assert page.locator("input:visible, button:visible").count() == 0


def test_print_shows_the_drawing_in_place_of_the_live_map(page: Page, map_page: Path) -> None:
    open_from_disk(page, map_page)
    page.emulate_media(media="print")
    assert page.locator(".ds-map-drawing").first.is_visible()
    assert not page.locator(".ds-map-canvas").first.is_visible()


def test_a_table_sorts_by_mouse_and_keyboard_with_missing_values_last(page: Page, all_page: Path) -> None:
    open_from_disk(page, all_page)
    table = page.locator("table", has_text="patch 599")

    def column(place: int) -> list[str]:
        return table.locator(f"tbody tr > :nth-child({place})").all_inner_texts()

    table.get_by_role("button", name="n", exact=True).click()
    assert column(2) == [str(value) for value in sorted(int(text) for text in column(2))]
    table.get_by_role("button", name="share").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    shares = column(3)
    known = [float(text) for text in shares if text != "–"]  # noqa: RUF001
    assert known == sorted(known, reverse=True)
    assert set(shares[len(known) :]) == {"–"}  # noqa: RUF001
    assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_figure_fits_the_page_and_passes_axe(
    contexts: Callable[..., BrowserContext], all_page: Path, width: int, scheme: str
) -> None:
    page = contexts(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    watched = watch(page)
    open_from_disk(page, all_page)
    page.wait_for_selector(".ds-map-live")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert watched.problems == []
    # axe loads style sheets once more, which a page from disk may not; that is no fault of the page.
    assert axe(page) == []
    assert dialogs == []
