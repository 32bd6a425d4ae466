"""From which score on does a label count as predicted, and what follows from it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsdocs.classify.scores import ClassifierScores
from dsdocs.metrics import precision_recall_f
from dsdocs.metrics.arrays import Average
from dsdocs.views import Lines, Series, View

GRID = tuple(round(0.05 * step, 2) for step in range(1, 20))


@dataclass(frozen=True, slots=True)
class ThresholdSweep:
    """Precision, recall, F1 and F2 of the test patches for each threshold."""

    title: str  # of the network
    average: Average
    thresholds: tuple[float, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    f2: tuple[float, ...]
    chosen: float  # on the patches for validation, by micro F1

    def views(self) -> tuple[View, ...]:
        """Return four lines."""
        named = (("Precision", self.precision), ("Recall", self.recall), ("F1", self.f1), ("F2", self.f2))
        nothing = (None,) * len(self.thresholds)
        best = int(np.argmax(self.f1))
        finding = (
            f"F1 is highest at {self.thresholds[best]:g} with {self.f1[best]:.3f}; patches for validation, which have "
            f"no part in these lines, say {self.chosen:g}. Averages: {self.average}."
        )
        return (
            Lines(
                f"{self.title}: measures by threshold", "threshold", self.thresholds,
                tuple(f"{value:g}" for value in self.thresholds),
                tuple(Series(name, tuple(round(value, 4) for value in values), nothing) for name, values in named),
                "", summary=finding,
            ),
        )  # fmt: skip


def threshold_sweep(scores: ClassifierScores, model: str, *, average: Average = "micro") -> ThresholdSweep:
    """Measure the test patches at each threshold from 0.05 to 0.95; a label at the threshold counts as predicted."""
    test = scores.of(model)
    given = test.probabilities
    rows = []
    for threshold in GRID:
        one = precision_recall_f(test.truth, given >= threshold, average=average)
        two = precision_recall_f(test.truth, given >= threshold, average=average, beta=2)
        rows.append((one.precision, one.recall, one.f, two.f))
    precision, recall, f1, f2 = zip(*rows, strict=True)
    return ThresholdSweep(test.model.title, average, GRID, precision, recall, f1, f2, test.model.threshold)


def best_threshold(truth: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> float:
    """Return the threshold of the grid with the highest micro F1; of equal ones, the nearest to 0.5, then the lower."""
    found = {value: precision_recall_f(truth, probabilities >= value, average="micro").f for value in GRID}
    return min(GRID, key=lambda value: (-found[value], abs(value - 0.5), value))
