"""How good are the classifiers on patches that they have not seen?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from dsdocs.classify.decisions import AVERAGES, Quality, baselines, decided, quality, single_label
from dsdocs.classify.scores import ClassifierScores, Model
from dsdocs.metrics import average_precision, precision_recall_f
from dsdocs.views import Bars, Cell, Lines, Series, Table, View

_COLUMNS = ("Precision", "Recall", "F1", "F2", "AP")


@dataclass(frozen=True, slots=True)
class ClassifierMeasures:
    """Measures of all networks and of two baselines, under three averages."""

    rows: tuple[tuple[str, float | None, Quality], ...]  # name, threshold (None: the highest score), measures
    n_test: int

    def views(self) -> tuple[View, ...]:
        """Return a table."""
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                name, one.average, None if threshold is None else f"{threshold:g}",
                *(round(value, 3) for value in (one.precision, one.recall, one.f1, one.f2, one.ap)),
            )
            for name, threshold, one in self.rows
        )  # fmt: skip
        finding = (
            f"{self.n_test:,} test patches. Each threshold is the one with the best micro F1 on the patches for "
            "validation; AP needs none, and neither does a model that gives one class to each patch."
        )
        return (Table("Measures of the test patches", ("Model", "Average", "Threshold", *_COLUMNS), rows, finding),)


@dataclass(frozen=True, slots=True)
class ClassMeasures:
    """Measures of one network, class by class."""

    title: str  # of the network
    threshold: float | None  # None: the highest score decides
    rows: tuple[tuple[str, float, int, float, float, float, float, float], ...]
    # class, share for training, test patches, precision, recall, F1, F2, AP

    def views(self) -> tuple[View, ...]:
        """Return AP of each class as bars, and all measures as a table."""
        best = max(self.rows, key=lambda row: row[7])
        worst = min(self.rows, key=lambda row: row[7])
        finding = f"AP is highest for {best[0]} ({best[7]:.3f}) and lowest for {worst[0]} ({worst[7]:.3f})."
        table: tuple[tuple[Cell, ...], ...] = tuple(
            (name, round(100 * share, 1), n, *(round(value, 3) for value in rest))
            for name, share, n, *rest in self.rows
        )
        decision = "the highest score" if self.threshold is None else f"{self.threshold:g}"
        columns = ("Class", "In training (%)", "Test patches", *_COLUMNS)
        return (
            Bars(
                f"{self.title}: average precision by class", tuple(row[0] for row in self.rows),
                tuple(round(row[7], 3) for row in self.rows), "AP", finding,
            ),
            Table(f"{self.title}: measures by class", columns, table, f"Decisions from {decision}."),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrainingHistory:
    """How training went."""

    models: tuple[Model, ...]

    def views(self) -> tuple[View, ...]:
        """Return the average precision of the patches for validation, and the losses, by epoch."""
        longest = max(len(model.history) for model in self.models)
        places = tuple(float(epoch) for epoch in range(1, longest + 1))
        names = tuple(str(epoch) for epoch in range(1, longest + 1))
        nothing = (None,) * longest

        def series(column: int, models: Sequence[Model]) -> tuple[Series, ...]:
            return tuple(
                Series(
                    model.title,
                    tuple(value for value, _ in zip_longest((round(e[column], 4) for e in model.history), places)),
                    nothing,
                    f"best epoch {model.training['best_epoch']}",
                )
                for model in models
            )

        # The losses of sigmoids and of a softmax are on different scales.
        alike = [model for model in self.models if model.activation == self.models[0].activation]

        best = max(self.models, key=lambda model: max(epoch[2] for epoch in model.history))
        finding = f"{best.title} reaches {max(epoch[2] for epoch in best.history):.3f} on the patches for validation."
        return (
            Lines(
                "Average precision, micro, by epoch",
                "epoch",
                places,
                names,
                series(2, self.models),
                "",
                summary=finding,
            ),
            Lines("Loss of the patches for training, by epoch", "epoch", places, names, series(0, alike), ""),
            Lines("Loss of the patches for validation, by epoch", "epoch", places, names, series(1, alike), ""),
        )


def classifier_measures(scores: ClassifierScores) -> ClassifierMeasures:
    """Measure all networks and two baselines on the test patches: precision, recall, F1, F2 and average precision."""
    rows: list[tuple[str, float | None, Quality]] = []
    for average in AVERAGES:
        rows += baselines(scores, average)
    for model in scores.models:
        test = scores.of(model.name)
        given, threshold = decided(test, model.threshold), None if single_label(test) else model.threshold
        for average in AVERAGES:
            rows.append((model.title, threshold, quality(test.truth, given, test.probabilities, average)))
    rows.sort(key=lambda row: AVERAGES.index(row[2].average))
    return ClassifierMeasures(tuple(rows), len(scores.of(scores.models[0].name).ids))


def class_measures(scores: ClassifierScores, model: str) -> ClassMeasures:
    """Measure one network class by class; classes without a test patch are left out.

    Classes are sorted by the number of their test patches, equal numbers by name.
    """
    test = scores.of(model)
    given, probabilities = decided(test, test.model.threshold), test.probabilities
    counts = test.truth.sum(axis=0, dtype=np.int64)
    rows: list[Any] = []
    for place in sorted(np.flatnonzero(counts), key=lambda place: (-counts[place], test.classes[place])):
        column = slice(place, place + 1)
        truth = test.truth[:, column]
        one = precision_recall_f(truth, given[:, column], average="micro")
        two = precision_recall_f(truth, given[:, column], average="micro", beta=2)
        ap = average_precision(truth, probabilities[:, column], average="micro")
        rows.append(
            (
                test.classes[place], scores.frequency[place], int(counts[place]),
                one.precision, one.recall, one.f, two.f, ap,
            )
        )  # fmt: skip
    return ClassMeasures(test.model.title, None if single_label(test) else test.model.threshold, tuple(rows))


def training_history(scores: ClassifierScores) -> TrainingHistory:
    """Return how the training of each network went, epoch by epoch."""
    return TrainingHistory(scores.models)
