"""Scripts of data: only what is data may differ from the scripts of the default branch."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.publish.preview.scripts import code_of, index_problem
from support.artifacts import MAP
from support.sites import SAMPLE, Sites

CODE = code_of([MAP])
# Everything that is neither a number nor a blank, cut finely: words, strings, and each mark by itself.
_PIECE = re.compile(r'-?\d[\d.]*|"[^"]*"|/\*.*?\*/|[A-Za-z_$][\w$]*|[^\s\w]|\n', re.DOTALL)
_FREE = re.compile(r'-?\d[\d.]*|"[-0-9 ,]*"|"map_[0-9a-f]{12}"|"[A-Za-z0-9+/]*="|null')
PIECES = [found for found in _PIECE.finditer(MAP) if not _FREE.fullmatch(found[0])]
OTHERS = (
    "alert",
    "fetch",
    "(",
    ")",
    ";",
    "//",
    "`",
    "\\u0061",
    "'x'",
    "/x/",
    "=>",
    "<!--",
    "eval(name)",
    "import",
    '"attribution"',
)


def test_a_script_is_its_own_code_and_numbers_are_free() -> None:
    assert CODE.allows(MAP)
    assert CODE.allows(re.sub(r"(?<=[\[, ])\d+\.\d+", "-12.25", MAP))
    assert CODE.allows(MAP.replace("map_8e10b648336d", "map_000000000000").replace("cells: [[", "cells: [[1,2], ["))
    assert CODE.allows(MAP.replace("seam: null", "seam: 12.5").replace("later: [1]", "later: []"))


@given(st.sampled_from(PIECES), st.sampled_from(OTHERS))
def test_any_piece_of_code_that_is_another_is_refused(piece: re.Match[str], other: str) -> None:
    text = MAP[: piece.start()] + other + MAP[piece.end() :]
    assert text == MAP or not CODE.allows(text), text[max(0, piece.start() - 80) : piece.end() + 80]


@given(st.sampled_from(PIECES))
def test_any_piece_of_code_that_is_missing_or_doubled_is_refused(piece: re.Match[str]) -> None:
    without = MAP[: piece.start()] + MAP[piece.end() :]
    double = MAP[: piece.end()] + " " + MAP[piece.start() :]
    for text in (without, double):
        # Commas and brackets of lists of data are data.
        if piece[0] not in "[],":
            assert not CODE.allows(text), text[max(0, piece.start() - 80) : piece.end() + 80]


@given(st.integers(0, len(MAP)), st.sampled_from(OTHERS))
def test_whatever_is_put_in_is_refused(at: int, other: str) -> None:
    text = MAP[:at] + other + MAP[at:]
    inside = re.compile(r'"[-0-9 ,]*"|"[A-Za-z0-9+/=]*"')  # a string of data with more letters in it
    assert not CODE.allows(text) or any(one.start() < at < one.end() for one in inside.finditer(MAP)), text[
        max(0, at - 80) : at + 80
    ]


@given(st.text(alphabet=st.characters(max_codepoint=0x2100), max_size=60))
def test_no_other_script_is_allowed(text: str) -> None:
    assert not CODE.allows(text)


@pytest.mark.parametrize(
    "text",
    [
        MAP.replace("[1.0, 2.0]", "[x]"),
        MAP.replace("cells: [", "cells: window["),
        MAP.replace('"9f8="', '"9f8=" + alert(1)'),
        MAP.replace("layers: [feature_group_0", "layers: [alert"),
        MAP.replace("var feature_group_0", "var feature_group_0x"),
        MAP.replace('"map_8e10b648336d"', '"map_8e10b648336d<img>"'),
        MAP.replace("return {map", "\nreturn\n{map"),
        MAP.replace(";\n}});", "\n}});"),
        MAP + MAP,
        MAP.rstrip("\n") + "//\n",
    ],
)
def test_code_in_the_place_of_data_is_refused(text: str) -> None:
    assert text != MAP
    assert not CODE.allows(text)


def test_maps_of_the_sample_differ_in_data_and_in_the_number_of_their_layers(sites: Sites) -> None:
    maps = sorted((sites[SAMPLE].site / "_data" / "maps").rglob("*.js"))
    texts = [path.read_text(encoding="utf-8") for path in maps]
    assert len(texts) > 1
    code = code_of(texts)
    for path, text in zip(maps, texts, strict=True):
        assert code.allows(text), path
        assert not code.allows(text.replace("L.", "l.", 1)), path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('Search.setIndex({"docnames":["index"]})', None),
        ('Search.setIndex({"docnames":["index","evil"]})', "pages that the site does not have"),
        ('Search.setIndex({"docnames":["index"]});alert(1)', "not one call with JSON"),
        ('Search.setIndex({"docnames":["index"]}) //)', "not one call with JSON"),
        ('Search.setIndex({"docnames":[alert(1)]})', "not one call with JSON"),
        ("Search.setIndex(NaN)", "not one call with JSON"),
        ("alert(1)", "not the index that Sphinx writes"),
    ],
)
def test_the_index_of_the_search_is_one_call_with_json(text: str, problem: str | None) -> None:
    found = index_problem(text, frozenset({"index.html"}))
    assert (found is None) == (problem is None)
    assert problem is None or (found is not None and problem in found)
