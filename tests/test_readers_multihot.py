"""Images with tables of 0 and 1: rows find their images, and whatever does not fit is named."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dsdocs.errors import MemberError
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.readers.labelled.multihot import MultiHot, has_category_tables
from support.reading import Outcome, folder_members, memory_members, run_reader

MLRSNET = [each.name for each in load_nomenclature("mlrsnet").classes]
LABELS = ["water", "trees", "sand"]
Rows = dict[str, dict[str, str]]  # table -> name -> codes of its columns
ROWS: Rows = {"beach": {"beach_1.jpg": "101", "beach_2.jpg": "001"}, "lake": {"lake_1.jpg": "110"}}


def jpeg() -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (20, 10)).save(sink, "JPEG")
    return sink.getvalue()


JPEG = jpeg()


def table(rows: dict[str, str] | list[tuple[str, str]], labels: list[str] = LABELS) -> bytes:
    pairs = rows.items() if isinstance(rows, dict) else rows
    lines = [["image", *labels], *([name, *codes] for name, codes in pairs)]
    return "".join(",".join(line) + "\r\n" for line in lines).encode()


def archive(rows: Rows = ROWS, images: bool = True) -> dict[str, bytes]:
    files = {f"Labels/{name}.csv": table(own) for name, own in rows.items()}
    if images:
        files |= {f"Images/{name}/{image}": JPEG for name, own in rows.items() for image in own}
    return files


def read(files: dict[str, bytes]) -> Outcome:
    return run_reader(MultiHot(), memory_members(files))


def labels(outcome: Outcome) -> dict[str, list[str]]:
    return dict(zip(outcome.ids, outcome.rows["labels"].to_pylist(), strict=True))


def test_a_row_gives_its_labels_to_the_image_of_its_name() -> None:
    found = read(archive())
    assert labels(found) == {"beach_1": ["water", "sand"], "beach_2": ["sand"], "lake_1": ["water", "trees"]}
    assert (found.errors, found.warnings, found.ignored) == ((), (), ())
    row = found.row("beach_1")
    assert row["assets"] == [{"key": "image", "href": "Images/beach/beach_1.jpg"}]
    assert (row["width"], row["height"], row["dataset:category"]) == (20, 10, "beach")


def test_columns_of_mlrsnet_make_the_category_one_of_mlrsnet() -> None:
    assert "mlrs:category" not in read(archive()).rows.column_names
    files = archive() | {"Labels/lake.csv": table({"lake_1.jpg": "1" + "0" * 59}, MLRSNET)}
    assert read(files).row("lake_1")["mlrs:category"] == "lake"
    files["Labels/lake.csv"] = table({"lake_1.jpg": "1" + "0" * 60}, [*MLRSNET, "zebra"])
    assert "mlrs:category" not in read(files).rows.column_names


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 12), max_size=4))
def test_neither_order_nor_parts_change_what_is_read(shuffle: random.Random, cuts: list[int]) -> None:
    files = archive() | {
        "Images/lake/lake_9.jpg": JPEG,
        "Images/lake/broken.jpg": b"\xff\xd8\xff",
        "Labels/lake.csv": table(
            [("lake_1.jpg", "110"), ("lake_1.jpg", "110"), ("beach_2.jpg", "001"), ("x.jpg", "000")]
        ),
        "notes.txt": b"",
    }
    members = memory_members(files)
    expected = run_reader(MultiHot(), members)
    shuffle.shuffle(members)
    assert run_reader(MultiHot(), members, cuts) == expected


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}_[0-9]{1,3}", fullmatch=True), st.text("01", min_size=3, max_size=3)))
def test_every_image_and_every_row_comes_back_once(rows: dict[str, str]) -> None:
    files = {"labels.csv": table({"zzz_0": "111", **rows}), **{f"all/{name}.jpg": JPEG for name in ["zzz_0", *rows]}}
    found = read(files)
    codes = {name: "".join("01"[label in own] for label in LABELS) for name, own in labels(found).items()}
    assert codes == {"zzz_0": "111", **rows}
    assert sum(warning.category == "label.empty" for warning in found.warnings) == list(rows.values()).count("000")


def test_an_image_without_a_row_is_quarantined_and_the_tables_are_named() -> None:
    error = read(archive() | {"Images/lake/lake_7.jpg": JPEG}).error
    assert (error.path, error.category) == ("Images/lake/lake_7.jpg", "meta.missing")
    assert "Labels/beach.csv, Labels/lake.csv" in error.reason


def test_an_image_without_a_row_that_cannot_be_read_either_is_one_error() -> None:
    error = read(archive() | {"Images/lake/lake_7.jpg": b""}).error
    assert (error.path, error.category) == ("Images/lake/lake_7.jpg", "image.corrupt")


def test_rows_without_images_are_kept_with_one_warning() -> None:
    files = archive(ROWS | {"park": {"park_1.jpg": "010", "park_2.jpg": "010"}})
    files = {path: content for path, content in files.items() if "Images/park" not in path}
    found = read(files)
    assert (found.warning.path, found.warning.category) == ("Labels/park.csv", "image.missing")
    assert "2 rows are about images that are not in the archive, such as 'park_1'" in found.warning.reason
    assert found.row("park_1")["assets"] == []
    assert found.row("park_1")["dataset:category"] == "park"


def test_tables_alone_are_an_archive_with_one_warning() -> None:
    found = read(archive(images=False))
    assert (found.warning.category, found.ids) == ("image.missing", ["beach_1", "beach_2", "lake_1"])
    assert found.rows["dataset:category"].to_pylist() == ["beach", "beach", "lake"]


@pytest.mark.parametrize(
    ("code", "shown"), [("2", "2"), ("yes", "'yes'"), ("", "nothing"), ("-1", "-1"), ("0.5", "0.5")]
)
def test_what_is_neither_0_nor_1_costs_its_row_alone(code: str, shown: str) -> None:
    files = archive() | {"Labels/beach.csv": b"image,water,trees\nbeach_1.jpg,1,%s\nbeach_2.jpg,1,0\n" % code.encode()}
    found = read(files)
    assert (found.error.path, found.error.category) == ("Images/beach/beach_1.jpg", "meta.schema")
    expected = f"Labels/beach.csv: row 'beach_1.jpg': column 'trees' holds {shown}; expected 0 or 1"
    assert found.error.reason == expected
    assert found.ids == ["beach_2", "lake_1"]


def test_truth_values_and_decimal_numbers_stand_for_0_and_1() -> None:
    files = archive() | {"Labels/beach.csv": b"image,water,trees\nbeach_1.jpg,1.0,False\nbeach_2.jpg,0.0,True\n"}
    assert labels(read(files))["beach_1"] == ["water"]


def test_a_table_without_a_row_of_0_and_1_is_one_error_and_each_image_says_what_it_lacks() -> None:
    found = read(archive() | {"Labels/lake.csv": b"image,class,size\nlake_1.jpg,water,3\n"})
    assert [(error.path, error.category) for error in found.errors] == [
        ("Images/lake/lake_1.jpg", "meta.missing"), ("Labels/lake.csv", "meta.schema")
    ]  # fmt: skip
    assert "no row holds 0 and 1 alone; in the first, column 'class' holds 'water'" in found.errors[1].reason
    assert read(archive() | {"more.csv": b"image\nlake_1.jpg\n"}).error.category == "meta.schema"


def test_equal_rows_are_one_patch_with_a_warning() -> None:
    found = read(archive() | {"Labels/lake.csv": table([("lake_1.jpg", "110")] * 3)})
    assert (found.warning.path, found.warning.category) == ("Images/lake/lake_1.jpg", "name.duplicate")
    assert found.ids == ["beach_1", "beach_2", "lake_1"]


def test_rows_that_contradict_one_another_cost_their_patch() -> None:
    found = read(archive() | {"Labels/more.csv": table({"lake_1.jpg": "011"})})
    assert (found.error.path, found.error.category) == ("Images/lake/lake_1.jpg", "label.conflict")
    assert found.error.reason == "rows of Labels/lake.csv and Labels/more.csv differ in 'sand', 'water'"
    assert found.ids == ["beach_1", "beach_2"]


def test_columns_in_another_order_are_no_contradiction() -> None:
    found = read(archive() | {"Labels/more.csv": table({"lake_1.jpg": "011"}, LABELS[::-1])})
    assert (found.errors, found.warning.category) == ((), "name.duplicate")


def test_a_row_of_zeros_is_kept_without_labels_and_with_a_warning() -> None:
    found = read(archive(ROWS | {"lake": {"lake_1.jpg": "000"}}))
    assert (found.warning.path, found.warning.category) == ("Images/lake/lake_1.jpg", "label.empty")
    assert labels(found)["lake_1"] == []


def test_a_row_in_the_table_of_another_category_is_kept_with_a_warning() -> None:
    files = archive() | {
        "Labels/beach.csv": table(ROWS["beach"] | ROWS["lake"]),
        "Labels/lake.csv": table({"lake_2.jpg": "111"}),
    }
    warnings = {warning.category: warning for warning in read(files).warnings}
    assert set(warnings) == {"meta.mismatch", "image.missing"}
    assert warnings["meta.mismatch"].reason.startswith(
        "row 'lake_1.jpg' stands in Labels/beach.csv, although it belongs to 'lake'"
    )
    assert labels(read(files))["lake_1"] == ["water", "trees"]
    alone = read({path: content for path, content in files.items() if path.endswith(".csv")})
    assert [warning.category for warning in alone.warnings] == ["image.missing", "meta.mismatch"]


def test_images_of_one_name_belong_to_the_table_of_their_folder() -> None:
    rows = {"beach": {"1.jpg": "100", "first.jpg": "001"}, "lake": {"1.jpg": "010", "first.jpg": "011"}}
    found = read(archive(rows))
    assert labels(found) == {
        "beach_1": ["water"], "beach_first": ["sand"], "lake_1": ["trees"], "lake_first": ["trees", "sand"]
    }  # fmt: skip
    assert (found.errors, found.warnings) == ((), ())


def test_a_bare_number_is_named_after_its_category() -> None:
    assert read(archive({"beach": {"7.jpg": "100"}})).ids == ["beach_7"]


def test_a_row_without_an_image_is_of_the_category_of_its_table() -> None:
    found = read(
        archive({"lake": {"first.jpg": "100"}}) | {"Labels/lake.csv": table({"first.jpg": "100", "x.jpg": "010"})}
    )
    assert found.row("x")["dataset:category"] == "lake"


def test_a_path_in_a_row_tells_images_of_one_name_apart() -> None:
    found = read({"a/x.jpg": JPEG, "b/x.jpg": JPEG, "all.csv": table({"a/x.jpg": "100", "./b/x.jpg": "010"})})
    assert labels(found) == {"a_x": ["water"], "b_x": ["trees"]}


def test_a_row_that_fits_two_images_costs_both() -> None:
    found = read({"a/x.jpg": JPEG, "b/x.jpg": JPEG, "c/y.jpg": JPEG, "all.csv": table({"x.jpg": "100", "y": "010"})})
    assert [(error.path, error.category) for error in found.errors] == [
        ("a/x.jpg", "name.duplicate"), ("b/x.jpg", "name.duplicate")
    ]  # fmt: skip
    assert found.ids == ["y"]


def test_a_path_that_occurs_twice_is_told() -> None:
    files = list(archive().items())
    same = run_reader(MultiHot(), memory_members([*files, ("Images/lake/lake_1.jpg", JPEG)]))
    assert (same.warning.category, len(same.ids)) == ("image.duplicate", 3)
    other = run_reader(MultiHot(), memory_members([("Images/lake/lake_1.jpg", JPEG + b"."), *files]))
    assert (other.error.path, other.error.category) == ("Images/lake/lake_1.jpg", "image.duplicate")
    assert other.ids == ["beach_1", "beach_2"]


def test_bytes_that_cannot_be_had_cost_their_image() -> None:
    path = "Images/lake/lake_1.jpg"
    files: dict[str, bytes | MemberError] = {
        **archive(),
        path: MemberError(path, "archive.corrupt", "the checksum is wrong"),
    }
    error = run_reader(MultiHot(), memory_members(list(files.items()))).error
    assert (error.path, error.category, error.reason) == (path, "archive.corrupt", "the checksum is wrong")


def test_names_and_labels_of_a_table_are_text_whatever_they_look_like() -> None:
    rows = {"../../etc/passwd": "100", "=cmd|'/C calc'!A0": "010", "{{ 7 * 7 }}": "001"}
    found = read({"all.csv": table(rows, ["<b>", "{{ x }}", "=1+1"])})
    assert labels(found) == {"passwd": ["<b>"], "C calc'!A0": ["{{ x }}"], "{{ 7 * 7 }}": ["=1+1"]}


def test_the_published_tables_have_one_image_without_a_label_and_no_other_fault(shared_data: Path) -> None:
    folder = shared_data / "mlrsnet"
    found = run_reader(MultiHot(), folder_members(folder))
    assert found.errors == ()
    assert found.ignored == ("Categories_names.xlsx", "README.md")
    warnings = {warning.category: warning for warning in found.warnings}
    assert set(warnings) == {"image.missing", "label.empty"}
    assert "island_01975.jpg" in warnings["label.empty"].reason
    with (folder / "labels" / "river.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    expected = {row[0][:-4]: [name for name, value in zip(header, row, strict=True) if value == "1"] for row in rows}
    assert expected.items() <= labels(found).items()
    assert len(found.ids) == 23_209
    assert max(len(own) for own in labels(found).values()) <= 13  # Qi et al. 2020, section 2.1


def test_only_tables_named_like_folders_or_categories_of_mlrsnet_are_claimed(shared_data: Path) -> None:
    reader = MultiHot()
    assert "2 tables" in (reader.recognises(list(archive())) or "")
    published = [member.path for member in folder_members(shared_data / "mlrsnet")]
    assert "10 tables named like categories of MLRSNet" in (reader.recognises(published) or "")
    assert reader.recognises(["train.csv", "test.csv"]) is None
    assert reader.recognises(["a/x.jpg", "b/x.jpg", "train.csv"]) is None
    assert reader.recognises(["airport.csv"]) is None
    assert has_category_tables(archive())
    assert not has_category_tables(["a/x.jpg", "train.csv"])
