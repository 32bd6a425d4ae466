"""The comment on a pull request: one, up to date, and nothing in it is more than text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dsdocs.publish.comment import AUTHOR, MARKER, comment, comment_body
from dsdocs.publish.github import Api
from dsdocs.publish.model import DROPPED, PUBLISHED, REFUSED, WAITING, Preview, Production, Report
from support.github import BOT, TOKEN, Host, serving

URL = "https://lab.github.io/guide/pr-preview/pr-1/"
CHANGES: dict[str, Any] = {
    "pages": {"added": [], "removed": [], "changed": [{"path": "labels.html", "title": "Labels"}]},
    "facts": [{"key": "n", "description": "Patches in the data set.", "before": "40", "after": None}],
    "figures": [
        {
            "page": "labels.html", "title": "Classes", "state": "changed",
            "before": "1-before.svg", "after": "1-after.svg",
        }
    ],
    "claims": [{"key": "p", "says": "Patches of the paper", "before": "agrees", "after": "differs"}],
    "bytes": {"before": 12_300_000, "after": 12_500_000},
}  # fmt: skip
# What a reader of GitHub would click, be called by, or not see.
HOSTILE = [
    "@everyone @lab/team", "#1 GH-1 lab/guide#1", "[x](javascript:alert(1))", "![x](https://evil.example/p.gif)",
    "<img src=x onerror=alert(1)>", "</code></td></table><h1>Approved</h1>", "`code`", "``` x", "**bold** _it_ ~~no~~",
    "| a | b |", "<!-- -->", "-->", "&lt;b&gt; &#64;lab", "https://evil.example www.evil.example",
    "a\n\n# Heading\n\n@lab", "\r\n\r\n> quote", "\u2028\u2029\n\n- [ ] task", "\x85\x0c\x1c\n\n1. list", ":tada:",
    "\u202etxt.exe", "$x^2$", "\\", "x" * 9_000,
]  # fmt: skip


def report(*previews: Preview) -> Report:
    return Report(Production("a" * 40, 30, 12_300_000), previews, 13_000_000, 1_000_000_000)


def preview(state: str = PUBLISHED, number: int = 1, **fields: Any) -> Preview:
    shown = {"url": URL, "files": 3, "bytes": 250_000, "changes": CHANGES} if state == PUBLISHED else {}
    return Preview(number, "c" * 40, state, **{**shown, **fields})


def body(one: Preview) -> str:
    return comment_body(one, report(one))


def shown(text: str) -> Any:
    """Return the elements of a comment as GitHub's Markdown gives them, comments and all."""
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    return html5lib.parseFragment(rendered, treebuilder="etree", namespaceHTMLElements=False)


def words(tree: Any) -> str:
    return " ".join("".join(tree.itertext()).split()).removeprefix(MARKER[5:-4]).strip()


@pytest.fixture
def host() -> Host:
    host = Host()
    host.push(None)
    host.open(host.fork("ann"), "words", None)
    return host


@pytest.fixture
def api(host: Host) -> Iterator[Api]:
    with serving(host) as address:
        yield Api(address, TOKEN, sleep=lambda _: None)


def test_a_preview_is_told_with_what_it_changes() -> None:
    tree = shown(body(preview()))
    assert words(tree) == (
        "Preview of this pull request Open the preview of commit cccccccccccc. "
        "Numbers changed (1) Number Before After Patches in the data set. 40 not there "
        "Published figures judged otherwise (1) Figure Before After Patches of the paper agrees differs "
        "Pages changed (1) changed: Labels "
        "Figures changed (1) Figure Before After Classes on labels.html (changed) "
        "The site has 12.5 MB, before 12.3 MB; the preview adds 0.2 MB in 3 files. "
        "All that is published has 13.0 MB of 1.00 GB."
    )
    assert [one.get("href") for one in tree.iter("a")] == [
        URL, f"{URL}labels.html", f"{URL}_changes/1-before.svg?cccccccccccc", f"{URL}_changes/1-after.svg?cccccccccccc",
    ]  # fmt: skip
    assert [one.get("src") for one in tree.iter("img")] == [
        f"{URL}_changes/1-before.svg?cccccccccccc", f"{URL}_changes/1-after.svg?cccccccccccc",
    ]  # fmt: skip


def test_a_preview_that_changes_nothing_says_so() -> None:
    nothing = {
        **CHANGES,
        "pages": {"added": [], "removed": [], "changed": []},
        "facts": [],
        "figures": [],
        "claims": [],
    }
    assert "No page, number or figure differs from the published site." in words(shown(body(preview(changes=nothing))))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (REFUSED, "There is no preview of this pull request Commit cccccccccccc was built, but its site cannot be"),
        (DROPPED, "had to make room Commit cccccccccccc: a new push to the pull request brings it back. Why."),
        (WAITING, "waits for its build Commit cccccccccccc: this comment is brought up to date then. Why."),
    ],
)  # fmt: skip
def test_a_preview_that_is_not_shown_says_why(state: str, expected: str) -> None:
    assert expected in words(shown(body(preview(state, reasons=("Why.",)))))


def everywhere(text: str) -> list[Preview]:
    """Put a text wherever something of a pull request may stand."""
    changes = {
        "pages": {state: [{"path": text, "title": text}] for state in ("added", "removed", "changed")},
        "facts": [{"key": text, "description": text, "before": text, "after": text}],
        "figures": [{"page": text, "title": text, "state": "changed", "before": "", "after": ""}],
        "claims": [{"key": text, "says": text, "before": text, "after": text}],
        "bytes": {"before": 1, "after": 2},
    }
    return [preview(changes=changes), *(preview(state, reasons=(text,)) for state in (REFUSED, DROPPED, WAITING))]


def without_code(tree: Any) -> str:
    """Return all that is not inside of <code>, with the names and attributes of its elements."""
    said = []

    def walk(element: Any) -> None:
        if element.tag != "code":
            said.append(f"<{element.tag} {sorted((k, v) for k, v in element.attrib.items() if k != 'href')}>")
            said.append(element.text or "")
            for child in element:
                walk(child)
        said.append(element.tail or "")

    walk(tree)
    return "".join(said)


def assert_only_text(text: str) -> None:
    for one, plain in zip(everywhere(text), everywhere("plain"), strict=True):
        written = body(one)
        assert written.startswith(f"{MARKER}\n<h3>")
        assert "\n\n" not in written
        assert len(written) < 65_536
        tree = shown(written)
        assert without_code(tree) == without_code(shown(body(plain)))
        for code in tree.iter("code"):
            assert len(code) == 0
        for link in tree.iter("a"):
            assert link.get("href").startswith(URL)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_comes_from_a_pull_request_is_text(text: str) -> None:
    assert_only_text(text)


@given(st.text(min_size=1))
def test_any_text_is_text(text: str) -> None:
    assert_only_text(text)


def test_a_text_is_shown_whole_where_it_is_short() -> None:
    tree = shown(body(preview(REFUSED, reasons=("a <b> &\n\n`c`\t@d",))))
    assert [code.text for item in tree.iter("li") for code in item] == ["a <b> & `c` @d"]


def test_what_turns_the_direction_of_text_is_taken_out() -> None:
    assert "\u202e" not in body(preview(REFUSED, reasons=("\u202etxt.exe",)))


def test_long_lists_are_cut_and_say_so() -> None:
    many = {**CHANGES, "facts": [{**CHANGES["facts"][0], "key": str(index)} for index in range(400)]}
    text = words(shown(body(preview(changes=many))))
    assert "Numbers changed (400)" in text
    assert "and 380 more" in text


def test_a_comment_that_would_be_too_long_names_the_preview_alone() -> None:
    wide = [{"key": "k", "description": "&" * 400, "before": "&" * 400, "after": "&" * 400} for _ in range(30)]
    text = body(preview(changes={**CHANGES, "facts": wide, "claims": [{**one, "says": "&" * 400} for one in wide]}))
    assert len(text) < 65_536
    assert "too long for a comment" in text
    assert URL in text


def test_one_comment_is_written_and_then_left_alone(host: Host, api: Api) -> None:
    told: list[str] = []
    for _ in range(2):
        assert comment(api, "lab/guide", report(preview()), tell=told.append) == ()
    assert told == ["pull request 1: written", "pull request 1: unchanged"]
    assert [(one.author, one.body) for one in host.comments] == [(BOT, body(preview()))]
    assert [one.method for one in host.requests] == ["GET", "POST", "GET"]


def test_line_ends_of_another_system_are_no_change(host: Host, api: Api) -> None:
    host.say(host.pulls[0], BOT, body(preview()).replace("\n", "\r\n") + "\r\n", kind="Bot")
    comment(api, "lab/guide", report(preview()))
    assert [one.method for one in host.requests] == ["GET"]


def test_the_comment_is_brought_up_to_date(host: Host, api: Api) -> None:
    comment(api, "lab/guide", report(preview()))
    for state in (REFUSED, DROPPED, WAITING):
        comment(api, "lab/guide", report(preview(state, reasons=("Why.",))))
        (one,) = host.comments
        assert one.body == body(preview(state, reasons=("Why.",)))


def test_the_comment_is_found_among_many_of_others(host: Host, api: Api) -> None:
    host.page = 2
    for index in range(5):
        host.say(host.pulls[0], "ann", f"words {index}")
    ours = host.say(host.pulls[0], BOT, f"{MARKER}\nold", kind="Bot")
    for index in range(5):
        host.say(host.pulls[0], "ann", f"more {index}")
    comment(api, "lab/guide", report(preview()))
    assert len(host.comments) == 11
    assert next(one for one in host.comments if one.id == ours.id).body == body(preview())


@pytest.mark.parametrize(
    ("author", "kind", "text"),
    [
        ("mallory", "User", f"{MARKER}\nApproved"),
        (BOT, "User", f"{MARKER}\nApproved"),
        ("github-actions", "User", f"{MARKER}\nApproved"),
        ("mallory[bot]", "Bot", f"{MARKER}\nApproved"),
        (BOT, "Bot", f"A report of other checks, which quotes: {MARKER}"),
    ],
)
def test_a_comment_that_is_not_ours_is_not_touched(author: str, kind: str, text: str, host: Host, api: Api) -> None:
    theirs = host.say(host.pulls[0], author, text, kind=kind)
    comment(api, "lab/guide", report(preview()))
    assert len(host.comments) == 2
    assert host.comments[0] == theirs


def test_who_waits_for_a_build_gets_no_first_comment(host: Host, api: Api) -> None:
    comment(api, "lab/guide", report(preview(WAITING, reasons=("Why.",))))
    assert host.comments == []


def test_a_comment_that_fails_keeps_none_from_the_others(host: Host, api: Api) -> None:
    host.open(host.fork("eve"), "words", None)
    host.fail("/issues/1/comments", 403, method="POST", message="Resource not accessible by integration")
    (failed,) = comment(api, "lab/guide", report(preview(), preview(number=2)))
    assert "pull request 1: " in failed
    assert "lacks a right" in failed
    assert [one.number for one in host.comments] == [2]


def test_the_author_is_who_the_token_of_a_job_writes_as() -> None:
    assert AUTHOR == BOT
