"""Whole numbers in few bytes: low bits, which are noise, as they are, and what is above them for gzip to shorten."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsdocs.explorer.read import joined
from dsdocs.explorer.shards import planes
from dsdocs.retrieval.exact import Rows
from dsdocs.retrieval.model import LOW_BITS


def packed(values: Rows, low: Rows) -> bytes:
    """Return numbers (n, d) of 17 bits as bytes, axis by axis.

    Parameters
    ----------
    values
        From -2**16 to 2**16.
    low
        Low bits of each axis (d,) that are stored as they are.

    Returns
    -------
    bytes
        What is above the low bits, rounded down, in planes of 16 bits, where 0, -1, 1, -2 ... are 0, 1, 2, 3 ...; then
        the low bits of all numbers, the lowest first, without gaps.
    """
    along = values.T
    high = along >> low[:, None]
    rest = np.ascontiguousarray((along & 0xFFFF).astype("<u2")).view(np.uint8).reshape(*along.shape, 2)
    bits = np.unpackbits(rest, axis=2, bitorder="little")[_taken(low, along.shape)]
    return planes(((high << 1) ^ (high >> 63)).ravel(), "uint16") + np.packbits(bits, bitorder="little").tobytes()


def unpacked(data: bytes, n: int, low: Rows) -> Rows:
    """Return the numbers (n, d) of `packed`."""
    shape = (len(low), n)
    split = 2 * len(low) * n
    folded = joined(data[:split], "uint16").astype(np.int64).reshape(shape)
    taken = _taken(low, shape)
    bits = np.zeros(taken.shape, dtype=np.uint8)
    bits[taken] = np.unpackbits(np.frombuffer(data, np.uint8, offset=split), bitorder="little")[: n * int(low.sum())]
    rest = np.packbits(bits, axis=2, bitorder="little").view("<u2")[:, :, 0].astype(np.int64)
    found: Rows = (((folded >> 1) ^ -(folded & 1)) << low[:, None]) | rest
    return found.T


def _taken(low: Rows, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which of 16 bits of each number are stored as they are (d, n, 16)."""
    return np.broadcast_to(np.arange(LOW_BITS) < low[:, None, None], (*shape, LOW_BITS))
