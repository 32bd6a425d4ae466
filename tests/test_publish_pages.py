"""Pages of previews are written anew: the same to a browser, and nothing in them gets out of its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from dsdocs.publish.preview.css import LOOKS, OF_ELEMENTS, addresses, hiding, rules
from dsdocs.publish.preview.dress import About, dress
from dsdocs.publish.preview.html import read_page
from dsdocs.publish.preview.links import WrongAddressError, leads_away, local
from dsdocs.publish.preview.make import Site
from dsdocs.publish.preview.svg import svg_problems
from dsdocs.publish.preview.write import parse, same, serialise
from dsdocs.publish.preview.zips import File
from support.artifacts import HOSTILE, page, small_site
from support.sites import SAMPLE, Sites

ABOUT = About(7, "a" * 40, "https://github.com/owner/repo/pull/7")
# Ways by which text has got out of its place when a page was parsed, written and parsed again: by other parsers, other
# settings (scripts or none), or another idea of what is an element. Each sets `out` when it does.
_RUN = "<img src=x onerror=window.out=1>"
MUTATIONS = (
    f'<noscript><p title="</noscript>{_RUN}">x</p></noscript>',
    f"<noscript><style></noscript>{_RUN}</style></noscript>",
    f'<p title="</title>{_RUN}">x</p>',
    f'<p title="--&gt;{_RUN}">x</p><!-- {_RUN} -->',
    f"<!--><p>{_RUN.replace('<', '&lt;')}</p>-->",
    f"<!-- --!>{_RUN} -->",
    f'<svg><style><a title="</style>{_RUN}"></a></style></svg>',
    f'<svg><title><style><a title="</style>{_RUN}"></style></title></svg>',
    f"<svg><style>&lt;/style>{_RUN.replace('<', '&lt;')}</style></svg>",
    f"<svg><desc>&lt;/desc>{_RUN.replace('<', '&lt;')}</desc></svg>",
    f'<math><mtext><table><mglyph><style><!--</style><a title="--&gt;{_RUN.replace("<", "&lt;")}"></a>',
    f'<math><annotation-xml encoding="text/html"><style><a title="</style>{_RUN}"></style></annotation-xml></math>',
    f'<form action="search.html"><math><mtext></form><form><mglyph><style></math>{_RUN}',
    f"<style>/*</style>{_RUN}<style>*/</style>",
    f"<style>p::before {{ content: '&lt;/style>{_RUN.replace('<', '&lt;')}' }}</style>",
    f'<select><option>a</option><style></select>{_RUN}</style></select>',
    f"<textarea></textarea>{_RUN}",
    f"<noembed></noembed><xmp></xmp>{_RUN.replace('<', '&lt;')}",
    f"<p>{_RUN.replace('<', '&lt;')}</p><pre>\n\n  {_RUN.replace('<', '&lt;')}</pre>",
    f'<a title="`{_RUN.replace("<", "&lt;")}`" href="#x">x</a>',
    f'<script type="application/ld+json">{{"a": "<!--<script>{_RUN}"}}</script>',
    f'<script type="application/ld+json">{{"a": "</script>{_RUN}"}}</script>',
    f"<p>{chr(0xFDD0)}{_RUN.replace('<', '&lt;')}&#0;&#x80;&#xD800;</p>",
    f"<svg><a><p>x{_RUN}</a></svg>",
    '<img alt="&quot; onerror=window.out=1 x=&quot;" src="_data/thumbs/0.png">',
    f'<p id="a" id="b{_RUN}">x</p>',
    f"<table><tr><td>a</td></tr>{_RUN}</table>",
)  # fmt: skip


def written(body: str, styles: str = "") -> tuple[bytes | None, list[str]]:
    """Return a page of a preview as it would be placed, or why it is refused; the default branch has these styles."""
    read, problems = read_page("labels.html", page(body), small_site(), frozenset(rules(styles)))
    if read is None:
        return None, problems
    try:
        return dress("labels.html", read, {}, ABOUT), []
    except ValueError as error:
        return None, [str(error)]


def test_every_page_of_a_site_is_the_same_when_it_was_written_anew(sites: Sites) -> None:
    folder = sites[SAMPLE].site
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    known = Site.read(folder, {name: File(0, "") for name in files}).styles
    pages = sorted(name for name in files if name.endswith(".html"))
    assert len(pages) > 20
    for name in pages:
        data = (folder / name).read_bytes()
        tree, errors = parse(data.decode())
        again, more = parse(serialise(tree))
        assert (errors, more) == ([], []), name
        assert same(tree, again), name
        assert read_page(name, data, files, known)[1] == [], name
        assert b"<body>" in data, name  # nothing that a preview may not say of the whole page


TEXTS = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("<>&\"'\n/ -!`="), max_size=40
)


@given(TEXTS, TEXTS)
def test_any_text_and_any_attribute_come_back(text: str, value: str) -> None:
    tree, _ = parse(page('<pre title="v">t</pre><p>t</p>').decode())
    for name in ("pre", "p"):
        (node,) = tree.iter(f"{{http://www.w3.org/1999/xhtml}}{name}")
        node.text = text
        node.set("title", value)
    assert same(tree, parse(serialise(tree))[0])


@given(
    st.lists(
        st.sampled_from([*MUTATIONS, "<p>", "</p>", "<b>", "</svg>", "<math>", "<!--", "-->", "<td>", "x"]), max_size=5
    )
)
def test_what_is_written_is_read_the_same_again(parts: list[str]) -> None:
    data, problems = written("".join(parts))
    assert (data is None) == bool(problems)
    if data is not None:
        read, errors = parse(data.decode())
        assert errors == []
        assert same(read, parse(serialise(read))[0])
        assert b"onerror=window" not in data.replace(b"&lt;img src=x onerror=window", b"").replace(
            b'alt="&quot; onerror=window', b""
        ).replace(b"\\u003cimg src=x onerror=window", b"").replace(
            b"content: '&lt;/style>&lt;img src=x onerror=window", b""
        )


def test_text_that_wants_out_stays_where_it_is(page: Page, tmp_path: Path) -> None:
    """Open what is not refused, without a policy that would keep scripts from running."""
    opened = 0
    for number, body in enumerate(MUTATIONS):
        data, problems = written(body)
        if data is None:
            assert problems
            continue
        opened += 1
        text = data.decode()
        at = text.index("<meta http-equiv")
        file = tmp_path / f"{number}.html"
        file.write_text(text[:at] + text[text.index(">", at) + 1 :], encoding="utf-8")
        page.goto(file.as_uri())
        assert page.locator("aside.ds-preview").is_visible(), body
        assert page.evaluate("window.out") is None, body
        assert (
            page.evaluate("document.querySelectorAll('[onerror], iframe, script:not([src]):not([type])').length") == 0
        ), body
    assert 5 < opened < len(MUTATIONS)


def test_nothing_that_a_page_brings_hides_the_banner(page: Page, tmp_path: Path) -> None:
    style = (
        "aside, .ds-preview, body > :first-child { display: none !important; opacity: 0 !important; height: 0 "
        "!important; position: absolute !important; left: -999px !important; visibility: hidden !important; "
        "clip-path: circle(0) !important; transform: scale(0) !important; font-size: 0 !important } "
        "html { font-size: 0 } .ds-preview::first-line { font-size: 0; color: #ffd54a }"
    )
    data, problems = written(f"<style>{style}</style><h1>x</h1>", style)
    assert data is not None, problems
    (tmp_path / "x.html").write_bytes(data)
    page.goto((tmp_path / "x.html").as_uri())
    banner = page.locator("aside.ds-preview")
    assert banner.is_visible()
    box = banner.bounding_box()
    assert box is not None
    assert box["height"] > 20
    assert 0 <= box["x"] <= 8  # the margin of a body without a style sheet
    assert box["width"] > 500
    shown = "node => ['opacity', 'clipPath', 'transform', 'fontSize'].map((name) => getComputedStyle(node)[name])"
    assert banner.evaluate(shown) == ["1", "none", "none", "16px"]
    link = banner.get_by_role("link", name="Published site")
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert link.evaluate("node => getComputedStyle(node).outlineStyle") != "none"


FILES = frozenset({"index.html", "a/b.html", "a/index.html", "x y.png", "_static/a.css"})


@pytest.mark.parametrize(
    ("address", "where", "found"),
    [
        ("b.html?x=1#y", "a/b.html", ("a/b.html", "?x=1#y")),
        ("../index.html", "a/b.html", ("index.html", "")),
        ("a/", "index.html", ("a/index.html", "")),
        ("..", "a/b.html", ("index.html", "")),
        ("x%20y.png", "index.html", ("x y.png", "")),
    ],
)
def test_addresses_lead_to_files(address: str, where: str, found: tuple[str, str]) -> None:
    target = local(address, where, FILES)
    assert target is not None
    assert (target.path, target.suffix) == found
    again = local(target.address(where), where, FILES)
    assert again == target


ELSEWHERE = (
    "../x.html", "a/../../index.html", "%2e%2e/index.html", "..%2findex.html", "/index.html", "//host/x", "///host",
    "\\\\host", "https://host", "javascript:1", "JavaScript:1", " javascript:1", "java\nscript:1", "data:text/html,x",
    "blob:x", "file:///etc", "none.html", "http:index.html", "%00", "%ff", "a%5cb.html", "index.html\t", "C:/x",
    "%252e%252e/index.html", "&#106;s:x",
)  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE)
def test_addresses_that_lead_elsewhere_are_refused(address: str) -> None:
    with pytest.raises(WrongAddressError):
        local(address, "index.html", FILES)
    assert not leads_away(address) or address == "https://host"


@given(st.text(max_size=30))
def test_no_address_leads_out_of_the_preview(address: str) -> None:
    try:
        target = local(address, "a/b.html", FILES)
    except WrongAddressError:
        return
    assert target is None or target.path in FILES


LOADING = (
    "@import 'x.css';", "@IMPORT url(x)", "@\\69mport 'x'", "a{b:url(//host)}", "a{b:u\\72l(x)}", "a{b:url( 'x' 'y')}",
    "a{b:'open", "a{b:image-set('//host/x' 1x)}", "a{b:expression(1)}", "a{-moz-binding:url(x)}", "a{behavior:url(x)}",
    "/* open", "@charset 'x';", "a{b:src('x')}", "a{b:url(https://host/x)}", "a{b:url(data:text/html,x)}", "<!-- \\",
)  # fmt: skip


@pytest.mark.parametrize("text", LOADING)
def test_styles_that_load_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        _ = [local(address, "a/b.html", FILES) for address in addresses(text)]


def test_styles_that_load_nothing_foreign_are_allowed() -> None:
    text = "@media (min-width: 1px) { a:hover::before { content: '\\201c'; background: url(#a) } } /* @import */"
    assert list(addresses(text)) == []
    assert list(addresses("a{b:url('../_static/a.css')} c{d:url(x.png)}")) == ["../_static/a.css", "x.png"]
    assert list(addresses("a{b:url(data:image/png;base64,AAAA)}")) == []


INSIDE = (
    "<a href='x'/>", "<use href='x.svg#a'/>", "<image href='x'/>", "<set attributeName='href'/>",
    "<style>@import 'x'</style>", "<path style='fill:url(//host)'/>", "<path fill='url(//host)'/>", "<g onload='1'/>",
    "<html xmlns='http://www.w3.org/1999/xhtml'/>", "<title><g/></title>",
)  # fmt: skip
WHOLE = (
    "<svg/>", "<html xmlns='http://www.w3.org/2000/svg'/>", "", "<svg xmlns='http://www.w3.org/2000/svg'>",
    "<?xml version='1.0' encoding='utf-7'?><svg xmlns='http://www.w3.org/2000/svg'/>",
)  # fmt: skip


@pytest.mark.parametrize("text", [*(f"<svg xmlns='http://www.w3.org/2000/svg'>{one}</svg>" for one in INSIDE), *WHOLE])
def test_drawings_that_run_or_load_are_refused(text: str) -> None:
    assert svg_problems(text.encode())


def test_drawings_of_a_site_are_allowed() -> None:
    assert svg_problems(small_site()["_static/favicon.svg"]) == []


def test_there_are_hostile_builds_of_every_kind() -> None:
    assert len(HOSTILE) >= 15


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("p{color:red;PADDING:0}", None),
        ("#T_1 tr:hover td{background-color:red}", None),
        ("p{color:red;position:fixed}", "position"),
        ("p{}q{color:red}r{/*;*/Z-index/**/ :9}", "Z-index"),
        ("@media all{p{color:red}body{b{color:red} margin:0}}", "margin"),
        ("p{--ds-share:1}", "--ds-share"),
        ("p::after{content:'{color:red'}", "content"),
    ],
)
def test_rules_of_previews_set_looks_alone(rule: str, found: str | None) -> None:
    assert hiding(rule, LOOKS) == found


def test_styles_of_an_element_may_say_how_long_a_bar_is() -> None:
    assert hiding("--ds-share:0.5; display:none;width:3%", OF_ELEMENTS) is None
    assert hiding("--pst-x:0;position : fixed", OF_ELEMENTS) == "--pst-x"
    assert hiding("width:3%;position : fixed", OF_ELEMENTS) == "position"


def test_a_page_does_not_tell_other_sites_its_address_nor_shrink_itself() -> None:
    metas = '<meta name="Referrer" content="unsafe-url"><meta name="viewport" content="width=9999">'
    data, problems = written(f"<p>{metas}x</p>")
    assert data is not None, problems
    assert b"unsafe-url" not in data
    assert b"9999" not in data
