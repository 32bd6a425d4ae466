"""Statistics of a band over any number of files: exact, so that neither order nor grouping of files changes a bit.

Whole numbers of up to 16 bit are counted in a histogram, from which everything follows. Other numbers are added up
without rounding, by the error-free extraction of S. M. Rump, T. Ogita and S. Oishi, Accurate Floating-Point Summation
Part I: Faithful Rounding, SIAM Journal on Scientific Computing 31 (2008), algorithm 3.2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
PERCENTILES = (1, 2, 50, 98, 99)
_BLOCK = 2**16  # values that are added up at a time: they stay in the processor's cache
_SCALE = 2200  # sums are whole multiples of 2 ** -2200; the square of the smallest double is 2 ** -2148
_TINY, _HUGE = 2.0**-450, 2.0**450  # between them, squares of doubles neither overflow nor lose bits
_SPLITTER = 2.0**27 + 1  # of 53 bits into 26 and 26 (Dekker, Numerische Mathematik 18, 1971)
_MANTISSA = 53  # bits of a double


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of the values of a band."""

    count: int  # values
    invalid: int  # pixels without data: nodata, NaN, infinity
    mean: float | None  # None without a value
    std: float | None  # of the values as a whole population (divided by their number)
    minimum: float | None
    maximum: float | None
    # The value at place (count - 1) q / 100 of all values in order, between two of them by linear interpolation: type 7
    # of Hyndman and Fan (1996), as NumPy has it. Empty for values that no histogram counts.
    percentiles: Mapping[int, float]

    @property
    def nodata_share(self) -> float | None:
        """Share of pixels without data, from 0 to 1; None without a pixel."""
        total = self.count + self.invalid
        return self.invalid / total if total else None


@dataclass(slots=True, eq=False)
class Counted:
    """Statistics of whole numbers from -32768 to 65535."""

    invalid: int = 0
    _counts: Array = field(default_factory=lambda: np.zeros(0, np.int64))  # of 0, 1, 2, ...
    _negative: Array = field(default_factory=lambda: np.zeros(0, np.int64))  # of -1, -2, -3, ...

    def add(self, values: Array, nodata: float | None = None) -> None:
        """Take in the pixels of a file, whatever their shape.

        Raises
        ------
        TypeError
            They are not whole numbers of 8 or 16 bit.
        """
        if values.dtype.kind not in "iu" or values.dtype.itemsize > 2:
            raise TypeError(f"values of {values.dtype} are not counted")
        values = values.ravel()
        if values.dtype.kind == "i" and values.size and values.min() < 0:
            below = values < 0
            self._take(np.zeros(0, np.int64), np.bincount(~values[below]), nodata)
            values = values[~below]
        self._take(np.bincount(values), np.zeros(0, np.int64), nodata)

    def _take(self, counts: Array, negative: Array, nodata: float | None) -> None:
        if nodata is not None and nodata.is_integer():
            own, place = (counts, int(nodata)) if nodata >= 0 else (negative, ~int(nodata))
            if place < len(own):
                self.invalid += int(own[place])
                own[place] = 0
        self._counts, self._negative = _sum(self._counts, counts), _sum(self._negative, negative)

    def merge(self, other: Counted) -> None:
        """Take in what another one has seen."""
        self.invalid += other.invalid
        self._counts = _sum(self._counts, other._counts.copy())
        self._negative = _sum(self._negative, other._negative.copy())

    def figures(self) -> Figures:
        """Return what is known."""
        counts = np.concatenate([self._negative[::-1], self._counts]) if len(self._negative) else self._counts
        places = np.flatnonzero(counts)
        if not places.size:
            return Figures(0, self.invalid, None, None, None, None, {})
        values, sizes = places - len(self._negative), counts[places]
        total = int(sizes.sum())
        squares = values * values
        # Upper and lower half apart: of 2**47 pixels, neither sum reaches 63 bits.
        second = (int((squares >> 16) @ sizes) << 16) + int((squares & 0xFFFF) @ sizes)
        return Figures(
            total,
            self.invalid,
            int(values @ sizes) / total,
            _deviation(total, int(values @ sizes), second),
            float(values[0]),
            float(values[-1]),
            _percentiles(values, np.cumsum(sizes)),
        )


@dataclass(slots=True, eq=False)
class Added:
    """Statistics of any real numbers of up to 64 bit, whole ones of up to 32 bit."""

    invalid: int = 0
    _count: int = 0
    _first: int = 0  # sum of the values, times 2 ** _SCALE
    _second: int = 0  # sum of their squares, times 2 ** _SCALE
    _least: float = math.inf
    _most: float = -math.inf

    def add(self, values: Array, nodata: float | None = None) -> None:
        """Take in the pixels of a file, whatever their shape.

        Raises
        ------
        TypeError
            They are complex, whole numbers of 64 bit, or no numbers.
        """
        if values.dtype.kind not in "iuf" or (values.dtype.kind in "iu" and values.dtype.itemsize > 4):
            raise TypeError(f"values of {values.dtype} are not added up")
        valid = np.isfinite(values)
        if nodata is not None and math.isfinite(nodata):
            with np.errstate(over="ignore"):
                # Nodata is a text in the file; 3.4e38 means the nearest number that the band can hold.
                valid &= values != (values.dtype.type(nodata) if values.dtype.kind == "f" else nodata)
        # Adding zero makes the two zeros one value.
        numbers = (values.ravel() if valid.all() else values[valid]).astype(np.float64) + 0.0
        self.invalid += valid.size - numbers.size
        self._count += numbers.size
        if not numbers.size:
            return
        self._least, self._most = min(self._least, float(numbers.min())), max(self._most, float(numbers.max()))
        short = values.dtype.kind == "f" and values.dtype.itemsize <= 4
        for start in range(0, numbers.size, _BLOCK):
            self._add(numbers[start : start + _BLOCK], short)

    def _add(self, numbers: Array, short: bool) -> None:
        if not short:
            size = np.abs(numbers)
            odd = ((size < _TINY) & (size > 0)) | (size > _HUGE)
            if odd.any():
                self._add_slowly(numbers[odd])
                numbers = numbers[~odd]
        self._first += _exact_sum(numbers)
        if short:
            # 24 bits squared are 48, which a double holds.
            self._second += _exact_sum(numbers * numbers)
            return
        scaled = numbers * _SPLITTER
        high = scaled - (scaled - numbers)
        low = numbers - high
        for product in (high * high, 2 * high * low, low * low):
            self._second += _exact_sum(product)

    def _add_slowly(self, numbers: Array) -> None:
        for number, count in zip(*(each.tolist() for each in np.unique(numbers, return_counts=True)), strict=True):
            exact = _scaled(number)
            self._first += count * exact
            self._second += count * (exact * exact >> _SCALE)

    def merge(self, other: Added) -> None:
        """Take in what another one has seen."""
        self.invalid += other.invalid
        self._count += other._count
        self._first += other._first
        self._second += other._second
        self._least, self._most = min(self._least, other._least), max(self._most, other._most)

    def figures(self) -> Figures:
        """Return what is known."""
        if not self._count:
            return Figures(0, self.invalid, None, None, None, None, {})
        mean = self._first / (self._count << _SCALE)
        deviation = _deviation(self._count, self._first, self._second << _SCALE, 1 << 2 * _SCALE)
        return Figures(self._count, self.invalid, mean, deviation, self._least, self._most, {})


BandStatistics = Counted | Added


def band_statistics(dtype: np.dtype[Any] | str) -> BandStatistics:
    """Return empty statistics for the files of a band; all of them must be of the same kind.

    Parameters
    ----------
    dtype
        Of the first file.
    """
    dtype = np.dtype(dtype)
    return Counted() if dtype.kind in "iu" and dtype.itemsize <= 2 else Added()


def _sum(one: Array, other: Array) -> Array:
    """Add two lists of counts, the shorter into the longer."""
    if len(one) < len(other):
        one, other = other, one
    one[: len(other)] += other
    return one


def _percentiles(values: Array, last: Array) -> dict[int, float]:
    """Interpolate as NumPy does, to the bit.

    Parameters
    ----------
    values
        Distinct, ascending.
    last
        How many pixels hold each value or a smaller one.
    """
    most = int(last[-1]) - 1
    places = [most * (percent / 100) for percent in PERCENTILES]
    below = [math.floor(place) for place in places]
    low = values[np.searchsorted(last, below, "right")].tolist()
    high = values[np.searchsorted(last, [min(place + 1, most) for place in below], "right")].tolist()
    shares = [place - whole for place, whole in zip(places, below, strict=True)]
    return {
        percent: one + (other - one) * share if share < 0.5 else other - (other - one) * (1 - share)
        for percent, one, other, share in zip(PERCENTILES, map(float, low), map(float, high), shares, strict=True)
    }


def _deviation(count: int, first: int, second: int, unit: int = 1) -> float:
    """Return the root of ``second / count - (first / count) ** 2``, both terms as multiples of ``1 / unit``."""
    over, under = count * second - first * first, count * count * unit
    # Taken out before the division, so that the squares of very large or small numbers fit into a double.
    power = (over.bit_length() - under.bit_length()) // 2
    share = over / (under << 2 * power) if power >= 0 else (over << -2 * power) / under
    return math.ldexp(math.sqrt(share), power)


def _exact_sum(numbers: Array) -> int:
    """Add up doubles without rounding, as a multiple of ``2 ** -_SCALE``.

    In each round the leading bits of all numbers, down to one common place, are split off; they are so few that their
    sum is exact in a double, in whatever order they are added.
    """
    total = 0
    spare = numbers.size.bit_length() + 1
    while numbers.size:
        most = max(float(numbers.max()), -float(numbers.min()))
        if most == 0:
            break
        pivot = math.ldexp(1.0, math.frexp(most)[1] + spare)
        leading = (pivot + numbers) - pivot
        total += _scaled(float(leading.sum()))
        numbers = numbers - leading
    return total


def _scaled(number: float) -> int:
    mantissa, exponent = math.frexp(number)
    shift = exponent - _MANTISSA + _SCALE
    whole = int(math.ldexp(mantissa, _MANTISSA))
    return whole << shift if shift >= 0 else whole >> -shift
