"""Tile names to places: real patches, and a law for the whole globe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.geo.crs import from_crs84
from dsdocs.geo.mgrs import patch_corner, patch_corners, square_corner

BANDS = "CDEFGHJKLMNPQRSTUVWX"
ROWS = "ABCDEFGHJKLMNPQRSTUV"
COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")


def test_corner_of_a_known_patch() -> None:
    # The easting is already on the 60 m grid, the northing 5,900,000 is rounded up.
    assert patch_corner("33UUU", 0, 0) == ("EPSG:32633", 300_000.0, 5_900_040.0)
    assert patch_corner("33UUU", 2, 3) == ("EPSG:32633", 302_400.0, 5_896_440.0)
    assert patch_corner("33UVU", 0, 0)[1] == 399_960.0


def test_corners_of_all_real_patches_are_the_published_ones(shared_data: Path) -> None:
    table = pq.read_table(shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet")
    epsg, ulx, uly = patch_corners(table["tile"].to_pylist(), table["col"], table["row"])
    assert len(epsg) == 198_304
    for found, column in ((epsg, "epsg"), (ulx, "ulx"), (uly, "uly")):
        np.testing.assert_array_equal(found, table[column].to_numpy())


def test_patches_lie_on_the_published_footprints(shared_data: Path) -> None:
    folder = shared_data / "bigearthnet_v1"
    table = pq.read_table(folder / "patches_utm29_utm33.parquet", columns=["s2_name", "tile", "col", "row"])
    published = pq.read_table(folder / "bigearthnet_v1_spatial_32633.parquet")
    west, _, _, north = shapely.bounds(shapely.from_wkb(published["geom"].to_pylist())).T
    row_of = {name: row for row, name in enumerate(table["s2_name"].to_pylist())}
    table = table.take([row_of[name] for name in published["patch_name"].to_pylist()])
    epsg, ulx, uly = patch_corners(table["tile"].to_pylist(), table["col"], table["row"])
    assert len(epsg) == 46_403
    assert set(epsg.tolist()) == {32633}
    np.testing.assert_allclose(ulx, west, atol=1e-6)
    np.testing.assert_allclose(uly, north, atol=1e-6)


@given(st.integers(-17_999_000, 17_999_000), st.integers(-7_990_000, 8_390_000))
def test_every_place_on_earth_lies_in_the_square_that_its_name_says(east: int, up: int) -> None:
    lon, lat = east / 100_000, up / 100_000
    zone = int((lon + 180) // 6) + 1
    crs = (32_600 if lat >= 0 else 32_700) + zone
    x, y = (float(value) for value in from_crs84(f"EPSG:{crs}", lon, lat))
    column = COLUMNS[(zone - 1) % 3][int(x // 100_000) - 1]
    row = ROWS[(int(y // 100_000) + (0 if zone % 2 else 5)) % 20]
    band = BANDS[min(int((lat + 80) // 8), 19)]
    corner = (crs, x // 100_000 * 100_000, y // 100_000 * 100_000)
    assert square_corner(f"{zone:02d}{band}{column}{row}") == corner


@pytest.mark.parametrize(
    ("tile", "message"),
    [
        ("", "expected two digits and three capital letters"),
        ("T33UUP", "expected two digits and three capital letters"),
        ("33uup", "expected two digits and three capital letters"),
        ("61UUP", "zone 61 is not between 01 and 60"),
        ("33IUP", "I is no latitude band"),
        ("33UAP", "zone 33 has no column A; expected one of STUVWXYZ"),
        ("33UUW", "W is no row letter"),
        ("33UUJ", "row J of zone 33 does not touch latitude band U"),
    ],
)
def test_impossible_tiles_are_refused_with_the_reason(tile: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        patch_corner(tile, 0, 0)


def test_many_corners_are_the_single_ones() -> None:
    tiles, columns, rows = ["33UUU", "29SNB", "33UUU"], [1, 2, 3], [4, 5, 6]
    epsg, ulx, uly = patch_corners(tiles, columns, rows)
    single = [patch_corner(*place) for place in zip(tiles, columns, rows, strict=True)]
    assert [(f"EPSG:{code}", x, y) for code, x, y in zip(epsg, ulx, uly, strict=True)] == single
    assert [len(part) for part in patch_corners([], [], [])] == [0, 0, 0]


def test_negative_or_uneven_positions_are_refused() -> None:
    with pytest.raises(ValueError, match="both count from 0"):
        patch_corner("33UUU", -1, 0)
    with pytest.raises(ValueError, match="found a negative one"):
        patch_corners(["33UUU"], [0], [-1])
    with pytest.raises(ValueError, match="1 tiles, 2 columns, 1 rows"):
        patch_corners(["33UUU"], [0, 1], [0])
