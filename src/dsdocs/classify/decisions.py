"""Which labels a network gives a patch, and what it takes to beat it without looking at a single pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsdocs.classify.scores import ClassifierScores, ModelScores
from dsdocs.classify.thresholds import best_threshold
from dsdocs.metrics import average_precision, precision_recall_f
from dsdocs.metrics.arrays import Average, Truth

AVERAGES: tuple[Average, ...] = ("micro", "macro", "samples")


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of the test patches under one average."""

    average: Average
    precision: float
    recall: float
    f1: float
    f2: float
    ap: float


def single_label(part: ModelScores) -> bool:
    """Whether each patch has one label and the network knows it: the highest score decides, not a threshold."""
    return part.model.activation == "softmax" and bool((part.truth.sum(axis=1) == 1).all())


def decided(part: ModelScores, threshold: float) -> Truth:
    """Return the labels given to each patch (n, classes): from the threshold on, or the highest score alone.

    Of equally high scores, the first class wins.
    """
    if not single_label(part):
        return part.probabilities >= threshold
    return one_hot(part.scores.argmax(axis=1), len(part.classes))


def quality(truth: NDArray[Any], given: Truth, scores: NDArray[Any], average: Average) -> Quality:
    """Measure decisions and the scores that they come from."""
    one = precision_recall_f(truth, given, average=average)
    two = precision_recall_f(truth, given, average=average, beta=2)
    return Quality(average, one.precision, one.recall, one.f, two.f, average_precision(truth, scores, average=average))


def one_hot(places: NDArray[Any], classes: int) -> Truth:
    """Return a table (n, classes) that is true at one place of each row."""
    table = np.zeros((len(places), classes), dtype=bool)
    table[np.arange(len(places)), places] = True
    return table


def frequency_scores(scores: ClassifierScores, n: int) -> NDArray[np.float32]:
    """Return, for each of n patches, the share of the patches for training that have each class: a baseline."""
    return np.tile(np.asarray(scores.frequency, dtype=np.float32), (n, 1))


def baselines(scores: ClassifierScores, average: Average) -> tuple[tuple[str, float | None, Quality], ...]:
    """Measure what knows the labels of the patches for training, and no pixel: name, threshold, quality.

    *Majority* gives each patch the most frequent class, with a score of 1, and no other. *Label frequency* gives each
    class the share of patches for training that have it as score, and decides from the threshold that is best on the
    patches for validation, as networks do.
    """
    name = scores.models[0].name
    test, val = scores.of(name), scores.of(name, "val")
    most = one_hot(np.full(len(test.ids), int(np.argmax(scores.frequency))), len(scores.classes))
    shares = frequency_scores(scores, len(test.ids))
    threshold = best_threshold(val.truth, frequency_scores(scores, len(val.ids)))
    return (
        ("Majority", None, quality(test.truth, most, most, average)),
        ("Label frequency", threshold, quality(test.truth, shares >= threshold, shares, average)),
    )
