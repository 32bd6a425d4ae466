"""How many classes does a patch have?"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.words import counted
from dsdocs.views import Bars, View


@dataclass(frozen=True, slots=True)
class LabelsPerPatch:
    """Patches by their number of labels."""

    patches: dict[int, int]  # number of labels, from the smallest to the largest found -> patches
    unlabelled: int  # patches for which the archive has no label list at all

    @property
    def mean(self) -> float:
        """Mean number of labels (the label cardinality of Tsoumakas & Katakis, 2007)."""
        return sum(number * count for number, count in self.patches.items()) / sum(self.patches.values())

    def views(self) -> tuple[View, ...]:
        """Return the histogram."""
        names = tuple(counted(number, "label") for number in self.patches)
        common = max(self.patches, key=lambda number: self.patches[number])
        finding = f"Every patch has {counted(common, 'label')}."
        if len(self.patches) > 1:
            found = f"A patch has {min(self.patches)} to {max(self.patches)} labels, {self.mean:.2f} on average"
            finding = f"{found}; {common} is the most frequent number."
        return (Bars("Labels per patch", names, tuple(float(n) for n in self.patches.values()), "patches", finding),)


def labels_per_patch(summary: pa.Table) -> LabelsPerPatch:
    """Count patches by their number of labels; reads ``labels`` (list<string>).

    Raises
    ------
    ValueError
        No patch has a list of labels.
    """
    lengths = pc.list_value_length(summary["labels"].combine_chunks())
    found = {entry["values"]: entry["counts"] for entry in pc.value_counts(lengths).to_pylist()}
    missing = found.pop(None, 0)
    if not found:
        raise ValueError("no patch of the summary has a list of labels")
    return LabelsPerPatch({number: found.get(number, 0) for number in range(min(found), max(found) + 1)}, missing)
