"""BigEarthNet version 1: what becomes of patches, good and broken, and of archives of metadata alone."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest
import rasterio

from corpus.archives import Files, band, edited_json, good, only
from dsdocs.errors import MemberError
from dsdocs.readers.bigearthnet.metadata import MAX_SIZE
from dsdocs.readers.bigearthnet.v1 import BigEarthNetV1S1, BigEarthNetV1S2
from dsdocs.records import SideTable
from support.reading import Outcome, memory_members, run_reader

JSON, B02, B05 = "_labels_metadata.json", "_B02.tif", "_B05.tif"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def files() -> Files:
    """Return the files of four good Sentinel-2 patches."""
    return {path: content for path, content in good("bigearthnet-v1-s2").items() if "/" in path}


@pytest.fixture
def radar() -> Files:
    """Return the files of four good Sentinel-1 patches."""
    return {path: content for path, content in good("bigearthnet-v1-s1").items() if "/" in path}


def read(files: Files, *cuts: int) -> Outcome:
    return run_reader(BigEarthNetV1S2(), memory_members(files), cuts)


def metadata_alone(files: Files) -> Files:
    return {path: content for path, content in files.items() if path.endswith(JSON)}


def edit(files: Files, change: Change) -> str:
    """Change the metadata of the first patch; return the path of its folder."""
    path = only(files, JSON)
    value = orjson.loads(files[path])
    change(value)
    files[path] = orjson.dumps(value)
    return path.rpartition("/")[0]


def put(key: str, value: object) -> Change:
    """Return what sets a key; ``a.b`` is below ``a``."""
    *above, last = key.split(".")

    def change(metadata: dict[str, Any]) -> None:
        target = metadata
        for part in above:
            target = target[part]
        target[last] = value

    return change


def lose(key: str) -> Change:
    return lambda metadata: metadata.pop(key)


def moved(**corners: float) -> Change:
    return lambda metadata: metadata["coordinates"].update(
        {key: metadata["coordinates"][key] + by for key, by in corners.items()}
    )


@pytest.mark.parametrize("cuts", [(), (1,), (12,), (13, 26), (5, 18, 40), tuple(range(52))])
def test_rows_do_not_depend_on_where_parts_are_cut(files: Files, cuts: tuple[int, ...]) -> None:
    outcome = read(files, *cuts)
    assert outcome.rows.equals(read(files).rows)
    assert (outcome.rows.num_rows, outcome.errors, outcome.warnings) == (4, (), ())


def test_an_archive_of_metadata_alone_is_kept_with_one_warning(files: Files) -> None:
    outcome = read(metadata_alone(files), 1, 3)
    whole = read(files)
    assert outcome.errors == ()
    assert (outcome.warning.category, outcome.warning.path) == ("image.missing", whole.ids[0])
    assert outcome.warning.reason.startswith("is one of 4 patches with metadata but no raster")
    assert outcome.rows.drop("assets").equals(whole.rows.drop("assets"))
    assert outcome.rows["assets"].to_pylist() == [[]] * 4
    assert set(zip(*(outcome.rows[name].to_pylist() for name in ("gsd", "width", "height")), strict=True)) == {
        (10, 120, 120)
    }


@pytest.mark.parametrize("cuts", [(), (1,), (1, 2, 3, 4)])
@pytest.mark.parametrize("whole", [False, True])
def test_one_raster_anywhere_makes_patches_without_incomplete(files: Files, cuts: tuple[int, ...], whole: bool) -> None:
    folder = only(files, JSON, 3).rpartition("/")[0]
    rasters = {path: files[path] for path in files if path.startswith(folder) and not path.endswith(JSON)}
    some = rasters if whole else dict(list(rasters.items())[:1])
    outcome = read({**metadata_alone(files), **some}, *cuts)
    assert outcome.rows.num_rows == whole
    assert {error.category for error in outcome.errors} == {"image.missing"}
    assert len(outcome.errors) == 4 - whole
    assert outcome.errors[0].reason.startswith("found 0 of 12 bands; missing: B01, B02, B03")
    assert outcome.warnings == ()


def test_a_band_that_is_missing_is_named(files: Files) -> None:
    del files[only(files, B05)]
    error = read(files).error
    assert (error.category, error.reason) == ("image.missing", "found 11 of 12 bands; missing: B05")
    assert error.path == only(files, JSON).rpartition("/")[0]


def test_metadata_that_are_missing_are_named(files: Files) -> None:
    path = only(files, JSON)
    del files[path]
    error = read(files).error
    assert (error.category, error.reason) == ("meta.missing", f"lacks {path.rpartition('/')[2]}")


@pytest.mark.parametrize("cuts", [(), (3,), (12,)])
@pytest.mark.parametrize(
    ("content", "category", "reason"),
    [
        (b"", "meta.syntax", "is not JSON"),
        (b"{", "meta.syntax", "is not JSON"),
        (b'{"labels": ' + b"[" * 100_000, "meta.syntax", "is not JSON"),
        (b"[" * 500 + b"]" * 500, "meta.schema", "expected a JSON object"),
        (b"[]", "meta.schema", "expected a JSON object"),
        (b"null", "meta.schema", "expected a JSON object"),
        (b"{}", "meta.schema", "lacks the key 'labels'"),
        (b'{"labels": ["\xff"]}', "meta.encoding", "is not UTF-8: invalid start byte at byte 13"),
        (b"\xef\xbb\xbf{}", "meta.encoding", "byte order mark"),
        ("{}".encode("utf-16"), "meta.encoding", "is not UTF-8"),
        (b'{"labels": ["\\ud800"]}', "meta.syntax", "surrogate"),
        (b" " * (MAX_SIZE + 1), "meta.too-large", f"has {MAX_SIZE + 1} bytes"),
        (b'{"coordinates": {"ulx": NaN}}', "geo.invalid", "NaN or an infinite number"),
        (b'{"coordinates": {"ulx": 1e999}}', "geo.invalid", "NaN or an infinite number"),
        (b'{"tile_source": NaN, "coordinates": {"ulx": 1}}', "meta.syntax", "is not JSON"),
    ],
)
def test_metadata_that_cannot_be_read_are_one_error(
    files: Files, content: bytes, category: str, reason: str, cuts: tuple[int, ...]
) -> None:
    path = only(files, JSON)
    files[path] = content
    outcome = read(files, *cuts)
    assert (outcome.error.path, outcome.error.category) == (path, category)
    assert reason in outcome.error.reason
    assert outcome.rows.num_rows == 3


VALUES = [
    (lose("labels"), "meta.schema", "lacks the key 'labels'"),
    (put("labels", "Pastures"), "meta.schema", "labels: found 'Pastures'; expected a list of class names"),
    (put("labels", ["Pastures", 5]), "meta.schema", "labels: found ['Pastures', 5]"),
    (put("labels", [["Pastures"]]), "meta.schema", "labels: found [['Pastures']]"),
    (put("labels", None), "meta.schema", "labels: found None"),
    (put("labels", ["Pastures", " "]), "label.empty", "one is an empty text"),
    (put("labels", ["x"] * 101), "meta.schema", "expected up to 100 names"),
    (put("labels", ["x" * 201]), "meta.schema", "up to 200 characters"),
    (lose("coordinates"), "meta.schema", "lacks the key 'coordinates'"),
    (put("coordinates", "here"), "meta.schema", "coordinates: found 'here'; expected an object"),
    (put("coordinates", [1, 2, 3, 4]), "meta.schema", "coordinates: found [1, 2, 3, 4]"),
    (lambda metadata: metadata["coordinates"].pop("lry"), "meta.schema", "lacks the key 'lry'"),
    (put("coordinates.ulx", True), "meta.schema", "coordinates.ulx: found True; expected a number"),
    (put("coordinates.ulx", "west"), "meta.schema", "coordinates.ulx: found 'west'"),
    (put("coordinates.ulx", 1e300), "geo.invalid", "enclose no place on Earth"),
    (put("coordinates.uly", -(2**62)), "geo.invalid", "enclose no place on Earth"),
    (put("coordinates", {"ulx": 5e5, "uly": 5e6, "lrx": 5e5, "lry": 5e6}), "geo.invalid", "no place"),
    (put("coordinates", {"ulx": 5e5, "uly": 5e6, "lrx": 501200, "lry": 5001200}), "geo.invalid", "no place"),
    (lose("projection"), "meta.schema", "lacks the key 'projection'"),
    (put("projection", 32633), "meta.schema", "projection: found 32633"),
    (put("projection", "/etc/passwd"), "geo.crs", "projection: found '/etc/passwd'"),
    (put("projection", "EPSG:32633"), "geo.crs", "well-known text"),
    (put("projection", "x" * 20_001), "geo.crs", "has 20001 characters"),
    (put("projection", 'LOCAL_CS["nowhere"]'), "geo.crs", "has no EPSG code"),
    (lose("acquisition_date"), "meta.schema", "lacks the key 'acquisition_date'"),
    (put("acquisition_date", "yesterday"), "meta.schema", "acquisition_date: found 'yesterday'"),
    (put("acquisition_date", 20170617), "meta.schema", "acquisition_date: found 20170617"),
    (put("acquisition_date", "2018-02-30 10:00:00"), "meta.schema", "acquisition_date"),
    (put("acquisition_date", "0000-01-01 10:00:00"), "meta.schema", "acquisition_date"),
    (put("acquisition_date", "1999-01-01 10:00:00"), "meta.schema", "between 2014-04-03 and now"),
    (put("acquisition_date", "2999-01-01 10:00:00"), "meta.schema", "between 2014-04-03 and now"),
    (put("tile_source", 5), "meta.schema", "tile_source: found 5; expected a text"),
    (put("tile_source", "x" * 201), "meta.schema", "up to 200 characters"),
]


@pytest.mark.parametrize(("change", "category", "reason"), VALUES)
@pytest.mark.parametrize("alone", [False, True])
def test_a_value_that_cannot_be_is_named_with_its_key(
    files: Files, change: Change, category: str, reason: str, alone: bool
) -> None:
    folder = edit(files, change)
    outcome = read(metadata_alone(files) if alone else files)
    assert outcome.error.path == f"{folder}/{folder}{JSON}"
    assert outcome.error.category == category
    assert reason in outcome.error.reason
    assert outcome.rows.num_rows == 3


def test_names_may_be_left_out(files: Files) -> None:
    folder = edit(files, lose("tile_source"))
    row = read(files).row(folder)
    assert (row["ben:tile_source"], row["tile"]) == (None, None)


def test_corners_that_differ_from_the_raster_are_told_with_both(files: Files) -> None:
    folder = edit(files, moved(ulx=10))
    error = read(files).error
    assert (error.path, error.category) == (folder, "meta.mismatch")
    corners = orjson.loads(files[f"{folder}/{folder}{JSON}"])["coordinates"]
    stated, real = ((float(corners["ulx"] - by), float(corners["uly"])) for by in (0, 10))
    assert error.reason == f"the metadata says EPSG:32633 {stated}, the raster EPSG:32633 {real}"


@pytest.mark.parametrize("corners", [{"ulx": 10}, {"lry": -1200}, {"lrx": 0.001}])
def test_corners_that_are_not_1200_m_apart_are_refused(files: Files, corners: dict[str, float]) -> None:
    folder = edit(files, moved(**corners))
    outcome = read(metadata_alone(files))
    assert (outcome.error.path, outcome.error.category) == (folder, "geo.invalid")
    assert "expected 1200 x 1200 m" in outcome.error.reason
    assert outcome.rows.num_rows == 3


def test_labels_that_are_given_twice_are_kept_once(files: Files) -> None:
    folder = edit(files, put("labels", ["Pastures", "Sea and ocean", "Pastures"]))
    outcome = read(files)
    assert outcome.row(folder)["labels"] == ["Pastures", "Sea and ocean"]
    assert (outcome.warning.path, outcome.warning.category) == (f"{folder}/{folder}{JSON}", "label.duplicate")


def test_a_patch_without_a_label_is_kept_with_a_warning(files: Files) -> None:
    folder = edit(files, put("labels", []))
    outcome = read(files)
    assert outcome.row(folder)["labels"] == []
    assert (outcome.warning.path, outcome.warning.category) == (f"{folder}/{folder}{JSON}", "label.empty")


def test_a_patch_that_is_refused_is_not_warned_of(files: Files) -> None:
    edit(files, put("labels", []))
    del files[only(files, B05)]
    outcome = read(files)
    assert (outcome.error.category, outcome.warnings) == ("image.missing", ())


def test_another_day_than_that_of_the_name_is_a_warning(files: Files) -> None:
    folder = edit(files, put("acquisition_date", "2018-05-06T10:11:12"))
    outcome = read(files)
    assert f"{outcome.row(folder)['datetime']:%Y-%m-%d %H:%M:%S}" == "2018-05-06 10:11:12"
    assert outcome.warning.category == "meta.mismatch"
    assert outcome.warning.reason.startswith("says that the patch is of 20180506, its name says 20200719")


@pytest.mark.parametrize(
    ("band", "content", "category"),
    [
        (B02, b"", "image.corrupt"),
        (B05, b"", "image.corrupt"),
        (B02, b"II*\0cut", "image.corrupt"),
        (B02, b"<html>", "input.junk"),
    ],
)
@pytest.mark.parametrize("cuts", [(), (2,), tuple(range(13))])
def test_a_raster_that_cannot_be_read_is_an_error_of_its_patch_alone(
    files: Files, band: str, content: bytes, category: str, cuts: tuple[int, ...]
) -> None:
    path = only(files, band)
    files[path] = content
    outcome = read(files, *cuts)
    assert (outcome.error.path, outcome.error.category) == (path, category)
    assert outcome.rows.num_rows == 3


@pytest.mark.parametrize("cuts", [(), (2,), (7,), tuple(range(13))])
@pytest.mark.parametrize(
    ("ending", "size", "pixel", "shift", "reason"),
    [
        (B05, 120, 10.0, 0.0, "is 120 x 120 px; the other bands of the patch ask for 60 x 60 px"),
        ("_B03.tif", 60, 20.0, 0.0, "is 60 x 60 px; the other bands of the patch ask for 120 x 120 px"),
        (B02, 60, 20.0, 0.0, "is 60 x 60 px; the other bands of the patch ask for 120 x 120 px"),
        (B05, 60, 20.0, 20.0, "lies at EPSG:32633 ("),
        (B05, 61, 20.0, 0.0, "is 61 x 61 px; the other bands of the patch ask for 60 x 60 px"),
    ],
)
def test_a_band_of_another_size_or_place_than_the_others_is_an_error_wherever_it_comes(
    files: Files, ending: str, size: int, pixel: float, shift: float, reason: str, cuts: tuple[int, ...]
) -> None:
    path = only(files, ending)
    files[path] = band(size, pixel=pixel, shift=shift, like=files[path])
    outcome = read(files, *cuts)
    assert (outcome.error.path, outcome.error.category) == (path, "image.mismatch")
    assert outcome.error.reason.startswith(reason)
    assert outcome.rows.num_rows == 3


def test_bands_that_were_brought_to_one_grid_are_kept(files: Files) -> None:
    for path, content in files.items():
        if path.endswith(".tif"):
            files[path] = band(120, pixel=10.0, like=content)
    assert read(files).rows.num_rows == 4


def geotiff(transform: rasterio.Affine | None, crs: str | None) -> bytes:
    sink = io.BytesIO()
    profile: dict[str, Any] = {"driver": "GTiff", "count": 1, "height": 120, "width": 120, "dtype": "uint16"}
    if transform is not None:
        profile |= {"transform": transform, "crs": crs}
    with rasterio.open(sink, "w", **profile) as raster:
        raster.write(np.zeros((1, 120, 120), np.uint16))
    return sink.getvalue()


@pytest.mark.parametrize(
    ("transform", "crs", "category"),
    [
        (rasterio.Affine(10, 0, 3e5, 0, -10, 5e6), None, "geo.crs"),
        (rasterio.Affine(10, 0, 3e5, 0, -10, 5e6), "EPSG:32631", "meta.mismatch"),
        (rasterio.Affine(10, 1, 3e5, 1, -10, 5e6), "EPSG:32633", "geo.invalid"),
        (rasterio.Affine(1e307, 0, 3e5, 0, -1e307, 5e6), "EPSG:32633", "geo.invalid"),
    ],
)
def test_a_raster_that_lies_elsewhere_or_nowhere_is_an_error(
    files: Files, transform: rasterio.Affine, crs: str | None, category: str
) -> None:
    files[only(files, B02)] = geotiff(transform, crs)
    outcome = read(files)
    assert (outcome.error.category, outcome.rows.num_rows) == (category, 3)


def test_bytes_that_cannot_be_had_cost_their_patch_alone(files: Files) -> None:
    for ending in (B02, JSON):
        path = only(files, ending)
        lost = MemberError(path, "archive.encrypted", "is behind a password")
        members = memory_members((each, lost if each == path else content) for each, content in files.items())
        outcome = run_reader(BigEarthNetV1S2(), members)
        assert (outcome.error.path, outcome.error.category) == (path, "archive.encrypted")
        assert outcome.error.reason == "is behind a password"
        assert outcome.rows.num_rows == 3


@pytest.mark.parametrize("cuts", [(), (6,), (12,)])
@pytest.mark.parametrize("ending", [B02, B05, JSON])
def test_a_file_that_occurs_twice_alike_is_a_warning(files: Files, ending: str, cuts: tuple[int, ...]) -> None:
    path = only(files, ending)
    members = memory_members([*files.items(), (path, files[path])])
    outcome = run_reader(BigEarthNetV1S2(), members, cuts)
    assert (outcome.errors, outcome.rows.num_rows) == ((), 4)
    assert (outcome.warning.path, outcome.warning.category) == (path, "image.duplicate")


@pytest.mark.parametrize("cuts", [(), (6,), (12,)])
@pytest.mark.parametrize(
    ("ending", "category"), [(B02, "image.duplicate"), (B05, "image.duplicate"), (JSON, "meta.mismatch")]
)
def test_a_file_that_occurs_twice_in_two_states_is_an_error(
    files: Files, ending: str, category: str, cuts: tuple[int, ...]
) -> None:
    path = only(files, ending)
    other = files[path].replace(b'{"labels": [', b'{"labels": ["Airports", ') + b" "
    outcome = run_reader(BigEarthNetV1S2(), memory_members([*files.items(), (path, other)]), cuts)
    assert (outcome.error.path, outcome.error.category) == (path, category)
    assert "occurs twice in the archive" in outcome.error.reason
    assert (outcome.rows.num_rows, outcome.warnings) == (3, ())


@pytest.mark.parametrize(("differ", "kept"), [(False, 4), (True, 3)])
def test_metadata_that_occur_in_two_parts_are_compared(files: Files, differ: bool, kept: int) -> None:
    path = only(files, JSON)
    bands = [(each, files[each]) for each in files if each != path]
    again = edited_json(files[path], labels=["Airports"]) if differ else files[path]
    members = memory_members([(path, files[path]), *bands, (path, again)])
    outcome = run_reader(BigEarthNetV1S2(), members, (6,))
    (told,) = (*outcome.errors, *outcome.warnings)
    assert (told.path, outcome.rows.num_rows) == (path, kept)
    assert told.category == ("meta.mismatch" if differ else "image.duplicate")


def test_stray_files_are_ignored(files: Files) -> None:
    folder = only(files, JSON).rpartition("/")[0]
    strays = (f"{folder}/{folder}_B10.tif", f"{folder}/notes.txt", f"other/{folder}_B02.tif", "README.md")
    outcome = read(files | dict.fromkeys(strays, b"x"))
    assert outcome.ignored == tuple(sorted(strays))
    assert outcome.rows.equals(read(files).rows)


def renamed(files: Files, old: str, new: str) -> Files:
    return {path.replace(old, new): content for path, content in files.items()}


def test_a_radar_patch_lies_where_its_name_says(radar: Files) -> None:
    patch = only(radar, JSON).rpartition("/")[0]
    for name, category in (
        (patch[:-1] + "9", "meta.mismatch"),
        (patch.replace("33UWP", "33UWQ"), "meta.mismatch"),
        (patch.replace("33UWP", "99ZZZ"), "name.unsafe"),
    ):
        for kept in (radar, metadata_alone(radar)):
            outcome = run_reader(BigEarthNetV1S1(), memory_members(renamed(kept, patch, name)))
            assert (outcome.error.path, outcome.error.category) == (name, category)
            assert outcome.rows.num_rows == 3


def test_the_lower_corner_of_radar_patches_has_another_name(radar: Files) -> None:
    path = only(radar, JSON)
    radar[path] = radar[path].replace(b'"lly"', b'"lry"')
    outcome = run_reader(BigEarthNetV1S1(), memory_members(radar))
    assert (outcome.error.category, outcome.error.reason[:20]) == ("meta.schema", "lacks the key 'lly';")


def test_a_size_that_the_container_does_not_know_is_measured(files: Files) -> None:
    path = only(files, JSON)
    files[path] = b" " * (MAX_SIZE + 1)
    members = [replace(each, size=10) if each.path == path else each for each in memory_members(files)]
    assert run_reader(BigEarthNetV1S2(), members).error.category == "meta.too-large"


def test_a_reader_can_be_sent_to_another_process(files: Files) -> None:
    reader = BigEarthNetV1S2()
    assert reader.recognises(list(files))
    again = pickle.loads(pickle.dumps(reader))
    assert run_reader(again, memory_members(files)).rows.num_rows == 4


def undone(path: str, files: Files) -> None:
    files[path] = b"{"


def doubled(path: str, files: Files) -> None:
    """Put two documents into one file, which is none then, and two more if it stands between others."""
    files[path] = files[path] + b"," + files[path]


def placeless(path: str, files: Files) -> None:
    files[path] = orjson.dumps({**orjson.loads(files[path]), "projection": ["EPSG:32633"]})


def strayed(path: str, files: Files) -> None:
    files[path.replace(JSON, "_notes.txt")] = files.pop(path)


@pytest.mark.parametrize("at_once", [1, 2, 3, 512])
@pytest.mark.parametrize("spoil", [None, undone, doubled, placeless, strayed])
@pytest.mark.parametrize("number", [0, 3])
def test_metadata_that_are_read_together_are_what_they_are_one_by_one(
    files: Files,
    number: int,
    spoil: Callable[[str, Files], None] | None,
    at_once: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dsdocs.readers.bigearthnet.v1._AT_ONCE", at_once)
    files = metadata_alone(files)
    if spoil is not None:
        spoil(sorted(files)[number], files)
    members = memory_members(files)
    reader = BigEarthNetV1S2()
    together, alone = ([told(item) for item in reader.read(given)] for given in (list(members), iter(members)))
    assert sorted(together) == sorted(alone)
    repeated = [told(item) for item in reader.read([*members, members[0]])]
    assert sorted(repeated) == sorted(told(item) for item in reader.read(iter([*members, members[0]])))


def told(item: object) -> str:
    return repr((item.path, item.table.to_pylist()) if isinstance(item, SideTable) else item)
