"""safetensors: files of many patches; a tensor is called by the patch's number and its name, ``17/sentinel-2/B02``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from dsdocs.export.formats import SHARD
from dsdocs.export.packed import packed, tensors
from dsdocs.export.samples import Sample


class SafetensorsWriter:
    """Collects patches until a file is full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, np.ndarray[Any, Any]] = {}
        self._size = self._files = self._count = 0

    def add(self, sample: Sample) -> None:
        """Take in a sample."""
        if not self._waiting:
            packed(sample)  # what the format cannot hold is found where it is, not at the end of a file
        for name, array in tensors(sample).items():
            self._waiting[f"{self._count}/{name}"] = array
            self._size += array.nbytes
        self._count += 1
        if self._size >= SHARD:
            self._write()

    def close(self) -> None:
        """Write the rest."""
        if self._waiting:
            self._write()

    def _write(self) -> None:
        save_file(self._waiting, self._folder / f"patches-{self._files:05d}.safetensors")
        self._waiting, self._size, self._files = {}, 0, self._files + 1


def open_writer(folder: Path, classes: Sequence[str]) -> SafetensorsWriter:
    """Open a writer."""
    return SafetensorsWriter(folder)
