"""The content security policy: of every page of a site, and what it lets through in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dsdocs.site.check.pages import read_pages
from dsdocs.site.policy import content_policy
from support.sites import SAMPLE, Sites
from support.visits import PREFIX
from support.watching import watch

DEMOS = {"classification.html", "retrieval.html"}


def test_scripts_come_from_files_of_the_site_alone() -> None:
    policy = content_policy()
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe-eval" not in policy
    assert policy.count("'unsafe-inline'") == 1
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval';" in content_policy(wasm=True)


def test_more_sources_are_added_to_their_directive() -> None:
    policy = content_policy(more={"script-src": ["https://a.example"], "frame-src": ["https://b.example"]})
    assert "script-src 'self' https://a.example;" in policy
    assert policy.endswith("; frame-src https://b.example")


@pytest.mark.parametrize("source", ["", "a; script-src *", "'unsafe-inline'", "'unsafe-eval'", "a b", "a,b", "a\nb"])
def test_a_source_cannot_open_the_policy(source: str) -> None:
    with pytest.raises(ValueError, match="cannot be a source"):
        content_policy(more={"script-src": [source]})


def test_every_page_begins_with_it_and_only_demos_may_compile(sites: Sites) -> None:
    pages = read_pages(sites[SAMPLE].site)
    policies = {name: unescape(next(page.all("meta")).attributes["content"]) for name, page in pages.items()}
    assert {name for name, policy in policies.items() if policy == content_policy(wasm=True)} == DEMOS
    assert {name for name, policy in policies.items() if policy == content_policy()} == set(pages) - DEMOS
    assert len(pages) > 20


def test_a_page_is_dark_from_its_first_picture_on(sites: Sites, page: Page, pages_server: Callable[..., str]) -> None:
    base = pages_server(sites[SAMPLE].site, PREFIX)
    watched = watch(page)
    page.goto(f"{base}time.html")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    # Before any other script has run, and before the body has a child to paint.
    page.add_init_script("""new MutationObserver(() => {
      if (document.body && document.querySelector(".page") && !window.first) window.first = document.body.dataset.theme;
    }).observe(document, { childList: true, subtree: true });""")
    page.goto(f"{base}time.html")
    assert page.evaluate("window.first") == "dark"
    page.goto(f"{base}explorer.html")
    expect(page.locator("body")).to_have_attribute("data-theme", "dark")
    assert watched.problems == []


def test_the_place_of_a_map_is_kept_until_it_comes(sites: Sites, page: Page, pages_server: Callable[..., str]) -> None:
    page.add_init_script("""window.shift = 0; new PerformanceObserver((list) => {
      for (const one of list.getEntries()) window.shift += one.value;
    }).observe({ type: "layout-shift", buffered: true });""")
    page.set_viewport_size({"width": 412, "height": 823})
    page.goto(f"{pages_server(sites[SAMPLE].site, PREFIX)}places.html")
    page.wait_for_selector(".ds-map-live .leaflet-control-zoom")
    page.wait_for_timeout(300)
    assert page.evaluate("window.shift") < 0.05


def test_an_injected_script_does_not_run(sites: Sites, page: Page, tmp_path: Path) -> None:
    text = (sites[SAMPLE].site / "time.html").read_text(encoding="utf-8")
    attack = "<script>window.ran = 1</script><img src='x:' onerror='window.ran = 1' alt=''>"
    (tmp_path / "time.html").write_text(text.replace("</article>", f"{attack}</article>"), encoding="utf-8")
    page.goto((tmp_path / "time.html").as_uri())
    assert page.evaluate("window.ran") is None
