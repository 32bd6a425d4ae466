"""UC Merced with its multi-labels: the table gives the labels, the folder the class, and two tables agree."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dsdocs.readers.labelled.ucmerced import UCMerced, has_multilabel_table
from support.reading import Outcome, folder_members, memory_members, run_reader
from support.workbooks import workbook

HEADER = ["IMAGE\\LABEL", "field", "sand", "sea"]
ROWS = {"agricultural00": "100", "beach00": "011", "beach01": "010"}
TEXT, BOOK = "LandUse_Multilabeled.txt", "LandUse_Multilabeled.xlsx"


def tiff() -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (8, 8)).save(sink, "TIFF")
    return sink.getvalue()


TIFF = tiff()


def text(rows: dict[str, str] = ROWS) -> bytes:
    lines = [HEADER, *([name, *codes] for name, codes in rows.items())]
    return "".join("\t".join(line) + "\r\n" for line in lines).encode()


def book(rows: dict[str, str] = ROWS) -> bytes:
    return workbook([HEADER, *([name, *map(int, codes)] for name, codes in rows.items())])


def archive(**changes: bytes) -> dict[str, bytes]:
    images = {f"UCMerced_LandUse/Images/{name.rstrip('01')}/{name}.tif": TIFF for name in ROWS}
    return {**images, TEXT: text(), **changes}


def read(files: dict[str, bytes]) -> Outcome:
    return run_reader(UCMerced(), memory_members(files))


def test_labels_come_from_the_table_and_the_class_from_the_folder() -> None:
    found = read(archive())
    assert found.row("beach00")["labels"] == ["sand", "sea"]
    assert found.row("beach00")["ucm:class"] == "beach"
    assert (found.errors, found.warnings, found.ignored) == ((), (), ())


def test_text_and_workbook_say_the_same() -> None:
    files = archive()
    both = read({**files, BOOK: book()})
    del files[TEXT]
    assert both == read({**files, BOOK: book()}) == read(archive())


def test_tables_that_disagree_cost_the_images_they_disagree_on() -> None:
    found = read({**archive(), BOOK: book(ROWS | {"beach01": "011"})})
    assert (found.error.path, found.error.category) == ("UCMerced_LandUse/Images/beach/beach01.tif", "label.conflict")
    assert found.error.reason == f"rows of {TEXT} and {BOOK} differ in 'sea'"
    assert found.ids == ["agricultural00", "beach00"]


def test_a_row_that_one_table_lacks_is_kept_and_told() -> None:
    found = read({**archive(), BOOK: book({name: ROWS[name] for name in ("beach00", "beach01")})})
    assert (found.warning.path, found.warning.category) == (BOOK, "meta.missing")
    assert "lacks 1 rows that another table has, such as 'agricultural00'" in found.warning.reason
    assert len(found.ids) == 3


def test_rows_without_images_are_kept_without_pixels_under_the_class_of_their_name() -> None:
    files = archive()
    del files["UCMerced_LandUse/Images/beach/beach01.tif"]
    found = read(files)
    assert (found.warning.path, found.warning.category) == (TEXT, "image.missing")
    row = found.row("beach01")
    assert (row["assets"], row["labels"], row["ucm:class"]) == ([], ["sand"], "beach")


def test_an_image_without_a_row_is_quarantined() -> None:
    error = read({**archive(), "UCMerced_LandUse/Images/beach/beach02.tif": TIFF}).error
    assert (error.path, error.category) == ("UCMerced_LandUse/Images/beach/beach02.tif", "meta.missing")


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (text().replace(b"IMAGE", b'"IMAGE'), "meta.syntax"),
        (b"", "input.empty"),
        (text().replace(b"sea", b"s\xe9a"), "meta.encoding"),
    ],
)
def test_a_table_that_cannot_be_read_leaves_every_image_without_a_row(content: bytes, category: str) -> None:
    found = read(archive(**{TEXT: content}))
    assert sorted(error.category for error in found.errors) == sorted([category, *["meta.missing"] * 3])


@pytest.mark.parametrize(("row", "category"), [(b'"x\t1\r\n', "meta.syntax"), (b"x\xe9\t1\t0\t0\r\n", "meta.encoding")])
def test_a_broken_row_costs_no_image_but_its_own(row: bytes, category: str) -> None:
    found = read(archive(**{TEXT: text() + row}))
    assert (found.error.path, found.error.category) == (TEXT, category)
    assert "line 5" in found.error.reason
    assert len(found.ids) == 3


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 6), max_size=3))
def test_neither_order_nor_parts_change_what_is_read(shuffle: random.Random, cuts: list[int]) -> None:
    members = memory_members({**archive(), BOOK: book(ROWS | {"beach01": "111", "river00": "001"}), "x.mat": b""})
    expected = run_reader(UCMerced(), members)
    shuffle.shuffle(members)
    assert run_reader(UCMerced(), members, cuts) == expected


def test_the_published_archive_has_2100_patches_of_which_four_have_pixels(shared_data: Path) -> None:
    found = run_reader(UCMerced(), folder_members(shared_data / "ucmerced"))
    assert (len(found.ids), found.errors, found.ignored) == (2100, (), ("LandUse_multilabels.mat",))
    assert "2,096 rows are about images that are not in the archive" in found.warning.reason
    assert found.row("airplane00")["labels"] == ["airplane", "cars", "grass", "pavement"]
    counts = {
        name: found.rows["ucm:class"].to_pylist().count(name) for name in set(found.rows["ucm:class"].to_pylist())
    }
    assert set(counts.values()) == {100}
    assert len(counts) == 21  # Yang and Newsam 2010


def test_only_the_table_of_multi_labels_is_claimed(shared_data: Path) -> None:
    assert TEXT in (UCMerced().recognises(list(archive())) or "")
    images = [member.path for member in folder_members(shared_data / "ucmerced" / "UCMerced_LandUse")]
    assert UCMerced().recognises(images) is None
    assert has_multilabel_table(["x/landuse_multilabeled.XLSX"])
    assert not has_multilabel_table(images)
