"""Every check of a published tree finds the mistake that it is for, and nothing in a tree without one."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dsdocs.errors import SiteError
from dsdocs.site.check import hosting, weight
from dsdocs.site.check.command import checked
from dsdocs.site.check.finding import KINDS, Finding
from dsdocs.site.check.report import FORMATS
from dsdocs.site.check.tree import check_tree, look_at
from support.trees import BASE, FIRST, page, picture, put, write_tree

Change = Callable[[Path], None]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree")


def found(tree: Path, **options: object) -> list[str]:
    return [str(finding) for finding in look_at(tree, **options).findings]  # type: ignore[arg-type]


def changed(old: str, new: str, *, name: str = "index.html") -> Change:
    """Replace a text of a page."""

    def change(tree: Path) -> None:
        text = (tree / name).read_text(encoding="utf-8")
        assert old in text
        put(tree, name, text.replace(old, new, 1))

    return change


def body(markup: str) -> Change:
    return changed("</main>", f"{markup}\n</main>")


def file(name: str, content: str | bytes) -> Change:
    return lambda tree: put(tree, name, content)


def npz() -> bytes:
    written = io.BytesIO()
    np.savez(written, names=np.array([{}], dtype=object))
    return written.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr(name, content)
    return written.getvalue()


LINE = 24  # of </main>
DEFECTS: dict[str, tuple[Change, str]] = {
    "a link to nothing": (
        body('<a href="nowhere.pdf">x</a>'), f"index.html:{LINE}: nowhere.pdf: there is no such file [link]",
    ),
    "a link out of the site": (body('<a href="../x.html">x</a>'), f":{LINE}: ../x.html: leads out of the site [link]"),
    "a link from the root": (body('<a href="/x.html">x</a>'), "/x.html: starts at the root of the host"),
    "an address that is none": (body('<a href="http://[x">x</a>'), "http://[x: is no address"),
    "a broken srcset": (body('<img src="_data/a.png" srcset="b.png 2x" alt="" width="2" height="1">'), "b.png: there"),
    "a missing anchor": (body('<a href="labels.html#x">x</a>'), "labels.html#x: there is no such anchor [anchor]"),
    "a missing anchor of its own": (body('<a href="#x">x</a>'), "#x: there is no such anchor [anchor]"),
    "a foreign picture": (
        body('<img src="https://example.org/a.png" alt="" width="1" height="1">'), "loaded from another host [foreign]",
    ),
    "a foreign style": (
        changed("</head>", '<link rel="stylesheet" href="//example.org/a.css"></head>'), "is loaded from another host",
    ),
    "a foreign font": (
        file("_static/b.css", "p { color: red }\n@font-face { src: url('https://example.org/a.woff2') }"),
        "_static/b.css:2: https://example.org/a.woff2: is loaded from another host [foreign]",
    ),
    "a foreign import": (file("_static/b.css", '@import "//example.org/a.css";'), "b.css:1: //example.org/a.css: "),
    "a foreign frame": (body('<iframe title="x" src="https://example.org/"></iframe>'), "is loaded from another host"),
    "no title": (changed("<title>Start</title>", ""), "index.html: has no title [title]"),
    "the title of another page": (changed("<title>Start", "<title>Labels"), "has the title of index.html: 'Labels'"),
    "no language": (changed(' lang="en"', ""), "index.html:1: <html> has no lang [language]"),
    "no document type": (changed("<!doctype html>", ""), "does not begin with <!doctype html>"),
    "no description": (changed('<meta name="description"', '<meta name="keywords"'), "has no <meta name="),
    "two h1": (body("<h1>Again</h1>"), f"index.html:{LINE}: has 2 h1, expected one [heading]"),
    "no h1": (changed("<h1 id=\"top\">Start</h1>", ""), "has 0 h1, expected one"),
    "a heading that leaves out a level": (body("<h4>Deep</h4>"), "h4 'Deep' follows h2: a level is left out [heading]"),
    "an empty heading": (body("<h2> </h2>"), "h2 is empty [heading]"),
    "an id twice": (body('<p id="more">x</p>'), "2 elements have the id 'more' [id]"),
    "a picture without a text": (body('<img src="_data/a.png" width="2" height="1">'), "no alternative text [image]"),
    "a picture without a size": (body('<img src="_data/a.png" alt="">'), "has no width and height"),
    "a picture out of shape": (
        body('<img src="_data/a.png" alt="" width="20" height="20">'), "is given 20 x 20 px, its file has 40 x 20",
    ),
    "a picture that is none": (file("_data/a.png", b"no picture"), "cannot be read as a picture [image]"),
    "no icon": (changed('<link rel="icon" href="_static/favicon.svg">', ""), 'has no <link rel="icon"> [icon]'),
    "no card": (changed("og:image", "og:video"), 'has no <meta property="og:image"> [card]'),
    "a card without a title": (changed("og:title", "og:subtitle"), 'has no <meta property="og:title"> [card]'),
    "a card of another size": (file("_data/card.jpg", picture((60, 60), "JPEG")), "60 x 60 px, expected 1200 x 630"),
    "a card that is not there": (changed("_data/card.jpg", "_data/cart.jpg"), "cart.jpg: cannot be read as a picture"),
    "a card by a relative address": (changed(f"{BASE}_data", "_data"), "is no whole address with https [card]"),
    "a script in the page": (body("<script>alert(1)</script>"), "holds a script: 'alert(1)' [script]"),
    "a module in the page": (body('<script type="module">x()</script>'), "holds a script: 'x()'"),
    "a handler": (body('<p onclick="x()">x</p>'), "<p> has a handler: onclick [script]"),
    "a script in a link": (body('<a href="javascript:x()">x</a>'), "scripts in links are not allowed [script]"),
    "no policy": (changed("Content-Security-Policy", "X-Nothing"), "its first <meta> is no content security policy"),
    "a policy that is not the first": (
        changed("<meta http-equiv", '<meta charset="utf-8"><meta http-equiv'), "its first <meta> is no content",
    ),
    "a policy with inline scripts": (
        changed("script-src 'self'", "script-src 'self' 'unsafe-inline'"), "scripts come from 'unsafe-inline' [policy]",
    ),
    "a policy with eval": (changed("script-src 'self'", "script-src 'self' 'unsafe-eval'"), "from 'unsafe-eval'"),
    "a policy for all hosts": (changed("script-src 'self'", "script-src https:"), "lets scripts come from https:"),
    "a policy that says nothing": (
        changed("default-src 'none'; script-src 'self'; ", ""), "has neither script-src nor default-src",
    ),
    "a dot file": (file(".env", "x"), ".env: begins with a dot"),
    "a dot file that only the root may have": (file("sub/.nojekyll", ""), "sub/.nojekyll: begins with a dot"),
    "a dot folder": (file(".github/workflows/x.txt", "x"), ".github: begins with a dot"),
    "names that differ in case": (file("_data/A.PNG", picture((40, 20))), "differs from _data/A.PNG in upper"),
    "a pickle": (file("a.bin", pickle.dumps({"a": 1})), "a.bin: is a pickle"),
    "a pickle of the first protocol": (file("a.csv", pickle.dumps(["a"], 0)), "a.csv: is a pickle"),
    "a pickle with the suffix of a picture": (file("a.webp", pickle.dumps([1, 2])), "a.webp: is a pickle"),
    "a gzipped pickle": (file("a.gz", gzip.compress(pickle.dumps({"a": 1}))), "a.gz: is a gzipped pickle"),
    "an array of objects": (file("a.npz", npz()), "holds a pickle, names.npy"),
    "a model with a pickle": (file("m.pt", zipped("m/data.pkl", pickle.dumps({}))), "holds a pickle, m/data.pkl"),
    "a path of somebody": (file("a.json", '\n{"at": "/home/alice/data/x.tif"}'), "a.json:2: tells where it was made"),
    "a path of Windows": (file("a.txt", "C:\\Users\\alice\\x.tif"), "a.txt:1: tells where it was made"),
    "a path in a gzip": (file("a.gz", gzip.compress(b"x /Users/alice/x")), "a.gz: tells where it was made"),
    "a path of a temporary file": (body("<p>/tmp/ipykernel_123/4.py</p>"), "tells where it was made"),
    "an address on disk": (body("<p>file:///x/y.html</p>"), "tells where it was made: 'file:///x/y.html"),
}  # fmt: skip


def test_a_tree_without_a_mistake_has_no_findings(tree: Path) -> None:
    assert found(tree) == []
    check_tree(tree)


@pytest.mark.parametrize("name", DEFECTS)
def test_each_mistake_is_found(name: str, tree: Path) -> None:
    change, said = DEFECTS[name]
    change(tree)
    findings = found(tree)
    assert any(said in line for line in findings), findings
    assert len({line.rpartition("[")[2] for line in findings}) <= 2, findings  # nothing else is blamed
    if not findings[0].endswith("[machine]"):
        with pytest.raises(SiteError, match="does not pass its checks"):
            check_tree(tree)


def test_a_link_is_no_file(tree: Path) -> None:
    (tree / "_data" / "b.png").symlink_to(tree / "_data" / "a.png")
    assert found(tree) == ["_data/b.png: is a link or a special file, which no host serves [file]"]


def test_what_a_vendor_writes_and_data_blocks_are_no_mistakes(tree: Path) -> None:
    put(tree, "_static/vendor/x.mjs", 'const home = "/home/web_user/x";')
    body('<script type="application/ld+json">{"a": 1}</script>')(tree)
    assert found(tree) == []


def test_only_paths_of_this_machine_keep_a_build_from_its_author(tree: Path) -> None:
    put(tree, "_data/names.csv", "id\n/home/alice/data/1.png\n")
    check_tree(tree)  # the name of a patch, which the archive brings
    put(tree, "_data/names.csv", f"id\n{Path.cwd()}/x.png\n")
    with pytest.raises(SiteError, match=r"_data/names\.csv:2: tells where it was made"):
        check_tree(tree)


def test_a_page_over_its_budget_is_named_with_its_part(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tree, "_static/a.css", os.urandom(70_000).hex())
    body('<img src="_data/b.png" alt="" width="40" height="20" loading="lazy">')(tree)
    put(tree, "_data/b.png", picture((40, 20)) + bytes(2_000_000))  # lazy: not loaded at first
    said = "loads 79 kB of styles at first, the budget is 60 kB [weight]"
    assert [line.partition("loads")[0] for line in found(tree)] == ["index.html: ", "labels.html: "]
    assert found(tree)[0].endswith("the budget is 60 kB [weight]"), said
    check_tree(tree)  # a question of degree
    weights = {one.page: one.parts for one in look_at(tree).weights}
    assert weights["labels.html"]["images"] == 0
    assert weights["index.html"]["images"] == (tree / "_data" / "a.png").stat().st_size
    monkeypatch.setitem(weight.BUDGET, "styles", 100_000)
    assert found(tree) == []


def test_the_modules_that_the_explorer_asks_for_are_weighed(tree: Path) -> None:
    before = look_at(tree).weights[0].parts["scripts"]
    changed("</head>", '<script src="_static/a.js" data-scripts="_static" data-first="m/b.js"></script></head>')(tree)
    put(tree, "_static/m/b.js", os.urandom(5000))
    assert look_at(tree).weights[0].parts["scripts"] > before + 5000


def test_the_budget_of_the_host_counts_previews(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree / "pr-preview" / "pr-7")
    (tree / "pr-preview" / "pr-7" / ".nojekyll").unlink()
    checked = look_at(tree)
    assert [str(finding) for finding in checked.findings] == []  # a preview has the titles of production
    assert checked.hosting.bytes == sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    assert list(checked.hosting.previews) == ["pr-preview/pr-7"]
    assert "in previews 0.0 MB" in str(checked.hosting)
    monkeypatch.setattr(hosting, "SITE", 1000)
    monkeypatch.setattr(hosting, "FILE", 9000)
    card = (tree / "_data" / "card.jpg").stat().st_size
    assert card > 9000
    lines = found(tree)
    assert lines[0].startswith("the tree has 0 MB, GitHub Pages takes 0")
    assert [line.partition(":")[0] for line in lines[1:]] == ["_data/card.jpg", "pr-preview/pr-7/_data/card.jpg"]


def test_findings_name_the_page_that_was_written(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = tmp_path / "book"
    put(book, "index.md", "# Start\n\nText.\n\nSee [there](nowhere.pdf), 100 %.\n")
    body('<a href="nowhere.pdf">x</a><h2></h2>')(tree)
    checked = look_at(tree)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    text = FORMATS["text"](checked.findings, checked, book).splitlines()
    assert text[0] == f"index.html:{LINE}: h2 is empty [heading] (book/index.md)"
    assert text[1] == f"index.html:{LINE}: nowhere.pdf: there is no such file [link] (book/index.md:5)"
    github = FORMATS["github"](checked.findings, checked, book).splitlines()
    assert github[1] == (
        f"::error file=book/index.md,line=5,title=dsdocs check%3A link::index.html:{LINE}: nowhere.pdf: "
        "there is no such file [link]"
    )
    value = json.loads(FORMATS["json"](checked.findings, checked, book))
    assert value["findings"][1] == {
        "path": "index.html", "line": LINE, "kind": "link", "message": "nowhere.pdf: there is no such file",
        "source": "book/index.md", "source_line": 5,
    }  # fmt: skip
    assert value["weights"]["index.html"]["total"] > 0


def test_an_annotation_cannot_be_ended_by_what_a_page_says() -> None:
    said = Finding("a.html", None, "link", "x\n::error::100 %\x1b[2J")
    (line,) = FORMATS["github"]([said], None, None).splitlines()
    assert line.startswith("::error title=dsdocs check%3A link::a.html: x")
    assert "100 %25" in line
    assert "\x1b" not in line


def test_every_kind_of_a_tree_is_seen_by_a_test() -> None:
    asked = {said.rpartition("[")[2].rstrip("]") for _, said in DEFECTS.values() if said.endswith("]")}
    elsewhere = {"weight", "hosting", "file", "pickle", "machine", "configuration", "page", "results", "outdated",
                 "request", "console", "wcag", "no-script", "description", "html"}  # fmt: skip
    assert set(KINDS) - elsewhere - asked == set()


def test_the_first_page_of_a_tree_is_as_the_tests_think() -> None:
    lines = page("Start", FIRST, name="index.html").splitlines()
    assert lines.index("</main>") + 1 == LINE


def test_a_tree_alone_is_checked_by_the_command(tree: Path) -> None:
    said, size, found_any = checked(Path(), None, tree, alone=True, browser=False, form="text")
    assert (said, found_any) == ("no findings", False)
    assert size.startswith("8 files, 0.0 MB, 0.0% of the 1 GB that GitHub Pages takes; the largest: _data/card.jpg")
    body('<p id="more">x</p>')(tree)
    said, _, found_any = checked(Path(), None, tree, alone=True, browser=False, form="github")
    assert said.startswith("::error title=dsdocs check%3A id::index.html:21: 2 elements")
    assert found_any


def test_a_tree_that_is_not_there_and_an_unknown_format_are_refused(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="nowhere: there is no such folder"):
        checked(Path(), None, tmp_path / "nowhere", alone=True, browser=False, form="text")
    with pytest.raises(SiteError, match="--format xml: there is no such format; known are: text, github, json"):
        checked(Path(), None, tree, alone=True, browser=False, form="xml")


def test_the_documented_budgets_are_those_of_the_check() -> None:
    text = (Path(__file__).parents[1] / "docs" / "check.md").read_text(encoding="utf-8")
    table = text.partition("## Weight of a page")[2].partition("\n## ")[0]
    documented = re.findall(r"\| ([\d.]+) (kB|MB) \|", table)
    assert [float(size) * {"kB": 1e3, "MB": 1e6}[unit] for size, unit in documented] == [
        weight.BUDGET[part] for part in ("page", "styles", "scripts", "images", "data")
    ]
