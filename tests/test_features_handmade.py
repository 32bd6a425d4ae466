"""The hand-made encoders equal their definitions, written down a second time and slowly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import skew
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from dsdocs.features.handmade import HandMade, Textures, of_parameters
from dsdocs.features.histogram import Bins, histograms
from dsdocs.features.lbp import patterns
from dsdocs.features.model import Input
from dsdocs.features.pca import Projection, fit
from dsdocs.features.statistics import statistics

RINGS = [(8, 1.0), (16, 2.0), (20, 3.0), (8, 1.5), (4, 1.0)]


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(2000, 500, shape).astype(np.float32)


def whole(*shape: int, seed: int = 0, most: int = 60_000) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, most, shape).astype(np.float32)


def slow_patterns(image: np.ndarray, points: int, radius: float) -> np.ndarray:
    """Count as Ojala et al. (2002) write it: one pixel and one neighbour after the other, in doubles."""
    found = np.zeros(points + 2)
    margin = math.ceil(radius)
    rows, columns = image.shape
    values = image.astype(float)
    for row in range(margin, rows - margin):
        for column in range(margin, columns - margin):
            signs = []
            for p in range(points):
                y = round(row - radius * math.sin(2 * math.pi * p / points), 5)
                x = round(column + radius * math.cos(2 * math.pi * p / points), 5)
                top, left = math.floor(y), math.floor(x)
                below, right = math.ceil(y), math.ceil(x)
                upper = values[top, left] + (x - left) * (values[top, right] - values[top, left])
                lower = values[below, left] + (x - left) * (values[below, right] - values[below, left])
                signs.append(int(upper + (y - top) * (lower - upper) >= values[row, column]))
            uniform = sum(signs[p] != signs[p - 1] for p in range(points)) <= 2
            found[sum(signs) if uniform else points + 1] += 1
    return found / found.sum()


@pytest.mark.parametrize("ring", RINGS)
def test_patterns_are_those_of_the_definition(ring: tuple[int, float]) -> None:
    images = noise(3, 17, 23)
    found = patterns(images, ring)
    assert found.shape == (3, ring[0] + 2)
    for image, counted in zip(images, found, strict=True):
        np.testing.assert_allclose(counted, slow_patterns(image, *ring), atol=1e-12)


def test_worked_patterns() -> None:
    # Darker than all its neighbours: eight ones; brighter: none; an edge to the right: five of eight are as bright.
    hole, peak = np.ones((2, 3, 3), np.float32)
    hole[1, 1], peak[1, 1] = 0, 2
    edge = np.array([[0, 1, 1]] * 3, np.float32)
    found = patterns(np.stack([hole, peak, edge]), (8, 1.0))
    assert found.argmax(axis=1).tolist() == [8, 0, 5]
    # Bright and dark by turns: eight changes, so the pattern is none of the uniform ones.
    turns = np.array([[[99, 0, 99], [0, 5, 0], [99, 0, 99]]], np.float32)
    assert patterns(turns, (8, 1.0))[0].tolist() == [0.0] * 9 + [1.0]


@settings(max_examples=25)
@given(st.sampled_from(RINGS), st.integers(0, 99), st.integers(2, 60_000))
def test_a_rotation_by_90_degrees_changes_nothing(ring: tuple[int, float], seed: int, most: int) -> None:
    image = whole(14, 19, seed=seed, most=most)
    for turns in range(1, 4):
        assert (patterns(np.rot90(image, turns)[None].copy(), ring) == patterns(image[None], ring)).all()


@settings(max_examples=25)
@given(st.sampled_from(RINGS), st.integers(0, 99), st.integers(1, 60_000))
def test_a_brighter_picture_has_the_same_patterns(ring: tuple[int, float], seed: int, more: int) -> None:
    image = whole(14, 14, seed=seed)
    assert (patterns(image[None] + np.float32(more), ring) == patterns(image[None], ring)).all()


@pytest.mark.parametrize("ring", RINGS)
def test_flat_ground_is_exactly_flat(ring: tuple[int, float]) -> None:
    # Interpolated values could fall below their centre by rounding; every neighbour is as bright as the centre.
    found = patterns(np.full((1, 12, 12), 1234.567, np.float32), ring)
    assert found[0, ring[0]] == 1


def test_a_picture_smaller_than_the_ring_has_no_pattern() -> None:
    assert not patterns(noise(2, 4, 40), (16, 2.0)).any()


def test_statistics_are_those_of_numpy_and_scipy() -> None:
    batch = noise(3, 4, 9, 11)
    found = statistics(batch).reshape(3, 4, 5)
    values = batch.reshape(3, 4, -1).astype(float)
    expected = [values.mean(-1), values.std(-1), skew(values, axis=-1), values.min(-1), values.max(-1)]
    np.testing.assert_allclose(found, np.stack(expected, axis=-1), rtol=1e-9)


def test_a_band_of_one_value_has_no_spread() -> None:
    assert statistics(np.full((1, 1, 5, 5), 0.1, np.float32)).tolist() == [
        [np.float32(0.1), 0, 0] + 2 * [np.float32(0.1)]
    ]


def test_histograms_are_those_of_numpy() -> None:
    batch = noise(2, 3, 20, 20)
    low, high = np.array([1000.0, 1500, 1900]), np.array([3000.0, 2500, 2100])
    found = histograms(batch, Bins.between(low, high, 16)).reshape(2, 3, 16)
    for patch in range(2):
        for band in range(3):
            values = np.clip(batch[patch, band], low[band], high[band])
            counts, _ = np.histogram(values, 16, (low[band], high[band]))
            # Bins begin in float32, so a value on an edge may fall on its other side.
            np.testing.assert_allclose(found[patch, band] ** 2 * 400, counts, atol=1.01)
            assert (found[patch, band] ** 2).sum() == pytest.approx(1)


def test_values_beyond_the_range_are_counted_in_the_outer_bins() -> None:
    bins = Bins.between(np.array([0.0]), np.array([10.0]), 5)
    batch = np.array([-1e30, -1, 0, 1.99, 2, 9.99, 10, 1e30], np.float32).reshape(1, 1, 2, 4)
    assert (histograms(batch, bins)[0] ** 2 * 8).round().tolist() == [4, 1, 0, 0, 3]


def test_a_band_of_one_value_lies_in_the_first_bin() -> None:
    bins = Bins.between(np.array([7.0]), np.array([7.0]))
    assert histograms(np.full((1, 1, 2, 2), 7, np.float32), bins)[0].tolist() == [1.0] + [0.0] * 15


def test_components_are_those_of_scikit_learn_but_for_their_sign() -> None:
    values = np.random.default_rng(0).normal(size=(80, 6)) @ np.random.default_rng(1).normal(size=(6, 6)) + 30
    ours = fit(values, 4)
    theirs = PCA(4).fit(StandardScaler().fit_transform(values))
    signs = np.sign((ours.components * theirs.components_).sum(axis=1))
    np.testing.assert_allclose(ours.components, theirs.components_ * signs[:, None], atol=1e-5)
    projected = theirs.transform(StandardScaler().fit_transform(values)) * signs
    np.testing.assert_allclose(ours(values), projected, atol=1e-4)
    farthest = np.abs(ours.components).argmax(axis=1)
    assert (ours.components[np.arange(4), farthest] > 0).all()


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_few_or_equal_patches_give_as_many_components_as_there_are(rows: int) -> None:
    values = np.random.default_rng(0).normal(size=(rows, 8))
    values[:, 3] = 0.1  # never changes, but for rounding
    found = fit(values, 64)
    assert len(found.components) == max(1, rows - 1)
    assert np.isfinite(found(values)).all()
    assert found.inverse[3] == 0


def encoder(bands: int, size: tuple[int, int]) -> HandMade:
    low, high = np.full(bands, 1000.0), np.full(bands, 3000.0)
    raw = HandMade(
        "handmade", Input("image", tuple(f"b{band}" for band in range(bands)), size), True,
        Bins.between(low, high), Textures(((0, 1), (2,))),
    )  # fmt: skip
    projection = fit(raw.raw(noise(40, bands, *size, seed=7)), 64)
    return of_parameters("handmade", raw.input, {**raw.parameters(), "projection": projection.as_json()})


def test_a_patch_has_the_same_vector_in_every_batch() -> None:
    made = encoder(3, (20, 24))
    batch = noise(7, 3, 20, 24)
    together = made.encode(batch)
    assert together.dtype == np.float32
    assert together.shape == (7, made.dimensions)
    for number in range(7):
        assert (made.encode(batch[number : number + 1])[0] == together[number]).all()
        assert (made.encode(batch[number:]) == together[number:]).all()
    assert made.encode(batch[:0]).shape == (0, made.dimensions)


def test_parameters_give_the_same_encoder_again() -> None:
    made = encoder(3, (20, 24))
    again = of_parameters("handmade", made.input, made.parameters())
    assert again.digest == made.digest
    batch = noise(2, 3, 20, 24)
    assert (again.encode(batch) == made.encode(batch)).all()
    assert again.parameters() == made.parameters()


def test_vectors_have_as_many_values_as_promised() -> None:
    made = encoder(4, (16, 16))
    assert made.raw(noise(2, 4, 16, 16)).shape == (2, 4 * 5 + 4 * 16 + 2 * (10 + 18))
    assert isinstance(made.projection, Projection)
