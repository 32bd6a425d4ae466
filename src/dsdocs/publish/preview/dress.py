"""Write a page of a preview: where its files lie, what it may load, and a banner that says what it is."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from dsdocs.publish.preview.elements import HTML
from dsdocs.publish.preview.html import Page
from dsdocs.publish.preview.write import parse, same, serialise
from dsdocs.site.policy import content_policy

BANNER = "ds-preview"
# What a page may not say for itself: whether it is found, what other sites are told (the words of a search may stand in
# an address), and how large it is shown, for the banner may be too small to be read.
_OURS = frozenset({"robots", "googlebot", "referrer", "viewport"})
# Styles of the element itself that are important win over all style sheets of the page, and it lies above all: so that
# none can hide the banner, the others may not place anything (see `css`). Lengths do not depend on the page's, and what
# a flex container holds has no first line of its own to be styled.
_STYLE = {
    "all": "initial", "display": "flex", "flex-wrap": "wrap", "justify-content": "center",
    "gap": "0 8px", "position": "relative", "z-index": "2147483647", "box-sizing": "border-box",
    "width": "100%", "padding": "10px 16px", "background": "#ffd54a", "color": "#1a1a1a",
    "font": "16px/1.4 system-ui, sans-serif", "text-align": "center", "border-bottom": "2px solid #1a1a1a",
}  # fmt: skip
# Not "all": the ring around a link that has the focus comes from the style sheets.
_LINK = {
    "display": "inline",
    "color": "#003a8c",
    "text-decoration": "underline",
    "visibility": "visible",
    "opacity": "1",
}


@dataclass(frozen=True, slots=True)
class About:
    """What the banner says; all of it from the API of the host."""

    number: int
    sha: str
    pull_request: str  # its address


def dress(path: str, page: Page, places: Mapping[str, str], about: About) -> bytes:
    """Return the bytes of a page.

    Parameters
    ----------
    path
        Of the page in the preview.
    page
        As it was verified; it is changed.
    places
        Where files lie that do not lie in the preview, from its root.
    about
        What the banner says.

    Raises
    ------
    ValueError
        Parsed again, what was written would be another page.
    """
    for reference in page.references:
        if reference.target.path in places:
            reference.point(path, places[reference.target.path])
    head, body = (page.tree.find(f"{{{HTML}}}{name}") for name in ("head", "body"))
    if head is None or body is None:
        raise ValueError("has frames in the place of a body")
    for one in [one for one in page.tree.iter(f"{{{HTML}}}meta") if _is_replaced(one)]:
        _remove(page.tree, one)
    # One of two policies of ours, whatever the page asked for.
    policy = content_policy(wasm=page.policy == content_policy(wasm=True))
    first = [
        _element("meta", {"charset": "utf-8"}),
        _element("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        _element("meta", {"name": "robots", "content": "noindex"}),
        _element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
    ]
    head[:0] = first
    body.insert(0, _banner(path, about))
    text = serialise(page.tree)
    again, errors = parse(text)
    if errors or not same(page.tree, again):
        raise ValueError("means something else when it is written and read again")
    return text.encode()


def _is_replaced(meta: Element) -> bool:
    name = meta.attrib.get("name", "").casefold().strip()
    return "charset" in meta.attrib or "http-equiv" in meta.attrib or name in _OURS


def _remove(tree: Element, node: Element) -> None:
    parent = next(one for one in tree.iter() if node in list(one))
    at = list(parent).index(node)
    if at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + (node.tail or "")
    else:
        parent.text = (parent.text or "") + (node.tail or "")
    parent.remove(node)


def _banner(path: str, about: About) -> Element:
    # "complementary" at the top level, so that all of the page lies in landmarks.
    banner = _element("aside", {"class": BANNER, "aria-label": "Preview", "style": _styles(_STYLE)})
    banner.text = (
        f"This is a preview of pull request #{about.number} at commit {about.sha[:12]}, not the published site. "
    )
    request = _link(about.pull_request, "Pull request")
    request.tail = " \u00b7 "
    up = posixpath.relpath("../../index.html", posixpath.dirname(path) or ".")
    banner.extend([request, _link(up, "Published site")])
    return banner


def _link(address: str, text: str) -> Element:
    link = _element("a", {"href": address, "style": _styles(_LINK)})
    link.text = text
    return link


def _element(name: str, attributes: Mapping[str, str]) -> Element:
    return Element(f"{{{HTML}}}{name}", dict(attributes))


def _styles(styles: Mapping[str, str]) -> str:
    return ";".join(f"{name}:{value}!important" for name, value in styles.items())
