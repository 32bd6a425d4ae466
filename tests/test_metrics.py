"""Measures of labels and rankings: as scikit-learn has them, as the formulas say, and by laws."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics as peer

from dsdocs.metrics import (
    anmrr,
    average_precision,
    coverage,
    hamming_loss,
    mean_precision_to,
    ndcg,
    nmrr,
    one_error,
    precision_at,
    precision_recall_f,
    ranked_average_precision,
    ranking_loss,
)
from dsdocs.metrics.arrays import Average
from dsdocs.metrics.example import example_scores

AVERAGES: tuple[Average, ...] = ("micro", "macro", "samples")
SHAPES = st.tuples(st.integers(2, 6), st.integers(2, 5))


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw truth and scores of few distinct values, so that ties are the rule."""
    shape = draw(SHAPES)
    truth = draw(arrays.arrays(np.int64, shape, elements=st.integers(0, 1)))
    scores = draw(arrays.arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])))
    return truth, scores


RANKINGS = st.lists(st.integers(0, 1), min_size=1, max_size=30).filter(any)


@settings(max_examples=40)
@given(tables())
def test_measures_of_scores_are_those_of_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    truth, scores = pair
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of labels without a positive
        for average in AVERAGES:
            expected = peer.average_precision_score(truth, scores, average=average)
            assert average_precision(truth, scores, average=average) == pytest.approx(expected)
        assert ranking_loss(truth, scores) == pytest.approx(peer.label_ranking_loss(truth, scores))
        assert coverage(truth, scores) == pytest.approx(peer.coverage_error(truth, scores))


@settings(max_examples=40)
@given(tables(), st.sampled_from([0.5, 1.0, 2.0]))
def test_measures_of_decisions_are_those_of_scikit_learn(pair: tuple[np.ndarray, np.ndarray], beta: float) -> None:
    truth, given = pair[0], (pair[1] >= 0.5).astype(int)
    for average in AVERAGES:
        found = precision_recall_f(truth, given, average=average, beta=beta)
        expected = peer.precision_recall_fscore_support(truth, given, beta=beta, average=average, zero_division=0)
        assert (found.precision, found.recall, found.f) == pytest.approx(expected[:3])
    assert hamming_loss(truth, given) == pytest.approx(peer.hamming_loss(truth, given))


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=12).filter(any), st.integers(1, 14))
def test_ndcg_is_that_of_scikit_learn(gains: list[int], k: int) -> None:
    scores = np.arange(len(gains), 0, -1)
    assert ndcg(gains) == pytest.approx(peer.ndcg_score([gains], [scores]))
    assert ndcg(gains, k) == pytest.approx(peer.ndcg_score([gains], [scores], k=k))


@given(RANKINGS)
def test_average_precision_of_a_ranking_is_that_of_scores_in_its_order(ranking: list[int]) -> None:
    scores = np.arange(len(ranking), 0, -1)
    assert ranked_average_precision(ranking) == pytest.approx(peer.average_precision_score(ranking, scores))


@given(tables(), st.sampled_from([0.1, 0.6, 3.0]))
def test_scaling_the_scores_leaves_every_measure_of_their_order_alone(
    pair: tuple[np.ndarray, np.ndarray], factor: float
) -> None:
    truth, scores = pair
    for average in AVERAGES:
        scaled = average_precision(truth, factor * scores, average=average)
        assert scaled == average_precision(truth, scores, average=average)
    for measure in (ranking_loss, coverage, one_error):
        assert measure(truth, factor * scores) == measure(truth, scores)


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_samples_and_labels_does_not_matter(pair: tuple[np.ndarray, np.ndarray], random: object) -> None:
    truth, scores = (table[::-1, ::-1] for table in pair)
    for average in AVERAGES:
        assert average_precision(truth, scores, average=average) == pytest.approx(
            average_precision(*pair, average=average)
        )
    for measure in (ranking_loss, coverage, one_error):
        assert measure(truth, scores) == pytest.approx(measure(*pair))


@given(tables())
def test_f_is_the_harmonic_mean_where_cells_are_counted_together(pair: tuple[np.ndarray, np.ndarray]) -> None:
    found = precision_recall_f(pair[0], pair[1] >= 0.5, average="micro")
    if found.precision + found.recall:
        assert found.f == pytest.approx(2 * found.precision * found.recall / (found.precision + found.recall))
    else:
        assert found.f == 0


def test_one_error_counts_a_wrong_first_label_and_shares_ties() -> None:
    truth = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert one_error(truth, [[3, 2, 1], [3, 2, 1], [1, 1, 1], [1, 2, 3]]) == pytest.approx((0 + 1 + 2 / 3 + 1) / 4)


def test_nmrr_by_hand() -> None:
    # NG = 2, K = min(8, 4) = 4: ranks 1 and 3; AVR = 2, (2 - 0.5 - 1) / (5 - 0.5 - 1).
    assert nmrr([1, 0, 1, 0]) == pytest.approx(0.5 / 3.5)
    # The second lies beyond K and counts as 5: AVR = 3.
    assert nmrr([1, 0, 0, 0, 1]) == pytest.approx(1.5 / 3.5)
    # A query with more relevant items moves K to 8.
    assert nmrr([1, 0, 0, 0, 1], most_relevant=9) == pytest.approx(1.5 / 8.5)


@given(RANKINGS)
def test_nmrr_is_0_for_the_best_ranking_and_never_above_1(ranking: list[int]) -> None:
    assert nmrr(sorted(ranking, reverse=True)) == pytest.approx(0)
    assert 0 <= nmrr(ranking) <= 1 + 1e-12
    assert nmrr([0] * 1000, n_relevant=3) == pytest.approx(1)


@given(st.lists(RANKINGS, min_size=1, max_size=4))
def test_anmrr_is_the_mean_over_queries_with_one_largest_number(rankings: list[list[int]]) -> None:
    most = max(sum(ranking) for ranking in rankings)
    expected = np.mean([nmrr(ranking, most_relevant=most) for ranking in rankings])
    assert anmrr(list(rankings)) == pytest.approx(expected)


def test_moving_a_relevant_result_up_improves_every_measure() -> None:
    for length in (4, 5):
        for ranking in product((0, 1), repeat=length):
            for place in range(length - 1):
                if ranking[place : place + 2] == (0, 1):
                    better = (*ranking[:place], 1, 0, *ranking[place + 2 :])
                    assert ranked_average_precision(better) > ranked_average_precision(ranking)
                    assert ndcg(better) > ndcg(ranking)
                    assert nmrr(better) <= nmrr(ranking)
                    assert mean_precision_to(better, length) > mean_precision_to(ranking, length)


def test_mean_precision_is_no_average_precision() -> None:
    ranking = [1, 1, 0, 0]
    assert mean_precision_to(ranking, 4) == pytest.approx((1 + 1 + 2 / 3 + 1 / 2) / 4)
    assert ranked_average_precision(ranking) == 1
    assert precision_at(ranking, 8) == 0.25
    assert ranked_average_precision(ranking, n_relevant=4) == 0.5


@pytest.mark.parametrize(
    ("truth", "scores"),
    [([[1]], [[1, 2]]), ([1, 0], [1, 0]), ([[2]], [[1]]), ([[1]], [[float("nan")]]), ([[]], [[]])],
)
def test_what_is_no_table_of_labels_is_refused(truth: list[object], scores: list[object]) -> None:
    with pytest.raises(ValueError, match=r"expected|holds|finite"):
        ranking_loss(truth, scores)


def test_rankings_without_a_relevant_item_are_refused() -> None:
    for measure in (ranked_average_precision, nmrr, ndcg):
        with pytest.raises(ValueError, match="expected"):
            measure([0, 0])
    with pytest.raises(ValueError, match="most_relevant"):
        nmrr([1, 1], most_relevant=1)


def test_the_example_has_every_label_and_is_always_the_same() -> None:
    truth, scores = example_scores()
    assert truth.shape == scores.shape == (120, 6)
    assert truth.any(axis=0).all()
    assert 0 < scores.min() < scores.max() < 1
    again = example_scores()
    assert np.array_equal(again[0], truth)
    assert np.array_equal(again[1], scores)
