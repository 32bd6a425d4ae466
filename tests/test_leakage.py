"""Leakage: known answers, a comparison of each with each, and the published splits of BigEarthNet."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.analyses.facts import facts
from dsdocs.analyses.ground import codes, numbered_rows, places_of, together
from dsdocs.analyses.leakage import leakage, percent, round_distances, shuffled
from dsdocs.analyses.leakage_map import leakage_map, leaking_ids, leaking_pairs, pairs_of
from dsdocs.analyses.splits import kept_together
from dsdocs.imagery.model import Thumbnail
from dsdocs.records import Footprint, PatchRecord
from dsdocs.views import Gallery, Map, Table
from support.summaries import summary_of

SIDE = 1200
DAYS = [dt.datetime(2017, 6, 1 + 5 * day, 10, 10, tzinfo=dt.UTC) for day in range(4)]


def patch(
    column: int, row: int, split: str | None, day: int = 0, tile: str = "33TWN", **changes: object
) -> PatchRecord:
    left, top = 600_000 + SIDE * column, 5_000_000 - SIDE * row
    fields: dict[str, object] = {
        "split": split, "datetime": DAYS[day], "tile": tile,
        "footprint": Footprint.from_corners("EPSG:32633", left, top, left + SIDE, top - SIDE),
    }  # fmt: skip
    return PatchRecord(f"{tile}_{day}_{column}_{row}", **{**fields, **changes})  # type: ignore[arg-type]


def shares(table: pa.Table, **options: object) -> dict[str, float]:
    return {share.kind.name: share.share for share in leakage(table, repeats=0, **options).shares}  # type: ignore[arg-type]


def test_each_kind_of_nearness_is_counted_by_itself() -> None:
    table = summary_of(
        [
            patch(0, 0, "train"),
            patch(1, 0, "test"),  # touches
            patch(1, 1, "test", 1),  # touches at a corner, another image
            patch(0, 0, "test", 2),  # the same place at another time
            patch(3, 0, "test", 3, "33TXN"),  # 2,400 m apart
            patch(90, 90, "test", 3, "33TXN"),  # far away
            patch(0, 1, "val"),
            patch(5, 5, None),
        ]
    ).table
    found = leakage(table, repeats=0)
    assert (found.n_patches, found.n_against) == (5, 1)
    assert {share.kind.name: share.patches for share in found.shares} == {
        "overlap": 1, "touch": 3, "within-1000": 3, "within-2000": 3, "within-5000": 4, "within-10000": 4,
        "revisit": 1, "product": 1, "tile": 3,
    }  # fmt: skip
    assert shares(table, of="val") == shares(table, of="val", against="train")
    assert shares(table, of="val")["touch"] == 1.0


def test_what_is_not_known_is_not_in_common() -> None:
    unknown = [
        replace(patch(0, 0, split, day), tile=None, datetime=None) for day, split in enumerate(("train", "test"))
    ]
    table = summary_of([*unknown, patch(30, 0, "train", 2), patch(40, 0, "test", 3)]).table
    found = shares(table)
    assert (found["overlap"], found["revisit"], found["product"], found["tile"]) == (0.5, 0.0, 0.0, 0.5)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_leakage_equals_a_comparison_of_each_with_each(data: st.DataObject) -> None:
    cell = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 3), st.sampled_from(("33TWN", "33TXN")))
    cells = data.draw(st.lists(cell, min_size=2, max_size=40, unique=True))
    splits = data.draw(
        st.lists(st.sampled_from(("train", "test", "val", None)), min_size=len(cells), max_size=len(cells))
    )
    splits[:2] = ["train", "test"]
    records = [patch(c, r, split, day, tile) for (c, r, day, tile), split in zip(cells, splits, strict=True)]
    train, test = (
        [one for one, split in zip(cells, splits, strict=True) if split == name] for name in ("train", "test")
    )

    def gap(one: tuple, other: tuple) -> float:
        return SIDE * float(np.hypot(*(max(abs(one[axis] - other[axis]) - 1, 0) for axis in (0, 1))))

    def share(near: object) -> float:
        return float(np.mean([any(near(one, other) for other in train) for one in test]))  # type: ignore[operator]

    expected = {
        "overlap": share(lambda one, other: one[:2] == other[:2]),
        "touch": share(lambda one, other: gap(one, other) == 0),
        **{f"within-{d}": share(lambda one, other, d=d: gap(one, other) <= d) for d in (1000, 2000, 5000, 10_000)},
        "revisit": share(lambda one, other: one[:2] == other[:2] and one[2] != other[2]),
        "product": share(lambda one, other: one[2:] == other[2:]),
        "tile": share(lambda one, other: one[3] == other[3]),
    }
    assert shares(summary_of(records).table) == pytest.approx(expected)


def test_shuffled_splits_keep_the_sizes_and_leave_out_what_has_no_split() -> None:
    split = np.array([0, 0, 0, 1, 1, 2, -1, -1] * 20)
    for dealt in shuffled(split, 3, seed=1):
        assert np.bincount(dealt + 1).tolist() == np.bincount(split + 1).tolist()
        assert ((dealt < 0) == (split < 0)).all()
        assert (dealt != split).any()
    assert all(np.array_equal(*two) for two in zip(shuffled(split, 3, 1), shuffled(split, 3, 1), strict=True))


def test_a_split_by_halves_leaks_less_than_a_shuffled_one() -> None:
    cells = list(product(range(20), range(20)))
    table = summary_of(patch(c, r, "train" if c < 12 else "test") for c, r in cells).table
    found = leakage(table)
    touch = found.share("touch")
    assert touch is not None
    assert (touch.patches, touch.share) == (20, 20 / 160)
    assert touch.shuffled is not None
    assert touch.shuffled > 0.95
    table_view = found.views()[1]
    assert isinstance(table_view, Table)
    assert table_view.summary.startswith(
        "12.5 % of the 160 test patches touch or overlap a training patch; in a shuffled"
    )


def test_distances_suit_the_size_of_patches() -> None:
    assert round_distances(1200.0) == (1000, 2000, 5000, 10_000)
    assert round_distances(640.0) == (500, 1000, 2500, 5000)
    assert round_distances(0.2) == (0.2, 0.4, 1.0, 2.0)


def test_a_share_is_never_rounded_to_all_or_nothing() -> None:
    assert [percent(share) for share in (0, 1e-9, 0.5, 1 - 1e-9, 1)] == [0, 0.01, 50, 99.99, 100]


def test_places_and_pairs_are_numbered() -> None:
    table = summary_of([patch(0, 0, "train"), patch(0, 0, "test", 1), patch(1, 0, "test"), PatchRecord("none")]).table
    by_id = dict(zip(table["id"].to_pylist(), places_of(table).tolist(), strict=True))
    assert by_id["33TWN_0_0_0"] == by_id["33TWN_1_0_0"] != by_id["33TWN_0_1_0"]
    assert by_id["none"] == -1
    assert together(np.array([1, 1, -1, 2]), np.array([5, 5, 5, 5])).tolist()[2] == -1
    assert codes(pa.chunked_array([["b", None, "a", "b"]]))[1].tolist() == [1, -1, 0, 1]
    assert numbered_rows(np.array([[3, 4], [1, 2], [3, 4]])).tolist() == [0, 1, 0]


def test_what_a_split_keeps_together_is_recognised() -> None:
    records = [patch(c, r, "train" if c < 5 else "test", day, f"33T{'WX'[c // 5]}N") for c, r, day in
               product(range(10), range(4), range(2))]  # fmt: skip
    kinds = {kind.what: kind for kind in kept_together(summary_of(records).table).kinds}
    assert (kinds["place"].groups, kinds["place"].whole) == (40, 40)
    assert (kinds["tile"].groups, kinds["tile"].whole) == (2, 2)
    assert (kinds["day"].groups, kinds["day"].whole) == (2, 0)
    assert kinds["place"].expected == pytest.approx(0.5)
    finding = kept_together(summary_of(records).table).views()[0].summary  # type: ignore[union-attr]
    assert finding == "Patches of the same image or tile are always in the same split."


def test_the_map_has_test_patches_by_their_distance() -> None:
    table = summary_of(
        [*(patch(c, 0, "train") for c in range(4)), patch(4, 0, "test"), patch(7, 0, "test"), patch(60, 0, "test")]
    ).table
    (view,) = leakage_map(table).views()
    assert isinstance(view, Map)
    assert [(layer.name, layer.n_patches) for layer in view.layers] == [
        ("All patches", 7), ("touch or overlap a training patch", 1), ("nearer than 10 km", 1),
        ("10 km away or more", 1), ("all", 4),
    ]  # fmt: skip
    assert view.summary == "1 of 3 test patches touch or overlap a training patch."


def test_pairs_of_one_place_come_before_neighbours_and_each_patch_once() -> None:
    records = [
        patch(0, 0, "train"),
        patch(1, 0, "test"),
        patch(0, 0, "test", 1),
        patch(9, 9, "test"),
        patch(2, 0, "train"),
    ]
    table = summary_of(records).table
    ids = table["id"].to_pylist()
    assert [(ids[one], ids[two], words) for one, two, words in pairs_of(table)] == [
        ("33TWN_1_0_0", "33TWN_0_0_0", "the same place"), ("33TWN_0_1_0", "33TWN_0_2_0", "beside it"),
    ]  # fmt: skip
    thumbnails = [Thumbnail(name, "s2", "true-colour", f"{name}.webp", 64, 64) for name in ids[:-1]]
    (gallery,) = leaking_pairs(table, thumbnails).views()
    assert isinstance(gallery, Gallery)
    assert len(gallery.pictures) in (2, 4)
    assert gallery.groups[0] == "1: the same place"
    assert len(gallery.pictures) == 2 * len(gallery.groups)
    assert gallery.pictures[0].caption.startswith("Test: ")
    assert gallery.pictures[1].caption.startswith("Training: ")
    assert leaking_pairs(table, []).views() == ()


def test_pairs_are_chosen_from_patches_with_files_before_there_are_pictures() -> None:
    def filed(record: PatchRecord) -> PatchRecord:
        return replace(record, assets={"s2": f"{record.id}.tif"})

    row = [filed(patch(c, 0, "train" if c % 2 else "test")) for c in range(12)]
    bare = [patch(c, 5, "train" if c % 2 else "test") for c in range(12)]
    ids = leaking_ids(summary_of([*row, *bare]).table, n=3)
    assert len(ids) == 6
    assert all(name.endswith("_0") for name in ids)
    again = [filed(patch(20, 9, "train")), filed(patch(20, 9, "test", 1))]
    assert set(leaking_ids(summary_of([*row, *again]).table)) == {"33TWN_0_20_9", "33TWN_1_20_9"}
    assert leaking_ids(summary_of(bare).table) == ()
    assert leaking_ids(summary_of([filed(patch(0, 0, "test")), filed(patch(9, 9, "train"))]).table) == ()


def test_facts_say_how_many_test_patches_leak() -> None:
    table = summary_of([patch(0, 0, "train"), patch(1, 0, "test"), patch(9, 0, "test")]).table
    found = facts(table, n_files=1, n_bytes=1)
    assert (found["test_touch_share"].value, found["test_touch_share"].text) == (50.0, "50 %")
    assert found["area_covered"].value == pytest.approx(4.32, rel=2e-3)
    alone = facts(summary_of([patch(0, 0, "train")]).table, n_files=1, n_bytes=1)
    assert "test_touch_share" not in alone


SHORT = {"train": "train", "validation": "val", "test": "test", None: None}


@pytest.fixture(scope="module")
def version_1(shared_data: Path) -> pa.Table:
    """Build the summary of the 198,304 published rows of version 1, with the splits of that version."""
    columns = ["s2_name", "tile", "epsg", "ulx", "uly", "acquisition_date", "split"]
    rows = pq.read_table(shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet", columns=columns).to_pylist()
    return summary_of(
        PatchRecord(
            row["s2_name"],
            split=SHORT[row["split"]],
            datetime=dt.datetime.combine(row["acquisition_date"], dt.time(), dt.UTC),
            footprint=Footprint.from_corners(
                f"EPSG:{row['epsg']}", row["ulx"], row["uly"], row["ulx"] + SIDE, row["uly"] - SIDE
            ),
            country="AT",
            tile=row["tile"],
        )
        for row in rows
    ).table


def test_almost_every_published_test_patch_of_version_1_touches_a_training_patch(
    version_1: pa.Table, shared_data: Path
) -> None:
    found = leakage(version_1, repeats=1)
    path = shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet"
    frame = pq.read_table(path).to_pandas()
    assert found.n_patches == (frame["split"] == "test").sum()
    # An independent recount, on the grid of each tile alone.
    train = set(frame[frame["split"] == "train"][["tile", "col", "row"]].itertuples(index=False, name=None))
    test = frame[frame["split"] == "test"][["tile", "col", "row"]].itertuples(index=False, name=None)
    near = [
        any((tile, column + x, row + y) in train for x, y in product((-1, 0, 1), repeat=2))
        for tile, column, row in test
    ]
    touch = found.share("touch")
    assert touch is not None
    assert touch.patches >= sum(near)
    assert touch.patches - sum(near) < 0.01 * len(near)  # those of the edge of another tile
    assert touch.share > 0.99
    # A place is in one split only, whatever the date: what BigEarthNet's blocks are for.
    assert found.share("revisit").patches < 0.01 * found.n_patches  # type: ignore[union-attr]


def test_no_published_test_patch_of_version_2_is_near_a_training_patch(version_1: pa.Table, shared_data: Path) -> None:
    # Nested squares: between the core of a tile, for testing, and its frame, for training, lie ten rows for validation.
    path = shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet"
    rows = pq.read_table(path, columns=["s2_name", "v2_split"]).to_pylist()
    split = {row["s2_name"]: SHORT[row["v2_split"]] for row in rows}
    column = pa.array([split[name] for name in version_1["id"].to_pylist()]).dictionary_encode()
    place = version_1.schema.get_field_index("split")
    found = {share.kind.name: share.patches for share in leakage(version_1.set_column(place, "split", column)).shares}
    assert (found["touch"], found["within-10000"], found["revisit"]) == (0, 0, 0)
    assert found["product"] > 40_000
