"""Bicubic resampling, the same to the bit in NumPy and in `_static/js/demos/core/resample.js`.

The convolution kernel of R. G. Keys, Cubic convolution interpolation for digital image processing, IEEE Transactions on
Acoustics, Speech, and Signal Processing 29 (1981), equation 15, with a = -1/2. The centres of the pixels are aligned
(the centre of output pixel i lies at (i + 1/2) n / m - 1/2 of the input), edges are repeated, rows are done before
columns. Where the picture shrinks, the kernel is widened by the same factor, so that no detail turns into a pattern.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

A = -0.5


def resample(image: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resample images to another number of rows and columns.

    Parameters
    ----------
    image
        ``(..., rows, columns)``, finite.
    size
        Rows and columns of the result, in px.

    Returns
    -------
    numpy.ndarray
        ``(..., *size)`` of float32. Sums are those of doubles, tap after tap, so that every language gives the same.
        An image that has the size already is returned with its values as they are.
    """
    rows, columns = image.shape[-2:]
    if (rows, columns) == tuple(size):
        return image.astype(np.float32)
    bands = image.reshape(-1, rows, columns)
    result = np.empty((len(bands), *size), np.float32)
    for number, band in enumerate(bands):  # one at a time stays in the processor's cache
        values = band.astype(np.float64)
        if rows != size[0]:
            values = _downwards(values, size[0])
        if columns != size[1]:
            values = _downwards(np.ascontiguousarray(values.T), size[1]).T
        result[number] = values
    return result.reshape(*image.shape[:-2], *size)


def _downwards(values: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    places, weights = taps(len(values), m)
    result = values[places[:, 0]] * weights[:, 0, None]
    term = np.empty_like(result)
    for tap in range(1, places.shape[1]):
        np.take(values, places[:, tap], axis=0, out=term, mode="clip")
        term *= weights[:, tap, None]
        result += term
    return result


@lru_cache(maxsize=64)
def taps(n: int, m: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return which input pixels make an output pixel, and with which weight.

    Parameters
    ----------
    n, m
        Number of pixels of the input and of the output.

    Returns
    -------
    tuple
        Places ``(m, taps)``, those beyond an edge being the one of the edge, and weights ``(m, taps)``, which add up
        to 1 but for rounding.
    """
    if n < 1 or m < 1:
        raise ValueError(f"a picture of {n} pixels cannot become one of {m}")
    step = n / m
    widened = max(1.0, step)
    count = 2 * math.ceil(2 * widened)
    places = np.empty((m, count), np.intp)
    weights = np.empty((m, count))
    for i in range(m):
        centre = (i + 0.5) * step - 0.5
        first = math.floor(centre) - count // 2 + 1
        row = [keys((centre - (first + tap)) / widened) for tap in range(count)]
        total = 0.0
        for weight in row:
            total += weight
        for tap, weight in enumerate(row):
            places[i, tap] = min(max(first + tap, 0), n - 1)
            weights[i, tap] = weight / total
    return places, weights


def keys(x: float) -> float:
    """Return the kernel at a distance in pixels."""
    x = abs(x)
    if x < 1:
        return ((A + 2) * x - (A + 3)) * x * x + 1
    if x < 2:
        return ((A * x - 5 * A) * x + 8 * A) * x - 4 * A
    return 0.0
