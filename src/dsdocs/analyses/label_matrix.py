"""Which patch has which class: the labels of a summary as arrays, for the analyses that count them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dsdocs.analyses.once import once

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LabelMatrix:
    """A matrix of 0 and 1 with a line for each patch that has a list of labels and a column for each class that occurs.

    Stored as the columns of the ones, line by line, each line ascending.
    """

    names: tuple[str, ...]  # classes, sorted
    lines: Integers  # (n,) row of the summary for each patch
    lengths: Integers  # (n,) labels of each patch, 0 or more
    codes: Integers  # (sum of lengths,) class of each label

    @property
    def n_patches(self) -> int:
        """Patches that have a list of labels, an empty one included."""
        return len(self.lines)

    @property
    def counts(self) -> Integers:
        """Patches of each class, (classes,)."""
        return np.bincount(self.codes, minlength=len(self.names))

    @property
    def falling(self) -> Integers:
        """Classes from the most to the least frequent, equal counts by name."""
        return np.argsort(-self.counts, kind="stable")

    def spread(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Repeat the value of each patch for each of its labels."""
        return np.repeat(values, self.lengths)


@once
def label_matrix(summary: pa.Table) -> LabelMatrix:
    """Read the column ``labels`` (list<string>); a patch whose list is null is not in the matrix.

    Raises
    ------
    ValueError
        No patch has a label.
    """
    labels = summary["labels"].combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(labels), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    flat = labels.flatten()
    if len(flat) == 0:
        raise ValueError("no patch of the summary has a label")
    encoded = flat.dictionary_encode()
    found = encoded.dictionary.to_pylist()
    order = sorted(range(len(found)), key=found.__getitem__)
    place = np.empty(len(found), dtype=np.int64)
    place[order] = np.arange(len(found))
    codes = place[encoded.indices.to_numpy()]
    lines = np.flatnonzero(lengths >= 0)
    lengths = lengths[lines]
    # The summary keeps labels sorted and each once; a table from elsewhere may not.
    keys = np.repeat(np.arange(len(lines)), lengths) * len(found) + codes
    if not bool(np.all(keys[1:] > keys[:-1])):
        keys = distinct(keys)
        lengths = np.bincount(keys // len(found), minlength=len(lines))
        codes = keys % len(found)
    return LabelMatrix(tuple(found[index] for index in order), lines, lengths, codes)


def distinct(keys: Integers) -> Integers:
    """Return each key once, ascending; NumPy's own function takes twenty times as long for millions of keys."""
    keys = np.sort(keys)
    first = np.ones(len(keys), dtype=bool)
    first[1:] = keys[1:] != keys[:-1]
    return keys[first]
