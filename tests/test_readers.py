"""Readers on the real samples: what each layout yields, and what broken archives become."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from dsdocs.archive import open_archive
from dsdocs.errors import ArchiveError, DetectionError
from dsdocs.readers import available_readers, detect_reader, load_reader
from dsdocs.readers.bigearthnet_names import parse_name
from dsdocs.records import Ignored, PatchRecord, RecordError, RecordWarning

LAYOUTS = {
    "bigearthnet_v1/tiny": ("bigearthnet-v1-s2", 11),
    "bigearthnet_v1/BigEarthNet-S2-Example": ("bigearthnet-v1-s2", 6),
    "bigearthnet_v1/s1-tiny": ("bigearthnet-v1-s1", 3),
    "bigearthnet_v1/BigEarthNet-S1-Example": ("bigearthnet-v1-s1", 6),
    "bigearthnet_v2": ("bigearthnet-v2", 187_451),
    "eurosat/EuroSAT_RGB": ("class-folder", 3),
    "eurosat/EuroSAT_MS": ("class-folder", 3),
    "eurosat/EuroSAT_MS_small": ("class-folder", 6),
    "ucmerced/UCMerced_LandUse": ("class-folder", 4),
}
PATCH = "S2A_MSIL2A_20171221T112501_56_35"


def read(folder: Path) -> list[object]:
    archive = open_archive(folder)
    return list(detect_reader(archive)[0].read(archive))


@pytest.fixture
def one_patch(shared_data: Path, tmp_path: Path) -> Path:
    """Copy one real Sentinel-2 patch of version 1, to be broken."""
    source = shared_data / "bigearthnet_v1" / "tiny" / PATCH
    return Path(shutil.copytree(source, tmp_path / "archive" / PATCH))


@pytest.mark.parametrize("folder", LAYOUTS)
def test_each_real_layout_is_detected_and_read_without_loss(shared_data: Path, folder: str) -> None:
    name, patches = LAYOUTS[folder]
    archive = open_archive(shared_data / folder)
    reader, failures = detect_reader(archive)
    assert (reader.name, failures) == (name, ())
    kinds = Counter(type(item) for item in reader.read(archive))
    assert kinds[PatchRecord] == patches
    assert kinds[RecordError] == kinds[RecordWarning] == 0


def test_stray_files_are_ignored_by_name(shared_data: Path) -> None:
    items = read(shared_data / "eurosat" / "EuroSAT_MS_small")
    assert {item.path for item in items if isinstance(item, Ignored)} == {"README.md", "hello.txt"}


@pytest.mark.parametrize("folder", ["hydro", "spacenet", "mlrsnet", "rasterio_testdata"])
def test_a_layout_that_no_reader_knows_is_an_error_that_says_what_was_seen(shared_data: Path, folder: str) -> None:
    with pytest.raises(DetectionError, match=r"no reader fits; found .* Known layouts: .*class-folder.*--reader"):
        detect_reader(open_archive(shared_data / folder))


def test_two_layouts_in_one_archive_ask_for_the_reader(shared_data: Path) -> None:
    with pytest.raises(DetectionError, match=r"2 readers fit.*choose one with --reader") as caught:
        detect_reader(open_archive(shared_data / "bigearthnet_v1"))
    assert caught.value.claims == ("bigearthnet-v1-s1", "bigearthnet-v1-s2")


def test_an_unknown_reader_lists_those_there_are() -> None:
    with pytest.raises(DetectionError, match=rf"no reader is named 'eurosat'.*{', '.join(available_readers())}"):
        load_reader("eurosat")


def test_a_missing_archive_names_the_path_and_the_option(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"nowhere: nothing lies there.*--archive"):
        open_archive(tmp_path / "nowhere")


def test_footprints_equal_the_corners_of_the_metadata(shared_data: Path) -> None:
    folder = shared_data / "bigearthnet_v1" / "tiny"
    records = [item for item in read(folder) if isinstance(item, PatchRecord)]
    for record in records:
        corners = json.loads((folder / record.id / f"{record.id}_labels_metadata.json").read_text())["coordinates"]
        assert record.footprint is not None
        assert record.footprint.ring[0] == (corners["ulx"], corners["uly"])
        assert record.footprint.ring[2] == (corners["lrx"], corners["lry"])


def test_sentinel_1_patches_name_their_sentinel_2_twins(shared_data: Path) -> None:
    root = shared_data / "bigearthnet_v1"
    optical = {r.id: r for r in read(root / "BigEarthNet-S2-Example") if isinstance(r, PatchRecord)}
    radar = [r for r in read(root / "BigEarthNet-S1-Example") if isinstance(r, PatchRecord)]
    assert len(radar) == len(optical) == 6
    for record in radar:
        twin = optical[str(record.facts["ben:s2_name"])]
        assert record.footprint == twin.footprint
        assert sorted(record.labels or ()) == sorted(twin.labels or ())


def test_version_2_joins_pixels_with_their_rows(shared_data: Path) -> None:
    records = {r.id: r for r in read(shared_data / "bigearthnet_v2") if isinstance(r, PatchRecord)}
    assets = Counter(key for record in records.values() for key in record.assets)
    assert assets == {"sentinel-2": 1, "sentinel-1": 1, "reference-map": 1}
    patch = records["S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_43"]
    assert patch.footprint is not None
    assert (patch.footprint.crs, patch.footprint.ring[0]) == ("EPSG:32633", (390_000, 5_348_400))
    assert patch.country == "AT"


def test_names_with_odd_times_are_read() -> None:
    short = parse_name("S2B_MSIL2A_20170924T93020_69_24", "v1-s2")
    assert short is not None
    assert short.datetime is not None
    assert short.datetime.isoformat() == "2017-09-24T09:30:20+00:00"
    impossible = parse_name("S2B_MSIL2A_20180204T94161_57_38", "v1-s2")
    assert impossible is not None
    assert impossible.datetime is None
    assert parse_name("holiday_photo_1", "v1-s2") is None


def broken(folder: Path) -> RecordError:
    items = [item for item in read(folder) if isinstance(item, RecordError)]
    assert len(items) == 1
    return items[0]


def test_a_patch_without_a_band_is_an_error_that_names_it(one_patch: Path) -> None:
    (one_patch / f"{PATCH}_B05.tif").unlink()
    error = broken(one_patch.parent)
    assert (error.path, error.category) == (PATCH, "image.missing")
    assert error.reason == "found 11 of 12 bands; missing: B05"


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (b"{", "meta.syntax"),
        (b"[]", "meta.schema"),
        (b"{}", "meta.schema"),
        (b'{"labels": ["\xff"]}', "meta.encoding"),
        (b" " * 1_000_001, "meta.too-large"),
    ],
)
def test_unusable_metadata_is_one_error_with_its_category(one_patch: Path, content: bytes, category: str) -> None:
    (one_patch / f"{PATCH}_labels_metadata.json").write_bytes(content)
    assert broken(one_patch.parent).category == category


def test_metadata_that_disagrees_with_the_raster_is_an_error_with_both_corners(one_patch: Path) -> None:
    path = one_patch / f"{PATCH}_labels_metadata.json"
    metadata = json.loads(path.read_text())
    metadata["coordinates"]["ulx"] += 10
    path.write_text(json.dumps(metadata))
    error = broken(one_patch.parent)
    assert error.category == "meta.mismatch"
    assert "the metadata says EPSG:32629 (567190.0" in error.reason
    assert "the raster EPSG:32629 (567180.0" in error.reason


def test_a_raster_cut_short_is_an_error_of_its_patch_alone(shared_data: Path, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(shared_data / "bigearthnet_v1" / "tiny", tmp_path / "tiny"))
    band = archive / PATCH / f"{PATCH}_B02.tif"
    band.write_bytes(band.read_bytes()[:100])
    items = read(archive)
    assert sum(isinstance(item, PatchRecord) for item in items) == 10
    errors = [item for item in items if isinstance(item, RecordError)]
    assert [error.category for error in errors] == ["image.corrupt"]
    assert errors[0].path.endswith("_B02.tif")


def test_a_radar_patch_in_the_wrong_place_is_an_error(shared_data: Path, tmp_path: Path) -> None:
    name = "S1A_IW_GRDH_1SDV_20170613T165043_33UUP_61_41"
    moved = name.replace("_41", "_42")
    source = shared_data / "bigearthnet_v1" / "s1-tiny" / name
    target = tmp_path / "archive" / moved
    target.mkdir(parents=True)
    for path in source.iterdir():
        shutil.copy(path, target / path.name.replace(name, moved))
    assert broken(tmp_path / "archive").category == "meta.mismatch"


def test_a_reader_that_fails_while_it_looks_is_named_and_passed_over(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, names: object) -> bool:
        raise RuntimeError("out of order")

    monkeypatch.setattr("dsdocs.readers.bigearthnet_v1.BigEarthNetV1S1.recognises", fail)
    reader, failures = detect_reader(open_archive(shared_data / "eurosat" / "EuroSAT_RGB"))
    assert reader.name == "class-folder"
    assert failures == ("the reader 'bigearthnet-v1-s1' failed to look at the archive: RuntimeError('out of order')",)


def test_a_raster_in_a_system_without_a_code_is_kept_with_a_warning(shared_data: Path, tmp_path: Path) -> None:
    for label, file in (("city", "sample_geotiff_custom_proj.tif"), ("town", "sample_geotiff.tif")):
        (tmp_path / label).mkdir()
        shutil.copy(shared_data / "spacenet" / file, tmp_path / label / file)
    items = read(tmp_path)
    (warning,) = [item for item in items if isinstance(item, RecordWarning)]
    assert (warning.path, warning.category) == ("city/sample_geotiff_custom_proj.tif", "geo.crs")
    assert [item.footprint is None for item in items if isinstance(item, PatchRecord)] == [True, False]
