"""Read the files of an index; every file is checked against the manifest or the directory that names it."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsdocs.errors import RetrievalError
from dsdocs.explorer import read as explorer_read
from dsdocs.explorer.read import joined, read_file
from dsdocs.retrieval.exact import Exact, Reals, Rows
from dsdocs.retrieval.files import DIGEST, FORMAT, NOBODY, STEPS
from dsdocs.retrieval.model import CODES
from dsdocs.retrieval.packed import unpacked

_HELD = 4096  # decoded files that are kept


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of the indices of a site.

    Raises
    ------
    RetrievalError
        There is none, or it is of another format.
    """
    what = "a manifest of indices"
    return explorer_read.read_manifest(folder, what=what, number=FORMAT, error=RetrievalError)


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """What a directory says: some counts, bytes and beginning of the digest of each file."""

    counts: Rows
    bytes: Rows  # (files,)
    digests: tuple[str, ...]  # (files,) hexadecimal


def parse_directory(data: bytes, counts: int) -> Directory:
    """Read a directory: four bytes for each of so many counts, and ten for each file."""
    files = (len(data) - 4 * counts) // (4 + DIGEST)
    split = 4 * (counts + files)
    if files < 0 or len(data) != split + DIGEST * files:
        raise RetrievalError(f"a directory with {counts} counts has {len(data)} bytes; build the site again")
    numbers = joined(data[:split], "uint32").astype(np.int64)
    digests = tuple(data[place : place + DIGEST].hex() for place in range(split, len(data), DIGEST))
    return Directory(numbers[:counts], numbers[counts:], digests)


class Files:
    """The files of one encoder, decoded when they are asked for."""

    def __init__(self, folder: Path, entry: Mapping[str, Any], n: int) -> None:
        self.folder = folder  # of the manifest
        self.entry = entry  # of the encoder in the manifest
        self.index = entry["index"]
        self.n = n  # rows of the explorer
        self.codes = lru_cache(_HELD)(self._codes)
        self.shard = lru_cache(_HELD)(self._shard)

    @cached_property
    def rotation(self) -> Reals | None:
        """Axes of the codes (m * s, d); None: there are no codes."""
        found = self.index["rotation"]
        return None if found is None else self._array(found, "float32").reshape(-1, self.entry["dimensions"])

    @cached_property
    def centroids(self) -> Reals:
        """Centroid of each shard (shards, d), along the axes of the codes where there are any."""
        if self.rotation is None:
            return self._array(self.index["coarse"], "float32").reshape(self.index["shards"], -1)
        return self._steps.astype(np.float32) * np.float32(self.index["step"])

    @cached_property
    def _steps(self) -> Rows:
        """Centroids in steps."""
        found = joined(read_file(self.folder, self.index["coarse"]), "uint16").reshape(self.index["shards"], -1)
        return found.astype(np.uint16).astype(np.int16).astype(np.int64)

    @cached_property
    def codebooks(self) -> Reals:
        """Words of each run of dimensions (m, 256, s)."""
        return self._array(self.index["codebooks"], "float16").reshape(self.index["code_bytes"], CODES, -1)

    @cached_property
    def directory(self) -> Directory:
        """Shards of each list, rows of each shard; the files of the lists, if there are codes, then the shards."""
        data = read_file(self.folder, self.index["directory"])
        return parse_directory(data, self.index["lists"] + self.index["shards"])

    @cached_property
    def first_shard(self) -> Rows:
        """Number (lists + 1,) of the first shard of each list."""
        return np.concatenate([[0], np.cumsum(self.directory.counts[: self.index["lists"]])])

    @cached_property
    def sizes(self) -> Rows:
        """Rows (shards,) of each shard."""
        return self.directory.counts[self.index["lists"] :]

    @cached_property
    def list_bytes(self) -> Rows:
        """Bytes (lists,) of the file of codes of each list; none where there are no codes."""
        return self.directory.bytes[: self._lists]

    @cached_property
    def shard_bytes(self) -> Rows:
        """Bytes (shards,) of the file of each shard."""
        return self.directory.bytes[self._lists :]

    @property
    def _lists(self) -> int:
        """Files of lists."""
        return int(self.index["lists"]) if self.index["code_bytes"] else 0

    @cached_property
    def shard_of(self) -> Rows:
        """Shard (n,) of each explorer row; the number of shards where a row has no vector."""
        places = self.index["places"]
        parts = [joined(read_file(self.folder, file), places["dtype"]) for file in places["files"]]
        return np.concatenate(parts).astype(np.int64)

    @cached_property
    def rows(self) -> Rows:
        """Explorer rows of all places, shard by shard, ascending in a shard; last those without a vector (n,)."""
        return np.argsort(self.shard_of, kind="stable")

    @cached_property
    def shard_starts(self) -> Rows:
        """First place of each shard, and the number of all places (shards + 1,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    def _codes(self, number: int) -> NDArray[np.uint8]:
        """Return the codes (m, r) of a list, shard by shard, in the order of their rows."""
        data = self._file(self.directory, number, "list")
        return np.frombuffer(data, np.uint8).reshape(self.index["code_bytes"], -1)

    def _shard(self, number: int) -> tuple[Rows, Reals]:
        """Return explorer rows (r,) and vectors (r, d) of a shard, along the axes of the codes where there are any."""
        size = int(self.sizes[number])
        data = self._file(self.directory, self._lists + number, "vectors")
        rows = np.cumsum(joined(data[: 4 * size], "uint32").astype(np.int64))
        if self.rotation is None:
            return rows, joined_reals(data[4 * size :], "float32").astype(np.float32).reshape(size, -1)
        steps = unpacked(data[4 * size :], size, np.array(self.index["low_bits"])) + self._steps[number]
        return rows, steps.astype(np.float32) * np.float32(self.index["step"])

    def vector(self, row: int) -> Reals | None:
        """Return the vector of an explorer row; None: it has none."""
        shard = int(self.shard_of[row])
        if shard == self.index["shards"]:
            return None
        rows, vectors = self.shard(shard)
        held = vectors[int(np.searchsorted(rows, row))].astype(np.float64)
        if self.rotation is not None:  # back from the axes of the codes
            total = np.zeros(self.rotation.shape[1])
            for axis, value in enumerate(held):
                total += self.rotation[axis].astype(np.float64) * value
            held = total
        found: Reals = held.astype(np.float32)
        return found

    @cached_property
    def _near(self) -> list[Directory]:
        return [parse_directory(read_file(self.folder, one), 0) for one in self.entry["neighbours"]["directories"]]

    def neighbours(self, row: int) -> tuple[Rows, Exact]:
        """Return explorer rows and distances of the nearest patches of a patch, itself left out."""
        k, per_file = self.entry["neighbours"]["k"], self.entry["neighbours"]["rows_per_file"]
        number, inside = divmod(row, per_file)
        count = min(per_file, self.n - number * per_file)
        directory, place = divmod(number, self.entry["neighbours"]["files_per_directory"])
        data = self._file(self._near[directory], place, "neighbours")
        cut = 4 * count * (1 + k)
        largest = joined(data[: 4 * count], "uint32").view(np.float32)[inside]
        rows = joined(data[4 * count : cut], "uint32").reshape(count, k)[inside].astype(np.int64)
        change = joined(data[cut:], "uint16").reshape(count, k)[inside].astype(np.int64)
        steps = np.cumsum(change)
        kept = rows != NOBODY
        return rows[kept], (np.float64(largest) * steps / STEPS)[kept]

    def _array(self, entry: Mapping[str, Any], dtype: str) -> Reals:
        return joined_reals(read_file(self.folder, entry), dtype).astype(np.float32)

    def _file(self, directory: Directory, number: int, stem: str) -> bytes:
        digest = directory.digests[number]
        path = self.folder / self.entry["folder"] / f"{stem}-{digest}.gz"
        try:
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest()[: 2 * DIGEST] != digest:
                raise RetrievalError(f"{path}: is not the file that the directory names; build the site again")
            return gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise RetrievalError(f"{path}: cannot be read: {error}") from error


def joined_reals(data: bytes, dtype: str) -> NDArray[np.floating]:
    """Put byte planes of floating-point numbers together again."""
    width = np.dtype(dtype).itemsize
    found: NDArray[np.floating] = joined(data, f"uint{8 * width}").view(np.dtype(dtype))
    return found
