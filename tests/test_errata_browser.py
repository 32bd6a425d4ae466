"""Errata where readers meet them: filter, picture and panel of the explorer, results of a search, pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect

from support.exploring import READY
from support.sites import dsdocs
from support.sites import expect as expect_code
from support.visits import PREFIX
from support.watching import axe, watch

CONFIGURATION = """
[dataset]
title = "Made up"
repository = "https://github.com/me/guide"

[archive]
path = "../archive"

[pixels]
patches = 0

[loading]
throughput = 0

[explorer]
bands = 0

[retrieval]
encoders = ["statistics"]
"""
TEXT = "Shows a <b>lake</b>, not {{ 7*7 }} forests."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Build a site of 16 patches, one of which has an erratum; return its folder and the name of that patch."""
    folder = tmp_path_factory.mktemp("errata")
    expect_code(dsdocs("sample", folder / "archive", "--patches", "16"), 0)
    guide = folder / "guide"
    guide.mkdir()
    (guide / "dsdocs.toml").write_text(CONFIGURATION, encoding="utf-8")
    expect_code(dsdocs("summarize", "--out", folder / "summary.parquet", cwd=guide), 0)
    patch = str(pq.read_table(folder / "summary.parquet", columns=["id"])["id"][5])
    told = ("--what", "label", "--text", TEXT, "--link", "https://example.org/issues/7", "--reporter", "A. Reader")
    expect_code(dsdocs("errata", "add", patch, *told, "--date", "2026-01-05", cwd=guide), 0)
    expect_code(dsdocs("build", cwd=guide), 0)
    return guide / "site", patch


@pytest.fixture
def address(site: tuple[Path, str], pages_server: Callable[..., str]) -> str:
    return pages_server(site[0], PREFIX)


def test_the_explorer_filters_marks_and_tells(site: tuple[Path, str], address: str, page: Page) -> None:
    _, patch = site
    watched = watch(page)
    page.goto(f"{address}explorer.html#view=gallery")
    page.locator(READY).wait_for(timeout=20_000)
    facet = page.locator("[data-column=errata]")
    facet.get_by_role("button", name="Errata").click()
    facet.get_by_role("checkbox", name="Label: a label is wrong or missing").check()
    cells = page.locator(".ds-x-cell")
    expect(cells).to_have_count(1)
    expect(cells.locator(".ds-x-cell-mark")).to_be_visible()
    expect(cells.first).to_contain_text("Erratum: label")
    cells.first.click()
    panel = page.get_by_role("dialog", name=patch)
    errata = panel.locator(".ds-x-part-errata")
    expect(errata).to_contain_text(f"label: {TEXT}")
    expect(errata).to_contain_text("open; reported 2026-01-05 by A. Reader")
    expect(errata.get_by_role("link", name="Discussion")).to_have_attribute("href", "https://example.org/issues/7")
    assert axe(page) == []
    page.goto(f"{address}explorer.html#patch=none")
    page.reload()
    page.locator(READY).wait_for(timeout=20_000)
    expect(page.locator(".ds-x-part-errata")).to_have_count(0)
    assert watched.problems == []


def test_the_foot_of_the_explorer_is_one_line_below_its_panes(address: str, browser: Browser) -> None:
    for width in (1280, 375):
        with browser.new_context(viewport={"width": width, "height": 800}) as context:
            page = context.new_page()
            page.goto(f"{address}explorer.html")
            page.locator(READY).wait_for(timeout=20_000)
            foot = page.locator("[data-ds-foot]")
            box: Any = foot.bounding_box()
            assert box["height"] < 40
            assert box["y"] + box["height"] == pytest.approx(800, abs=1)
            expect(foot.get_by_role("link", name="Report a problem with it")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_result_of_a_search_tells_its_erratum(site: tuple[Path, str], address: str, page: Page) -> None:
    folder, patch = site
    ids = pq.read_table(folder / "_data" / "summary.parquet", columns=["id"])["id"].to_pylist()
    watched = watch(page)
    other = next(one for one in ids if one != patch)
    page.goto(f"{address}retrieval.html#patch={other}")
    card = page.locator(f".ds-d-card[data-id='{patch}']")
    expect(card).to_contain_text("Erratum: label", timeout=20_000)
    expect(page.locator(".ds-d-erratum")).to_have_count(1)
    assert watched.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_new_pages(scheme: Any, address: str, browser: Browser) -> None:
    for width in (1280, 375):
        with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
            page = context.new_page()
            for name in ("errata", "datasheet", "contributing", "quality"):
                page.goto(f"{address}{name}.html")
                assert axe(page) == [], (name, width)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
                expect(page.locator("[data-ds-foot]")).to_contain_text("Build")


def test_pages_mark_the_picture_and_lead_to_the_list(address: str, page: Page) -> None:
    page.goto(f"{address}quality.html")
    mark = page.locator(".ds-picture-mark").get_by_role("link", name="Erratum: label").first
    mark.click()
    expect(page.locator("h1")).to_contain_text("Errata")
    expect(page.get_by_role("cell", name=TEXT)).to_be_visible()
    link = page.get_by_role("link", name="https://example.org/issues/7")
    expect(link).to_have_attribute("rel", "nofollow noopener noreferrer")
