"""A small set of labels and scores, generated, on which measures can be compared; nothing on it was measured."""

from __future__ import annotations

import numpy as np

from dsdocs.metrics.arrays import Reals, Truth

SAMPLES, LABELS, SEED = 120, 6, 7


def example_scores(samples: int = SAMPLES, labels: int = LABELS, seed: int = SEED) -> tuple[Truth, Reals]:
    """Return truth and scores, each (samples, labels): labels from frequent to rare, scores between 0 and 1.

    A score is the logistic function of a normal number around 1.2 where the label is right and -1.8 where it is not,
    rounded to four decimals, so that every program computes with the same numbers. Every label occurs.
    """
    random = np.random.default_rng(seed)
    shares = np.geomspace(0.6, 0.08, labels)
    truth = random.random((samples, labels)) < shares
    truth[np.arange(labels), np.arange(labels)] = True
    raw = random.normal(np.where(truth, 1.2, -1.8), 1.4)
    return truth, np.round(1 / (1 + np.exp(-raw)), 4)
