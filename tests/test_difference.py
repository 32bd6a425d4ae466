"""What changed between two versions is found, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from typer.testing import CliRunner

from dsdocs.analyses.difference import Moved, Relabelled, difference
from dsdocs.cli import app
from dsdocs.errors import SummaryError
from dsdocs.summary.schema import VERSION
from support.generated import generated_summary

SUMMARY = generated_summary(5000).slice(1200, 400)


def changed(table: pa.Table, column: str, values: list[object]) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, table.schema.field(column), pa.array(values, table.schema.field(column).type))


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    return table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))


@given(seed=st.integers(0, 100))
@settings(max_examples=5, deadline=None)
def test_order_is_no_difference(seed: int) -> None:
    found = difference(SUMMARY, shuffled(SUMMARY, seed))
    assert found.unchanged
    assert not found.classes


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_what_was_changed_is_found(data: st.DataObject) -> None:
    n = SUMMARY.num_rows
    rows = st.sets(st.integers(0, n - 1), max_size=6)
    removed, added, labelled, split = (data.draw(rows) for _ in range(4))
    added -= removed  # a patch cannot be missing in both
    ids = SUMMARY["id"].to_pylist()
    before = SUMMARY.take(pa.array([row for row in range(n) if row not in added]))
    labels = [
        [*(names or ()), "A class of its own"] if row in labelled else names
        for row, names in enumerate(SUMMARY["labels"].to_pylist())
    ]
    splits = SUMMARY["split"].to_pylist()
    other = {"train": "val", "val": "test", "test": None, "spare": "train", None: "train"}
    splits = [other[name] if row in split else name for row, name in enumerate(splits)]
    after = changed(changed(SUMMARY, "labels", labels), "split", splits)
    after = shuffled(after.take(pa.array([row for row in range(n) if row not in removed])), 1)
    found = difference(before, after)
    kept = set(range(n)) - removed - added
    assert set(found.added) == {ids[row] for row in added}
    assert set(found.removed) == {ids[row] for row in removed}
    assert {one.id for one in found.relabelled} == {ids[row] for row in labelled & kept}
    assert all(one == Relabelled(one.id, (), ("A class of its own",)) for one in found.relabelled)
    assert {one for one, _, _ in found.resplit} == {ids[row] for row in split & kept}
    assert found.n_after - found.n_before == len(added) - len(removed)
    assert not found.moved
    assert not found.other
    assert found.unchanged == (not (added or removed or (labelled & kept) or (split & kept)))
    back = difference(after, before)
    assert (back.added, back.removed) == (found.removed, found.added)
    for view in found.views():
        assert view.title


def test_a_move_is_measured_on_the_ellipsoid() -> None:
    row = next(row for row, one in enumerate(SUMMARY["bbox"].to_pylist()) if one is not None)
    geometry, boxes = SUMMARY["geometry"].to_pylist(), SUMMARY["bbox"].to_pylist()
    box = boxes[row]
    geometry[row] = shapely.to_wkb(
        shapely.transform(shapely.from_wkb(geometry[row]), lambda xy: xy + np.array([0.0, 0.5]))
    )
    boxes[row] = {**box, "ymin": box["ymin"] + 0.5, "ymax": box["ymax"] + 0.5}
    gone = next(place for place, one in enumerate(boxes) if one is not None and place != row)
    geometry[gone], boxes[gone] = None, None
    after = changed(changed(SUMMARY, "geometry", geometry), "bbox", boxes)
    found = {one.id: one for one in difference(SUMMARY, after).moved}
    ids = SUMMARY["id"].to_pylist()
    lon, lat = (box["xmin"] + box["xmax"]) / 2, (box["ymin"] + box["ymax"]) / 2
    expected = Geod(ellps="WGS84").inv(lon, lat, lon, lat + 0.5)[2]
    assert found[ids[row]].metres == pytest.approx(expected)
    assert found[ids[gone]] == Moved(ids[gone], None)
    assert len(found) == 2


def test_other_columns_and_new_ones_are_counted() -> None:
    after = changed(SUMMARY, "width", [1, *SUMMARY["width"].to_pylist()[1:]])
    after = after.append_column("ben:new", pa.array([True] * after.num_rows)).drop_columns(["tile"])
    found = difference(SUMMARY, after)
    assert found.other == {"width": 1}
    assert (found.columns_added, found.columns_removed) == (("ben:new",), ("tile",))


def test_the_command_tells_it_and_refuses_what_is_no_summary(tmp_path: Path) -> None:
    before, after = tmp_path / "old.parquet", tmp_path / "new.parquet"
    whole = SUMMARY.replace_schema_metadata({"geo": "{}", "dsdocs": json.dumps({"version": VERSION})})
    pq.write_table(whole, before)
    pq.write_table(whole.slice(1), after)
    run = CliRunner()
    done = run.invoke(app, ["diff", str(before), str(after)])
    assert done.exit_code == 0
    assert SUMMARY["id"][0].as_py() in done.stdout
    found = json.loads(run.invoke(app, ["diff", str(before), str(after), "--json"]).stdout)
    assert found["removed"] == [SUMMARY["id"][0].as_py()]
    (tmp_path / "new.parquet").write_bytes(b"no table")
    with pytest.raises(SummaryError, match=r"new\.parquet: cannot be read as Parquet"):
        run.invoke(app, ["diff", str(before), str(after)], catch_exceptions=False)
