"""Views survive the trip through JSON, and what is no view is refused by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from dsdocs.views import Bars, Table, View, from_json, to_json
from support.views import HOSTILE, filled, views


@given(views())
def test_a_view_is_the_same_after_the_trip_through_json(view: View) -> None:
    assert from_json(json.loads(json.dumps(to_json(view)))) == view


@pytest.mark.parametrize("view", filled(HOSTILE), ids=lambda view: type(view).__name__)
def test_hostile_text_is_the_same_after_the_trip_through_json(view: View) -> None:
    assert from_json(json.loads(json.dumps(to_json(view)))) == view


def test_integers_stay_integers_and_missing_cells_stay_missing() -> None:
    table = Table("Rows", ("a", "b", "c"), ((1, None, True),))
    back = from_json(json.loads(json.dumps(to_json(table))))
    assert isinstance(back, Table)
    assert [type(value) for value in back.rows[0]] == [int, type(None), bool]


@pytest.mark.parametrize("kind", ["Pie", "", None, 7, ["Bars"]])
def test_an_unknown_kind_is_refused_with_the_kinds_there_are(kind: object) -> None:
    with pytest.raises(ValueError, match="expected one of Answers, Bars, Calendar"):
        from_json({"kind": kind})


def test_fields_of_another_version_are_refused() -> None:
    stored = to_json(Bars("Classes", ("Pastures",), (3,), "patches")) | {"colour": "red"}
    with pytest.raises(ValueError, match="stored Bars does not fit this version of dsdocs"):
        from_json(stored)
