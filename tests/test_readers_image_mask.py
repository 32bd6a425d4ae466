"""Frames of image and mask or outlines: matched by name, compared, cut into patches, and labelled."""

from __future__ import annotations

import io
import json
import shutil
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pytest
import rasterio
import shapely
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.transform import Affine

from dsdocs.archive import Member
from dsdocs.errors import MemberError
from dsdocs.geo.crs import transformer
from dsdocs.readers import Reader
from dsdocs.readers.columns import fragments_table, records_table
from dsdocs.readers.image_mask import ImageMask
from dsdocs.readers.image_mask.classes import ListError, parse_class_list
from dsdocs.readers.image_mask.grid import windows
from dsdocs.readers.image_mask.names import has_mask_partner, place_of
from dsdocs.records import Fragment, Ignored, PatchRecord, RecordError, RecordWarning
from support.reading import Memory, memory_members, run_reader

UTM = "EPSG:32616"
SPACENET = "SN2_buildings_train_AOI_2_Vegas"


def place(size: float = 0.5, left: float = 733601) -> Affine:
    return Affine(size, 0, left, 0, -size, 3725139)


PLACE = place()


@dataclass(frozen=True)
class Outcome:
    """Everything that a reader said."""

    records: list[PatchRecord]
    errors: list[tuple[str, str, str]]
    warnings: list[tuple[str, str, str]]
    ignored: list[str]

    @property
    def table(self) -> pa.Table:
        return records_table(sorted(self.records, key=lambda record: record.id))

    def record(self, name: str) -> PatchRecord:
        (found,) = [record for record in self.records if record.id == name]
        return found


def read(files: Mapping[str, bytes | MemberError], reader: Reader | None = None) -> Outcome:
    return read_members(memory_members(files.items()), reader or ImageMask(patch_size=8))


def read_members(members: Iterable[Member], reader: Reader) -> Outcome:
    items = list(reader.read(members))
    fragments = sorted((item for item in items if isinstance(item, Fragment)), key=lambda each: (each.unit, each.path))
    items += list(reader.finish(fragments_table(fragments), ()))
    errors = sorted((item.path, item.category, item.reason) for item in items if isinstance(item, RecordError))
    warnings = sorted((item.path, item.category, item.reason) for item in items if isinstance(item, RecordWarning))
    return Outcome(
        [item for item in items if isinstance(item, PatchRecord)],
        errors,
        warnings,
        sorted(item.path for item in items if isinstance(item, Ignored)),
    )


def tiff(array: Any, transform: Affine | None = PLACE, crs: str | None = UTM, **profile: Any) -> bytes:
    array = np.atleast_3d(np.asarray(array).T).T
    options = {"driver": "GTiff", "count": array.shape[0], "height": array.shape[1], "width": array.shape[2]}
    if transform is not None:
        options |= {"transform": transform, "crs": crs}
    with warnings.catch_warnings(), rasterio.MemoryFile() as file:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with file.open(**options, dtype=array.dtype, **profile) as dataset:
            dataset.write(array)
        data: bytes = file.read()
        return data


def png(array: Any) -> bytes:
    target = io.BytesIO()
    Image.fromarray(np.asarray(array)).save(target, "PNG")
    return target.getvalue()


def image(width: int = 20, height: int = 12) -> bytes:
    return png(np.zeros((height, width, 3), np.uint8))


def geojson(outlines: Sequence[Any], crs: str | None = "urn:ogc:def:crs:EPSG::32616", **properties: Any) -> bytes:
    geometries = [json.loads(shapely.to_geojson(each)) for each in outlines]
    features = [{"type": "Feature", "properties": properties, "geometry": geometry} for geometry in geometries]
    found: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        found["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(found).encode()


def mask_of(width: int = 20, height: int = 12) -> np.ndarray[Any, Any]:
    found = np.zeros((height, width), np.uint8)
    found[:8, :4] = 1  # half of the first window of 8 px
    found[:1, 8:9] = 2  # one pixel of 64 of the second
    found[8:, 16:] = 3  # all of the last, 4 x 4 px
    return found


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("train/images/a.png", "train/masks/a.png"),
        ("images/train/a.jpg", "masks/train/a.png"),
        ("train_images/a.png", "train_labels/a.tif"),
        ("img/a.tif", "label/a.tif"),
        ("a.tif", "a_mask.tif"),
        ("x/1_sat.jpg", "x/1_mask.png"),
        ("x/a_image.png", "x/a_gt.png"),
        ("x/img_7.png", "x/mask_7.png"),
        ("Images/a.b.png", "Ground Truth/a.b.png"),
        ("SN2_AOI_2/PS-RGB/SN2_AOI_2_PS-RGB_img1.tif", "SN2_AOI_2/PAN/SN2_AOI_2_PAN_img1.tif"),
        ("SN2_AOI/PAN/SN2_AOI_PAN_img1.tif", "SN2_AOI/geojson_buildings/SN2_AOI_geojson_buildings_img1.geojson"),
        ("AOI_2_Train/MUL/MUL_AOI_2_img1.tif", "AOI_2_Train/geojson/buildings/buildings_AOI_2_img1.geojson"),
        ("3band/3band_AOI_1_RIO_img1.tif", "geojson/Geo_AOI_1_RIO_img1.geojson"),
        ("train/L15/images_masked/g_L15_13.tif", "train/L15/labels_match/g_L15_13_Buildings.geojson"),
    ],
)  # fmt: skip
def test_published_names_belong_together(one: str, other: str) -> None:
    first, second = place_of(one), place_of(other)
    assert first is not None
    assert second is not None
    assert first.role == "image"
    assert first.unit == second.unit


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("train/images/a.png", "test/masks/a.png"),
        ("images/a.png", "masks/A.png"),
        ("images/a.png", "masks/aa.png"),
        ("spacenet/sample_geotiff.tif", "spacenet/geotiff_labels.geojson"),
        ("gt/1.jpg", "bmw/1.jpg"),
    ],
)
def test_other_names_do_not(one: str, other: str) -> None:
    first, second = place_of(one), place_of(other)
    assert first is not None
    assert second is not None
    assert first.unit != second.unit
    assert not has_mask_partner([one, other])


@pytest.mark.parametrize(
    ("path", "product"),
    [
        ("a/geojson_buildings/x_geojson_buildings_1.geojson", "buildings"),
        ("a/geojson/buildings/buildings_x_1.geojson", "buildings"),
        ("train/labels_match/x_Buildings.geojson", "buildings"),
        ("geojson/Geo_AOI_1_RIO_img1.geojson", ""),
        ("labels/train/x.geojson", ""),
        ("a/PS-RGB/x_PS-RGB_1.tif", "PS-RGB"),
        ("a/images_masked/x.tif", "masked"),
        ("train_images/x.tif", ""),
        ("a/x.tif", ""),
    ],
)
def test_folders_name_products_and_what_is_outlined(path: str, product: str) -> None:
    place = place_of(path)
    assert place is not None
    assert place.product == product


@pytest.mark.parametrize("path", ["a.txt", "masks/a.json", ".png", "masks/.png", "images/.hidden.png", "tif", ""])
def test_other_files_have_no_place(path: str) -> None:
    assert place_of(path) is None
    assert read({path: b""}).ignored == [path]


@given(st.text(st.sampled_from("ab_-. /é(\\*{"), max_size=20), st.sampled_from(["png", "geojson", "TIFF"]))
def test_any_path_has_a_unit_with_a_slash_or_none(stem: str, suffix: str) -> None:
    place = place_of(f"{stem}.{suffix}")
    assert place is None or (place.frame and "/" not in place.frame and place.unit.endswith("/" + place.frame))


@pytest.mark.parametrize(
    ("names", "claimed"),
    [
        (["x/images/a.png", "x/masks/a.png", "x/images/b.png"], True),
        (["Forest/Forest_1.tif", "River/River_1.tif"], False),
        (["with_mask/1.jpg", "without_mask/1.jpg"], False),
        (["Images/airport/airport_1.jpg", "Labels/airport.csv"], False),
        (["S2A_1_2/S2A_1_2_B02.tif", "S2A_1_2/S2A_1_2_labels_metadata.json"], False),
        (["BigEarthNet-S2/p/p_B02.tif", "Reference_Maps/p/p_reference_map.tif"], False),
        (["patch_1.tif", "patch_2.tif"], False),
        (["masks/a.png", "masks/b.png"], False),
        ([], False),
    ],
)
def test_only_archives_with_pairs_are_claimed(names: list[str], claimed: bool) -> None:
    found = ImageMask().recognises(names)
    assert bool(found) == claimed == has_mask_partner(names)
    if claimed:
        said = "1 image has a mask or a vector file of the same name, such as x/images/a.png and x/masks/a.png"
        assert found == said


# --- cutting ------------------------------------------------------------------------------------------------------


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 80))
def test_each_pixel_lies_in_exactly_one_window(width: int, height: int, size: int) -> None:
    seen = np.zeros((height, width), int)
    for row, column, (left, top, wide, high) in windows(width, height, size):
        assert (left, top) == (column * size, row * size)
        assert 1 <= wide <= size
        assert 1 <= high <= size
        seen[top : top + high, left : left + wide] += 1
    assert (seen == 1).all()


def test_a_frame_is_cut_into_patches_with_the_labels_of_their_windows() -> None:
    found = read({"images/f.tif": tiff(np.zeros((3, 12, 20), np.uint8)), "masks/f.tif": tiff(mask_of())})
    assert [record.id for record in found.records] == ["f_0_0", "f_0_1", "f_0_2", "f_1_0", "f_1_1", "f_1_2"]
    first, second, last = (found.record(name) for name in ("f_0_0", "f_0_1", "f_1_2"))
    assert first.labels == ("class 1",)
    assert first.facts == {"mask:background": 0.5, "mask:classes": 1, "mask:coverage": 1.0}
    assert (first.window, first.width, first.height, first.gsd, first.tile) == ((0, 0, 8, 8), 8, 8, 0.5, "f")
    assert second.labels == ("class 2",)
    assert (last.labels, last.window, last.facts["mask:background"]) == (("class 3",), (16, 8, 4, 4), 0.0)
    assert found.record("f_1_0").labels == ()
    assert first.assets == {"image": "images/f.tif", "mask": "masks/f.tif"}
    assert last.footprint is not None
    assert last.footprint.crs == UTM
    assert last.footprint.ring == ((733609, 3725135), (733611, 3725135), (733611, 3725133), (733609, 3725133))
    assert not found.errors
    assert not found.warnings


def test_a_frame_smaller_than_a_patch_is_one_patch_and_no_window() -> None:
    found = read({"images/f.png": image(), "masks/f.png": png(mask_of())}, ImageMask())
    (record,) = found.records
    assert (record.id, record.window, record.width, record.height) == ("f_0_0", None, 20, 12)
    assert (record.footprint, record.gsd) == (None, None)
    assert record.labels == ("class 1", "class 3")  # one pixel of 240 is less than a hundredth


def test_the_least_share_counts_pixels_with_data() -> None:
    mask = np.full((10, 10), 255, np.uint8)
    mask[0] = [1, *[0] * 9]
    files = {"images/f.tif": tiff(np.zeros((10, 10), np.uint8)), "masks/f.tif": tiff(mask, nodata=255)}
    for share, labels in ((0.1, ("class 1",)), (0.11, ())):
        (record,) = read(files, ImageMask(min_share=share)).records
        assert record.labels == labels
        assert record.facts == {"mask:background": 0.9, "mask:classes": 1, "mask:coverage": 0.1}


def test_a_window_without_data_has_no_labels_and_no_background() -> None:
    seven = np.full((9, 9), 7, np.uint8)
    files = {"images/f.tif": tiff(seven), "masks/f.tif": tiff(seven, nodata=7)}
    (record,) = read(files, ImageMask()).records
    assert record.labels == ()
    assert record.facts == {"mask:background": None, "mask:classes": 0, "mask:coverage": 0.0}


def test_a_background_that_is_declared_as_no_data_is_still_there() -> None:
    mask = np.zeros((10, 10), np.uint8)
    mask[0, :5] = 1
    files = {"images/f.tif": tiff(np.zeros((10, 10), np.uint8)), "masks/f.tif": tiff(mask, nodata=0)}
    (record,) = read(files, ImageMask()).records
    assert record.facts == {"mask:background": 0.95, "mask:classes": 1, "mask:coverage": 1.0}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32", "float64"])
def test_masks_of_any_type_count_the_same(dtype: str) -> None:
    expected = read({"images/f.png": image(), "masks/f.png": png(mask_of())}).table
    found = read({"images/f.png": image(), "masks/f.tif": tiff(mask_of().astype(dtype), None)}).table
    assert found.drop_columns("assets").equals(expected.drop_columns("assets"))


def test_values_below_zero_and_beyond_16_bit_are_classes_too() -> None:
    mask = np.zeros((8, 8), np.int32)
    mask[0], mask[1] = -5, 1_000_000
    (record,) = read({"images/f.png": image(8, 8), "masks/f.tif": tiff(mask, None)}).records
    assert record.labels == ("class -5", "class 1000000")


def test_pixels_that_are_no_number_have_no_class() -> None:
    mask = np.full((8, 8), np.nan, np.float32)
    mask[0] = 1
    (record,) = read({"images/f.png": image(8, 8), "masks/f.tif": tiff(mask, None)}).records
    assert record.labels == ("class 1",)
    assert record.facts["mask:coverage"] == 1 / 8


def test_colours_are_classes_and_black_is_background() -> None:
    mask = np.zeros((12, 20, 3), np.uint8)
    mask[:8, :4] = (255, 0, 0)
    mask[8:, 16:] = (0, 128, 255)
    files = {"images/f.png": image(), "masks/f.png": png(mask)}
    found = read(files)
    assert found.record("f_0_0").labels == ("class #ff0000",)
    assert found.record("f_1_2").labels == ("class #0080ff",)
    assert found.record("f_0_1").labels == ()
    named = read(files | {"class_dict.csv": b"name,r,g,b\nroof,255,0,0\nwater,0,128,255\nvoid,0,0,0\n"})
    assert named.record("f_0_0").labels == ("roof",)
    assert named.record("f_1_2").labels == ("water",)


def test_pixels_of_a_colour_mask_that_are_transparent_have_no_class() -> None:
    mask = np.zeros((8, 8, 4), np.uint8)
    mask[:4] = (255, 0, 0, 255)
    (record,) = read({"images/f.png": image(8, 8), "masks/f.png": png(mask)}).records
    assert record.labels == ("class #ff0000",)
    assert record.facts["mask:coverage"] == 0.5


def test_a_mask_as_palette_counts_its_indices() -> None:
    target = io.BytesIO()
    picture = Image.fromarray(mask_of())
    picture.putpalette([255, 0, 0, 0, 255, 0] * 128)
    picture.save(target, "PNG")
    found = read({"images/f.png": image(), "masks/f.png": target.getvalue()})
    assert found.record("f_0_0").labels == ("class 1",)


def test_wide_frames_are_counted_in_several_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"images/f.png": image(), "masks/f.tif": tiff(mask_of(), None, tiled=True, blockxsize=16, blockysize=16)}
    expected = read(files).table
    monkeypatch.setattr("dsdocs.readers.image_mask.pixels._AT_ONCE", 1)
    assert read(files).table.equals(expected)


# --- classes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("classes.txt", b"1 car park\n2 tree\n"),
        ("classes.txt", b"1: car park\r\n2: tree\r\n"),
        ("classes.csv", b"value,name\n1,car park\n2,tree\n"),
        ("classes.csv", b"\xef\xbb\xbfcar park;1\ntree;2\n"),
        ("label_map.json", b'{"1": "car park", "2": "tree"}'),
        ("label_map.json", b'{"car park": 1, "tree": 2}'),
        ("classes.json", b'[{"id": 1, "name": "car park"}, {"value": 2, "name": "tree"}]'),
    ],
)
def test_lists_of_classes_name_values(file: str, content: bytes) -> None:
    assert parse_class_list(file, content) == {1: "car park", 2: "tree"}
    found = read({"d/images/f.png": image(), "d/masks/f.png": png(mask_of()), f"d/{file}": content})
    assert found.record("f_0_0").labels == ("car park",)
    assert found.record("f_1_2").labels == ("class 3",)
    assert not found.ignored


@pytest.mark.parametrize(("file", "content"), [("classes.txt", b"void\nroof\n"), ("classes.json", b'["void", "roof"]')])
def test_names_alone_are_numbered_from_0(file: str, content: bytes) -> None:
    assert parse_class_list(file, content) == {0: "void", 1: "roof"}


def test_a_name_decides_what_is_background() -> None:
    mask = np.ones((8, 8), np.uint8)
    mask[:4] = 0
    files = {"images/f.png": image(8, 8), "masks/f.png": png(mask)}
    (record,) = read(files | {"classes.txt": b"0 building\n1 background\n"}).records
    assert record.labels == ("building",)
    assert record.facts["mask:background"] == 0.5


@pytest.mark.parametrize(
    ("file", "content", "category"),
    [
        ("classes.txt", b"\xff\xfe1", "meta.encoding"),
        ("classes.json", b"{", "meta.syntax"),
        ("classes.json", b"[" * 5000, "meta.syntax"),
        ("classes.json", b'"roof"', "meta.schema"),
        ("classes.json", b'{"a": "b"}', "meta.schema"),
        ("classes.json", b'[{"id": true, "name": "x"}]', "meta.schema"),
        ("classes.csv", b"value,name\n1,roof\n1,tree\n", "meta.schema"),
        ("classes.csv", b"1,\n", "meta.schema"),
        ("classes.csv", b"1,a\nroof\n", "meta.schema"),
    ],
)
def test_lists_that_cannot_be_used_are_named(file: str, content: bytes, category: str) -> None:
    with pytest.raises(ListError) as caught:
        parse_class_list(file, content)
    assert caught.value.category == category
    found = read({"images/f.png": image(), "masks/f.png": png(mask_of()), file: content})
    assert [(path, which) for path, which, _ in found.errors] == [(file, category)]
    assert len(found.records) == 6


@given(st.binary(max_size=60), st.sampled_from(["classes.txt", "classes.csv", "classes.json"]))
def test_any_list_is_read_or_refused(content: bytes, file: str) -> None:
    with suppress(ListError):
        assert all(parse_class_list(file, content).values())


def test_two_lists_must_agree() -> None:
    files = {"images/f.png": image(), "masks/f.png": png(mask_of())}
    files |= {"a/classes.txt": b"1 roof", "b/classes.txt": b"1 roof"}
    assert not read(files).errors
    found = read(files | {"b/classes.txt": b"1 tree"})
    assert [error[:2] for error in found.errors] == [("b/classes.txt", "label.conflict")]
    assert found.record("f_0_0").labels == ("roof",)


# --- faults -------------------------------------------------------------------------------------------------------

GOOD = {"images/f.tif": tiff(np.zeros((12, 20), np.uint8)), "masks/f.tif": tiff(mask_of())}
TIF, PNG, MASK, JSON = "images/g.tif", "images/g.png", "masks/g.tif", "labels/g.geojson"
PLACED, OUTLINE = tiff(mask_of()), shapely.box(733601, 3725133, 733603, 3725135)
UNREADABLE = MemberError("g", "archive.corrupt", "its CRC does not fit")
NOISE = np.random.default_rng(0).integers(0, 255, (12, 20, 3), np.uint8)
ELEVATION = np.arange(1600, dtype=np.uint16).reshape(40, 40)
BAD = {
    "image without mask": ({PNG: image()}, PNG, "meta.missing"),
    "mask without image": ({MASK: PLACED}, MASK, "image.missing"),
    "vector without image": ({JSON: geojson([])}, JSON, "image.missing"),
    "another size": ({PNG: image(), MASK: tiff(mask_of()[1:])}, PNG, "image.mismatch"),
    "another system": ({TIF: PLACED, MASK: tiff(mask_of(), PLACE, "EPSG:32617")}, TIF, "image.mismatch"),
    "another place": ({TIF: PLACED, MASK: tiff(mask_of(), place(left=733602))}, TIF, "image.mismatch"),
    "another pixel size": ({TIF: PLACED, MASK: tiff(mask_of(), place(0.55))}, TIF, "image.mismatch"),
    "damaged image": ({TIF: b"II*\0", MASK: PLACED}, TIF, "image.corrupt"),
    "damaged mask": ({PNG: image(), "masks/g.png": png(mask_of())[:60]}, "masks/g.png", "image.corrupt"),
    "unreadable mask": ({PNG: image(), MASK: UNREADABLE}, MASK, "archive.corrupt"),
    "unreadable image": ({PNG: UNREADABLE, MASK: PLACED}, PNG, "archive.corrupt"),
    "vrt in disguise": ({TIF: b"<VRTDataset rasterXSize='20'/>", MASK: PLACED}, TIF, "input.junk"),
    "jpeg as mask": ({PNG: image(), MASK: b"\xff\xd8\xff\xe0"}, MASK, "image.unsupported"),
    "two bands as mask": ({PNG: image(), MASK: tiff(np.zeros((2, 12, 20), np.uint8))}, MASK, "image.unsupported"),
    "fractions as mask": ({PNG: image(), MASK: tiff(np.full((12, 20), 0.5))}, MASK, "image.unsupported"),
    "complex mask": ({PNG: image(), MASK: tiff(np.zeros((12, 20), np.complex64))}, MASK, "image.unsupported"),
    "photograph as mask": ({PNG: image(), MASK: png(NOISE)}, MASK, "image.unsupported"),
    "elevation as mask": ({PNG: image(40, 40), MASK: tiff(ELEVATION, None)}, MASK, "image.unsupported"),
    "two masks": ({PNG: image(), MASK: PLACED, "labels/g.png": png(mask_of())}, MASK, "label.conflict"),
    "two images": ({PNG: image(), TIF: tiff(mask_of(), None), MASK: PLACED}, TIF, "image.duplicate"),
    "two vector files": ({TIF: PLACED, JSON: geojson([]), "geojson/g.geojson": geojson([])}, JSON, "label.conflict"),
    "no json": ({TIF: PLACED, JSON: b"{"}, JSON, "meta.syntax"),
    "deep json": ({TIF: PLACED, JSON: b"[" * 9999}, JSON, "meta.syntax"),
    "latin-1": ({TIF: PLACED, JSON: b'{"a": "\xe9"}'}, JSON, "meta.encoding"),
    "no collection": ({TIF: PLACED, JSON: b"[]"}, JSON, "meta.schema"),
    "no feature": ({TIF: PLACED, JSON: b'{"features": [3]}'}, JSON, "meta.schema"),
    "broken geometry": (
        {TIF: PLACED, JSON: b'{"features": [{"geometry": {"type": "Polygon"}}]}'}, JSON, "geo.invalid",
    ),
    "unknown system": ({TIF: PLACED, JSON: geojson([], "EPSG:999999")}, JSON, "geo.crs"),
    "a file as system": ({TIF: PLACED, JSON: geojson([], "file:///etc/passwd")}, JSON, "geo.crs"),
    "metres for degrees": ({TIF: PLACED, JSON: geojson([OUTLINE], None)}, JSON, "geo.crs"),
    "outlines elsewhere": ({TIF: PLACED, JSON: geojson([shapely.box(0, 0, 1, 1)])}, JSON, "meta.mismatch"),
    "outlines without a place": ({PNG: image(), JSON: geojson([OUTLINE])}, JSON, "geo.crs"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_frame_is_named_once_and_the_others_are_kept(case: str) -> None:
    files, path, category = BAD[case]
    found = read(GOOD | files)
    assert [error[:2] for error in found.errors] == [(path, category)]
    assert found.table.equals(read(GOOD).table)
    assert not found.ignored


def test_a_mismatch_states_both() -> None:
    _, _, reason = read(BAD["another system"][0]).errors[0]
    assert "from (733601, 3725139) in EPSG:32616" in reason
    assert "masks/g.tif has another coordinate reference system: 20 x 12 px of 0.5 x 0.5" in reason
    assert "EPSG:32617" in reason


def test_a_mask_without_a_georeference_takes_that_of_the_image_and_the_other_way_round() -> None:
    placed, bare = tiff(mask_of()), tiff(mask_of(), None)
    expected = read({"images/f.tif": placed, "masks/f.tif": placed}).table
    for one, other in ((placed, bare), (bare, placed)):
        assert read({"images/f.tif": one, "masks/f.tif": other}).table.equals(expected)


def test_a_system_without_a_code_is_kept_with_a_warning() -> None:
    custom = "+proj=laea +lat_0=11 +lon_0=7 +ellps=WGS84 +units=m"
    found = read({"images/f.tif": tiff(mask_of(), PLACE, custom), "masks/f.tif": tiff(mask_of(), PLACE, custom)})
    assert [warning[:2] for warning in found.warnings] == [("images/f.tif", "geo.crs")]
    assert {record.footprint for record in found.records} == {None}


def test_limits_are_named() -> None:
    files = {"images/f.tif": tiff(np.zeros((12, 20), np.uint8)), "masks/f.tif": tiff(mask_of())}
    ((path, category, reason),) = read(files, ImageMask(max_pixels=100)).errors
    assert (path, category) == ("masks/f.tif", "image.too-large")
    assert "at most 100 values" in reason


def test_a_frame_of_too_many_patches_is_refused() -> None:
    target = io.BytesIO()
    tifffile.imwrite(target, np.zeros((400, 400), np.uint8), compression="zlib", metadata=None)
    files = {"images/f.tif": target.getvalue(), "masks/f.tif": target.getvalue()}
    ((path, category, reason),) = read(files, ImageMask(patch_size=1)).errors
    assert (path, category) == ("images/f.tif", "image.too-large")
    assert "160000 patches; a frame may have 100000" in reason


@pytest.mark.parametrize(
    ("path", "size", "limit"), [("labels/f.geojson", 2**40, 32 * 2**20), ("classes.txt", 2**40, 1_000_000)]
)
def test_files_that_claim_to_be_large_are_not_read(path: str, size: int, limit: int) -> None:
    large = Member(path, size, Memory([]))
    found = read_members([*memory_members(GOOD), large], ImageMask())
    assert [(path, "meta.too-large")] == [error[:2] for error in found.errors]
    assert str(limit) in found.errors[0][2]


def test_a_file_that_is_there_twice_counts_once() -> None:
    files = list(GOOD.items())
    found = read_members(memory_members([*files, files[1]]), ImageMask(patch_size=8))
    assert [warning[:2] for warning in found.warnings] == [("masks/f.tif", "name.duplicate")]
    assert found.table.equals(read(GOOD).table)
    other = ("masks/f.tif", tiff(mask_of()[::-1].copy()))
    found = read_members(memory_members([*files, other]), ImageMask(patch_size=8))
    assert [error[:2] for error in found.errors] == [("masks/f.tif", "image.duplicate")]
    assert not found.records


# --- several folders ----------------------------------------------------------------------------------------------


def test_frames_of_one_name_in_several_folders_have_different_ids_and_their_split() -> None:
    pair = {"images/1.png": image(8, 8), "masks/1.png": png(mask_of(8, 8))}
    files = {f"d/{split}/{path}": content for split in ("train", "val") for path, content in pair.items()}
    files |= {"d/train/images/2.png": image(8, 8), "d/train/masks/2.png": png(mask_of(8, 8))}
    found = read(files)
    assert {record.id: record.split for record in found.records} == {
        "d_train_1_0_0": "train", "d_val_1_0_0": "val", "2_0_0": "train",
    }  # fmt: skip


def test_test_data_without_any_mask_are_kept_without_labels() -> None:
    mask = png(mask_of(8, 8))
    files = {"train/images/1.png": image(8, 8), "train/masks/1.png": mask, "test/images/2.png": image(8, 8)}
    found = read(files)
    assert (found.record("2_0_0").labels, found.record("2_0_0").split) == (None, "test")
    assert found.warnings == [
        ("test", "meta.missing", "1 frames have no mask, as test data often have none; kept without labels")
    ]
    assert not found.errors
    # As soon as one of them has a mask, the others lack theirs.
    found = read(files | {"test/images/3.png": image(8, 8), "test/masks/3.png": mask})
    assert [error[:2] for error in found.errors] == [("test/images/2.png", "meta.missing")]


# --- SpaceNet -----------------------------------------------------------------------------------------------------


def spacenet(shared_data: Path, target: Path) -> dict[str, bytes]:
    """Lay real files out as SpaceNet 2 and 3 publish them."""
    source = shared_data / "spacenet"
    roads = "SN3_roads_train_AOI_2_Vegas"
    for file, place in {
        "sample_geotiff.tif": f"{SPACENET}/PAN/{SPACENET}_PAN_img1.tif",
        "geotiff_labels.geojson": f"{SPACENET}/geojson_buildings/{SPACENET}_geojson_buildings_img1.geojson",
        "road_mask_input.tif": f"{roads}/PAN/{roads}_PAN_chip0.tif",
        "sample_roads_for_masking.geojson": f"{roads}/geojson_roads/{roads}_geojson_roads_chip0.geojson",
    }.items():
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, target / place)
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def test_spacenet_is_read_as_published(shared_data: Path, tmp_path: Path) -> None:
    found = read(spacenet(shared_data, tmp_path), ImageMask())
    assert not found.errors
    assert not found.warnings
    name = f"{SPACENET}_img1"
    labels = {record.id: record.labels for record in found.records}
    assert [labels[f"{name}_{row}_{column}"] for row in (0, 1) for column in (0, 1)] == [("buildings",)] * 4
    roads = {record.id: record for record in found.records if "roads" in record.id}
    assert len(roads) == 9  # 1300 px: two windows of 512 px and one of 276
    assert roads["SN3_roads_train_AOI_2_Vegas_chip0_0_0"].labels == ("roads",)
    assert {record.split for record in found.records} == {"train"}
    assert found.record(f"{name}_1_1").window == (512, 512, 388, 388)
    assert found.record(f"{name}_1_1").assets == {"image-pan": f"{SPACENET}/PAN/{SPACENET}_PAN_img1.tif"}


def test_outlines_and_the_published_mask_of_them_agree(shared_data: Path, tmp_path: Path) -> None:
    """`sample_fp_mask_from_geojson.tif` is the footprint mask that SpaceNet's own tools made of the outlines."""
    by_vector = read(spacenet(shared_data, tmp_path), ImageMask())
    source = shared_data / "spacenet"
    by_mask = read(
        {
            "images/f.tif": (source / "sample_geotiff.tif").read_bytes(),
            "masks/f.tif": (source / "sample_fp_mask_from_geojson.tif").read_bytes(),
        },
        ImageMask(),
    )
    assert not by_mask.errors
    for record in by_mask.records:
        other = by_vector.record(record.id.replace("f_", f"{SPACENET}_img1_"))
        assert record.labels == ("class 255",)
        assert abs(float(record.facts["mask:background"] or 0) - float(other.facts["mask:background"] or 0)) < 0.002
        assert record.footprint == other.footprint


def test_the_real_mask_in_another_projection_is_noticed(shared_data: Path) -> None:
    source = shared_data / "spacenet"
    files = {
        "images/f.tif": (source / "sample_geotiff.tif").read_bytes(),
        "masks/f.tif": (source / "sample_geotiff_custom_proj.tif").read_bytes(),
    }
    # It has three bands of int16, as a picture has.
    assert [error[:2] for error in read(files).errors] == [("masks/f.tif", "image.unsupported")]
    with rasterio.open(source / "sample_geotiff_custom_proj.tif") as dataset:
        mask = tiff(np.ones((512, 512), np.uint8), dataset.transform, dataset.crs)
    part = tiff(np.ones((512, 512), np.uint8), Affine(0.5, 0, 733601, 0, -0.5, 3725139))
    ((path, category, reason),) = read({"images/f.tif": part, "masks/f.tif": mask}).errors
    assert (path, category) == ("images/f.tif", "image.mismatch")
    assert "another coordinate reference system" in reason
    files = {
        "images/f.tif": (source / "sample_geotiff_custom_proj.tif").read_bytes(),
        "labels/f.geojson": (source / "geotiff_custom_proj_labels.geojson").read_bytes(),
    }
    assert [error[:2] for error in read(files).errors] == [("labels/f.geojson", "geo.crs")]


def test_the_samples_as_they_lie_there_pair_up_only_by_name(shared_data: Path) -> None:
    source = shared_data / "spacenet"
    files = {path.relative_to(source).as_posix(): path.read_bytes() for path in source.rglob("*") if path.is_file()}
    assert ImageMask().recognises(list(files)) is None
    found = read(files, ImageMask())
    assert not found.records
    assert found.ignored == ["sample_geotiff.tif.txt"]
    assert len(found.errors) + len(found.ignored) == len(files)
    assert {category for _, category, _ in found.errors} == {"meta.missing", "image.missing", "geo.crs"}


def test_products_on_one_grid_are_assets_and_others_are_left_out() -> None:
    files = {
        "PS-RGB/a_PS-RGB_1.tif": tiff(np.zeros((3, 12, 20), np.uint8)),
        "PS-MS/a_PS-MS_1.tif": tiff(np.zeros((4, 12, 20), np.uint16)),
        "MS/a_MS_1.tif": tiff(np.zeros((4, 3, 5), np.uint16), place(2.0)),
        "geojson_buildings/a_geojson_buildings_1.geojson": geojson([]),
    }
    found = read(files, ImageMask())
    (record,) = found.records
    assert record.assets == {"image-ps-rgb": "PS-RGB/a_PS-RGB_1.tif", "image-ps-ms": "PS-MS/a_PS-MS_1.tif"}
    assert record.labels == ()
    assert record.facts == {"mask:background": 1.0}
    assert found.ignored == ["MS/a_MS_1.tif"]
    assert [warning[:2] for warning in found.warnings] == [("MS/a_MS_1.tif", "image.mismatch")]


# --- outlines -----------------------------------------------------------------------------------------------------


SIDES = st.integers(1, 12)


@given(st.lists(st.tuples(st.integers(-5, 25), st.integers(-5, 15), SIDES, SIDES), min_size=1, max_size=5))
@settings(deadline=None)
def test_shares_of_outlines_are_those_of_their_pixels(boxes: list[tuple[int, int, int, int]]) -> None:
    """Outlines along pixel edges have exact shares, which counting pixels gives as well."""
    pixels = [shapely.box(left, top, left + width, top + height) for left, top, width, height in boxes]
    mask = rasterize(pixels, (12, 20))
    on_earth = [shapely.transform(each, lambda xy: xy * (0.5, -0.5) + (733601, 3725139)) for each in pixels]
    frame = {"images/f.tif": tiff(np.zeros((12, 20), np.uint8))}
    found = read(frame | {"labels/f.geojson": geojson(on_earth, **{"class": "class 1"})})
    if not mask.any():
        # Outlines beside the frame, or along its edge.
        assert not any(record.labels for record in found.records)
        return
    expected = read(frame | {"labels/f.tif": tiff(mask)})
    for one, other in zip(found.records, expected.records, strict=True):
        assert one.labels == other.labels
        assert one.facts["mask:background"] == pytest.approx(other.facts["mask:background"], abs=1e-9)


def test_outlines_in_degrees_come_to_the_grid_of_the_image() -> None:
    outline = shapely.box(733601, 3725135, 733605, 3725139)
    between = transformer(UTM, "OGC:CRS84")
    degrees = shapely.transform(outline, lambda xy: np.stack(between.transform(*xy.T), axis=-1))
    frame = {"images/f.tif": tiff(np.zeros((12, 20), np.uint8))}
    expected = read(frame | {"labels/f.geojson": geojson([outline])})
    assert expected.record("f_0_0").facts["mask:background"] == pytest.approx(0)
    for crs in (None, "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"):
        found = read(frame | {"labels/f.geojson": geojson([degrees], crs)})
        assert [record.labels for record in found.records] == [record.labels for record in expected.records]
        assert found.record("f_0_0").facts["mask:background"] == pytest.approx(0, abs=1e-6)


def test_properties_name_classes_and_lines_count_where_they_touch() -> None:
    line = geojson([shapely.LineString([(733601, 3725138.9), (733604.9, 3725138.9)])], label="track")
    corners = [(733605, 3725139), (733609, 3725135), (733609, 3725139), (733605, 3725135)]
    bow = geojson([shapely.Polygon(corners)], label=4)
    both = json.loads(line)
    both["features"] += json.loads(bow)["features"] + [{"type": "Feature", "properties": None, "geometry": None}]
    found = read({"images/f.tif": tiff(np.zeros((12, 20), np.uint8)), "labels/f.geojson": json.dumps(both).encode()})
    assert found.record("f_0_0").labels == ("track",)
    assert found.record("f_0_1").labels == ("class 4",)
    assert found.record("f_0_1").facts["mask:background"] == pytest.approx(0.5)
    assert found.record("f_1_1").labels == ()


# --- order --------------------------------------------------------------------------------------------------------

MANY = {
    **{f"t/train/images/{n}.png": image() for n in range(3)},
    **{f"t/train/masks/{n}.png": png(np.roll(mask_of(), n)) for n in range(4)},
    "t/val/images/1.tif": tiff(np.zeros((12, 20), np.uint8)),
    "t/val/labels/1.geojson": geojson([shapely.box(733601, 3725135, 733605, 3725139)]),
    "t/test/images/9.png": image(),
    "t/classes.txt": b"1 roof\n",
    "t/other/classes.txt": b"1 tree\n",
    "t/readme.md": b"",
}


@given(st.permutations(sorted(MANY.items())), st.lists(st.integers(0, len(MANY)), max_size=4))
@settings(deadline=None, max_examples=40)
def test_rows_do_not_depend_on_order_or_parts(order: list[tuple[str, bytes]], cuts: list[int]) -> None:
    reader = ImageMask(patch_size=8)
    expected = run_reader(reader, memory_members(MANY))
    found = run_reader(reader, memory_members(order), cuts)
    assert found.rows.equals(expected.rows)
    assert found == expected
    assert len(found.ids) == 5 * 6
    assert len(found.errors) == 2


# --- description --------------------------------------------------------------------------------------------------


def test_products_and_masks_are_described_from_their_files() -> None:
    files = {"images/f.png": image(), "masks/f.png": png(mask_of())}

    class Archive:
        name = "my_frames"

        def open(self, path: str) -> BinaryIO:
            return io.BytesIO(files[path])

    found = read(files)
    description = ImageMask().describe(found.table, Archive())  # type: ignore[arg-type]
    assert description.title == "my frames"
    assert description.nomenclature is None
    assert {key: (sensor.id, sensor.kind) for key, sensor in description.sensors.items()} == {
        "image": ("rgb", "optical"), "mask": ("mask", "map"),
    }  # fmt: skip
