"""Put vectors into lists, and the vectors of each list into shards: k-means, and k-means again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import faiss
import numpy as np

from dsdocs.retrieval.exact import Reals, Rows
from dsdocs.retrieval.model import Cells, Options

_ROUNDS = 10  # of k-means, as faiss does for its inverted files
_POINTS = 100  # vectors for each centroid that k-means looks at
_MOST = 2  # times the average: the largest shard; a larger one is cut in halves


def cells_of(vectors: Reals, options: Options) -> Cells:
    """Put vectors (n, d) into lists and shards; near ones come together, and no shard is far too large."""
    member = means(vectors, min(options.lists, len(vectors)), options.seed)
    order = np.argsort(member, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(member))[:-1])
    shards, pieces = [], []
    for part in parts:
        if len(part):
            found = _shards(vectors, part, options) if options.code_bytes else [part]
            shards.append(len(found))
            pieces += found
    return Cells(np.array(shards), np.array([len(piece) for piece in pieces]), np.concatenate(pieces))


def _shards(vectors: Reals, rows: Rows, options: Options) -> list[Rows]:
    """Cut the rows of a list; each piece ascends."""
    count = max(1, round(len(rows) / options.shard_rows))
    if count == 1:
        return [rows]
    member = means(vectors[rows], count, options.seed)
    pieces = [rows[member == number] for number in range(count)]
    return [half for piece in pieces if len(piece) for half in _halved(vectors, piece, _MOST * options.shard_rows)]


def _halved(vectors: Reals, rows: Rows, most: int) -> list[Rows]:
    if len(rows) <= most:
        return [rows]
    held = vectors[rows]
    one = _farthest(held, held.mean(axis=0))
    along = np.einsum("ij,j->i", held, _farthest(held, one) - one)
    order = np.lexsort((rows, along))
    halves = (np.sort(rows[order[: len(rows) // 2]]), np.sort(rows[order[len(rows) // 2 :]]))
    return [piece for half in halves for piece in _halved(vectors, half, most)]


def _farthest(vectors: Reals, point: Reals) -> Reals:
    away = vectors - point
    found: Reals = vectors[int(np.einsum("ij,ij->i", away, away).argmax())]
    return found


def means(vectors: Reals, count: int, seed: int) -> Rows:
    """Return which of so many means each vector (n, d) is nearest to."""
    if count == 1:
        return np.zeros(len(vectors), dtype=np.int64)
    held = np.ascontiguousarray(vectors)
    found = faiss.Kmeans(
        held.shape[1], count, niter=_ROUNDS, seed=seed, max_points_per_centroid=_POINTS, min_points_per_centroid=1
    )
    found.train(held)
    return np.asarray(found.index.search(held, 1)[1][:, 0], dtype=np.int64)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let faiss work on one thread: sums in another order give other means."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
