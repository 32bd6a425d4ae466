"""How often does each class occur?"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from dsdocs.analyses.label_matrix import label_matrix
from dsdocs.analyses.words import counted
from dsdocs.views import Bars, View


@dataclass(frozen=True, slots=True)
class LabelFrequency:
    """Patches of each class."""

    counts: dict[str, int]  # class name -> patches, most frequent first
    n_patches: int
    n_annotated: int  # patches that have a list of labels, an empty one included; shares are of these
    n_labelled: int  # patches with at least one label
    cardinality: float  # mean labels of the patches with a list (Tsoumakas & Katakis, 2007)

    def views(self) -> tuple[View, ...]:
        """Return the class counts as bars."""
        most, least = next(iter(self.counts)), next(reversed(self.counts))
        patches = counted(self.counts[most], "patch", "patches")
        finding = f"{most} is the only class, with {patches}."
        if len(self.counts) > 1 and self.counts[most] == self.counts[least]:
            finding = f"Each of {len(self.counts)} classes is on {patches}."
        elif len(self.counts) > 1:
            others = f"{least} the rarest with {self.counts[least]:,}"
            finding = f"{most} is the most frequent of {len(self.counts)} classes with {patches}, {others}."
        values = tuple(float(count) for count in self.counts.values())
        return (Bars("Patches of each class", tuple(self.counts), values, "patches", finding, float(self.n_annotated)),)


def label_frequency(summary: pa.Table) -> LabelFrequency:
    """Count the patches of each class.

    Parameters
    ----------
    summary
        One row per patch; reads ``labels`` (list<string>).

    Returns
    -------
    LabelFrequency
        Classes by falling count, equal counts by name.

    Raises
    ------
    ValueError
        No patch has a label.
    """
    matrix = label_matrix(summary)
    found = matrix.counts
    counts = {matrix.names[index]: int(found[index]) for index in matrix.falling}
    labelled = int((matrix.lengths > 0).sum())
    return LabelFrequency(counts, summary.num_rows, matrix.n_patches, labelled, len(matrix.codes) / matrix.n_patches)
