"""BigEarthNet version 2: how tables and pixels are joined, and what becomes of those that do not fit together."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.archives import Files, edited_parquet, good, only
from dsdocs.errors import MemberError
from dsdocs.readers.bigearthnet import v2_table as bigearthnet_v2_table
from dsdocs.readers.bigearthnet.v2 import TABLES, BigEarthNetV2
from support.reading import Outcome, memory_members, run_reader

MAIN, SNOW = TABLES
Rows = list[dict[str, Any]]


@pytest.fixture
def files() -> Files:
    """Return the files of four good patches, with pixels of both sensors, maps, and both tables."""
    found = good("bigearthnet-v2")
    # Three of the patches are cloudy; listed in the main table, they leave it more than one row.
    return found | {MAIN: found[SNOW], SNOW: found[MAIN]}


def read(files: Files, *cuts: int) -> Outcome:
    return run_reader(BigEarthNetV2(), memory_members(files), cuts)


def edit(files: Files, change: Callable[[Rows], Rows], table: str = MAIN) -> None:
    files[table] = edited_parquet(files[table], change)


def set_first(**values: object) -> Callable[[Rows], Rows]:
    return lambda rows: [{**rows[0], **values}, *rows[1:]]


def again(**values: object) -> Callable[[Rows], Rows]:
    return lambda rows: [*rows, {**rows[0], **values}]


def parquet(**columns: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def first(files: Files) -> dict[str, Any]:
    return pq.read_table(io.BytesIO(files[MAIN])).slice(0, 1).to_pylist()[0]


def whole(rows: int) -> dict[str, object]:
    """Return columns of a valid table."""
    text, flag = pa.array(["x"] * rows), pa.array([True] * rows)
    names = ("patch_id", "split", "country", "s1_name", "s2v1_name")
    return {
        **dict.fromkeys(names, text),
        "labels": pa.array([["x"]] * rows),
        "contains_seasonal_snow": flag,
        "contains_cloud_or_shadow": flag,
    }


@pytest.mark.parametrize("cuts", [(), (1,), (10, 20, 30, 40), tuple(range(64))])
def test_rows_do_not_depend_on_where_parts_are_cut(files: Files, cuts: tuple[int, ...]) -> None:
    outcome = read(files, *cuts)
    assert outcome.rows.equals(read(files).rows)
    assert (outcome.rows.num_rows, outcome.errors, outcome.warnings) == (4, (), ())
    assert Counter(len(own) for own in outcome.rows["assets"].to_pylist()) == {3: 4}


def test_a_table_without_pixels_is_an_archive(files: Files) -> None:
    outcome = read({name: files[name] for name in TABLES})
    assert outcome.rows.drop("assets").equals(read(files).rows.drop("assets"))
    assert outcome.rows["assets"].to_pylist() == [[]] * 4
    assert (outcome.errors, outcome.warnings) == ((), ())


def test_pixels_without_any_table_are_an_archive(files: Files) -> None:
    outcome = read({path: content for path, content in files.items() if "BigEarthNet-S2/" in path})
    assert outcome.rows["id"].equals(read(files).rows["id"])
    assert outcome.rows["labels"].to_pylist() == [None] * 4
    assert (outcome.errors, outcome.warnings) == ((), ())


def test_pixels_that_no_table_lists_are_kept_with_a_warning(files: Files) -> None:
    lost = first(files)
    edit(files, lambda rows: rows[1:])
    outcome = read(files)
    row = outcome.row(lost["patch_id"])
    assert (row["labels"], [asset["key"] for asset in row["assets"]]) == (None, ["reference-map", "sentinel-2"])
    assert outcome.warning.category == "meta.missing"
    assert outcome.warning.path.endswith(f"/{lost['patch_id']}")
    # Only the table says which radar patch belongs to it.
    assert outcome.error.category == "meta.missing"
    assert outcome.error.path.endswith(f"/{lost['s1_name']}")


def test_the_snow_table_may_list_a_patch_that_the_other_lists_too(files: Files) -> None:
    row = first(files)
    edit(files, lambda rows: [*rows, row], SNOW)
    outcome = read(files)
    assert (outcome.errors, outcome.rows.num_rows) == ((), 4)
    assert (outcome.warning.path, outcome.warning.category) == (row["patch_id"], "name.duplicate")


def test_the_order_of_labels_is_no_difference(files: Files) -> None:
    edit(files, set_first(labels=["Pastures", "Arable land"]))
    edit(files, again(labels=["Arable land", "Pastures"]))
    assert read(files).warning.category == "name.duplicate"


@pytest.mark.parametrize(
    ("values", "category", "reason"),
    [
        ({"labels": ["Pastures"]}, "label.conflict", "is listed 2 times; labels: found "),
        ({"split": "test", "labels": None}, "label.conflict", "and None"),
        ({"country": "Ireland"}, "meta.mismatch", "country: found"),
        ({"contains_seasonal_snow": True}, "meta.mismatch", "contains_seasonal_snow: found False and True"),
    ],
)
def test_rows_that_differ_cost_their_patch(files: Files, values: dict[str, object], category: str, reason: str) -> None:
    name = first(files)["patch_id"]
    edit(files, again(**values))
    outcome = read(files)
    assert (outcome.error.path, outcome.error.category) == (name, category)
    assert reason in outcome.error.reason
    # Its folders are accounted for with it.
    assert (outcome.rows.num_rows, outcome.warnings) == (3, ())


@pytest.mark.parametrize(
    ("values", "category"),
    [
        ({"patch_id": "../../etc/passwd"}, "name.unsafe"),
        ({"patch_id": None}, "name.unsafe"),
        ({"patch_id": "S2A_MSIL2A_20170613T101031_N9999_R022_T99ZZZ_75_43"}, "name.unsafe"),
        ({"split": "holdout"}, "meta.schema"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(files: Files, values: dict[str, object], category: str) -> None:
    expected = str({**first(files), **values}["patch_id"])
    edit(files, set_first(**values))
    outcome = read({name: files[name] for name in TABLES})
    assert (outcome.error.path, outcome.error.category, outcome.rows.num_rows) == (expected, category, 3)


def test_times_that_cannot_be_are_null(files: Files) -> None:
    name = first(files)["patch_id"].replace("T100029", "T106029")
    edit(files, set_first(patch_id=name))
    assert read({MAIN: files[MAIN]}).row(name)["datetime"] is None


@pytest.mark.parametrize(
    ("labels", "category", "kept"),
    [
        ([], "label.empty", []),
        (["Pastures", "Arable land", "Pastures"], "label.duplicate", ["Pastures", "Arable land"]),
    ],
)
def test_odd_labels_are_warned_of(files: Files, labels: list[str], category: str, kept: list[str]) -> None:
    name = first(files)["patch_id"]
    edit(files, set_first(labels=labels))
    outcome = read(files)
    assert outcome.row(name)["labels"] == kept
    assert (outcome.warning.path, outcome.warning.category, outcome.errors) == (name, category, ())


@pytest.mark.parametrize(
    ("content", "category", "reason"),
    [
        (b"", "meta.syntax", "is no Parquet file"),
        (b"PAR1 and nothing else PAR1", "meta.syntax", "is no Parquet file"),
        (parquet(patch_id=["x"]), "meta.schema", "lacks the columns labels, split"),
        (parquet(**{**whole(1), "contains_seasonal_snow": pa.array(["perhaps"])}), "meta.schema", "contains_seasonal"),
        (parquet(**{**whole(1), "labels": pa.array([1])}), "meta.schema", "labels: holds int64; expected list"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_error(files: Files, content: bytes, category: str, reason: str) -> None:
    error = read({MAIN: content, SNOW: files[SNOW]}).error
    assert (error.path, error.category) == (MAIN, category)
    assert reason in error.reason


def test_a_table_may_list_nothing(files: Files) -> None:
    outcome = read({MAIN: files[MAIN], SNOW: parquet(**whole(0))})
    assert (outcome.rows.num_rows, outcome.errors) == (3, ())


def test_a_table_that_is_cut_off_is_noticed(files: Files) -> None:
    content = files[MAIN]
    for size in range(0, len(content), 97):
        assert read({MAIN: content[:size]}).error.category == "meta.syntax"


def test_a_flipped_byte_in_a_table_is_noticed_or_harmless(files: Files) -> None:
    content = files[MAIN]
    for at in range(0, len(content), 61):
        outcome = read({MAIN: content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]})
        assert outcome.rows.num_rows + len(outcome.errors) > 0


def test_a_few_bytes_that_stand_for_gigabytes_are_not_unpacked() -> None:
    rows = 200_000
    text = pa.array(["x" * 10_000]).take(pa.array([0] * rows).cast(pa.int32())).dictionary_encode()
    content = parquet(**{**whole(rows), "country": text})
    assert len(content) < 100_000
    error = read({MAIN: content}).error
    size = rows * (10_000 + 5)  # the other five columns of text hold one letter
    assert (error.category, error.reason) == (
        "meta.too-large",
        f"unpacks to {size} bytes; a table may unpack to {2**28}",
    )


def test_too_large_a_table_is_not_opened(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bigearthnet_v2_table, "MAX_SIZE", 100)
    assert read({MAIN: files[MAIN]}).error.category == "meta.too-large"
    monkeypatch.undo()
    monkeypatch.setattr(bigearthnet_v2_table, "MAX_VALUES", 3)
    assert "values in one column" in read({MAIN: files[MAIN]}).error.reason


def test_bytes_that_cannot_be_had_are_an_error_of_the_table() -> None:
    lost = MemberError(MAIN, "archive.corrupt", "its checksum is wrong")
    error = run_reader(BigEarthNetV2(), memory_members([(MAIN, lost)])).error
    assert (error.path, error.category, error.reason) == (MAIN, "archive.corrupt", "its checksum is wrong")


@pytest.mark.parametrize("cuts", [(), (5, 15, 30, 45)])
@pytest.mark.parametrize(
    ("ending", "content", "category"),
    [
        ("_B05.tif", None, "image.missing"),
        ("_VH.tif", None, "image.missing"),
        ("_B02.tif", b"II*\0garbage", "image.corrupt"),
        ("_B11.tif", b"", "image.corrupt"),
        ("_reference_map.tif", b"text", "input.junk"),
    ],
)
def test_a_folder_with_a_problem_costs_its_patch(
    files: Files, ending: str, content: bytes | None, category: str, cuts: tuple[int, ...]
) -> None:
    path = only(files, ending)
    if content is None:
        del files[path]
    else:
        files[path] = content
    outcome = read(files, *cuts)
    assert (outcome.error.category, outcome.rows.num_rows, outcome.warnings) == (category, 3, ())
    assert outcome.error.path == (path if content is not None else path.rpartition("/")[0])


def test_a_raster_in_another_place_than_its_name_is_an_error(files: Files) -> None:
    here, there = (only(files, "_B02.tif", number) for number in (0, 1))
    files[here] = files[there]
    outcome = read(files)
    assert (outcome.error.category, outcome.error.path) == ("meta.mismatch", here)
    assert outcome.error.reason.startswith("lies at EPSG:32633 (")


def test_a_map_of_no_patch_is_an_error(files: Files) -> None:
    path = only(files, "_reference_map.tif")
    kept = {name: files[name] for name in TABLES}
    edit(kept, lambda rows: [row for row in rows if row["patch_id"] not in path])
    outcome = read({**kept, path: files[path]})
    assert (outcome.error.category, outcome.error.path) == ("meta.missing", path.rpartition("/")[0])


def test_of_two_folders_of_one_name_the_first_by_path_is_used(files: Files) -> None:
    folder = only(files, "_B02.tif").rpartition("/")[0]
    for above in ("A/", "again/"):
        copies = {above + path: content for path, content in files.items() if path.startswith(folder)}
        outcome = read(files | copies)
        used, left_out = sorted((folder, above + folder))
        assert (outcome.error.path, outcome.error.category) == (left_out, "name.duplicate")
        assert outcome.row(folder.rpartition("/")[2])["assets"][-1]["href"].startswith(used)


@pytest.mark.parametrize("cuts", [(), (40,)])
def test_a_band_that_occurs_twice_alike_is_a_warning(files: Files, cuts: tuple[int, ...]) -> None:
    path = only(files, "_VV.tif")
    outcome = run_reader(BigEarthNetV2(), memory_members([*files.items(), (path, files[path])]), cuts)
    # In another part than a folder that was whole, the copy is a folder of its own that lacks the rest.
    if cuts:
        assert outcome.rows.num_rows + len(outcome.errors) == 5
    else:
        assert (outcome.errors, outcome.warning.path, outcome.warning.category) == ((), path, "image.duplicate")


def test_stray_files_are_ignored(files: Files) -> None:
    strays = ("README.md", "BigEarthNet-S2/x/notes.txt", only(files, "_B02.tif").replace("_B02", "_B10"))
    outcome = read(files | dict.fromkeys(strays, b"x") | {"dsdocs-sample.json": b"{}"})
    assert outcome.ignored == tuple(sorted(strays))
