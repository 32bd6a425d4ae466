"""Measures of decisions: each label of each sample is either predicted or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsdocs.metrics.arrays import Average, Reals, Truth, cells, truth_and_scores


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision, recall and F of one average."""

    precision: float
    recall: float
    f: float


def precision_recall_f(truth: ArrayLike, predicted: ArrayLike, *, average: Average, beta: float = 1.0) -> Scores:
    """Return precision, recall and F_beta = (1 + beta^2) P R / (beta^2 P + R).

    Parameters
    ----------
    truth, predicted
        0 or 1, shape (samples, labels).
    average
        ``micro`` counts all cells together; ``macro`` and ``samples`` compute each of the three for every label, or
        every sample, and take its mean: the mean of F is not the F of the means. A value that would divide by zero
        is 0.
    beta
        How many times recall counts as much as precision; 2 for F2.
    """
    labels, values = truth_and_scores(truth, predicted)
    right, given = cast("tuple[Truth, Truth]", cells(average, labels, values.astype(bool)))
    hits = (right & given).sum(axis=1)
    precision, recall = _ratio(hits, given.sum(axis=1)), _ratio(hits, right.sum(axis=1))
    # In counts, which is the same and does not divide by a precision and a recall of 0.
    f = _ratio((1 + beta**2) * hits, beta**2 * right.sum(axis=1) + given.sum(axis=1))
    return Scores(float(precision.mean()), float(recall.mean()), float(f.mean()))


def hamming_loss(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Return the share of cells, of all samples and labels, in which prediction and truth differ."""
    labels, values = truth_and_scores(truth, predicted)
    return float((labels != values.astype(bool)).mean())


def _ratio(part: NDArray[np.number], whole: NDArray[np.number]) -> Reals:
    ratio: Reals = np.zeros(len(whole))
    np.divide(part, whole, out=ratio, where=whole != 0)
    return ratio
