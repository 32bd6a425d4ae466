"""What do measures of labels and of rankings tell, and what do they hide?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dsdocs.metrics import (
    average_precision,
    hamming_loss,
    mean_precision_to,
    ndcg,
    nmrr,
    precision_at,
    precision_recall_f,
    ranked_average_precision,
)
from dsdocs.metrics.arrays import Reals, Truth
from dsdocs.metrics.example import example_scores
from dsdocs.views import Scaling, Table, View

THRESHOLD = 0.5
FACTORS = (1.2, 1.0, 0.8, 0.6, 0.4, 0.2)
RESULTS, RELEVANT = 20, 5  # of the invented searches
RANKINGS: Mapping[str, tuple[int, ...]] = {  # ranks of the relevant results
    "all relevant first": (1, 2, 3, 4, 5),
    "one too many at the start": (2, 3, 4, 5, 6),
    "every second": (1, 3, 5, 7, 9),
    "spread evenly": (4, 8, 12, 16, 20),
    "all relevant last": (16, 17, 18, 19, 20),
}


@dataclass(frozen=True, slots=True, eq=False)
class ScoreScaling:
    """Measures of generated scores, each multiplied by some factors."""

    truth: Truth  # (samples, labels)
    scores: Reals  # (samples, labels)
    measures: Mapping[float, Mapping[str, float]]  # factor -> name -> value

    def views(self) -> tuple[View, ...]:
        """Return the experiment, which a page repeats for any factor."""
        names = tuple(self.measures[1.0])
        one, less = self.measures[1.0], self.measures[0.6]
        finding = (
            f"With all scores times 0.6, micro AP stays at {less['AP, micro']:.3f}; micro F1 at a threshold of "
            f"{THRESHOLD} falls from {one['F1, micro']:.3f} to {less['F1, micro']:.3f}."
        )
        return (
            Scaling(
                "Scores scaled, measured again",
                tuple("".join(str(int(cell)) for cell in row) for row in self.truth),
                tuple(tuple(row) for row in self.scores.tolist()),
                THRESHOLD,
                tuple(self.measures),
                names,
                tuple(tuple(round(each[name], 4) for name in names) for each in self.measures.values()),
                finding,
            ),
        )


@dataclass(frozen=True, slots=True)
class RankingMeasures:
    """What measures say of five searches that found the same results in another order."""

    rows: tuple[tuple[str, float, float, float, float, float], ...]

    def views(self) -> tuple[View, ...]:
        """Return a table."""
        columns = ("Relevant results", f"P@{RELEVANT}", "AP", f"Mean P@1..{RESULTS}", "NDCG", "NMRR")
        finding = f"{RELEVANT} relevant results among {RESULTS}; NMRR is best at 0, the others at 1."
        return (Table("The same results in another order", columns, self.rows, finding),)


def score_scaling() -> ScoreScaling:
    """Multiply generated scores by some factors and measure them again; nothing of the data set is in them."""
    truth, scores = example_scores()
    return ScoreScaling(truth, scores, {factor: measures(truth, factor * scores) for factor in FACTORS})


def measures(truth: Truth, scores: Reals) -> dict[str, float]:
    """Return every measure of the experiment by its name; ``_static/js/scaling.js`` has the same ones."""
    given = scores >= THRESHOLD
    micro = precision_recall_f(truth, given, average="micro")
    return {
        "AP, micro": average_precision(truth, scores, average="micro"),
        "AP, macro": average_precision(truth, scores, average="macro"),
        "AP, samples": average_precision(truth, scores, average="samples"),
        "Precision, micro": micro.precision,
        "Recall, micro": micro.recall,
        "F1, micro": micro.f,
        "F1, macro": precision_recall_f(truth, given, average="macro").f,
        "F1, samples": precision_recall_f(truth, given, average="samples").f,
        "F2, micro": precision_recall_f(truth, given, average="micro", beta=2).f,
        "Hamming loss": hamming_loss(truth, given),
    }


def ranking_measures() -> RankingMeasures:
    """Measure five invented searches whose results differ in order alone."""
    rows = []
    for name, ranks in RANKINGS.items():
        ranking = np.isin(np.arange(1, RESULTS + 1), ranks)
        values = (
            precision_at(ranking, RELEVANT),
            ranked_average_precision(ranking),
            mean_precision_to(ranking, RESULTS),
            ndcg(ranking),
            nmrr(ranking),
        )
        rows.append((name, *(round(value, 3) for value in values)))
    return RankingMeasures(tuple(rows))  # type: ignore[arg-type]
