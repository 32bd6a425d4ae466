"""Thumbnails of real patches: named, numbered, within the budget, the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from PIL import Image

from dsdocs.imagery.raster import read_bands
from dsdocs.imagery.rendering import renderings
from dsdocs.imagery.thumbnails import TONED, ThumbnailJob, make_thumbnails
from dsdocs.sensors import Sensor, generic_sensor, load_sensor

Opener = Callable[[str], BinaryIO]


def opener(root: Path) -> Opener:
    """Open members of a folder as an archive does: ``KeyError`` for what is not there."""

    def open_member(path: str) -> BinaryIO:
        try:
            return (root / path).open("rb")
        except FileNotFoundError:
            raise KeyError(path) from None

    return open_member


def patch_jobs(root: Path, pattern: str, asset: str, sensor: str) -> list[ThumbnailJob]:
    folders = {path.name: path.relative_to(root).as_posix() for path in sorted(root.glob(pattern))}
    return [
        ThumbnailJob(name, asset, f"{folder}/{name}_{{band}}.tif", load_sensor(sensor))
        for name, folder in folders.items()
    ]


def file_jobs(root: Path, pattern: str, sensor: Sensor) -> list[ThumbnailJob]:
    paths = sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
    return [ThumbnailJob(Path(path).stem, "image", path, sensor) for path in paths]


@pytest.fixture
def jobs(shared_data: Path) -> list[ThumbnailJob]:
    """Return both sensors of BigEarthNet version 1, as a site would ask for them."""
    return [
        *patch_jobs(shared_data, "bigearthnet_v1/tiny/S2*", "sentinel-2", "sentinel-2-l2a"),
        *patch_jobs(shared_data, "bigearthnet_v1/s1-tiny/S1*", "sentinel-1", "sentinel-1-grd"),
    ]


def test_every_rendering_of_every_patch_is_written(shared_data: Path, tmp_path: Path, jobs: list[ThumbnailJob]) -> None:
    thumbnails, errors, report = make_thumbnails(jobs, opener(shared_data), tmp_path, budget=10**6)
    assert errors == ()
    names = ["sentinel-2/true-colour", "sentinel-2/false-colour"]
    expected = [f"{name}/{number:04d}.webp" for number in range(11) for name in names]
    expected += [f"sentinel-1/radar/{number:04d}.webp" for number in range(11, 14)]
    assert [thumbnail.file for thumbnail in thumbnails] == expected
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == report.count == 25
    assert sum(path.stat().st_size for path in files) == report.size <= report.budget
    for thumbnail in thumbnails:
        with Image.open(tmp_path / thumbnail.file) as image:
            assert (image.format, image.size) == ("WEBP", (thumbnail.width, thumbnail.height)) == ("WEBP", (120, 120))
    json.dumps([asdict(report), [asdict(thumbnail) for thumbnail in thumbnails]])


def test_dark_and_bright_patches_stay_readable(shared_data: Path, tmp_path: Path, jobs: list[ThumbnailJob]) -> None:
    """Snow and forest share one stretch; neither may drown."""
    thumbnails, _, _ = make_thumbnails(jobs, opener(shared_data), tmp_path, budget=10**6)
    for thumbnail in thumbnails:
        if thumbnail.rendering == "true-colour":
            with Image.open(tmp_path / thumbnail.file) as image:
                grey = np.asarray(image.convert("L"))
            assert 30 < np.median(grey) < 250, thumbnail
            assert grey.std() > 5, thumbnail


def test_all_assets_of_one_patch_share_their_number(shared_data: Path, tmp_path: Path) -> None:
    root = shared_data / "bigearthnet_v2"
    s2 = patch_jobs(root, "BigEarthNet-S2/*/*", "sentinel-2", "sentinel-2-l2a")
    s1 = patch_jobs(root, "BigEarthNet-S1/*/*", "sentinel-1", "sentinel-1-grd")
    [path] = root.glob("Reference_Maps/*/*/*.tif")
    colours = {211: "#ffffa8"}
    sensor = load_sensor("clc-map")
    maps = ThumbnailJob(s2[0].id, "reference-map", path.relative_to(root).as_posix(), sensor, colours)
    jobs = [*s2, ThumbnailJob(s2[0].id, "sentinel-1", s1[0].path, s1[0].sensor), maps]
    thumbnails, errors, _ = make_thumbnails(jobs, opener(root), tmp_path, budget=10**6)
    assert errors == ()
    assert [thumbnail.file for thumbnail in thumbnails] == [
        "sentinel-2/true-colour/0000.webp",
        "sentinel-2/false-colour/0000.webp",
        "sentinel-1/radar/0000.webp",
        "reference-map/map/0000.webp",
    ]
    with Image.open(tmp_path / thumbnails[-1].file) as image:
        found = {tuple(colour) for colour in np.asarray(image.convert("RGB")).reshape(-1, 3).tolist()}
    with path.open("rb") as source:
        codes = np.unique(read_bands(source, "map"))
    assert (0xFF, 0xFF, 0xA8) in found
    assert len(found) == len(codes)  # lossless: no mixture of two classes


def test_photographs_are_not_stretched(shared_data: Path, tmp_path: Path) -> None:
    jobs = file_jobs(shared_data, "ucmerced/UCMerced_LandUse/Images/*/*.tif", load_sensor("rgb"))
    thumbnails, errors, report = make_thumbnails(jobs, opener(shared_data), tmp_path, budget=10**6)
    assert errors == ()
    assert report.tones == ()
    for job, thumbnail in zip(jobs, thumbnails, strict=True):
        with Image.open(tmp_path / thumbnail.file) as image, Image.open(shared_data / job.path) as original:
            difference = np.asarray(image.convert("RGB")).astype(float) - np.asarray(original)
            assert abs(difference).mean() < 8
            assert abs(difference.mean()) < 1


def test_small_patches_keep_their_size(shared_data: Path, tmp_path: Path) -> None:
    jobs = file_jobs(shared_data, "eurosat/EuroSAT_RGB/*/*.jpg", load_sensor("rgb"))
    jobs += file_jobs(shared_data, "eurosat/EuroSAT_MS/*/*.tif", load_sensor("sentinel-2-l1c-eurosat"))
    thumbnails, errors, _ = make_thumbnails(jobs, opener(shared_data), tmp_path, budget=10**6)
    assert errors == ()
    assert {(thumbnail.width, thumbnail.height) for thumbnail in thumbnails} == {(64, 64)}
    assert {thumbnail.rendering for thumbnail in thumbnails} == {"image", "true-colour", "false-colour"}


@pytest.mark.parametrize("budget", [120_000, 60_000, 40_000, 26_000])
def test_the_budget_is_kept(shared_data: Path, tmp_path: Path, jobs: list[ThumbnailJob], budget: int) -> None:
    thumbnails, _, report = make_thumbnails(jobs, opener(shared_data), tmp_path, budget=budget)
    assert report.size <= budget
    assert len(thumbnails) == 25
    assert max(thumbnail.width for thumbnail in thumbnails) <= report.edge
    last = report.attempts[-1]
    assert (last.edge, last.quality, last.size, last.estimated) == (
        report.edge,
        report.quality,
        report.size,
        False,
    )
    assert all(attempt.size > budget for attempt in report.attempts[:-2])


def test_the_budget_is_kept_when_the_estimate_is_wrong(tmp_path: Path) -> None:
    """Every second picture is plain, and the estimate looks at those alone."""
    noise = np.random.default_rng(3).integers(0, 256, (24, 90, 90, 3), np.uint8)
    noise[::2] = 120
    jobs = []
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        jobs.append(ThumbnailJob(str(number), "image", f"{number}.png", load_sensor("rgb")))
    _, _, report = make_thumbnails(jobs, opener(tmp_path), tmp_path / "out", budget=60_000)
    assert report.size <= report.budget
    made = [attempt for attempt in report.attempts if not attempt.estimated]
    assert len(made) > 1
    assert all(attempt.size > report.budget for attempt in made[:-1])


def test_a_budget_too_small_for_anything_gives_the_smallest(
    shared_data: Path, tmp_path: Path, jobs: list[ThumbnailJob]
) -> None:
    _, _, report = make_thumbnails(jobs, opener(shared_data), tmp_path, budget=100)
    assert (report.edge, report.quality) == (64, 60)
    assert report.size > report.budget


def test_a_fixed_size_is_kept(shared_data: Path, tmp_path: Path, jobs: list[ThumbnailJob]) -> None:
    thumbnails, _, report = make_thumbnails(jobs, opener(shared_data), tmp_path, budget=10**6, size=50)
    assert report.edge == 50
    assert {(thumbnail.width, thumbnail.height) for thumbnail in thumbnails} == {(50, 50)}


def test_bad_patches_are_reported_and_the_rest_is_made(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "bigearthnet_v1" / "tiny"
    names = sorted(path.name for path in source.glob("S2*"))[:3]
    root = tmp_path / "archive"
    for name in names:
        shutil.copytree(source / name, root / name)
    (root / names[0] / f"{names[0]}_B03.tif").write_bytes(b"no image")
    (root / names[1] / f"{names[1]}_B08.tif").unlink()
    jobs = patch_jobs(root, "S2*", "sentinel-2", "sentinel-2-l2a")
    seen: list[int] = []
    thumbnails, errors, _ = make_thumbnails(jobs, opener(root), tmp_path / "out", budget=10**6, progress=seen.append)
    assert [(error.path, error.category) for error in errors] == [
        (f"{names[0]}/{names[0]}_B03.tif", "input.junk"),
        (f"{names[1]}/{names[1]}_B08.tif", "image.missing"),
    ]
    assert {thumbnail.id for thumbnail in thumbnails} == {names[2]}
    assert len({thumbnail.id for thumbnail in thumbnails}) + len(errors) == len(jobs)
    assert seen == [1, 2, 3]


def test_a_patch_without_any_data_is_an_error(shared_data: Path, tmp_path: Path) -> None:
    job = ThumbnailJob("all", "image", "rasterio_testdata/all-nodata.tif", generic_sensor(4, 3.0))
    thumbnails, errors, report = make_thumbnails([job], opener(shared_data), tmp_path, budget=10**6)
    assert thumbnails == ()
    assert report.count == report.size == 0
    assert [(error.path, error.category) for error in errors] == [(job.path, "image.missing")]


def test_patches_outside_the_stretch_sample_are_made_even_if_the_sample_is_unreadable(
    shared_data: Path, tmp_path: Path
) -> None:
    """Of 400 jobs the stretch looks at 256, evenly; here only one that it skips can be read."""
    [good] = patch_jobs(shared_data, "bigearthnet_v1/tiny/S2A*_4_55", "sentinel-2", "sentinel-2-l2a")
    looked_at = {index * 400 // TONED for index in range(TONED)}
    skipped = next(index for index in range(400) if index not in looked_at)
    jobs = [ThumbnailJob(f"p{index}", "sentinel-2", "gone_{band}.tif", good.sensor) for index in range(400)]
    jobs[skipped] = good
    thumbnails, errors, report = make_thumbnails(jobs, opener(shared_data), tmp_path, budget=10**6)
    assert len(errors) == 399
    assert {thumbnail.id for thumbnail in thumbnails} == {good.id}
    assert report.tones == ()


def test_pixels_without_data_are_transparent(shared_data: Path, tmp_path: Path) -> None:
    job = ThumbnailJob("rgb", "image", "rasterio_testdata/RGB.byte.tif", load_sensor("rgb"))
    [thumbnail], errors, _ = make_thumbnails([job], opener(shared_data), tmp_path, budget=10**6)
    assert errors == ()
    with Image.open(tmp_path / thumbnail.file) as image:
        alpha = np.asarray(image.getchannel("A"))
    assert alpha[0, 0] == 0
    assert alpha[alpha.shape[0] // 2, alpha.shape[1] // 2] == 255
    assert max(thumbnail.width, thumbnail.height) == 256


@pytest.mark.parametrize("file", ["sar_vv.tif", "pan1.tif", "sar_masked.tif", "ms1.tif", "rgb_unmasked.tif"])
def test_rasters_of_unknown_sensors_are_shown(shared_data: Path, tmp_path: Path, file: str) -> None:
    """Complex, one band, four bands of float64, photographs: no sensor is declared for any."""
    bands = {"sar_vv.tif": 1, "pan1.tif": 1, "rgb_unmasked.tif": 3}.get(file, 4)
    job = ThumbnailJob("a", "image", f"spacenet/preproc_tutorial/{file}", generic_sensor(bands, None))
    [thumbnail], errors, _ = make_thumbnails([job], opener(shared_data), tmp_path, budget=10**6)
    assert errors == ()
    with Image.open(tmp_path / thumbnail.file) as image:
        assert np.asarray(image.convert("L")).std() > 5


def test_braces_in_names_are_no_template(shared_data: Path, tmp_path: Path) -> None:
    name = "S2A_MSIL2A_20170617T113321_4_55"
    folder = tmp_path / "archive" / "{0.__class__}{id}"
    shutil.copytree(shared_data / "bigearthnet_v1/tiny" / name, folder)
    path = f"{{0.__class__}}{{id}}/{name}_{{band}}.tif"
    job = ThumbnailJob("<b>{id}", "sentinel-2", path, load_sensor("sentinel-2-l2a"))
    thumbnails, errors, _ = make_thumbnails([job], opener(tmp_path / "archive"), tmp_path / "out", budget=10**6)
    assert errors == ()
    assert thumbnails[0].file == "sentinel-2/true-colour/0000.webp"


@pytest.mark.parametrize("asset", ["../x", "a/b", "", "Sentinel 2", ".", "a..b", "con\0"])
def test_an_asset_key_is_never_a_path(tmp_path: Path, asset: str) -> None:
    job = ThumbnailJob("a", asset, "a.tif", load_sensor("rgb"))
    with pytest.raises(ValueError, match="expected small letters"):
        make_thumbnails([job], opener(tmp_path), tmp_path / "out", budget=10**6)
    assert not (tmp_path / "out").exists()


def test_no_jobs_are_no_pictures(tmp_path: Path) -> None:
    thumbnails, errors, report = make_thumbnails([], opener(tmp_path), tmp_path, budget=10**6)
    assert (thumbnails, errors, report.count) == ((), (), 0)


def test_what_a_sensor_shows() -> None:
    s2, s1 = load_sensor("sentinel-2-l2a"), load_sensor("sentinel-1-grd")
    assert renderings(s2) == {"true-colour": ("B04", "B03", "B02"), "false-colour": ("B08", "B04", "B03")}
    assert renderings(s1) == {"radar": ("VV", "VH")}
    assert list(renderings(load_sensor("clc-map"))) == ["map"]
    assert renderings(load_sensor("rgb")) == {"image": ("red", "green", "blue")}
    assert renderings(generic_sensor(1, None)) == {"image": ("band_1",)}


def test_the_same_bytes_whatever_the_hash_seed(shared_data: Path, tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_imagery_thumbnails import opener, patch_jobs
from dsdocs.imagery.thumbnails import make_thumbnails
root = Path(sys.argv[1])
jobs = patch_jobs(root, "bigearthnet_v1/s1-tiny/S1*", "sentinel-1", "sentinel-1-grd")
jobs += patch_jobs(root, "bigearthnet_v1/tiny/S2*", "sentinel-2", "sentinel-2-l2a")[:4]
print(make_thumbnails(jobs, opener(root), Path(sys.argv[2]), budget=30_000))
"""
    told, digests = [], []
    for seed in ("1", "2"):  # sets of our asset names have another order
        out = tmp_path / seed
        command = [sys.executable, "-c", script, str(shared_data), str(out), str(Path(__file__).parent)]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        told.append(done.stdout)
        files = sorted(path for path in out.rglob("*.webp"))
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert told[0] == told[1]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 11
