"""How unevenly are the labels spread over the classes?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dsdocs.analyses.label_matrix import label_matrix
from dsdocs.analyses.statistics import entropy
from dsdocs.analyses.words import counted
from dsdocs.views import Number, Numbers, Table, View

RARE = 0.01  # share of the patches below which a class counts as rare here


@dataclass(frozen=True, slots=True)
class LabelImbalance:
    """Measures of imbalance, and the classes from the most to the least frequent."""

    classes: tuple[str, ...]  # by falling count, equal counts by name
    counts: tuple[int, ...]  # patches of each class
    n_patches: int  # patches that have a list of labels

    @property
    def n_labels(self) -> int:
        """Labels of all patches together."""
        return sum(self.counts)

    @property
    def ratios(self) -> tuple[float, ...]:
        """IRLbl of each class: patches of the most frequent class over its own (Charte et al., 2015)."""
        return tuple(self.counts[0] / count for count in self.counts)

    @property
    def mean_ratio(self) -> float:
        """MeanIR: the mean of IRLbl over the classes (Charte et al., 2015)."""
        return math.fsum(self.ratios) / len(self.ratios)

    @property
    def variation(self) -> float | None:
        """CVIR: the sample standard deviation of IRLbl over MeanIR (Charte et al., 2015); None for one class."""
        if len(self.ratios) < 2:
            return None
        return float(np.std(self.ratios, ddof=1)) / self.mean_ratio

    @property
    def evenness(self) -> float | None:
        """Shannon entropy of the labels over that of equally frequent classes, 0 to 1; None for one class."""
        if len(self.counts) < 2:
            return None
        return entropy(np.asarray(self.counts, dtype=np.float64)) / math.log(len(self.counts))

    @property
    def effective(self) -> float:
        """Number of equally frequent classes with the same entropy: its exponential (Hill, 1973, order 1)."""
        return math.exp(entropy(np.asarray(self.counts, dtype=np.float64)))

    @property
    def half(self) -> int:
        """Fewest classes that hold half of all labels."""
        held = np.cumsum(self.counts)
        return int(np.searchsorted(held, self.n_labels / 2)) + 1

    @property
    def rare(self) -> tuple[str, ...]:
        """Classes on less than one percent of the patches, the least frequent last."""
        pairs = zip(self.classes, self.counts, strict=True)
        return tuple(name for name, count in pairs if count < RARE * self.n_patches)

    def views(self) -> tuple[View, ...]:
        """Return the measures, and a line for each class."""
        measures = [
            Number("Largest ratio", self.ratios[-1], "most to least frequent class"),
            Number("Mean ratio", self.mean_ratio, "most frequent to each class"),
            Number("Effective classes", self.effective, f"of {len(self.classes)}"),
        ]
        if self.variation is not None:
            measures.insert(2, Number("Variation of the ratios", self.variation, "standard deviation over mean"))
        if self.evenness is not None:
            measures.append(Number("Evenness", self.evenness, "1: all classes equally frequent"))
        measures.append(Number("Rare classes", len(self.rare), f"on less than {RARE:.0%} of the patches"))
        held = np.cumsum(self.counts) / self.n_labels
        rows = tuple(
            (
                rank + 1,
                name,
                count,
                round(100 * count / self.n_patches, 2),
                round(100 * count / self.n_labels, 2),
                round(100 * float(held[rank]), 2),
                round(self.ratios[rank], 2),
            )
            for rank, (name, count) in enumerate(zip(self.classes, self.counts, strict=True))
        )
        columns = (
            "Rank",
            "Class",
            "Patches",
            "Of patches (%)",
            "Of labels (%)",
            "Together (%)",
            "Ratio",
        )
        return Numbers("Imbalance of the classes", tuple(measures)), Table(
            "From the most to the least frequent class", columns, rows, self._finding()
        )

    def _finding(self) -> str:
        held = sum(self.counts[: self.half]) / self.n_labels
        many = f"{counted(self.half, 'class holds', 'classes hold')} {held:.0%} of all labels"
        rare = counted(len(self.rare), "class is", "classes are") if self.rare else "no class is"
        return f"{many[:1].upper()}{many[1:]}; {rare} on less than {RARE:.0%} of the patches."


def label_imbalance(summary: pa.Table) -> LabelImbalance:
    """Measure how unevenly labels are spread over the classes that occur; reads ``labels`` (list<string>).

    Raises
    ------
    ValueError
        No patch has a label.
    """
    matrix = label_matrix(summary)
    counts = matrix.counts
    classes = tuple(matrix.names[index] for index in matrix.falling)
    return LabelImbalance(classes, tuple(int(count) for count in counts[matrix.falling]), matrix.n_patches)
