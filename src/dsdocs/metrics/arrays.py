"""The two arrays that measures of labels compare, checked."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Truth: TypeAlias = NDArray[np.bool_]
Reals: TypeAlias = NDArray[np.float64]
# micro: over all cells as one list; macro: the mean over labels; samples: the mean over samples.
Average: TypeAlias = Literal["micro", "macro", "samples"]


def truth_and_scores(truth: ArrayLike, scores: ArrayLike) -> tuple[Truth, Reals]:
    """Return both as arrays of shape (samples, labels).

    Raises
    ------
    ValueError
        Shapes differ or are no tables with a cell, truth holds anything but 0 and 1, or a score is no finite number.
    """
    labels, values = np.asarray(truth), np.asarray(scores, dtype=np.float64)
    if labels.ndim != 2 or labels.shape != values.shape or not labels.size:
        raise ValueError(f"expected two tables of samples and labels; found shapes {labels.shape} and {values.shape}")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError("truth holds 0 and 1 alone")
    if not np.isfinite(values).all():
        raise ValueError("scores are finite numbers")
    return labels.astype(bool), values


def cells(average: Average, *tables: NDArray[np.generic]) -> tuple[NDArray[np.generic], ...]:
    """Arrange tables so that each row is what one value is computed from: all cells, a label, or a sample."""
    if average == "micro":
        return tuple(table.reshape(1, -1) for table in tables)
    if average == "macro":
        return tuple(table.T for table in tables)
    if average == "samples":
        return tables
    raise ValueError(f"{average!r} is no average; expected micro, macro or samples")
