"""Parquet: a row for each patch; arrays are Arrow's fixed-shape tensors, labels a list of names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dsdocs.errors import ExportError
from dsdocs.export.even import Even
from dsdocs.export.formats import SHARD
from dsdocs.export.samples import Sample

GROUP = 2**24  # bytes of a row group: what a reader has to hold


class ParquetWriter:
    """Writes row groups into files of some size."""

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        self._folder = folder
        self._classes = classes
        self._even = Even("Parquet")
        self._waiting: list[Sample] = []
        self._file: pq.ParquetWriter | None = None
        self._size = self._written = self._files = 0

    def add(self, sample: Sample) -> None:
        """Take in a sample."""
        self._even.check(sample)
        self._waiting.append(sample)
        self._size += sum(array.nbytes for array in sample.arrays.values())
        if self._size >= GROUP:
            self._write()
        if self._written >= SHARD:
            self._end()

    def close(self) -> None:
        """Write the rest."""
        if self._waiting:
            self._write()
        self._end()

    def _write(self) -> None:
        columns: dict[str, pa.Array] = {
            "id": pa.array([sample.id for sample in self._waiting], pa.string()),
            "labels": pa.array([self._labels(sample) for sample in self._waiting], pa.list_(pa.string())),
        }
        for name in self._even.arrays:
            stacked = np.stack([sample.arrays[name] for sample in self._waiting])
            try:
                columns[name] = pa.FixedShapeTensorArray.from_numpy_ndarray(stacked)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError, TypeError) as error:
                raise ExportError(f"Parquet cannot hold {name}, which is of {stacked.dtype.name}") from error
        table = pa.table(columns)
        if self._file is None:
            path = self._folder / f"patches-{self._files:05d}.parquet"
            self._file = pq.ParquetWriter(path, table.schema, compression="zstd", use_dictionary=["labels"])
            self._files += 1
        self._file.write_table(table)
        self._written += self._size
        self._waiting, self._size = [], 0

    def _labels(self, sample: Sample) -> list[str] | None:
        if sample.labels is None:
            return None
        return [self._classes[place] for place in sample.labels.nonzero()[0].tolist()]

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._written = None, 0


def open_writer(folder: Path, classes: Sequence[str]) -> ParquetWriter:
    """Open a writer."""
    return ParquetWriter(folder, classes)
