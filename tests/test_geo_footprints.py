"""Footprints on Earth: what is placed comes back, what cannot be placed says why, and a batch changes nothing."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.geo.crs import from_crs84
from dsdocs.geo.footprints import Placed, place

UTM33 = "EPSG:32633"
Corners = tuple[tuple[float, float], ...]


def box(west: float, south: float, east: float, north: float) -> Corners:
    return (west, north), (east, north), (east, south), (west, south)


def one(crs: str | None, ring: Corners) -> Placed:
    return place([crs], np.array([ring], dtype=float))


def shape_of(placed: Placed, row: int = 0) -> shapely.Geometry:
    return shapely.from_wkb(placed.wkb[row].as_py())


def refusal(crs: str, ring: Corners) -> tuple[str, str]:
    placed = one(crs, ring)
    assert placed.wkb.null_count == 1
    assert np.isnan([*placed.bbox.ravel(), *placed.lon, *placed.lat]).all()
    return placed.problems[0]


squares = st.tuples(
    st.sampled_from([UTM33, "EPSG:32701", "EPSG:3035", "EPSG:3413", "OGC:CRS84", "EPSG:2154", None]),
    st.floats(-2e5, 2e5),
    st.floats(-2e5, 2e5),
    st.floats(1, 1e4),
    st.booleans(),
)
# The middle of the area of use of each.
MIDDLES = {
    UTM33: (5e5, 5.2e6), "EPSG:32701": (5e5, 6e6), "EPSG:3035": (4.3e6, 3.2e6), "EPSG:3413": (0.0, 0.0),
    "OGC:CRS84": (175.0, 0.0), "EPSG:2154": (7e5, 6.6e6),
}  # fmt: skip


def corners_of(square: tuple[str | None, float, float, float, bool]) -> Corners:
    crs, x, y, side, backwards = square
    if crs is None:
        return ((float("nan"), float("nan")),) * 4
    unit = 1 / 30_000 if crs == "OGC:CRS84" else 1.0
    west, south = MIDDLES[crs][0] + x * unit, MIDDLES[crs][1] + y * unit
    ring = box(west, south, west + side * unit, south + side * unit)
    return ring[::-1] if backwards else ring


@settings(max_examples=150, deadline=None)
@given(st.lists(squares, max_size=12))
def test_rows_do_not_depend_on_the_rows_beside_them(batch: list[tuple[str | None, float, float, float, bool]]) -> None:
    rings = np.array([corners_of(square) for square in batch], dtype=float).reshape(-1, 4, 2)
    crs = [square[0] for square in batch]
    together = place(crs, rings)
    for row, name in enumerate(crs):
        alone = place([name], rings[row : row + 1])
        assert together.wkb[row].as_py() == alone.wkb[0].as_py()
        assert np.array_equal(together.bbox[row], alone.bbox[0], equal_nan=True)
        assert np.array_equal([together.lon[row], together.lat[row]], [alone.lon[0], alone.lat[0]], equal_nan=True)
        assert together.problems.get(row) == alone.problems.get(0)
        assert (row in together.cut) == (0 in alone.cut)


@settings(max_examples=150, deadline=None)
@given(squares)
def test_what_is_placed_is_valid_counterclockwise_within_its_box_and_comes_back(
    square: tuple[str | None, float, float, float, bool],
) -> None:
    ring = corners_of(square)
    placed = one(square[0], ring)
    if square[0] is None:
        assert placed.wkb.null_count == 1
        assert not placed.problems
        return
    shape = shape_of(placed)
    assert shape.is_valid
    assert tuple(placed.bbox[0]) == shape.bounds
    assert max(abs(placed.bbox[0][0]), abs(placed.bbox[0][2])) <= 180
    assert all(part.exterior.is_ccw for part in shapely.get_parts(shape))
    if not placed.cut:
        assert shape.covers(shapely.Point(placed.lon[0], placed.lat[0]))
        assert shape.geom_type == "Polygon"
        corners = np.column_stack(from_crs84(square[0], *shapely.get_coordinates(shape)[:4].T))
        turn = 360.0 if square[0] == "OGC:CRS84" else np.inf
        apart = np.abs(corners[:, None] - np.array(ring)[None])
        assert (
            np.minimum(apart, np.abs(apart - turn)).max(axis=2).min(axis=1).max() < 1e-3
        )  # m; PROJ's LAEA is that exact


def test_the_bytes_are_those_of_an_independent_writer() -> None:
    placed = one(UTM33, box(500_000, 5_000_000, 501_200, 5_001_200))
    assert placed.wkb[0].as_py() == shapely.to_wkb(shape_of(placed), byte_order=1)
    placed.wkb.validate(full=True)


def test_a_footprint_keeps_its_first_corner_whatever_its_direction() -> None:
    ring = box(10, 50, 11, 51)
    assert shapely.get_coordinates(shape_of(one("EPSG:4326", ring)))[0].tolist() == [10, 51]
    assert shapely.get_coordinates(shape_of(one("EPSG:4326", ring[::-1])))[0].tolist() == [10, 50]


@pytest.mark.parametrize("ring", [box(179.9, 10, 180.1, 11), box(179.9, 10, -179.9, 11), box(-180.1, 10, -179.9, 11)])
def test_degrees_across_the_antimeridian_are_cut_however_they_are_written(ring: Corners) -> None:
    placed = one("EPSG:4326", ring)
    west, east = sorted(shapely.get_parts(shape_of(placed)), key=lambda part: part.bounds)
    assert west.bounds == pytest.approx((-180, 10, -179.9, 11))
    assert east.bounds == pytest.approx((179.9, 10, 180, 11))
    assert placed.cut == [0]
    assert abs(placed.lon[0]) == pytest.approx(180)


def test_a_footprint_in_metres_across_the_antimeridian_keeps_its_area() -> None:
    x, y = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:32601", always_xy=True).transform(-180, 63)
    placed = one("EPSG:32601", box(x - 600, y - 600, x + 600, y + 600))
    area = sum(abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(part)[0]) for part in shape_of(placed).geoms)
    assert placed.cut == [0]
    assert area == pytest.approx(1200**2, rel=0.002)  # the scale of UTM, squared


@pytest.mark.parametrize("noise", [0.0, 1e-12])
def test_a_footprint_that_ends_on_the_antimeridian_is_not_cut(noise: float) -> None:
    placed = one("EPSG:4326", box(179.9, 10, 180 + noise, 11))
    assert shape_of(placed).bounds == (179.9, 10, 180, 11)
    assert placed.cut == []


def test_longitudes_from_0_to_360_are_turned_back() -> None:
    placed = one("OGC:CRS84", box(200, -9, 201, 9))
    assert shape_of(placed).equals(shapely.box(-160, -9, -159, 9))
    assert (placed.lon[0], placed.cut) == (-159.5, [])


def test_a_footprint_around_a_pole_holds_the_pole() -> None:
    placed = one("EPSG:3413", box(-50_000, -50_000, 50_000, 50_000))
    shape = shape_of(placed)
    assert placed.cut == [0]
    assert shape.bounds[0::2] == (-180, 180)
    assert shape.bounds[3] == 90
    corner, side = (
        pyproj.Transformer.from_crs("EPSG:3413", "OGC:CRS84", always_xy=True).transform(*end)[1]
        for end in ((50_000, 50_000), (50_000, 0))
    )
    # The sides are straight on the ground: their middles are nearer to the pole than the corners.
    assert shape.bounds[1] == pytest.approx(corner)
    rim = shapely.get_coordinates(shape)[:, 1]
    assert rim[rim < 90].max() == pytest.approx(side)


def test_a_footprint_that_is_not_convex_is_placed() -> None:
    ring = ((0.0, 0.0), (4.0, 0.0), (1.0, 1.0), (0.0, 4.0))
    assert shape_of(one("EPSG:4326", ring)).equals(shapely.Polygon(ring))


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("crs", "ring", "reason"),
    [
        (UTM33, box(NAN, 0, 1200, 1200), "finite"),
        (UTM33, box(5e5, INF, 6e5, 5e6), "finite"),
        (UTM33, box(1e300, 5e6, 1e308, 6e6), "outside the Earth"),
        (UTM33, box(5e5, 4.5e7, 501_200, 45_001_200), "outside the Earth"),  # once around the Earth
        (UTM33, box(5e5, 1.2e7, 501_200, 12_001_200), "area of use"),  # beyond the pole
        (UTM33, box(5_000_000, 400_000, 5_001_200, 401_200), "area of use"),  # easting and northing exchanged
        ("EPSG:4326", box(10, 80, 11, 95), "outside the Earth"),
        ("EPSG:4326", box(400, 0, 401, 1), "outside the Earth"),
        ("EPSG:4326", box(-180, -90, 180, 90), "half the Earth"),
        ("EPSG:4326", box(-179.9, 10, 179.9, 11), "half the Earth"),
        ("EPSG:3857", box(-20_037_508.34, -2e7, 20_037_508.34, 2e7), "half the Earth"),
        ("EPSG:3857", box(-1.8e7, -2e7, 1.8e7, 2e7), "half the Earth"),
        (UTM33, box(5e5, 5e6, 5e5, 5e6), "no area"),
        (UTM33, box(5e5, 5e6, 6e5, 5e6), "no area"),
        ("EPSG:4326", ((0, 0), (1, 1), (1, 0), (0, 1)), "sides cross"),
        (UTM33, ((5e5, 5e6), (501_200, 5_001_200), (501_200, 5e6), (5e5, 5_001_200)), "sides cross"),
    ],
)
def test_a_footprint_that_is_no_place_on_earth_says_why(crs: str, ring: Corners, reason: str) -> None:
    category, found = refusal(crs, ring)
    assert category == "geo.invalid"
    assert reason in found
    assert crs in found


@pytest.mark.parametrize(
    "crs",
    [
        "EPSG:99999",
        "EPSG:4978",  # geocentric
        "EPSG:5773",  # heights
        "IAU_2015:30100",  # the Moon
        "+proj=utm +zone=33 +nadgrids=/etc/passwd",
        "/etc/passwd",
        "GEOGCRS[" + "x" * 10_000,
        "",
    ],
)
def test_a_crs_that_is_no_code_of_a_map_of_the_earth_is_refused(crs: str) -> None:
    category, reason = refusal(crs, box(0, 0, 1, 1))
    assert category == "geo.crs"
    assert repr(crs[:20])[:-1] in reason
    assert len(reason) < 500


def test_good_rows_beside_bad_ones_are_placed() -> None:
    good, bad = box(5e5, 5e6, 501_200, 5_001_200), box(NAN, 0, 1, 1)
    placed = place([UTM33, UTM33, "EPSG:99999", None, UTM33], np.array([good, bad, good, bad, good]))
    assert sorted(placed.problems) == [1, 2]
    assert np.asarray(placed.wkb.is_valid()).tolist() == [True, False, False, False, True]
    assert placed.wkb[0] == placed.wkb[4]


def test_no_footprints_are_placed_as_none() -> None:
    placed = place([], np.empty((0, 4, 2)))
    assert len(placed.wkb) == 0
    assert placed.bbox.shape == (0, 4)
    assert not placed.problems
