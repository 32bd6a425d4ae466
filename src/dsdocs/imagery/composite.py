"""Three channels from the bands of a patch: true colour, false colour, radar, class maps."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from dsdocs.imagery import stretch

Array = np.ndarray[Any, Any]
# Pixels on a side that radar power is averaged over. One pixel of Sentinel-1 GRD is finer than the instrument
# resolves (10 m against about 20 m), so 3 costs no detail; the ratio of two noisy bands needs more, or
# speckle drowns its colour.
LOOKS, RATIO_LOOKS = 3, 7


@dataclass(frozen=True, slots=True)
class Band:
    """One band and where it holds data."""

    values: Array  # (height, width), real
    valid: Array  # (height, width) of bool

    @classmethod
    def of(cls, values: Array, nodata: float | None) -> Band:
        """Mark pixels that equal ``nodata``, are NaN or infinite; complex values become their power."""
        if np.iscomplexobj(values):
            values = np.square(np.abs(values))
        valid = np.isfinite(values)
        if nodata is not None and np.isfinite(nodata):
            valid &= values != nodata
        return cls(values, valid)


@dataclass(frozen=True, slots=True)
class Composite:
    """Three channels on one grid, before the stretch."""

    channels: tuple[Array, Array, Array]  # red, green, blue: (height, width) each
    valid: Array  # (height, width) of bool: any channel has data

    def picture(self, tone: stretch.Tone) -> Array:
        """Stretch each channel: ``(height, width, 3)`` of ``uint8``."""
        pairs = zip(self.channels, tone.limits, strict=True)
        return np.stack([stretch.apply(channel, limits, tone.exponent) for channel, limits in pairs], axis=-1)

    def histograms(self) -> tuple[stretch.Histogram, ...]:
        """Count the values of each channel."""
        return tuple(stretch.Histogram.of(channel, self.valid) for channel in self.channels)


def optical(red: Band, green: Band, blue: Band) -> Composite:
    """Put three bands on the grid of the finest, coarser ones by cubic interpolation."""
    bands = (red, green, blue)
    shape = max((band.values.shape for band in bands), key=lambda shape: (shape[0] * shape[1], shape))
    fitted = [resample(band, shape) for band in bands]
    valid = np.logical_or.reduce([band.valid for band in fitted])
    first, second, third = (np.where(band.valid, band.values, np.nan) for band in fitted)
    return Composite((first, second, third), valid)


def radar(copolar: Band, crosspolar: Band) -> Composite:
    """Show VV as red, VH as green and VV - VH as blue, in decibels (or HH, HV and HH - HV).

    Values that are all zero or more are taken for linear power; others are decibels and become power first,
    because speckle is averaged in power. Volume scatterers such as forest are strong in VH and turn green and
    yellow; smooth water is dark in both and keeps a blue tint.
    """
    linear = stretch.is_power((copolar.values[copolar.valid], crosspolar.values[crosspolar.valid]))
    valid = copolar.valid & crosspolar.valid
    vv, vh = (np.where(valid, band.values, np.nan).astype(np.float64) for band in (copolar, crosspolar))
    if not linear:
        vv, vh = 10 ** (vv / 10), 10 ** (vh / 10)
    first, second = (stretch.decibels(_mean(power, LOOKS)) for power in (vv, vh))
    ratio = stretch.decibels(_mean(vv, RATIO_LOOKS)) - stretch.decibels(_mean(vh, RATIO_LOOKS))
    return Composite((first, second, ratio), valid & np.isfinite(first) & np.isfinite(second) & np.isfinite(ratio))


def class_map(codes: Array, colours: Mapping[int, str]) -> Array:
    """Colour class codes.

    Parameters
    ----------
    codes
        ``(height, width)``, whole numbers.
    colours
        ``#rrggbb`` of each code. A code without a colour gets a hue of its own, far from those of its
        neighbours.

    Returns
    -------
    np.ndarray
        ``(height, width, 3)`` of ``uint8``.
    """
    found, inverse = np.unique(codes, return_inverse=True)
    palette = [_rgb(colours.get(int(code)), int(code)) for code in found.tolist()]
    return np.array(palette, np.uint8)[inverse.reshape(codes.shape)]


def resample(band: Band, shape: tuple[int, ...]) -> Band:
    """Bring a band to ``shape`` = (height, width), outer edges aligned.

    Values by cubic interpolation, kept within the range of the band (a cubic overshoots at edges); the mask
    by nearest neighbour, with the mean in its gaps, so that what stands for no data does not bleed into its
    surroundings.
    """
    if band.values.shape == shape:
        return band
    size = (shape[1], shape[0])
    mask = Image.fromarray(band.valid.astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    known = band.values[band.valid].astype(np.float32)
    if not known.size:
        return Band(np.zeros(shape, np.float32), np.zeros(shape, bool))
    filled = np.where(band.valid, band.values, known.mean()).astype(np.float32)
    values = np.asarray(Image.fromarray(filled).resize(size, Image.Resampling.BICUBIC))
    return Band(np.clip(values, known.min(), known.max()), np.asarray(mask).astype(bool))


def _mean(power: Array, size: int) -> Array:
    """Average over a square window of odd ``size``, leaving out NaN and what lies beyond the edge."""
    known = np.isfinite(power)
    total, count = (_window_sum(part, size) for part in (np.where(known, power, 0.0), known.astype(np.float64)))
    return np.where(known, total / np.maximum(count, 1.0), np.nan)


def _window_sum(values: Array, size: int) -> Array:
    height, width = values.shape
    padded = np.pad(values, size // 2)
    rows = np.sum([padded[start : start + height] for start in range(size)], axis=0)
    return np.asarray(np.sum([rows[:, start : start + width] for start in range(size)], axis=0))


def _rgb(colour: str | None, code: int) -> tuple[int, int, int]:
    if colour is not None:
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
    # Steps of the golden ratio never come close to an earlier hue.
    red, green, blue = colorsys.hsv_to_rgb(code * 0.618034 % 1.0, 0.55, 0.85)
    return round(red * 255), round(green * 255), round(blue * 255)
