"""Zarr: one array for each band, its first axis the patches; ``labels`` and ``labelled`` beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from dsdocs.export.even import Even
from dsdocs.export.samples import Sample

FOLDER = "patches.zarr"
CHUNK = 2**20  # bytes of a chunk, uncompressed
BLOCK = 2**26  # bytes of patches that are written together


class ZarrWriter:
    """Collects patches and appends them in blocks of whole chunks."""

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        self._root = zarr.open_group(str(folder / FOLDER), mode="w", zarr_format=3)
        self._n_classes = len(classes)
        self._even = Even("Zarr")
        self._arrays: dict[str, Any] = {}
        self._waiting: list[Sample] = []
        self._most = 0

    def add(self, sample: Sample) -> None:
        """Take in a sample."""
        self._even.check(sample)
        if not self._arrays:
            self._create()
        self._waiting.append(sample)
        if len(self._waiting) >= self._most:
            self._write()

    def close(self) -> None:
        """Write the rest."""
        if self._waiting:
            self._write()

    def _create(self) -> None:
        shapes = {name: (array.shape, array.dtype, array.nbytes) for name, array in self._even.arrays.items()}
        total = sum(size for _, _, size in shapes.values())
        # A power of two, so that every chunk is a part of a block.
        self._most = 1 << max(0, (BLOCK // max(1, total)).bit_length() - 1)
        shapes["labels"] = ((self._n_classes,), np.dtype(np.uint8), self._n_classes)
        shapes["labelled"] = ((), np.dtype(bool), 1)
        for name, (shape, dtype, size) in shapes.items():
            chunk = min(self._most, 1 << max(0, (CHUNK // max(1, size)).bit_length() - 1))
            self._arrays[name] = self._root.create_array(
                name, shape=(0, *shape), chunks=(chunk, *(max(1, edge) for edge in shape)), dtype=dtype
            )

    def _write(self) -> None:
        for name in self._even.arrays:
            self._arrays[name].append(np.stack([sample.arrays[name] for sample in self._waiting]))
        none = np.zeros(self._n_classes, np.uint8)
        labels = np.stack([none if sample.labels is None else sample.labels for sample in self._waiting])
        self._arrays["labels"].append(labels)
        self._arrays["labelled"].append(np.array([sample.labels is not None for sample in self._waiting]))
        self._waiting = []


def open_writer(folder: Path, classes: Sequence[str]) -> ZarrWriter:
    """Open a writer."""
    return ZarrWriter(folder, classes)
