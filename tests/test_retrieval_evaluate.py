"""Measures of whole searches equal those of single rankings, and worked examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from dsdocs import metrics
from dsdocs.retrieval.evaluate import LEVELS, MEASURES, Relevance, evaluate, spread


def by_category(categories: list[int]) -> Relevance:
    numbers = np.array(categories)
    names = tuple(f"category {number}" for number in range(max(categories) + 1))
    return Relevance(np.eye(len(names), dtype=np.float32)[numbers], names, numbers, names)


def by_label(rows: list[list[int]]) -> Relevance:
    labels = np.array(rows, dtype=np.float32)
    return Relevance(labels, tuple(f"label {number}" for number in range(labels.shape[1])))


def random_case(seed: int, n: int, *, several: bool) -> tuple[np.ndarray, Relevance]:
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(n, 4)).astype(np.float32)
    if several:
        return vectors, by_label((generator.random((n, 3)) < 0.4).astype(int).tolist())
    return vectors, by_category([*generator.integers(0, 3, n - 3).tolist(), 0, 1, 2])


def rankings(vectors: np.ndarray, relevance: Relevance, queries: list[int]) -> list[tuple[list[int], list[int]]]:
    """Rank by brute force: for each query whether each result is a hit, and its gain, best first."""
    database = [row for row in range(len(vectors)) if row not in queries]
    ranked = []
    for query in queries:
        far = {row: float(((vectors[query].astype(float) - vectors[row]) ** 2).sum()) for row in database}
        order = sorted(database, key=lambda row: (far[row], row))
        if relevance.category is not None:
            hits = [int(relevance.category[row] == relevance.category[query]) for row in order]
        else:
            hits = [int((relevance.labels[row] * relevance.labels[query]).sum() > 0) for row in order]
        gains = [int((relevance.labels[row] * relevance.labels[query]).sum()) for row in order]
        ranked.append((hits, gains))
    return ranked


def queries_of(vectors: np.ndarray, relevance: Relevance, share: float, seed: int) -> list[int]:
    """Draw as the module says: from each category, at least one, or else from all patches."""
    generator = np.random.default_rng(seed)
    if relevance.category is None:
        return sorted(generator.choice(len(vectors), max(1, round(share * len(vectors))), replace=False).tolist())
    chosen: list[int] = []
    for number in range(len(relevance.categories)):
        own = [row for row in range(len(vectors)) if relevance.category[row] == number]
        chosen += generator.choice(own, max(1, round(share * len(own))), replace=False).tolist()
    return sorted(chosen)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(20, 140), several=st.booleans())
def test_a_run_is_the_mean_of_the_measures_of_single_rankings(seed: int, n: int, several: bool) -> None:
    vectors, relevance = random_case(seed, n, several=several)
    run = evaluate(vectors, relevance, share=0.2, seed=seed)
    ranked = rankings(vectors, relevance, queries_of(vectors, relevance, 0.2, seed))
    kept = [(hits, gains) for hits, gains in ranked if any(hits)]
    assert (run.n_queries, run.n_without) == (len(kept), len(ranked) - len(kept))
    assert run.n_database == n - len(ranked)
    expected = {
        "AP": np.mean([metrics.ranked_average_precision(hits) for hits, _ in kept]),
        "mean P@1..100": np.mean([metrics.mean_precision_to(hits, 100) for hits, _ in kept]),
        "ANMRR": metrics.anmrr([hits for hits, _ in kept]),
        "NDCG@100": np.mean([metrics.ndcg(gains, 100) for _, gains in kept]),
        "P@10": np.mean([metrics.precision_at(hits, 10) for hits, _ in kept]),
    }
    for measure, value in expected.items():
        assert run.values[measure] == pytest.approx(value), measure
    # And by another's code.
    scores = [np.arange(len(hits), 0, -1) for hits, _ in kept]
    theirs = np.mean([average_precision_score(hits, own) for (hits, _), own in zip(kept, scores, strict=True)])
    assert run.values["AP"] == pytest.approx(theirs)
    ndcg = np.mean([ndcg_score([gains], [own], k=100) for (_, gains), own in zip(kept, scores, strict=True)])
    assert run.values["NDCG@100"] == pytest.approx(ndcg)
    assert run.chance == pytest.approx(np.mean([np.mean(hits) for hits, _ in kept]))


def test_precision_is_read_off_as_the_highest_at_that_recall_or_beyond() -> None:
    # Query 0 at 0; the others at 1, 2, 3 ...: hits at ranks 1, 3 and 4.
    vectors = np.array([[0], [1], [2], [3], [4], [5]], dtype=np.float32)
    relevance = by_category([0, 0, 1, 0, 0, 1])
    seed = next(seed for seed in range(200) if queries_of(vectors, relevance, 0.2, seed)[0] == 0)
    run = evaluate(vectors, relevance, share=0.2, seed=seed)
    queries = queries_of(vectors, relevance, 0.2, seed)
    database = [row for row in range(6) if row not in queries]
    hits = [int(relevance.category[row] == 0) for row in database]  # type: ignore[index]
    running, points = 0, []
    for rank, hit in enumerate(hits, 1):
        running += hit
        points.append((running / sum(hits), running / rank))
    expected = [max(precision for recall, precision in points if recall >= level - 1e-12) for level in LEVELS]
    assert run.group_precision["category 0"] == pytest.approx(expected)


def test_anmrr_of_a_worked_example() -> None:
    # One category of 4 in a database of 9 others: NG = 3 after one query, K = min(12, 6) = 6; ranks 1, 2 and 8.
    # AVR = (1 + 2 + 1.25 * 6) / 3 = 3.5; NMRR = (3.5 - 0.5 - 1.5) / (7.5 - 0.5 - 1.5) = 1.5 / 5.5.
    hits = [1, 1, 0, 0, 0, 0, 0, 1, 0, 0]
    assert metrics.nmrr(hits) == pytest.approx(1.5 / 5.5)
    places = [0.0] + [float(rank) for rank in range(1, 11)]
    vectors = np.array(places, dtype=np.float32)[:, None]
    relevance = by_category([0, *[0 if hit else 1 for hit in hits]])
    for seed in range(500):
        queries = queries_of(vectors, relevance, 0.1, seed)
        if queries[0] == 0 and queries[1] == 10:  # a query of the other category, from behind all hits
            run = evaluate(vectors, relevance, share=0.1, seed=seed)
            # max NG is that of the other category, 6, so K is that of 4 NG and of 2 max NG the smaller: 12.
            ranks = [1, 2, 8]
            expected = (np.mean(ranks) - 0.5 - 1.5) / (1.25 * 12 - 0.5 - 1.5)
            assert run.groups["category 0"]["ANMRR"] == pytest.approx(expected)
            return
    pytest.fail("no draw with these queries")


def test_perfect_vectors_find_all_and_only_what_is_relevant() -> None:
    relevance = by_category([0] * 30 + [1] * 30)
    vectors = relevance.labels.copy()
    run = evaluate(vectors, relevance, share=0.1, seed=0)
    assert run.values["AP"] == run.values["P@10"] == run.values["NDCG@100"] == 1
    assert run.values["ANMRR"] == 0
    assert set(run.precision) == {1.0}
    assert "P@100" not in run.values  # the database is smaller
    assert list(run.values) == [name for name in MEASURES if name in run.values]


def test_what_cannot_be_measured_is_refused() -> None:
    relevance = by_category([0, 1])
    vectors = np.zeros((2, 1), dtype=np.float32)
    with pytest.raises(ValueError, match="too few"):
        evaluate(vectors, relevance, share=0.5, seed=0)
    with pytest.raises(ValueError, match=r"share of queries of 1"):
        evaluate(vectors, relevance, share=1, seed=0)
    with pytest.raises(ValueError, match="nothing in the database"):
        evaluate(np.zeros((4, 1), np.float32), by_label([[1, 0], [0, 1], [0, 0], [0, 0]]), share=0.25, seed=3)


def test_a_limit_leaves_the_database_as_it_is() -> None:
    vectors, relevance = random_case(5, 120, several=True)
    whole, limited = (evaluate(vectors, relevance, share=0.3, seed=1, most=most) for most in (None, 7))
    assert limited.n_queries + limited.n_without == 7
    assert limited.n_database == whole.n_database


def test_spread() -> None:
    assert spread([1.0, 3.0]) == (2.0, pytest.approx(np.sqrt(2)))
    assert spread([4.0]) == (4.0, 0.0)
