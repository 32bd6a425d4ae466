"""Class folders: how patches are named, and what becomes of images that are broken or lie in the wrong folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from corpus.archives import geotiff, good, jpeg
from dsdocs.errors import MemberError
from dsdocs.readers.class_folder import ClassFolder
from support.reading import Outcome, folder_members, memory_members, run_reader

PICTURE = jpeg()


def read(*paths: str, cuts: tuple[int, ...] = ()) -> Outcome:
    return run_reader(ClassFolder(), memory_members(dict.fromkeys(paths, PICTURE)), cuts)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Forest/Forest_1.jpg", "Forest_1"),
        ("airplane/airplane00.tif", "airplane00"),
        ("beach/1.jpg", "beach_1"),
        ("beach/0007 (2).png", "beach_0007 (2)"),
        ("beach/IMG_0007.png", "beach_IMG_0007"),
        ("train/beach/1.jpg", "train_beach_1"),
        ("data/Validation/beach/1.jpg", "val_beach_1"),
        ("data/beach/1.jpg", "beach_1"),
        ("beach/S2A_20170613_x7.tif", "S2A_20170613_x7"),
        ("Wald/Bäume 3.jpg", "Bäume 3"),
        ("森/森1.jpg", "森1"),
    ],
)
def test_a_patch_is_named_after_its_file_unless_that_is_a_mere_number(path: str, name: str) -> None:
    row = read(path, "other/other_1.jpg").row(name)
    assert row["labels"] == [path.split("/")[-2]]
    assert row["assets"] == [{"key": "image", "href": path}]


def test_numbers_may_begin_anew_in_each_folder() -> None:
    outcome = read(*(f"{split}/{label}/{n}.jpg" for split in ("train", "test") for label in "ab" for n in (1, 2)))
    assert len(set(outcome.ids)) == 8
    assert set(outcome.rows["split"].to_pylist()) == {"train", "test"}


def test_names_of_files_do_not_change_when_others_are_added() -> None:
    few = read("a/1.jpg", "b/b_2.jpg")
    many = read("a/1.jpg", "b/b_2.jpg", "c/1.jpg", "a/b_2.jpg")
    assert set(few.ids) < set(many.ids)


@pytest.mark.parametrize("cuts", [(), (1,), (2, 3), (1, 2, 3, 4)])
def test_an_image_that_is_named_after_another_class_is_warned_of(cuts: tuple[int, ...]) -> None:
    outcome = read("River/Forest_2.jpg", "River/Forest_1.jpg", "Forest/Forest_9.jpg", "River/River_1.jpg", cuts=cuts)
    assert (outcome.warning.path, outcome.warning.category) == ("River/Forest_1.jpg", "label.conflict")
    assert outcome.warning.reason == (
        "lies in the folder of the class 'River', but is named after 'Forest', as are 1 more there; kept as 'River'"
    )
    assert outcome.row("Forest_1")["labels"] == ["River"]


def test_a_word_that_is_no_class_is_no_conflict() -> None:
    assert read("River/Forest_1.jpg", "Lake/Forest_2.jpg").warnings == ()


@pytest.mark.parametrize(
    ("content", "category"),
    [(b"", "image.corrupt"), (PICTURE[:20], "image.corrupt"), (b"<html>403</html>", "input.junk")],
)
def test_an_image_that_cannot_be_read_is_an_error(content: bytes, category: str) -> None:
    files = {"a/a_1.jpg": content, "b/b_1.jpg": PICTURE}
    outcome = run_reader(ClassFolder(), memory_members(files))
    assert (outcome.error.path, outcome.error.category, outcome.ids) == ("a/a_1.jpg", category, ["b_1"])


def test_bytes_that_cannot_be_had_are_an_error() -> None:
    lost = MemberError("a/a_1.jpg", "fs.permission", "may not be read")
    error = run_reader(ClassFolder(), memory_members([("a/a_1.jpg", lost)])).error
    assert (error.path, error.category, error.reason) == ("a/a_1.jpg", "fs.permission", "may not be read")


def test_files_outside_of_folders_and_other_files_are_ignored() -> None:
    outcome = read("a_1.jpg", "a/a_1.jpg", "a/Thumbs.db", "README.md")
    assert (outcome.ignored, outcome.ids) == (("README.md", "a/Thumbs.db", "a_1.jpg"), ["a_1"])


def test_pixel_sizes_are_lengths_only_where_the_system_is_in_metres() -> None:
    files = {"a/a_1.tif": geotiff(16, x=5e5), "b/b_1.jpg": PICTURE}
    rows = run_reader(ClassFolder(), memory_members(files)).rows
    assert rows["gsd"].to_pylist() == [10.0, None]
    assert rows["crs"].to_pylist() == ["EPSG:32633", None]


def test_a_raster_in_a_system_without_a_code_is_kept_with_a_warning(shared_data: Path, tmp_path: Path) -> None:
    for label, file in (("city", "sample_geotiff_custom_proj.tif"), ("town", "sample_geotiff.tif")):
        (tmp_path / label).mkdir()
        shutil.copy(shared_data / "spacenet" / file, tmp_path / label / file)
    outcome = run_reader(ClassFolder(), folder_members(tmp_path))
    assert (outcome.warning.path, outcome.warning.category) == ("city/sample_geotiff_custom_proj.tif", "geo.crs")
    assert sorted(crs is None for crs in outcome.rows["crs"].to_pylist()) == [False, True]


@pytest.mark.parametrize(
    "names",
    [
        ["a/1.jpg"],  # one class
        ["a/1.jpg", "b/c/1.jpg"],  # images at two depths
        ["a/p_B02.tif", "b/p_B03.tif"],  # bands
        ["images/1.png", "masks/1.png"],
        list(good("ucmerced-multilabel")),
        list(good("multihot-csv")),
        ["a/1.txt", "b/2.txt"],
        [],
    ],
)
def test_other_layouts_are_not_claimed(names: list[str]) -> None:
    assert ClassFolder().recognises(names) is None
