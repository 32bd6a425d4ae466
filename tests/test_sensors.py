"""Sensors: the bands of the missions, in the order and under the names of the archives."""

from __future__ import annotations

from pathlib import Path

import pytest
import rasterio

from dsdocs.sensors import generic_sensor, load_sensor, sensor_names


@pytest.mark.parametrize(
    ("sensor", "bands"),
    [
        ("sentinel-2-l1c", "B01 B02 B03 B04 B05 B06 B07 B08 B8A B09 B10 B11 B12"),
        ("sentinel-2-l1c-eurosat", "B01 B02 B03 B04 B05 B06 B07 B08 B09 B10 B11 B12 B8A"),
        ("sentinel-2-l2a", "B01 B02 B03 B04 B05 B06 B07 B08 B8A B09 B11 B12"),
        ("sentinel-1-grd", "VV VH"),
        ("rgb", "red green blue"),
        ("grey", "grey"),
        ("clc-map", "reference_map"),
    ],
)
def test_every_sensor_has_its_bands_in_file_order(sensor: str, bands: str) -> None:
    assert [band.name for band in load_sensor(sensor).bands] == bands.split()
    assert sensor in sensor_names()


def test_colours_are_bands_of_the_sensor() -> None:
    for name in sensor_names():
        sensor = load_sensor(name)
        for colours in (sensor.true_colour, sensor.false_colour):
            assert colours is None or len([sensor.band(band) for band in colours]) == 3


def test_sentinel_2_has_four_six_and_three_bands_at_10_20_and_60_m() -> None:
    # Sumbul et al. 2019 section 3, with the 10th band that BigEarthNet leaves out
    resolutions = [band.gsd for band in load_sensor("sentinel-2-l1c").bands]
    assert [resolutions.count(gsd) for gsd in (10.0, 20.0, 60.0)] == [4, 6, 3]


def test_wavelengths_of_sentinel_2_rise_with_the_order_of_the_bands() -> None:
    for name in ("sentinel-2-l1c", "sentinel-2-l2a"):
        centres = [band.centre or 0.0 for band in load_sensor(name).bands]
        assert centres == sorted(centres)
        assert centres[0] == 442.7


def test_products_of_sentinel_2_say_from_which_value_they_are_saturated() -> None:
    # Special_Values in the metadata of products: ESA, S2-PDGS-TAS-DI-PSD
    declared = {name: load_sensor(name).saturated for name in sensor_names()}
    assert {name for name, value in declared.items() if value == 65535} == {
        "sentinel-2-l1c", "sentinel-2-l1c-eurosat", "sentinel-2-l2a",
    }  # fmt: skip
    assert set(declared.values()) == {None, 65535}


def test_band_and_sensor_names_that_do_not_exist_are_refused() -> None:
    with pytest.raises(KeyError, match="sentinel-1-grd has no band 'HH'; it has VV, VH"):
        load_sensor("sentinel-1-grd").band("HH")
    with pytest.raises(KeyError, match="nearest: 'sentinel-2-l2a'"):
        load_sensor("sentinel-2-2a")


def test_a_generic_sensor_numbers_its_bands_and_shows_the_first_three() -> None:
    sensor = generic_sensor(4, 0.3)
    assert [band.name for band in sensor.bands] == ["band_1", "band_2", "band_3", "band_4"]
    assert {band.gsd for band in sensor.bands} == {0.3}
    assert sensor.true_colour == ("band_1", "band_2", "band_3")
    assert generic_sensor(2, None).true_colour is None


def test_eurosat_files_have_as_many_bands_as_their_sensor_and_a_dark_tenth_band(shared_data: Path) -> None:
    with rasterio.open(shared_data / "eurosat" / "EuroSAT_MS" / "AnnualCrop" / "AnnualCrop_1.tif") as image:
        sensor = load_sensor("sentinel-2-l1c-eurosat")
        assert image.count == len(sensor.bands)
        means = dict(zip([band.name for band in sensor.bands], image.read().mean(axis=(1, 2)), strict=True))
    # B10 sees cirrus only, and B8A lies next to B08: this holds in no other order of the bands.
    assert min(means, key=lambda name: means[name]) == "B10"
    assert abs(means["B8A"] / means["B08"] - 1) < 0.2
