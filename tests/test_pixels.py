"""The pass over all pixels: equal to plain NumPy, whatever the container, the parts, their order or the engine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.engine import Pool
from dsdocs.pixels import measure, phash
from dsdocs.pixels.histogram import RELATIVE_ERROR, Histogram, bins_of, keys_of, middles_of, percentiles_of
from dsdocs.pixels.measure import measure_pixels
from dsdocs.pixels.publish import statistics_json
from dsdocs.pixels.sample import chosen_rows, closest_rows
from dsdocs.pixels.stored import figures_from_json, figures_to_json, open_pixels
from dsdocs.records import PatchRecord
from dsdocs.sample import write_sample
from support.pixels import packed, project_of, results, write_images
from support.summaries import summary_of

PERCENTILES = (1, 2, 50, 98, 99)
PARTS = [(2048, 4096), (12, 24), (7, 7), (1, 1)]


def random_images(number: int, *, dtype: str = "uint16", bands: int = 2, edge: int = 9) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    return {
        f"{kind}/{kind}_{index}.tif": (random.normal(900 if kind == "Forest" else 300, 90, (bands, edge, edge))).astype(
            dtype
        )
        for index in range(number)
        for kind in ("Forest", "River")
    }


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "FILES", 3)
    monkeypatch.setattr(measure, "MOST", 3)


def plain(paths: list[Path], band: int = 1) -> np.ndarray:
    """Return all pixels of a band, read by rasterio."""
    values = []
    for path in paths:
        with rasterio.open(path) as raster:
            values.append(raster.read(band).ravel())
    return np.concatenate(values)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("source", ["bigearthnet_v1/tiny", "eurosat/EuroSAT_MS_small", "ucmerced/UCMerced_LandUse"])
def test_whole_numbers_of_real_patches_have_exactly_the_figures_of_numpy(
    source: str, shared_data: Path, tmp_path: Path
) -> None:
    project = project_of(shared_data / source, tmp_path)
    assert measure_pixels(project) == ()
    pixels = open_pixels(project)
    hrefs = [asset["href"] for assets in project.summary["assets"].to_pylist() for asset in assets]
    table = pixels.table().to_pandas()
    for number, band in enumerate(pixels.figures.bands, 1):
        apart = "{band}" in hrefs[0]
        files = [project.archive.folder([href]) / href.replace("{band}", band.band) for href in hrefs]
        values = plain(files, 1 if apart else number)
        exact = values.astype(object)
        count, total, squares = len(values), int(exact.sum()), int((exact * exact).sum())
        assert (band.count, band.invalid, band.minimum, band.maximum) == (count, 0, values.min(), values.max())
        assert band.mean == total / count
        assert band.std == pytest.approx(((count * squares - total**2) ** 0.5) / count, rel=1e-15)
        assert [band.percentiles[q] for q in PERCENTILES] == np.percentile(values, PERCENTILES).tolist()
        own = table[table["band"] == band.band]
        for path, row in zip(files, own.itertuples(), strict=True):
            one = plain([path], 1 if apart else number).astype(np.float64)
            assert (row.count, row.min, row.max) == (one.size, one.min(), one.max())
            assert row.mean == one.mean()
            assert row.std == pytest.approx(one.std(), rel=1e-12)


def test_each_class_has_the_figures_of_the_patches_that_carry_it(shared_data: Path, tmp_path: Path) -> None:
    project = project_of(shared_data / "bigearthnet_v1" / "tiny", tmp_path)
    measure_pixels(project)
    rows = project.summary.select(["labels", "assets"]).to_pylist()
    found = {(one.label, one.band): one for one in open_pixels(project).figures.classes}
    assert {label for label, _ in found} == {label for row in rows for label in row["labels"]}
    for (label, band), one in found.items():
        hrefs = [row["assets"][0]["href"] for row in rows if label in row["labels"]]
        files = [project.archive.folder([href]) / href.replace("{band}", band) for href in hrefs]
        values = plain(files).astype(np.float64)
        assert (one.patches, one.count) == (len(files), values.size)
        assert one.mean == pytest.approx(values.mean(), rel=1e-14)
        assert one.std == pytest.approx(values.std(), rel=1e-12)


def test_floats_have_exact_moments_and_percentiles_within_the_stated_error(shared_data: Path, tmp_path: Path) -> None:
    project = project_of(shared_data / "bigearthnet_v1" / "s1-tiny", tmp_path)
    measure_pixels(project)
    for band in open_pixels(project).figures.bands:
        files = sorted((shared_data / "bigearthnet_v1" / "s1-tiny").rglob(f"*_{band.band}.tif"))
        values = plain(files).astype(np.float64)
        assert not band.exact
        assert band.mean == pytest.approx(values.mean(), rel=1e-13)
        assert band.std == pytest.approx(values.std(), rel=1e-12)
        assert (band.minimum, band.maximum) == (values.min(), values.max())
        expected = np.percentile(values, PERCENTILES)
        found = np.array([band.percentiles[q] for q in PERCENTILES])
        assert (np.abs(found - expected) <= RELATIVE_ERROR * np.abs(expected) + 1e-6).all()


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_containers_parts_and_engines_give_the_same_bytes(
    dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_images(tmp_path / "images", random_images(7, dtype=dtype))
    sources = [folder, packed(folder, tmp_path / "a.tar"), packed(folder, tmp_path / "a.tar.gz")]
    found = []
    for number, (source, (least, most)) in enumerate((source, sizes) for source in sources for sizes in PARTS):
        monkeypatch.setattr(measure, "FILES", least)
        monkeypatch.setattr(measure, "MOST", most)
        project = project_of(source, tmp_path / f"state-{number}")
        measure_pixels(project)
        found.append(results(project))
    assert all(one == found[0] for one in found)


def test_a_pool_of_processes_gives_the_same_bytes(tmp_path: Path, small_parts: None) -> None:
    folder = write_images(tmp_path / "images", random_images(4))
    first, second = (project_of(folder, tmp_path / name) for name in ("one", "two"))
    measure_pixels(first)
    measure_pixels(second, engine=Pool(2))
    assert results(first) == results(second)


def test_only_what_changed_is_read_again_and_a_killed_pass_goes_on(
    tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = random_images(6)
    folder = write_images(tmp_path / "images", images)
    read: list[int] = []
    original = measure.measure_part

    def counted(task: Any) -> bytes:
        read.append(len(task.rows))
        if len(read) == 3 and not killed:
            killed.append(True)
            raise KeyboardInterrupt
        return original(task)

    killed: list[bool] = []
    monkeypatch.setattr(measure, "measure_part", counted)
    project = project_of(folder, tmp_path / "state")
    with pytest.raises(KeyboardInterrupt):
        measure_pixels(project)
    measure_pixels(project)
    assert sum(read) == 12 + 3  # the part that was being read is read again, and no other
    before = results(project)
    read.clear()
    measure_pixels(project)
    assert read == []
    write_images(folder, {"River/River_5.tif": images["River/River_5.tif"] + 1})
    changed = project_of(folder, tmp_path / "state")
    measure_pixels(changed)
    assert len(read) == 1
    assert results(changed) != before


def test_a_file_that_cannot_be_decoded_is_listed_and_the_others_count(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "images", random_images(3))
    project = project_of(folder, tmp_path / "state")
    broken = folder / "Forest" / "Forest_1.tif"
    broken.write_bytes(broken.read_bytes()[:300])
    (folder / "River" / "River_0.tif").unlink()
    unreadable = measure_pixels(project)
    assert [(one.path, one.category) for one in unreadable] == [
        ("Forest/Forest_1.tif", "image.corrupt"),
        ("River/River_0.tif", "image.missing"),
    ]
    pixels = open_pixels(project)
    assert (pixels.figures.patches, pixels.figures.read) == (6, 4)
    assert pixels.figures.unreadable == unreadable
    known = dict(zip(pixels.hashes["id"].to_pylist(), pixels.hashes["content"].to_pylist(), strict=True))
    assert {name for name, content in known.items() if content is None} == {"Forest_1", "River_0"}


def test_a_patch_that_lacks_a_band_keeps_its_others_but_has_no_digest(tmp_path: Path) -> None:
    archive = write_sample(tmp_path / "archive", patches=3, layout="bigearthnet-v1-s2")
    project = project_of(archive, tmp_path / "state")
    broken = sorted(archive.rglob("*_B11.tif"))[0]
    broken.write_bytes(b"II*\0")
    (unreadable,) = measure_pixels(project)
    assert unreadable.path.endswith(broken.name)
    pixels = open_pixels(project)
    assert pixels.table().num_rows == 3 * 12 - 1
    lost = [row["id"] for row in pixels.hashes.to_pylist() if row["content"] is None]
    assert lost == [broken.parent.name]
    assert pixels.hashes["phash"].null_count == 0


def test_a_file_that_a_stream_no_longer_holds_is_listed(tmp_path: Path, small_parts: None) -> None:
    folder = write_images(tmp_path / "images", random_images(3))
    archive = packed(folder, tmp_path / "images.tar.gz")
    project = project_of(archive, tmp_path / "state")
    (folder / "River" / "River_0.tif").unlink()
    packed(folder, archive)
    (missing,) = measure_pixels(project)
    assert (missing.path, missing.category) == ("River/River_0.tif", "image.missing")
    assert open_pixels(project).figures.read == 5


def test_nodata_saturation_and_constants_are_counted_for_each_patch(tmp_path: Path) -> None:
    image = np.full((1, 4, 4), 7, np.uint16)
    gaps = image.copy()
    gaps[0, 0] = 65535
    gaps[0, 1, 0] = 3
    full = image.copy()
    full[0, 0, 0] = 0
    images = {"a/a_1.tif": image, "a/a_2.tif": gaps, "b/b_1.tif": np.zeros((1, 4, 4), np.uint16), "b/b_2.tif": full}
    project = project_of(write_images(tmp_path / "images", images, nodata="0"), tmp_path / "state")
    measure_pixels(project)
    pixels = open_pixels(project)
    rows = {row["id"]: row for row in pixels.table().to_pylist()}
    columns = ("count", "invalid", "saturated", "min", "max", "constant")
    assert {name: tuple(row[column] for column in columns) for name, row in rows.items()} == {
        "a_1": (16, 0, 0, 7.0, 7.0, True),
        "a_2": (16, 0, 4, 3.0, 65535.0, False),
        "b_1": (0, 16, 0, None, None, False),
        "b_2": (15, 1, 0, 7.0, 7.0, True),
    }
    assert rows["b_1"]["mean"] is None
    assert rows["b_1"]["std"] is None
    (band,) = pixels.figures.bands
    values = np.concatenate([images[name][images[name] != 0] for name in images]).astype(np.float64)
    assert (band.count, band.invalid, band.saturated) == (47, 17, 4)
    assert band.mean == values.mean()
    assert [band.percentiles[q] for q in PERCENTILES] == np.percentile(values, PERCENTILES).tolist()


def test_a_map_of_classes_is_counted_by_value_and_has_no_mean(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    images = {f"a/a_{n}.tif": random.choice([0, 111, 112, 523], (1, 8, 8)).astype(np.uint16) for n in range(3)}
    images["a/a_9.tif"] = np.full((1, 8, 8), 0.5, np.float32)
    folder = write_images(tmp_path / "images", images, nodata="0")
    project = project_of(folder, tmp_path / "state", sensors={"image": {"kind": "map"}})
    (unreadable,) = measure_pixels(project)
    assert (unreadable.path, unreadable.category) == ("a_9.tif", "image.unsupported")
    (band,) = open_pixels(project).figures.bands
    values = np.concatenate([image.ravel() for name, image in images.items() if name != "a/a_9.tif"])
    codes, counts = np.unique(values[values > 0], return_counts=True)
    assert dict(band.values) == dict(zip(codes.tolist(), counts.tolist(), strict=True))
    assert (band.mean, band.std, band.bins, dict(band.percentiles)) == (None, None, None, {})
    assert open_pixels(project).table()["mean"].null_count == 3
    assert open_pixels(project).figures.classes == ()


@pytest.mark.parametrize(
    ("dtype", "declared", "nodata", "saturated", "level", "is_declared"),
    [
        ("uint8", None, None, 1, (255,), False),
        ("uint8", 200, None, 3, (200,), True),
        ("uint8", 65535, None, 1, (255,), False),
        ("uint16", 200, None, 4, (200,), True),
        ("uint16", 200, "201", 3, (200,), True),
        ("uint16", 65535, None, 0, (65535,), True),
        ("uint32", 200, "201", 3, (200,), True),
        ("float32", None, None, 0, (), False),
        ("float32", 199.5, None, 4, (199.5,), True),
    ],
)
def test_pixels_are_saturated_from_the_declared_value_or_else_at_the_largest(
    dtype: str, declared: float | None, nodata: str | None, saturated: int, level: tuple[float, ...],
    is_declared: bool, tmp_path: Path,
) -> None:  # fmt: skip
    values = np.arange(64).reshape(1, 8, 8) % 50
    values[0, 0, :4] = 200, 201, 255, 255 if dtype != "uint8" else 199
    folder = write_images(tmp_path / "images", {"Forest/Forest_1.tif": values.astype(dtype)}, nodata=nodata)
    sensor = {"title": "One", "bands": [{"name": "one"}]} | ({} if declared is None else {"saturated": declared})
    project = project_of(folder, tmp_path / "state", sensors={"image": sensor})
    assert measure_pixels(project) == ()
    (band,) = open_pixels(project).figures.bands
    assert (band.saturated, band.saturated_from, band.declared) == (saturated, level, is_declared)
    assert open_pixels(project).table()["saturated"].to_pylist() == [saturated]


def test_windows_of_frames_are_read_as_patches(tmp_path: Path) -> None:
    from dsdocs.archive import open_archive
    from dsdocs.pixels.packing import unpack_part
    from dsdocs.pixels.part import Task, measure_part
    from dsdocs.pixels.plan import Row, plan_of

    frame = np.arange(2 * 64 * 48, dtype=np.uint16).reshape(2, 64, 48)
    archive = open_archive(write_images(tmp_path / "frames", {"frame.tif": frame}))
    plans = (plan_of("image", "optical", ("one", "two"), None),)
    windows = [(0, 0, 32, 32), (32, 16, 16, 48)]
    rows = tuple(Row(f"p{n}", ((0, "frame.tif"),), window, False) for n, window in enumerate(windows))
    part = unpack_part(measure_part(Task(plans, rows, tuple(archive.fetch(["frame.tif"])), 10**6)))
    for row in part.rows.to_pylist():
        column, line, width, height = windows[row["number"]]
        own = frame[row["band"], line : line + height, column : column + width].astype(int)
        assert (row["width"], row["height"], row["first"], row["second"]) == (width, height, own.sum(), (own**2).sum())


@pytest.mark.parametrize("patches", [0, 1, 5, 100])
def test_a_sample_has_the_size_that_is_asked_for(patches: int, tmp_path: Path) -> None:
    folder = write_images(tmp_path / "images", random_images(4))
    project = project_of(folder, tmp_path / "state", pixels={"patches": patches})
    measure_pixels(project)
    figures = open_pixels(project).figures
    assert figures.read == min(patches, 8)
    assert figures.sampled == (patches < 8)
    assert open_pixels(project).measured == (patches > 0)


def test_a_sample_has_each_class_and_split_and_does_not_depend_on_the_order() -> None:
    labels = ["Pastures"] * 80 + ["Mixed forest"] * 15 + ["Peatbogs"] * 3
    records = [
        PatchRecord(f"p{n}", (label,), ("train", "val")[n % 2], assets={"image": f"p{n}.tif"})
        for n, label in enumerate(labels)
    ]
    one, other = (summary_of(items).table for items in (records, reversed(records)))
    chosen = [set(table.take(pa.array(chosen_rows(table, 12)))["id"].to_pylist()) for table in (one, other)]
    assert chosen[0] == chosen[1]
    rows = one.take(pa.array(chosen_rows(one, 12)))
    assert {(row["labels"][0], row["split"]) for row in rows.to_pylist()} == {
        (label, split) for label in set(labels) for split in ("train", "val")
    }
    assert closest_rows(one["id"], np.arange(98), 10).sum() == 10


_counts = st.lists(st.integers(0, 65535), max_size=40)


@given(st.lists(_counts, max_size=5))
@settings(max_examples=40)
def test_merging_histograms_is_associative_and_equals_counting_at_once(groups: list[list[int]]) -> None:
    whole = Histogram(True)
    forwards, backwards = Histogram(True), Histogram(True)
    for group in groups:
        whole.add(np.array(group, np.uint16))
    for target, ordered in ((forwards, groups), (backwards, groups[::-1])):
        for group in ordered:
            one = Histogram(True)
            one.add(np.array(group, np.uint16))
            target.merge(*one.sparse())
    for other in (forwards, backwards):
        assert [part.tolist() for part in other.sparse()] == [part.tolist() for part in whole.sparse()]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=60))
def test_bins_of_floats_keep_their_order_and_lie_within_the_stated_error(numbers: list[float]) -> None:
    values = np.sort(np.array(numbers, np.float32))
    keys = keys_of(values)
    assert (np.diff(keys.astype(np.int64)) >= 0).all()
    middles, exact = middles_of(keys), values.astype(np.float64)
    normal = np.abs(exact) >= np.finfo(np.float32).tiny
    assert (np.abs(middles - exact)[normal] <= RELATIVE_ERROR * np.abs(exact)[normal]).all()


@given(st.lists(st.integers(0, 60000), min_size=1, max_size=300))
def test_percentiles_are_those_of_numpy_and_bins_lose_no_pixel(numbers: list[int]) -> None:
    histogram = Histogram(True)
    histogram.add(np.array(numbers, np.uint16))
    values, counts = histogram.values()
    found = percentiles_of(values, counts, min(numbers), max(numbers))
    assert [found[q] for q in PERCENTILES] == np.percentile(np.array(numbers, np.float64), PERCENTILES).tolist()
    bins = bins_of(values, counts, found, whole=True)
    assert bins is not None
    assert sum(bins.counts) + bins.below + bins.above == len(numbers)
    assert len(bins.counts) <= 65
    edges = bins.start + bins.width * np.arange(len(bins.counts) + 1)
    expected, _ = np.histogram(np.array(numbers), np.append(edges[:-1], edges[-1] - 0.5))
    assert list(bins.counts) == expected.tolist()


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    rows, columns = np.mgrid[0:120, 0:120] / 120
    random = np.random.default_rng(0)
    fields = sum(
        random.normal() * np.sin(2 * np.pi * (a * rows + b * columns + c)) for a, b, c in random.random((9, 3)) * 4
    )
    return 500 + 80 * fields


def hashed(image: np.ndarray) -> int | None:
    return phash.hash_of(phash.coefficients(image[None])[0], float(np.abs(image).max()))


def distance(one: int | None, other: int | None) -> int:
    assert one is not None
    assert other is not None
    return (one ^ other).bit_count()


def test_a_hash_survives_scale_brightness_and_noise_and_tells_pictures_apart(picture: np.ndarray) -> None:
    noisy = picture + np.random.default_rng(1).normal(0, 8, picture.shape)
    smaller = picture.reshape(60, 2, 60, 2).mean(axis=(1, 3))
    assert distance(hashed(picture), hashed(picture * 1.3 + 40)) == 0
    assert distance(hashed(picture), hashed(smaller)) <= 4
    assert distance(hashed(picture), hashed(noisy)) <= 6
    assert distance(hashed(picture), hashed(picture[::-1])) > 16
    assert hashed(np.full((30, 40), 7.0)) is None


def test_a_hash_is_that_of_the_definition(picture: np.ndarray) -> None:
    small = picture.reshape(24, 5, 24, 5).mean(axis=(1, 3))
    grid = np.kron(small, np.ones((4, 4))).reshape(32, 3, 32, 3).mean(axis=(1, 3))
    low = [
        [
            sum(
                grid[y, x] * np.cos(np.pi / 32 * (y + 0.5) * v) * np.cos(np.pi / 32 * (x + 0.5) * u)
                for y in range(32)
                for x in range(32)
            )
            for u in range(1, 9)
        ]
        for v in range(1, 9)
    ]
    bits = (np.array(low) > np.median(low)).ravel()
    assert hashed(small) == int("".join("1" if bit else "0" for bit in bits), 2)


def test_equal_pixels_have_equal_contents_and_one_other_pixel_another(tmp_path: Path) -> None:
    images = random_images(2)
    twin = images["Forest/Forest_0.tif"].copy()
    other = twin.copy()
    other[1, 4, 4] += 1
    folder = write_images(tmp_path / "images", {**images, "River/River_8.tif": twin, "River/River_9.tif": other})
    project = project_of(folder, tmp_path / "state")
    measure_pixels(project)
    rows = {row["id"]: row for row in open_pixels(project).hashes.to_pylist()}
    assert rows["Forest_0"]["content"] == rows["River_8"]["content"] != rows["River_9"]["content"]
    assert len({row["content"] for row in rows.values()}) == 5
    assert rows["Forest_0"]["phash"] == rows["River_8"]["phash"]


def test_figures_survive_the_trip_through_json_and_are_published(tmp_path: Path) -> None:
    project = project_of(write_images(tmp_path / "images", random_images(3)), tmp_path / "state")
    measure_pixels(project)
    figures = open_pixels(project).figures
    assert figures_from_json(json.loads(json.dumps(figures_to_json(figures)))) == figures
    published = json.loads(statistics_json(figures))
    (asset,) = published["assets"].values()
    assert asset["mean"] == [band.mean for band in figures.bands]
    assert set(asset["classes"]) == {"Forest", "River"}
    assert asset["classes"]["Forest"]["mean"][0] > asset["classes"]["River"]["mean"][0]


def test_figures_that_were_made_from_other_parts_are_made_again(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "images", random_images(3))
    project = project_of(folder, tmp_path / "state")
    measure_pixels(project)
    expected = results(project)
    for name in ("pixels.json", "pixels.parquet"):
        (project.state / name).unlink()
        measure_pixels(project)
        assert results(project) == expected
    shutil.rmtree(project.state / "pixels")
    measure_pixels(project)
    assert results(project) == expected
