"""Histograms that can be merged: exact for whole numbers of up to 16 bit, with a known relative error for all others.

Other numbers are counted by the leading bits of their IEEE 754 single-precision form: sign, exponent and `MANTISSA`
bits of the mantissa, brought into an order that is that of the numbers (M. Herf, Radix Tricks, 2001: negative numbers
have all bits inverted, others the sign bit).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dsdocs.imagery.statistics import PERCENTILES
from dsdocs.pixels.model import Bins

Array = np.ndarray[Any, Any]
MANTISSA = 11  # bits of the mantissa that are told apart
RELATIVE_ERROR = 2.0 ** -(MANTISSA + 1)  # of a percentile of other numbers, that is 0.025 %: half the width of a bin
BINS = 64  # of the histogram that a page shows
_LOWEST, _WHOLE = -(2**15), 2**15 + 2**16  # whole numbers from -32768 to 65535
_DROPPED = 23 - MANTISSA
_KEYS = 2 ** (32 - _DROPPED)
_LARGEST = np.finfo(np.float32).max


def is_counted(dtype: np.dtype[Any]) -> bool:
    """Tell whether each value of this kind has a bin of its own."""
    return dtype.kind in "iu" and dtype.itemsize <= 2


@dataclass(slots=True, eq=False)
class Histogram:
    """How often each value, or each small range of values, occurs."""

    counted: bool  # whether each value has a bin of its own
    _counts: Array = field(init=False)

    def __post_init__(self) -> None:
        self._counts = np.zeros(_WHOLE if self.counted else _KEYS, np.int64)

    def add(self, values: Array) -> None:
        """Count values, of any shape; all of them finite."""
        values = values.ravel()
        if not self.counted:
            np.add.at(self._counts, keys_of(values), 1)
        elif values.dtype.kind == "u":
            np.add.at(self._counts[-_LOWEST:], values, 1)
        else:
            np.add.at(self._counts, values.astype(np.int32) - _LOWEST, 1)

    def remove(self, value: int, count: int) -> None:
        """Take back so many of a whole number that was counted."""
        self._counts[value - _LOWEST] -= count

    def sparse(self) -> tuple[Array, Array]:
        """Return the bins that are not empty, ascending, and what they hold: both int64."""
        places = np.flatnonzero(self._counts)
        return places, self._counts[places]

    def merge(self, places: Array, counts: Array) -> None:
        """Take in what `sparse` of another one has returned."""
        self._counts[places] += counts

    def values(self) -> tuple[Array, Array]:
        """Return the values that occur, ascending as float64, and how often: of a range, its middle."""
        places, counts = self.sparse()
        return (places + float(_LOWEST) if self.counted else middles_of(places)), counts


def keys_of(values: Array) -> Array:
    """Return the bin of each value as ``uint32``; what single precision cannot hold goes into its last bin."""
    single = np.clip(values, -_LARGEST, _LARGEST).astype(np.float32) + np.float32(0)
    bits = single.view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31)) >> _DROPPED


def middles_of(keys: Array) -> Array:
    """Return the middle of each bin as float64: no number of the bin differs from it by more than `RELATIVE_ERROR`."""
    first = keys.astype(np.uint32) << _DROPPED
    ends = [_number(first), _number(first | np.uint32((1 << _DROPPED) - 1))]
    return (ends[0] + ends[1]) / 2


def _number(ordered: Array) -> Array:
    bits = np.where(ordered >> 31, ordered & np.uint32(2**31 - 1), ~ordered)
    with np.errstate(invalid="ignore"):  # the last bin holds the patterns of infinity as well
        return np.nan_to_num(bits.astype(np.uint32).view(np.float32).astype(np.float64), nan=0.0)


def percentiles_of(values: Array, counts: Array, least: float, most: float) -> dict[int, float]:
    """Return percentiles by linear interpolation between the two nearest values, type 7 of Hyndman and Fan (1996).

    Parameters
    ----------
    values, counts
        As of `Histogram.values`.
    least, most
        The exact extremes, between which all percentiles lie.
    """
    if not values.size:
        return {}
    last = np.cumsum(counts)
    found = {}
    for percent in PERCENTILES:
        place = (int(last[-1]) - 1) * (percent / 100)
        below = math.floor(place)
        ends = np.searchsorted(last, [below, min(below + 1, int(last[-1]) - 1)], "right")
        low, high = values[ends].tolist()
        share = place - below
        value = low + (high - low) * share if share < 0.5 else high - (high - low) * (1 - share)
        found[percent] = min(max(value, least), most)
    return found


def bins_of(values: Array, counts: Array, percentiles: dict[int, float], *, whole: bool) -> Bins | None:
    """Put a histogram into `BINS` bins of one width around what most pixels hold; the tails beyond are counted.

    The bins reach from the 1st to the 99th percentile and half as far again to both sides, but not beyond the values.
    The width of a bin is 1, 2 or 5 times a power of ten, so that its limits can be read; for whole numbers at least 1.
    """
    if not values.size:
        return None
    low, high = percentiles[1], percentiles[99]
    spare = (high - low) / 4
    first, last = max(float(values[0]), low - spare), min(float(values[-1]), high + spare)
    width = _round_up((last - first) / BINS) if last > first else 1.0
    width = max(width, 1.0) if whole else width
    start = math.floor(first / width) * width
    places = np.floor((values - start) / width).astype(np.int64)
    number = min(BINS + 1, int((last - start) // width) + 1)
    inside = (places >= 0) & (places < number)
    found = np.zeros(number, np.int64)
    np.add.at(found, places[inside], counts[inside])
    below, above = int(counts[places < 0].sum()), int(counts[places >= number].sum())
    return Bins(start, width, tuple(found.tolist()), below, above)


def _round_up(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))
