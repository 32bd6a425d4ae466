"""Places on Earth in the order of a Hilbert curve: what is near on the curve is near on the ground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

ORDER = 20  # the world is cut into 2**ORDER columns and rows: cells of about 38 m by 19 m on the equator
_STEP = 5  # levels of the curve that one look into the table goes down
_STATES = 4


def hilbert_distance(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Ints:
    """Return the place of points on a Hilbert curve of order 20 over the whole world.

    The key depends on the point alone, never on the other points of an archive. The curve (D. Hilbert, 1891) starts in
    the south-west, goes through the north-west and the north-east, and ends in the south-east.

    Parameters
    ----------
    lon, lat
        Degrees in OGC:CRS84, finite, of one shape; what lies beyond the edge of the world counts to the edge.

    Returns
    -------
    ndarray
        Numbers from 0 to ``4**ORDER - 1``; points of one cell have the same.
    """
    column, row = _cell(lon, 360.0), _cell(lat, 180.0)
    place = np.zeros(column.shape, dtype=np.int64)
    state = np.zeros(column.shape, dtype=np.int64)
    mask = (1 << _STEP) - 1
    for shift in range(ORDER - _STEP, -1, -_STEP):
        key = (state << 2 * _STEP) | ((column >> shift & mask) << _STEP) | (row >> shift & mask)
        place = (place << 2 * _STEP) | _PLACES[key]
        state = _NEXT[key]
    return place


def _cell(degrees: npt.ArrayLike, extent: float) -> Ints:
    cells = 1 << ORDER
    number = np.floor((np.asarray(degrees, dtype=np.float64) / extent + 0.5) * cells)
    return np.asarray(np.clip(number, 0, cells - 1).astype(np.int64))


def _tables() -> tuple[Ints, Ints]:
    """Return the place, and the state at the end of it, for each state and each column and row of `_STEP` bits."""
    size = 1 << _STEP
    state, column, row = (axis.ravel() for axis in np.indices((_STATES, size, size)))
    place = np.zeros_like(state)
    for bit in reversed(range(_STEP)):
        digit, state = _quarter(state, column >> bit & 1, row >> bit & 1)
        place = place * 4 + digit
    return place, state


def _quarter(state: Ints, x: Ints, y: Ints) -> tuple[Ints, Ints]:
    """Return the number of a quarter on the curve of a state, and the state of the curve within that quarter.

    A state tells how the curve lies: 1, with the axes exchanged; 2, turned by half a turn; 3, both.
    """
    turned = state >> 1
    x, y = x ^ turned, y ^ turned
    x, y = np.where(state & 1, y, x), np.where(state & 1, x, y)
    digit = 3 * x ^ y
    return digit, state ^ np.array([1, 0, 0, 3])[digit]


_PLACES, _NEXT = _tables()
