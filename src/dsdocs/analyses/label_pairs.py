"""Which classes occur together, and more often than chance would have it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dsdocs.analyses.label_matrix import Integers, LabelMatrix, Reals, label_matrix
from dsdocs.analyses.words import counted
from dsdocs.nomenclatures import Nomenclature
from dsdocs.views import Cell, Heatmap, Table, View

SHOWN = 20
LEAST = 5.0  # patches that must be expected by chance, or be there, before a lift is worth a line
_BLOCK = 1 << 20  # pairs that are counted at once


@dataclass(frozen=True, slots=True, eq=False)
class LabelPairs:
    """How many patches have both classes of a pair."""

    classes: tuple[str, ...]
    together: Integers  # (classes, classes) patches with both; the diagonal holds the patches of each class
    n_patches: int  # patches that have a list of labels

    @property
    def counts(self) -> Integers:
        """Patches of each class."""
        return np.diagonal(self.together)

    @property
    def expected(self) -> Reals:
        """Patches with both classes if one told nothing about the other."""
        product: Reals = np.outer(self.counts, self.counts) / self.n_patches
        return product

    @property
    def lift(self) -> Reals:
        """Patches with both over those expected: 1 where classes are independent (Brin et al., 1997, "interest")."""
        ratio: Reals = self.together / self.expected
        return ratio

    @property
    def conditional(self) -> Reals:
        """Share of the patches of the first class that also have the second, (first, second)."""
        share: Reals = self.together / self.counts[:, None]
        return share

    def views(self) -> tuple[View, ...]:
        """Return the conditional shares of all pairs, and the pairs furthest above and below chance."""
        shares = self.conditional
        values = tuple(
            tuple(None if row == column else round(100 * float(value), 3) for column, value in enumerate(line))
            for row, line in enumerate(shares)
        )
        unit = "% of the patches of the row that also have the column"
        drawn = Heatmap("Classes that occur together", self.classes, self.classes, values, unit, self._finding())
        return (drawn, *self._tables())

    def _finding(self) -> str:
        shares = np.where(
            np.eye(len(self.classes), dtype=bool) | (self.counts < LEAST)[:, None], -1.0, self.conditional
        )
        row, column = np.unravel_index(int(shares.argmax()), shares.shape)
        if shares[row, column] <= 0:
            return "No two classes occur together."
        first, second = self.classes[row], self.classes[column]
        return f"Of the patches with {first}, {shares[row, column]:.0%} also have {second}, the largest share of all."

    def _tables(self) -> Iterator[Table]:
        first, second = np.triu_indices(len(self.classes), 1)
        together, expected, lift = (whole[first, second] for whole in (self.together, self.expected, self.lift))
        # By names where lifts are equal, so that nothing depends on the order of classes.
        names = [sorted((self.classes[a], self.classes[b])) for a, b in zip(first, second, strict=True)]
        above = [place for place in np.flatnonzero((lift > 1) & (together >= LEAST))]
        below = [place for place in np.flatnonzero((lift < 1) & (expected >= LEAST))]
        above.sort(key=lambda place: (-lift[place], names[place]))
        below.sort(key=lambda place: (lift[place], -expected[place], names[place]))
        columns = ("Class", "With", "Lift", "Patches", "Expected", "Of 1st (%)", "Of 2nd (%)")

        def lines(places: list[np.int64]) -> tuple[tuple[Cell, ...], ...]:
            return tuple(self._line(names[place], together[place], expected[place]) for place in places[:SHOWN])

        if above:
            one, other = names[above[0]]
            told = f"{one} and {other} are together {lift[above[0]]:,.1f} times as often as by chance."
            yield Table("Pairs that seek each other", columns, lines(above), told)
        if below:
            never = sum(1 for place in below if not together[place])
            one, other = names[below[0]]
            chance = f"{expected[below[0]]:,.0f} by chance"
            told = f"{one} and {other} are together on {together[below[0]]:,} patches, {chance}."
            if never:
                pairs = counted(never, "pair never occurs", "pairs never occur")
                told = f"{pairs} together, though chance alone would give {LEAST:.0f} patches or more."
            yield Table("Pairs that avoid each other", columns, lines(below), told)

    def _line(self, names: list[str], together: int, expected: float) -> tuple[Cell, ...]:
        one, other = names
        first, second = (int(self.counts[self.classes.index(name)]) for name in (one, other))
        return (
            one,
            other,
            round(float(together / expected), 2 if together > expected else 3),
            int(together),
            round(float(expected), 1),
            round(100 * float(together) / first, 1),
            round(100 * float(together) / second, 1),
        )


def label_pairs(summary: pa.Table, nomenclature: Nomenclature | None = None) -> LabelPairs:
    """Count the patches of each pair of classes.

    Parameters
    ----------
    summary
        One row per patch; reads ``labels`` (list<string>).
    nomenclature
        Gives the order of the classes where it has levels, so that related classes stand side by side; otherwise
        the most frequent class comes first.

    Raises
    ------
    ValueError
        No patch has a label.
    """
    matrix = label_matrix(summary)
    order = [int(index) for index in matrix.falling]
    if nomenclature is not None and any(entry.parent for entry in nomenclature.classes):
        place = {entry.name: number for number, entry in enumerate(nomenclature.classes)}
        order.sort(key=lambda index: place.get(matrix.names[index], len(place)))
    together = pair_counts(matrix)[np.ix_(order, order)]
    return LabelPairs(tuple(matrix.names[index] for index in order), together, matrix.n_patches)


def pair_counts(matrix: LabelMatrix) -> Integers:
    """Count patches by pair of classes, (classes, classes), symmetric; the diagonal holds each class alone."""
    size = len(matrix.names)
    counts = np.zeros(size * size, dtype=np.int64)
    starts = np.cumsum(matrix.lengths) - matrix.lengths
    for length in np.unique(matrix.lengths[matrix.lengths > 1]):
        first, second = np.triu_indices(length, 1)
        # Patches with equally many labels are a rectangle; it is counted in slices of bounded size.
        begins = starts[matrix.lengths == length]
        step = max(_BLOCK // len(first), 1)
        for cut in range(0, len(begins), step):
            block = matrix.codes[begins[cut : cut + step, None] + np.arange(length)]
            counts += np.bincount((block[:, first] * size + block[:, second]).ravel(), minlength=size * size)
    upper = counts.reshape(size, size)
    return upper + upper.T + np.diag(matrix.counts)
