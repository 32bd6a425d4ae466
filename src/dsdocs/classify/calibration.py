"""Does a score of 0.8 mean that the label is right in eight of ten cases?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsdocs.classify.scores import ClassifierScores
from dsdocs.views import Distribution, Histograms, Lines, Number, Numbers, Series, View

BINS = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores against how often they are right, in bins of one width; each cell of patch and class counts once."""

    title: str  # of the network
    counts: tuple[int, ...]  # cells in each bin
    mean: tuple[float | None, ...]  # score; None: no cell
    observed: tuple[float | None, ...]  # share of cells whose label is right
    ece: float  # expected calibration error (Guo et al., 2017, eq. 3), over cells
    largest: float  # largest gap of a bin (ibid., eq. 5)

    def views(self) -> tuple[View, ...]:
        """Return the two errors, the diagram, and how many cells each bin has."""
        n = len(self.counts)
        places = tuple(round((number + 0.5) / n, 4) for number in range(n))
        names = tuple(f"{number / n:g} to {(number + 1) / n:g}" for number in range(n))
        nothing = (None,) * n
        return (
            Numbers(
                f"{self.title}: calibration",
                (
                    Number("Expected calibration error", round(self.ece, 4)),
                    Number("Largest gap of a bin", round(self.largest, 4)),
                ),
            ),
            Lines(
                f"{self.title}: scores and how often they are right", "score", places, names,
                (Series("Right labels", tuple(_rounded(value) for value in self.observed), nothing),),
                "", tuple(_rounded(value) for value in self.mean), "mean score",
                summary=f"Scores differ from the share of right labels by {self.ece:.3f} on average over cells.",
            ),
            Histograms(
                f"{self.title}: scores", "", "cells",
                (Distribution("All classes", 0.0, 1 / n, self.counts),),
            ),
        )  # fmt: skip


def calibration(scores: ClassifierScores, model: str, *, bins: int = BINS) -> Calibration:
    """Compare the scores of the test patches with the truth.

    Parameters
    ----------
    scores
        The scores.
    model
        Name of the network.
    bins
        Bins of equal width; a score of 1 belongs to the last one.

    Returns
    -------
    Calibration
        The sigmoid of each class is a statement of its own, so every cell of patch and class is a case; with a
        softmax, this counts the small scores of wrong classes as well.
    """
    test = scores.of(model)
    given = test.probabilities.astype(np.float64).ravel()
    truth = test.truth.ravel()
    place = np.minimum((given * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    some = counts > 0
    mean = np.bincount(place, given, bins)[some] / counts[some]
    observed = np.bincount(place, truth, bins)[some] / counts[some]
    gaps = np.abs(mean - observed)

    def spread(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float | None, ...]:
        each = iter(values.tolist())
        return tuple(next(each) if there else None for there in some)

    ece = float((gaps * counts[some]).sum() / len(given))
    return Calibration(test.model.title, tuple(counts.tolist()), spread(mean), spread(observed), ece, float(gaps.max()))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
