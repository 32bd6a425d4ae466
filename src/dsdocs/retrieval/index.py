"""Make an index: lists, shards, and codes of what is left of a vector beside the centroid of its shard.

faiss trains and assigns, on one thread and from a seed: the same vectors give the same index.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from dsdocs.retrieval.cells import cells_of, one_thread
from dsdocs.retrieval.exact import Reals, Rows
from dsdocs.retrieval.model import LOW_BITS, Index, Options, Quantiser
from dsdocs.retrieval.quantise import encode, rotation_of, sample_of, train_codebooks

_FLAT = 10_000  # vectors below which there are no codes
_LIST = 768  # vectors of a list, on average
_SHARD = 116  # vectors of a shard, on average
_SMALL_BYTES = 32_768  # of a list without codes, about
_CODE = 12  # bytes of a code
_BLOCK = 65_536  # vectors that are encoded at a time
_BITS, _LARGEST = 14, 32_767
_OF_CODES = 0.33  # share of the bytes of a search that codes take; see benchmarks/README.md
_RERANK = 300
_HIGH_BITS = 3  # of the spread of an axis that gzip is given


def options_for(n: int, dimensions: int, seed: int, search_bytes: int) -> Options:
    """Return how an index of so many vectors is made: lists of one size, so that a search reads as much of any."""
    if n < _FLAT:
        rows = max(16, _SMALL_BYTES // (4 * dimensions))
        return Options(max(1, -(-n // rows)), 0, rows, 0, search_bytes, 0, seed)
    code = min(_CODE, dimensions)
    return Options(-(-n // _LIST), code, _SHARD, int(_OF_CODES * search_bytes), search_bytes, _RERANK, seed)


def build_index(vectors: Reals, options: Options) -> Index:
    """Put vectors into lists and shards, and make their codes.

    Parameters
    ----------
    vectors
        The data (n, d), finite.
    options
        See `options_for`.
    """
    with one_thread():
        cells = cells_of(vectors, options)
        centroids = np.stack(
            [
                vectors[cells.order[first:last]].mean(axis=0, dtype=np.float64)
                for first, last in pairwise(cells.shard_starts.tolist())
            ]
        ).astype(np.float32)
        if not options.code_bytes:
            none = np.empty((len(vectors), 0), dtype=np.uint8)
            return Index(cells, centroids, vectors, None, 0.0, np.empty(0, dtype=np.int64), none)
        member = np.repeat(np.arange(len(cells.sizes)), cells.sizes)
        some = sample_of(len(vectors), options.seed)
        rotation = rotation_of(vectors[cells.order[some]] - centroids[member[some]], options.code_bytes)
        # What is published is rounded: all that follows is made with that, as a reader has it.
        published = vectors @ rotation.T
        step = step_of(published)
        published = np.rint(published / np.float32(step)) * np.float32(step)
        centroids = np.rint(centroids @ rotation.T / np.float32(step)) * np.float32(step)
        left = published[cells.order[some]] - centroids[member[some]]
        books = train_codebooks(left, options.code_bytes, options.seed)
        quantiser = Quantiser(rotation, books)
        codes = np.empty((len(vectors), options.code_bytes), dtype=np.uint8)
        for start in range(0, len(vectors), _BLOCK):
            block = slice(start, start + _BLOCK)
            codes[block] = encode(quantiser, published[cells.order[block]] - centroids[member[block]])
        return Index(cells, centroids, published, quantiser, step, low_bits(left, step), codes)


def step_of(vectors: Reals) -> float:
    """Return the power of two that values are rounded to: 2**-14 of the usual length, and 16 bits hold the largest."""
    usual = float(np.sqrt(np.einsum("ij,ij->i", vectors, vectors).mean(dtype=np.float64)))
    largest = float(np.abs(vectors).max())
    if largest == 0:
        return 1.0
    return float(2.0 ** max(round(math.log2(usual)) - _BITS, math.ceil(math.log2(largest / _LARGEST))))


def low_bits(left: Reals, step: float) -> Rows:
    """Return how many bits of each axis are noise, which gzip cannot shorten: all but the highest few of the spread."""
    spread = left.std(axis=0, dtype=np.float64) / step
    found: Rows = np.floor(np.log2(np.maximum(spread, 1))).astype(np.int64) - _HIGH_BITS
    return np.clip(found, 0, LOW_BITS)
