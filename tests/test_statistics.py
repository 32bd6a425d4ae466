"""Distances, effect sizes and tests: values from tables, closed forms, and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.analyses.statistics import (
    chi_square,
    chi_square_tail,
    cohen_h,
    entropy,
    holm,
    jensen_shannon,
    normal_tail,
)

weights = st.lists(st.floats(0.001, 1000), min_size=3, max_size=3).map(np.asarray)


@pytest.mark.parametrize(
    ("statistic", "degrees", "expected"),
    # Upper quantiles of the usual table (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4).
    [
        (3.841, 1, 0.05),
        (6.635, 1, 0.01),
        (18.307, 10, 0.05),
        (29.588, 10, 0.001),
        (124.342, 100, 0.05),
        (43.188, 60, 0.95),
    ],
)
def test_the_tail_of_chi_square_is_that_of_the_table(statistic: float, degrees: int, expected: float) -> None:
    assert chi_square_tail(statistic, degrees) == pytest.approx(expected, rel=2e-3)


@given(st.floats(0, 700))
def test_the_tail_of_chi_square_has_closed_forms(statistic: float) -> None:
    # Two degrees: an exponential; four: one more term; one: the normal distribution.
    half = statistic / 2
    assert chi_square_tail(statistic, 2) == pytest.approx(math.exp(-half), rel=1e-9, abs=1e-300)
    assert chi_square_tail(statistic, 4) == pytest.approx(math.exp(-half) * (1 + half), rel=1e-9, abs=1e-300)
    assert chi_square_tail(statistic, 1) == pytest.approx(normal_tail(math.sqrt(statistic)), rel=1e-8, abs=1e-15)


def test_extremes_of_the_tail_do_not_overflow() -> None:
    assert chi_square_tail(0, 5) == 1
    assert chi_square_tail(1e6, 42) == 0
    assert 0 < chi_square_tail(43_000, 43_000) < 1


def test_a_contingency_table_by_hand() -> None:
    # Pearson's statistic of ((10, 20), (20, 10)): all expected are 15, so 4 * 25 / 15.
    statistic, degrees = chi_square(np.array([[10.0, 20.0], [20.0, 10.0]]))
    assert (statistic, degrees) == (pytest.approx(100 / 15), 1)


def test_distance_of_jensen_and_shannon_by_hand() -> None:
    assert jensen_shannon(np.array([1.0, 1.0]), np.array([5.0, 5.0])) == 0
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 3.0])) == pytest.approx(1)
    # (1, 0) and (1/2, 1/2): H(3/4, 1/4) - 1/2 bits.
    between = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25)) - 0.5
    assert jensen_shannon(np.array([2.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(math.sqrt(between))


@given(weights, weights, weights)
def test_distance_of_jensen_and_shannon_is_a_metric(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    assert jensen_shannon(a, b) == pytest.approx(jensen_shannon(b, a), abs=1e-7)
    assert 0 <= jensen_shannon(a, b) <= 1
    # Rounding of the divergence, 1e-15, is 3e-8 of the distance.
    assert jensen_shannon(a, c) <= jensen_shannon(a, b) + jensen_shannon(b, c) + 1e-7


def test_entropy_ignores_what_does_not_occur() -> None:
    assert entropy(np.array([1.0, 1.0, 0.0])) == pytest.approx(math.log(2))
    assert entropy(np.array([7.0])) == 0


def test_effect_size_h_is_that_of_cohens_table() -> None:
    # Cohen (1988), table 6.2.2: phi of 0.50 is 1.571, of 0.25 is 1.047, so h of 0.50 and 0.25 is 0.524.
    assert cohen_h(np.array([0.5]), np.array([0.25]))[0] == pytest.approx(0.524, abs=5e-4)
    assert cohen_h(np.array([0.0]), np.array([1.0]))[0] == pytest.approx(-math.pi)


def test_normal_tail_is_two_sided() -> None:
    assert normal_tail(1.959964) == pytest.approx(0.05, rel=1e-5)
    assert normal_tail(-1.959964) == normal_tail(1.959964)


def test_holm_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1; never falling.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_lies_between_the_raw_and_the_bonferroni_p(raw: list[float]) -> None:
    for before, after in zip(raw, holm(raw), strict=True):
        assert before <= after <= min(before * len(raw), 1) + 1e-12
