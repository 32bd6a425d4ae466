"""The page on retrieval in a real browser: every way to ask, what comes back, and what is said where it fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from rasterio.transform import Affine

from dsdocs.explorer.read import read_explorer
from dsdocs.features.resample import resample
from dsdocs.retrieval.read import Files, read_manifest
from dsdocs.retrieval.search import search
from support.sites import SAMPLE, Built, Sites
from support.visits import PREFIX, visit
from support.watching import Watch, axe, watch

SECOND = 1000  # ms
READY = ".ds-demo[data-ready]"
WEIGHTS = (1.0, 0.75, 0.15)  # of the query, of what is liked, of what is not


@dataclass(frozen=True, slots=True)
class Index:
    """What the site publishes, read by Python."""

    files: Files
    ids: tuple[str, ...]
    rows: dict[str, dict[str, Any]]  # of the summary

    def near(self, name: str, count: int = 24) -> list[str]:
        """Return the stored neighbours of a patch."""
        return [self.ids[row] for row in self.files.neighbours(self.ids.index(name))[0][:count]]

    def vector(self, name: str) -> NDArray[np.float64]:
        found = self.files.vector(self.ids.index(name))
        assert found is not None
        return found.astype(np.float64)

    def search(
        self,
        vector: NDArray[np.float64],
        *,
        exclude: Sequence[str] = (),
        allowed: Callable[[dict[str, Any]], bool] | None = None,
    ) -> list[str]:
        mask = None if allowed is None else np.array([allowed(self.rows[name]) for name in self.ids])
        left_out = [self.ids.index(name) for name in exclude]
        return [
            self.ids[row] for row in search(self.files, vector.astype(np.float32), mask=mask, exclude=left_out).rows
        ]


@dataclass(slots=True)
class Retrieval:
    """The page, and what should be on it."""

    page: Page
    address: str
    index: Index
    watched: Watch

    def open(self, state: str = "") -> None:
        # Another fragment alone would not load the page again.
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}{state}")
        if not state:
            self.page.get_by_role("button", name="Start").click()
        self.page.wait_for_selector(READY, timeout=60 * SECOND)

    @property
    def cards(self) -> Locator:
        return self.page.locator(".ds-d-card")

    def card(self, name: str) -> Locator:
        return self.page.locator(f'.ds-d-card[data-id="{name}"]')

    def found(self, names: Sequence[str]) -> None:
        """Wait for these results in this order."""
        expect(self.cards).to_have_count(len(names), timeout=20 * SECOND)
        self.page.wait_for_function(
            """(names) => {
              const cards = document.querySelectorAll(".ds-d-card");
              return !document.querySelector(".ds-d-outcome[aria-busy=true]") && cards.length === names.length
                && names.every((name, at) => cards[at].dataset.id === name);
            }""",
            arg=list(names),
            timeout=20 * SECOND,
        )


@pytest.fixture
def sample(sites: Sites) -> Built:
    return sites[SAMPLE]


@pytest.fixture(scope="module")
def index(sites: Sites) -> Index:
    data = sites[SAMPLE].site / "_data"
    ids = read_explorer(data / "explorer").ids
    entry = read_manifest(data / "retrieval")["encoders"][0]
    table = pq.read_table(data / "summary.parquet", columns=["id", "labels", "split", "datetime", "bbox"])
    return Index(Files(data / "retrieval", entry, len(ids)), ids, {row["id"]: row for row in table.to_pylist()})


@pytest.fixture
def retrieval(page: Page, sample: Built, index: Index, pages_server: Callable[..., str]) -> Iterator[Retrieval]:
    watched = watch(page)
    yield Retrieval(page, f"{pages_server(sample.site, PREFIX)}retrieval.html", index, watched)
    assert watched.problems == []


@pytest.fixture
def some(index: Index) -> str:
    """Return a patch in the middle."""
    return index.ids[len(index.ids) // 2]


def test_nothing_is_fetched_before_the_reader_asks(retrieval: Retrieval) -> None:
    page, asked = retrieval.page, list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(retrieval.address, wait_until="networkidle")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Loads \d+ kB"))).to_be_visible()
    expect(page.get_by_text("nothing that you choose or open leaves your machine")).to_be_visible()
    assert not [
        url for url in asked if re.search("_data/(retrieval|explorer)|/demos/(retrieval|search|features)/", url)
    ]
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector(READY)
    assert [url for url in asked if "_data/retrieval/manifest.json" in url]
    # No model and no map before there is something to show.
    assert not [url for url in asked if re.search(r"onnx|/map/map\.js", url)]


def test_a_patch_by_its_name_gives_the_stored_neighbours_with_distances_and_labels(
    retrieval: Retrieval, some: str
) -> None:
    retrieval.open()
    page, index = retrieval.page, retrieval.index
    part = some[-8:].lower()
    page.get_by_role("searchbox", name="Find a patch").fill(part)
    having = [name for name in index.ids if part in name.lower()]
    expect(page.locator("#ds-d-find-note")).to_contain_text(f"{len(having)} patch")
    page.locator(".ds-d-found").get_by_role("button", name=some).click()
    near = index.near(some)
    retrieval.found(near)
    rows, distances = index.files.neighbours(index.ids.index(some))
    assert index.ids[rows[0]] == near[0]
    shown = [float(text) for text in retrieval.cards.locator(".ds-d-distance > span:last-child").all_inner_texts()]
    np.testing.assert_allclose(shown, distances[:24], rtol=6e-3)  # three digits
    asked = set(index.rows[some]["labels"])
    for name in near[:6]:
        ticked = retrieval.card(name).get_by_role("list", name="Labels in common").get_by_role("listitem")
        assert {text.removeprefix("✓\u00a0") for text in ticked.all_inner_texts()} == asked & set(
            index.rows[name]["labels"]
        )
    share = sum(bool(asked & set(index.rows[name]["labels"])) for name in near)
    expect(page.locator(".ds-demo [role=status].ds-d-sr")).to_contain_text("24 similar patches")
    expect(page.locator(".ds-d-list .ds-d-headline")).to_contain_text(f"{share} of 24")
    expect(page.locator(".ds-d-step-list")).to_contain_text("nothing was searched")


def test_chance_chooses_a_patch_and_a_result_becomes_the_query(retrieval: Retrieval) -> None:
    retrieval.open()
    page = retrieval.page
    page.get_by_role("button", name="Surprise me").click()
    page.wait_for_selector(".ds-d-card")
    first = parse_qs(urlsplit(page.url).fragment)["patch"][0]
    retrieval.found(retrieval.index.near(first))
    # Without anything asked there are some patches to begin with.
    page.go_back()
    begin = page.get_by_role("list", name="Patches to begin with").get_by_role("button")
    expect(begin).to_have_count(6)
    name = (begin.nth(2).get_attribute("title") or "").removeprefix("Search from ")
    begin.nth(2).click()
    retrieval.found(retrieval.index.near(name))
    page.go_back()
    page.go_forward()
    retrieval.found(retrieval.index.near(name))
    first = name
    second = retrieval.index.near(first)[3]
    retrieval.card(second).get_by_role("button", name=f"Search from {second}").click()
    retrieval.found(retrieval.index.near(second))
    expect(page.locator(".ds-d-query-name")).to_have_text(second)
    page.go_back()
    retrieval.found(retrieval.index.near(first))
    page.go_forward()
    retrieval.found(retrieval.index.near(second))


def test_conditions_hold_for_all_results_and_are_in_the_link(
    retrieval: Retrieval, some: str, context_of: Callable[[], Page]
) -> None:
    retrieval.open(f"#patch={some}")
    page, index = retrieval.page, retrieval.index
    page.get_by_text("Only among").click()
    page.locator('.ds-x-facet[data-column="split"]').get_by_role("checkbox", name=re.compile("^test")).check()
    tested = index.search(index.vector(some), exclude=[some], allowed=lambda row: row["split"] == "test")
    assert {index.rows[name]["split"] for name in tested} == {"test"}
    retrieval.found(tested)
    count = sum(row["split"] == "test" for row in index.rows.values())
    expect(page.locator(".ds-d-list .ds-d-headline")).to_contain_text(
        f"among {count} patches that meet your conditions"
    )
    days = sorted(str(row["datetime"].date()) for row in index.rows.values())
    first = days[len(days) // 2]
    page.locator('.ds-x-facet[data-column="date"]').get_by_label("From", exact=True).fill(first)
    both = index.search(
        index.vector(some), exclude=[some],
        allowed=lambda row: row["split"] == "test" and str(row["datetime"].date()) >= first,
    )  # fmt: skip
    retrieval.found(both)
    other = context_of()
    other.goto(page.url)
    other.wait_for_selector(READY)
    expect(other.locator(".ds-d-card")).to_have_count(len(both))
    assert [card.get_attribute("data-id") for card in other.locator(".ds-d-card").all()] == both
    page.get_by_role("button", name=re.compile("^Remove the filter Split")).click()
    page.get_by_role("button", name=re.compile("^Remove the filter")).click()
    retrieval.found(index.near(some))


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


def test_more_like_these_and_not_like_those(retrieval: Retrieval, some: str, context_of: Callable[[], Page]) -> None:
    retrieval.open(f"#patch={some}")
    page, index = retrieval.page, retrieval.index
    near = index.near(some)
    retrieval.found(near)
    liked, disliked = [near[5], near[9]], [near[0]]
    for name in liked:
        retrieval.card(name).get_by_role("button", name=f"More like this: {name}").click()
    retrieval.card(disliked[0]).get_by_role("button", name=f"Less like this: {disliked[0]}").click()
    expect(retrieval.cards).to_have_count(24)  # nothing moves while one marks
    expect(page.get_by_text("+ More like (2)")).to_be_visible()
    page.get_by_role("button", name="Search again with these").click()
    a, b, c = WEIGHTS
    mean = np.mean([index.vector(name) for name in liked], axis=0)
    moved = (a * index.vector(some) + b * mean - c * index.vector(disliked[0])) / (a + b - c)
    expected = index.search(moved, exclude=[some, *disliked])
    assert expected != near
    retrieval.found(expected)
    expect(page.locator(".ds-d-step-list")).to_contain_text("The descriptor was moved")
    expect(retrieval.card(liked[0]).get_by_role("button", name="More like this")).to_have_attribute(
        "aria-pressed", "true"
    )
    other = context_of()
    other.goto(page.url)
    other.wait_for_selector(READY)
    expect(other.locator(".ds-d-card")).to_have_count(24)
    assert [card.get_attribute("data-id") for card in other.locator(".ds-d-card").all()] == expected
    page.get_by_role("button", name="Forget them").click()
    retrieval.found(near)
    expect(page.get_by_text("More like (")).to_have_count(0)


def test_more_results_are_searched_for_and_are_in_order(retrieval: Retrieval, some: str) -> None:
    retrieval.open(f"#patch={some}")
    retrieval.page.get_by_role("combobox", name="Results").select_option("48")
    expect(retrieval.cards).to_have_count(48)
    shown = [float(text) for text in retrieval.cards.locator(".ds-d-distance > span:last-child").all_inner_texts()]
    assert shown == sorted(shown)
    assert [card.get_attribute("data-id") for card in retrieval.cards.all()][:24] == retrieval.index.near(some)
    assert retrieval.page.url.endswith("&n=48")


def test_everything_by_keyboard(retrieval: Retrieval, some: str) -> None:
    retrieval.open()
    page, near = retrieval.page, retrieval.index.near(some)
    page.get_by_role("searchbox", name="Find a patch").focus()
    page.keyboard.type(some[-8:])
    page.wait_for_selector(".ds-d-pick")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".ds-d-pick").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox", name="Find a patch")).to_be_focused()
    expect(page.locator(".ds-d-pick")).to_have_count(0)
    page.keyboard.press("Control+a")
    page.keyboard.type(some)
    page.keyboard.press("Enter")  # a whole name needs no choice
    retrieval.found(near)
    retrieval.card(near[0]).locator(".ds-d-ask").focus()
    page.keyboard.press("ArrowRight")
    expect(retrieval.card(near[1]).locator(".ds-d-ask")).to_be_focused()
    page.keyboard.press("End")
    expect(retrieval.card(near[-1]).locator(".ds-d-ask")).to_be_focused()
    page.keyboard.press("Home")
    # One card alone is in the order of the Tab key: picture, link, marks.
    page.keyboard.press("Tab")
    expect(retrieval.card(near[0]).get_by_role("link")).to_be_focused()
    page.keyboard.press("Tab")
    expect(retrieval.card(near[0]).get_by_role("button", name="More like this")).to_be_focused()
    page.keyboard.press("Space")
    expect(retrieval.card(near[0]).get_by_role("button", name="More like this")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("ArrowRight")
    expect(retrieval.card(near[1]).get_by_role("button", name="More like this")).to_be_focused()
    page.get_by_role("button", name="Search again with these").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ds-d-step-list")).to_contain_text("The descriptor was moved")
    retrieval.cards.first.locator(".ds-d-ask").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ds-d-list .ds-d-headline")).to_be_focused()


def test_the_map_shows_query_and_results_and_a_box_limits_them(retrieval: Retrieval, some: str) -> None:
    retrieval.open(f"#patch={some}")
    page, index = retrieval.page, retrieval.index
    retrieval.found(index.near(some))
    expect(page.locator(".ds-d-pin")).to_have_count(25, timeout=20 * SECOND)
    expect(page.locator(".ds-d-pin-query")).to_have_count(1)
    retrieval.cards.nth(2).hover()
    expect(page.locator(".ds-d-pin-strong text")).to_have_text("3")
    page.get_by_role("button", name="Draw a box to search in").click()
    place = page.locator(".ds-d-map-stage").bounding_box()
    assert place is not None
    x, y, width, height = (place[key] for key in ("x", "y", "width", "height"))
    page.mouse.move(x + 2, y + 2)
    page.mouse.down()
    page.mouse.move(x + width / 2, y + height / 2, steps=4)
    page.mouse.move(x + width - 2, y + height - 2, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("box="))
    west, south, east, north = map(float, parse_qs(urlsplit(page.url).fragment)["box"][0].split(","))

    def inside(row: dict[str, Any]) -> bool:
        box = row["bbox"]
        lon, lat = (box["xmin"] + box["xmax"]) / 2, (box["ymin"] + box["ymax"]) / 2
        return bool(west <= lon <= east and south <= lat <= north)

    retrieval.found(index.search(index.vector(some), exclude=[some], allowed=inside))


def test_the_explorer_leads_here(retrieval: Retrieval, some: str) -> None:
    page = retrieval.page
    page.goto(f"{retrieval.address.replace('retrieval.html', 'explorer.html')}#patch={some}")
    page.get_by_role("link", name="Find similar patches").click()
    page.wait_for_selector(READY)
    retrieval.found(retrieval.index.near(some))
    page.locator(".ds-d-query-name").get_by_role("link").click()
    page.wait_for_selector("#ds-x-app[data-ready]")
    expect(page.get_by_role("heading", name=some)).to_be_visible()


@pytest.fixture
def own_picture(sites: Sites, index: Index, some: str, tmp_path: Path) -> Path:
    """Write the bands of a patch into one GeoTIFF, as a reader would."""
    folder = next(path.parent for path in sites.sample_archive().rglob(f"{some}_B02.tif*"))
    bands = index.files.entry["input"]["bands"]
    target, layers = tmp_path / "mine.tif", []
    for band in bands:
        with rasterio.open(next(folder.glob(f"{some}_{band}.tif*"))) as source:
            layers.append(resample(source.read(1).astype(np.float32), tuple(index.files.entry["input"]["size"])))
            if band == "B02":
                crs, transform = source.crs, source.transform
    values = np.stack(layers)
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": len(bands),
        "height": values.shape[1],
        "width": values.shape[2],
    }
    with rasterio.open(target, "w", crs=crs, transform=Affine(*transform[:6]), **profile) as out:
        out.write(values)
        for place, band in enumerate(bands, 1):
            out.set_band_description(place, band)
    return target


def test_a_picture_of_ones_own_finds_the_patch_that_it_was_made_of(
    retrieval: Retrieval, some: str, own_picture: Path
) -> None:
    retrieval.open()
    page = retrieval.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_text("Use a picture of your own").click()
    page.locator(".ds-d-own-place input[type=file]").set_input_files(own_picture)
    page.get_by_role("button", name="Search with this picture").click()
    expect(retrieval.cards).to_have_count(24, timeout=30 * SECOND)
    assert retrieval.cards.first.get_attribute("data-id") == some
    first = float(retrieval.cards.first.locator(".ds-d-distance > span:last-child").inner_text())
    second = float(retrieval.cards.nth(1).locator(".ds-d-distance > span:last-child").inner_text())
    assert first < 1e-2 < second
    expect(page.locator(".ds-d-query-kind")).to_have_text("Your picture")
    assert set(sent) <= {"GET"}
    assert "mine" not in page.url
    # Marks move it as they move a patch.
    retrieval.cards.nth(4).get_by_role("button", name="More like this").click()
    page.get_by_role("button", name="Search again with these").click()
    expect(page.locator(".ds-d-step-list")).to_contain_text("The descriptor was moved")
    expect(page.locator(".ds-d-query-kind")).to_have_text("Your picture")


def test_links_that_do_not_fit_are_told_of(retrieval: Retrieval, some: str) -> None:
    retrieval.open("#patch=no-such-patch")
    expect(retrieval.page.get_by_role("alert")).to_contain_text("no patch named no-such-patch")
    retrieval.open(f"#patch={some}&split=moon&more=gone")
    expect(retrieval.page.get_by_role("alert")).to_be_visible()
    # The anchor of a heading is no question.
    retrieval.open(f"#patch={some}")
    retrieval.found(retrieval.index.near(some))
    retrieval.page.evaluate("location.hash = '#limits'")
    retrieval.found(retrieval.index.near(some))


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (320, "dark"), (1280, "dark"), (3840, "light")])
def test_the_page_is_accessible_and_fits(retrieval: Retrieval, some: str, width: int, scheme: str) -> None:
    page = retrieval.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(retrieval.address)
    problems = [f"before the start: {one}" for one in axe(page)]
    retrieval.open(f"#patch={some}&split=train&n=12&more={retrieval.index.near(some)[0]}")
    expect(page.locator(".ds-d-pin")).to_have_count(13, timeout=20 * SECOND)
    for summary in ("Only among", "Use a picture of your own"):
        page.get_by_text(summary).click()
    page.locator(".ds-x-facet").first.wait_for()
    problems += axe(page)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (problems, wider) == ([], 0)
    # What lies beyond the edge of its own box would be cut off.
    beyond = page.evaluate(
        """() => Array.from(document.querySelectorAll(".ds-d-r *"))
          .filter((one) => !one.closest("svg, .ds-x-map, .ds-d-name, .ds-sr") && one.getClientRects().length)
          .filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.className)"""
    )
    assert beyond == []


def test_without_javascript_the_examples_stand(
    sample: Built, browser: Browser, index: Index, pages_server: Callable[..., str]
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{pages_server(sample.site, PREFIX)}retrieval.html")
        expect(page.get_by_text("This part of the page needs JavaScript")).to_be_visible()
        expect(page.get_by_role("button", name="Start")).to_be_hidden()
        rows = [row.locator("th, td").all_inner_texts() for row in page.locator("figure.ds-table tbody tr").all()[:5]]
    for query, rank, name, _, common in rows:
        assert index.near(query)[int(rank) - 1] == name
        both = set(index.rows[query]["labels"]) & set(index.rows[name]["labels"])
        assert common.strip("\u2013 ") == ", ".join(label for label in index.rows[query]["labels"] if label in both)


def test_pictures_of_the_examples_are_there(retrieval: Retrieval) -> None:
    found = visit(retrieval.page, retrieval.address)
    assert list(found.problems()) == []
    strips = retrieval.page.locator(".ds-gallery .ds-group")
    assert strips.count() == 4
    assert {strip.locator("img").count() for strip in strips.all()} == {6}


def test_from_disk_the_page_says_what_to_do(sample: Built, page: Page) -> None:
    page.goto((sample.site / "retrieval.html").as_uri())
    expect(page.get_by_text("cannot run from disk")).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_be_hidden()
    assert page.locator("figure.ds-gallery img").count() == 24


def test_what_cannot_be_loaded_is_told_and_tried_again(
    page: Page, sample: Built, index: Index, some: str, pages_server: Callable[..., str]
) -> None:
    broken = True

    def answer(route: Route) -> None:
        route.abort() if broken else route.continue_()

    page.route(re.compile(r"/_data/retrieval/manifest\.json"), answer)
    page.goto(f"{pages_server(sample.site, PREFIX)}retrieval.html#patch={some}")
    expect(page.get_by_role("alert")).to_contain_text("manifest.json")
    broken = False
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(READY)
    expect(page.locator(".ds-d-card")).to_have_count(24)
    broken = True
    page.route(re.compile(r"/_data/retrieval/.*/vectors-"), answer)
    page.get_by_role("combobox", name="Results").select_option("48")
    expect(page.get_by_role("alert")).to_contain_text("The search failed")
    expect(page.locator(".ds-d-card")).to_have_count(24)  # what was found stays
    broken = False
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".ds-d-card")).to_have_count(48)


def test_headings_go_down_step_by_step(retrieval: Retrieval, some: str) -> None:
    retrieval.open(f"#patch={some}")
    levels = retrieval.page.evaluate(
        "Array.from(document.querySelectorAll('article :is(h1, h2, h3, h4)')).map((one) => Number(one.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels) if (earlier, later) != (1, 3))
