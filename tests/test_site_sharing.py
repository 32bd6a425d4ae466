"""What a page says to search engines and in cards, and the picture of a card."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docutils import nodes
from docutils.utils import new_document
from PIL import Image, ImageChops

from dsdocs.analyses.overview import Overview
from dsdocs.site import card
from dsdocs.site.sharing import add_meta
from dsdocs.site.sizes import give_sizes
from dsdocs.views import Number, Picture
from support.sites import SAMPLE, Sites

HOSTILE = '"><script>alert(1)</script> & co'
FIGURES = (Number("Patches", "590,326"), Number("Classes", "19"))


def meta(page: str, *, title: str, text: str = "", url: str | None = None, given: str = "") -> dict[str, str]:
    """Return what `add_meta` writes."""
    dataset = SimpleNamespace(description="An invented archive.")
    project = SimpleNamespace(
        description=SimpleNamespace(title="A data set"),
        config=SimpleNamespace(dataset=dataset, site=SimpleNamespace(url=url)),
        facts={"n_patches": {"text": "64"}, "n_classes": {"text": "15"}},
    )
    app: Any = SimpleNamespace(
        config=SimpleNamespace(dsdocs_project=project, root_doc="index"),
        builder=SimpleNamespace(get_target_uri=lambda name: f"{name}.html"),
    )
    tree = new_document("page")
    if text:
        tree += nodes.paragraph("", text)
    context = {"title": title, "metatags": given}
    add_meta(app, page, "page.html", context, tree)
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', context["metatags"])
    assert "<script" not in context["metatags"]
    assert len(found) == context["metatags"].count("<meta") == len(dict(found))
    return {key: unescape(value) for key, value in found}


def test_a_page_is_described_by_its_first_paragraph_and_the_start_by_its_counts() -> None:
    found = meta("labels", title="Labels &amp; more", text="All  of\nthem.")
    assert (found["description"], found["og:description"]) == ("All of them.", "All of them.")
    assert (found["og:title"], found["og:site_name"]) == ("Labels & more", "A data set")
    assert meta("index", title="x", text="y")["description"] == "64 patches, 15 classes. An invented archive."
    assert meta("search", title="Search")["description"] == "Search of A data set"


def test_a_long_description_ends_after_a_word() -> None:
    said = meta("labels", title="Labels", text="forests, " * 60)["description"]
    assert len(said) <= 160
    assert said.endswith("forests\N{HORIZONTAL ELLIPSIS}")


def test_text_stays_text() -> None:
    found = meta("labels", title=HOSTILE.replace('"', "&quot;"), text=HOSTILE, url="https://a.example/b")
    assert found["description"] == HOSTILE
    # What looks like an element in a title is none of it, as in the title of the page.
    assert found["og:title"] == '">alert(1) & co'


def test_what_the_author_says_of_a_page_is_left_as_it_is() -> None:
    found = meta("labels", title="Labels", text="x", given='<meta name="description" content="Mine.">')
    assert found["description"] == "Mine."


def test_a_card_has_whole_addresses_and_none_where_the_site_has_no_address() -> None:
    found = meta("labels", title="Labels", url="https://a.example/b")
    assert found["og:url"] == "https://a.example/b/labels.html"
    assert found["og:image"] == "https://a.example/b/_data/card.jpg"
    assert found["twitter:card"] == "summary_large_image"
    assert {"og:image", "og:url"} & set(meta("labels", title="Labels")) == set()


def drawn(title: str, folder: Path, n: int = 6) -> Image.Image:
    pictures = []
    for place in range(n):
        name = f"{place}.webp"
        Image.new("RGB", (64, 48), (40 * place, 90, 200)).save(folder / name, lossless=True)
        pictures.append(Picture(name, 64, 48, "", ""))
    return card._drawn(title, Overview("", FIGURES, tuple(pictures)), folder)


def test_equal_facts_give_equal_bytes(tmp_path: Path) -> None:
    first, second = (card._jpeg(drawn("A data set", tmp_path)) for _ in range(2))
    assert first == second
    with Image.open(io.BytesIO(first)) as opened:
        assert (opened.format, opened.size) == ("JPEG", card.SIZE)
    assert card._jpeg(drawn("Another data set", tmp_path)) != first


def test_patches_fill_the_right_of_a_card_and_text_the_left(tmp_path: Path) -> None:
    found = drawn("A data set", tmp_path)
    assert [found.getpixel((1100, row * 210 + 100)) for row in range(3)] == [(0, 90, 200), (40, 90, 200), (80, 90, 200)]
    assert found.getpixel((800, 100)) == (120, 90, 200)
    assert found.crop((64, 64, 600, 140)).getbbox() is not None


@pytest.mark.parametrize("title", ["A", "word " * 60, "x" * 200, "\u0436\u4e2d\U0001f6f0 " * 9, ""])
def test_any_title_stays_within_its_part_of_the_card(title: str, tmp_path: Path) -> None:
    without, found = (drawn(one, tmp_path, n=0) for one in ("", title))
    changed = ImageChops.difference(without, found).getbbox()
    assert changed is None or changed[2] <= card.SIZE[0] - 2 * 210


def test_the_card_of_a_site_is_there(sites: Sites) -> None:
    with Image.open(sites[SAMPLE].site / "_data" / card.CARD) as opened:
        assert opened.size == card.SIZE
    assert (sites[SAMPLE].site / "_data" / card.CARD).stat().st_size < 300_000


def test_pictures_of_a_page_get_the_size_of_their_file(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    app: Any = SimpleNamespace(
        srcdir=str(tmp_path), builder=SimpleNamespace(images={"a.png": "a.png", "b.svg": "b.svg"})
    )
    context = {
        "body": '<img alt="" src="../_images/a.png" /><img src="_images/a.png" alt="" width="3">'
        '<img src="_images/b.svg" alt=""><img src="_data/a.png" alt="">'
    }
    give_sizes(app, "page", "page.html", context, None)
    assert context["body"] == (
        '<img alt="" src="../_images/a.png" width="30" height="20" /><img src="_images/a.png" alt="" width="3">'
        '<img src="_images/b.svg" alt=""><img src="_data/a.png" alt="">'
    )
