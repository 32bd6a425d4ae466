"""How good are predictions of several labels, and how good is a ranking? Definitions in plain NumPy, averaging named.

Analyses and pages may import it; it imports nothing of dsdocs.
"""

from dsdocs.metrics.labels import average_precision, coverage, one_error, ranking_loss
from dsdocs.metrics.retrieval import anmrr, mean_precision_to, ndcg, nmrr, precision_at, ranked_average_precision
from dsdocs.metrics.thresholded import Scores, hamming_loss, precision_recall_f

__all__ = [
    "Scores",
    "anmrr",
    "average_precision",
    "coverage",
    "hamming_loss",
    "mean_precision_to",
    "ndcg",
    "nmrr",
    "one_error",
    "precision_at",
    "precision_recall_f",
    "ranked_average_precision",
    "ranking_loss",
]
