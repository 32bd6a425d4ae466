"""Every page of every site, opened in a real browser: wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from support.sites import NAMES, SAMPLE, Built, Sites
from support.visits import PREFIX, Visit, dead_links, unequal_numbers, visit
from support.watching import Watch, axe, watch

ALL = {
    "basics", "build", "claims", "classification", "comparison", "contributing", "crosswalk", "datasheet", "explorer",
    "index", "label-groups", "label-structure", "labels", "left-out", "loading", "metrics", "pixels", "places",
    "quality", "raw-data", "references", "retrieval", "sensors", "splits", "summary", "time",
}  # fmt: skip
# What the data of a site cannot fill.
LACKS = {
    "sample": set(),
    "bigearthnet-v2": {"classification", "claims"},
    "bigearthnet-v1-s2": {"classification", "splits"},
    "bigearthnet-v1-s1": {"classification", "claims", "label-groups", "splits"},
    "eurosat-rgb": {"classification", "claims", "crosswalk", "label-groups", "places", "splits", "time"},
    "eurosat-ms": {"classification", "claims", "crosswalk", "splits", "time"},
    "uc-merced": {"classification", "claims", "crosswalk", "label-groups", "places", "splits", "time"},
}
OWN = {"bigearthnet-v2": {"versions"}}  # pages of the guide itself
WIDE, NARROW = 1280, 320  # px
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(19, 20, 22)"  # backgrounds of the theme


@dataclass(slots=True)
class Opened:
    """A site in the browser."""

    built: Built
    base: str
    page: Page
    watched: Watch

    def look(self, scheme: str, width: int, *, twice: bool) -> tuple[dict[str, Visit], list[str]]:
        """Visit every page with one look, and ``twice`` with the other scheme too; return what is wrong."""
        visits, problems = {}, []
        for name in (*self.built.pages, "search"):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            visits[name] = visit(self.page, f"{self.base}{name}.html")
            found = [*visits[name].problems(), *axe(self.page)]
            if twice:
                self.page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
                found += axe(self.page)
            problems += [f"{name}.html, {width} px, {scheme}: {problem}" for problem in dict.fromkeys(found)]
        return visits, problems


@pytest.fixture(params=NAMES)
def opened(
    request: pytest.FixtureRequest, sites: Sites, browser: Browser, pages_server: Callable[..., str]
) -> Iterator[Opened]:
    """Open a site below a sub-path, in a context without memory of another one."""
    built = sites[request.param]
    with browser.new_context() as context:
        page = context.new_page()
        yield Opened(built, pages_server(built.site, PREFIX), page, watch(page))


def test_every_page_is_whole_wide_and_narrow_light_and_dark(opened: Opened, request: pytest.FixtureRequest) -> None:
    # The other scheme at the same width differs in colours alone, which one site is enough to look at.
    twice = request.node.callspec.params["opened"] == SAMPLE
    visits, wide = opened.look("light", WIDE, twice=twice)
    narrow_visits, narrow = opened.look("dark", NARROW, twice=twice)
    assert wide + narrow == []
    assert opened.watched.problems == []
    assert {visited.scheme for visited in visits.values()} == {LIGHT}
    assert {visited.scheme for visited in narrow_visits.values()} == {DARK}
    assert dead_links(visits.values(), opened.built.site, opened.base) == []
    reached = {link.partition("#")[0].removeprefix(opened.base) for link in visits["basics"].navigation}
    assert reached | {"index.html"} == {f"{name}.html" for name in opened.built.pages}
    numbers = [
        problem
        for visited in visits.values()
        for figure in visited.figures
        for problem in unequal_numbers(figure, opened.built.site, opened.base)
    ]
    assert numbers == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_appears_where_the_data_has_what_it_needs(name: str, sites: Sites) -> None:
    assert set(sites[name].pages) == ALL - LACKS[name] | OWN.get(name, set())
    text = "".join(path.read_text(encoding="utf-8") for path in sites[name].site.glob("*.html"))
    assert [page for page in sorted(LACKS[name]) if f'href="{page}.html' in text] == []
