"""Which labels does a classifier miss, and which does it give instead?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsdocs.classify.decisions import decided, single_label
from dsdocs.classify.scores import ClassifierScores
from dsdocs.views import Heatmap, View


@dataclass(frozen=True, slots=True, eq=False)
class CoErrors:
    """Errors of a network by pairs of classes."""

    title: str  # of the network
    classes: tuple[str, ...]  # that the test patches have or were given, in the order of the network
    # With several labels: test patches in which the class of the row was missed and that of the column was given
    # wrongly; the diagonal is 0. With one: test patches of the class of the row that were given that of the column.
    counts: NDArray[np.int64]
    single: bool

    def views(self) -> tuple[View, ...]:
        """Return the table as a map of colours."""
        values = tuple(
            tuple(None if not self.single and row == column else int(value) for column, value in enumerate(line))
            for row, line in enumerate(self.counts)
        )
        wrong = self.counts.copy()
        np.fill_diagonal(wrong, 0)
        row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
        pair = f"{self.classes[row]} missed and {self.classes[column]} given"
        finding = f"Most often: {pair}, in {wrong[row, column]:,} patches." if wrong.any() else "There is none."
        what = "confusion" if self.single else "missed and wrongly given together"
        unit = "test patches" if self.single else "test patches: the row was missed, the column given wrongly"
        return (Heatmap(f"{self.title}: {what}", self.classes, self.classes, values, unit, finding),)


def co_errors(scores: ClassifierScores, model: str) -> CoErrors:
    """Count the errors of a network on the test patches by pairs of classes."""
    test = scores.of(model)
    truth, given = test.truth.astype(bool), decided(test, test.model.threshold)
    single = single_label(test)
    left, right = (truth, given) if single else (truth & ~given, given & ~truth)
    counts = left.T.astype(np.int64) @ right.astype(np.int64)
    there = np.flatnonzero(truth.any(axis=0) | given.any(axis=0))
    names = tuple(test.classes[place] for place in there)
    return CoErrors(test.model.title, names, counts[np.ix_(there, there)], single)
