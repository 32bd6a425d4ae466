"""Exact nearest neighbours by Euclidean distance: what an index is measured against, and what ranks what it found.

Distances are summed in float64, one dimension after the other, so that another program which does the same (the page
does) gets the same bits, whatever vector units, threads or blocks there are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float32]
Exact = NDArray[np.float64]
Rows = NDArray[np.int64]

_CELLS = 1 << 24  # of a block of approximate distances: 64 MB
# Of |query|² + |vector|²: how far a squared distance by a matrix product in float32 is off, at most. The bound grows
# with the square root of the dimensions in practice; this is some fifty times what 2,048 dimensions show.
_OFF = 1e-5


def squared(vectors: NDArray[np.floating], query: NDArray[np.floating]) -> Exact:
    """Return the squared distances (n,) of vectors (n, d) to a query (d,), or to one query (n, d) each."""
    total = np.zeros(len(vectors))
    for axis in range(vectors.shape[1]):
        step = vectors[:, axis].astype(np.float64) - query[..., axis].astype(np.float64)
        total += step * step
    return total


def nearest(distance: Exact, rows: Rows, k: int) -> Rows:
    """Return the places of the `k` smallest distances, equal ones by row."""
    return np.lexsort((rows, distance))[:k]


def exact_search(vectors: Reals, queries: Reals, k: int, *, cells: int = _CELLS) -> tuple[Rows, Exact]:
    """Return rows and distances of the nearest vectors of each query.

    Parameters
    ----------
    vectors
        The data (n, d).
    queries
        What is searched for (q, d).
    k
        Neighbours of each query; there must be as many vectors.
    cells
        Distances that are held at a time.

    Returns
    -------
    tuple
        Rows (q, k) and Euclidean distances (q, k), nearest first, equal distances by row.

    Raises
    ------
    ValueError
        There are fewer than `k` vectors.
    """
    if not 0 < k <= len(vectors):
        raise ValueError(f"{k} neighbours asked for, of {len(vectors)} vectors")
    middle = vectors.mean(axis=0, dtype=np.float64)
    centred = (vectors - middle).astype(np.float32)
    asked = (queries - middle).astype(np.float32)
    size = np.einsum("ij,ij->i", centred, centred)
    rows = np.empty((len(queries), k), dtype=np.int64)
    distances = np.empty((len(queries), k))
    step = max(1, cells // len(vectors))
    for start in range(0, len(queries), step):
        block = slice(start, start + step)
        own = np.einsum("ij,ij->i", asked[block], asked[block])
        about = size[None, :] - 2.0 * (asked[block] @ centred.T) + own[:, None]
        # All that can be among the first k, given how far a float32 product can be off; float64 decides between them.
        bound = np.partition(about, k - 1, axis=1)[:, k - 1] + 2 * _OFF * (own + size.max())
        query, row = np.nonzero(about <= bound[:, None])
        distance = squared(vectors[row], queries[block][query])
        order = np.lexsort((row, distance, query))
        first = np.searchsorted(query[order], np.arange(len(own)))
        best = order[first[:, None] + np.arange(k)]
        rows[block], distances[block] = row[best], np.sqrt(distance[best])
    return rows, distances
