"""Comments: no other host is asked before the reader says so, and no page allows one that has none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from dsdocs.assets import static_folder
from dsdocs.config import Comments, Config, Site, parse_config
from dsdocs.errors import ConfigError
from dsdocs.site.comments import draw, sources
from dsdocs.site.policy import content_policy
from support.watching import axe

GISCUS = Comments(
    provider="giscus", repository="me/guide", repository_id="R_1", category="Com & ments", category_id="DIC_1"
)
HYPOTHESIS = Comments(provider="hypothesis")
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Page</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="dsdocs.css"><link rel="stylesheet" href="foot.css">
<style>body[data-theme=dark] {{ --color-background-primary: #131416; --color-foreground-primary: #cfd0d0;
--color-foreground-secondary: #9ca0a5; background: #131416; color: #cfd0d0; }}</style></head>
<body data-theme="{theme}"><main><h1>Page</h1>{comments}</main><script src="comments.js" defer></script></body>
</html>"""
FRAME = """<!doctype html><p>Hello from the frame</p><script>
parent.postMessage({giscus: {resizeHeight: 432}}, "*");</script>"""
Opened = tuple[Page, list[str]]


def test_off_by_default_and_then_a_page_allows_no_other_host() -> None:
    assert Config().site.comments is None
    assert sources(Config()) == {}
    assert "https:" not in content_policy(more=sources(Config()))


def test_only_the_configured_host_is_allowed() -> None:
    giscus = content_policy(more=sources(Config(site=Site(comments=GISCUS))))
    assert giscus.endswith("frame-src https://giscus.app")
    assert giscus.count("https://") == 1
    hypothesis = content_policy(more=sources(Config(site=Site(comments=HYPOTHESIS))))
    assert "script-src 'self' https://hypothes.is https://*.hypothes.is" in hypothesis
    assert "giscus" not in hypothesis


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"provider": "giscus"},
            "giscus needs repository, repository_id, category, category_id; found none of its keys",
        ),
        ({"provider": "hypothesis", "category": "x"}, "hypothesis needs none of its keys; found category"),
        ({"provider": "disqus"}, "'giscus' or 'hypothesis'"),
        ({"provider": "giscus", "repository": "https://github.com/me/guide"}, "comments.repository"),
    ],
)
def test_a_wrong_setting_is_told(given: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"site": {"comments": given}})
    assert said in str(caught.value)


def test_what_the_author_wrote_is_escaped() -> None:
    html = draw(GISCUS.model_copy(update={"category": '"><script>x</script>'}), 'p"age')
    assert "<script" not in html
    assert "term=p%22age" in html


@pytest.fixture
def opened(page: Page, tmp_path: Path, pages_server: Callable[..., str]) -> Iterator[Callable[..., Opened]]:
    """Return what opens a page with comments, and the list of other hosts that were asked for something since."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        kind = "text/html" if route.request.resource_type == "document" else "text/javascript"
        route.fulfill(body=FRAME if kind == "text/html" else "document.title = 'annotated';", content_type=kind)

    def open_page(comments: Comments, query: str = "", theme: str = "light") -> Opened:
        policy = content_policy(more=sources(Config(site=Site(comments=comments))))
        for name in ("css/dsdocs.css", "css/foot.css", "js/comments.js"):
            (tmp_path / Path(name).name).write_bytes((static_folder() / name).read_bytes())
        html = PAGE.format(policy=escape(policy), theme=theme, comments=draw(comments, "page"))
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        page.goto(f"{served}page.html{query}")
        return page, asked

    served = pages_server(tmp_path)
    problems: list[Any] = []
    page.route(lambda url: not url.startswith(("http://127.0.0.1", "data:", "file:")), answer)
    page.on("pageerror", lambda error: problems.append(error))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield open_page
    assert problems == []


def test_giscus_is_asked_after_the_click_and_not_before(opened: Callable[..., Opened]) -> None:
    page, asked = opened(GISCUS, "?a=1")
    expect(
        page.get_by_text("Comments are kept by giscus.app, in the discussions of me/guide on GitHub.")
    ).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert asked == []
    page.get_by_role("button", name="Load comments from giscus.app").click()
    expect(page.frame_locator("iframe").get_by_text("Hello from the frame")).to_be_visible()
    expect(page.locator("iframe")).to_have_css("height", "432px")
    (address,) = asked
    assert address.startswith("https://giscus.app/en/widget?")
    for part in (
        "repo=me%2Fguide",
        "repoId=R_1",
        "category=Com+%26+ments",
        "term=page",
        "theme=light",
        "page.html%3Fa%3D1",
    ):
        assert part in address
    assert page.evaluate("Object.keys(localStorage)") == []
    page.reload()
    page.wait_for_load_state("networkidle")
    assert len(asked) == 1  # nobody asked to remember it


def test_consent_is_remembered_only_where_that_was_asked_for_and_can_be_taken_back(
    opened: Callable[..., Opened],
) -> None:
    page, asked = opened(GISCUS, theme="dark")
    page.get_by_role("checkbox", name="Remember this on this device").check()
    page.get_by_role("button", name="Load comments from giscus.app").press("Enter")
    expect(page.locator("iframe")).to_be_visible()
    page.reload()
    expect(page.locator("iframe")).to_be_visible()
    assert len(asked) == 2
    assert "theme=dark" in asked[0]
    page.get_by_role("button", name="Do not load them by themselves any more").click()
    page.reload()
    page.wait_for_load_state("networkidle")
    assert len(asked) == 2
    expect(page.get_by_role("button", name="Load comments")).to_be_visible()


def test_who_comes_back_from_logging_in_has_the_comments_and_a_clean_address(opened: Callable[..., Opened]) -> None:
    page, asked = opened(GISCUS, "?giscus=secret&a=1")
    expect(page.locator("iframe")).to_be_visible()
    assert "session=secret" in asked[0]
    assert "origin=" in asked[0]
    assert "giscus%3Dsecret" not in asked[0]
    assert page.url.endswith("page.html?a=1")


def test_hypothesis_is_a_script_that_comes_after_the_click(opened: Callable[..., Opened]) -> None:
    page, asked = opened(HYPOTHESIS)
    page.wait_for_load_state("networkidle")
    assert asked == []
    page.get_by_role("button", name="Load comments from hypothes.is").click()
    expect(page).to_have_title("annotated")
    assert asked == ["https://hypothes.is/embed.js"]


def test_another_origin_cannot_speak_for_the_frame(opened: Callable[..., Opened]) -> None:
    page, _ = opened(GISCUS)
    page.get_by_role("button", name="Load comments from giscus.app").click()
    expect(page.locator("iframe")).to_have_css("height", "432px")
    page.evaluate("postMessage({giscus: {resizeHeight: 9000}}, '*')")
    page.evaluate(f"postMessage({json.dumps({'giscus': {'signOut': True}})}, '*')")
    expect(page.locator("iframe")).to_have_css("height", "432px")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(theme: str, opened: Callable[..., Opened]) -> None:
    page, _ = opened(GISCUS, theme=theme)
    assert axe(page) == []


def test_without_javascript_and_from_disk_a_sentence_stands_in_place_of_the_button(page: Page, tmp_path: Path) -> None:
    (tmp_path / "comments.js").write_bytes((static_folder() / "js" / "comments.js").read_bytes())
    file = tmp_path / "page.html"
    file.write_text(PAGE.format(policy="", theme="light", comments=draw(GISCUS, "page")), encoding="utf-8")
    page.goto(file.as_uri())
    expect(page.get_by_text("That needs JavaScript, and a page that was not opened from disk.")).to_be_visible()
    expect(page.get_by_role("button", name="Load comments")).to_be_hidden()
