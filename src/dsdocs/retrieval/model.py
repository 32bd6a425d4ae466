"""An index of vectors as its files have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsdocs.retrieval.exact import Reals, Rows

CODES = 256  # words of a codebook: one byte each
LOW_BITS = 16  # of a number in steps that are stored as they are, at most


@dataclass(frozen=True, slots=True)
class Options:
    """How an index is made, and how much of it a search may read."""

    lists: int
    code_bytes: int  # of a vector; 0: there are no codes, and lists are compared exactly
    shard_rows: int  # vectors of a file, on average
    list_bytes: int  # that a search reads of codes
    search_bytes: int  # that it reads in all
    rerank: int  # candidates that decide which exact vectors are read
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Quantiser:
    """Codes of residuals: a rotation, and a codebook for each run of its dimensions."""

    rotation: Reals  # (m * s, d), orthonormal columns: dimensions beyond d are zero
    codebooks: Reals  # (m, 256, s)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Vectors in lists, and each list in shards of near ones."""

    shards: Rows  # (lists,) shards of each list, one at least
    sizes: Rows  # (shards,) vectors of each shard, one at least
    order: Rows  # (n,) number of the vector at each place: list by list, shard by shard, ascending in a shard

    @property
    def shard_starts(self) -> Rows:
        """First place of each shard, and the number of all places (shards + 1,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @property
    def first_shard(self) -> Rows:
        """Number of the first shard of each list, and the number of all shards (lists + 1,)."""
        return np.concatenate([[0], np.cumsum(self.shards)])

    @property
    def starts(self) -> Rows:
        """First place of each list, and the number of all places (lists + 1,)."""
        return self.shard_starts[self.first_shard]


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Vectors in cells, and codes of what is left when the centroid of their shard is taken away."""

    cells: Cells
    centroids: Reals  # (shards, d), or (shards, m * s) along the axes of the codes
    published: Reals  # (n, d) or (n, m * s): the vectors in their own order, as they are compared exactly
    quantiser: Quantiser | None
    step: float  # of which centroids and vectors are whole multiples where there is a quantiser
    low_bits: Rows  # (m * s,) bits of what a vector has beyond its centroid that are stored as they are; none without
    codes: NDArray[np.uint8]  # (n, m) in the order of the cells; m is 0 without a quantiser
