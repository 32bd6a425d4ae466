"""Where does each class stand in its nomenclature, and how do two nomenclatures map onto each other?"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.nomenclatures import Nomenclature
from dsdocs.views import Cell, Number, Numbers, Table, View


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Classes with their ancestors and their counts."""

    title: str
    rows: tuple[tuple[tuple[str, ...], str | None, int], ...]  # lineage from the root to the class, code, patches

    def views(self) -> tuple[View, ...]:
        """Return one row for each class, in the order of the nomenclature."""
        depth = max(len(lineage) for lineage, _, _ in self.rows)
        columns = (*(f"Level {level}" for level in range(1, depth)), "Class", "Code", "Patches")
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (*lineage[:-1], *[""] * (depth - len(lineage)), lineage[-1], code or "", count)
            for lineage, code, count in self.rows
        )
        absent = sum(1 for _, _, count in self.rows if count == 0)
        finding = f"{len(self.rows) - absent} of {len(self.rows)} classes of {self.title} occur."
        return (Table(f"Classes of {self.title}", columns, rows, finding),)


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """What a mapping between two nomenclatures keeps, merges and drops."""

    source: str
    target: str
    rows: tuple[tuple[str, str | None], ...]  # class -> class of the target; None: dropped

    def count(self, what: str) -> int:
        """Count the classes that are ``kept`` under a class of their own, ``merged`` with others, or ``dropped``."""
        return sum(1 for name, target in self.rows if self._fate(target) == what)

    def _fate(self, target: str | None) -> str:
        if target is None:
            return "dropped"
        return "merged" if sum(1 for _, other in self.rows if other == target) > 1 else "kept"

    def views(self) -> tuple[View, ...]:
        """Return the counts and the whole mapping."""
        fates = Numbers(
            f"{self.source} to {self.target}",
            tuple(Number(what.capitalize(), self.count(what), "classes") for what in ("kept", "merged", "dropped")),
        )
        rows = tuple((name, target or "(dropped)", self._fate(target)) for name, target in self.rows)
        finding = f"{self.count('dropped')} of {len(self.rows)} classes have no counterpart in {self.target}."
        return (fates, Table(f"From {self.source} to {self.target}", (self.source, self.target, "Fate"), rows, finding))


def hierarchy(summary: pa.Table, nomenclature: Nomenclature) -> Hierarchy:
    """Count the patches of every class of a nomenclature, classes that never occur included."""
    found = pc.value_counts(summary["labels"].combine_chunks().flatten()).to_pylist()
    counts = {entry["values"]: entry["counts"] for entry in found}
    rows = tuple(
        (nomenclature.lineage(entry.name), entry.code, counts.get(entry.name, 0)) for entry in nomenclature.classes
    )
    return Hierarchy(nomenclature.title, rows)


def crosswalk(source: Nomenclature, target: Nomenclature) -> Crosswalk:
    """Follow every class of one nomenclature into another one.

    Raises
    ------
    NomenclatureError
        The source has no mapping to the target.
    """
    mapping = source.crosswalk(target.name)
    return Crosswalk(source.title, target.title, tuple((entry.name, mapping[entry.name]) for entry in source.classes))
