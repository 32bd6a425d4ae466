"""Patterns of paths: what they fit, what they refuse, and that no path makes them slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.config import parse_config
from dsdocs.errors import ConfigError
from dsdocs.layout import Pattern


def read(pattern: str, path: str) -> dict[str, str] | None:
    found = Pattern.compile(pattern)
    match = found.match(path)
    return match and dict(zip(found.fields, found.values(match), strict=True))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("{class}/{patch}.jpg", "NWPU/dense_residential/x_1.jpg", {"class": "dense_residential", "patch": "x_1"}),
        ("{patch}_{band}.tif", "S2A_MSI_33UUP_8A.tif", {"patch": "S2A_MSI_33UUP", "band": "8A"}),
        ("{class:*}_{patch}.jpg", "dense_residential_001.jpg", {"class": "dense_residential", "patch": "001"}),
        ("{class}_{patch:d}.jpg", "dense_residential_001.jpg", {"class": "dense_residential", "patch": "001"}),
        (
            "{date:8}{time:6d}_{patch}.png",
            "20240630123456_a.b.png",
            {"date": "20240630", "time": "123456", "patch": "a.b"},
        ),
        ("{a}_{b}_{c}.tif", "x_y_z.w.tif", {"a": "x", "b": "y", "c": "z.w"}),
        ("{patch}/{patch}_{band}.tif", "top/p_1/p_1_B02.tif", {"patch": "p_1", "band": "B02"}),
        ("images/{**}/{patch}.png", "top/images/a/b/c.png", {"patch": "c"}),
        ("images/{**}/{patch}.png", "images/c.png", {"patch": "c"}),
        ("{**}/{patch}.png", "c.png", {"patch": "c"}),
        ("{*}/{patch}.png", "anything at all/c.png", {"patch": "c"}),
        ("{{{patch}}}.png", "{c}.png", {"patch": "c"}),
        ("{patch}.png", "line\nbreak.png", {"patch": "line\nbreak"}),
        ("row{row:d}_col{col:d}_{patch}.tif", "row1_col22_a.tif", {"row": "1", "col": "22", "patch": "a"}),
    ],
)
def test_a_path_tells_the_fields_of_its_pattern(pattern: str, path: str, expected: dict[str, str]) -> None:
    assert read(pattern, path) == expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{class}/{patch}.jpg", "a.jpg"),  # a folder is missing
        ("{class}/{patch}.jpg", "A/a.jpg2"),
        ("{class}/{patch}.jpg", "A/a+jpg"),  # a dot is a dot
        ("{class}/{class}_{patch}.jpg", "Sea/Forest_1.jpg"),  # one field, two texts
        ("{patch:d}.jpg", "1a.jpg"),
        ("{patch:d}.jpg", "\u0661.jpg"),  # a digit, but not one of ours
        ("{date:8}.jpg", "2024063.jpg"),
        ("{a}_{b}.jpg", "x_y_z.jpg"),  # nothing says which of the two holds the _
        ("images/{**}/{patch}.png", "my-images/a/c.png"),
        ("images/{**}/{patch}.png", "other/c.png"),
        ("{patch}.png", ".png"),
        ("s2/{patch}.png", "xs2/a.png"),
    ],
)
def test_a_path_that_does_not_fit_is_left_alone(pattern: str, path: str) -> None:
    assert read(pattern, path) is None


def test_the_band_is_replaced_wherever_it_stands() -> None:
    pattern = Pattern.compile("{patch}/{band}/{patch}_{band}.tif")
    match = pattern.match("B1/a/B1/a_B1.tif")
    assert match is not None
    assert pattern.without(match, "band") == "B1/a/{band}/a_{band}.tif"


WORD = st.text(
    st.characters(codec="utf-8", exclude_characters="/_.", exclude_categories=["Cs"]), min_size=1, max_size=8
)
PLAIN = st.text(
    st.characters(codec="utf-8", exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=12
)


@given(patch=PLAIN, band=WORD, folder=PLAIN, number=st.integers(0, 10**9), above=st.lists(PLAIN, max_size=3))
def test_what_is_written_into_a_pattern_is_read_out_of_it(
    patch: str, band: str, folder: str, number: int, above: list[str]
) -> None:
    pattern = Pattern.compile("{class}/n{number:d}/{patch}/{patch}_{band}_{number}.tif")
    values = {"class": folder, "number": str(number), "patch": patch, "band": band}
    match = pattern.match("/".join([*above, pattern.format(values)]))
    assert match is not None
    assert dict(zip(pattern.fields, pattern.values(match), strict=True)) == values


@given(names=st.lists(st.sampled_from(["x", "_", "-", ".", "1", "_1", "x_"]), min_size=1, max_size=30))
def test_a_match_says_what_the_path_holds(names: list[str]) -> None:
    path = "".join(names) + ".tif"
    pattern = Pattern.compile("{a}_{patch}-{b}.tif")
    match = pattern.match(path)
    if match is not None:
        assert pattern.format(dict(zip(pattern.fields, pattern.values(match), strict=True))) == path


HOSTILE = ["_", "a", "_a", "1", "a1_", "-_", "_-", "a/", "x_1-"]


@pytest.mark.parametrize(
    "text",
    [
        "{a}_{b}_{c}_{d}_{e}_{f}_{g}_{patch}_{h}_{i}_{j}.tif",
        "{a}x_{b}x_{c}x_{patch}x_{d}x_{e}.tif",
        "{*}_{*}_{*}_{*}_{*}-{*}.tif",
        "{patch}_{patch}_{patch}.tif",
        "{a:d}_{b:d}_{c:d}_{patch}_{d:d}_{e:d}.tif",
        "a/{**}/{a}_{b}/{patch}_{c}_{d}.tif",
        "{a:8}{b:8}{patch}{c:8}{d:8}.tif",
    ],
)
def test_no_path_makes_a_pattern_slow(text: str) -> None:
    pattern = Pattern.compile(text)

    def cost(length: int) -> float:
        paths = [(unit * length)[:length] + end for unit in HOSTILE for end in ("", ".tif", "\n")]
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            for path in paths:
                pattern.match(path)
            best = min(best, time.process_time() - start)
        return best

    # Half as long again: 1.5 if the work is linear, 2.25 if it is quadratic, far more with nested repetition.
    before = cost(12)
    for length in (18, 27, 40, 60, 90, 135, 200, 300, 450, 675, 1000, 1500, 2250, 3375):
        now = cost(length)
        assert now < 6 * max(before, 2e-4), length  # beside such short times, a clock tells little
        before = now


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{a}{b}.tif", "nothing tells where {a} ends and {b} begins"),
        ("{a:d}1.tif", "digits follow {a:d}"),
        ("{a:*}_{b:*}.tif", "two fields of one name are marked"),
        ("{a:x}.tif", "{a:x} is no field"),
        ("{a b}.tif", "{a b} is no field"),
        ("{}.tif", "{} is no field"),
        ("{*:d}.tif", "{*:d} is no field"),
        ("{a.tif", "a single '{'"),
        ("a}.tif", "a single '}'"),
        ("/{a}.tif", "an empty folder"),
        ("../{a}.tif", "an empty folder, '.' or '..'"),
        ("{a}/", "an empty folder"),
        ("{a}\\{b}.tif", "without control characters"),
        ("{a}/{**}/{b}.tif", "{**} may stand once"),
        ("{**}/{**}/{b}.tif", "{**} may stand once"),
        ("x{**}/{b}.tif", "{**} may stand once"),
        ("{a:4}/{a:d}.tif", "written in two forms"),
        ("_".join(f"{{a{n}}}" for n in range(33)), "more than 32 fields"),
        ("x" * 1001, "expected 1 to 1000 characters"),
        ("", "expected 1 to 1000 characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the message is compared as text, not as an expression)
        Pattern.compile(text)
    assert message in str(caught.value)


TABLE = {"path": "t.csv", "key": "k"}


@pytest.mark.parametrize(
    ("layout", "key", "message"),
    [
        ({}, "layout", "names no files"),
        ({"files": 3}, "layout.files", "expected the pattern of a path"),
        ({"files": []}, "layout.files", "expected the pattern of a path"),
        ({"files": "{a}{patch}.tif"}, "layout.files", "nothing tells where"),
        ({"files": ["{patch}.tif", "{patch}.tif"]}, "layout", "stands there twice"),
        (
            {"files": ["{patch}.tif", "{name}.png"]},
            "layout",
            "patches are named by {patch}, which not every pattern has",
        ),
        ({"files": "{patch}_{band}.tif", "id": "{patch}_{band}"}, "layout", "names no patch"),
        ({"files": "{patch}.tif", "id": "a/{patch}"}, "layout", "names no patch"),
        ({"files": "{patch}.tif", "bands": ["B1"]}, "layout", "has no {band}"),
        ({"files": "{patch}_{band}.tif", "bands": ["B1"], "finest": "B2"}, "layout", "'B2' is not among the bands B1"),
        ({"files": "{patch}.tif", "date": "today"}, "layout.date", "is no format of a date"),
        ({"files": "{patch}.tif", "prefix": "a:b"}, "layout.prefix", "match pattern"),
        ({"files": "{patch}_{time}.tif"}, "layout", "{time} says nothing without {date}"),
        ({"files": "{patch}.tif", "values": {"split": {"a": "b"}}}, "layout", "expected train, val, test"),
        ({"files": "{patch}.tif", "tabel": {}}, "layout.tabel", "the nearest known key is 'table'"),
        ({"files": "{patch}.tif", "table": {**TABLE, "lables": "a"}}, "layout.table.lables", "known key is 'labels'"),
        (
            {"files": "{patch}.tif", "table": {**TABLE, "key_is": "{klass}"}},
            "layout",
            "expected fields that all files have",
        ),
        (
            {"files": "{patch}.tif", "table": {**TABLE, "labels": []}},
            "layout.table.labels",
            "expected the name of a column",
        ),
        ({"files": "{patch}.tif", "table": {**TABLE, "lon": "x", "lat": "y"}}, "layout.table", "belong together"),
        (
            {"files": "{patch}_{view}.tif", "table": {**TABLE, "facts": ["view"]}},
            "layout",
            "a field of the paths as well",
        ),
    ],
)
def test_a_layout_that_cannot_be_used_names_the_key_and_the_reason(layout: object, key: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({"layout": layout})
    assert caught.value.key == key
    assert message in str(caught.value)
