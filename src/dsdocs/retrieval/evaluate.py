"""How good is a search? Queries drawn from the data set itself, ranked against the rest, and measured as papers do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

RANKS = (10, 50, 100, 500)  # of P@k, as Qi et al. (2020, Table 9)
MEASURES = ("P@10", "P@50", "P@100", "P@500", "AP", "mean P@1..100", "ANMRR", "NDCG@100")
LEVELS = tuple(round(0.05 * step, 2) for step in range(21))  # of recall, where precision is read off
SHARES = (0.05, 0.1, 0.15)  # of the patches of each category that are queries, as Qi et al. (2020, sec. 5.2)
SEEDS = (0, 1, 2, 3, 4)
_BLOCK = 64  # queries that are ranked at a time


class TooFewError(ValueError):
    """There are too few patches, or too few with the same labels, to measure anything."""


@dataclass(frozen=True, slots=True, eq=False)
class Relevance:
    """What counts as a hit.

    A result is a hit if it shares the query's category, or, where there are no categories, at least one label. How
    relevant it is in NDCG is the number of labels in common; with categories alone it is 1 or 0.
    """

    labels: NDArray[np.float32]  # (n, classes) 0 or 1
    names: tuple[str, ...]  # of the classes
    category: NDArray[np.int64] | None = None  # (n,) number of the category of each patch
    categories: tuple[str, ...] = ()

    def gains(self, queries: NDArray[np.int64], database: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how relevant each patch of the database is for each query, (queries, database)."""
        if self.labels.shape[1]:
            return self.labels[queries] @ self.labels[database].T
        return self.hits(queries, database).astype(np.float32)

    def hits(self, queries: NDArray[np.int64], database: NDArray[np.int64]) -> Flags:
        """Return whether each patch of the database is a hit, (queries, database)."""
        if self.category is not None:
            same: Flags = self.category[queries][:, None] == self.category[database][None, :]
            return same
        shared: Flags = self.gains(queries, database) > 0
        return shared

    @property
    def rule(self) -> str:
        """What counts as a hit, in words."""
        return "the same category" if self.category is not None else "at least one label in common"

    @property
    def groups(self) -> tuple[str, ...]:
        """The names under which results are told apart: categories, or else classes."""
        return self.categories if self.category is not None else self.names

    def members(self, group: int, rows: NDArray[np.int64]) -> Flags:
        """Return which of the rows belong to a group."""
        if self.category is not None:
            return np.equal(self.category[rows], group)
        having: Flags = self.labels[rows, group] > 0
        return having


@dataclass(frozen=True, slots=True)
class Run:
    """One draw of queries, each ranked against all patches that are not queries."""

    share: float  # of the patches that are queries
    seed: int
    n_queries: int  # without those of which the database holds nothing relevant
    n_database: int
    n_without: int  # queries left out, because nothing in the database is relevant for them
    values: Mapping[str, float]  # one for each of MEASURES; P@k is missing where the database is smaller than k
    precision: tuple[float, ...]  # interpolated, at LEVELS of recall, mean over queries
    chance: float  # mean share of the database that is relevant: the precision of a random order
    groups: Mapping[str, Mapping[str, float]]  # group -> "queries", "AP", "ANMRR", "P@10"
    group_precision: Mapping[str, tuple[float, ...]]


def evaluate(vectors: Vectors, relevance: Relevance, *, share: float, seed: int, most: int | None = None) -> Run:
    """Rank the database for a share of the patches and measure the rankings.

    The patches that are queries are drawn from each category, at least one from each; without categories from all
    patches. Distances are Euclidean; equal ones are ordered by row. In a group's figures hits are what they are
    elsewhere, over the queries that belong to it.

    Parameters
    ----------
    vectors
        (n, d), one for each patch.
    relevance
        Of the same patches.
    share
        Part of the patches that are queries, more than 0 and less than 1.
    seed
        Of the draw.
    most
        Queries that are ranked at most; the others are left out of both queries and database.

    Raises
    ------
    ValueError
        The share is none, there are too few patches, or nothing is relevant for any query.
    """
    if not 0 < share < 1:
        raise ValueError(f"a share of queries of {share}; expected more than 0 and less than 1")
    queries, database = _drawn(len(vectors), relevance, share, seed)
    if not len(database):
        raise TooFewError(f"{len(vectors)} patches are too few: all of them would be queries")
    if most is not None and len(queries) > most:
        queries = np.sort(np.random.default_rng(seed).choice(queries, most, replace=False))
    totals = np.concatenate([relevance.hits(block, database).sum(axis=1) for block in _blocks(queries)])
    asked, totals = queries[totals > 0], totals[totals > 0]
    if not len(asked):
        raise TooFewError("nothing in the database is relevant for any query")
    measured = _Measured(int(totals.max()), len(database))
    for block in _blocks(asked):
        order = np.argsort(distances(vectors[block], vectors[database]), axis=1, kind="stable")
        hits = np.take_along_axis(relevance.hits(block, database), order, axis=1)
        gains = np.take_along_axis(relevance.gains(block, database), order, axis=1)
        measured.add(hits, gains)
    figures, curves = measured.result()
    groups: dict[str, Mapping[str, float]] = {}
    group_curves: dict[str, tuple[float, ...]] = {}
    for number, name in enumerate(relevance.groups):
        own = relevance.members(number, asked)
        if own.any():
            picked: dict[str, float] = {
                key: float(figures[key][own].mean()) for key in ("AP", "ANMRR", "P@10") if key in figures
            }
            groups[name] = {"queries": float(own.sum()), **picked}
            group_curves[name] = _listed(curves[own].mean(axis=0))
    return Run(
        share, seed, len(asked), len(database), len(queries) - len(asked),
        {key: float(values.mean()) for key, values in figures.items()},
        _listed(curves.mean(axis=0)), float((totals / len(database)).mean()), groups, group_curves,
    )  # fmt: skip


def distances(queries: Vectors, database: Vectors) -> Reals:
    """Return squared Euclidean distances, (queries, database), in float64."""
    ours, theirs = queries.astype(np.float64), database.astype(np.float64)
    products: Reals = ours @ theirs.T
    squares: Reals = (ours**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1)[None, :]
    return squares - 2 * products


def _drawn(n: int, relevance: Relevance, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    everyone = np.arange(n)
    if relevance.category is None:
        parts = [everyone]
    else:
        parts = [np.flatnonzero(relevance.category == group) for group in range(len(relevance.categories))]
    drawn = [generator.choice(part, max(1, round(share * len(part))), replace=False) for part in parts if len(part)]
    chosen = np.zeros(n, dtype=bool)
    chosen[np.concatenate(drawn)] = True
    return everyone[chosen], everyone[~chosen]


def _blocks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), _BLOCK):
        yield rows[start : start + _BLOCK]


class _Measured:
    """The measures of rankings, block by block; the definitions are those of `dsdocs.metrics.retrieval`."""

    def __init__(self, most_relevant: int, n_database: int) -> None:
        self.most_relevant = most_relevant
        self.ranks = np.arange(1, n_database + 1)
        self.found: dict[str, list[Reals]] = {}
        self.curves: list[Reals] = []

    def add(self, hits: Flags, gains: NDArray[np.float32]) -> None:
        """Take in rankings, best first: whether each result is a hit, and its gain; (queries, database) both."""
        totals = hits.sum(axis=1)
        running: NDArray[np.int64] = np.cumsum(hits, axis=1)
        precision: Reals = running / self.ranks
        for k in RANKS:
            if k <= len(self.ranks):
                self._keep(f"P@{k}", precision[:, k - 1])
        self._keep("AP", (precision * hits).sum(axis=1) / totals)
        first = np.concatenate((precision, running[:, -1:] / np.arange(len(self.ranks) + 1, 101)), axis=1)
        self._keep("mean P@1..100", first[:, :100].mean(axis=1))
        self._keep("ANMRR", self._nmrr(hits, totals))
        self._keep("NDCG@100", _ndcg(gains, 100))
        self.curves.append(_interpolated(precision, running, totals))

    def result(self) -> tuple[dict[str, Reals], Reals]:
        """Return each measure of each query, and the interpolated precision (queries, LEVELS)."""
        figures = {key: np.concatenate(found) for key, found in self.found.items()}
        return {key: figures[key] for key in MEASURES if key in figures}, np.concatenate(self.curves)

    def _keep(self, key: str, values: Reals) -> None:
        self.found.setdefault(key, []).append(values)

    def _nmrr(self, hits: Flags, totals: NDArray[np.int64]) -> Reals:
        last = np.minimum(4 * totals, 2 * self.most_relevant)
        near = hits & (self.ranks[None, :] <= last[:, None])
        sums = (near * self.ranks).sum(axis=1)
        mean = (sums + 1.25 * last * (totals - near.sum(axis=1))) / totals
        return np.asarray((mean - 0.5 - 0.5 * totals) / (1.25 * last - 0.5 - 0.5 * totals))


def _ndcg(gains: NDArray[np.float32], k: int) -> Reals:
    width = min(k, gains.shape[1])
    discount = 1 / np.log2(np.arange(2, width + 2))
    best = -np.sort(-gains, axis=1)[:, :width]
    ideal = best @ discount  # 0 where no patch of the same category has a label in common
    return np.divide(gains[:, :width] @ discount, ideal, out=np.zeros(len(ideal)), where=ideal > 0)


def _interpolated(precision: Reals, running: NDArray[np.int64], totals: NDArray[np.int64]) -> Reals:
    """Return the highest precision at any rank whose recall is at least the level (Manning et al., 2008, eq. 8.7)."""
    highest = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recall = running / totals[:, None]
    found = np.empty((len(totals), len(LEVELS)))
    for place, level in enumerate(LEVELS):
        rank = np.argmax(recall >= level - 1e-12, axis=1)  # the first rank with that recall; 1.0 is always reached
        found[:, place] = highest[np.arange(len(totals)), rank]
    return found


def _listed(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and sample standard deviation; one value has a deviation of 0."""
    array = np.asarray(values, dtype=np.float64)
    return float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else 0.0
