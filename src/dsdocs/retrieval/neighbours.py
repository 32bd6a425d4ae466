"""The nearest neighbours of every vector, so that a patch of the archive as query costs one small file."""

from __future__ import annotations

from itertools import pairwise

import faiss
import numpy as np

from dsdocs.retrieval.cells import one_thread
from dsdocs.retrieval.exact import Exact, Reals, Rows, exact_search, squared
from dsdocs.retrieval.model import Index

EXACT = 30_000  # vectors up to which every pair is compared
_LISTS = 48  # lists nearest to a list that its vectors are compared with, beyond
_MORE = 8  # candidates beyond k, which float64 puts in order


def all_neighbours(index: Index, k: int) -> tuple[Rows, Exact]:
    """Return rows and distances (n, k) of the neighbours of each vector, itself left out.

    Up to `EXACT` vectors they are exact. Beyond, each vector is compared with all vectors of the lists of which a
    shard is nearest to one of its own list; distances are exact in any case.
    """
    held = index.published
    if len(held) <= EXACT:
        rows, distances = exact_search(held, held, k + 1)
        return _without(np.arange(len(held)), rows, distances)
    return _in_near_lists(held, index, k)


def _in_near_lists(vectors: Reals, index: Index, k: int) -> tuple[Rows, Exact]:
    n, cells = len(vectors), index.cells
    neighbours, distances = np.empty((n, k), dtype=np.int64), np.empty((n, k))
    lists = [np.sort(cells.order[first:last]) for first, last in pairwise(cells.starts.tolist())]
    sizes = np.array([len(one) for one in lists])
    with one_thread():
        for own, shards in zip(lists, pairwise(cells.first_shard.tolist()), strict=True):
            from_shards = faiss.pairwise_distances(index.centroids[slice(*shards)], index.centroids).min(axis=0)
            near = np.argsort(np.minimum.reduceat(from_shards, cells.first_shard[:-1]), kind="stable")
            enough = int(np.searchsorted(np.cumsum(sizes[near]), k + 1)) + 1
            there = np.sort(np.concatenate([lists[one] for one in near[: max(_LISTS, enough)].tolist()]))
            held, asked = vectors[there], vectors[own]
            place = faiss.knn(asked, held, min(k + 1 + _MORE, len(there)))[1]
            away = squared(held[place.ravel()], np.repeat(asked, place.shape[1], axis=0)).reshape(place.shape)
            rows = there[place]
            best = np.lexsort((rows, away), axis=1)[:, : k + 1]
            rows, away = np.take_along_axis(rows, best, 1), np.take_along_axis(away, best, 1)
            neighbours[own], distances[own] = _without(own, rows, np.sqrt(away))
    return neighbours, distances


def _without(own: Rows, rows: Rows, distances: Exact) -> tuple[Rows, Exact]:
    """Leave each vector out of its own neighbours; where many equal ones hide it, the last of them goes."""
    kept = rows != own[:, None]
    kept[kept.all(axis=1), -1] = False
    shape = (len(rows), rows.shape[1] - 1)
    return rows[kept].reshape(shape), distances[kept].reshape(shape)
