"""Random fields that depend on a key and on world coordinates alone, so that neighbours fit together."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]

# Root of the mean sum of squares of the sixteen cubic B-spline weights, times the variance 1/3 of a value in
# [-1, 1]. Divided by it every field has a standard deviation near one: thresholds can be read as sigmas.
_SPLINE_SIGMA = np.float32(0.277)


def make_key(*parts: object) -> int:
    """Derive a 32-bit key from any parts; the same on every machine, whatever the hash seed."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "little")


def _mix(h: U32) -> U32:
    # The constants are those of "lowbias32" (C. Wellons, hash prospector, public domain): full avalanche.
    h = h ^ (h >> np.uint32(16))
    h = h * np.uint32(0x7FEB352D)
    h = h ^ (h >> np.uint32(15))
    h = h * np.uint32(0x846CA68B)
    return h ^ (h >> np.uint32(16))


def uniform(key: int, ix: NDArray[np.integer], iy: NDArray[np.integer]) -> F32:
    """Return one value in [0, 1) per pair of integers; the two arrays broadcast."""
    # At least one dimension: numpy warns of the wanted overflow on scalars alone.
    column = _mix(np.atleast_1d(ix).astype(np.uint32) * np.uint32(0x9E3779B1) + np.uint32(key & 0xFFFFFFFF))
    value = _mix(column ^ (np.atleast_1d(iy).astype(np.uint32) * np.uint32(0x85EBCA77)))
    return (value >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def rounded(function: np.ufunc, values: F32) -> F32:
    """Return a function such as ``np.exp`` of some values, worked out in double precision.

    In single precision numpy takes what the processor does fastest, and the last digit differs from one to the next;
    the archive must be the same on all of them. Of float64, almost nothing of that is left after rounding.
    """
    return np.asarray(function(values.astype(np.float64)), np.float32)


def share(z: F32) -> F32:
    """Map a normal field of standard deviation one to (0, 1), nearly evenly spread."""
    # The logistic curve with 1.702 stays within 0.01 of the normal distribution (Haley 1952).
    return np.asarray(1 / (1 + rounded(np.exp, np.float32(-1.702) * z)), np.float32)


def smoothstep(low: float, high: float, value: F32) -> F32:
    """Rise from 0 at ``low`` to 1 at ``high`` without a kink."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _taps(coordinate: F32, cell: float) -> tuple[I64, list[F32]]:
    """Return the node below each position and the weights of the four nodes around it (cubic B-spline)."""
    t = coordinate.astype(np.float64) / cell
    node = np.floor(t)
    f = np.asarray(t - node, np.float32)
    f2 = f * f
    f3 = f2 * f
    sixth = np.float32(1 / 6)
    weights = [1 - 3 * f + 3 * f2 - f3, 4 - 6 * f2 + 3 * f3, 1 + 3 * f + 3 * f2 - 3 * f3, f3]
    return node.astype(np.int64), [weight * sixth for weight in weights]


def _nodes(key: int, ix: I64, iy: I64) -> F32:
    columns = np.arange(ix.min() - 1, ix.max() + 3)
    rows = np.arange(iy.min() - 1, iy.max() + 3)
    return (2 * uniform(key, columns[None, :], rows[:, None]) - 1) / _SPLINE_SIGMA


def spline(key: int, x: F32, y: F32, cell: float) -> F32:
    """Smooth noise with features of about two cells, standard deviation near one.

    Parameters
    ----------
    key
        Which field.
    x, y
        World coordinates in pixels. Two vectors ``(w,)`` and ``(h,)`` span a grid and give ``(h, w)``, which
        is fast; two arrays of one two-dimensional shape are taken point by point.
    cell
        Distance of the random nodes, in pixels.
    """
    ix, wx = _taps(x, cell)
    iy, wy = _taps(y, cell)
    nodes = _nodes(key, ix, iy)
    jx, jy = ix - ix.min(), iy - iy.min()
    if x.ndim == 1:
        rows = sum(wy[t][:, None] * nodes[jy + t] for t in range(4))
        return np.asarray(sum(rows[:, jx + t] * wx[t] for t in range(4)), np.float32)
    flat = nodes.ravel()
    start = jy * nodes.shape[1] + jx
    total = np.zeros(x.shape, np.float32)
    for s in range(4):
        row = sum(wx[t] * flat[start + (s * nodes.shape[1] + t)] for t in range(4))
        total += wy[s] * row
    return total


def fractal(key: int, x: F32, y: F32, cell: float, octaves: int, gain: float = 0.5) -> F32:
    """Sum octaves of `spline`, each half as wide and ``gain`` times as high; standard deviation near one."""
    total = spline(key, x, y, cell)
    power = 1.0
    for octave in range(1, octaves):
        weight = gain**octave
        total = total + np.float32(weight) * spline(key + octave * 7919, x, y, cell / 2**octave)
        power += weight * weight
    return (total / np.float32(power**0.5)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Cells:
    """A partition of the plane into irregular cells, each the surroundings of one random point."""

    index: I64  # (h, w): position of the pixel's cell in the arrays below
    edge: F32  # (h, w): distance to the cell's border, about, in pixels
    x: F32  # (n,): the points, in pixels
    y: F32
    ix: I64  # (n,): integer names of the points, the same for every window
    iy: I64


def cells(key: int, x: F32, y: F32, size: float) -> Cells:
    """Cut the plane into Voronoi cells of jittered points, about ``size`` pixels wide.

    Parameters
    ----------
    x, y
        Pixel positions ``(h, w)``; bend them first to get natural outlines.
    """
    ix = np.floor(x / size).astype(np.int64)
    iy = np.floor(y / size).astype(np.int64)
    columns = np.arange(ix.min() - 1, ix.max() + 2)
    rows = np.arange(iy.min() - 1, iy.max() + 2)
    gx, gy = np.meshgrid(columns, rows)
    px = ((gx + 0.1 + 0.8 * uniform(key, gx, gy)) * size).astype(np.float32)
    py = ((gy + 0.1 + 0.8 * uniform(key + 1, gx, gy)) * size).astype(np.float32)
    width = len(columns)
    start = (iy - rows[0]) * width + (ix - columns[0])
    best = np.full(x.shape, np.inf, np.float32)
    second = best.copy()
    index = start.copy()
    for step in (0, 1, -1, width, -width, width + 1, width - 1, -width + 1, -width - 1):
        near = start + step
        distance = (px.ravel()[near] - x) ** 2 + (py.ravel()[near] - y) ** 2
        closer = distance < best
        second = np.where(closer, best, np.minimum(second, distance))
        index = np.where(closer, near, index)
        best = np.where(closer, distance, best)
    edge = (np.sqrt(second) - np.sqrt(best)) / 2
    return Cells(index, edge.astype(np.float32), px.ravel(), py.ravel(), gx.ravel(), gy.ravel())
