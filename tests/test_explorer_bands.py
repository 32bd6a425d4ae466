"""The files of the band lab hold exactly what rasterio reads, for a sample in which every class is seen."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import rasterio
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from rasterio.windows import Window

from dsdocs.explorer import band_files
from dsdocs.explorer.band_files import FILE_BYTES, decoded, encoded
from dsdocs.explorer.bands import band_entries, sampled_rows
from dsdocs.project import Project
from dsdocs.records import PatchRecord
from dsdocs.sample import write_sample
from support.pixels import packed, project_of, write_images
from support.summaries import summary_of

KINDS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def entries_of(project: Project, folder: Path, order: Sequence[int] | None = None) -> dict[str, Any]:
    """Write the bands with rows in an order of their own."""
    n = project.summary.num_rows
    explorer = SimpleNamespace(n=n, order=np.array(range(n) if order is None else order))
    folder.mkdir(exist_ok=True)
    manifest = band_entries(project, explorer, folder)  # type: ignore[arg-type]
    assert manifest is not None
    return manifest


def bands_of(folder: Path, patch: dict[str, Any]) -> dict[str, np.ndarray]:
    data = (folder / patch["file"]["path"]).read_bytes()
    layouts = [(band["width"], band["height"], band["dtype"]) for band in patch["bands"]]
    names = [band["name"] for band in patch["bands"]]
    return dict(zip(names, decoded(data, layouts), strict=True))


def by_rasterio(archive: Path, patch: dict[str, Any], band: dict[str, Any], number: int) -> np.ndarray:
    path = patch["path"].replace("{band}", band["name"])
    with rasterio.open(archive / path) as raster:
        window = Window(*band["window"]) if "window" in band else None
        return raster.read(1 if "{band}" in patch["path"] else number, window=window)


def assert_equal_to_rasterio(archive: Path, folder: Path, manifest: dict[str, Any]) -> None:
    for patch in manifest["patches"]:
        found = bands_of(folder, patch)
        for number, band in enumerate(patch["bands"], 1):
            expected = by_rasterio(archive, patch, band, number)
            assert found[band["name"]].dtype == expected.dtype
            np.testing.assert_array_equal(found[band["name"]], expected)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_gives_back_what_was_packed(data: st.DataObject) -> None:
    shapes = arrays.array_shapes(min_dims=2, max_dims=2, max_side=7)
    one = st.sampled_from(KINDS).flatmap(lambda kind: arrays.arrays(kind, shapes))
    bands = data.draw(st.lists(one, min_size=1, max_size=3))
    layouts = [(band.shape[1], band.shape[0], band.dtype.name) for band in bands]
    file = encoded(bands)
    for band, back in zip(bands, decoded(file, layouts), strict=True):
        assert back.dtype == band.dtype
        assert back.tobytes() == band.tobytes()  # also each NaN as it was
    with pytest.raises(ValueError, match="bytes; the bands have"):
        decoded(file, [*layouts, (1, 1, "uint8")])


def test_the_format_by_hand() -> None:
    band = np.array([[300, 299], [0, 65535]], np.uint16)
    # Differences 300, 65535 and 0, 65535: low bytes, then high bytes. The browser's test decodes the same bytes.
    assert gzip.decompress(encoded([band, np.array([[7, 5]], np.uint8)])) == bytes(
        [44, 255, 0, 255, 1, 255, 0, 255, 7, 254]
    )
    assert encoded([band]) == encoded([band.copy(order="F")])


@pytest.mark.parametrize(
    "source",
    ["bigearthnet_v1/tiny", "bigearthnet_v1/s1-tiny", "eurosat/EuroSAT_MS_small", "ucmerced/UCMerced_LandUse", "hydro"],
)
def test_real_patches_are_equal_to_what_rasterio_reads(source: str, shared_data: Path, tmp_path: Path) -> None:
    project = project_of(shared_data / source, tmp_path / "state", explorer={"bands": 4})
    manifest = entries_of(project, tmp_path / "out")
    assert len({patch["row"] for patch in manifest["patches"]}) == min(4, project.summary.num_rows)
    root = project.archive.folder([])
    assert_equal_to_rasterio(root, tmp_path / "out", manifest)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "archive"
    write_sample(folder, patches=32)
    return folder


def test_the_sample_archive_in_any_order_and_container(sample: Path, tmp_path: Path) -> None:
    plain = project_of(sample, tmp_path / "plain", explorer={"bands": 6})
    n = plain.summary.num_rows
    manifest = entries_of(plain, tmp_path / "out", range(n)[::-1])
    assert_equal_to_rasterio(plain.archive.folder([]), tmp_path / "out", manifest)
    assert len({patch["row"] for patch in manifest["patches"]}) == 6
    assert [patch["row"] for patch in manifest["patches"]] == sorted(patch["row"] for patch in manifest["patches"])
    ids = plain.summary["id"].to_pylist()
    for patch in manifest["patches"]:
        assert ids[n - 1 - patch["row"]].rsplit("_", 1)[-1] in patch["path"]
    dtypes = {(patch["asset"], band["dtype"]) for patch in manifest["patches"] for band in patch["bands"]}
    assert {("sentinel-2", "uint16"), ("sentinel-1", "float32")} <= dtypes
    assert {sensor["asset"] for sensor in manifest["sensors"]} == {patch["asset"] for patch in manifest["patches"]}
    streamed = project_of(packed(sample, tmp_path / "sample.tar.gz"), tmp_path / "streamed", explorer={"bands": 6})
    assert entries_of(streamed, tmp_path / "again", range(n)[::-1]) == manifest
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "again").iterdir())
    assert all((tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in names)


def test_every_class_split_season_and_asset_is_seen(sample: Path, tmp_path: Path) -> None:
    summary = project_of(sample, tmp_path / "state").summary
    rows = sampled_rows(summary, 24)
    assert len(rows) == 24
    chosen = summary.take(rows).to_pylist()
    everything = summary.to_pylist()
    for column in ("split", "season"):
        assert {row[column] for row in chosen} >= {row[column] for row in everything} - {None}
    assert {label for row in chosen for label in row["labels"]} == {
        label for row in everything for label in row["labels"]
    }
    assert sampled_rows(summary, 0) == []


def test_the_choice_does_not_depend_on_the_order_of_the_rows() -> None:
    records = [
        PatchRecord(f"p{number}", labels=(("Forest", "River")[number % 2],), assets={"image": f"{number}.tif"})
        for number in range(40)
    ]
    summary = summary_of(records).table
    turned = summary.take(list(range(39, -1, -1)))
    names = [table["id"].take(sampled_rows(table, 5)).to_pylist() for table in (summary, turned)]
    assert sorted(names[0]) == sorted(names[1])


def test_a_broken_file_leaves_its_patch_out_and_is_listed(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    images = {f"Forest/Forest_{n}.tif": random.integers(0, 900, (3, 20, 20)).astype(np.uint16) for n in range(1, 6)}
    archive = write_images(tmp_path / "archive", images)
    project = project_of(archive, tmp_path / "state")
    paths = sorted((archive / "Forest").iterdir())
    paths[0].write_bytes(paths[0].read_bytes()[:300])
    paths[1].write_bytes(b"no picture at all")
    paths[2].unlink()
    tifffile.imwrite(paths[3], np.ones((20, 20, 3), np.complex64), photometric="minisblack", planarconfig="contig")
    manifest = entries_of(project, tmp_path / "out")
    assert len(manifest["patches"]) == 1
    assert_equal_to_rasterio(project.archive.folder([]), tmp_path / "out", manifest)
    reasons = {Path(one["path"]).name: one["reason"] for one in manifest["left_out"]}
    assert set(reasons) == {f"Forest_{n}.tif" for n in range(1, 5)}
    assert "complex64" in reasons["Forest_4.tif"]
    assert "not in the archive" in reasons["Forest_3.tif"] or "cannot be opened" in reasons["Forest_3.tif"]
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_large_patch_shows_its_centre(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    archive = write_images(
        tmp_path / "archive",
        {f"A/A_{n}.tif": random.integers(0, 65535, (4, 900, 600)).astype(np.uint16) for n in (1, 2)},
    )
    project = project_of(archive, tmp_path / "state")
    manifest = entries_of(project, tmp_path / "out")
    for patch in manifest["patches"]:
        assert 0.8 * FILE_BYTES < patch["file"]["bytes"] <= FILE_BYTES
        left, top, width, height = patch["bands"][0]["window"]
        assert abs(2 * left + width - 600) <= 1
        assert abs(2 * top + height - 900) <= 1
        assert abs(height / width - 1.5) < 0.01
    assert_equal_to_rasterio(project.archive.folder([]), tmp_path / "out", manifest)


def test_the_centre_of_bands_of_several_resolutions_covers_one_place(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(band_files, "DECODED_BYTES", 40_000)
    project = project_of(shared_data / "bigearthnet_v1" / "tiny", tmp_path / "state", explorer={"bands": 2})
    manifest = entries_of(project, tmp_path / "out")
    for patch in manifest["patches"]:
        places = {tuple(np.array(band["window"]) / (band["window"][2])) for band in patch["bands"]}
        assert len(places) == 1
        assert {band["width"] for band in patch["bands"]} == {60, 30, 10}
    assert_equal_to_rasterio(project.archive.folder([]), tmp_path / "out", manifest)


def test_grids_without_a_common_pixel_cannot_be_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(band_files, "DECODED_BYTES", 20_000)
    files = {"a.tif": np.zeros((1, 120, 121), np.uint8), "b.tif": np.zeros((1, 59, 60), np.uint8)}
    folder = write_images(tmp_path, {name: image for name, image in files.items()})
    sources = [band_files.Source(name, (name,), (0,)) for name in files]
    assert len(band_files.packed_bands(sources, lambda path: (folder / path).open("rb"), max_pixels=10**6)[0]) == 2
    monkeypatch.setattr(band_files, "DECODED_BYTES", 15_000)
    with pytest.raises(band_files.RasterError, match="no centre that all bands could be cut to"):
        band_files.packed_bands(sources, lambda path: (folder / path).open("rb"), max_pixels=10**6)


def test_nodata_and_windows_are_told(tmp_path: Path) -> None:
    images = {f"A/A_{n}.tif": np.full((1, 8, 8), n, np.int16) for n in (1, 2)}
    project = project_of(write_images(tmp_path / "archive", images, nodata="-999"), tmp_path / "state")
    manifest = entries_of(project, tmp_path / "out")
    assert {band["nodata"] for patch in manifest["patches"] for band in patch["bands"]} == {-999.0}
    assert not any("window" in band for patch in manifest["patches"] for band in patch["bands"])
    none = project_of(tmp_path / "archive", tmp_path / "none", explorer={"bands": 0})
    explorer = SimpleNamespace(n=2, order=np.arange(2))
    assert band_entries(none, explorer, tmp_path / "out") is None  # type: ignore[arg-type]


def test_files_that_are_opened_are_not_looked_for_in_the_whole_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_of(write_images(tmp_path / "a", {"A/A_1.tif": np.ones((3, 4, 4), np.uint8)}), tmp_path / "state")
    monkeypatch.setattr(type(project.archive), "stamp", lambda self: pytest.fail("walked through the archive"))
    project.archive.keep(["A/A_1.tif"])
