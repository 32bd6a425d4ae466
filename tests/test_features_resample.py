"""Bicubic resampling follows its definition, and PyTorch where both mean the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.features.inputs import on_grid
from dsdocs.features.resample import keys, resample, taps

SIZES = st.integers(1, 40)


def noise(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-100, 10_000, (rows, columns)).astype(np.float32)


@given(st.tuples(SIZES, SIZES), st.tuples(SIZES, SIZES), st.integers(-(2**15), 2**16))
def test_a_constant_stays_constant(size: tuple[int, int], new: tuple[int, int], value: int) -> None:
    found = resample(np.full(size, value, np.float32), new)
    assert found.shape == new
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, value, rtol=1e-7)


@pytest.mark.parametrize("kind", ["uint8", "int16", "uint16", "float32"])
def test_the_same_size_keeps_every_value(kind: str) -> None:
    image = np.random.default_rng(0).integers(0, 200, (3, 7, 5)).astype(kind)
    assert (resample(image, (7, 5)) == image).all()


@given(st.integers(8, 40), st.integers(8, 40), st.floats(-3, 3), st.floats(-3, 3))
def test_a_ramp_stays_a_ramp_away_from_the_edges(n: int, m: int, slope: float, start: float) -> None:
    ramp = start + slope * np.arange(n)
    found = resample(ramp[:, None], (m, 1))[:, 0]
    centres = (np.arange(m) + 0.5) * n / m - 0.5
    # As far from the edges as the kernel reaches.
    inside = np.abs(centres - (n - 1) / 2) <= (n - 1) / 2 - 2 * max(1, n / m)
    # Exact between the pixels (Keys, 1981, section III); the weights of a widened kernel add up to one only where they
    # are divided by their sum, which moves the result by a fraction of a pixel.
    within = 1e-4 if m >= n else 0.03 * abs(slope) * n / m + 1e-4
    np.testing.assert_allclose(found[inside], (start + slope * centres)[inside], atol=within)


def test_a_parabola_is_exact_between_its_points() -> None:
    # The kernel reproduces polynomials of the second degree (Keys, 1981, section III), at half a pixel as well.
    values = np.arange(10.0) ** 2
    found = resample(values[None], (1, 20))[0]
    centres = (np.arange(20) + 0.5) / 2 - 0.5
    np.testing.assert_allclose(found[5:15], centres[5:15] ** 2, atol=1e-5)


def test_the_kernel_has_its_known_values() -> None:
    # By hand from equation 15 with a = -1/2: u(1/2) = 9/16, u(3/2) = -1/16.
    assert [keys(x) for x in (0, 0.5, -0.5, 1, 1.5, 2, 3)] == [1, 9 / 16, 9 / 16, 0, -1 / 16, 0, 0]


def test_twice_as_many_pixels_have_the_known_weights() -> None:
    places, weights = taps(6, 12)
    assert places[4].tolist() == [0, 1, 2, 3]
    # Its centre lies 3/4 behind pixel 1, so the distances are 7/4, 3/4, 1/4 and 5/4.
    assert weights[4].tolist() == [-3 / 128, 29 / 128, 111 / 128, -9 / 128]


@given(st.integers(1, 60), st.integers(1, 60))
def test_weights_of_a_pixel_add_up_to_one(n: int, m: int) -> None:
    places, weights = taps(n, m)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
    assert places.min() >= 0
    assert places.max() < n


@pytest.mark.parametrize(("size", "new"), [((20, 20), (120, 120)), ((60, 60), (120, 120)), ((64, 48), (20, 31))])
def test_torch_gives_the_same_away_from_the_edges(size: tuple[int, int], new: tuple[int, int]) -> None:
    # With antialias, PyTorch has a = -1/2; at the edges it leaves pixels out that we repeat.
    image = noise(*size)
    theirs = torch.nn.functional.interpolate(torch.from_numpy(image)[None, None], new, mode="bicubic", antialias=True)
    edge = [int(np.ceil(2 * max(1, n / m) * m / n)) + 1 for n, m in zip(size, new, strict=True)]
    inside = np.s_[edge[0] : new[0] - edge[0], edge[1] : new[1] - edge[1]]
    ours = resample(image, new)
    assert ours[inside].size > 50
    np.testing.assert_allclose(ours[inside], theirs.numpy()[0, 0][inside], atol=0.02)


@settings(max_examples=30)
@given(st.tuples(SIZES, SIZES), st.tuples(SIZES, SIZES), st.integers(0, 9))
def test_a_mirrored_picture_gives_the_mirrored_result(size: tuple[int, int], new: tuple[int, int], seed: int) -> None:
    image = noise(*size, seed)
    np.testing.assert_allclose(resample(image[::-1], new)[::-1], resample(image, new), rtol=1e-5, atol=1e-2)
    np.testing.assert_allclose(resample(image.T, new[::-1]).T, resample(image, new), rtol=1e-5, atol=1e-2)


def test_shrinking_averages_a_fine_pattern_away() -> None:
    stripes = np.tile([0.0, 100.0], 60)[None].repeat(8, axis=0)
    found = resample(stripes, (8, 40))[:, 2:-2]
    assert abs(found - 50).max() < 5  # without the wider kernel, it would be 0 and 100 by turns


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="0 pixels"):
        taps(0, 4)


def test_bands_of_several_sizes_come_onto_one_grid_in_their_order() -> None:
    fine, coarse = noise(12, 12), np.full((4, 6), 7, np.uint16)
    found = on_grid([coarse, fine, coarse + 1], (12, 12))
    assert found.dtype == np.float32
    assert (found[1] == fine).all()
    assert (found[0] == 7).all()
    assert (found[2] == 8).all()


def test_what_is_no_number_counts_as_zero() -> None:
    band = np.array([[np.nan, 1.0], [np.inf, -np.inf]])
    assert on_grid([band], (2, 2)).tolist() == [[[0, 1], [0, 0]]]
