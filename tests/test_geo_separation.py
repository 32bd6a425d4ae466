"""Distances between footprints: equal to a comparison of each with each, on grids, beside them and across zones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.geo.crs import from_crs84, to_crs84
from dsdocs.geo.footprints import place
from dsdocs.geo.planes import is_metric, on_planes, plain_rings
from dsdocs.geo.separation import TIGHT, Neighbourhood

REACH = 4010.0  # m; no footprints here are exactly as far apart


def square(left: float, top: float, size: float, turn: float = 0.0) -> np.ndarray:
    corners = np.array([(0, 0), (1, 0), (1, -1), (0, -1)]) * size
    around = np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    return corners @ around + (left, top)


def brute_force(crs: list[str], rings: np.ndarray, asked: np.ndarray, others: np.ndarray) -> tuple[list, list]:
    """Measure each pair with shapely, in the CRS of the other footprint."""
    distance, overlaps = [], []
    for row in np.flatnonzero(asked):
        least, shares = np.inf, False
        for other in np.flatnonzero(others):
            moved = np.column_stack(from_crs84(crs[other], *to_crs84(crs[row], *rings[row].T)))
            one, two = shapely.Polygon(moved), shapely.Polygon(rings[other])
            least = min(least, shapely.distance(one, two))
            shares |= shapely.intersects(shapely.affinity.scale(one, 1 - 2 * TIGHT, 1 - 2 * TIGHT), two)
        distance.append(least if least <= REACH else np.inf)
        overlaps.append(shares)
    return distance, overlaps


def measured(crs: list[str], rings: np.ndarray, asked: np.ndarray, others: np.ndarray) -> tuple[list, list]:
    footprints = on_planes(crs, place(crs, rings).wkb)
    found = Neighbourhood(footprints, REACH).nearest(asked, others)
    return found.distance.tolist(), found.overlaps.tolist()


# Zone 33 begins at 15 degrees less 3; at 47 degrees north these places lie on both sides of its western edge.
ZONES = {"EPSG:32633": (272_000.0, 5_210_000.0), "EPSG:32632": (728_000.0, 5_210_000.0)}


GRIDS = ((0.0, 0.0, 1000.0), (250.0, 500.0, 1000.0), (0.0, 250.0, 500.0), (100.0, 0.0, 1500.0))


@st.composite
def scattered(draw: st.DrawFn) -> tuple[list[str], np.ndarray]:
    """Draw squares on grids of two zones, of three sizes, some of them turned, and some at one place."""
    crs, rings = [], []
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    one_plane = draw(st.booleans())  # where grids are all that is looked at
    for name, (left, top) in list(ZONES.items())[: 1 if one_plane else 2]:
        for x, y, size in GRIDS:
            # A grid of fewer than 16 footprints is none.
            for column, row in random.integers(
                -5, 6, (draw(st.sampled_from((0, 16, 25) if one_plane else (0, 3, 16, 25))), 2)
            ):
                crs.append(name)
                rings.append(square(left + x + column * size, top + y + row * size, size))
        for column, row, tenths in random.integers(-8, 8, (0 if one_plane else draw(st.integers(0, 3)), 3)):
            crs.append(name)
            rings.append(square(left + 700 * column, top + 700 * row, 900, tenths / 10))
    return crs, np.array(rings).reshape(-1, 4, 2)


@settings(max_examples=40, deadline=None)
@given(scattered(), st.integers(0, 2**32))
def test_the_nearest_is_that_of_a_comparison_of_each_with_each(made: tuple, seed: int) -> None:
    crs, rings = made
    random = np.random.default_rng(seed)
    # Where few are looked among, most distances are long.
    split = random.choice(3, len(crs), p=random.choice([(0.4, 0.4, 0.2), (0.3, 0.05, 0.65)]))
    asked, others = split == 0, split == 1
    expected, found = brute_force(crs, rings, asked, others), measured(crs, rings, asked, others)
    assert found[0] == pytest.approx(expected[0], abs=0.2)
    assert found[1] == expected[1]


def test_touching_and_overlapping_are_told_apart_at_a_grid_that_lies_a_hair_beside() -> None:
    crs = ["EPSG:32633"] * 40
    base = [square(500_000 + 1200 * c, 5_000_000 - 1200 * r, 1200) for c, r in product(range(20), range(1))]
    beside = [square(500_000 + 1200 * c + 0.05, 5_000_000 - 1200, 1200) for c in range(20)]
    asked = np.arange(40) < 20
    distance, overlaps = measured(crs, np.array([*base, *beside]), asked, ~asked)
    assert set(distance) == {0.0}
    assert not any(overlaps)


def test_a_footprint_across_the_antimeridian_meets_its_neighbour() -> None:
    x, y = from_crs84("EPSG:32601", 180.0, 10.0)
    # The pieces on both sides of 180 degrees are measured together.
    rings = np.array([square(x - 2000, y, 3000), square(x + 1000, y, 3000), square(x + 5000, y, 3000)])
    column = place(["EPSG:32601"] * 3, rings).wkb
    assert shapely.from_wkb(column[0].as_py()).geom_type == "MultiPolygon"
    found = Neighbourhood(on_planes(["EPSG:32601"] * 3, column), REACH)
    for other, expected in ((1, 0.0), (2, 4000.0)):
        asked, others = np.arange(3) == 0, np.arange(3) == other
        nearest = found.nearest(asked, others)
        assert nearest.distance.tolist() == [pytest.approx(expected, abs=0.5)]
        assert not nearest.overlaps.any()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857"])
def test_degrees_and_mercator_are_measured_in_metres_on_the_ground(crs: str) -> None:
    lon, lat = np.array([15.0, 15.02, 15.02, 15.0]), np.array([60.02, 60.02, 60.0, 60.0])
    one = np.column_stack(from_crs84(crs, lon, lat))
    two = np.column_stack(from_crs84(crs, lon + 0.04, lat))  # 0.02 degrees apart: 1,115 m at 60 degrees
    distance, _ = measured([crs, crs], np.array([one, two]), np.array([True, False]), np.array([False, True]))
    assert distance == [pytest.approx(1115.4, rel=2e-3)]


def test_planes_are_those_that_keep_metres() -> None:
    metric = {code: is_metric(code) for code in ("EPSG:32633", "EPSG:3035", "EPSG:2154", "EPSG:3857", "EPSG:4326")}
    assert metric == {
        "EPSG:32633": True, "EPSG:3035": True, "EPSG:2154": True, "EPSG:3857": False, "EPSG:4326": False
    }  # fmt: skip
    assert not is_metric("EPSG:2263")  # feet


def test_corners_are_read_from_the_bytes_of_a_slice_as_well() -> None:
    shapes = [shapely.box(1, 2, 3, 4), shapely.Polygon([(0, 0), (1, 0), (0, 1)]), shapely.box(5, 6, 7, 8)]
    column = pa.array([shapely.to_wkb(shape, byte_order=1) for shape in [shapes[1], *shapes]], pa.binary())
    plain, rings = plain_rings(column.slice(1))
    assert plain.tolist() == [True, False, True]
    assert rings[1].tolist() == [[7, 6], [7, 8], [5, 8], [5, 6]]
    assert plain_rings(column.slice(4))[1].shape == (0, 4, 2)
