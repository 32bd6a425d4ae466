"""How well does each split stand for the whole data set?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dsdocs.analyses.label_groups import LabelGroups, label_groups, members
from dsdocs.analyses.label_matrix import Integers, LabelMatrix, Reals, distinct, label_matrix
from dsdocs.analyses.label_sets import distinct_sets
from dsdocs.analyses.statistics import chi_square, chi_square_tail, cohen_h, holm, jensen_shannon, normal_tail
from dsdocs.views import Cell, Table, View

DRAWS = 100  # random groups of the same size to compare with
EXPECTED = 5.0  # patches below which the approximations of the tests do not hold (Cochran, 1954)
NOTABLE = 0.2  # Cohen's h from which he calls a difference small rather than negligible
_SEED = 20190801


@dataclass(frozen=True, slots=True)
class GroupTest:
    """One group against the whole and against all other patches."""

    name: str
    patches: int
    distance: float  # Jensen-Shannon distance from the whole
    chance: float  # distance below which 95 % of random groups of the same size lie
    w: float | None  # Cohen's w of labels by group and rest; None: too few labels
    chi_square: float | None
    degrees: int
    p: float | None


@dataclass(frozen=True, slots=True)
class ClassTest:
    """One class in one group against all other patches."""

    name: str
    group: str
    share: float
    rest: float
    h: float  # Cohen's h; positive: more frequent in the group
    p: float | None  # two-sided, corrected for the number of tests by Holm; None: too few patches to test


@dataclass(frozen=True, slots=True)
class LabelRepresentation:
    """How far each group is from the whole, and which classes make the difference."""

    by: str
    groups: tuple[GroupTest, ...]
    classes: tuple[ClassTest, ...]  # by falling size of h, then by names; none where there is one group alone

    def views(self) -> tuple[View, ...]:
        """Return a line for each group, and one for each class in each group."""
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                group.name, group.patches, round(group.distance, 4), round(group.chance, 4),
                None if group.w is None else round(group.w, 3),
                None if group.chi_square is None else round(group.chi_square, 1), group.degrees, _written(group.p),
            )
            for group in self.groups
        )  # fmt: skip
        columns = (
            self.by.capitalize(), "Patches", "Distance", "Random (95 %)", "Cohen's w", "Chi-square", "Degrees", "p",
        )  # fmt: skip
        detail: tuple[tuple[Cell, ...], ...] = tuple(
            (
                test.name, test.group, round(test.h, 3), round(100 * test.share, 2), round(100 * test.rest, 2),
                _written(test.p),
            )
            for test in self.classes
        )  # fmt: skip
        header = ("Class", self.by.capitalize(), "Cohen's h", "Share (%)", "Elsewhere (%)", "p")
        groups = Table(f"How each {self.by} stands for the whole", columns, rows, self._finding())
        if not self.classes:
            return (groups,)
        return (groups, Table(f"Classes by {self.by}: the largest effects first", header, detail, self._effects()))

    def _finding(self) -> str:
        if len(self.groups) == 1:
            return f"All patches are of one {self.by}, {self.groups[0].name}."
        far = max(self.groups, key=lambda group: group.distance)
        told = f"Furthest from the whole is {far.name}, at a distance of {far.distance:.3f}"
        if far.w is not None:
            told = f"{told}; its effect, Cohen's w of {far.w:.3f}, is {_named(far.w)}"
        apart = [group.name for group in self.groups if group.distance > group.chance]
        if not apart:
            return f"{told}. No group is further away than 95 % of random ones of its size."
        listed = apart[0] if len(apart) == 1 else f"{', '.join(apart[:-1])} and {apart[-1]}"
        return f"{told}. Further away than 95 % of random groups of the same size: {listed}."

    def _effects(self) -> str:
        notable = [test for test in self.classes if abs(test.h) >= NOTABLE]
        first = self.classes[0]
        if not notable:
            return f"No effect reaches Cohen's h of {NOTABLE}, below which he calls it negligible."
        direction = "more" if first.h > 0 else "less"
        told = f"{len(notable)} of {len(self.classes)} effects reach Cohen's h of {NOTABLE}"
        return f"{told}; the largest is {first.name}, {direction} frequent in {first.group} than elsewhere."


def _named(w: float) -> str:
    """Name the size of an effect as Cohen (1988, sec. 7.2) does; what is below "small" he leaves unnamed."""
    return "large" if w >= 0.5 else "medium" if w >= 0.3 else "small" if w >= 0.1 else "negligible"


def _written(p: float | None) -> Cell:
    return None if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def label_representation(summary: pa.Table, by: str = "split") -> LabelRepresentation:
    """Compare the labels of each group with those of the whole and of the other groups.

    A group is as far from the whole as its Jensen-Shannon distance says. To see what chance would do, the label sets
    of all patches are dealt at random, without replacement, to groups of the same size; this keeps the labels of a
    patch together.

    The tests compare a group with all other patches: Pearson's chi-square over the numbers of labels, with classes
    of fewer than five expected labels put together, and for each class a two-proportion z-test with the pooled
    share, corrected over all tests of the table after Holm. They take labels and patches as independent.

    Parameters
    ----------
    summary
        One row per patch; reads ``labels`` and the column of the groups.
    by
        ``split``, ``season``, ``country`` or ``tile``.

    Raises
    ------
    ValueError
        No patch has a label, or no patch with labels is in a group.
    """
    groups = label_groups(summary, by)
    matrix = label_matrix(summary)
    chances = _chances(summary, matrix, groups)
    tested = tuple(_group(groups, place, chance) for place, chance in enumerate(chances))
    return LabelRepresentation(by, tested, _classes(groups))


def _group(groups: LabelGroups, place: int, chance: float) -> GroupTest:
    own = groups.counts[:, place]
    statistic, degrees, effect, p = None, 0, None, None
    table = _pooled(np.stack([own, groups.whole - own]).astype(np.float64))
    if table is not None:
        statistic, degrees = chi_square(table)
        effect, p = float(np.sqrt(statistic / table.sum())), chi_square_tail(statistic, degrees)
    name, patches, distance = groups.groups[place], int(groups.patches[place]), groups.distances[place]
    return GroupTest(name, patches, distance, chance, effect, statistic, degrees, p)


def _pooled(table: Reals) -> Reals | None:
    """Put the classes together that have too few expected labels; None where nothing is left to compare."""
    if not table.sum(axis=1).all():
        return None
    few = np.outer(table.sum(axis=1), table.sum(axis=0)).min(axis=0) < EXPECTED * table.sum()
    parts = [table[:, ~few], table[:, few].sum(axis=1, keepdims=True)] if few.any() else [table]
    merged = np.concatenate(parts, axis=1)
    return merged if merged.shape[1] > 1 else None


def _classes(groups: LabelGroups) -> tuple[ClassTest, ...]:
    found: list[ClassTest] = []
    for place, name in enumerate(groups.groups):
        size, rest = int(groups.patches[place]), groups.n_patches - int(groups.patches[place])
        if not rest:
            continue
        own, other = groups.counts[:, place], groups.whole - groups.counts[:, place]
        share, elsewhere = own / size, other / rest
        pooled = groups.whole / groups.n_patches
        spread = np.sqrt(pooled * (1 - pooled) * (1 / size + 1 / rest))
        enough = np.minimum(pooled, 1 - pooled) * min(size, rest) >= EXPECTED
        effects = cohen_h(share, elsewhere)
        for row, label in enumerate(groups.classes):
            p = normal_tail(float((share[row] - elsewhere[row]) / spread[row])) if enough[row] else None
            found.append(ClassTest(label, name, float(share[row]), float(elsewhere[row]), float(effects[row]), p))
    tested = [place for place, test in enumerate(found) if test.p is not None]
    corrected = dict(zip(tested, holm([test.p for test in found if test.p is not None]), strict=True))
    adjusted = [
        ClassTest(test.name, test.group, test.share, test.rest, test.h, corrected.get(place))
        for place, test in enumerate(found)
    ]
    return tuple(sorted(adjusted, key=lambda test: (-abs(test.h), test.name, test.group)))


def _chances(summary: pa.Table, matrix: LabelMatrix, groups: LabelGroups) -> list[float]:
    """Return the distance below which 95 % of random groups lie, for the size of each group."""
    _, lines, _ = members(summary, matrix, groups.by)
    place = {name: row for row, name in enumerate(groups.classes)}
    table, counts = _set_table(matrix, distinct(lines), [place.get(name, -1) for name in matrix.names])
    random = np.random.default_rng(_SEED)
    whole = groups.whole.astype(np.float64)
    limits = []
    for size in groups.patches:
        drawn = random.multivariate_hypergeometric(counts, int(size), size=DRAWS, method="marginals")
        labels = np.stack([_labels(table, line, len(whole)) for line in drawn])
        limits.append(float(np.quantile([jensen_shannon(line, whole) if line.any() else 1.0 for line in labels], 0.95)))
    return limits


def _set_table(matrix: LabelMatrix, lines: Integers, place: list[int]) -> tuple[tuple[Integers, Integers], Integers]:
    """Return the labels of each distinct set, as set and class, and the number of patches of each set.

    Sets are sorted by count and labels, so that draws do not depend on the order of the patches.
    """
    index, first = distinct_sets(matrix)
    counts = np.bincount(index[lines], minlength=len(first))
    starts = np.cumsum(matrix.lengths) - matrix.lengths
    rows = np.asarray(place)
    spelled = [
        (int(counts[number]), tuple(rows[matrix.codes[starts[line] : starts[line] + matrix.lengths[line]]].tolist()))
        for number, line in enumerate(first)
        if counts[number]
    ]
    spelled.sort(reverse=True)
    sets = np.repeat(np.arange(len(spelled)), [len(labels) for _, labels in spelled])
    classes = np.asarray([label for _, labels in spelled for label in labels], dtype=np.int64)
    return (sets, classes), np.asarray([count for count, _ in spelled], dtype=np.int64)


def _labels(table: tuple[Integers, Integers], drawn: Integers, size: int) -> Reals:
    """Count the labels of so many patches of each set."""
    sets, classes = table
    return np.bincount(classes, weights=drawn[sets], minlength=size).astype(np.float64)
