"""Measures of scores for several labels that need no threshold: they look at the order of the scores alone."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from dsdocs.metrics.arrays import Average, Reals, Truth, cells, truth_and_scores


def average_precision(truth: ArrayLike, scores: ArrayLike, *, average: Average) -> float:
    """Return the average precision: the sum over thresholds of (R_n - R_(n-1)) P_n, without interpolation.

    Parameters
    ----------
    truth
        0 or 1, shape (samples, labels).
    scores
        Higher is more likely, same shape. Equal scores are one threshold, so their order does not matter.
    average
        ``micro`` ranks all cells in one list, ``macro`` is the mean over labels, ``samples`` the mean over samples. A
        label, or a sample, without a positive counts as 0, as in scikit-learn.
    """
    tables = cells(average, *truth_and_scores(truth, scores))
    return float(
        np.mean([_one_list(row, values) for row, values in zip(*cast("tuple[Truth, Reals]", tables), strict=True)])
    )


def _one_list(truth: Truth, scores: Reals) -> float:
    if not truth.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(truth[order])
    last = np.flatnonzero(np.append(np.diff(scores) != 0, True))  # of each run of equal scores
    precision = hits[last] / (last + 1)
    gained = np.diff(hits[last], prepend=0)
    return float((gained * precision).sum() / hits[-1])


def ranking_loss(truth: ArrayLike, scores: ArrayLike) -> float:
    """Return the mean over samples of the share of pairs of a right and a wrong label that are in the wrong order.

    Pairs with equal scores are in the wrong order; a sample all of whose labels are right, or none, counts as 0
    (Tsoumakas, Katakis & Vlahavas, 2010; as in scikit-learn).
    """
    labels, values = truth_and_scores(truth, scores)
    losses = [_wrong_pairs(values[row, right], values[row, ~right]) for row, right in enumerate(labels)]
    return float(np.mean(losses))


def _wrong_pairs(right: Reals, wrong: Reals) -> float:
    if not right.size or not wrong.size:
        return 0.0
    # For each right label, the wrong ones that are not below it.
    not_below = wrong.size - np.searchsorted(np.sort(wrong), right, side="left")
    return float(not_below.sum() / (right.size * wrong.size))


def coverage(truth: ArrayLike, scores: ArrayLike) -> float:
    """Return the mean over samples of how many labels one has to take, best first, to have all the right ones.

    Equal scores are taken together; a sample without a right label counts as 0. The best value is the mean number of
    labels of a sample, not 0.
    """
    labels, values = truth_and_scores(truth, scores)
    lowest = np.where(labels, values, np.inf).min(axis=1, keepdims=True)
    return float((values >= lowest).sum(axis=1).mean())


def one_error(truth: ArrayLike, scores: ArrayLike) -> float:
    """Return the share of samples whose label of the highest score is wrong.

    Where several labels share the highest score, a sample counts by the share of them that is wrong.
    """
    labels, values = truth_and_scores(truth, scores)
    top = values == values.max(axis=1, keepdims=True)
    return float(((top & ~labels).sum(axis=1) / top.sum(axis=1)).mean())
