"""Every figure has its numbers as JSON: those of its CSV, with title, unit and fingerprint, as the schema says."""

from __future__ import annotations

import csv
import json
from io import StringIO

import jsonschema
import pytest
from hypothesis import given, settings

from dsdocs.render.chart_json import INDEX, Origin, chart, chart_files, chart_path
from dsdocs.render.files import side_files
from dsdocs.render.table import rows
from dsdocs.safe import cell_text
from dsdocs.views import Bars, Table, View
from support.views import HOSTILE, filled, views

ORIGIN = Origin("some/page", "0123456789ab")
SCHEMA = json.loads(chart_files([])["charts/schema.json"])
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def read(view: View) -> dict[str, object] | None:
    files = side_files(view, slug="fig", origin=ORIGIN)
    return json.loads(files[chart_path("fig")]) if chart_path("fig") in files else None


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({"title": "no chart"})


@given(views())
@settings(deadline=None, max_examples=60)
def test_a_figure_has_json_where_it_has_numbers_and_they_are_those_of_its_csv(view: View) -> None:
    found, files = read(view), side_files(view, slug="fig", origin=ORIGIN)
    assert (found is None) == ("csv/fig.csv" not in files) == (not rows(view)[0])
    if found is None:
        return
    VALIDATOR.validate(found)
    assert (found["page"], found["fingerprint"], found["id"]) == ("some/page", "0123456789ab", "fig")
    head, *lines = csv.reader(StringIO(files["csv/fig.csv"].decode(), newline=""))
    assert [cell_text(name).encode(errors="replace").decode() for name in found["columns"]] == head  # type: ignore[attr-defined]
    told = found["rows"]
    assert isinstance(told, list)
    assert len(told) == len(lines)
    for line, cells in zip(lines, told, strict=True):
        for text, value in zip(line, cells, strict=True):
            if isinstance(value, bool) or value is None:
                assert text == {True: "true", False: "false", None: ""}[value] or text in {"nan", "inf", "-inf"}
            elif isinstance(value, str):
                assert text == cell_text(value).encode(errors="replace").decode()
            else:
                assert float(text) == value


@pytest.mark.parametrize("view", filled(HOSTILE), ids=lambda view: type(view).__name__)
def test_hostile_text_stays_text(view: View) -> None:
    found = read(view)
    if found is not None:
        VALIDATOR.validate(found)
        assert found["title"] == view.title.encode(errors="replace").decode()


def test_what_is_no_number_is_null_and_a_unit_is_told() -> None:
    found = chart(Table("T", ("a",), ((float("nan"),), (float("-inf"),), (1.5,))), slug="fig", origin=ORIGIN)
    assert found is not None
    assert found["rows"] == [[None], [None], [1.5]]
    assert found["unit"] is None
    bars = chart(Bars("B", ("x",), (2.0,), "patches", "One.", 8.0), slug="fig", origin=ORIGIN)
    assert bars is not None
    assert (bars["kind"], bars["unit"], bars["finding"]) == ("bars", "patches", "One.")
    assert bars["columns"] == ["category", "patches", "share (%)"]
    assert bars["rows"] == [["x", 2.0, 25.0]]


def test_the_index_lists_charts_and_nothing_else() -> None:
    found: list[tuple[str, bytes]] = []
    for page, slug in (("b", "b-one"), ("a", "a-two"), ("a", "a-one")):
        view = Bars(slug, ("x",), (1.0,), "patches")
        found += side_files(view, slug=slug, origin=Origin(page, "0123456789ab")).items()
    index = json.loads(chart_files(found)[INDEX])
    assert [one["path"] for one in index["charts"]] == [
        "charts/a-one.json", "charts/a-two.json", "charts/b-one.json",
    ]  # fmt: skip
    assert index["charts"][0] == {
        "id": "a-one", "page": "a", "title": "a-one", "kind": "bars", "unit": "patches", "path": "charts/a-one.json",
    }  # fmt: skip
