"""Outlines: equal to the plain union, whatever the grid, the CRS or the order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.geo.crs import from_crs84, to_crs84
from dsdocs.geo.grids import from_crs84_geometry, on_grids
from dsdocs.geo.mgrs import patch_corners
from dsdocs.geo.outline import outline, outline_of, outlines_by
from dsdocs.geo.plain import plain_polygons

UTM33 = "EPSG:32633"
SIDE = 1200.0


def squares(x: np.ndarray, y: np.ndarray, side: float = SIDE) -> np.ndarray:
    """Return rings (n, 4, 2) from upper left corners."""
    corners = [(0, 0), (side, 0), (side, -side), (0, -side)]
    return np.stack([np.stack([x + dx, y + dy], axis=-1) for dx, dy in corners], axis=1).astype(float)


def back_in_utm(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda points: np.column_stack(from_crs84(UTM33, *points.T)))


def difference(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return the area in square metres that only one of two shapes covers."""
    return float(shapely.symmetric_difference(one, other).area)


def test_a_single_square_is_its_own_outline() -> None:
    found = outline([UTM33], squares(np.array([400_000.0]), np.array([5_300_000.0])))
    assert found.geom_type == "MultiPolygon"
    assert difference(back_in_utm(found), shapely.box(400_000, 5_298_800, 401_200, 5_300_000)) < 1.0
    assert found.geoms[0].exterior.is_ccw


def test_no_footprints_have_an_empty_outline() -> None:
    assert outline([], np.empty((0, 4, 2))).is_empty


cells = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None)
@given(cells, st.sampled_from([0.0, 60.0, 333.3]), st.randoms(use_true_random=False))
def test_outline_is_the_plain_union_and_order_does_not_matter(places: list, shift: float, random: object) -> None:
    column, row = np.array(places).T
    # Every third square lies on a second grid.
    move = np.where(np.arange(len(column)) % 3 == 0, shift, 0.0)
    rings = squares(400_000 + column * SIDE + move, 5_300_000 - row * SIDE)
    found = outline([UTM33] * len(rings), rings, tolerance=0.0)
    plain = shapely.union_all(shapely.polygons(rings))
    assert difference(back_in_utm(found), plain) < 1e-5 * plain.area
    order = np.arange(len(rings))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = outline([UTM33] * len(rings), rings[order], tolerance=0.0)
    assert found.equals(again)


@pytest.fixture(scope="module")
def real(shared_data: Path) -> tuple[np.ndarray, np.ndarray]:
    table = pq.read_table(shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet")
    epsg, ulx, uly = patch_corners(table["tile"].to_pylist(), table["col"], table["row"])
    return np.array([f"EPSG:{code}" for code in epsg]), squares(ulx, uly)


def test_union_of_the_real_squares_of_a_zone_is_exactly_the_plain_union(
    real: tuple[np.ndarray, np.ndarray],
) -> None:
    crs, rings = (part[real[0] == UTM33] for part in real)
    sorted_in = on_grids(crs, rings)
    assert (sorted_in.grid >= 0).all()
    size, origin = (np.array([getattr(grid, name) for grid in sorted_in.grids]) for name in ("size", "origin"))
    low = origin[sorted_in.grid] + sorted_in.cell * size[sorted_in.grid]
    assert np.array_equal(low, rings.min(axis=1))
    plain = shapely.union_all(shapely.polygons(np.unique(rings, axis=0)))
    found = back_in_utm(outline_of(sorted_in, tolerance=0.0))
    assert difference(found, plain) < 1e-5 * plain.area


def test_footprints_of_a_summary_have_the_outline_of_their_native_corners(
    real: tuple[np.ndarray, np.ndarray],
) -> None:
    crs, rings = real[0][::7], real[1][::7]
    geometry = np.empty(len(crs), dtype=object)
    for name in np.unique(crs):
        rows = crs == name
        corners = np.stack(to_crs84(name, rings[rows, :, 0], rings[rows, :, 1]), axis=-1)
        geometry[rows] = shapely.orient_polygons(shapely.polygons(corners))
    again = from_crs84_geometry(crs, geometry)
    assert again.grids == on_grids(crs, rings).grids
    assert outline_of(again).equals(outline(crs, rings))


def test_outlines_of_groups_are_those_of_their_members(real: tuple[np.ndarray, np.ndarray]) -> None:
    crs, rings = real[0][:5000], real[1][:5000]
    members = {"even": np.arange(0, 5000, 2), "odd": np.arange(1, 5000, 2), "none": np.empty(0, dtype=int)}
    found = outlines_by(members, on_grids(crs, rings), tolerance=0.0)
    assert list(found) == ["even", "odd", "none"]
    assert found["none"].is_empty
    assert difference(found["even"], outline(crs[::2], rings[::2], tolerance=0.0)) < 1e-9
    together = shapely.union_all([found["even"], found["odd"]])
    whole = outline(crs, rings, tolerance=0.0)
    assert difference(together, whole) < 1e-4 * whole.area  # long edges bend by metres, see the test below


def test_simplification_stays_within_the_tolerance() -> None:
    rng = np.random.default_rng(5)
    column, row = rng.integers(0, 30, (2, 700))
    rings = squares(400_000 + column * 60.0, 5_300_000 - row * 60.0, 60.0)
    exact = outline([UTM33] * 700, rings, tolerance=0.0)
    for tolerance in (50.0, 300.0):
        coarse = outline([UTM33] * 700, rings, tolerance=tolerance)
        assert shapely.get_num_coordinates(coarse) < shapely.get_num_coordinates(exact)
        apart = shapely.hausdorff_distance(back_in_utm(coarse).boundary, back_in_utm(exact).boundary)
        assert apart <= tolerance * 1.5 + 60


def test_long_straight_edges_follow_the_native_crs() -> None:
    column = np.arange(200)
    found = outline([UTM33] * 200, squares(300_000 + column * SIDE, np.full(200, 7_000_000.0)))
    edge = np.linspace(300_000, 540_000, 500)
    points = shapely.points(*to_crs84(UTM33, edge, np.full(500, 7_000_000.0)))
    metres = shapely.distance(points, found.boundary) * 111_000
    assert metres.max() < 10


def test_zones_are_joined_and_footprints_off_the_grid_are_kept() -> None:
    rng = np.random.default_rng(2)
    x, y = 400_000 + rng.uniform(0, 9000, 40), 5_300_000 + rng.uniform(0, 9000, 40)
    names = np.array([UTM33, "EPSG:32632"])[np.arange(40) % 2]
    found = outline(names, squares(x, y), tolerance=0.0)
    parts = [outline(names[names == name], squares(x, y)[names == name], tolerance=0.0) for name in np.unique(names)]
    assert difference(found, shapely.union_all(parts)) < 1e-9
    assert found.bounds[0] < 8 < 13 < found.bounds[2]


def test_what_two_zones_share_is_there_once() -> None:
    column, row = np.divmod(np.arange(400), 20)
    rings = squares(400_000 + column * SIDE, 5_300_000 - row * SIDE)
    lon, lat = to_crs84(UTM33, rings[..., 0], rings[..., 1])
    again = np.stack(from_crs84("EPSG:32632", lon, lat), axis=-1)
    once = outline([UTM33] * 400, rings, tolerance=0.0)
    both = outline([UTM33] * 400 + ["EPSG:32632"] * 400, np.concatenate([rings, again]), tolerance=0.0)
    assert both.is_valid
    assert difference(both, once) < 1e-3 * once.area


def test_rotated_footprints_keep_their_corners() -> None:
    diamond = np.array([[[0.0, 6.0], [6.0, 0.0], [0.0, -6.0], [-6.0, 0.0]]]) * 100 + np.array([4e5, 5.3e6])
    found = back_in_utm(outline([UTM33] * 20, np.repeat(diamond, 20, axis=0), tolerance=0.0))
    assert difference(found, shapely.polygons(diamond)[0]) < 1.0


@pytest.mark.parametrize("crs", ["EPSG:32701", "EPSG:4326"])
def test_outlines_are_cut_at_the_antimeridian(crs: str) -> None:
    columns = np.arange(-10, 10)
    if crs == "EPSG:4326":
        x = (180 + columns * 0.01 + 180) % 360 - 180
        rings = squares(x, np.full(20, -17.0), 0.01)
        rings[..., 0] = (rings[..., 0] + 180) % 360 - 180
        area = 20 * 0.01**2
    else:
        middle, y = (float(value) for value in from_crs84(crs, 180.0, -17.0))
        rings = squares(middle + columns * SIDE, np.full(20, y))
        area = 20 * SIDE**2 / (111_320 * np.cos(np.radians(17)) * 110_650)
    found = outline([crs] * 20, rings)
    assert (found.bounds[0], found.bounds[2]) == (-180.0, 180.0)
    assert len(found.geoms) == 2
    assert max(part.bounds[2] - part.bounds[0] for part in found.geoms) < 0.2
    assert found.area == pytest.approx(area, rel=0.01)


def test_a_ring_around_the_pole_is_closed_along_it() -> None:
    # A frame of squares around the south pole in a polar projection, then the whole disc.
    places = [(column, row) for column in range(-5, 5) for row in range(-5, 5)]
    ring = [place for place in places if max(abs(place[0] + 0.5), abs(place[1] + 0.5)) > 3]
    geod = pyproj.Geod(ellps="WGS84")
    for chosen in (ring, places):
        x, y = np.array(chosen).T * 100_000.0
        found = outline(["EPSG:3031"] * len(chosen), squares(x, y + 100_000.0, 100_000.0))
        assert found.is_valid
        assert found.bounds[0] == -180.0
        assert found.bounds[2] == 180.0
        area = abs(sum(geod.geometry_area_perimeter(part)[0] for part in found.geoms))
        # The projection is true to scale at 71 degrees south and up to 3 % smaller nearer to the pole.
        assert area == pytest.approx(len(chosen) * 100_000.0**2, rel=0.08)


def test_plain_polygons_are_closed_and_rounded() -> None:
    triangle = shapely.Polygon([(0, 0), (1.23456789, 0), (1.2345679, 1e-9), (1, 1)])
    ring = ((0.0, 0.0), (1.0, 1.0), (1.23457, 0.0), (0.0, 0.0))
    found = plain_polygons(triangle)
    assert len(found) == 1
    assert shapely.Polygon(*found[0]).equals(shapely.Polygon(ring))
    assert found[0][0][0] == found[0][0][-1]
    assert set(found[0][0]) == set(ring)
    assert plain_polygons(shapely.Point(1, 1).buffer(1e-4), 2) == ()


def test_plain_polygons_are_valid_where_rounding_makes_them_touch() -> None:
    # A bar narrower than the grid between two squares falls away.
    dumbbell = shapely.union_all([shapely.box(0, 0, 1, 1), shapely.box(1, 0.5, 2, 0.5001), shapely.box(2, 0, 3, 1)])
    parts = [shapely.Polygon(*rings) for rings in plain_polygons(dumbbell, 1)]
    assert [part.area for part in parts] == [1.0, 1.0]
    assert all(part.is_valid for part in parts)
