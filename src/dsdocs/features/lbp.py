"""Local binary patterns, uniform and the same for every rotation.

LBP(P, R, riu2) of T. Ojala, M. Pietikäinen and T. Mäenpää, Multiresolution Gray-Scale and Rotation Invariant Texture
Classification with Local Binary Patterns, IEEE Transactions on Pattern Analysis and Machine Intelligence 24 (2002),
equations 9 to 11: of P neighbours on a circle of radius R around a pixel, how many are at least as bright as it, where
their signs change at most twice around the circle; P + 1 for all other patterns. Neighbours between pixels are
interpolated bilinearly; pixels whose circle leaves the picture are not counted.

Differences from the centre are interpolated, not values, so that flat ground is exactly flat. All is done in float32,
and terms are added in an order that a rotation by 90 degrees does not change.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Ring = tuple[int, float]  # number of neighbours, radius in px
RINGS: tuple[Ring, ...] = ((8, 1.0), (16, 2.0))
Tap = tuple[float, int, int]  # weight, rows down, columns to the right
_STEPS = 100_000  # for each px: of places on the circle, so that sine and cosine are equal in every language


def patterns(images: NDArray[np.float32], ring: Ring) -> NDArray[np.float64]:
    """Count the patterns of pictures.

    Parameters
    ----------
    images
        ``(n, height, width)``.
    ring
        Neighbours P and radius R.

    Returns
    -------
    numpy.ndarray
        ``(n, P + 2)``: the share of each pattern among the pixels that have one; all 0 where the picture is too small.
    """
    return np.stack([_patterns(image, ring) for image in images]) if len(images) else np.zeros((0, ring[0] + 2))


def _patterns(image: NDArray[np.float32], ring: Ring) -> NDArray[np.float64]:
    points, radius = ring
    margin = math.ceil(radius)
    height, width = image.shape[0] - 2 * margin, image.shape[1] - 2 * margin
    if height < 1 or width < 1:
        return np.zeros(points + 2)
    centre = image[margin : margin + height, margin : margin + width]
    off: dict[tuple[int, int], NDArray[np.float32]] = {}

    def term(tap: Tap) -> NDArray[np.float32]:
        weight, down, right = tap
        if (down, right) not in off:
            top, left = margin + down, margin + right
            off[down, right] = image[top : top + height, left : left + width] - centre
        here = off[down, right]
        return here if weight == 1 else here * np.float32(weight)

    ones = np.zeros((height, width), np.uint8)
    changes = np.zeros((height, width), np.uint8)
    first: NDArray[np.bool_] | None = None
    before: NDArray[np.bool_] | None = None
    for diagonals in neighbours(ring):
        sums = [term(some[0]) if len(some) == 1 else term(some[0]) + term(some[1]) for some in diagonals]
        bright = (sums[0] if len(sums) == 1 else sums[0] + sums[1]) >= 0
        ones += bright
        if before is None:
            first = bright
        else:
            changes += bright != before
        before = bright
    changes += first != before
    codes = np.where(changes <= 2, ones, np.uint8(points + 1))
    return np.bincount(codes.ravel(), minlength=points + 2) / codes.size


@lru_cache(maxsize=8)
def neighbours(ring: Ring) -> tuple[tuple[tuple[Tap, ...], ...], ...]:
    """Return the pixels that each neighbour is interpolated from, those on a diagonal of their square together.

    The first neighbour lies to the right; the others follow against the clock.
    """
    points, radius = ring
    found = []
    for point in range(points):
        angle = 2 * math.pi * point / points
        down = _rounded(-radius * math.sin(angle))
        right = _rounded(radius * math.cos(angle))
        top, left = math.floor(down), math.floor(right)
        y, x = down - top, right - left
        diagonals = (
            (((1 - y) * (1 - x), top, left), (y * x, top + 1, left + 1)),
            (((1 - y) * x, top, left + 1), (y * (1 - x), top + 1, left)),
        )
        kept = (tuple(tap for tap in some if tap[0] > 0 and tap[1:] != (0, 0)) for some in diagonals)
        found.append(tuple(some for some in kept if some))
    return tuple(found)


def _rounded(value: float) -> float:
    return math.floor(value * _STEPS + 0.5) / _STEPS
