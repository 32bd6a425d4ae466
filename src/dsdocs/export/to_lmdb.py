"""LMDB: one memory-mapped file, the patch's name as key, a block of safetensors as value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import lmdb

from dsdocs.errors import ExportError
from dsdocs.export.packed import packed
from dsdocs.export.samples import Sample

FOLDER = "patches.lmdb"
ROOM = 2**44  # bytes of address space; the file takes what it holds
BATCH = 2**26  # bytes that are written in one transaction


class LmdbWriter:
    """Writes values in transactions of some size."""

    def __init__(self, folder: Path) -> None:
        self._environment = lmdb.open(str(folder / FOLDER), map_size=ROOM, lock=False, sync=False)
        self._longest = self._environment.max_key_size()
        self._transaction = self._environment.begin(write=True)
        self._size = 0

    def add(self, sample: Sample) -> None:
        """Write a sample."""
        key, value = sample.id.encode(), packed(sample)
        if len(key) > self._longest:
            raise ExportError(f"{sample.id}: LMDB takes names of up to {self._longest} bytes, this one has {len(key)}")
        self._transaction.put(key, value)
        self._size += len(value)
        if self._size > BATCH:
            self._transaction.commit()
            self._transaction, self._size = self._environment.begin(write=True), 0

    def close(self) -> None:
        """Write the rest."""
        self._transaction.commit()
        self._environment.sync(True)
        self._environment.close()


def open_writer(folder: Path, classes: Sequence[str]) -> LmdbWriter:
    """Open a writer."""
    return LmdbWriter(folder)
