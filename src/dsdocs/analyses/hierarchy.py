"""Where does each class stand in its nomenclature, and how do two nomenclatures map onto each other?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dsdocs.analyses.label_matrix import LabelMatrix, distinct, label_matrix
from dsdocs.nomenclatures import Nomenclature
from dsdocs.views import Bars, Cell, Number, Numbers, Table, View


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Classes with their ancestors, and the patches of every node."""

    title: str
    rows: tuple[tuple[tuple[str, ...], str | None, int], ...]  # lineage from the root to the class, code, patches
    levels: tuple[dict[tuple[str, ...], int], ...]  # of each upper level: lineage of a node -> patches, each once
    n_patches: int  # patches that have a list of labels

    def views(self) -> tuple[View, ...]:
        """Return bars for each upper level, and one row for each class in the order of the nomenclature."""
        return (*(self._level(depth) for depth in range(1, len(self.levels) + 1)), self._classes())

    def _level(self, depth: int) -> Bars:
        counts = self.levels[depth - 1]
        first = max(counts, key=lambda node: counts[node])
        finding = (
            f"{first[-1]} is on {self._share(counts[first])} of the patches. A patch counts once for a node, however "
            "many of its classes it has."
        )
        # Two nodes of one level may have the same name, below different parents.
        names = [node[-1] for node in counts]
        unique = tuple(node[-1] if names.count(node[-1]) == 1 else " / ".join(node) for node in counts)
        values = tuple(float(count) for count in counts.values())
        return Bars(
            f"Patches by level {depth} of {self.title}", unique, values, "patches", finding, float(self.n_patches)
        )

    def _classes(self) -> Table:
        depth = max(len(lineage) for lineage, _, _ in self.rows)
        columns = (*(f"Level {level}" for level in range(1, depth)), "Class", "Code", "Patches", "Share (%)")
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                *lineage[:-1], *[""] * (depth - len(lineage)), lineage[-1], code or "", count,
                round(100 * count / self.n_patches, 3) if self.n_patches else None,
            )
            for lineage, code, count in self.rows
        )  # fmt: skip
        absent = sum(1 for _, _, count in self.rows if count == 0)
        finding = f"{len(self.rows) - absent} of {len(self.rows)} classes of {self.title} occur."
        return Table(f"Classes of {self.title}", columns, rows, finding)

    def _share(self, count: int) -> str:
        return f"{count / self.n_patches:.0%}" if self.n_patches else "none"


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
    """Count the patches of every class of a nomenclature, classes that never occur included, and of the nodes above.

    A patch counts once for a node, even where it has several classes below it, so the counts of a level add up to
    more than the number of patches where patches have several labels. Reads ``labels`` (list<string>).

    Raises
    ------
    ValueError
        No patch has a label.
    """
    matrix = label_matrix(summary)
    counts = dict(zip(matrix.names, matrix.counts.tolist(), strict=True))
    rows = tuple(
        (nomenclature.lineage(entry.name), entry.code, counts.get(entry.name, 0)) for entry in nomenclature.classes
    )
    depth = max(len(lineage) for lineage, _, _ in rows)
    levels = tuple(
        _level(matrix, nomenclature, [lineage for lineage, _, _ in rows], level) for level in range(1, depth)
    )
    return Hierarchy(nomenclature.title, rows, levels, matrix.n_patches)


def _level(
    matrix: LabelMatrix, nomenclature: Nomenclature, lineages: list[tuple[str, ...]], level: int
) -> dict[tuple[str, ...], int]:
    """Count the patches of the nodes of one level, most first, then as in the nomenclature; a class may be a node."""
    nodes = list(dict.fromkeys(lineage[:level] for lineage in lineages if len(lineage) >= level))
    place = {node: number for number, node in enumerate(nodes)}
    above = np.asarray([_node(nomenclature, name, level, place) for name in matrix.names])
    patch = np.repeat(np.arange(matrix.n_patches), matrix.lengths)
    code = above[matrix.codes]
    once = distinct(patch[code >= 0] * len(nodes) + code[code >= 0]) % len(nodes)
    counts = np.bincount(once, minlength=len(nodes))
    return {nodes[number]: int(counts[number]) for number in np.argsort(-counts, kind="stable")}


def _node(nomenclature: Nomenclature, name: str, level: int, place: dict[tuple[str, ...], int]) -> int:
    """Return the node above a class, -1 for a class that stands higher or that the nomenclature does not know."""
    if nomenclature.find(name) is None:
        return -1
    lineage = nomenclature.lineage(name)
    return place[lineage[:level]] if len(lineage) >= level else -1


def crosswalk(source: Nomenclature, target: Nomenclature) -> Crosswalk:
    """Follow every class of one nomenclature into another one.

    Raises
    ------
    NomenclatureError
        The source has no mapping to the target.
    """
    mapping = source.crosswalk(target.name)
    return Crosswalk(source.title, target.title, tuple((entry.name, mapping[entry.name]) for entry in source.classes))
