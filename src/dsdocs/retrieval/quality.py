"""How good are the searches that the site offers, measured as papers measure them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.label_matrix import label_matrix
from dsdocs.features.embed import stored_embeddings
from dsdocs.project import Project
from dsdocs.retrieval.evaluate import (
    LEVELS,
    MEASURES,
    SEEDS,
    SHARES,
    Relevance,
    Run,
    TooFewError,
    evaluate,
    spread,
)
from dsdocs.views import Cell, Lines, Series, Table, View

MOST_PATCHES = 20_000  # more are drawn from, so that a page takes seconds
MOST_QUERIES = 300
RANDOM = "Random order"
_GROUPS = 12  # panels of the most frequent categories; the table has all of them


@dataclass(frozen=True, slots=True)
class EncoderQuality:
    """How good searches with the vectors of one encoder are."""

    title: str
    runs: tuple[Run, ...]  # each share with each seed

    def of(self, share: float) -> tuple[Run, ...]:
        """Return the runs with a share of queries."""
        return tuple(run for run in self.runs if run.share == share)

    def value(self, share: float, measure: str) -> tuple[float, float] | None:
        """Return mean and standard deviation of a measure over the seeds; None where it is not defined."""
        found = [run.values[measure] for run in self.of(share) if measure in run.values]
        return spread(found) if found else None

    def group(self, share: float, name: str, measure: str) -> tuple[float, float] | None:
        """Return mean and standard deviation of a measure of one group over the seeds in which it was asked for."""
        found = [run.groups[name][measure] for run in self.of(share) if measure in run.groups.get(name, {})]
        return spread(found) if found else None


@dataclass(frozen=True, slots=True)
class RetrievalQuality:
    """How good searches are, for each encoder and for random vectors."""

    encoders: tuple[EncoderQuality, ...]  # as configured; random vectors last; none where nothing can be measured
    rule: str  # what counts as a hit, or why nothing can be measured
    groups: tuple[str, ...]  # categories or labels, most frequent first
    group_word: str  # "category" or "label"
    n_patches: int
    n_all: int  # from which they were drawn
    unseen: bool = False  # whether patches for training were left out

    def views(self) -> tuple[View, ...]:
        """Return a table of all measures, precision against recall, and the figures of each category or label."""
        if not self.encoders:
            return (Table("How good searches are", ("Encoder",), (), f"This could not be measured: {self.rule}."),)
        return (self._table(), self._curves(), self._group_curves(), self._group_table())

    @property
    def best(self) -> EncoderQuality:
        """The encoder with the highest average precision at the middle share of queries."""
        return max(self.encoders[:-1], key=lambda one: (one.value(_MIDDLE, "AP") or (0.0, 0.0))[0])

    def _table(self) -> Table:
        kept = [name for name in MEASURES if any(one.value(_MIDDLE, name) for one in self.encoders)]
        rows = tuple(
            (one.title, f"{100 * share:g} %", *(_written(one.value(share, name)) for name in kept))
            for one in self.encoders
            for share in SHARES
        )
        return Table("How good searches are", ("Encoder", "Queries", *kept), rows, self._finding())

    def _finding(self) -> str:
        best, chance = self.best, self.encoders[-1]
        ours, theirs = best.value(_MIDDLE, "AP"), chance.value(_MIDDLE, "AP")
        if ours is None or theirs is None:
            return ""
        drawn = "" if self.n_patches == self.n_all else f" of {self.n_patches:,} patches drawn from {self.n_all:,}"
        return (
            f"With {100 * _MIDDLE:g} % of the patches as queries{drawn}, searches with {best.title} reach an average "
            f"precision of {ours[0]:.3f}; in random order it is {theirs[0]:.3f}. A hit has {self.rule} with its query. "
            f"Mean and standard deviation over {len(SEEDS)} draws of queries."
            + (" Patches for training take no part: networks that learnt from them know their labels." * self.unseen)
        )

    def _curves(self) -> Lines:
        series = []
        for one in self.encoders[:-1]:
            drawn = np.array([run.precision for run in one.of(_MIDDLE)])
            series.append(_series(one.title, drawn))
        return Lines(
            "Precision against recall", "recall", LEVELS, tuple(f"{level:g}" for level in LEVELS), tuple(series),
            "precision", _mean([run.precision for run in self.encoders[-1].of(_MIDDLE)]), "random order",
            f"Where a curve ends high on the right, most of what is relevant comes first. {100 * _MIDDLE:g} % of the "
            "patches are queries.",
        )  # fmt: skip

    def _group_curves(self) -> Lines:
        best = self.best
        series = []
        for name in self.groups[:_GROUPS]:
            drawn = [run.group_precision[name] for run in best.of(_MIDDLE) if name in run.group_precision]
            if drawn:
                series.append(_series(name, np.array(drawn)))
        return Lines(
            f"Precision against recall by {self.group_word}, {best.title}", "recall", LEVELS,
            tuple(f"{level:g}" for level in LEVELS), tuple(series), "precision",
            _mean([run.precision for run in best.of(_MIDDLE)]), "all queries", self._group_finding(),
        )  # fmt: skip

    def _group_table(self) -> Table:
        best = self.best
        rows: list[tuple[Cell, ...]] = []
        for name in self.groups:
            if (precision := best.group(_MIDDLE, name, "AP")) is None:
                continue
            rank, first = best.group(_MIDDLE, name, "ANMRR"), best.group(_MIDDLE, name, "P@10")
            rows.append((name, _written(precision), _written(first), _written(rank)))
        title = f"Searches by {self.group_word}, {best.title}"
        return Table(title, (self.group_word.capitalize(), "AP", "P@10", "ANMRR"), tuple(rows), self._group_finding())

    def _group_finding(self) -> str:
        found = {name: best[0] for name in self.groups if (best := self.best.group(_MIDDLE, name, "AP"))}
        if len(found) < 2:
            return ""
        high, low = max(found, key=lambda name: found[name]), min(found, key=lambda name: found[name])
        return (
            f"Queries with {high} find most ({found[high]:.3f} average precision), those with {low} least "
            f"({found[low]:.3f})."
        )


_MIDDLE = SHARES[1]


def retrieval_quality(project: Project) -> RetrievalQuality:
    """Measure searches with the vectors of each configured encoder.

    Queries are 5, 10 and 15 percent of the patches of each category, or of all patches where they have labels and no
    category, drawn with five seeds; the others are the database (Qi et al., 2020, sec. 5.2). Patches without a label
    and those that an encoder could not read take no part; nor do those for training, if an encoder was trained on the
    archive in a GPU cell. For comparison, vectors of random numbers are ranked too.

    Raises
    ------
    ValueError
        No patch has a label.
    DsdocsError
        An encoder's vectors are not there yet.
    """
    stored = [stored_embeddings(project, name) for name in project.config.retrieval.encoders]
    valid = np.logical_and.reduce([one.valid for one in stored])
    learnt = any(name.startswith("cell:") for name in project.config.retrieval.encoders)
    if learnt:
        valid &= unseen(project.summary)
    rows, relevance = relevance_of(project.summary, valid)
    if len(rows) > MOST_PATCHES:
        kept = np.sort(np.random.default_rng(0).choice(len(rows), MOST_PATCHES, replace=False))
        rows, relevance = rows[kept], _part(relevance, kept)
    noise = np.random.default_rng(0).normal(size=(len(rows), 8)).astype(np.float32)
    titled = [*((str(one.provenance["title"]), one.vectors[rows]) for one in stored), (RANDOM, noise)]
    word = "category" if relevance.category is not None else "label"
    try:
        encoders = tuple(
            EncoderQuality(
                title,
                tuple(
                    evaluate(vectors, relevance, share=share, seed=seed, most=MOST_QUERIES)
                    for share in SHARES
                    for seed in SEEDS
                ),
            )
            for title, vectors in titled
        )
    except TooFewError as error:  # a page is made of a handful of patches as well
        return RetrievalQuality((), str(error), (), word, len(rows), int(valid.sum()))
    return RetrievalQuality(encoders, relevance.rule, _frequent(relevance), word, len(rows), int(valid.sum()), learnt)


def unseen(summary: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which patches are not for training; where the archive has no splits, which cannot be told, all of them."""
    training = pc.fill_null(pc.equal(summary["split"].cast(pa.string()), "train"), False)
    taken: np.ndarray[tuple[int], np.dtype[np.bool_]] = training.to_numpy(zero_copy_only=False).astype(bool)
    return ~taken


def relevance_of(summary: pa.Table, valid: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Rows, Relevance]:
    """Return the rows of a summary that take part, and what is relevant among them.

    Where every patch has exactly one label, that label is its category; so is the category that the archive states
    beside several labels, as MLRSNet does.
    """
    matrix = label_matrix(summary)
    wanted = (matrix.lengths > 0) & valid[matrix.lines]
    labels = np.zeros((len(matrix.lines), len(matrix.names)), dtype=np.float32)
    labels[np.repeat(np.arange(len(matrix.lines)), matrix.lengths), matrix.codes] = 1
    rows, labels = matrix.lines[wanted], labels[wanted]
    stated = next((name for name in summary.column_names if name.endswith((":category", ":class"))), None)
    if stated is not None and not summary[stated].take(pa.array(rows)).null_count:
        encoded = summary[stated].take(pa.array(rows)).cast(pa.string()).combine_chunks().dictionary_encode()
        names = encoded.dictionary.to_pylist()
        return rows, Relevance(labels, matrix.names, encoded.indices.to_numpy().astype(np.int64), tuple(names))
    if bool((labels.sum(axis=1) == 1).all()):
        return rows, Relevance(labels, matrix.names, labels.argmax(axis=1).astype(np.int64), matrix.names)
    return rows, Relevance(labels, matrix.names)


Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


def _part(relevance: Relevance, kept: Rows) -> Relevance:
    category = None if relevance.category is None else relevance.category[kept]
    return Relevance(relevance.labels[kept], relevance.names, category, relevance.categories)


def _frequent(relevance: Relevance) -> tuple[str, ...]:
    if relevance.category is not None:
        counts = np.bincount(relevance.category, minlength=len(relevance.categories))
    else:
        counts = relevance.labels.sum(axis=0)
    return tuple(relevance.groups[place] for place in np.argsort(-counts, kind="stable"))


def _series(name: str, drawn: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Series:
    pairs = [spread(column.tolist()) for column in drawn.T]
    return Series(name, tuple(mean for mean, _ in pairs), tuple(deviation for _, deviation in pairs))


def _mean(curves: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(float(value) for value in np.mean(curves, axis=0))


def _written(value: tuple[float, float] | None) -> Cell:
    return None if value is None else f"{value[0]:.3f} ± {value[1]:.3f}"
