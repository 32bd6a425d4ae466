"""What a preview changes: pages, numbers, figures, published figures, size; whatever its files hold."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.publish.changes import PICTURES, Comparison, compare
from dsdocs.publish.contents import read_contents
from support.small_sites import SmallSite, png

NOTHING = {"added": [], "removed": [], "changed": []}


def written(folder: Path, site: SmallSite) -> Path:
    for name, data in site.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture
def production(tmp_path: Path) -> Path:
    return written(tmp_path / "production", SmallSite())


def against(production: Path, site: SmallSite) -> Comparison:
    return compare(production, written(production.with_name("preview"), site))


def test_nothing_differs_from_itself(production: Path) -> None:
    found = against(production, SmallSite())
    sizes = found.changes.pop("bytes")
    assert sizes["before"] == sizes["after"] == sum(len(data) for data in SmallSite().files().values())
    assert found == Comparison({"pages": NOTHING, "facts": [], "figures": [], "claims": []}, {})


def test_a_sentence_changes_its_page_alone(production: Path) -> None:
    # The fingerprint in the foot of every page is another one, too.
    found = against(production, SmallSite(sentence="The archive holds patches of 2 classes.")).changes
    assert found["pages"] == {**NOTHING, "changed": [{"path": "index.html", "title": "Guide"}]}
    assert (found["facts"], found["figures"], found["claims"]) == ([], [], [])


@pytest.mark.parametrize("mark", ["data-ds-foot", 'data-ds-comments="giscus"'])
def test_what_tells_of_the_build_is_no_change(mark: str, production: Path) -> None:
    page = SmallSite().files()["index.html"].decode()
    for folder, text in ((production, "Built from 1."), (production.with_name("preview"), "Built from <b>2</b>.")):
        inside = f"<section {mark}><section>{text}</section><p>{text}</p></section><p>The end.</p></article>"
        written(folder, SmallSite(more={"index.html": page.replace("</article>", inside).encode()}))
    assert compare(production, production.with_name("preview")).changes["pages"] == NOTHING
    (production / "index.html").write_text((production / "index.html").read_text().replace("The end", "An end"))
    assert compare(production, production.with_name("preview")).changes["pages"]["changed"] != []


def test_numbers_are_told_before_and_after(production: Path) -> None:
    found = against(production, SmallSite(classes={"forest": 32, "water": 8, "ice": 1})).changes
    assert found["facts"] == [
        {"key": "n_classes", "description": "Classes that occur.", "before": "2", "after": "3"},
        {"key": "n_patches", "description": "Patches in the data set.", "before": "40", "after": "41"},
    ]
    assert [one["path"] for one in found["pages"]["changed"]] == ["index.html", "labels.html"]


def test_numbers_that_come_and_go_are_told(production: Path) -> None:
    facts = {"n_new": {"description": "New.", "text": "7"}, "n_classes": {"description": "Old.", "text": "2"}}
    found = against(production, SmallSite(more={"_data/facts.json": json.dumps(facts).encode()})).changes
    assert [(one["key"], one["before"], one["after"]) for one in found["facts"]] == [
        ("n_new", None, "7"),
        ("n_patches", "40", None),
    ]


def test_published_figures_that_are_judged_otherwise_are_told(production: Path) -> None:
    found = against(production, SmallSite(verdict="differs")).changes
    expected = {"key": "paper.patches", "says": "Patches of the paper", "before": "agrees", "after": "differs"}
    assert found["claims"] == [expected]


def test_pages_that_come_and_go_are_told(production: Path) -> None:
    (production / "old.html").write_text("<title>Old - Guide</title><p>x</p>")
    found = against(production, SmallSite(more={"new/page.html": b"<title>New - Guide</title>"})).changes
    assert found["pages"] == {
        "added": [{"path": "new/page.html", "title": "New"}],
        "removed": [{"path": "old.html", "title": "Old"}],
        "changed": [],
    }


def test_previews_beside_production_are_no_part_of_it(production: Path) -> None:
    written(production / "pr-preview" / "pr-1", SmallSite(sentence="x"))
    assert against(production, SmallSite()).changes["pages"] == NOTHING


def test_a_figure_is_drawn_before_and_after(production: Path) -> None:
    found = against(production, SmallSite(classes={"forest": 16, "water": 8}))
    assert found.changes["figures"] == [
        {
            "page": "labels.html", "title": "Patches of each class", "state": "changed",
            "before": "1-before.svg", "after": "1-after.svg",
        }
    ]  # fmt: skip
    bars = {side: rectangles(found.pictures[f"1-{side}.svg"]) for side in ("before", "after")}
    heights = {side: [float(bar["height"]) for bar in found] for side, found in bars.items()}
    assert heights["before"] == pytest.approx([116, 116 / 4])  # 32 and 8, on the same scale on both sides
    assert heights["after"] == pytest.approx([116 / 2, 116 / 4])
    # What differs has a colour of its own.
    assert [bar["fill"] == bars["after"][1]["fill"] for bar in bars["after"]] == [False, True]


def rectangles(svg: bytes) -> list[dict[str, str]]:
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {one.tag for one in root} <= {"{http://www.w3.org/2000/svg}rect"}
    return [one.attrib for one in root]


def test_a_figure_whose_numbers_are_the_same_has_no_pictures(production: Path) -> None:
    found = against(production, SmallSite(figure="Other words"))
    assert [(one["title"], one["before"], one["after"]) for one in found.changes["figures"]] == [
        ("Other words", "", "")
    ]
    assert found.pictures == {}


def test_bars_below_zero_hang_from_the_line(production: Path) -> None:
    found = against(production, SmallSite(classes={"forest": 32, "water": -32}))
    first, second = rectangles(found.pictures["1-after.svg"])
    assert float(first["y"]) + float(first["height"]) == pytest.approx(float(second["y"]))


def test_a_matrix_is_drawn_as_cells(production: Path) -> None:
    matrix = b"class,a,b,c,d\n" + b"".join(b"row %d,1,2,3,%d\n" % (row, row) for row in range(5))
    page = SmallSite(classes={"forest": 1}).files()["labels.html"]
    found = against(production, SmallSite(more={"_data/csv/labels-classes.csv": matrix, "labels.html": page}))
    assert len(rectangles(found.pictures["1-after.svg"])) == 20


def test_another_picture_is_shown_as_it_is(production: Path) -> None:
    page = SmallSite().files()["labels.html"].replace(b'alt="A patch"', b'alt="Another patch"')
    found = against(production, SmallSite(grey=200, more={"labels.html": page}))
    assert found.changes["figures"][0]["after"] == "1-after.png"
    assert found.pictures == {"1-before.png": png(90), "1-after.png": png(200)}


def test_figures_that_come_and_go_are_told(production: Path) -> None:
    page = SmallSite().files()["labels.html"].replace(b"labels-classes", b"labels-others")
    found = against(production, SmallSite(more={"labels.html": page})).changes
    assert [(one["state"], one["title"]) for one in found["figures"]] == [
        ("removed", "Patches of each class"),
        ("added", "Patches of each class"),
    ]


def test_only_so_many_figures_are_drawn(production: Path) -> None:
    page = SmallSite().files()["labels.html"].decode()
    (figure,) = re.findall(r'<figure class="ds-view ds-bars".*?</figure>', page, re.DOTALL)
    many = "".join(figure.replace("labels-classes", f"labels-{index}", 3) for index in range(30))
    many = many.replace(f"_data/csv/labels-{29}.csv", "_data/csv/labels-classes.csv")
    found = against(production, SmallSite(more={"labels.html": page.replace(figure, many).encode()}))
    assert len(found.changes["figures"]) == 31
    assert len(found.pictures) <= 2 * PICTURES


@pytest.mark.parametrize(
    "facts",
    [b"", b"[1, 2]", b"{]", b'"x"', b"[" * 100_000, b'{"n_patches": 3}', b"\xff\xfe", b'{"n_patches": {"text": 3}}'],
)
def test_facts_that_cannot_be_read_stop_nothing(facts: bytes, production: Path) -> None:
    found = against(production, SmallSite(more={"_data/facts.json": facts, "_data/claims.json": facts})).changes
    assert {one["after"] for one in found["facts"]} <= {None, ""}
    assert found["pages"] == NOTHING


@pytest.mark.parametrize(
    "table", ["../../../secret.csv", "/secret.csv", "%2e%2e/%2e%2e/secret.csv", "https://x.example/s.csv", "a\\b.csv"]
)  # fmt: skip
def test_a_figure_takes_no_numbers_from_elsewhere(table: str, production: Path) -> None:
    (production.parent / "secret.csv").write_text("category,n\na,1\n")
    page = SmallSite().files()["labels.html"].replace(b"_data/csv/labels-classes.csv", table.encode())
    assert against(production, SmallSite(more={"labels.html": page})).pictures == {}
    assert read_contents(production.with_name("preview"), "labels.html").figures["labels-classes"].table == ""


@pytest.mark.parametrize("numbers", ["a,nan\n", "a,inf\n", "a,1e400\n", "a\nb,1\n", "", "a,1\nb\n", '"a\nb",x\n', "\0"])
def test_a_table_that_is_none_is_not_drawn(numbers: str, production: Path) -> None:
    more = {"_data/csv/labels-classes.csv": f"category,patches\n{numbers}".encode()}
    assert against(production, SmallSite(figure="Other", more=more)).pictures == {}


def test_a_picture_holds_no_text_of_a_table(production: Path) -> None:
    found = against(production, SmallSite(classes={'<script>"&]]>': 5}))
    assert b"script" not in found.pictures["1-after.svg"]


@pytest.mark.parametrize("text", ["<![CDATA[>" * 9, "<!-- --> <!-- x>", "<p>x</p> <a href='", "<p " * 9])
def test_a_page_that_ends_in_the_middle_of_something_is_compared_as_a_whole(text: str, tmp_path: Path) -> None:
    # html.parser would look to the end of such a page at every step, which takes hours for some megabytes.
    (tmp_path / "a.html").write_text(f"<title>T</title>{text}")
    (tmp_path / "b.html").write_text(f"<title>T</title>{text} ")
    first, second = (read_contents(tmp_path, name) for name in ("a.html", "b.html"))
    assert (first.title, first.figures) == ("", {})
    assert first.digest != second.digest


@given(st.text(alphabet="<>/!-=\"' abdifgurectp", max_size=80))
def test_any_text_is_a_page(text: str) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(text, encoding="utf-8")
        assert len(read_contents(Path(folder), "page.html").digest) == 64
