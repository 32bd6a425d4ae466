"""Areas, density and dates: known answers, and independent sums."""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import pyarrow as pa
import pyproj
import pytest
import shapely

from dsdocs.analyses.acquisition_time import acquisition_time
from dsdocs.analyses.coverage import coverage
from dsdocs.analyses.density import density
from dsdocs.analyses.places import places
from dsdocs.geo.areas import area_of, areas
from dsdocs.records import Footprint, PatchRecord
from dsdocs.views import Bars, Heatmap, Table
from support.summaries import summary_of

SIDE = 1200


def patch(name: str, left: float, top: float, crs: str = "EPSG:32633", **fields: object) -> PatchRecord:
    footprint = Footprint.from_corners(crs, left, top, left + SIDE, top - SIDE)
    return PatchRecord(name, footprint=footprint, country="AT", **fields)  # type: ignore[arg-type]


def test_the_area_of_a_patch_is_that_on_the_ellipsoid() -> None:
    table = summary_of(patch(str(number), 500_000, 1_000_000 * number + 500_000) for number in range(9)).table
    shapes = shapely.from_wkb(table["geometry"].to_numpy())
    expected = [abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shape)[0]) for shape in shapes]
    assert areas(table["geometry"]).tolist() == pytest.approx(expected, rel=1e-4)
    assert [area_of(shape) for shape in shapes] == pytest.approx(expected, rel=1e-4)


def test_ground_counts_once_and_patches_as_often_as_they_are() -> None:
    grid = [patch(f"{day} {c} {r}", 500_000 + SIDE * c, 5_000_000 + SIDE * r) for day, c, r in
            product(range(2), range(5), range(5))]  # fmt: skip
    beside = [patch("beside", 500_000 + 600, 5_000_000 + 600)]  # on no grid, above the others
    found = coverage(summary_of([*grid, *beside]).table)
    one = 2.88e6 / 2 / 0.9996**2  # the scale of the middle of a UTM zone
    assert found.patches == pytest.approx(51 * one, rel=1e-3)
    assert found.union == pytest.approx(25 * one, rel=1e-3)
    assert found.times == pytest.approx(51 / 25, rel=1e-3)


def test_union_and_sum_are_equal_where_nothing_overlaps() -> None:
    table = summary_of(patch(f"{c} {r}", 500_000 + SIDE * c, 6_000_000 + SIDE * r) for c, r in
                       product(range(0, 8, 2), range(0, 8, 2))).table  # fmt: skip
    found = coverage(table)
    assert found.union == pytest.approx(found.patches, rel=1e-6)


def test_ground_that_two_zones_have_in_common_counts_once() -> None:
    west = patch("west", 728_000, 5_210_000, "EPSG:32632", tile="32TQT")
    lon, lat = pyproj.Transformer.from_crs(32632, 32633, always_xy=True).transform(728_000, 5_210_000)
    east = patch("east", lon, lat, tile="33TUN")
    found = coverage(summary_of([west, east]).table)
    assert 1.05 < found.times < 2
    (pair,) = found.shared
    assert {pair.first, pair.second} == {"32TQT", "33TUN"}
    assert pair.area == pytest.approx(found.patches - found.union, rel=1e-3)


def test_tiles_that_overlap_are_listed_with_what_they_share() -> None:
    first = [patch(f"a{c}", 500_000 + SIDE * c, 5_000_000, tile="A") for c in range(10)]
    second = [patch(f"b{c}", 500_000 + SIDE * (c + 8), 5_000_000, tile="B") for c in range(10)]
    apart = [patch(f"c{c}", 500_000 + SIDE * (c + 18), 5_000_000, tile="C") for c in range(5)]  # touches B
    found = coverage(summary_of([*first, *second, *apart]).table)
    (pair,) = found.shared
    assert (pair.first, pair.second, round(pair.share, 3)) == ("A", "B", 0.2)
    table = found.views()[1]
    assert isinstance(table, Table)
    assert table.summary == "2 of 3 tiles share ground with another, in 1 pair."


def test_cells_have_the_patches_that_lie_in_them() -> None:
    random = np.random.default_rng(0)
    points = random.integers(0, 300, (200, 2)) * SIDE
    table = summary_of(
        patch(str(number), 300_000 + x, 5_000_000 + y, labels=("Pastures",) if x < 40_000 else ("Mixed forest",))
        for number, (x, y) in enumerate(points.tolist())
    ).table
    found = density(table)
    assert int(found.counts.sum()) == 200
    # An independent count, patch by patch.
    flat = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:6933", always_xy=True)
    cells = {
        tuple(
            np.floor(
                np.array(flat.transform((b["xmin"] + b["xmax"]) / 2, (b["ymin"] + b["ymax"]) / 2)) / found.side / 1000
            )
        )
        for b in table["bbox"].to_pylist()
    }
    assert found.spreads[0].cells == len(cells) == int((found.counts > 0).sum())
    assert max(found.counts.shape) <= 20
    assert {one.name: one.patches for one in found.spreads[1:]} == {
        "Pastures": int((points[:, 0] < 40_000).sum()), "Mixed forest": int((points[:, 0] >= 40_000).sum())
    }  # fmt: skip
    assert found.spreads[1].name == "Pastures"  # the most clustered
    assert isinstance(found.views()[0], Heatmap)


def test_equal_counts_make_as_many_effective_cells() -> None:
    table = summary_of(patch(str(n), 300_000 + 50_000 * n, 5_000_000) for n in range(4)).table
    whole = density(table).spreads[0]
    assert whole.effective == pytest.approx(whole.cells)


def test_years_and_months_are_counted_from_the_days() -> None:
    days = [(2017, 6), (2017, 6), (2019, 12)]
    table = summary_of(
        PatchRecord(str(n), datetime=dt.datetime(year, month, 30, 23, 59, tzinfo=dt.UTC))
        for n, (year, month) in enumerate(days)
    ).table
    found = acquisition_time(table)
    assert found.days == {"2017-06-30": 2, "2019-12-30": 1}
    assert found.years == {2017: 2, 2018: 0, 2019: 1}
    years, months = found.views()[2:]
    assert isinstance(years, Bars)
    assert isinstance(months, Heatmap)
    assert years.summary == "2017 has the most patches: 67% of those with a date."
    assert months.values[0][5] == 2
    assert months.values[2][11] == 1
    assert acquisition_time(table.slice(0, 1)).views()[2:] == ()


def test_days_of_a_place_are_counted_once_each() -> None:
    days = [dt.datetime(2017, 6, day, hour, tzinfo=dt.UTC) for day, hour in ((1, 10), (1, 12), (2, 10))]
    table = summary_of(
        [*(patch(str(day), 500_000, 5_000_000, datetime=day) for day in days), patch("x", 600_000, 5_000_000)]
    ).table
    found = places(table)
    assert (found.visits, found.dates) == ({1: 1, 3: 1}, {2: 1})


@pytest.mark.parametrize("analysis", [coverage, density])
def test_an_analysis_without_footprints_says_so(analysis: object) -> None:
    empty = summary_of([PatchRecord("p")]).table
    with pytest.raises(ValueError, match="no patch of the summary has a footprint"):
        analysis(empty)  # type: ignore[operator]
    assert isinstance(empty, pa.Table)
