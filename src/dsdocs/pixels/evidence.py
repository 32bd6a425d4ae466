"""What a band shows of its own resolution, and a small copy of it: the material of the band-order test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from dsdocs.pixels.phash import area_means

Array = np.ndarray[Any, Any]
ENOUGH = 0.5  # share of blocks below which none is counted
GRID = 16  # cells along each side of the small copy
FACTORS = (2, 3, 6)  # by which bands are enlarged: 20 m and 60 m to 10 m, 60 m to 20 m
# Rounding to whole numbers adds noise of 1/12; what it adds to the mean squares of differences of first and second
# order, horizontally and vertically together: 2 * 2 / 12 and 2 * 6 / 12.
_ROUNDING = (1 / 3, 1.0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One band of one patch."""

    number: int  # of the patch
    asset: int
    band: int
    width: int  # px
    height: int
    first: float  # mean square of differences between neighbours, horizontally plus vertically, without rounding noise
    second: float  # the same of second differences
    # For each of FACTORS, the share of aligned blocks whose pixels are equal; where that is below ENOUGH, perhaps 0.
    blocks: tuple[float, ...]
    grid: Array  # (GRID * GRID,) of float32, means over areas


def evidence_of(channel: Array, number: int, asset: int, band: int) -> Evidence:
    """Look at one band ``(height, width)`` of a patch; NaN counts as 0."""
    values = np.nan_to_num(channel.astype(np.float64), posinf=0.0, neginf=0.0)
    height, width = values.shape
    noise = _ROUNDING if channel.dtype.kind in "iu" else (0.0, 0.0)
    first, second = (max(0.0, _energy(values, order) - rounding) for order, rounding in zip((1, 2), noise, strict=True))
    grid = _means(height) @ values @ _means(width).T
    return Evidence(
        number, asset, band, width, height, first, second,
        tuple(_equal_blocks(channel, factor) for factor in FACTORS), grid.ravel().astype(np.float32),
    )  # fmt: skip


def _energy(values: Array, order: int) -> float:
    return sum(
        float(np.square(np.diff(values, order, axis)).mean()) if values.shape[axis] > order else 0.0 for axis in (0, 1)
    )


def _equal_blocks(channel: Array, factor: int) -> float:
    height, width = (size // factor for size in channel.shape)
    if not height or not width:
        return 0.0
    pairs = channel[: height * factor : factor, : width * factor]
    if np.count_nonzero(pairs[:, ::factor] == pairs[:, 1::factor]) < ENOUGH * height * width:
        return 0.0  # what most bands show, found at a tenth of the cost
    blocks = channel[: height * factor, : width * factor].reshape(height, factor, width, factor)
    return float((blocks == blocks[:, :1, :, :1]).all(axis=(1, 3)).mean())


@lru_cache(maxsize=64)
def _means(size: int) -> Array:
    return area_means(size, GRID)
