"""The page of the explorer in a real browser: filters, address, views, and what is left where something is missing."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import shapely
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from dsdocs.locations import find_project
from dsdocs.project import Project
from dsdocs.site.modules import module_folder
from dsdocs.site.pages import assemble
from dsdocs.summarize import describe, summarize
from support.exploring import READY, SECOND, Explorer, exploring, rows_of
from support.sites import SAMPLE, Built, Sites
from support.visits import PREFIX
from support.watching import axe, watch

VIEWS = (
    "", "#split=train&colour=labels", "#mode=difference&a=split:train&b=split:test", "#view=gallery", "#view=together",
)  # fmt: skip
# What a browser without WebGL answers.
NO_WEBGL = """
const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest);
};
"""


@pytest.fixture
def sample(sites: Sites) -> Built:
    return sites[SAMPLE]


@pytest.fixture(scope="module")
def rows(sites: Sites) -> list[dict[str, Any]]:
    return rows_of(sites[SAMPLE])


@pytest.fixture
def explorer(
    page: Page, sample: Built, rows: list[dict[str, Any]], pages_server: Callable[..., str]
) -> Iterator[Explorer]:
    with exploring(page, sample, rows, pages_server) as found:
        yield found


@pytest.fixture
def most(rows: list[dict[str, Any]]) -> str:
    """Return the class that most patches have."""
    names = [name for row in rows for name in row["labels"]]
    return max(sorted(set(names)), key=names.count)


def test_the_guide_leads_to_the_explorer_and_back(sample: Built, page: Page, pages_server: Callable[..., str]) -> None:
    page.goto(f"{pages_server(sample.site, PREFIX)}index.html")
    page.get_by_role("main").get_by_role("link", name="Explorer").click()
    page.wait_for_selector(READY)
    expect(page.get_by_role("heading", level=1)).to_have_text("Explorer")
    page.locator(".ds-x-home").click()
    expect(page).to_have_url(re.compile(r"/index\.html$"))


def test_filters_by_click_count_as_the_summary_does(explorer: Explorer, most: str) -> None:
    explorer.open()
    explorer.counts(len(explorer.rows))
    for split in ("train", "val", "test"):
        explorer.number("split", split, len(explorer.having(split=split)))
    explorer.box("split", "train").check()
    explorer.counts(len(explorer.having(split="train")))
    # A list is counted over what the other lists leave, so its own numbers stay.
    explorer.number("split", "test", len(explorer.having(split="test")))
    explorer.facet("labels").get_by_role("searchbox").fill(most)
    explorer.number("labels", most, len(explorer.having(split="train", labels=most)))
    explorer.box("labels", most).check()
    explorer.counts(len(explorer.having(split="train", labels=most)))
    explorer.number("split", "test", len(explorer.having(split="test", labels=most)))
    explorer.option("labels", most).get_by_role("combobox").select_option("none")
    explorer.counts(len(explorer.having(split="train")) - len(explorer.having(split="train", labels=most)))


def test_filters_by_keyboard(explorer: Explorer, most: str) -> None:
    explorer.open()
    page = explorer.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the patches")).to_be_focused()
    explorer.box("split", "train").focus()
    page.keyboard.press("ArrowDown")
    expect(explorer.box("split", "val")).to_be_focused()
    page.keyboard.press("Space")
    explorer.counts(len(explorer.having(split="val")))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    explorer.counts(len(explorer.having(split="val")) + len(explorer.having(split="train")))
    # Folding a facet, and removing chips one after the other.
    heading = explorer.facet("split").get_by_role("button", name=re.compile("^Split"))
    heading.focus()
    page.keyboard.press("Enter")
    expect(explorer.box("split", "train")).to_be_hidden()
    page.locator(".ds-x-chip").first.focus()
    page.keyboard.press("Enter")
    explorer.counts(len(explorer.having(split="val")))
    expect(page.locator(".ds-x-chip")).to_be_focused()
    page.keyboard.press("Enter")
    explorer.counts(len(explorer.rows))
    expect(page.locator("#ds-x-main")).to_be_focused()


def test_groups_of_the_nomenclature_unfold_and_count_patches_with_any_member(explorer: Explorer) -> None:
    explorer.open()
    group = explorer.option("labels", "Water bodies")
    group.get_by_role("button", name="Members of Water bodies").click()
    members = {"Inland waters", "Marine waters"}
    having = [row for row in explorer.rows if members & set(row["labels"])]
    explorer.number("labels", "Water bodies", len(having))
    for member in sorted(members & {name for row in explorer.rows for name in row["labels"]}):
        explorer.number("labels", member, len(explorer.having(labels=member)))
    explorer.box("labels", "Water bodies").check()
    explorer.counts(len(having))


def test_days_text_and_box(explorer: Explorer) -> None:
    explorer.open()
    page = explorer.page
    days = sorted(str(row["datetime"].date()) for row in explorer.rows)
    first, last = days[len(days) // 4], days[len(days) // 2]
    explorer.facet("date").get_by_label("From", exact=True).fill(first)
    explorer.facet("date").get_by_label("To", exact=True).fill(last)
    within = [row for row in explorer.rows if first <= str(row["datetime"].date()) <= last]
    explorer.counts(len(within))
    explorer.facet("date").get_by_role("button", name="Clear Date").click()
    explorer.counts(len(explorer.rows))
    name = explorer.rows[0]["id"]
    page.get_by_role("searchbox", name="Patches whose name holds").fill(name[-8:].lower())
    explorer.counts(sum(name[-8:] in row["id"] for row in explorer.rows))
    page.get_by_role("button", name=re.compile("^Remove the filter Name")).click()
    place = explorer.facet("place")
    place.get_by_role("button", name=re.compile("^Place")).click()
    box = explorer.rows[0]["bbox"]
    sides = {"West": box["xmin"] - 1, "South": box["ymin"] - 1, "East": box["xmax"] + 1, "North": box["ymax"] + 1}
    for side, value in sides.items():
        place.get_by_label(side).fill(f"{value:.4f}")
    place.get_by_role("button", name="Set box").click()
    middles = [_middle(row["bbox"]) for row in explorer.rows]
    inside = sum(sides["West"] <= x <= sides["East"] and sides["South"] <= y <= sides["North"] for x, y in middles)
    assert 0 < inside < len(explorer.rows)
    explorer.counts(inside)
    place.get_by_label("North").fill("95")
    place.get_by_role("button", name="Set box").click()
    expect(place.get_by_role("alert")).to_have_text("North has to be a number from -90 to 90 degrees.")


def _middle(box: dict[str, float]) -> tuple[float, float]:
    return (box["xmin"] + box["xmax"]) / 2, (box["ymin"] + box["ymax"]) / 2


def test_months_are_chosen_with_the_pointer(explorer: Explorer) -> None:
    explorer.open()
    bars = explorer.facet("date").locator(".ds-x-month")
    months = [str(row["datetime"].date())[:7] for row in explorer.rows]
    bars.first.click()
    explorer.counts(months.count(min(months)))
    explorer.facet("date").locator(".ds-x-months").drag_to(bars.last, source_position={"x": 3, "y": 20})
    explorer.counts(len(explorer.rows))


def test_the_address_gives_the_same_view_again_and_back_undoes(
    explorer: Explorer, most: str, context_of: Callable[[], Page]
) -> None:
    explorer.open()
    page = explorer.page
    explorer.box("split", "test").check()
    explorer.counts(len(explorer.having(split="test")))
    explorer.facet("labels").get_by_role("searchbox").fill(most)
    explorer.box("labels", most).check()
    both = len(explorer.having(split="test", labels=most))
    explorer.counts(both)
    page.get_by_label("Colour by").select_option("season")
    page.get_by_role("button", name="Label pairs").click()
    address, chips = page.url, page.locator(".ds-x-chip").all_inner_texts()
    assert address.endswith("#labels=" + most.replace(" ", "+") + "&split=test&colour=season&view=together")
    other = context_of()
    other.goto(address)
    other.wait_for_selector(READY)
    expect(other.locator("#ds-x-count")).to_have_text(f"{both:,}")
    assert other.locator(".ds-x-chip").all_inner_texts() == chips
    expect(other.locator("#ds-x-pairs")).to_be_visible()
    for _ in range(3):
        page.go_back()
    explorer.counts(len(explorer.having(split="test")))
    expect(page.locator("#ds-x-pairs")).to_be_hidden()
    page.go_back()
    explorer.counts(len(explorer.rows))
    page.go_forward()
    explorer.counts(len(explorer.having(split="test")))


@pytest.fixture
def context_of(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Return a function that opens a page without memory of another one."""
    opened: list[BrowserContext] = []

    def fresh() -> Page:
        opened.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        return opened[-1].new_page()

    yield fresh
    for context in opened:
        context.close()


def test_an_address_with_unknown_names_is_told_of(explorer: Explorer) -> None:
    explorer.open("#split=train&split=moon&weather=rain")
    explorer.counts(len(explorer.having(split="train")))
    expect(explorer.page.get_by_role("alert")).to_contain_text("moon")
    explorer.page.get_by_role("button", name="Close this message").click()
    expect(explorer.page.get_by_role("alert")).to_have_count(0)


def test_label_pairs_are_those_of_the_selection(explorer: Explorer) -> None:
    explorer.open("#split=train&view=together")
    rows = explorer.having(split="train")
    names = [name for row in rows for name in row["labels"]]
    first, second = sorted(set(names), key=lambda name: (-names.count(name), name))[:2]
    line = explorer.page.locator("#ds-x-pairs tbody tr").filter(
        has=explorer.page.get_by_role("rowheader", name=first, exact=True)
    )
    expect(line.locator("td").first).to_have_text(f"{names.count(first):,}")
    pair = sum({first, second} <= set(row["labels"]) for row in rows)
    line.get_by_role(
        "button", name=re.compile(f"of {re.escape(first)} also have {re.escape(second)}: {pair:,} ")
    ).click()
    explorer.counts(pair)


def test_label_pairs_of_all_patches_wait_for_their_labels(explorer: Explorer) -> None:
    explorer.open("#view=together")
    names = [name for row in explorer.rows for name in row["labels"]]
    most = max(names.count(name) for name in set(names))
    expect(explorer.page.locator("#ds-x-pairs tbody td").first).to_have_text(f"{most:,}", timeout=20 * SECOND)


def test_clear_all_and_what_is_said_aloud(explorer: Explorer) -> None:
    explorer.open("#split=train&season=winter")
    expect(explorer.page.get_by_role("status")).to_contain_text(f"of {len(explorer.rows)} patches")
    explorer.page.get_by_role("button", name="Clear all").click()
    expect(explorer.page.get_by_role("status")).to_contain_text(f"All {len(explorer.rows)} patches")
    assert explorer.page.url == explorer.address
    expect(explorer.page.locator(".ds-x-chips")).to_be_hidden()


def test_a_link_is_copied(sample: Built, browser: Browser, pages_server: Callable[..., str]) -> None:
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(f"{pages_server(sample.site, PREFIX)}explorer.html#split=val")
        page.wait_for_selector(READY)
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_view_is_accessible_and_fits(explorer: Explorer, width: int, scheme: str) -> None:
    page = explorer.page
    page.set_viewport_size({"width": width, "height": 700})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    problems = []
    for state in (
        "",
        "#split=train&colour=labels",
        "#mode=difference&a=split:train&b=split:test",
        "#view=gallery",
        "#view=together",
    ):
        explorer.open(state)
        problems += [f"{state}: {finding}" for finding in axe(page)]
        problems += [f"{state}: {more} px wider than the window" for more in [page.evaluate(_WIDER)] if more > 0]
    assert problems == []


_WIDER = """() => Math.max(...["html", "body", ".ds-x-app", ".ds-x-main", ".ds-x-bar", ".ds-x-map-tools"]
  .flatMap((name) => [...document.querySelectorAll(name)]).map((node) => node.scrollWidth - node.clientWidth))"""


def test_on_a_phone_filters_are_a_drawer(explorer: Explorer) -> None:
    page = explorer.page
    page.set_viewport_size({"width": 320, "height": 640})
    explorer.open()
    opener = page.get_by_role("button", name="Filters", exact=True)
    expect(page.locator("#ds-x-filters")).to_be_hidden()
    opener.click()
    expect(page.get_by_role("button", name="Close the filters")).to_be_focused()
    explorer.box("split", "train").check()
    count = len(explorer.having(split="train"))
    page.get_by_role("button", name=f"Show {count} patches").click()
    expect(page.locator("#ds-x-filters")).to_be_hidden()
    explorer.counts(count)
    page.locator("#ds-x-open-filters").click()
    page.keyboard.press("Escape")
    expect(page.locator("#ds-x-open-filters")).to_be_focused()


def test_the_theme_is_that_of_the_guide(explorer: Explorer) -> None:
    explorer.open()
    page = explorer.page
    button = page.get_by_role("button", name=re.compile("^Theme"))
    while page.evaluate("document.body.dataset.theme") != "dark":
        button.click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(19, 20, 22)")
    page.locator(".ds-x-home").click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(19, 20, 22)")


def test_without_webgl_the_map_is_drawn_all_the_same(explorer: Explorer) -> None:
    explorer.page.add_init_script(NO_WEBGL)
    explorer.open("#view=map&colour=split")
    painted = """() => [...document.querySelectorAll("#ds-x-map canvas")].some((canvas) => {
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return data.some((value, at) => at % 4 === 3 && value > 0);
    })"""
    explorer.page.wait_for_function(painted)
    explorer.box("split", "train").check()
    explorer.counts(len(explorer.having(split="train")))


def test_without_javascript_the_text_stands_with_tables_and_a_way_to_the_data(sample: Built, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640}) as context:
        page = context.new_page()
        page.goto((sample.site / "explorer.html").as_uri())
        _stands(page, sample.site)


def test_from_disk_the_text_stands_and_nothing_fails(sample: Built, page: Page) -> None:
    watched = watch(page)
    page.goto((sample.site / "explorer.html").as_uri())
    _stands(page, sample.site)
    assert watched.problems == []


def _stands(page: Page, site: Path) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("Explorer")
    expect(page.get_by_role("heading", name="If you read this, the explorer did not start")).to_be_visible()
    expect(page.locator("code", has_text="dsdocs serve")).to_be_visible()
    expect(page.locator(".ds-x-app")).to_be_hidden()
    assert page.locator("figure.ds-view").count() >= 3
    assert page.locator("figure.ds-view >> visible=true").count() == page.locator("figure.ds-view").count()
    link = page.get_by_role("link", name="summary.parquet")
    assert (site / (link.get_attribute("href") or "")).is_file()


def test_a_file_that_is_not_there_is_named_and_the_text_can_be_read(
    sample: Built, page: Page, pages_server: Callable[..., str]
) -> None:
    page.route("**/manifest.json", lambda route: route.fulfill(status=404, body="gone"))
    page.goto(f"{pages_server(sample.site, PREFIX)}explorer.html")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("manifest.json")
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()
    alert.get_by_role("button", name="Read the page without the explorer").click()
    expect(page.get_by_role("heading", name="How counts are meant")).to_be_visible()


def test_an_outline_drawn_on_the_page_selects_and_is_in_the_address(explorer: Explorer) -> None:
    explorer.open("#view=map")
    page = explorer.page
    page.get_by_role("button", name=re.compile("outline", re.IGNORECASE)).first.click()
    area = page.locator(".ds-x-map-host").bounding_box()
    assert area is not None
    # The upper half of the map, a little inside: the northern patches of the sample, and none of the southern ones.
    corners = [(0.08, 0.02), (0.98, 0.02), (0.98, 0.5), (0.08, 0.5)]  # beside the zoom buttons
    points = [(area["x"] + x * area["width"], area["y"] + y * area["height"]) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in (*points[1:], points[0]):
        page.mouse.move(*point, steps=8)
    page.mouse.up()
    page.wait_for_function("() => location.hash.includes('lasso=')")
    wanted = re.search(r"lasso=([^&]+)", page.url)
    assert wanted is not None
    ring = [tuple(map(float, corner.split(","))) for corner in unquote(wanted[1]).split(";")]
    inside = shapely.Polygon(ring)
    boxes = [row["bbox"] for row in explorer.rows]
    middles = [((box["xmin"] + box["xmax"]) / 2, (box["ymin"] + box["ymax"]) / 2) for box in boxes]
    count = sum(inside.contains(shapely.Point(middle)) for middle in middles)
    assert 0 < count < len(middles)
    explorer.counts(count)
    page.reload()
    explorer.ready()
    explorer.counts(count)


def test_a_patch_under_the_pointer_is_named_and_a_click_opens_it(explorer: Explorer) -> None:
    row = explorer.rows[0]
    box = row["bbox"]
    middle = f"{(box['xmin'] + box['xmax']) / 2:.5f},{(box['ymin'] + box['ymax']) / 2:.5f}"
    explorer.open(f"#view=map&at={middle},14")
    area = explorer.page.locator(".ds-x-map-host").bounding_box()
    assert area is not None
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    explorer.page.mouse.move(x + 3, y + 3)
    explorer.page.mouse.move(x, y)
    tip = explorer.page.locator(".ds-x-tip")
    expect(tip).to_be_visible()
    here = [one["id"] for one in explorer.rows if one["bbox"] == box]  # places repeat with other dates
    assert any(name in tip.inner_text() for name in here)
    explorer.page.mouse.click(x, y)
    explorer.page.wait_for_function("() => location.hash.includes('patch=')")
    opened = re.search(r"patch=([^&]+)", explorer.page.url)
    assert opened is not None
    assert unquote(opened[1]) in here


def test_where_few_patches_have_pictures_the_map_comes_first(
    sample: Built, page: Page, pages_server: Callable[..., str]
) -> None:
    def few(route: Route) -> None:
        manifest = route.fetch().json()
        manifest["sprites"] = [sheet | {"count": 2} for sheet in manifest["sprites"]]
        route.fulfill(json=manifest)

    page.route("**/manifest.json", few)
    page.goto(f"{pages_server(sample.site, PREFIX)}explorer.html")
    page.wait_for_selector(READY, timeout=60 * SECOND)
    assert page.locator("#ds-x-stage").get_attribute("data-view") == "map"


@pytest.mark.parametrize(
    ("missing", "state", "said"),
    [
        ("basemap-*", "#view=map", "Land and borders could not be read"),
        ("*.webp", "#view=map&patch={id}", "Some pictures could not be read"),
    ],
)
def test_what_cannot_be_loaded_is_said_and_the_rest_is_there(
    missing: str,
    state: str,
    said: str,
    sample: Built,
    rows: list[dict[str, Any]],
    page: Page,
    pages_server: Callable[..., str],
) -> None:
    page.route(f"**/{missing}", lambda route: route.fulfill(status=404, body="gone"))
    page.goto(f"{pages_server(sample.site, PREFIX)}explorer.html{state.format(id=_without_thumbnail(sample))}")
    page.wait_for_selector(READY, timeout=60 * SECOND)
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.locator("#ds-x-count")).to_have_text(f"{len(rows):,}")


def _without_thumbnail(sample: Built) -> str:
    """Return a patch whose only pictures are those of the sheets."""
    folder = sample.site / "_data" / "explorer"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    def inflated(entry: dict[str, Any]) -> bytes:
        return gzip.decompress((folder / entry["path"]).read_bytes())

    large = {one["row"] for one in json.loads(inflated(manifest["thumbnails"]))}
    names = inflated(manifest["names"]["files"][0]).decode().splitlines()
    return next(name for row, name in enumerate(names) if row not in large)


def test_what_the_first_view_imports_is_told_to_the_browser_at_once(explorer: Explorer) -> None:
    requested: list[str] = []
    explorer.page.on("request", lambda request: requested.append(request.url))
    explorer.open("#view=map")
    told = set(explorer.page.locator("link[rel=modulepreload]").evaluate_all("links => links.map((link) => link.href)"))
    modules = {url for url in requested if url.endswith(".js") and "/explorer/" in url}
    worker = {url for url in modules if "/core/" in url}  # some of its own are asked for by the worker alone
    assert {url for url in modules - told - worker if "/take/" not in url} == set()
    assert told <= modules
    assert worker - told


def test_all_modules_come_from_one_folder_that_is_named_after_them(explorer: Explorer) -> None:
    requested: list[str] = []
    explorer.page.on("request", lambda request: requested.append(request.url))
    explorer.open("#view=map&split=train")
    assert any(url.endswith("/core/rows.js") for url in requested), "a module that the worker alone asks for"
    scripts = [url for url in requested if "/explorer/" in url and url.endswith(".js")]
    (folder,) = {url.partition("/explorer/")[0] for url in scripts}
    assert re.search(r"/_static/js-[0-9a-f]{12}$", folder)


def test_another_content_of_a_module_is_another_folder(tmp_path: Path) -> None:
    part = tmp_path / "js" / "explorer" / "core" / "worker.js"
    part.parent.mkdir(parents=True)
    (tmp_path / "js" / "classic.js").touch()
    part.write_text("one")
    before = module_folder(tmp_path)
    (tmp_path / "js" / "classic.js").write_text("not a module")
    assert module_folder(tmp_path) == before
    part.write_text("two")
    assert module_folder(tmp_path) != before


def test_print_has_the_text(explorer: Explorer) -> None:
    explorer.open()
    explorer.page.emulate_media(media="print")
    expect(explorer.page.locator(".ds-x-app")).to_be_hidden()
    expect(explorer.page.get_by_role("heading", name="How counts are meant")).to_be_visible()


def test_an_own_navigation_without_the_explorer_leaves_no_link_to_it(tmp_path: Path, sites: Sites) -> None:
    shutil.copytree(sites.sample_archive(), tmp_path / "archive")
    (tmp_path / "dsdocs.toml").write_text('[archive]\npath = "archive"\n', encoding="utf-8")
    (tmp_path / "book").mkdir()
    toc = "format: jb-book\nroot: index\nparts:\n  - caption: All\n    chapters:\n      - file: labels\n"
    (tmp_path / "book" / "_toc.yml").write_text(toc, encoding="utf-8")
    project = Project(find_project(tmp_path))
    summarize(project)
    describe(project)
    pages = assemble(project, tmp_path / "src", {"labels"})
    assert [page.name for page in pages] == ["index", "labels"]
    assert "explorer" not in (tmp_path / "src" / "index.md").read_text(encoding="utf-8")
