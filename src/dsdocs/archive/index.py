"""Where the members of a large container lie: 24 bytes for each, however long its path is."""

from __future__ import annotations

from array import array
from collections.abc import Iterable


class Index:
    """Finds members of one container by their paths; for this process alone.

    Paths are known by a hash of 64 bits with a random key, so in an archive of ten million files two are mistaken for
    each other once in 300,000 times.

    Parameters
    ----------
    entries
        Path and two numbers for each member, in the order of the container.
    """

    def __init__(self, entries: Iterable[tuple[str, int, int]]) -> None:
        import numpy as np  # heavy, and the command line loads this module

        keys, first, second = array("q"), array("q"), array("q")
        for path, one, other in entries:
            keys.append(hash(path))
            first.append(one)
            second.append(other)
        found = np.array(keys, dtype=np.int64)
        self._order = np.argsort(found, kind="stable")
        self._keys = found[self._order]
        self._first = first
        self._second = second

    def find(self, path: str) -> tuple[int, int] | None:
        """Return the two numbers of the first member with this path."""
        key = hash(path)
        place = int(self._keys.searchsorted(key))
        if place == len(self._keys) or self._keys[place] != key:
            return None
        row = int(self._order[place])
        return self._first[row], self._second[row]
