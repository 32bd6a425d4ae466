"""Which files of a stream are wanted: known by hashes of their paths, however many there are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from dsdocs.pixels.plan import AssetPlan, Row, Wanted, files_of

Array = np.ndarray[Any, Any]


class FileIndex:
    """Finds what is wanted of a file by its path; for this process alone.

    Patches are kept as their rows; of their files, which may be a dozen times as many, only hashes.

    Parameters
    ----------
    plans
        What is read of each asset.
    rows
        The patches, numbered from 0.
    """

    def __init__(self, plans: tuple[AssetPlan, ...], rows: Iterable[Row]) -> None:
        self._plans = plans
        self._rows: list[Row] = []
        hashes, owners = array("q"), array("i")
        for number, row in enumerate(rows):
            self._rows.append(row)
            for path, _ in files_of(plans, row, number):
                hashes.append(hash(path))
                owners.append(number)
        found = np.array(hashes, np.int64)
        order = np.argsort(found, kind="stable")
        self._hashes, self._owners = found[order], np.array(owners, np.int32)[order]
        self._seen = np.zeros(len(found), bool)

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, path: str) -> list[Wanted]:
        """Return what is wanted of a file when it is met for the first time; else nothing."""
        key = hash(path)
        start, end = (int(np.searchsorted(self._hashes, key, side)) for side in ("left", "right"))
        if start == end or self._seen[start]:
            return []
        self._seen[start:end] = True
        owners = dict.fromkeys(self._owners[start:end].tolist())
        return [
            wanted for owner in owners for own, wanted in files_of(self._plans, self._rows[owner], owner) if own == path
        ]

    def share_seen(self) -> float:
        """Return the share of the files that were met, from 0 to 1."""
        return float(self._seen.mean()) if self._seen.size else 1.0

    def unseen(self) -> Iterator[str]:
        """Yield the paths of the files that were not met, each once, sorted."""
        missing = set(self._hashes[~self._seen].tolist())
        owners = np.unique(self._owners[~self._seen]).tolist()
        paths = (path for owner in owners for path, _ in files_of(self._plans, self._rows[owner], owner))
        yield from sorted({path for path in paths if hash(path) in missing})
