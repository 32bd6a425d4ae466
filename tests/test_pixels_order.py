"""The band-order test: silent on all real samples, and loud when two bands change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from dsdocs.imagery.quick_tiff import read_pixels
from dsdocs.pixels.evidence import FACTORS, Evidence, evidence_of
from dsdocs.pixels.order import check_order
from dsdocs.sensors import Band, Sensor, load_sensor

# Folder or files below the real samples, and the pairs within a resolution that too few patches cannot tell apart.
SETS = {
    "v1 tiny": ("sentinel-2-l2a", "bigearthnet_v1/tiny/S2*", set()),
    "v1 example": ("sentinel-2-l2a", "bigearthnet_v1/BigEarthNet-S2-Example/S2*", set()),
    "v2, one patch": ("sentinel-2-l2a", "bigearthnet_v2/**/S2*", {("B02", "B04"), ("B05", "B12"), ("B06", "B11")}),
    "EuroSAT, three": (
        "sentinel-2-l1c-eurosat",
        "eurosat/EuroSAT_MS/*/*.tif",
        {("B02", "B03"), ("B02", "B04")},
    ),
    "EuroSAT, six": ("sentinel-2-l1c-eurosat", "eurosat/EuroSAT_MS_small/*/*.tif", set()),
}


def patches_of(source: str, sensor: Sensor, shared_data: Path) -> list[list[np.ndarray]]:
    """Return the bands of each patch, in the order of the sensor."""
    found = []
    for path in sorted(shared_data.glob(source)):
        if path.is_file():
            found.append(list(read_pixels(path.read_bytes(), path.name)[0]))
            continue
        files = [next(path.glob(f"*_{band.name}.tif"), None) for band in sensor.bands]
        whole = [read_pixels(file.read_bytes(), file.name)[0][0] for file in files if file is not None]
        if len(whole) == len(sensor.bands):
            found.append(whole)
    return found


def evidence(patches: Sequence[Sequence[np.ndarray]]) -> list[Evidence]:
    return [
        evidence_of(channel, number, 0, band)
        for number, patch in enumerate(patches)
        for band, channel in enumerate(patch)
    ]


def exchanged(found: Sequence[Evidence], one: int, other: int) -> list[Evidence]:
    places = {one: other, other: one}
    return [replace(each, band=places.get(each.band, each.band)) for each in found]


@pytest.fixture(scope="module", params=SETS, ids=list(SETS))
def real(request: pytest.FixtureRequest, shared_data: Path) -> tuple[Sensor, list[Evidence], set[tuple[str, str]]]:
    name, source, silent = SETS[request.param]
    sensor = load_sensor(name)
    found = evidence(patches_of(source, sensor, shared_data))
    assert found
    return sensor, found, silent


Real = tuple[Sensor, list[Evidence], set[tuple[str, str]]]


def test_nothing_contradicts_the_order_of_real_samples(real: Real) -> None:
    sensor, found, _ = real
    check = check_order("sentinel-2", sensor, found)
    assert check.findings == ()
    assert check.rules


def test_nothing_contradicts_the_order_of_any_single_patch(real: Real) -> None:
    sensor, found, _ = real
    for number in {one.number for one in found}:
        assert check_order("sentinel-2", sensor, [one for one in found if one.number == number]).findings == ()


def test_every_exchange_of_bands_of_different_resolution_is_found(real: Real) -> None:
    sensor, found, _ = real
    pairs = [pair for pair in combinations(range(len(sensor.bands)), 2) if not _alike(sensor, *pair)]
    missed = [pair for pair in pairs if not check_order("s", sensor, exchanged(found, *pair)).findings]
    print(f"different resolution: {len(pairs) - len(missed)} of {len(pairs)} exchanges found")
    assert missed == []


def test_exchanges_within_a_resolution_are_found_but_for_those_that_few_patches_hide(real: Real) -> None:
    sensor, found, silent = real
    pairs = [pair for pair in combinations(range(len(sensor.bands)), 2) if _alike(sensor, *pair)]
    missed = [pair for pair in pairs if not check_order("s", sensor, exchanged(found, *pair)).findings]
    print(f"same resolution: {len(pairs) - len(missed)} of {len(pairs)} exchanges found")
    assert {(sensor.bands[one].name, sensor.bands[other].name) for one, other in missed} == silent


def _alike(sensor: Sensor, one: int, other: int) -> bool:
    return sensor.bands[one].gsd == sensor.bands[other].gsd


def test_bands_that_are_read_in_the_usual_order_instead_of_that_of_eurosat_are_found(shared_data: Path) -> None:
    usual = load_sensor("sentinel-2-l1c")
    found = evidence(patches_of("eurosat/EuroSAT_MS_small/*/*.tif", usual, shared_data))
    findings = check_order("image", usual, found).findings
    assert {"B8A", "B09"} <= {band for finding in findings for band in finding.bands}


@pytest.mark.parametrize("step", [1, -1, 4])
def test_bands_that_are_shifted_are_found(step: int, shared_data: Path) -> None:
    sensor = load_sensor("sentinel-2-l2a")
    found = evidence(patches_of("bigearthnet_v1/tiny/S2*", sensor, shared_data))
    count = len(sensor.bands)
    assert check_order("s", sensor, [replace(one, band=(one.band + step) % count) for one in found]).findings


def enlarged(sensor: Sensor, patches: int = 4) -> list[list[np.ndarray]]:
    """Invent patches of 120 px, whose coarse bands are enlarged by repeating pixels."""
    random = np.random.default_rng(3)
    return [
        [
            np.kron(random.integers(100, 4000, (120 // factor,) * 2), np.ones((factor, factor))).astype(np.uint16)
            for band in sensor.bands
            for factor in [round((band.gsd or 10) / 10)]
        ]
        for _ in range(patches)
    ]


def test_repeated_pixels_betray_the_resolution_of_each_band() -> None:
    bands = tuple(Band(f"b{number}", gsd=gsd) for number, gsd in enumerate([10.0, 20.0, 60.0, 10.0, 60.0]))
    sensor = Sensor("made", "Made", "optical", bands)
    found = evidence(enlarged(sensor))
    assert check_order("s", sensor, found).rules == ("blocks",)
    assert check_order("s", sensor, found).findings == ()
    for one, other in combinations(range(5), 2):
        findings = check_order("s", sensor, exchanged(found, one, other)).findings
        expected = set() if bands[one].gsd == bands[other].gsd else {bands[one].name, bands[other].name}
        assert {band for finding in findings for band in finding.bands} == expected


def test_blocks_of_equal_pixels_are_counted_for_each_factor() -> None:
    image = np.kron(np.arange(36).reshape(6, 6), np.ones((6, 6))).astype(np.uint16)
    assert evidence_of(image, 0, 0, 0).blocks == (1.0, 1.0, 1.0)
    noise = np.random.default_rng(0).integers(0, 60000, (36, 36)).astype(np.uint16)
    assert max(evidence_of(noise, 0, 0, 0).blocks) == 0.0
    half = np.kron(np.arange(324).reshape(18, 18), np.ones((2, 2))).astype(np.uint16)
    assert dict(zip(FACTORS, evidence_of(half, 0, 0, 0).blocks, strict=True)) == {2: 1.0, 3: 0.0, 6: 0.0}


def test_bands_of_unknown_wavelength_and_resolution_are_not_judged() -> None:
    sensor = Sensor("none", "None", "optical", (Band("one"), Band("two")))
    random = np.random.default_rng(0)
    found = evidence([[random.integers(0, 255, (8, 8)).astype(np.uint8) for _ in range(2)] for _ in range(5)])
    check = check_order("s", sensor, found)
    assert (check.rules, check.findings) == ((), ())
