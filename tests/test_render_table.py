"""Numbers leave the page as tables, CSV and plain text, unchanged and harmless."""

from __future__ import annotations

import csv as csv_module
import math
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.render.format import cell, compact, exact, latitude, longitude, number
from dsdocs.render.scale import STEPS, scale
from dsdocs.render.table import csv, rows
from dsdocs.render.text import finding, plain
from dsdocs.views import Bars, Calendar, Code, Gallery, Heatmap, Number, Table, Tree, View
from support.views import HOSTILE, filled, views


def read(content: bytes) -> list[list[str]]:
    return list(csv_module.reader(StringIO(content.decode(), newline="")))


@given(views())
def test_csv_has_the_shape_of_the_rows_and_no_formula(view: View) -> None:
    columns, lines = rows(view)
    content = csv(view)
    if not columns:
        assert content is None
        return
    assert content is not None
    back = read(content)
    assert len(back) == 1 + len(lines)
    for line, written in zip((columns, *lines), back, strict=True):
        for value, field in zip(line, written, strict=True):
            if isinstance(value, str):
                assert not field.startswith(("=", "+", "-", "@", "\t", "\r"))
            elif isinstance(value, (int, float)) and not isinstance(value, bool):
                assert type(value)(field) == value


def test_csv_ends_lines_as_rfc_4180_says_and_quotes_what_needs_it() -> None:
    view = Bars("B", ('a "b", c', "-1+1", "d\r\ne"), (1.5, -2, 3), "=unit")
    assert csv(view) == b'category,\'=unit\r\n"a ""b"", c",1.5\r\n\'-1+1,-2\r\n"d\r\ne",3\r\n'


def test_csv_tells_missing_true_and_text_apart() -> None:
    assert csv(Table("T", ("a",), ((None,), (True,), ("x",)))) == b'a\r\n""\r\ntrue\r\nx\r\n'


@pytest.mark.parametrize("kind", [Gallery, Tree, Code])
def test_views_without_numbers_have_no_csv(kind: type[View]) -> None:
    assert [csv(view) for view in filled(HOSTILE) if isinstance(view, kind)] == [None]


def test_a_heat_map_is_a_table_with_a_row_for_each_row() -> None:
    view = Heatmap("H", ("winter", "summer"), ("train", "test"), ((1, None), (3, 4)), "patches")
    assert rows(view) == (("patches", "train", "test"), (("winter", 1, None), ("summer", 3, 4)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (590326, "590,326"),
        (2017, "2,017"),
        (2.9653, "2.97"),
        (0.12345, "0.123"),
        (432.7, "432.7"),
        (12345.6, "12,346"),
        (-0.0001, "0"),
        (0, "0"),
        (1e15, "1,000,000,000,000,000"),
        (math.nan, "–"),  # noqa: RUF001
        (math.inf, "–"),  # noqa: RUF001
        ("Jun 2017", "Jun 2017"),
    ],
)
def test_amounts_are_written_for_readers(value: float | str, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (9876, "9,876"),
        (10_000, "10k"),
        (27090, "27.1k"),
        (999_960, "1M"),
        (1_250_000, "1.2M"),
        (0.5, "0.5"),
        (3e9, "3G"),
    ],
)
def test_narrow_cells_are_short(value: float, written: str) -> None:
    assert compact(value) == written


def test_years_are_not_torn_apart_but_large_columns_are() -> None:
    assert "2017" in plain(Table("T", ("year",), ((2017,), (2018,))))
    assert "2,017" in plain(Table("T", ("n",), ((2017,), (20_180,))))
    assert (exact(-0.25), exact(-1234.5), exact(1234.5, grouped=False)) == ("-0.25", "-1,234.5", "1234.5")
    assert (cell(None), cell(True), cell("a")) == ("–", "yes", "a")  # noqa: RUF001


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (longitude(-9.5), "9.5° W"),
        (longitude(190), "170° W"),
        (longitude(-540), "180°"),
        (longitude(0), "0°"),
        (latitude(-16), "16° S"),
        (latitude(47.125), "47.125° N"),
    ],
)
def test_degrees_carry_their_direction(written: str, expected: str) -> None:
    assert written == expected


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e12, 1e12, allow_subnormal=False), st.integers(0, 10**9)), max_size=40)
)
def test_a_larger_value_never_gets_a_lighter_step(values: list[float | None]) -> None:
    steps = scale(values)
    known = sorted(value for value in values if value is not None)
    taken = [steps.step(value) for value in known]
    assert taken == sorted(taken)
    assert all(0 <= step <= STEPS for step in taken)
    assert list(steps.limits) == sorted(set(steps.limits))
    assert not steps.limits or steps.limits[-1] == known[-1]


def test_zero_and_nothing_have_no_colour() -> None:
    steps = scale([0, None, 5, 10])
    assert [steps.step(value) for value in (0, None, math.nan, 5, 10)] == [0, 0, 0, 1, STEPS]


def test_skewed_counts_spread_over_all_steps() -> None:
    steps = scale([1] * 50 + [10, 100, 1000, 10_000, 100_000, 590_326, 3, 30])
    assert {steps.step(value) for value in (1, 10, 100, 1000, 10_000, 590_326)} == set(range(1, STEPS + 1))


def test_findings_are_made_from_the_numbers_where_a_view_has_none() -> None:
    assert finding(Bars("B", ("a", "b"), (3, 1071), "patches")) == "b has the most: 1,071 patches; a the fewest: 3."
    assert finding(Bars("B", ("a",), (3,), "patches")) == "a: 3 patches."
    assert finding(Calendar("C", ("2020-02-29",), (3,), "patches")) == "3 patches on one day, 2020-02-29."
    assert finding(Bars("B", ("a",), (3,), "patches", "Only one.")) == "Only one."


@given(views())
def test_plain_text_moves_no_cursor(view: View) -> None:
    written = plain(view)
    assert not [character for character in written if ord(character) < 32 and character not in "\t\n"]


def test_plain_text_is_short_and_aligned() -> None:
    view = Table("600 rows", ("id", "n"), tuple((f"patch {place}", place) for place in range(600)))
    lines = plain(view).splitlines()
    assert len(lines) == 32
    assert lines[-1] == "... 571 more lines"
    assert lines[1:4] == ["id           n", "patch 0      0", "patch 1      1"]


def test_plain_text_of_each_kind_begins_with_its_title() -> None:
    for view in filled(("Pastures", "Marshes")):
        assert plain(view).startswith("Pastures")
    assert plain(Number("Patches", 590_326, "of 1.2 km")) == "Patches: 590,326 of 1.2 km"
