"""Thumbnails: a grid with captions and labels, and the mosaic at the head of the start page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dsdocs.render.listing import cards
from dsdocs.render.markup import Html, breakable, data_link, element
from dsdocs.render.parts import empty, frame
from dsdocs.views import Gallery, Hero, Picture

# Pictures used, and large ones among them; these take four cells each, and all fill rows of twelve and of six.
_MOSAICS = ((30, 6), (24, 4), (12, 0), (6, 0))
_PAGE = re.compile(r"(\.\./)*[\w-]+\.html")


def gallery(view: Gallery, slug: str) -> Html:
    """Show every picture with its caption and labels."""
    if not view.pictures:
        return frame(view, "gallery", slug, empty(), numbers=False)
    if view.groups:
        size = len(view.pictures) // len(view.groups)
        places = range(0, len(view.pictures), size)
        shown = [
            _group(view.pictures[place : place + size], caption)
            for place, caption in zip(places, view.groups, strict=True)
        ]
    else:
        shown = [_card(picture) for picture in view.pictures]
    items = [element("li", None, one) for one in shown]
    kind = "ds-grid ds-groups" if view.groups else "ds-grid"
    return frame(view, "gallery", slug, element("ul", {"class": kind, "role": "list"}, *items), numbers=False)


def _group(pictures: Sequence[Picture], caption: str) -> Html:
    """Show pictures that belong together as one figure, side by side at any width."""
    return element(
        "figure",
        {"class": "ds-group"},
        element("figcaption", None, caption),
        element("div", {"class": "ds-group-pictures"}, *map(_card, pictures)),
    )


def _card(picture: Picture) -> Html:
    chips = [element("li", None, chip) for chip in picture.chips]
    caption = element(
        "figcaption",
        None,
        element("span", {"class": "ds-picture-name"}, breakable(picture.caption)) if picture.caption else Html(""),
        element("ul", {"class": "ds-chips", "role": "list"}, *chips) if chips else Html(""),
        _mark(picture),
    )
    return element("figure", {"class": "ds-picture"}, _image(picture, picture.alt), caption)


def _mark(picture: Picture) -> Html:
    if not picture.mark:
        return Html("")
    led = _PAGE.fullmatch(picture.mark_link)
    link = element("a", {"href": picture.mark_link}, picture.mark) if led else picture.mark
    return element("p", {"class": "ds-picture-mark"}, link)


def _image(picture: Picture, alt: str) -> Html:
    return element(
        "img",
        {
            "src": data_link(picture.src),
            "width": picture.width,
            "height": picture.height,
            "alt": alt,
            "loading": "lazy",
            "decoding": "async",
        },
    )


def hero(view: Hero, slug: str) -> Html:
    """Open the start page: lead, key figures and mosaic; the title is the page's heading already."""
    return element(
        "figure",
        {"class": "ds-view ds-hero", "id": slug, "aria-label": view.title},
        element("p", {"class": "ds-hero-lead"}, view.lead) if view.lead else Html(""),
        cards(view.items) if view.items else Html(""),
        _mosaic(view) if view.pictures else Html(""),
    )


def _mosaic(view: Hero) -> Html:
    used, large = next(
        ((used, large) for used, large in _MOSAICS if len(view.pictures) >= used), (len(view.pictures), 0)
    )
    # One sentence stands for the mosaic; thirty names of patches would tell a listener nothing.
    images = [_image(picture, "") for picture in view.pictures[:used]]
    label = view.summary or f"{used} pictures from the data set"
    kind = f"ds-mosaic ds-mosaic-{large}" if large else "ds-mosaic" if used % 6 == 0 else "ds-mosaic ds-mosaic-few"
    return element("div", {"class": kind, "role": "img", "aria-label": label}, *images)
