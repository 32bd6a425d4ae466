"""The Hilbert curve: known small curves, each cell once, neighbours adjacent, keys that depend on the place alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.geo.hilbert import ORDER, hilbert_distance

CELLS = 1 << ORDER


def centres(column: np.ndarray, row: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude of the middle of cells of a world of 2**order columns and rows."""
    return (column + 0.5) / 2**order * 360 - 180, (row + 0.5) / 2**order * 180 - 90


def walk(order: int, west: int = 0, south: int = 0, within: int | None = None) -> np.ndarray:
    """Return the cells (n, 2) of a square of 2**order cells in the order of the curve."""
    level = order if within is None else within
    column, row = (part.ravel() for part in np.meshgrid(np.arange(2**order) + west, np.arange(2**order) + south))
    key = hilbert_distance(*centres(column, row, level)) >> 2 * (ORDER - level)
    assert sorted(key - key.min()) == list(range(4**order))
    ranked = np.argsort(key)
    return np.column_stack([column, row])[ranked]


def test_the_curve_of_order_one_is_the_known_one() -> None:
    assert walk(1).tolist() == [[0, 0], [0, 1], [1, 1], [1, 0]]


def test_the_curve_of_order_two_is_the_known_one() -> None:
    first_half = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 2], [0, 3], [1, 3], [1, 2]]
    assert walk(2).tolist() == first_half + [[3 - x, y] for x, y in reversed(first_half)]


@pytest.mark.parametrize("order", [3, 5, 6, 7])
def test_each_cell_is_met_once_and_the_next_one_touches_it(order: int) -> None:
    steps = np.abs(np.diff(walk(order), axis=0)).sum(axis=1)
    assert (steps == 1).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, CELLS // 16 - 1), st.integers(0, CELLS // 16 - 1))
def test_the_finest_cells_are_walked_one_by_one_as_well(west: int, south: int) -> None:
    steps = np.abs(np.diff(walk(4, west * 16, south * 16, ORDER), axis=0)).sum(axis=1)
    assert (steps == 1).all()


def test_keys_depend_on_the_place_alone() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-180, 180, 500), rng.uniform(-90, 90, 500)
    together = hilbert_distance(lon, lat)
    assert together.dtype == np.int64
    assert together.tolist() == [int(hilbert_distance(x, y)) for x, y in zip(lon, lat, strict=True)]


def test_the_edges_of_the_world_belong_to_its_outer_cells() -> None:
    ends = hilbert_distance([-180.0, 180.0, 200.0], [-90.0, -90.0, -95.0])
    assert ends.tolist() == [0, 4**ORDER - 1, 4**ORDER - 1]
    assert hilbert_distance([], []).shape == (0,)
