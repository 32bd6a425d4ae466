"""What a reader does with a site, in a real browser: search, copy, download, switch, and read without JavaScript."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from support.sites import NAMES, SAMPLE, Built, Sites, command, dsdocs, environment
from support.sites import expect as expect_code
from support.visits import PREFIX, visit
from support.watching import watch
from test_site_build import write_archive

PAINTED = """() => [".ds-bar", ".ds-step-1", ".ds-band:not(.ds-band-visible)", ".ds-map-drawing .ds-map-land",
  ".ds-map-canvas path.ds-map-land"].map((selector) => document.querySelector(selector)).filter(Boolean)
  .map((node) => { const style = getComputedStyle(node); return `${style.backgroundColor} ${style.fill}`; })"""


@pytest.fixture(scope="module")
def sample(sites: Sites) -> Built:
    return sites[SAMPLE]


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, sample: Built, pages_server: Callable[..., str]) -> str:
    """Return the address of the sample's site: below a sub-path of a server, or as a folder on disk."""
    return pages_server(sample.site, PREFIX) if request.param == "http" else sample.site.as_uri() + "/"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as opened:
        yield opened


@pytest.mark.parametrize(("words", "found"), [("agro-forestry", "Labels"), ("airports", "From 43 to 19 classes")])
def test_the_search_finds_a_class_and_leads_to_its_page(base: str, page: Page, words: str, found: str) -> None:
    watched = watch(page)
    page.goto(base + "index.html")
    box = page.get_by_role("textbox", name="Search")
    box.fill(words)
    box.press("Enter")
    page.locator("#search-results li").get_by_role("link", name=found, exact=True).click()
    expect(page.locator("h1")).to_contain_text(found)
    assert watched.problems == []


def test_the_theme_switch_changes_figures_and_map_and_is_remembered(base: str, page: Page) -> None:
    watched = watch(page)
    painted = {}
    for scheme in ("light", "dark"):
        page.goto(base + "time.html")
        while page.locator("body").get_attribute("data-theme") != scheme:
            page.locator(".content-icon-container .theme-toggle").click()
        for name in ("time", "labels", "sensors", "places"):
            page.goto(f"{base}{name}.html")
            expect(page.locator("body")).to_have_attribute("data-theme", scheme)
            painted[scheme, name] = page.evaluate(PAINTED)
    for name in ("time", "labels", "sensors", "places"):
        light, dark = painted["light", name], painted["dark", name]
        assert light, name
        assert [one for one, other in zip(light, dark, strict=True) if one == other] == [], name
    assert len(painted["light", "places"]) == 3  # a bar, the drawing and the live map
    assert watched.problems == []


def test_a_site_on_disk_has_all_that_a_served_one_has(sample: Built, page: Page) -> None:
    watched = watch(page)
    problems = [
        f"{name}: {problem}"
        for name in sample.pages
        for problem in visit(page, (sample.site / f"{name}.html").as_uri()).problems()
    ]
    assert problems + watched.problems == []
    page.goto((sample.site / "places.html").as_uri())
    expect(page.locator(".ds-map-canvas path.ds-map-patches").first).to_be_visible()


def test_code_is_copied_whole(sample: Built, context: BrowserContext, pages_server: Callable[..., str]) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(pages_server(sample.site, PREFIX) + "loading.html")
    code = page.locator("figure.ds-code div.highlight").first
    code.hover()
    code.locator("button.copybtn").click()
    expect(code.locator("button.copybtn.success")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip() == code.locator("pre").inner_text().strip()


def test_numbers_are_downloaded_as_csv(base: str, sample: Built, page: Page) -> None:
    page.goto(base + "labels.html")
    link = page.locator("figure.ds-bars a[download]").first
    with page.expect_download() as waiting:
        link.click()
    saved = Path(waiting.value.path())
    assert waiting.value.suggested_filename == link.get_attribute("download")
    assert saved.read_bytes() == (sample.site / "_data" / "csv" / waiting.value.suggested_filename).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_without_javascript_nothing_is_missing(name: str, sites: Sites, browser: Browser) -> None:
    built = sites[name]
    with browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        watched = watch(page)
        for stem in built.pages:
            page.goto((built.site / f"{stem}.html").as_uri())
            expect(page.locator("h1")).to_be_visible()
            for kind in ("figure.ds-view", "svg.ds-map-drawing", ".ds-scroll > table", ".ds-bars-table"):
                for shown in page.locator(kind).all():
                    # A table below "Numbers" waits for its summary to be opened, which needs no script.
                    if shown.locator("xpath=ancestor::details[not(@open)]").count() == 0:
                        expect(shown).to_be_visible()
            expect(page.locator(".ds-map-canvas, .ds-map-controls").filter(visible=True)).to_have_count(0)
            expect(page.locator("button:not(.skip)").filter(visible=True, has_text="Zoom")).to_have_count(0)
        page.goto((built.site / "index.html").as_uri())
        page.locator(".sidebar-tree").get_by_role("link", name="About this build").click()
        expect(page.locator("h1")).to_contain_text("About this build")
        assert watched.problems == []


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve a small guide; yield the address and the folder of its pages."""
    guide = tmp_path / "guide"
    expect_code(dsdocs("init", guide, "--archive", write_archive(tmp_path / "archive")), 0)
    arguments = command("serve", "--port", "0")
    process = subprocess.Popen(arguments, cwd=guide, env=environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), guide / "book"
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_an_open_page_reloads_with_what_was_edited(preview: tuple[str, Path], page: Page) -> None:
    address, book = preview
    watched = watch(page)
    page.goto(address + "basics.html")
    basics = book / "basics.md"
    text = basics.read_text(encoding="utf-8")
    basics.write_text(text + "\n{fact}`n_patchs`\n", encoding="utf-8")
    basics.write_text(text + "\nThis stands here since a moment.\n", encoding="utf-8")
    expect(page.get_by_text("This stands here since a moment.")).to_be_visible(timeout=60_000)
    assert watched.problems == []
