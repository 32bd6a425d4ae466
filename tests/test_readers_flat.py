"""Images in one folder: each is a patch where its georeference says, and nothing is taken for a label."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rasterio.transform import Affine

from dsdocs.archive import open_archive
from dsdocs.errors import MemberError
from dsdocs.readers.class_folder import ClassFolder
from dsdocs.readers.flat import FlatImages
from support.reading import folder_members, memory_members, run_reader

NORTH_UP = Affine(10, 0, 500_000, 0, -10, 5_000_000)


def png() -> bytes:
    sink = io.BytesIO()
    Image.new("L", (3, 3)).save(sink, "PNG")
    return sink.getvalue()


def geotiff(transform: Affine = NORTH_UP) -> bytes:
    with rasterio.MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=6, height=4, count=2, dtype="uint16", crs="EPSG:32633", transform=transform
        ) as target:
            target.write(np.ones((2, 4, 6), np.uint16))
        return bytes(memory.read())


GEOTIFF = geotiff()
FILES = {"x/a.tif": GEOTIFF, "x/b.png": png(), "x/c.tif": b"", "x/r.md": b"#"}


def test_an_image_is_a_patch_without_labels_where_its_georeference_says() -> None:
    row = run_reader(FlatImages(), memory_members({"a.tif": GEOTIFF})).row("a")
    assert (row["crs"], row["labels"], row["gsd"], row["width"], row["height"]) == ("EPSG:32633", None, 10.0, 6, 4)
    assert row["ring"] == [500_000, 5_000_000, 500_060, 5_000_000, 500_060, 4_999_960, 500_000, 4_999_960]
    assert row["assets"] == [{"key": "image", "href": "a.tif"}]


def test_a_rotated_image_has_a_rotated_outline() -> None:
    turned = Affine(8, 6, 500_000, 6, -8, 5_000_000)
    row = run_reader(FlatImages(), memory_members({"a.tif": geotiff(turned)})).row("a")
    corners = (500_000, 5_000_000), (500_048, 5_000_036), (500_072, 5_000_004), (500_024, 4_999_968)
    assert row["ring"] == [value for corner in corners for value in corner]
    assert row["gsd"] == 10.0


def test_what_cannot_be_placed_is_kept_and_what_cannot_be_read_is_named() -> None:
    found = run_reader(FlatImages(), memory_members(FILES))
    assert (found.ids, found.ignored) == (["a", "b"], ("x/r.md",))
    assert (found.error.path, found.error.category) == ("x/c.tif", "image.corrupt")
    assert found.row("b")["ring"] is None
    gone = MemberError("a.tif", "archive.encrypted", "needs a password")
    error = run_reader(FlatImages(), memory_members([("a.tif", gone)])).error
    assert (error.category, error.reason) == ("archive.encrypted", "needs a password")


def test_a_system_without_a_code_is_a_warning(shared_data: Path) -> None:
    path = shared_data / "spacenet" / "sample_geotiff_custom_proj.tif"
    found = run_reader(FlatImages(), memory_members({"a.tif": path.read_bytes()}))
    assert (found.warning.path, found.warning.category) == ("a.tif", "geo.crs")
    assert found.row("a")["ring"] is None


def test_images_in_several_folders_are_kept_with_a_warning_that_names_the_other_reader() -> None:
    found = run_reader(FlatImages(), memory_members({"x/a.tif": GEOTIFF, "y/b.tif": GEOTIFF}), [1])
    assert (found.warning.category, found.ids) == ("meta.mismatch", ["a", "b"])
    assert "class-folder" in found.warning.reason


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 5), max_size=3))
def test_neither_order_nor_parts_change_what_is_read(shuffle: random.Random, cuts: list[int]) -> None:
    members = memory_members({**FILES, "x/d.tif": GEOTIFF})
    expected = run_reader(FlatImages(), members)
    shuffle.shuffle(members)
    assert run_reader(FlatImages(), members, cuts) == expected


def test_the_real_patches_lie_in_seven_zones_and_have_twelve_bands(shared_data: Path) -> None:
    folder = shared_data / "hydro"
    reader = FlatImages()
    assert "7 images without labels" in (reader.recognises([path.name for path in folder.iterdir()]) or "")
    found = run_reader(reader, folder_members(folder))
    assert (len(found.ids), found.errors, found.warnings, found.ignored) == (7, (), (), ())
    assert len(set(found.rows["crs"].to_pylist())) == 7
    for row in found.rows.to_pylist():
        with rasterio.open(folder / f"{row['id']}.tif", driver="GTiff") as image:
            assert row["crs"] == f"EPSG:{image.crs.to_epsg()}"
            assert (row["ring"][0], row["ring"][5], row["ring"][4], row["ring"][1]) == image.bounds
    described = reader.describe(found.rows, open_archive(folder))
    assert (described.title, described.nomenclature) == ("hydro", None)
    assert described.sensors["image"].id == "generic-12"


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["readme.md"],
        ["a/x.tif", "b/y.tif"],
        ["x.tif", "a/y.tif"],
        ["S2_B02.tif", "S2_B03.tif"],
        ["x_VV.tif", "x_VH.tif"],
        ["a.tif", "a_mask.tif"],
        ["a.tif", "a.geojson"],
        ["a.tif", "a.json"],
        ["a.jpg", "a.txt"],
        ["a.tif", "labels.csv"],
        ["a.tif", "metadata.parquet"],
        ["a.tif", "LandUse_Multilabeled.txt"],
    ],
)
def test_what_may_hold_labels_or_bands_is_not_claimed(names: list[str]) -> None:
    assert FlatImages().recognises(names) is None


def test_notes_that_are_not_about_one_image_do_not_matter() -> None:
    assert FlatImages().recognises(["p/a.tif", "p/b.tif", "README.md", "LICENSE.txt", "p/a.tif.aux.xml"])


def test_folders_named_after_splits_are_splits_and_no_classes() -> None:
    files = {f"d/{split}/{number}.png": png() for split in ("train", "Val", "test") for number in range(2)}
    assert "in folders of splits" in str(FlatImages().recognises(sorted(files)))
    assert ClassFolder().recognises(sorted(files)) is None
    found = run_reader(FlatImages(), memory_members(files))
    assert {name: found.row(name)["split"] for name in ("train_0", "val_1", "test_1")} == {
        "train_0": "train",
        "val_1": "val",
        "test_1": "test",
    }
    assert list(found.warnings) == []
