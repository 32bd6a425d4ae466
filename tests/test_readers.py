"""Readers on the real samples: how a layout is detected, and what each one yields."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dsdocs.archive import open_archive
from dsdocs.errors import ArchiveError, DetectionError
from dsdocs.readers import available_readers, detect_reader, load_reader
from dsdocs.readers.bigearthnet.names import parse_name
from support.reading import Outcome, folder_members, run_reader

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
TINY = "S2A_MSIL2A_20171221T112501_56_35"
SEEN = {
    "bigearthnet_v1/tiny": "143 of the first 143 files lie in patch folders of BigEarthNet v1, Sentinel-2, such as",
    "bigearthnet_v1/s1-tiny": "9 of the first 9 files lie in patch folders of BigEarthNet v1, Sentinel-1, such as",
    "bigearthnet_v2": "metadata.parquet is a metadata table of BigEarthNet v2",
    "bigearthnet_v2/BigEarthNet-S2": "12 of the first 12 files lie in patch folders of BigEarthNet v2, such as S2A_",
    "eurosat/EuroSAT_RGB": "3 images lie in 3 folders of different names: AnnualCrop, Pasture, SeaLake",
}


def read(folder: Path) -> Outcome:
    return run_reader(detect_reader(open_archive(folder))[0], folder_members(folder))


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in read(folder).rows.to_pylist()}


@pytest.mark.parametrize("folder", LAYOUTS)
def test_each_real_layout_is_detected_and_read_without_loss(shared_data: Path, folder: str) -> None:
    name, patches = LAYOUTS[folder]
    reader, notices = detect_reader(open_archive(shared_data / folder))
    assert (reader.name, len(notices)) == (name, 1)
    outcome = run_reader(reader, folder_members(shared_data / folder))
    assert outcome.rows.num_rows == patches
    assert outcome.errors == outcome.warnings == ()


@pytest.mark.parametrize("folder", SEEN)
def test_detection_says_what_was_seen(shared_data: Path, folder: str) -> None:
    reader, (notice,) = detect_reader(open_archive(shared_data / folder))
    assert notice.startswith(f"reader {reader.name}: {SEEN[folder]}")


def test_stray_files_are_ignored_by_name(shared_data: Path) -> None:
    assert read(shared_data / "eurosat" / "EuroSAT_MS_small").ignored == ("README.md", "hello.txt")


def test_a_layout_that_no_reader_knows_is_an_error_that_says_what_was_seen(shared_data: Path) -> None:
    with pytest.raises(DetectionError, match=r"no reader fits; found .* and more\. Known .*class-folder.*--reader"):
        detect_reader(open_archive(shared_data / "bigearthnet_v1" / "tiny" / TINY))


def test_two_layouts_in_one_archive_ask_for_the_reader(shared_data: Path) -> None:
    with pytest.raises(DetectionError, match=r"2 readers fit; choose one .*\n  bigearthnet-v1-s1: ") as caught:
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
    found = rows(folder)
    assert len(found) == 11
    for name, row in found.items():
        corners = json.loads((folder / name / f"{name}_labels_metadata.json").read_text())["coordinates"]
        left, top, right, bottom = (corners[key] for key in ("ulx", "uly", "lrx", "lry"))
        assert row["ring"] == [left, top, right, top, right, bottom, left, bottom]


def test_sentinel_1_patches_name_their_sentinel_2_twins(shared_data: Path) -> None:
    root = shared_data / "bigearthnet_v1"
    optical, radar = (rows(root / f"BigEarthNet-S{number}-Example") for number in (2, 1))
    assert len(radar) == len(optical) == 6
    for row in radar.values():
        twin = optical[row["ben:s2_name"]]
        assert (row["crs"], row["ring"]) == (twin["crs"], twin["ring"])
        assert sorted(row["labels"]) == sorted(twin["labels"])


def test_version_2_joins_pixels_with_their_rows(shared_data: Path) -> None:
    outcome = read(shared_data / "bigearthnet_v2")
    assets = Counter(asset["key"] for own in outcome.rows["assets"].to_pylist() for asset in own)
    assert assets == {"sentinel-2": 1, "sentinel-1": 1, "reference-map": 1}
    patch = outcome.row("S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_75_43")
    assert (patch["crs"], patch["ring"][:2]) == ("EPSG:32633", [390_000, 5_348_400])
    assert (patch["country"], patch["split"], patch["tile"]) == ("AT", "val", "33UUP")


def test_names_with_odd_times_are_read() -> None:
    short = parse_name("S2B_MSIL2A_20170924T93020_69_24", "v1-s2")
    assert short is not None
    assert short.datetime is not None
    assert short.datetime.isoformat() == "2017-09-24T09:30:20+00:00"
    impossible = parse_name("S2B_MSIL2A_20180204T94161_57_38", "v1-s2")
    assert impossible is not None
    assert impossible.datetime is None
    assert parse_name("holiday_photo_1", "v1-s2") is None
    assert parse_name("S2B_MSIL2A_20170924T93020_" + "9" * 5000 + "_24", "v1-s2") is None


def test_a_reader_that_fails_while_it_looks_is_named_and_passed_over(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, names: object) -> str:
        raise RuntimeError("out of order")

    monkeypatch.setattr("dsdocs.readers.bigearthnet.v1.BigEarthNetV1S1.recognises", fail)
    reader, (_, *failures) = detect_reader(open_archive(shared_data / "eurosat" / "EuroSAT_RGB"))
    assert reader.name == "class-folder"
    assert failures == ["the reader 'bigearthnet-v1-s1' failed to look at the archive: RuntimeError('out of order')"]
