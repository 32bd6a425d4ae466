"""Write the files of an index; docs/retrieval.md describes the format."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from dsdocs.explorer.shards import QUICK, Entry, chunks, code_type, planes, write_shard
from dsdocs.retrieval.exact import Exact, Reals, Rows
from dsdocs.retrieval.model import Index, Options
from dsdocs.retrieval.packed import packed

FORMAT = 1
MANIFEST = "manifest.json"
PLACES = 16_384  # rows of a file that says which shard each row is in
DIGEST = 6  # bytes of the SHA-256 of a file, in a directory and, as hexadecimal digits, in its name
NOBODY = 0xFFFF_FFFF  # instead of a neighbour
STEPS = 65_535  # of the distance to a neighbour, in the largest of its row
_NEIGHBOUR_BYTES = 46_000  # of a file of neighbours, about, before gzip
_NAMED = 512  # files of neighbours that a directory names: a first question reads one


def write_index(folder: Path, index: Index, rows: Rows, options: Options, n: int) -> dict[str, Any]:
    """Write lists, shards and what leads to them; return what the manifest says of them.

    Parameters
    ----------
    folder
        Folder of the encoder.
    index
        The index.
    rows
        Explorer row (v,) of each vector, ascending.
    options
        What the index was made with.
    n
        Rows of the explorer.
    """
    lists, shards, cells = [], [], index.cells
    place, first_shard = cells.shard_starts.tolist(), cells.first_shard.tolist()
    row = rows[cells.order]
    steps = np.diff(row, prepend=0)
    steps[place[:-1]] = row[place[:-1]]  # each shard begins anew
    for first, last in pairwise(first_shard):
        whole = slice(place[first], place[last])
        if index.quantiser is not None:
            lists.append(write_shard(folder, "list", index.codes[whole].T.tobytes()))
        for shard in range(first, last):
            one = slice(place[shard], place[shard + 1])
            held = index.published[cells.order[one]]
            if index.step:
                left = np.rint((held - index.centroids[shard]).astype(np.float64) / index.step).astype(np.int64)
                data = packed(left, index.low_bits)
            else:
                data = planes(held.ravel(), "float32")
            shards.append(write_shard(folder, "vectors", planes(steps[one], "uint32") + data, level=QUICK))
    shard_of = np.full(n, len(cells.sizes), dtype=np.int64)
    shard_of[row] = np.repeat(np.arange(len(cells.sizes)), cells.sizes)
    dtype = code_type(len(cells.sizes) + 1)
    quantiser = index.quantiser
    return {
        "kind": "flat" if quantiser is None else "ivf-pq",
        "lists": len(cells.shards),
        "shards": len(cells.sizes),
        "step": index.step or None,
        "low_bits": index.low_bits.tolist() if index.step else None,
        "code_bytes": options.code_bytes,
        "coarse": _placed(folder, write_shard(folder, "centroids", _fixed(index.centroids, index.step)))
        if index.step
        else _array(folder, "centroids", index.centroids, np.float32),
        "rotation": None if quantiser is None else _array(folder, "rotation", quantiser.rotation, np.float32),
        "codebooks": None if quantiser is None else _array(folder, "codebooks", quantiser.codebooks, np.float16),
        "directory": _directory(folder, (cells.shards, cells.sizes), (*lists, *shards)),
        "places": {
            "rows_per_file": PLACES,
            "dtype": dtype,
            "files": [
                _placed(folder, write_shard(folder, "places", planes(shard_of[part], dtype)))
                for part in chunks(n, PLACES)
            ],
        },
    }


def write_neighbours(folder: Path, neighbours: Rows, distances: Exact) -> dict[str, Any]:
    """Write the neighbours of all rows; return what the manifest says of them.

    Parameters
    ----------
    folder
        Folder of the encoder.
    neighbours
        Explorer rows (n, k) of the neighbours of each explorer row, nearest first; -1 where there is none.
    distances
        Their distances (n, k), ascending.
    """
    n, k = neighbours.shape
    per_file = max(1, _NEIGHBOUR_BYTES // (5 * k + 4))
    files = []
    for part in chunks(n, per_file):
        found, away = neighbours[part], distances[part]
        largest = np.where(found >= 0, away, 0.0).max(axis=1, initial=0.0).astype(np.float32)
        # Upwards, so that no distance is more than all steps.
        largest = np.where(largest < away.max(axis=1, initial=0.0), np.nextafter(largest, np.float32(np.inf)), largest)
        whole = np.where(largest > 0, largest, 1).astype(np.float64)[:, None]
        steps = np.rint(np.where(found >= 0, away, 0.0) / whole * STEPS).astype(np.int64)
        change = np.where(found >= 0, np.diff(steps, axis=1, prepend=0), 0)
        data = planes(largest.view(np.uint32), "uint32")
        data += planes(np.where(found >= 0, found, NOBODY).ravel(), "uint32") + planes(change.ravel(), "uint16")
        files.append(write_shard(folder, "neighbours", data))
    directories = [_directory(folder, (), files[part]) for part in chunks(len(files), _NAMED)]
    return {
        "k": k, "rows_per_file": per_file, "files_per_directory": _NAMED, "directories": directories,
        "file_bytes": max(file.bytes for file in files),
    }  # fmt: skip


def _directory(folder: Path, counts: Sequence[Rows], files: Sequence[Entry]) -> dict[str, Any]:
    """Write counts, bytes of each file, and the beginning of its digest, which its name ends in."""
    numbers = np.concatenate([*counts, [file.bytes for file in files]]).astype(np.int64)
    digests = b"".join(bytes.fromhex(file.sha256)[:DIGEST] for file in files)
    return _placed(folder, write_shard(folder, "directory", planes(numbers, "uint32") + digests))


def _fixed(values: Reals, step: float) -> bytes:
    """Return values as whole numbers of steps, modulo 2**16."""
    return planes(np.rint(values.astype(np.float64) / step).astype(np.int64).ravel() % (1 << 16), "uint16")


def _array(folder: Path, stem: str, values: Reals, dtype: type[np.floating]) -> dict[str, Any]:
    return _placed(folder, write_shard(folder, stem, planes(values.ravel(), np.dtype(dtype).name)))


def _placed(folder: Path, entry: Entry) -> dict[str, Any]:
    return entry.as_json() | {"path": f"{folder.name}/{entry.path}"}
