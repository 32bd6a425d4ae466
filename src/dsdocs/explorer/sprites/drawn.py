"""Cells of many parts, found by the row of the explorer that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from dsdocs.explorer.sprites.packing import Drawn, Group
from dsdocs.explorer.sprites.parts import Part, Parts

Array = np.ndarray[Any, Any]
OPEN = 64  # parts that are open at a time: an archive may have more of them than files may be open


class Cells:
    """Finds cells; they stay on disk until they are asked for.

    Parameters
    ----------
    parts, keys
        Where they lie.
    places
        Row of the explorer of each patch that was drawn, by its number.
    """

    def __init__(self, parts: Parts, keys: Sequence[Part], places: Array) -> None:
        self._open = lru_cache(maxsize=OPEN)(lambda number: parts.open(keys[number])[0])
        found: dict[Group, list[Array]] = {}
        problems: dict[tuple[str, str], None] = {}
        for number, key in enumerate(keys):
            drawn, start = parts.open(key)
            for group, (numbers, _) in drawn.groups.items():
                own = np.empty((len(numbers), 3), np.int64)
                own[:, 0], own[:, 1], own[:, 2] = places[start + numbers], number, np.arange(len(numbers))
                found.setdefault(group, []).append(own)
            problems |= {(path, reason): None for _, path, reason in drawn.problems}
        self.problems = tuple(sorted(problems))  # path, reason
        self._found = {group: _sorted(np.concatenate(some)) for group, some in found.items()}

    def groups(self) -> list[Group]:
        """Return what was drawn, in the order of the assets."""
        return list(self._found)

    def missing(self, group: Group, rows: Array) -> list[int]:
        """Return which of some rows, ascending, have no cell."""
        missing: list[int] = rows[~np.isin(rows, self._found[group][:, 0])].tolist()
        return missing

    def of(self, group: Group, rows: Array, edge: int) -> Array:
        """Return the cells of rows, ``(n, edge, edge, 4)`` of ``uint8``; all zero where a row has none."""
        table = self._found[group]
        at = np.minimum(np.searchsorted(table[:, 0], rows), len(table) - 1)
        there = table[at, 0] == rows
        result = np.zeros((len(rows), edge, edge, 4), np.uint8)
        for number in np.unique(table[at[there], 1]):
            own = np.flatnonzero(there & (table[at, 1] == number))
            drawn: Drawn = self._open(int(number))
            cells = drawn.groups[group][1][table[at[own], 2]]
            result[own, ..., : cells.shape[-1]] = cells
            if cells.shape[-1] == 3:
                result[own, ..., 3] = 255
        return result


def _sorted(table: Array) -> Array:
    return table[np.argsort(table[:, 0], kind="stable")]
