"""How many of the truly nearest patches an index finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsdocs.retrieval.exact import Reals, Rows, exact_search, squared
from dsdocs.retrieval.quantise import sample_of
from dsdocs.retrieval.read import Files
from dsdocs.retrieval.search import search

QUERIES = 200
AT = 10


@dataclass(frozen=True, slots=True)
class Recall:
    """Share of the `AT` nearest patches that are found, over sampled patches as queries, themselves left out."""

    at: int
    queries: int
    searched: float  # by a search with the vector of the patch
    neighbours: float  # among the neighbours that are stored
    most_bytes: int  # of the files of one search


def measure_recall(files: Files, vectors: Reals, rows: Rows, seed: int) -> Recall:
    """Search for sampled patches, and compare with an exact search of the vectors as they were before rounding.

    Parameters
    ----------
    files
        The files of the index.
    vectors
        The vectors (v, d) as the encoder gave them.
    rows
        Explorer row (v,) of each.
    seed
        Of the sample.
    """
    asked = sample_of(len(rows), seed, QUERIES)
    at = min(AT, len(rows) - 1)
    if at < 1:
        return Recall(AT, 0, 1.0, 1.0, 0)
    _, distances = exact_search(vectors, vectors[asked], at + 1)
    hits, near, most = 0, 0, 0
    for number, one in enumerate(asked.tolist()):
        found = search(files, vectors[one], at, exclude=[int(rows[one])])
        # A patch as far away as the last of the nearest is as good as that; the query itself is the first, at 0.
        limit = distances[number, at] * (1 + 1e-6)
        hits += _within(vectors, rows, found.rows, vectors[one], limit)
        near += _within(vectors, rows, files.neighbours(int(rows[one]))[0][:at], vectors[one], limit)
        most = max(most, found.steps.bytes)
    return Recall(at, len(asked), hits / at / len(asked), near / at / len(asked), most)


def _within(vectors: Reals, rows: Rows, found: Rows, query: NDArray[np.float32], limit: float) -> int:
    return int((np.sqrt(squared(vectors[np.searchsorted(rows, found)], query)) <= limit).sum())
