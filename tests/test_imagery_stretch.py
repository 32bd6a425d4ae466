"""The common stretch: limits are percentiles, brighter never becomes darker."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dsdocs.imagery.stretch import MIDTONE, SAMPLE, Histogram, Tone, apply, decibels, is_power

Array = np.ndarray[Any, Any]
REFLECTANCES = hnp.arrays(np.uint16, (6, 7), elements=st.integers(0, 8192))
NUMBERS = hnp.arrays(np.float64, (5, 5), elements=st.floats(-1e6, 1e6))


def histogram(band: Array) -> Histogram:
    return Histogram.of(band, np.ones(band.shape, bool))


@settings(deadline=None)
@given(st.lists(REFLECTANCES, min_size=1, max_size=5), st.randoms())
def test_the_stretch_does_not_depend_on_the_order_of_the_patches(bands: list[Array], random: Any) -> None:
    patches = [[histogram(band)] * 3 for band in bands]
    whole = Tone.of(patches)
    random.shuffle(patches)
    assert Tone.of(patches) == whole


@settings(deadline=None)
@given(REFLECTANCES)
def test_reflectances_are_counted_exactly(band: Array) -> None:
    values, counts = np.unique(band, return_counts=True)
    found = histogram(band)
    np.testing.assert_array_equal(found.values, values)
    np.testing.assert_array_equal(found.counts, counts)


@settings(deadline=None)
@given(NUMBERS)
def test_any_value_is_counted_within_one_in_8000(band: Array) -> None:
    found = histogram(band)
    assert found.counts.sum() == band.size
    np.testing.assert_allclose(np.repeat(found.values, found.counts), np.sort(band, axis=None), rtol=1.3e-4, atol=1e-37)


def test_limits_are_the_2nd_and_98th_percentile() -> None:
    assert histogram(np.arange(1, 101).reshape(10, 10)).limits() == (2.0, 98.0)
    assert histogram(np.arange(1, 101).reshape(10, 10)).limits(0, 100) == (1.0, 100.0)


def test_nodata_and_nan_do_not_count() -> None:
    band = np.array([[1.0, 2.0, np.nan], [3.0, -9999.0, np.inf]])
    found = Histogram.of(band, band != -9999)
    np.testing.assert_array_equal(found.values, [1, 2, 3])


def test_nothing_at_all_has_limits() -> None:
    empty = Histogram.of(np.zeros((3, 3)), np.zeros((3, 3), bool))
    assert empty.limits() == (0.0, 0.0)
    assert Tone.of([[empty, empty, empty]]) == Tone(((0.0, 0.0),) * 3, 1.0)


def test_both_zeros_are_one_value() -> None:
    found = histogram(np.array([[-0.0, -0.0]]))
    assert found.counts.tolist() == [2]
    assert not np.signbit(found.values[0])


@pytest.mark.parametrize("side", [1, 64, 120, 900, 2000])
def test_a_large_patch_does_not_outweigh_a_small_one(side: int) -> None:
    counted = int(histogram(np.zeros((side, side), np.uint8)).counts.sum())
    assert min(side * side, SAMPLE // 2) <= counted <= SAMPLE


@settings(deadline=None)
@given(NUMBERS, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0.4, 1.0))
def test_brighter_never_becomes_darker(band: Array, one: float, other: float, exponent: float) -> None:
    low, high = sorted((one, other))
    order = np.argsort(band, axis=None)
    shades = apply(band, (low, high), exponent).ravel()[order].astype(int)
    assert shades.min() >= 0
    assert shades.max() <= 255
    assert (np.diff(shades) >= 0).all()


def test_the_ends_are_black_and_white() -> None:
    shades = apply(np.array([[-5.0, 0.0, 50.0, 100.0, 200.0, np.nan]]), (0.0, 100.0))
    np.testing.assert_array_equal(shades, [[0, 0, 128, 255, 255, 0]])


def test_a_constant_band_is_mid_grey() -> None:
    band = np.full((4, 4), 731, np.uint16)
    np.testing.assert_array_equal(apply(band, histogram(band).limits()), 127)


def test_a_few_bright_pixels_do_not_darken_the_rest() -> None:
    land, snow = np.linspace(200, 1400, 900), np.linspace(6000, 7000, 100)
    channel = np.concatenate([land, snow]).reshape(40, 25)
    tone = Tone.of([[histogram(channel)] * 3])
    assert tone.exponent < 0.6
    shown = apply(np.array([[np.median(channel)]]), tone.limits[0], tone.exponent)
    assert abs(int(shown[0, 0]) / 255 - MIDTONE) < 0.01


def test_a_bright_data_set_is_not_darkened() -> None:
    assert Tone.of([[histogram(np.linspace(0, 100, 1000).reshape(40, 25))] * 3]).exponent == 1.0


def test_decibels_of_power() -> None:
    found = decibels(np.array([1.0, 0.1, 100.0, 0.0, -1.0, np.nan]))
    np.testing.assert_allclose(found[:3], [0, -10, 20], atol=1e-6)
    assert np.isnan(found[3:]).all()


def test_power_is_told_from_decibels() -> None:
    assert is_power([np.array([0.0, 0.2]), np.array([0.01])])
    assert not is_power([np.array([0.0, 0.2]), np.array([-12.0])])


def test_a_few_patches_under_snow_do_not_change_the_stretch() -> None:
    fields = [[histogram(np.linspace(0, 1000 + number, 100).reshape(10, 10))] * 3 for number in range(9)]
    snow = [histogram(np.linspace(5000, 9000, 100).reshape(10, 10))] * 3
    assert Tone.of([snow, *fields]).limits[0][1] < 1100
    assert Tone.of([*fields, snow]) == Tone.of([snow, *fields])
