"""Bitmaps hold every patch at its place, and are there only where a page can draw them."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.geo.bitmaps import Bitmap, bitmaps
from dsdocs.geo.grids import Footprints, on_grids

SIDE = 1200.0
cells = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=16, max_size=80)


def footprints(places: np.ndarray, crs: str = "EPSG:32633", phase: float = 0.0) -> Footprints:
    corners = np.array([(0, 1), (1, 1), (1, 0), (0, 0)])
    rings = (places[:, None] + corners) * SIDE + np.array([300_000.0, 5_000_000.0]) + phase
    return on_grids([crs] * len(places), rings)


def corners_of(bitmap: Bitmap) -> set[tuple[float, float]]:
    packed = np.frombuffer(zlib.decompress(bitmap.bits), dtype=np.uint8)
    covered = np.unpackbits(packed, count=bitmap.columns * bitmap.rows).reshape(bitmap.rows, bitmap.columns)
    row, column = np.nonzero(covered)
    x, y = bitmap.corner[0] + column * bitmap.size[0], bitmap.corner[1] + row * bitmap.size[1]
    return set(zip(x.round(2).tolist(), y.round(2).tolist(), strict=True))


@settings(max_examples=40, deadline=None)
@given(cells, st.sampled_from([0.0, 360.0]))
def test_a_bitmap_holds_each_place_once_and_no_other(places: list[tuple[int, int]], phase: float) -> None:
    column, row = np.array(places).T
    (found,) = bitmaps(footprints(np.array(places), phase=phase), np.arange(len(places))) or ()
    expected = zip((300_000 + phase + column * SIDE).tolist(), (5_000_000 + phase + row * SIDE).tolist(), strict=True)
    assert corners_of(found) == set(expected)
    assert found.zone == 33


def test_a_bitmap_is_as_small_as_the_rows_that_are_asked_for() -> None:
    places = np.array([(column, row) for column in range(9) for row in range(9)])
    (found,) = bitmaps(footprints(places), np.flatnonzero((places >= 3).all(axis=1) & (places < 5).all(axis=1))) or ()
    assert (found.columns, found.rows) == (2, 2)


@pytest.mark.parametrize(("crs", "zone"), [("EPSG:32701", -1), ("EPSG:32660", 60), ("EPSG:25832", 32)])
def test_zones_are_known_by_their_code(crs: str, zone: int) -> None:
    places = np.array([(number, 0) for number in range(20)])
    assert [found.zone for found in bitmaps(footprints(places, crs), np.arange(20)) or ()] == [zone]


def test_there_is_none_for_other_projections_loose_footprints_and_cells_far_apart() -> None:
    line = np.array([(number, 0) for number in range(20)])
    assert bitmaps(footprints(line, "EPSG:3035"), np.arange(20)) is None
    assert bitmaps(footprints(line[:5]), np.arange(5)) is None
    far = np.vstack([line, [(3000, 3000)]])
    assert bitmaps(footprints(far), np.arange(21)) is None
    assert bitmaps(footprints(far), np.arange(20)) is not None
