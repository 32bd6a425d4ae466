"""How many classes does a patch have?"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.words import counted
from dsdocs.views import Bars, Number, Numbers, View


@dataclass(frozen=True, slots=True)
class LabelsPerPatch:
    """Patches by their number of labels."""

    patches: dict[int, int]  # number of labels, from the smallest to the largest found -> patches
    unlabelled: int  # patches for which the archive has no label list at all
    n_classes: int  # classes that occur

    @property
    def mean(self) -> float:
        """Mean number of labels (the label cardinality of Tsoumakas & Katakis, 2007)."""
        return sum(number * count for number, count in self.patches.items()) / sum(self.patches.values())

    @property
    def density(self) -> float:
        """Mean number of labels over the number of classes (the label density of Tsoumakas & Katakis, 2007)."""
        return self.mean / self.n_classes if self.n_classes else 0.0

    def views(self) -> tuple[View, ...]:
        """Return the key figures and the histogram."""
        names = tuple(counted(number, "label") for number in self.patches)
        common = max(self.patches, key=lambda number: self.patches[number])
        finding = f"Every patch has {counted(common, 'label')}."
        if len(self.patches) > 1:
            found = f"A patch has {min(self.patches)} to {max(self.patches)} labels, {self.mean:.2f} on average"
            finding = f"{found}; {common} is the most frequent number."
        total = sum(self.patches.values())
        figures = (
            Number("Label cardinality", self.mean, "labels per patch"),
            Number("Label density", self.density, f"of {counted(self.n_classes, 'class', 'classes')}"),
            Number(
                "Patches with one label",
                f"{self.patches.get(1, 0) / total:.1%}",
                counted(self.patches.get(1, 0), "patch", "patches"),
            ),
        )
        values = tuple(float(count) for count in self.patches.values())
        drawn = Bars("Labels per patch", names, values, "patches", finding, float(total))
        return (Numbers("How many labels", figures), drawn) if len(self.patches) > 1 else (drawn,)


def labels_per_patch(summary: pa.Table) -> LabelsPerPatch:
    """Count patches by their number of labels; reads ``labels`` (list<string>).

    Raises
    ------
    ValueError
        No patch has a list of labels.
    """
    labels = summary["labels"].combine_chunks()
    lengths = pc.list_value_length(labels)
    found = {entry["values"]: entry["counts"] for entry in pc.value_counts(lengths).to_pylist()}
    missing = found.pop(None, 0)
    if not found:
        raise ValueError("no patch of the summary has a list of labels")
    patches = {number: found.get(number, 0) for number in range(min(found), max(found) + 1)}
    return LabelsPerPatch(patches, missing, pc.count_distinct(labels.flatten()).as_py())
