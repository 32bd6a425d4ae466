"""Countries of points: the published column, measured distances, and the rule for ties."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely

from dsdocs.geo.countries import Countries, country_code, country_name, load_countries
from dsdocs.geo.crs import to_crs84

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (16.37, 48.21, "AT"),  # Vienna
        (20.46, 44.82, "RS"),  # Belgrade
        (21.17, 42.67, "XK"),  # Pristina
        (6.13, 49.61, "LU"),  # Luxembourg
        (-9.14, 38.72, "PT"),  # Lisbon
        (178.44, -18.14, "FJ"),  # Suva
        (12.46, 43.94, "SM"),  # San Marino, 61 km2
        (0.0, -89.0, "AQ"),  # the outline of Antarctica goes around the pole
        (180.0, 66.5, "RU"),  # Chukotka lies on both sides of the antimeridian
        (-179.5, 67.5, "RU"),
    ],
)
def test_known_places_lie_in_their_country(lon: float, lat: float, code: str) -> None:
    assert load_countries().locate([lon], [lat]) == [code]


def test_the_open_sea_has_no_country_and_neither_has_a_point_that_is_no_place() -> None:
    lon, lat = np.array([-30.0, np.nan, np.inf]), np.array([40.0, 50.0, 0.0])
    assert load_countries().locate(lon, lat) == [None, None, None]
    assert load_countries().locate([], []) == []


def test_countries_agree_with_the_published_column_of_real_patches(shared_data: Path) -> None:
    columns = ["epsg", "ulx", "uly", "country"]
    table = pq.read_table(shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet", columns=columns)
    epsg, x, y = (table[name].to_numpy().astype(float) for name in columns[:3])
    lon, lat = np.empty(len(x)), np.empty(len(x))
    for code in np.unique(epsg):
        rows = epsg == code
        lon[rows], lat[rows] = to_crs84(f"EPSG:{code:.0f}", x[rows] + 600, y[rows] - 600)
    published = np.array([country_code(name) for name in table["country"].to_pylist()])

    everywhere = load_countries()
    found = np.array(everywhere.locate(lon, lat), dtype=object)
    assert (found == published).mean() > 0.989
    # The published column knows the ten countries of the archive only: patches beyond their borders went to them.
    ten = ["AT", "BE", "CH", "FI", "IE", "LT", "LU", "PT", "RS", "XK"]
    assert not np.isin(found[found != published], ten).any()
    assert among(everywhere, ten).locate(lon, lat) == published.tolist()


def among(countries: Countries, codes: list[str]) -> Countries:
    numbers = np.flatnonzero(np.isin(countries.codes, codes))
    pieces = [countries.shape(int(number)) for number in numbers]
    return Countries.of(np.concatenate(pieces), np.repeat(countries.codes[numbers], [len(part) for part in pieces]))


def test_the_nearest_country_is_nearest_on_the_ellipsoid() -> None:
    countries = load_countries()
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-12, 30, 60), rng.uniform(35, 66, 60)
    sea = [place is None for place in countries.locate(lon, lat, max_distance=0.0)]
    lon, lat = lon[sea], lat[sea]
    assert len(lon) > 10
    found = countries.locate(lon, lat, max_distance=200_000.0)
    # All corners of all countries, with more in between: no part of an edge is farther than 100 m from one.
    pieces, codes = countries.pieces(np.array([shapely.box(-20, 30, 40, 72)]))
    dense = shapely.segmentize(shapely.clip_by_rect(pieces, -20, 30, 40, 72), 0.002)
    corners, part = shapely.get_coordinates(dense, return_index=True)
    for code, x, y in zip(found, lon, lat, strict=True):
        near = (np.abs(corners[:, 0] - x) < 6.5) & (np.abs(corners[:, 1] - y) < 2.0)
        if not near.any():
            assert code is None
            continue
        points = corners[near]
        distance = GEOD.inv(np.full(len(points), x), np.full(len(points), y), *points.T)[2]
        best = distance.argmin()
        if distance[best] < 199_000:
            assert code == codes[part[near][best]]
        elif distance[best] > 200_200:
            assert code is None


@pytest.mark.parametrize("lon", [10.0, 179.9, -179.95])
def test_the_limit_is_a_distance_in_metres_across_the_antimeridian_too(lon: float) -> None:
    west = _box(lon, 60.0, 0.02)
    countries = Countries.of(np.array([west]), np.array(["AA"]))
    x, y, _ = GEOD.fwd(lon + 0.02 if lon < 179.9 else 179.92, 60.01, 90.0, 10_000.0)
    assert countries.locate([x], [y], max_distance=10_001.0) == ["AA"]
    assert countries.locate([x], [y], max_distance=9_990.0) == [None]


def _box(west: float, south: float, side: float) -> shapely.Polygon:
    return shapely.box(west, south, west + side, south + side)


def test_ties_go_to_the_first_code_of_the_alphabet() -> None:
    parts = np.array([_box(1.0, -1.0, 2.0), _box(-3.0, -1.0, 2.0), _box(-3.0, -1.0, 2.0)])
    countries = Countries.of(parts, np.array(["ZZ", "BB", "AB"]))
    assert countries.locate([-2.0], [0.0]) == ["AB"]  # two contain it
    assert countries.locate([0.0], [0.0], max_distance=200_000.0) == ["AB"]  # as far from the east as from the west
    metre = 1 / 111_319.49
    assert countries.locate([0.4 * metre], [0.0], max_distance=200_000.0) == ["AB"]  # 0.8 m nearer to ZZ
    assert countries.locate([0.6 * metre], [0.0], max_distance=200_000.0) == ["ZZ"]  # 1.2 m nearer


def test_only_polygons_that_points_come_near_to_are_made() -> None:
    made: list[int] = []
    everywhere = load_countries()

    def shape(number: int) -> np.ndarray:
        made.append(number)
        return everywhere.shape(number)

    watched = replace(everywhere, shape=shape)
    assert watched.locate([15.0, 15.1], [47.5, 47.5]) == ["AT", "AT"]
    assert 0 < len(set(made)) < 10
    assert "FR" not in set(everywhere.codes[made])


def test_a_polygon_lies_in_its_boxes_though_these_are_known_before_it_is_made() -> None:
    countries = load_countries()
    for number in range(len(countries.codes)):
        boxes = shapely.union_all(shapely.box(*countries.boxes[countries.owner == number].T))
        assert all(piece.is_empty or boxes.covers(piece) for piece in countries.shape(number))


def test_order_and_repetition_of_points_change_nothing() -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(-12, 30, 300), rng.uniform(35, 66, 300)
    once = load_countries().locate(lon, lat)
    order = rng.permutation(np.tile(np.arange(300), 3))
    assert load_countries().locate(lon[order], lat[order]) == [once[row] for row in order]


def test_names_are_plain_and_lead_back_to_their_code() -> None:
    assert [country_name(code) for code in ("XK", "AT", "RU", "MD")] == ["Kosovo", "Austria", "Russia", "Moldova"]
    assert country_name("QQ") == "QQ"
    for code in np.unique(load_countries().codes).tolist():
        assert country_code(country_name(code)) == code
        assert country_code(code) == code
    assert country_code(" kosovo ") == "XK"
    assert country_code("Atlantis") is None


def test_the_source_of_the_boundaries_is_stated() -> None:
    assert "Natural Earth 1:10m" in load_countries().source


@pytest.mark.parametrize(
    ("west", "south", "side", "limit"),
    [
        (9.0, 46.5, 1.0, 50_000.0),  # CH, LI, AT, DE and IT meet
        (-9.6, 38.0, 1.0, 50_000.0),  # the coast of Portugal
        (13.0, 45.2, 1.0, 50_000.0),  # three countries around one gulf
        (19.5, 60.0, 1.5, 20_000.0),  # rocks between Finland and Sweden, some sea out of reach
        (176.0, -18.5, 6.0, 50_000.0),  # Fiji, beyond the antimeridian
        (12.3, 41.8, 0.4, 50_000.0),  # a country within a city
        (30.0, -80.0, 2.0, 50_000.0),
        (-8.0, 37.0, 2.0, 0.0),
    ],
)
def test_cells_answer_as_each_of_their_points_would(
    west: float, south: float, side: float, limit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(west, west + side, 4_000), rng.uniform(south, south + side, 4_000)
    lon[:4], lat[:4] = (np.nan, 1e300, 0.0, 180.0), (45.0, 45.0, 90.0, -90.0)
    found = {}
    for worth in (0, 10**9):
        monkeypatch.setattr("dsdocs.geo.countries._WORTH", worth)
        countries = replace(load_countries())
        assert countries.cells == {}
        found[worth] = countries.locate(lon, lat, max_distance=limit)
        assert countries.locate(lon, lat, max_distance=limit) == found[worth]
        assert bool(countries.cells) == (worth == 0)
    assert found[0] == found[10**9]


def test_a_cell_is_one_country_up_to_where_another_one_is_as_near() -> None:
    rng = np.random.default_rng(5)
    parts = np.array([_box(1.0, -1.0, 2.0), _box(-3.0, -1.0, 2.0)])
    countries = Countries.of(parts, np.array(["ZZ", "BB"]))
    lon, lat = rng.uniform(-0.3, 0.3, 5_000), rng.uniform(-0.3, 0.3, 5_000)
    found = countries.locate(lon, lat, max_distance=200_000.0)
    assert "ZZ" in countries.cells.values()
    # In the middle between two straight coasts that are alike.
    apart = np.abs(lon) * 111_319.49 > 1.0
    assert [code for code, clear in zip(found, apart, strict=True) if clear] == np.where(lon > 0, "ZZ", "BB")[
        apart
    ].tolist()
