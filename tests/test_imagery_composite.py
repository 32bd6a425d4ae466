"""Bands of different grids become one picture; radar and maps have their own rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dsdocs.imagery.composite import Band, class_map, optical, radar, resample
from dsdocs.imagery.raster import read_raster


def band(values: object, nodata: float | None = None) -> Band:
    return Band.of(np.array(values, dtype=np.float32), nodata)


def real_band(path: Path) -> Band:
    with path.open("rb") as source:
        header, values = read_raster(source, path.name)
    return Band.of(values[0], header.nodata)


def test_60_m_and_20_m_bands_come_to_the_10_m_grid(shared_data: Path) -> None:
    name = "S2A_MSIL2A_20170617T113321_4_55"
    folder = shared_data / "bigearthnet_v1" / "tiny" / name
    coarse, middle, fine = (real_band(folder / f"{name}_{band}.tif") for band in ("B01", "B05", "B02"))
    assert [band.values.shape for band in (coarse, middle, fine)] == [(20, 20), (60, 60), (120, 120)]
    found = optical(coarse, middle, fine)
    assert all(channel.shape == (120, 120) for channel in found.channels)
    np.testing.assert_array_equal(found.channels[2], fine.values)
    assert found.valid.all()


@pytest.mark.parametrize("factor", [2, 3, 6])
def test_resampling_keeps_the_mean_and_the_range(factor: int) -> None:
    values = np.random.default_rng(1).gamma(2.0, 500.0, (20, 20))
    found = resample(band(values), (20 * factor, 20 * factor)).values
    assert abs(float(found.mean()) / values.mean() - 1) < 0.01
    assert values.min() <= found.min() + 1e-3
    assert found.max() <= values.max() + 1e-3


def test_resampling_keeps_outer_edges_in_place() -> None:
    columns = np.tile(np.arange(10, dtype=np.float32), (10, 1))
    found = resample(band(columns), (60, 60)).values
    # The centre of fine pixel j lies at (j + 0.5) / 6 - 0.5 in coarse pixels.
    expected = (np.arange(60) + 0.5) / 6 - 0.5
    np.testing.assert_allclose(found[30, 9:51], expected[9:51], atol=1e-4)


def test_nodata_does_not_bleed_into_its_surroundings() -> None:
    values = np.full((10, 10), 500.0)
    values[9] = np.linspace(100, 900, 10)  # so that the range of the band hides nothing
    values[3:5, 3:5] = -9999
    found = resample(band(values, nodata=-9999), (20, 20))
    np.testing.assert_allclose(found.values[:14][found.valid[:14]], 500.0, atol=1e-3)
    assert not found.valid[6:10, 6:10].any()
    assert found.valid.sum() == 400 - 16


def test_a_pixel_is_shown_if_any_channel_has_data() -> None:
    empty = [[0.0, 0.0], [1.0, 1.0]]
    full = [[1.0, 0.0], [1.0, 1.0]]
    found = optical(band(full, 0), band(empty, 0), band(empty, 0))
    np.testing.assert_array_equal(found.valid, [[True, False], [True, True]])


def test_complex_radar_is_shown_by_its_power() -> None:
    found = Band.of(np.array([[3 + 4j, 1j]], np.complex64), None)
    np.testing.assert_allclose(found.values, [[25.0, 1.0]])


def test_decibels_and_power_give_the_same_radar_picture() -> None:
    levels = np.random.default_rng(2).normal(-12, 3, (2, 30, 30))
    from_decibels = radar(band(levels[0]), band(levels[1] - 6))
    from_power = radar(band(10 ** (levels[0] / 10)), band(10 ** ((levels[1] - 6) / 10)))
    for one, other in zip(from_decibels.channels, from_power.channels, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_radar_channels_are_vv_vh_and_their_difference() -> None:
    found = radar(band(np.full((9, 9), -10.0)), band(np.full((9, 9), -16.0)))
    means = [float(channel.mean()) for channel in found.channels]
    assert means == pytest.approx([-10.0, -16.0, 6.0], abs=1e-5)


def test_gaps_in_radar_stay_gaps_and_spread_no_further() -> None:
    values = np.full((9, 9), -10.0)
    values[4, 4] = np.nan
    found = radar(band(values), band(np.full((9, 9), -16.0)))
    assert not found.valid[4, 4]
    assert found.valid.sum() == 80
    np.testing.assert_allclose(found.channels[0][found.valid], -10.0, atol=1e-5)


def test_map_codes_get_their_colours() -> None:
    found = class_map(np.array([[311, 512], [311, 999]]), {311: "#80ff00", 512: "#80f2e6"})
    np.testing.assert_array_equal(found[0], [[0x80, 0xFF, 0], [0x80, 0xF2, 0xE6]])
    np.testing.assert_array_equal(found[0, 0], found[1, 0])


def test_codes_without_a_colour_differ_from_each_other() -> None:
    found = class_map(np.arange(44).reshape(4, 11), {})
    assert len({tuple(colour) for colour in found.reshape(-1, 3).tolist()}) == 44
