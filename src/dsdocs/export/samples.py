"""Patches as arrays with their labels, in the order in which the archive can be read best."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive.rooted import RootedArchive
from dsdocs.errors import ExportError, MemberError, RasterError
from dsdocs.imagery.quick_tiff import read_pixels
from dsdocs.imagery.raster import MAX_PIXELS, Window, read_bands
from dsdocs.records import RecordError
from dsdocs.sensors import Sensor

Array = np.ndarray[Any, Any]
BAND = "{band}"
WAITING = 2**29  # bytes of incomplete patches that are held while a stream passes by


@dataclass(frozen=True, slots=True)
class Sample:
    """One patch, decoded."""

    row: int  # of the summary, counted from 0
    id: str
    # Key of the asset and name of the band, "sentinel-2/B02": (rows, columns); or, where one file holds all bands,
    # the key of the asset alone: (bands, rows, columns). In the dtype of the files.
    arrays: Mapping[str, Array]
    labels: Array | None  # (classes,) of uint8, 1 where the patch has the label; None: the archive gives no label list


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a patch."""

    name: str  # of its array
    path: str
    single: bool  # one band


@dataclass(frozen=True, slots=True)
class Samples:
    """The patches of a summary that are to be read.

    Parameters
    ----------
    summary
        One row per patch.
    sensors
        Sensor of each asset.
    archive
        Where the files are.
    assets
        Keys of the assets to read; a patch without any of them is passed over.
    rows
        Rows of the summary, ascending.
    classes
        Names of the classes in the order of the label vector; others are passed over.
    max_pixels
        Most values (width x height x bands) of a file that are decoded.
    """

    summary: pa.Table
    sensors: Mapping[str, Sensor]
    archive: RootedArchive
    assets: tuple[str, ...]
    rows: Sequence[int]
    classes: tuple[str, ...]
    max_pixels: int = MAX_PIXELS

    def __iter__(self) -> Iterator[Sample | RecordError]:
        """Yield each patch, or the reason why there is none.

        They come in the order of the summary; of a stream, which is gone through once, in that of the archive.

        Raises
        ------
        ExportError
            The archive is a stream, and the files of its patches lie too far apart to be held until all are there.
        """
        places = {name: number for number, name in enumerate(self.classes)}
        if self.archive.seekable:
            for patch in self._patches(places):
                yield self._opened(patch)
        else:
            yield from self._streamed(list(self._patches(places)))

    def files(self) -> Iterator[dict[str, str]]:
        """Yield the files of each patch: name of the array -> path in the archive."""
        for patch in self._patches({name: number for number, name in enumerate(self.classes)}):
            yield {file.name: file.path for file in patch.files}

    def _patches(self, places: Mapping[str, int]) -> Iterator[_Patch]:
        table = self.summary.select(["id", "labels", "assets", "window"]).take(pa.array(self.rows, pa.int64()))
        position = 0
        for batch in table.to_batches(max_chunksize=4096):
            for entry in batch.to_pylist():
                files = tuple(self._files(entry["assets"] or ()))
                if files:
                    window = tuple(entry["window"]) if entry["window"] else None
                    labels = None if entry["labels"] is None else _hot(entry["labels"], places)
                    yield _Patch(self.rows[position], entry["id"], files, window, labels)
                position += 1

    def _files(self, assets: Sequence[Mapping[str, str]]) -> Iterator[_File]:
        for asset in assets:
            key, href = asset["key"], asset["href"]
            if key not in self.assets:
                continue
            if BAND not in href:
                yield _File(key, href, False)
                continue
            for band in self.sensors[key].bands:
                yield _File(f"{key}/{band.name}", href.replace(BAND, band.name), True)

    def _opened(self, patch: _Patch) -> Sample | RecordError:
        arrays = {}
        for file in patch.files:
            try:
                with self.archive.open(file.path) as source:
                    arrays[file.name] = self._decoded(source, file, patch.window)
            except (MemberError, RasterError, KeyError, OSError) as error:
                return _refused(file.path, error)
        return Sample(patch.row, patch.id, arrays, patch.labels)

    def _streamed(self, patches: Sequence[_Patch]) -> Iterator[Sample | RecordError]:
        """Yield patches as soon as all their files have passed by; several patches may be windows of one file."""
        wanted: dict[str, list[tuple[int, _File]]] = {}
        for number, patch in enumerate(patches):
            for file in patch.files:
                wanted.setdefault(file.path, []).append((number, file))
        pending: dict[int, dict[str, Array]] = {}
        ended: set[int] = set()
        held = 0
        for member in self.archive.fetch(wanted.keys()):
            for number, file in wanted.pop(member.path, ()):
                patch = patches[number]
                if number in ended:
                    continue
                try:
                    with member.open() as source:
                        array = self._decoded(source, file, patch.window)
                except (MemberError, RasterError, OSError) as error:
                    held -= _size(pending.pop(number, {}).values())
                    ended.add(number)
                    yield _refused(file.path, error)
                    continue
                arrays = pending.setdefault(number, {})
                arrays[file.name] = array
                held += array.nbytes
                if len(arrays) == len(patch.files):
                    held -= _size(pending.pop(number).values())
                    ended.add(number)
                    ordered = {each.name: arrays[each.name] for each in patch.files}
                    yield Sample(patch.row, patch.id, ordered, patch.labels)
            if held > WAITING:
                raise ExportError(
                    f"{self.archive.name}: files of a patch lie more than {WAITING:,} bytes apart in this stream; "
                    "export one sensor at a time with --asset, or unpack the archive"
                )
        for path, users in wanted.items():
            for number, _ in users:
                if number not in ended:
                    ended.add(number)
                    yield RecordError(path, "image.missing", "is not in the archive")

    def _decoded(self, source: BinaryIO, file: _File, window: Window | None) -> Array:
        if window is None:
            array, _ = read_pixels(source.read(), file.path, max_pixels=self.max_pixels)
            array = array[0] if file.single else array
            return np.require(array, requirements=["C", "W"])  # what is read as it lies there cannot be written to
        array = read_bands(source, file.path, [0] if file.single else None, window=window, max_pixels=self.max_pixels)
        return np.ascontiguousarray(array[0] if file.single else array)


@dataclass(frozen=True, slots=True)
class _Patch:
    row: int
    id: str
    files: tuple[_File, ...]
    window: Window | None
    labels: Array | None


def class_names(summary: pa.Table) -> tuple[str, ...]:
    """Return the classes that occur, sorted: the order of the label vector."""
    return tuple(sorted(pc.unique(summary["labels"].combine_chunks().flatten()).to_pylist()))


def _hot(labels: Collection[str], places: Mapping[str, int]) -> Array:
    vector = np.zeros(len(places), np.uint8)
    vector[[places[name] for name in labels if name in places]] = 1
    return vector


def _size(arrays: Collection[Array]) -> int:
    return sum(array.nbytes for array in arrays)


def _refused(path: str, error: Exception) -> RecordError:
    if isinstance(error, RasterError | MemberError):
        return RecordError(path, error.category, error.problem)
    if isinstance(error, KeyError):
        return RecordError(path, "image.missing", "is not in the archive")
    return RecordError(path, "image.missing", f"cannot be opened: {getattr(error, 'strerror', None) or error}")
