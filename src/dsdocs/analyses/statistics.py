"""Distances, effect sizes and tests between shares, with their sources; no more than the pages need."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dsdocs.analyses.label_matrix import Reals


def entropy(weights: Reals) -> float:
    """Return the Shannon entropy in nats of weights that need not add up to 1; what has no weight adds nothing."""
    shares = weights[weights > 0] / weights.sum()
    # Not -0.0 where there is one class alone.
    return max(float(-(shares * np.log(shares)).sum()), 0.0)


def jensen_shannon(first: Reals, second: Reals) -> float:
    """Return the Jensen-Shannon distance of two sets of weights: 0 for equal shares, 1 for nothing in common.

    The square root of the divergence of Lin (1991), with logarithms to base 2; a metric (Endres & Schindelin, 2003).
    """
    one, other = first / first.sum(), second / second.sum()
    between = entropy((one + other) / 2) - (entropy(one) + entropy(other)) / 2
    return math.sqrt(min(max(between / math.log(2), 0.0), 1.0))


def cohen_h(first: Reals, second: Reals) -> Reals:
    """Return Cohen's h of two arrays of shares between 0 and 1: differences of their arcsines (Cohen, 1988, ch. 6)."""
    difference: Reals = 2 * (np.arcsin(np.sqrt(first)) - np.arcsin(np.sqrt(second)))
    return difference


def chi_square(table: Reals) -> tuple[float, int]:
    """Return Pearson's statistic and the degrees of freedom of a contingency table, (rows, columns), no empty ones."""
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    degrees = (table.shape[0] - 1) * (table.shape[1] - 1)
    return float(((table - expected) ** 2 / expected).sum()), degrees


def chi_square_tail(statistic: float, degrees: int) -> float:
    """Return the probability that a chi-square variable of so many degrees of freedom is at least this large.

    This is Q(degrees / 2, statistic / 2), the regularised upper incomplete gamma function, by its series below
    a + 1 and by its continued fraction above (Abramowitz & Stegun, 1964, 6.5.29 and 6.5.31).
    """
    a, x = degrees / 2, statistic / 2
    if x <= 0:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        return 1.0 - scale * _series(a, x)
    return scale * _fraction(a, x)


def _series(a: float, x: float) -> float:
    """Return the sum over n of x^n / (a (a + 1) ... (a + n))."""
    term = total = 1 / a
    while term > total * 1e-16:
        a += 1
        term *= x / a
        total += term
    return total


def _fraction(a: float, x: float) -> float:
    """Return 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - ...)), by the recurrence of its convergents' ratios."""
    denominator = x + 1 - a
    ratio, value, inverse = math.inf, 1 / denominator, 1 / denominator
    for step in range(1, 100_000):
        product = step * (a - step)
        denominator += 2
        inverse = 1 / (product * inverse + denominator)
        ratio = denominator + product / ratio
        change = inverse * ratio
        value *= change
        if abs(change - 1) < 1e-15:
            break
    return value


def normal_tail(z: float) -> float:
    """Return the probability that a standard normal variable is at least ``abs(z)`` away from zero, on either side."""
    return math.erfc(abs(z) / math.sqrt(2))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm, 1979): the i-th smallest of m times m - i + 1."""
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min((len(p_values) - rank) * p_values[index], 1.0))
        corrected[index] = highest
    return corrected
