"""Statistics of bands: exact, equal to NumPy's, and the same whatever the order and the grouping of files."""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dsdocs.imagery.quick_tiff import read_pixels
from dsdocs.imagery.statistics import PERCENTILES, BandStatistics, Counted, Figures, band_statistics

Array = np.ndarray[Any, Any]
WHOLE = ("uint8", "int8", "uint16", "int16", ">u2", ">i2")
REAL = ("float32", "float64", "float16", "int32", "uint32", ">f4", ">f8")


def arrays(dtypes: tuple[str, ...]) -> st.SearchStrategy[Array]:
    shapes = hnp.array_shapes(max_dims=3, min_side=0, max_side=12)
    return st.sampled_from(dtypes).flatmap(lambda dtype: hnp.arrays(dtype, shapes))


def figures_of(*files: Array, nodata: float | None = None) -> Figures:
    found = band_statistics(files[0].dtype)
    for values in files:
        found.add(values, nodata)
    return found.figures()


def exact(values: Array) -> tuple[float, float]:
    """Return mean and population standard deviation through fractions."""
    numbers = [Fraction(value) for value in values.ravel().tolist()]
    mean = sum(numbers) / len(numbers)
    variance = sum((number - mean) ** 2 for number in numbers) / len(numbers)
    scale = 2**1100
    return float(mean), math.isqrt(int(variance * scale * scale)) / scale


@given(arrays(WHOLE))
def test_whole_numbers_give_what_numpy_gives(values: Array) -> None:
    found = figures_of(values)
    if not values.size:
        assert found == Figures(0, 0, None, None, None, None, {})
        return
    assert (found.count, found.invalid) == (values.size, 0)
    assert (found.minimum, found.maximum) == (values.min(), values.max())
    assert found.mean == values.mean()
    assert found.std == pytest.approx(values.std(), rel=1e-12, abs=1e-12)
    expected = np.percentile(values.astype(np.int64), PERCENTILES)
    assert list(found.percentiles.values()) == expected.tolist()


@given(arrays((*WHOLE, *REAL)))
@settings(max_examples=300)
def test_mean_and_deviation_are_those_of_exact_arithmetic(values: Array) -> None:
    found = figures_of(values)
    valid = values[np.isfinite(values)]
    assert (found.count, found.invalid) == (valid.size, values.size - valid.size)
    if valid.size:
        mean, deviation = exact(valid)
        assert found.mean == mean
        # An exact root cut off, against one of a rounded variance.
        assert found.std == pytest.approx(deviation, rel=1e-15, abs=1e-300)
        assert (found.minimum, found.maximum) == (valid.min(), valid.max())


@given(
    st.sampled_from((*WHOLE, *REAL)).flatmap(
        lambda dtype: st.lists(hnp.arrays(dtype, st.integers(0, 20)), min_size=1, max_size=6)
    ),
    st.randoms(use_true_random=False),
    st.sampled_from([None, 0.0, -1.0, 7.0, math.nan]),
)
def test_order_and_grouping_change_no_bit(files: list[Array], random: Any, nodata: float | None) -> None:
    expected = figures_of(*files, nodata=nodata)
    random.shuffle(files)
    assert repr(figures_of(*files, nodata=nodata)) == repr(expected)
    parts = [band_statistics(files[0].dtype) for _ in range(3)]
    for values in files:
        random.choice(parts).add(values, nodata)
    merged = copy.deepcopy(parts.pop())
    for part in parts:
        merged.merge(pickle.loads(pickle.dumps(part)))  # type: ignore[arg-type]
    assert repr(merged.figures()) == repr(expected)


def test_merging_leaves_the_other_as_it_was() -> None:
    for dtype in ("uint8", "float32"):
        one, other = band_statistics(dtype), band_statistics(dtype)
        other.add(np.arange(9, dtype=dtype))
        before = other.figures()
        one.merge(other)  # type: ignore[arg-type]
        one.add(np.arange(9, dtype=dtype))
        assert other.figures() == before
        assert one.figures().count == 18


@pytest.mark.parametrize(
    ("dtype", "nodata"), [("uint16", 0.0), ("int16", -9999.0), ("float32", -9999.0), ("int32", 5.0)]
)
def test_nodata_is_counted_and_left_out(dtype: str, nodata: float) -> None:
    values = np.array([[nodata, 1, 2], [3, nodata, nodata]], dtype)
    found = figures_of(values, nodata=nodata)
    assert (found.count, found.invalid, found.nodata_share) == (3, 3, 0.5)
    assert (found.minimum, found.mean, found.maximum) == (1.0, 2.0, 3.0)


def test_nodata_that_no_value_can_have_changes_nothing() -> None:
    for dtype, nodata in (
        ("uint8", -9999.0),
        ("uint8", 256.0),
        ("uint16", 0.5),
        ("uint8", math.inf),
        ("float32", 1e300),
    ):
        assert figures_of(np.arange(5, dtype=dtype), nodata=nodata).invalid == 0


def test_a_nodata_text_means_the_nearest_float32() -> None:
    lowest = np.finfo(np.float32).min
    found = figures_of(np.array([lowest, 1], np.float32), nodata=-3.4028234663852886e38)
    assert (found.invalid, found.mean) == (1, 1.0)
    assert figures_of(np.array([0.1, 1], np.float32), nodata=0.1).invalid == 1


def test_pixels_that_are_no_number_are_without_data() -> None:
    found = figures_of(np.array([np.nan, np.inf, -np.inf, 4.0], np.float32))
    assert (found.count, found.invalid, found.mean, found.std) == (1, 3, 4.0, 0.0)


def test_the_two_zeros_are_one_value() -> None:
    one, other = np.array([-0.0, 0.0], np.float32), np.array([0.0, -0.0], np.float32)
    assert repr(figures_of(one)) == repr(figures_of(other))
    assert repr(figures_of(one[:1]).minimum) == "0.0"


def test_nothing_seen_has_no_figures() -> None:
    for dtype in ("uint8", "float32"):
        found = band_statistics(dtype).figures()
        assert found == Figures(0, 0, None, None, None, None, {})
        assert found.nodata_share is None


def test_numbers_far_apart_are_added_up_without_loss() -> None:
    values = np.array([1e38, 1.0, -1e38, 2.0**-149], np.float32)
    mean, deviation = exact(values)
    found = figures_of(values)
    assert (found.mean, found.std) == (mean, deviation)
    values = np.array([1.7e308, 1.0, -1.7e308, 5e-324, 3e-200])
    mean, _ = exact(values)
    assert figures_of(values).mean == mean
    assert figures_of(values).std == pytest.approx(1.7e308 * math.sqrt(2 / 5), rel=1e-15)
    assert figures_of(np.array([1e-200, 3e-200])).std == 1e-200


def test_a_mean_that_plain_addition_gets_wrong() -> None:
    values = np.full(100_000, 0.1, np.float32)
    assert figures_of(values).mean == float(np.float32(0.1))
    assert figures_of(values).std == 0.0


@pytest.mark.parametrize("dtype", ["complex64", "int64", "uint64", "U1"])
def test_other_types_are_refused(dtype: str) -> None:
    with pytest.raises(TypeError, match=r"are not added up"):
        band_statistics(dtype).add(np.zeros(3, dtype))
    with pytest.raises(TypeError, match=r"are not counted"):
        Counted().add(np.zeros(3, dtype))


def test_bands_of_real_patches_have_the_figures_of_a_plain_loop(shared_data: Path) -> None:
    """The figures of all files of a band are those of all their pixels in one array, read by GDAL."""
    folders = sorted((shared_data / "bigearthnet_v1").glob("*/S2*/"))
    assert len(folders) == 17
    for band in ("B01", "B02", "B05", "B8A", "B12"):
        found: BandStatistics | None = None
        pixels = []
        for folder in folders:
            path = folder / f"{folder.name}_{band}.tif"
            array, nodata = read_pixels(path.read_bytes(), path.name)
            found = found or band_statistics(array.dtype)
            found.add(array[0], nodata)
            with rasterio.open(path, driver="GTiff") as dataset:
                pixels.append(dataset.read(1))
        every = np.concatenate([each.ravel() for each in pixels])
        assert found is not None
        figures = found.figures()
        assert (figures.mean, figures.minimum, figures.maximum) == (every.mean(), every.min(), every.max())
        assert figures.std == pytest.approx(every.std(), rel=1e-13)
        assert list(figures.percentiles.values()) == np.percentile(every, PERCENTILES).tolist()


def test_radar_of_real_patches(shared_data: Path) -> None:
    paths = sorted((shared_data / "bigearthnet_v1").glob("*/S1*/*_VV.tif"))
    found = band_statistics("float32")
    pixels = []
    for path in paths:
        array, nodata = read_pixels(path.read_bytes(), path.name)
        found.add(array, nodata)
        pixels.append(array.ravel())
    every = np.concatenate(pixels).astype(np.float64)
    figures = found.figures()
    assert figures.mean == math.fsum(every) / every.size
    assert figures.std == pytest.approx(every.std(), rel=1e-12)
    assert (figures.minimum, figures.maximum) == (every.min(), every.max())
