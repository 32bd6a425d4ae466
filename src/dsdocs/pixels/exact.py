"""Sums without rounding: of whole numbers as they are, of all others through `dsdocs.imagery.statistics.Added`."""

from __future__ import annotations

import math
import struct
from dataclasses import astuple
from typing import Any

import numpy as np

from dsdocs.imagery.statistics import Added

Array = np.ndarray[Any, Any]
_LONG = 2**20  # values of 16 bit whose squares a double adds up without rounding: 20 + 32 bits are fewer than 53
_CACHED = 2**15  # doubles


def sums(stack: Array) -> tuple[Array, Array]:
    """Add up each row of whole numbers of up to 16 bit, and their squares.

    Parameters
    ----------
    stack
        ``(n, pixels)``.

    Returns
    -------
    first, second
        ``(n,)`` of int64.
    """
    count, pixels = stack.shape
    first, second = np.zeros(count, np.int64), np.zeros(count, np.int64)
    # As doubles, in pieces that stay in the processor's cache, and in one place of memory for all of them.
    wide, high = min(pixels, _LONG), max(1, _CACHED // max(1, pixels))
    room = np.empty((min(high, count), wide))
    for row in range(0, count, high):
        for column in range(0, pixels, wide):
            piece = stack[row : row + high, column : column + wide]
            block = room[: piece.shape[0], : piece.shape[1]]
            block[...] = piece
            first[row : row + high] += block.sum(axis=1).astype(np.int64)
            second[row : row + high] += np.einsum("ij,ij->i", block, block).astype(np.int64)
    return first, second


def mean_and_std(count: int, first: int, second: int) -> tuple[float, float]:
    """Return mean and standard deviation (of a whole population) from exact sums of whole numbers and their squares."""
    mean = first / count
    over = count * second - first * first
    # An integer square root keeps what a division of large numbers into a double would lose.
    power = max(0, over.bit_length() - 120) & ~1
    return mean, math.ldexp(math.sqrt(over >> power), power // 2) / count


def pack(added: Added) -> bytes:
    """Write exact sums as bytes: each number as its trailing zeros and the digits before them."""
    parts = []
    for value in astuple(added):
        if isinstance(value, float):
            parts.append(b"f" + struct.pack("<d", value))
            continue
        shift = (value & -value).bit_length() - 1 if value else 0
        digits = (value >> shift).to_bytes((abs(value) >> shift).bit_length() // 8 + 1, "little", signed=True)
        parts.append(b"i" + struct.pack("<HH", shift, len(digits)) + digits)
    return b"".join(parts)


def unpack(data: bytes) -> Added:
    """Read what `pack` wrote."""
    values: list[int | float] = []
    place = 0
    while place < len(data):
        kind, place = data[place : place + 1], place + 1
        if kind == b"f":
            values.append(struct.unpack_from("<d", data, place)[0])
            place += 8
            continue
        shift, length = struct.unpack_from("<HH", data, place)
        place += 4
        values.append(int.from_bytes(data[place : place + length], "little", signed=True) << shift)
        place += length
    return Added(*values)  # type: ignore[arg-type]
