"""WebDataset: .tar files, read from front to back; a patch is ``00000017.safetensors`` and ``00000017.json``."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from dsdocs.export.formats import SHARD
from dsdocs.export.packed import packed
from dsdocs.export.samples import Sample


class TarWriter:
    """Writes one tar file after the other."""

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        self._folder = folder
        self._classes = classes
        self._tar: tarfile.TarFile | None = None
        self._size = self._files = self._count = 0

    def add(self, sample: Sample) -> None:
        """Write a sample."""
        if self._tar is None:
            path = self._folder / f"patches-{self._files:05d}.tar"
            self._tar = tarfile.open(path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - open until it is full
            self._files += 1
        labels = None
        if sample.labels is not None:
            labels = [self._classes[place] for place in sample.labels.nonzero()[0].tolist()]
        # The names of patches may hold dots, at which readers of the format cut names; so they are numbered.
        content = packed(sample)
        self._put("safetensors", content)
        self._put("json", json.dumps({"id": sample.id, "labels": labels}, ensure_ascii=False).encode())
        self._count += 1
        self._size += len(content)
        if self._size >= SHARD:
            self.close()

    def close(self) -> None:
        """Finish the file at hand."""
        if self._tar is not None:
            self._tar.close()
        self._tar, self._size = None, 0

    def _put(self, suffix: str, data: bytes) -> None:
        entry = tarfile.TarInfo(f"{self._count:08d}.{suffix}")
        entry.size = len(data)
        if self._tar is not None:
            self._tar.addfile(entry, io.BytesIO(data))


def open_writer(folder: Path, classes: Sequence[str]) -> TarWriter:
    """Open a writer."""
    return TarWriter(folder, classes)
