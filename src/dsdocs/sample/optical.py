"""See the ground as Sentinel-2 does: reflectance of twelve bands, with light, haze, snow and cloud."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsdocs.sample.landscape import Land
from dsdocs.sample.noise import F32, fractal, make_key, smoothstep, spline, uniform
from dsdocs.sample.surface import Surface
from dsdocs.sample.tables import BANDS, COARSE, FINE, Pass, Region, load_materials

_STEPS = 16  # levels between two seasons
_LATITUDE = {"mediterranean": 40.0, "temperate": 50.0, "boreal": 62.0}
_DECLINATION = (-21.0, 12.0, 20.0, -8.0)  # degrees, of the sun, per season
# What atmospheric correction leaves of the haze falls steeply with wavelength (Rayleigh, fine aerosol).
_HAZE = np.array([210, 160, 100, 62, 50, 40, 34, 28, 24, 20, 8, 4], np.float32)
_SHADOW_STEP = (-17.0, -25.0)  # px from a cloud to its shadow: the sun stands in the south-east


@dataclass(frozen=True, slots=True)
class Scene:
    """What one pass sees of one window."""

    reflectance: F32  # (12, h, w), x 10000, 10 m
    snow: F32  # (h, w), share of the pixel under snow
    cloud: F32  # (h, w), share of the pixel under cloud or in its shadow


def season_step(surface: Surface, view: Pass) -> NDArray[np.int64]:
    """Return how far each pixel is from the middle of its season, in steps of `season_table`."""
    middle = (15, 105, 196, 288)[view.season]
    day = view.time.timetuple().tm_yday
    drift = ((day - middle + 182) % 365 - 182) / 91
    level = np.clip(surface.stage + np.float32(0.6 * drift), -0.95, 0.95)
    return np.asarray(np.rint(level * _STEPS), np.int64) + _STEPS


def season_table(values: F32, season: int) -> F32:
    """Blend a season with the one before and the one after.

    Parameters
    ----------
    values
        ``(n, 4, k)``: one row per material and season.
    season
        The season in the middle.

    Returns
    -------
    ndarray
        ``(2 * steps + 1, n, k)``, from the season before to the season after.
    """
    weight = np.linspace(-1, 1, 2 * _STEPS + 1, dtype=np.float32)[:, None, None]
    other = np.where(weight < 0, values[:, season - 1], values[:, (season + 1) % 4])
    return np.asarray((1 - np.abs(weight)) * values[:, season] + np.abs(weight) * other, np.float32)


def relief_light(region: Region, land: Land, view: Pass) -> F32:
    """Return how much more (or less) light a slope gets than flat ground, ``(h, w)``; 1 on water."""
    zenith = np.radians(_LATITUDE[region.climate] - _DECLINATION[view.season])
    fall_y, fall_x = np.gradient(land.height * np.float32(region.relief / 10))
    # Half of the cosine law: Level-2A processing takes the other half out.
    strength = np.float32(0.5 * min(np.tan(zenith), 2.2))
    light = 1 - strength * (np.float32(0.5) * fall_x + np.float32(0.87) * fall_y)
    return np.where(land.cover >= 511, np.float32(1), np.clip(light, 0.5, 1.45)).astype(np.float32)


def _soften(image: F32) -> F32:
    """Blur with the narrow point spread of the sensor; the outermost pixels stay."""
    out = image.copy()
    out[:, 1:-1] = np.float32(0.74) * image[:, 1:-1] + np.float32(0.13) * (image[:, :-2] + image[:, 2:])
    last = out.copy()
    last[1:-1] = np.float32(0.74) * out[1:-1] + np.float32(0.13) * (out[:-2] + out[2:])
    return last


def _snow(region: Region, seed: int, land: Land, surface: Surface, view: Pass) -> F32:
    x, y = land.window.axes()
    patchy = land.height + np.float32(0.3) * fractal(make_key(seed, region.name, "snow"), x, y, 40, 5, 0.7)
    lying = smoothstep(view.snowline - 0.5, view.snowline + 0.9, patchy)
    return (lying * load_materials().snow[surface.material]).astype(np.float32)


def _clouds(region: Region, seed: int, land: Land, view: Pass) -> tuple[F32, F32]:
    key = make_key(seed, region.name, "cloud", view.time.date())
    x, y = land.window.axes()

    def cover(east: float, south: float) -> F32:
        return fractal(key, x + np.float32(east), y + np.float32(south), 150, 5, 0.55)

    cloud = smoothstep(view.cloud, view.cloud + 0.9, cover(0, 0))
    shadow = smoothstep(view.cloud + 0.1, view.cloud + 0.6, cover(-_SHADOW_STEP[0], -_SHADOW_STEP[1]))
    return cloud, (shadow * (1 - cloud)).astype(np.float32)


def observe(region: Region, seed: int, land: Land, surface: Surface, view: Pass) -> Scene:
    """Return what one pass sees of the window, all bands at 10 m."""
    ground = load_materials()
    table = season_table(ground.reflectance[region.climate], view.season)
    table = table.reshape(-1, len(BANDS)).T.copy()
    row = season_step(surface, view) * len(ground.names) + surface.material
    light = surface.tone * relief_light(region, land, view)
    snow = _snow(region, seed, land, surface, view)
    cloud, shadow = _clouds(region, seed, land, view)
    key = make_key(seed, region.name, "haze", view.time.date())
    haze, gain = uniform(key, np.arange(2), np.zeros(2, np.int64)).tolist()
    veil = np.float32(0.15 + 0.75 * haze) * (1 + np.float32(0.15) * spline(key, *land.window.axes(), 300))
    rng = np.random.Generator(np.random.PCG64(make_key(seed, region.name, view.time, land.window)))
    bands = np.empty((len(BANDS), *snow.shape), np.float32)
    for number in range(len(BANDS)):
        seen = table[number][row] * light
        seen += snow * (ground.snow_spectrum[number] * np.sqrt(light) - seen)
        # Shadows are lit by the sky alone, and the sky is blue.
        seen *= 1 - shadow * np.float32(0.45 + 0.03 * number)
        seen = _soften(seen) * np.float32(0.97 + 0.06 * gain) + _HAZE[number] * veil
        seen += cloud * (ground.cloud_spectrum[number] * (np.float32(0.75) + np.float32(0.35) * cloud) - seen)
        seen += rng.standard_normal(seen.shape, np.float32) * (9 + np.float32(0.006) * seen)
        bands[number] = seen
    return Scene(np.clip(bands, 1, 15_000), snow, np.maximum(cloud, shadow))


def resample(band: F32, factor: int) -> F32:
    """Average squares of ``factor`` x ``factor`` pixels, as a coarser detector would."""
    height, width = band.shape
    squares = band.reshape(height // factor, factor, width // factor, factor)
    return np.asarray(squares.mean(axis=(1, 3)), np.float32)


def digital_numbers(reflectance: F32) -> dict[str, NDArray[np.uint16]]:
    """Return each band at its own resolution as it is stored, from ``(12, h, w)`` at 10 m."""
    stored = {}
    for number, name in enumerate(BANDS):
        factor = 1 if name in FINE else 6 if name in COARSE else 2
        stored[name] = np.rint(resample(reflectance[number], factor)).astype(np.uint16)
    return stored
