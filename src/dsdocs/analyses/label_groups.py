"""How do the classes differ between splits, seasons, countries, tiles or sensors?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.acquisition_time import SEASONS
from dsdocs.analyses.label_matrix import Integers, LabelMatrix, Reals, label_matrix
from dsdocs.analyses.splits import ORDER
from dsdocs.analyses.statistics import jensen_shannon
from dsdocs.geo.countries import country_name
from dsdocs.views import Cell, Heatmap, Table, View

GROUPINGS = ("split", "season", "country", "tile", "sensor")
SHOWN = 12  # groups side by side; more do not fit, and the table of groups has them all
_FIXED = {"split": ORDER, "season": SEASONS}  # these have an order of their own; other groups are sorted by size


@dataclass(frozen=True, slots=True, eq=False)
class LabelGroups:
    """Patches of each class in each group, and in all groups together."""

    by: str  # one of GROUPINGS
    classes: tuple[str, ...]  # by falling count
    groups: tuple[str, ...]
    counts: Integers  # (classes, groups) patches
    patches: Integers  # (groups,) patches with a list of labels
    whole: Integers  # (classes,) patches of all groups together
    n_patches: int  # in all groups together

    @property
    def shares(self) -> Reals:
        """Share of a group's patches that have a class, (classes, groups)."""
        share: Reals = self.counts / self.patches
        return share

    @property
    def whole_shares(self) -> Reals:
        """Share of all patches that have a class, (classes,)."""
        share: Reals = self.whole / self.n_patches
        return share

    @property
    def differences(self) -> Reals:
        """Share in a group less the share in the whole, (classes, groups)."""
        difference: Reals = self.shares - self.whole_shares[:, None]
        return difference

    @property
    def distances(self) -> tuple[float, ...]:
        """Jensen-Shannon distance between the labels of each group and those of the whole; 1 for no labels."""
        columns = self.counts.T.astype(np.float64)
        whole = self.whole.astype(np.float64)
        return tuple(jensen_shannon(column, whole) if column.any() else 1.0 for column in columns)

    def views(self) -> tuple[View, ...]:
        """Return the groups with their distance from the whole, and classes by group where they fit side by side."""
        return (self._groups(), *((self._map(), self._table()) if len(self.groups) <= SHOWN else ()))

    def _name(self, place: int) -> str:
        return country_name(self.groups[place]) if self.by == "country" else self.groups[place]

    def _groups(self) -> Table:
        rows: list[tuple[str, int, float, str, float]] = []
        for place, distance in enumerate(self.distances):
            column = self.differences[:, place]
            row = int(np.abs(column).argmax())
            largest = round(100 * float(column[row]), 2)
            rows.append((self._name(place), int(self.patches[place]), round(distance, 4), self.classes[row], largest))
        if self.by not in _FIXED:
            rows.sort(key=lambda row: (-row[2], row[0]))
        furthest, nearest = max(rows, key=lambda row: row[2]), min(rows, key=lambda row: row[2])
        finding = (
            f"Furthest from the whole is {furthest[0]}, at a distance of {furthest[2]:.3f}; "
            f"nearest is {nearest[0]}, at {nearest[2]:.3f}."
        )
        columns = (self.by.capitalize(), "Patches", "Distance", "Class that differs most", "By (points)")
        return Table(f"Labels by {self.by}: distance from the whole", columns, tuple(rows), finding)

    def _map(self) -> Heatmap:
        values = tuple(tuple(round(100 * float(value), 3) for value in line) for line in self.differences)
        row, column = np.unravel_index(int(np.abs(self.differences).argmax()), self.differences.shape)
        largest = 100 * float(self.differences[row, column])
        finding = (
            f"The largest difference: {self.classes[row]} in {self._name(int(column))}, "
            f"{abs(largest):.1f} points {'more' if largest > 0 else 'less'} than in all patches."
        )
        names = tuple(self._name(place) for place in range(len(self.groups)))
        return Heatmap(
            f"Labels by {self.by}: difference from the whole", self.classes, names, values,
            "percentage points from the share in all patches", finding, middle=0.0,
        )  # fmt: skip

    def _table(self) -> Table:
        names = (self._name(place) for place in range(len(self.groups)))
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                name,
                int(self.whole[row]),
                round(100 * float(self.whole_shares[row]), 2),
                *(round(100 * float(share), 2) for share in self.shares[row]),
            )
            for row, name in enumerate(self.classes)
        )
        columns = ("Class", "Patches", "All (%)", *(f"{name} (%)" for name in names))
        return Table(f"Labels by {self.by}: share of the patches", columns, rows)


def label_groups(summary: pa.Table, by: str) -> LabelGroups:
    """Count the patches of each class in each group; patches in no group are left out of the whole as well.

    Parameters
    ----------
    summary
        One row per patch; reads ``labels`` and the column of the groups.
    by
        ``split``, ``season``, ``country``, ``tile`` or ``sensor``. Groups may overlap for sensors alone: a patch
        is in the group of each asset that it has.

    Raises
    ------
    ValueError
        No patch has a label, or no patch with labels is in a group.
    """
    matrix = label_matrix(summary)
    groups, lines, index = members(summary, matrix, by)
    if not groups:
        raise ValueError(f"no patch of the summary has a label and a {by}")
    size = len(groups)
    falling = matrix.falling
    starts = np.cumsum(matrix.lengths) - matrix.lengths
    lengths = matrix.lengths[lines]
    # The labels of each member: one after the other from where those of its patch start.
    offset = np.repeat(starts[lines] - (np.cumsum(lengths) - lengths), lengths)
    codes = matrix.codes[offset + np.arange(len(offset))]
    cells = np.bincount(codes * size + np.repeat(index, lengths), minlength=len(matrix.names) * size)
    counts = cells.reshape(-1, size)[falling]
    inside = np.zeros(matrix.n_patches, dtype=bool)
    inside[lines] = True
    whole = np.bincount(matrix.codes[matrix.spread(inside)], minlength=len(matrix.names))[falling]
    occurring = whole > 0
    return LabelGroups(
        by,
        tuple(matrix.names[code] for code in falling[occurring]),
        groups,
        counts[occurring],
        np.bincount(index, minlength=size),
        whole[occurring],
        int(inside.sum()),
    )


def members(summary: pa.Table, matrix: LabelMatrix, by: str) -> tuple[tuple[str, ...], Integers, Integers]:
    """Return the groups, and line of the matrix and index of the group for each patch that is in one."""
    if by not in GROUPINGS:
        raise ValueError(f"{by!r} is no grouping; expected one of {', '.join(GROUPINGS)}")
    if by == "sensor":
        assets = summary["assets"].combine_chunks().take(pa.array(matrix.lines))
        lines = pc.list_parent_indices(assets).to_numpy().astype(np.int64)
        column = assets.flatten().field("key")
    else:
        lines = np.arange(matrix.n_patches)
        column = summary[by].combine_chunks().take(pa.array(matrix.lines)).cast(pa.string())
    known = column.is_valid().to_numpy(zero_copy_only=False)
    encoded = column.drop_null().dictionary_encode()
    found, index = encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)
    sizes = np.bincount(index, minlength=len(found))
    fixed = {name: place for place, name in enumerate(_FIXED.get(by, ()))}
    order = sorted(
        range(len(found)), key=lambda place: (fixed.get(found[place], len(fixed)), -sizes[place], found[place])
    )
    place = np.empty(len(found), dtype=np.int64)
    place[order] = np.arange(len(found))
    return tuple(found[number] for number in order), lines[known], place[index] if len(found) else index


def groupings(summary: pa.Table) -> tuple[str, ...]:
    """Return by what the labelled patches can be told apart: the groupings with more than one group.

    Sensors that all patches have alike tell nothing apart, and groups that hold less than half of the patches tell
    little of the whole.
    """
    try:
        matrix = label_matrix(summary)
    except ValueError:
        return ()
    found = []
    for by in GROUPINGS:
        groups, lines, index = members(summary, matrix, by)
        alike = by == "sensor" and bool((np.bincount(index, minlength=len(groups)) == matrix.n_patches).all())
        if len(groups) > 1 and not alike and 2 * len(np.unique(lines)) >= matrix.n_patches:
            found.append(by)
    return tuple(found)
