"""Perceptual hash of a picture: 64 bit that barely change with scale, brightness and noise.

C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010, section 3.2.1: the picture as grey
values of 32 x 32 px, its two-dimensional discrete cosine transform (type II), of that the 8 x 8 coefficients of the
lowest frequencies without the first row and column; each bit tells whether one of them is above their median. Here the
picture is made smaller by means over areas. All steps up to the median are linear, so the coefficients of a grey
picture are the mean of those of its bands.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
EDGE, LOW = 32, 8
_DIGITS = 2.0**24  # to which coefficients are rounded: what the order of additions changes lies far below
_FLAT = 1e-6  # of the largest grey value: coefficients of a constant picture are not zero by rounding alone


def coefficients(stack: Array) -> Array:
    """Return the low frequencies of pictures of one size: ``(n, height, width)`` to ``(n, 64)`` of float64.

    NaN and infinity count as 0.
    """
    values = stack.astype(np.float64)
    if stack.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    rows, columns = _matrix(values.shape[1]), _matrix(values.shape[2])
    found: Array = np.matmul(np.matmul(rows, values), columns.T)
    return found.reshape(len(values), LOW * LOW)


def hash_of(found: Array, most: float) -> int | None:
    """Return the hash of 64 bit, the bit of the lowest frequencies first (the highest one of the number).

    Parameters
    ----------
    found
        ``(64,)``, mean of the coefficients of the picture's bands.
    most
        Largest absolute value of the picture, against which rounding is judged.

    Returns
    -------
    int or None
        None for a picture without any structure.
    """
    size = float(np.abs(found).max())
    if not size > _FLAT * max(most, 1e-30):
        return None
    rounded = np.rint(found / 2.0 ** np.ceil(np.log2(size)) * _DIGITS)
    bits = rounded > np.median(rounded)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def area_means(size: int, edge: int) -> Array:
    """Return the matrix ``(edge, size)`` that takes means over equal parts of a line, pixels shared where cut."""
    ends = np.arange(edge + 1) * (size / edge)
    low, high = ends[:-1, None], ends[1:, None]
    pixel = np.arange(size)[None]
    shared: Array = np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)
    return shared * (edge / size)


@lru_cache(maxsize=64)
def _matrix(size: int) -> Array:
    """Return area means and cosines of the frequencies 1 to 8 as one matrix ``(8, size)``."""
    place = np.arange(EDGE)[None] + 0.5
    frequency = np.arange(1, LOW + 1)[:, None]
    cosines: Array = np.cos(np.pi / EDGE * place * frequency) * np.sqrt(2 / EDGE)
    return cosines @ area_means(size, EDGE)
