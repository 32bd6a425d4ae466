"""Count bands of one size together: each call of NumPy then has enough to do."""

from __future__ import annotations

import math
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import imagecodecs
import numpy as np

from dsdocs.errors import RasterError
from dsdocs.imagery.statistics import Added
from dsdocs.pixels import exact, phash
from dsdocs.pixels.histogram import Histogram, is_counted
from dsdocs.pixels.plan import AssetPlan, saturation

Array = np.ndarray[Any, Any]
_FULL = 2**18  # values that are counted at a time: fewer calls, and what they need still fits into the cache
_MOST = 2**23  # values that wait at most, in batches of all sizes
# That of libdeflate takes a tenth of the time, where imagecodecs was built with it.
_crc32: Callable[[Any], int] = imagecodecs.deflate_crc32 if imagecodecs.DEFLATE.available else zlib.crc32


class Figures(NamedTuple):
    """What is known of some bands of one size: ``(n,)`` each."""

    valid: Array  # pixels with data
    invalid: Array
    saturated: Array
    low: Array  # of int64 or float64; anything where no pixel has data
    high: Array
    first: Array | None  # exact sums of whole numbers and of their squares, int64; None for other numbers
    second: Array | None
    exact: list[bytes] | None  # exact sums of other numbers, see `dsdocs.pixels.exact`


class Rows(NamedTuple):
    """One band of some patches, all of one size and kind."""

    numbers: tuple[int, ...]  # of the patches
    asset: int
    band: int
    dtype: str
    width: int  # px
    height: int
    checksums: list[int]  # CRC-32 of the pixels as they are decoded, little-endian
    figures: Figures


Key = tuple[int, int, np.dtype[Any], tuple[int, ...], float | None]  # asset, band, dtype, shape, nodata


@dataclass(slots=True)
class Grey:
    """The low frequencies of the grey picture of a patch, as far as its bands are known."""

    bands: int  # how many are added up
    most: float  # largest absolute value
    total: Array  # (64,)


@dataclass(slots=True)
class Batches:
    """Bands that were read and wait to be counted, and what was found of those before."""

    plans: tuple[AssetPlan, ...]
    rows: list[Rows] = field(default_factory=list)
    histograms: dict[tuple[int, int, bool], Histogram] = field(default_factory=dict)  # asset, band, counted
    greys: dict[tuple[int, int], Grey] = field(default_factory=dict)  # number of the patch, asset
    _waiting: dict[Key, list[tuple[int, Array]]] = field(default_factory=dict)
    _held: int = 0  # values that wait

    def add(self, channel: Array, nodata: float | None, number: int, asset: int, band: int, path: str) -> None:
        """Take in one band ``(height, width)`` of a patch.

        Raises
        ------
        RasterError
            Its numbers are of a kind that is not counted.
        """
        kind = channel.dtype.kind
        if kind not in "iuf" or (kind in "iu" and channel.dtype.itemsize > 4):
            raise RasterError(path, "image.unsupported", f"holds values of {channel.dtype}, which are not counted")
        if self.plans[asset].kind == "map":
            channel = _as_codes(channel, path)
        key = (asset, band, channel.dtype, channel.shape, nodata)
        waiting = self._waiting.setdefault(key, [])
        waiting.append((number, channel))
        self._held += channel.size
        if len(waiting) * channel.size >= _FULL:
            self._count(key, self._waiting.pop(key))
        elif self._held > _MOST:
            self.flush()

    def flush(self) -> None:
        """Count everything that waits."""
        for key, waiting in self._waiting.items():
            self._count(key, waiting)
        self._waiting = {}

    def _count(self, key: Key, waiting: list[tuple[int, Array]]) -> None:
        asset, band, dtype, (height, width), nodata = key
        numbers, channels = zip(*waiting, strict=True)
        stack = np.concatenate(channels).reshape(len(channels), height, width)
        self._held -= stack.size
        counted = is_counted(stack.dtype)
        histogram = self.histograms.setdefault((asset, band, counted), Histogram(counted))
        level = saturation(stack.dtype, self.plans[asset].saturated)
        found = (_whole if counted else _others)(stack.reshape(len(stack), -1), nodata, level, histogram)
        checksums = [_checksum(channel) for channel in channels]
        self.rows.append(Rows(numbers, asset, band, dtype.name, width, height, checksums, found))
        if band in self.plans[asset].grey:
            self._add_grey(stack, numbers, asset, found)

    def _add_grey(self, stack: Array, numbers: tuple[int, ...], asset: int, found: Figures) -> None:
        largest = np.maximum(np.abs(found.low), np.abs(found.high)).astype(np.float64).tolist()
        for number, own, most in zip(numbers, phash.coefficients(stack), largest, strict=True):
            grey = self.greys.get((number, asset))
            if grey is None:
                self.greys[number, asset] = Grey(1, most, own)
            else:
                grey.bands, grey.most, grey.total = grey.bands + 1, max(grey.most, most), grey.total + own


def _whole(stack: Array, nodata: float | None, level: float | None, histogram: Histogram) -> Figures:
    """Count whole numbers of up to 16 bit: ``(n, pixels)``; from ``level`` on, they are saturated."""
    count, info = len(stack), np.iinfo(stack.dtype)
    first, second = exact.sums(stack)
    low, high = stack.min(axis=1).astype(np.int64), stack.max(axis=1).astype(np.int64)
    invalid, saturated = np.zeros(count, np.int64), np.zeros(count, np.int64)
    histogram.add(stack)
    gap = int(nodata) if nodata is not None and nodata.is_integer() and info.min <= nodata <= info.max else None
    for index in np.flatnonzero((low <= gap) & (gap <= high)).tolist() if gap is not None else ():
        rest = stack[index][stack[index] != gap]
        invalid[index] = stack.shape[1] - rest.size
        if rest.size:
            low[index], high[index] = rest.min(), rest.max()
    if gap is not None:
        histogram.remove(gap, int(invalid.sum()))
        first, second = first - gap * invalid, second - gap * gap * invalid
    top = info.max if level is None else level
    for index in np.flatnonzero(high >= top).tolist():
        without = invalid[index] if gap is not None and gap >= top else 0
        saturated[index] = np.count_nonzero(stack[index] >= top) - without
    return Figures(stack.shape[1] - invalid, invalid, saturated, low, high, first, second, None)


def _others(stack: Array, nodata: float | None, level: float | None, histogram: Histogram) -> Figures:
    """Count floats, and whole numbers of 32 bit: ``(n, pixels)``; from ``level`` on, they are saturated."""
    valid, saturated = np.zeros(len(stack), np.int64), np.zeros(len(stack), np.int64)
    low, high = np.zeros(len(stack)), np.zeros(len(stack))
    packed = []
    for index, values in enumerate(stack):
        added = Added()
        added.add(values, nodata)
        packed.append(exact.pack(added))
        known = _valid(values, nodata)
        histogram.add(known)
        valid[index] = known.size
        if known.size:
            low[index], high[index] = known.min(), known.max()
        if level is not None:
            saturated[index] = np.count_nonzero(known >= level)
    return Figures(valid, stack.shape[1] - valid, saturated, low, high, None, None, packed)


def _valid(values: Array, nodata: float | None) -> Array:
    """Return the values that `Added` counts."""
    valid = np.isfinite(values)
    if nodata is not None and math.isfinite(nodata):
        with np.errstate(over="ignore"):
            valid &= values != (values.dtype.type(nodata) if values.dtype.kind == "f" else nodata)
    return values if valid.all() else values[valid]


def _as_codes(channel: Array, path: str) -> Array:
    """Return the codes of a map of classes as whole numbers of 16 bit."""
    if is_counted(channel.dtype):
        return channel
    for kind in (np.uint16, np.int16):
        with np.errstate(invalid="ignore"):
            codes = channel.astype(kind)
        if np.array_equal(codes, channel):
            return codes
    raise RasterError(path, "image.unsupported", "is a map whose classes are not whole numbers of up to 16 bit")


def _checksum(channel: Array) -> int:
    if sys.byteorder == "big":
        channel = channel.byteswap()
    return _crc32(channel if channel.flags.c_contiguous else np.ascontiguousarray(channel))
