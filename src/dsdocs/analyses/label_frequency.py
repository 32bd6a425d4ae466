"""How often does each class occur?"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.words import counted
from dsdocs.views import Bars, View


@dataclass(frozen=True, slots=True)
class LabelFrequency:
    """Patches of each class."""

    counts: dict[str, int]  # class name -> patches, most frequent first
    n_patches: int
    n_labelled: int  # patches with at least one label
    cardinality: float  # mean labels per labelled patch (Tsoumakas & Katakis, 2007)

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
        return (Bars("Patches of each class", tuple(self.counts), values, "patches", finding),)


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
    labels = summary["labels"].combine_chunks()
    found = pc.value_counts(labels.flatten())
    pairs = zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True)
    counts = dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
    if not counts:
        raise ValueError("no patch of the summary has a label")
    labelled = int(pc.sum(pc.greater(pc.fill_null(pc.list_value_length(labels), 0), 0)).as_py())
    return LabelFrequency(counts, summary.num_rows, labelled, sum(counts.values()) / labelled)
