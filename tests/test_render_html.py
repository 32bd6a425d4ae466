"""Figures are complete and well-formed HTML in which no text of the data becomes markup."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import html5lib
import pytest
from hypothesis import given, settings

from dsdocs.render.files import page_scripts, page_styles, side_files
from dsdocs.render.html import html
from dsdocs.render.listing import tree
from dsdocs.render.markup import element, embedded_json, text
from dsdocs.views import (
    Bars,
    Calendar,
    Code,
    Distribution,
    Gallery,
    Heatmap,
    Hero,
    Histograms,
    Lines,
    Map,
    Number,
    Numbers,
    Picture,
    Series,
    Spectrum,
    Table,
    Tree,
    View,
)
from support.views import HOSTILE, filled, views

PLAIN = filled(("Pastures", "Mixed forest", "Sea and ocean"))
OURS = re.compile(
    "a|button|caption|circle|code|dd|details|div|dl|dt|fieldset|figcaption|figure|g|img|input|label|legend|li|line|output|p|path|pre|"
    "rect|script|span|strong|summary|svg|table|tbody|td|text|th|thead|tr|ul|wbr"
)


PANELS = {"Lines", "Histograms"}


def parsed(view: View) -> ET.Element:
    """Parse as XML, which forgives nothing."""
    return ET.fromstring(html(view, slug="fig"))


def words(node: ET.Element) -> str:
    return "".join(node.itertext())


def kind(view: View) -> str:
    return type(view).__name__


@given(views())
@settings(deadline=None, max_examples=80)
def test_any_view_is_well_formed_and_holds_only_our_markup(view: View) -> None:
    figure = parsed(view)
    html5lib.HTMLParser(strict=True).parseFragment(html(view, slug="fig"))
    for node in figure.iter():
        assert OURS.fullmatch(node.tag)
        assert not [name for name in node.attrib if name.startswith("on")]
        assert node.get("href") in {None, "#fig", "dsdocs:csv/fig.csv", "dsdocs:charts/fig.json"}
        assert node.get("src", "dsdocs:").startswith("dsdocs:")
        assert node.tag != "script" or node.get("src") == "dsdocs:maps/fig.js"
        assert "<" not in node.get("style", "")


@pytest.mark.parametrize("view", filled(HOSTILE), ids=kind)
def test_hostile_text_is_shown_as_it_is_and_never_becomes_markup(view: View) -> None:
    figure = parsed(view)
    shown = words(figure) + " ".join(value for node in figure.iter() for value in node.attrib.values())
    assert HOSTILE[0] in shown
    assert all(OURS.fullmatch(node.tag) for node in figure.iter())
    assert not [node for node in figure.iter("script") if node.get("src") is None or words(node)]


@pytest.mark.parametrize("view", filled(HOSTILE), ids=kind)
def test_text_cannot_imitate_a_link_into_the_data_folder(view: View) -> None:
    raw = html(view, slug="fig")
    links = raw.count('="dsdocs:')
    linked = sum(value.startswith("dsdocs:") for node in parsed(view).iter() for value in node.attrib.values())
    assert links == linked
    assert '="dsdocs:stolen' not in raw


@pytest.mark.parametrize("view", PLAIN, ids=kind)
def test_every_figure_has_its_id_a_name_and_only_unique_ids(view: View) -> None:
    figure = parsed(view)
    ids = [node.get("id") for node in figure.iter() if node.get("id")]
    assert figure.tag == "figure"
    assert figure.get("id") == "fig"
    assert len(ids) == len(set(ids))
    named = figure.get("aria-labelledby")
    assert figure.get("aria-label") or words(next(node for node in figure.iter() if node.get("id") == named))
    for node in figure.iter():
        for reference in ("aria-labelledby", "aria-describedby"):
            assert node.get(reference) is None or node.get(reference) in ids


@pytest.mark.parametrize("view", [view for view in PLAIN if not isinstance(view, Hero)], ids=kind)
def test_every_figure_links_to_itself_and_to_the_files_it_brings(view: View) -> None:
    nodes = [node for node in parsed(view).iter() if node.tag in {"a", "img", "script"}]
    addresses = {node.attrib["href" if node.tag == "a" else "src"] for node in nodes}
    # Thumbnails are made with the summary, not by a view.
    addresses = {address for address in addresses if not address.startswith("dsdocs:thumbs/")}
    assert addresses == {"#fig", *(f"dsdocs:{path}" for path in side_files(view, slug="fig"))}


@pytest.mark.parametrize("view", PLAIN, ids=kind)
def test_every_drawing_has_its_numbers_in_a_table_with_caption_and_scopes(view: View) -> None:
    tables = list(parsed(view).iter("table"))
    assert bool(tables) == (
        kind(view) in {"Bars", "Heatmap", "Table", "Calendar", "Spectrum", "Map", "Scaling"} | PANELS
    )
    for table in tables:
        assert words(table.find("caption"))  # type: ignore[arg-type]
        assert all(header.get("scope") in {"row", "col"} for header in table.iter("th"))
        assert all(row[0].tag == "th" for row in table.find("tbody"))  # type: ignore[union-attr]


@pytest.mark.parametrize("view", PLAIN, ids=kind)
def test_every_svg_is_described_or_hidden(view: View) -> None:
    for drawing in parsed(view).iter("svg"):
        described = drawing.get("role") == "img" and drawing.get("aria-labelledby") and drawing.get("aria-describedby")
        assert described or drawing.get("aria-hidden") == "true"


@pytest.mark.parametrize(
    "view",
    [
        Numbers("None", ()),
        Bars("None", (), (), ""),
        Heatmap("None", (), (), (), ""),
        Table("None", ("id",), ()),
        Calendar("None", (), (), ""),
        Spectrum("None", (), (), (), ()),
        Lines("None", "", (), (), (), ""),
        Histograms("None", "", "pixels", ()),
        Map("None", (), (0, 0, 0, 0)),
        Gallery("None", ()),
        Tree("None", ()),
    ],
    ids=kind,
)
def test_a_view_without_values_says_so(view: View) -> None:
    assert "Nothing to show" in words(parsed(view))


@pytest.mark.parametrize("slug", ["", "A", "7up", "a b", 'a"b', "ä", "a/../b", "a" * 101, "a\n"])
def test_a_slug_that_is_no_id_and_file_name_is_refused(slug: str) -> None:
    with pytest.raises(ValueError, match="cannot name a figure"):
        html(Number("Patches", 5), slug=slug)


@pytest.mark.parametrize(
    "view",
    [
        Bars("Odd", ("a", "b"), (1,), ""),
        Heatmap("Odd", ("a",), ("b", "c"), ((1,),), ""),
        Calendar("Odd", ("2020-01-01",), (), ""),
        Calendar("Odd", ("yesterday",), (1,), ""),
        Spectrum("Odd", ("B1",), (), (), ()),
        Lines("Odd", "", (1.0,), ("B1",), (Series("a", (), ()),), ""),
        Histograms("Odd", "", "", (Distribution("a", 0.0, 1.0, (1,)),), ("median",)),
    ],
    ids=kind,
)
def test_parts_that_do_not_fit_are_refused(view: View) -> None:
    with pytest.raises(ValueError, match=r"."):
        html(view, slug="fig")


def test_the_longest_bar_is_full_and_the_others_are_in_proportion() -> None:
    figure = parsed(Bars("Bars", ("a", "b", "c", "d"), (50, 200, 0, -3), "patches"))
    shares = [node.get("style") for node in figure.iter("span") if node.get("class") == "ds-bar"]
    assert shares == ["--ds-share:0.2500", "--ds-share:1.0000", "--ds-share:0.0000", "--ds-share:0.0000"]


def test_a_calendar_shows_each_month_between_first_and_last_day_with_its_sum() -> None:
    figure = parsed(Calendar("Days", ("2017-11-30", "2018-02-01", "2018-02-28"), (7, 1, 2), "patches"))
    months = [words(node).split() for node in figure.iter("li") if node.find("svg") is not None]
    assert months == [["Nov", "7"], ["Dec", "–"], ["Jan", "–"], ["Feb", "3"]]  # noqa: RUF001
    squares = [sum(1 for _ in node.iter("rect")) for node in figure.iter("svg")]
    assert squares == [30, 31, 31, 28]


def test_a_leap_day_has_its_square() -> None:
    figure = parsed(Calendar("Days", ("2020-02-29",), (7,), "patches"))
    coloured = [node.attrib for node in figure.iter("rect") if node.get("class") != "ds-step-0"]
    assert [(square["x"], square["y"]) for square in coloured] == [("48", "60")]  # a Saturday in the fifth week


def test_many_years_become_a_table_of_months() -> None:
    days = tuple(f"{year}-03-01" for year in range(1984, 2020))
    assert parsed(Calendar("Days", days, (1,) * 36, "scenes")).find(".//table[@class='ds-heat']") is not None


def test_labels_of_neighbouring_bands_keep_their_distance() -> None:
    centres = (704.1, 740.5, 782.8, 864.7)
    figure = parsed(Spectrum("Bands", ("B05", "B06", "B07", "B8A"), centres, (15.0,) * 4, (20.0,) * 4))
    places = [float(node.attrib["x"]) for node in figure.iter("text") if node.get("class") == "ds-band-name"]
    assert places == sorted(places)
    assert min(right - left for left, right in pairwise(places)) >= 30


def test_a_tree_nests_by_depth_and_a_jump_counts_as_one() -> None:
    entries = ((0, "root/", ""), (1, "a/", ""), (5, "deep", ""), (1, "b", "note"), (0, "other", ""))
    figure = ET.fromstring(tree(Tree("Tree", entries), "fig"))
    top = figure.find(".//ul")
    assert top is not None
    assert [words(item.find("code")) for item in top] == ["root/", "other"]  # type: ignore[arg-type]
    assert [words(item).split() for item in top[0].findall("ul/li")] == [["a/deep"], ["b", "note"]]


def test_code_keeps_every_character_and_the_class_of_the_copy_button() -> None:
    source = '\n  {"a": "<b>&amp;", "ä": 1}\n\n'
    figure = parsed(Code("Metadata", source, "json"))
    pre = figure.find(".//div[@class='highlight']/pre")
    assert pre is not None
    assert words(pre) == source


@pytest.mark.parametrize(("given", "used"), [(3, 3), (6, 6), (11, 6), (12, 12), (24, 24), (29, 24), (40, 30)])
def test_a_mosaic_uses_a_number_of_pictures_that_fills_it(given: int, used: int) -> None:
    pictures = tuple(Picture(f"thumbs/{place}.webp", 120, 120, "", "") for place in range(given))
    assert sum(1 for _ in parsed(Hero("Start", "", (), pictures)).iter("img")) == used


def test_pictures_of_a_group_are_one_figure_with_one_caption() -> None:
    pictures = tuple(Picture(f"thumbs/{place}.webp", 64, 64, f"alt {place}", f"p{place}") for place in range(4))
    figure = parsed(Gallery("G", pictures, "2 pairs.", ("1: the same place", "2: <beside> it")))
    groups = figure.findall(".//figure[@class='ds-group']")
    assert [[node.get("alt") for node in group.iter("img")] for group in groups] == [
        ["alt 0", "alt 1"], ["alt 2", "alt 3"],
    ]  # fmt: skip
    assert [words(caption) for group in groups if (caption := group.find("figcaption")) is not None] == [
        "1: the same place", "2: <beside> it",
    ]  # fmt: skip


def test_a_picture_name_cannot_leave_the_data_folder_for_a_host() -> None:
    figure = parsed(Gallery("G", (Picture("javascript:alert(1)//é ?x#y", 1, 1, "", ""),)))
    assert [node.get("src") for node in figure.iter("img")] == ["dsdocs:javascript%3Aalert%281%29//%C3%A9%20%3Fx%23y"]


def test_characters_that_html_cannot_hold_are_replaced() -> None:
    assert text("a\x00b\x1b[31m\ud800\uffff") == "a\ufffdb\ufffd[31m\ufffd\ufffd"


def test_json_in_a_page_has_no_angle_bracket() -> None:
    assert embedded_json({"a": "</script>&"}) == '{"a":"\\u003c/script\\u003e\\u0026"}'


def test_an_attribute_is_escaped_left_out_or_bare() -> None:
    made = element("b", {"title": '"<', "hidden": True, "id": None, "lang": False}, "a<b")
    assert made == '<b title="&quot;&lt;" hidden="">a&lt;b</b>'


def test_pages_load_scripts_only_for_what_they_show() -> None:
    needs = {kind(view): (page_scripts(view), page_styles(view)) for view in PLAIN}
    assert needs.pop("Map") == (
        ("vendor/leaflet/leaflet.js", "js/cells.js", "js/map.js"),
        ("vendor/leaflet/leaflet.css", "css/map.css"),
    )
    assert needs.pop("Table") == (("js/table.js",), ())
    assert needs.pop("Scaling") == (("js/scaling.js",), ())
    assert set(needs.values()) == {((), ())}


_DIGEST = """
import hashlib, sys
sys.path[:0] = sys.argv[1:]
from support.views import HOSTILE, filled
from dsdocs.render.files import side_files
from dsdocs.render.html import html
digest = hashlib.sha256()
for view in filled(HOSTILE):
    digest.update(html(view, slug="fig").encode())
    for path, content in side_files(view, slug="fig").items():
        digest.update(path.encode() + content)
print(digest.hexdigest())
"""


def test_the_same_view_gives_the_same_bytes_in_every_process() -> None:
    tests = Path(__file__).parent
    runs = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST, str(tests), str(tests.parent / "src")],
            env={"PYTHONHASHSEED": seed, "PATH": "", "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(runs) == 1


def test_bars_that_are_parts_of_a_whole_say_which_part() -> None:
    view = Bars("Classes", ("a", "b", "c"), (50.0, 1.0, 0.01), "patches", "", 200.0)
    cells = [words(node).split("\n")[0] for node in parsed(view).iter("td")]
    assert cells == ["50 25 %", "1 0.5 %", "0.01 < 0.1 %"]
    assert side_files(view, slug="fig")["csv/fig.csv"].splitlines()[1] == b"a,50.0,25.0"


def test_values_around_a_middle_are_coloured_by_side_and_distance() -> None:
    view = Heatmap("Difference", ("a",), ("p", "q", "r", "s"), ((-4.0, -1.0, 0.0, 4.0),), "points", "", 0.0)
    cells = [node.get("class") for node in parsed(view).iter("td")]
    assert cells == ["ds-under-6", "ds-under-1", "ds-step-0", "ds-step-6"]
    legend = next(node for node in parsed(view).iter("div") if node.get("class") == "ds-legend")
    assert words(legend).split("\n")[:2] == ["pointsbelow 0", "above 0"]


def test_a_long_heat_map_keeps_the_names_of_its_columns_in_sight() -> None:
    long = Heatmap("Long", tuple(map(str, range(43))), ("a", "b"), ((1.0, 2.0),) * 43, "%")
    assert "ds-scroll-tall" in html(long, slug="fig")
    short = Heatmap("Short", tuple(map(str, range(19))), ("a", "b"), ((1.0, 2.0),) * 19, "%")
    assert "ds-scroll-tall" not in html(short, slug="fig").split("<details")[0]
