"""What does a mapping to other classes do to the patches, and which lose every label?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dsdocs.analyses.label_matrix import Integers, LabelMatrix, distinct, label_matrix
from dsdocs.analyses.words import counted
from dsdocs.nomenclatures import Nomenclature
from dsdocs.views import Cell, Number, Numbers, Table, View


@dataclass(frozen=True, slots=True)
class LabelLoss:
    """Labels and patches before and after a mapping."""

    source: str  # title of the nomenclature of the labels
    target: str
    n_patches: int  # patches with at least one label
    whole: int  # of these, patches of which no label is dropped
    labels: tuple[int, int]  # labels of all patches, before and after
    merged: int  # labels that are one with another label of their patch after the mapping
    lost: tuple[tuple[str, tuple[str, ...], str | None, str | None], ...]  # id, labels, split, country; by id
    classes: tuple[tuple[str, str | None, int, int], ...]  # class, target, patches, patches that lose every label

    @property
    def partly(self) -> int:
        """Patches that lose some labels and keep others."""
        return self.n_patches - self.whole - len(self.lost)

    def views(self) -> tuple[View, ...]:
        """Return what becomes of the patches and of each class, and the patches that lose every label."""
        before, after = self.labels
        figures = (
            Number("No class dropped", self.whole, f"of {counted(self.n_patches, 'patch', 'patches')}"),
            Number("Some classes dropped", self.partly, "patches that keep a label"),
            Number("Every class dropped", len(self.lost), "patches without a label"),
            Number("Labels per patch", after / self.n_patches, f"{before / self.n_patches:.2f} before"),
        )
        rows = tuple((name, target or "(dropped)", patches, lost) for name, target, patches, lost in self.classes)
        gone = before - after - self.merged
        told = (
            f"Of {before:,} labels {after:,} remain: {gone:,} are dropped, and "
            f"{self.merged:,} fall together with another label of their patch."
        )
        views: list[View] = [
            Numbers(f"Patches on the way to {self.target}", figures),
            Table(
                "Patches of each class that is mapped", (self.source, self.target, "Patches", "Left bare"), rows, told
            ),
        ]
        if self.lost:
            lines: tuple[tuple[Cell, ...], ...] = tuple(
                (name, ", ".join(labels), split or "", country or "") for name, labels, split, country in self.lost
            )
            finding = f"{counted(len(self.lost), 'patch has', 'patches have')} no label in {self.target}."
            views.append(
                Table("Patches that lose every label", ("Patch", "Labels", "Split", "Country"), lines, finding)
            )
        return tuple(views)


def label_loss(summary: pa.Table, source: Nomenclature, target: Nomenclature) -> LabelLoss:
    """Map the labels of every patch, and count what is dropped.

    Parameters
    ----------
    summary
        One row per patch; reads ``id``, ``labels``, ``split`` and ``country``.
    source
        The nomenclature of the labels, which declares the mapping; its own spellings are expected.
    target
        The nomenclature to map to.

    Raises
    ------
    ValueError
        No patch has a label.
    NomenclatureError
        The source has no mapping to the target.
    KeyError
        A label is not in the source.
    """
    matrix = label_matrix(summary)
    mapping = source.crosswalk(target.name)
    targets = [mapping[name] for name in matrix.names]
    dropped = np.asarray([name is None for name in targets])
    patch = np.repeat(np.arange(matrix.n_patches), matrix.lengths)
    kept = np.bincount(patch[~dropped[matrix.codes]], minlength=matrix.n_patches)
    bare = (kept == 0) & (matrix.lengths > 0)
    return LabelLoss(
        source.title,
        target.title,
        int((matrix.lengths > 0).sum()),
        int(((kept == matrix.lengths) & (matrix.lengths > 0)).sum()),
        (len(matrix.codes), after := _distinct(matrix, patch, targets)),
        int(kept.sum()) - after,
        _patches(summary, matrix, bare),
        _classes(matrix, source, mapping, bare),
    )


def _distinct(matrix: LabelMatrix, patch: Integers, targets: list[str | None]) -> int:
    """Count the labels after the mapping, each once per patch."""
    names = sorted({name for name in targets if name is not None})
    place = np.asarray([-1 if name is None else names.index(name) for name in targets])
    codes = place[matrix.codes]
    keys = patch[codes >= 0] * max(len(names), 1) + codes[codes >= 0]
    return len(distinct(keys))


def _patches(
    summary: pa.Table, matrix: LabelMatrix, bare: NDArray[np.bool_]
) -> tuple[tuple[str, tuple[str, ...], str | None, str | None], ...]:
    columns = summary.select(["id", "labels", "split", "country"]).take(pa.array(matrix.lines[bare]))
    found = [(row["id"], tuple(sorted(row["labels"])), row["split"], row["country"]) for row in columns.to_pylist()]
    return tuple(sorted(found))


def _classes(
    matrix: LabelMatrix, source: Nomenclature, mapping: Mapping[str, str | None], bare: NDArray[np.bool_]
) -> tuple[tuple[str, str | None, int, int], ...]:
    counts = dict(zip(matrix.names, matrix.counts.tolist(), strict=True))
    inside = np.bincount(matrix.codes[matrix.spread(bare)], minlength=len(matrix.names))
    left = dict(zip(matrix.names, inside.tolist(), strict=True))
    return tuple(
        (entry.name, mapping[entry.name], counts.get(entry.name, 0), left.get(entry.name, 0))
        for entry in source.classes
    )
