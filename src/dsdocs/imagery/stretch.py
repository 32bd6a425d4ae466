"""One contrast stretch for a whole data set: percentiles of the patches.

Every patch is shown in the same way, so that dark water stays dark beside a bright field; a stretch for each
patch would hide that. Each patch of a sample says its own 2nd and 98th percentile; the limits of all are a low
quantile of the former and a high quantile of the latter, so that a few patches under snow or cloud do not leave the
others dark, as percentiles over all pixels would. A power curve, the same for the three channels, then brings the
middle of the data to mid-tone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

LOW, HIGH = 2.0, 98.0  # percentiles of a patch
QUANTILES = 0.1, 0.85  # of the patches' percentiles; chosen by eye, as below
# The mean over the channels of the scaled medians is raised to this share of full brightness, by an exponent
# from 0.4 to 1. One exponent for all channels keeps grey what is grey. Chosen by eye on snow, forest, water
# and fields of BigEarthNet.
MIDTONE, STRONGEST = 0.35, 0.4
SAMPLE = 4096  # values of a band that one patch gives at most: large patches do not outweigh small ones
# Values are counted after rounding to 13 significant bits: reflectances up to 8192 stay exact, any other
# number moves by less than 0.02 %, and the number of different values has a bound whatever the unit.
_DROPPED_BITS = 24 - 13


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often each value of one channel of one patch occurs."""

    values: Array  # float32, ascending, each once
    counts: Array  # int64

    @classmethod
    def of(cls, band: Array, valid: Array) -> Histogram:
        """Count a regular grid of at most `SAMPLE` pixels of a band.

        Parameters
        ----------
        band
            ``(height, width)``, any real dtype.
        valid
            ``(height, width)`` of bool; pixels without data are False. NaN and infinity are left out by
            themselves.
        """
        step = max(1, int(np.ceil(np.sqrt(band.size / SAMPLE))))
        sample = band[::step, ::step][valid[::step, ::step]]
        with np.errstate(over="ignore"):
            bits = sample.astype(np.float32).view(np.uint32)
        rounded = (bits + np.uint32(1 << _DROPPED_BITS - 1)) & np.uint32(-(1 << _DROPPED_BITS) & 0xFFFFFFFF)
        values = rounded.view(np.float32)
        # Adding zero makes the two zeros one value.
        return cls(*np.unique(values[np.isfinite(values)] + np.float32(0), return_counts=True))

    def limits(self, low: float = LOW, high: float = HIGH) -> tuple[float, float]:
        """Return the smallest values that at least ``low`` and ``high`` percent of the pixels do not exceed.

        Equal limits mean that the band is constant; ``(0.0, 0.0)`` that it has no valid pixel.
        """
        if not self.values.size:
            return 0.0, 0.0
        total = np.cumsum(self.counts)
        at = np.searchsorted(total, np.array([low, high]) / 100 * total[-1])
        first, last = self.values[np.minimum(at, total.size - 1)].tolist()
        return first, last


@dataclass(frozen=True, slots=True)
class Tone:
    """How the channels of a composite become 8-bit values, for all patches alike."""

    limits: tuple[tuple[float, float], ...]  # of each channel, in units of the band
    exponent: float  # of the power curve, 1.0: linear

    @classmethod
    def of(cls, patches: Sequence[Sequence[Histogram]]) -> Tone:
        """Choose limits and exponent from one histogram for each channel of each patch, in any order."""
        channels = [[each for each in channel if each.values.size] for channel in zip(*patches, strict=True)]
        limits = tuple(_limits(channel) for channel in channels)
        medians = [_quantile([each.limits(50, 50)[0] for each in channel], 0.5) for channel in channels]
        pairs = [(median, low, high) for median, (low, high) in zip(medians, limits, strict=True) if high > low]
        middle = sum((median - low) / (high - low) for median, low, high in pairs) / max(1, len(pairs))
        exponent = math.log(MIDTONE) / math.log(middle) if 0 < middle < 1 else 1.0
        return cls(limits, min(1.0, max(STRONGEST, exponent)))


def _limits(channel: Sequence[Histogram]) -> tuple[float, float]:
    lows, highs = zip(*(each.limits() for each in channel), strict=True) if channel else ((), ())
    return _quantile(lows, QUANTILES[0]), _quantile(highs, QUANTILES[1])


def _quantile(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share, method="nearest")) if values else 0.0


def apply(band: Array, limits: tuple[float, float], exponent: float = 1.0) -> Array:
    """Map a band to 0..255 between its limits, ends clipped: ``255 ((x - low) / (high - low)) ** exponent``.

    A constant band becomes mid-grey (127): neither black nor white would be true of it. NaN becomes 0.

    Returns
    -------
    np.ndarray
        ``uint8`` of the same shape.
    """
    low, high = limits
    if not high > low:
        return np.full(band.shape, 127, np.uint8)
    with np.errstate(over="ignore"):
        scaled = np.clip((band.astype(np.float64) - low) / (high - low), 0.0, 1.0) ** exponent
    return np.rint(np.nan_to_num(scaled, nan=0.0) * 255).astype(np.uint8)


def is_power(bands: Iterable[Array]) -> bool:
    """Tell linear radar power from decibels: power is never negative, decibels of land mostly are."""
    return not any(np.any(band < 0) for band in bands)


def decibels(power: Array) -> Array:
    """Return ``10 log10(power)`` as float32; NaN where the power is not positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = 10 * np.log10(power.astype(np.float64))
    return np.where(np.isfinite(level), level, np.nan).astype(np.float32)
