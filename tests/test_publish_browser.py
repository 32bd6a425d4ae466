"""A preview in a real browser, below the address that it has on the host: all of it works."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dsdocs.publish.assemble import assemble
from dsdocs.publish.model import PUBLISHED, Report
from support.artifacts import Site, pack, read_site, write_inputs
from support.exploring import READY, rows_of
from support.sites import SAMPLE, Built, Sites
from support.visits import dead_links, visit
from support.watching import Watch, axe, watch

SECOND = 1000  # ms
SENTENCE = "A sentence that a stranger has put right."


@dataclass(frozen=True, slots=True)
class Tree:
    """What would be published: the sample, a preview with one sentence more (7), one with other data as well (8)."""

    folder: Path
    report: Report
    sample: Built


def with_sentence(site: Site) -> Site:
    return site | {"labels.html": site["labels.html"].replace(b"</h1>", f"</h1><p>{SENTENCE}</p>".encode(), 1)}


def with_other_data(site: Site) -> Site:
    """Let all that a page may fetch be other bytes than production's, where they mean the same."""
    pictures = {name: data + b"\0" for name, data in site.items() if name.startswith("_data/thumbs/")}
    styles = {name: data + b"\n" for name, data in site.items() if name.startswith("_static/css/")}
    facts = {"_data/band-statistics.json": site["_data/band-statistics.json"] + b"\n"}
    maps = {
        name: re.sub(rb'"zoom": \d', b'"zoom": 2', data)
        for name, data in site.items()
        if re.fullmatch(r"_data/maps/[^/]*\.js", name)
    }
    return with_sentence(site) | pictures | styles | facts | maps


@pytest.fixture(scope="module")
def tree(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    sample = sites[SAMPLE]
    site = read_site(sample.site)
    folder = tmp_path_factory.mktemp("publish")
    inputs = write_inputs(folder / "in", pack(site), {7: pack(with_sentence(site)), 8: pack(with_other_data(site))})
    return Tree(folder / "tree", assemble(inputs, folder / "tree"), sample)


@pytest.fixture(params=[7, 8])
def base(request: pytest.FixtureRequest, tree: Tree, pages_server: Callable[..., str]) -> str:
    """Return the address of a preview, as the host would serve it."""
    return f"{pages_server(tree.folder, '/repo/')}pr-preview/pr-{request.param}/"


def test_a_sentence_costs_less_than_a_tenth_of_the_site(tree: Tree) -> None:
    sentence, data = tree.report.previews
    assert (sentence.state, data.state) == (PUBLISHED, PUBLISHED), tree.report.previews
    assert sentence.bytes < 0.08 * tree.report.main.bytes
    kinds = {path.suffix for path in (tree.folder / "pr-preview" / "pr-7").rglob("*") if path.is_file()}
    assert kinds == {".html", ".json"}
    assert [one["path"] for one in sentence.changes["pages"]["changed"]] == ["labels.html"]


def opened(page: Page, address: str) -> Watch:
    watched = watch(page)
    page.goto(address)
    return watched


def test_every_page_opens_with_its_figures_and_pictures(base: str, tree: Tree, page: Page) -> None:
    watched = watch(page)
    visits = []
    for name in tree.sample.pages:
        visits.append(visit(page, f"{base}{name}.html"))
        assert "preview of pull request" in visits[-1].text
        assert list(visits[-1].problems()) == [], name
    assert watched.problems == []
    assert dead_links(visits, tree.folder, base.partition("pr-preview")[0]) == []


def test_the_explorer_counts_and_shows_pictures(base: str, tree: Tree, page: Page) -> None:
    watched = opened(page, f"{base}explorer.html")
    page.wait_for_selector(READY, timeout=60 * SECOND)
    rows = rows_of(tree.sample)
    expect(page.locator("#ds-x-count")).to_have_text(f"{len(rows):,}", timeout=20 * SECOND)
    name = rows[0]["id"]
    page.goto("about:blank")
    page.goto(f"{base}explorer.html#patch={name}")
    page.wait_for_selector(READY, timeout=60 * SECOND)
    expect(page.locator("#ds-x-panel, .ds-x-panel, .ds-x-patch").first).to_contain_text(name, timeout=20 * SECOND)
    page.wait_for_load_state("networkidle")
    assert watched.problems == []


def test_the_map_is_drawn(base: str, page: Page) -> None:
    watched = opened(page, f"{base}places.html")
    page.locator(".ds-map-canvas").first.scroll_into_view_if_needed()
    expect(page.locator(".ds-map-canvas path.ds-map-patches").first).to_be_visible(timeout=20 * SECOND)
    assert watched.problems == []


def test_the_search_finds_and_stays_in_the_preview(base: str, page: Page) -> None:
    watched = opened(page, f"{base}index.html")
    box = page.get_by_role("textbox", name="Search")
    box.fill("agro-forestry")
    box.press("Enter")
    page.locator("#search-results li").get_by_role("link", name="Labels", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Labels")
    assert page.url.startswith(f"{base}labels.html")
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    assert watched.problems == []


def test_a_demo_starts_and_answers(base: str, tree: Tree, page: Page) -> None:
    name = rows_of(tree.sample)[0]["id"]
    watched = opened(page, f"{base}retrieval.html#patch={name}")
    page.wait_for_selector(".ds-demo[data-ready]", timeout=60 * SECOND)
    expect(page.locator(".ds-d-card")).to_have_count(24, timeout=20 * SECOND)
    page.wait_for_load_state("networkidle")
    assert watched.problems == []


def test_the_banner_is_accessible(tree: Tree, page: Page, pages_server: Callable[..., str]) -> None:
    page.goto(f"{pages_server(tree.folder, '/repo/')}pr-preview/pr-7/labels.html")
    assert axe(page) == []
    page.get_by_role("link", name="Published site").click()
    expect(page.locator("aside.ds-preview")).to_have_count(0)
