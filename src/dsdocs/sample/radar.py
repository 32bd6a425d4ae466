"""See the ground as Sentinel-1 does: backscatter of two polarisations in decibels, with speckle."""

from __future__ import annotations

import numpy as np

from dsdocs.sample.landscape import Land
from dsdocs.sample.noise import F32, make_key, rounded, uniform
from dsdocs.sample.optical import season_step, season_table
from dsdocs.sample.surface import Surface
from dsdocs.sample.tables import Pass, Region, load_materials

POLARISATIONS = ("VV", "VH")
# Equivalent number of looks of the IW GRD high-resolution product (Sentinel-1 Product Definition, ESA).
_LOOKS = 4.4
_STEP = 64  # stored values are whole multiples of 1/64 dB: far finer than speckle, and such files compress
_NOISE_FLOOR = (10**-2.6, 10**-3.0)  # power; noise-equivalent backscatter that the darkest water shows


def backscatter(region: Region, seed: int, land: Land, surface: Surface, view: Pass) -> F32:
    """Return sigma nought of VV and VH in dB, ``(2, h, w)``."""
    ground = load_materials()
    table = season_table(ground.backscatter, view.season).reshape(-1, 2).T.copy()
    row = season_step(surface, view) * len(ground.names) + surface.material
    # An ascending pass looks from the west: slopes that face it are bright (local incidence angle).
    fall_x = np.gradient(land.height * np.float32(region.relief / 10), axis=1)
    facing = np.where(land.cover >= 511, np.float32(1), rounded(np.exp, np.clip(np.float32(1.6) * fall_x, -1.2, 1.2)))
    wet = uniform(make_key(seed, region.name, "rain", view.time.date()), np.array(0), np.array(0)).item()
    soil = np.float32(10 ** (0.12 * (wet - 0.5)))  # up to 0.6 dB more or less after rain or drought
    rng = np.random.Generator(np.random.PCG64(make_key(seed, region.name, "radar", view.time, land.window)))
    # Two polarisations share the texture of the ground but not the speckle.
    texture = surface.tone * surface.tone * surface.tone * facing * soil
    out = np.empty((2, *surface.material.shape), np.float32)
    for number in range(2):
        power = table[number][row] * texture + np.float32(_NOISE_FLOOR[number])
        speckle = rng.standard_gamma(_LOOKS, power.shape, np.float32) / np.float32(_LOOKS)
        out[number] = np.rint(10 * _STEP * rounded(np.log10, power * np.maximum(speckle, 1e-3))) / _STEP
    return out
