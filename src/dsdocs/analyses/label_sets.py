"""Which combinations of labels occur?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.label_matrix import Integers, LabelMatrix, label_matrix
from dsdocs.analyses.once import once
from dsdocs.analyses.words import counted
from dsdocs.views import Number, Numbers, Table, View

SHOWN = 25
NONE = "(no label)"


@dataclass(frozen=True, slots=True)
class LabelSets:
    """How many sets of labels there are, and the most frequent ones."""

    n_sets: int
    n_patches: int  # patches that have a list of labels
    once: int  # sets that one patch alone has
    frequent: tuple[tuple[tuple[str, ...], int], ...]  # set and its patches, by falling count, equal counts by name
    sizes: tuple[tuple[int, int, int], ...]  # number of labels, distinct sets of that size, patches

    def views(self) -> tuple[View, ...]:
        """Return the counts, the most frequent sets, and the sets by their size."""
        figures = (
            Number("Distinct label sets", self.n_sets),
            Number("Patches per set", self.n_patches / self.n_sets, "mean"),
            Number("Patches with a set of their own", self.once, f"{self.once / self.n_patches:.2%} of the patches"),
        )
        shown = self.frequent[:SHOWN]
        rows = tuple(
            (_written(names), len(names), count, round(100 * count / self.n_patches, 3)) for names, count in shown
        )
        held = sum(count for _, count in shown) / self.n_patches
        first, most = shown[0]
        many = f"The {len(shown)} most frequent of {self.n_sets:,} sets are" if len(shown) > 1 else "One set is"
        finding = f"{many} on {held:.0%} of the patches; the first, {_written(first)}, on {most / self.n_patches:.1%}."
        sizes = tuple((size, sets, patches, round(patches / sets, 1)) for size, sets, patches in self.sizes)
        largest = max(self.sizes, key=lambda line: line[1])
        told = f"Most sets, {largest[1]:,} of {self.n_sets:,}, have {counted(largest[0], 'label')}."
        return (
            Numbers("Combinations of labels", figures),
            Table("The most frequent combinations", ("Labels", "Number", "Patches", "Share (%)"), rows, finding),
            Table("Combinations by their size", ("Labels", "Sets", "Patches", "Patches per set"), sizes, told),
        )


def _written(names: tuple[str, ...]) -> str:
    return " + ".join(names) or NONE


def distinct_sets(matrix: LabelMatrix) -> tuple[Integers, Integers]:
    """Return an index into distinct sets for each patch, (n,), and the first patch of each set, (sets,).

    Two patches have the same set if their labels are equal; the order of the sets is that of their first patches.
    """
    offsets = pa.array(np.concatenate(([0], np.cumsum(matrix.lengths))), pa.int64())
    codes = pa.LargeListArray.from_arrays(offsets, pa.array(matrix.codes).cast(pa.string()))
    # Codes are ascending in each line, so equal sets give equal text.
    encoded = pc.binary_join(codes, ",").dictionary_encode()
    index = encoded.indices.to_numpy().astype(np.int64)
    first = np.full(len(encoded.dictionary), len(index))
    np.minimum.at(first, index, np.arange(len(index)))
    return index, first


@once
def label_sets(summary: pa.Table) -> LabelSets:
    """Count the patches of each combination of labels; reads ``labels`` (list<string>).

    Raises
    ------
    ValueError
        No patch has a label.
    """
    matrix = label_matrix(summary)
    index, first = distinct_sets(matrix)
    counts = np.bincount(index)
    starts = np.cumsum(matrix.lengths) - matrix.lengths
    # Names decide between equal counts, so all sets that may be shown are spelled out.
    least = np.sort(counts)[-SHOWN:][0]
    named = []
    for place in np.flatnonzero(counts >= max(least, 2) if len(counts) > SHOWN else counts > 0):
        start = starts[first[place]]
        codes = matrix.codes[start : start + matrix.lengths[first[place]]]
        named.append((tuple(matrix.names[code] for code in codes), int(counts[place])))
    named.sort(key=lambda pair: (-pair[1], pair[0]))
    lengths = matrix.lengths[first]
    sizes = tuple(
        (int(size), int((lengths == size).sum()), int(counts[lengths == size].sum())) for size in np.unique(lengths)
    )
    frequent = tuple(named[:SHOWN])
    return LabelSets(len(counts), matrix.n_patches, int((counts == 1).sum()), frequent, sizes)
