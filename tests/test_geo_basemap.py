"""The base map: small, valid, and where the land is."""

from __future__ import annotations

import json

import pytest
import shapely

from dsdocs.geo.basemap import Basemap, basemap

EUROPE = (-12.0, 34.0, 35.0, 71.0)
TILE_33UUP = (12.2, 47.7, 13.8, 48.8)


def land(found: Basemap) -> shapely.Geometry:
    return shapely.union_all([shapely.Polygon(outline, holes) for outline, *holes in found.land])


@pytest.mark.parametrize(
    ("bounds", "scale", "kilobytes"),
    [(EUROPE, "50m", 110), (TILE_33UUP, "10m", 5), ((-180.0, -90.0, 180.0, 90.0), "50m", 180)],
)
def test_the_base_map_is_small_and_valid(bounds: tuple, scale: str, kilobytes: int) -> None:
    found = basemap(bounds)
    assert scale in found.source
    assert len(json.dumps([found.land, found.borders], separators=(",", ":"))) < kilobytes * 1000
    assert all(shapely.Polygon(outline, holes).is_valid for outline, *holes in found.land)
    assert all(ring[0] == ring[-1] for polygon in found.land for ring in polygon)


@pytest.mark.parametrize(
    ("lon", "lat", "dry"),
    [(16.37, 48.21, True), (-6.3, 53.35, True), (-6.0, 45.0, False), (18.0, 41.8, False), (24.0, 64.9, False)],
)
def test_vienna_and_dublin_are_dry_and_biscay_the_adriatic_and_the_bothnian_bay_are_wet(
    lon: float, lat: float, dry: bool
) -> None:
    assert land(basemap(EUROPE)).contains(shapely.Point(lon, lat)) is dry


def test_shapes_reach_a_little_beyond_the_bounds_and_no_farther() -> None:
    west, south, east, north = land(basemap(TILE_33UUP)).bounds
    assert (west, south, east, north) == pytest.approx((12.04, 47.54, 13.96, 48.96), abs=0.01)


def test_the_border_of_austria_and_germany_runs_through_the_tile() -> None:
    borders = shapely.union_all([shapely.LineString(line) for line in basemap(TILE_33UUP).borders])
    assert borders.distance(shapely.Point(13.0, 47.85)) < 0.1  # the Salzach north of Salzburg
    assert borders.distance(shapely.Point(13.45, 48.57)) < 0.1  # Passau


def test_the_open_sea_is_empty_and_a_single_place_is_enough() -> None:
    assert basemap((-30.0, 40.0, -29.0, 41.0)).land == ()
    assert len(basemap((13.3, 48.1, 13.3, 48.1)).land) == 1


@pytest.mark.parametrize("bounds", [(-180, -85, -150, 85), (150, -85, 180, 85), (-180, 50, -120, 72)])
def test_the_ends_of_the_world_can_be_drawn(bounds: tuple[float, float, float, float]) -> None:
    assert len(basemap(bounds).land) > 10
