"""Iterative stratification: deal out groups of patches so that each split gets its share of every class.

K. Sechidis, G. Tsoumakas and I. Vlahavas, On the Stratification of Multi-Label Data, ECML PKDD 2011, algorithm 1, with
groups of patches (blocks) in the place of single examples: a group counts with all its patches and labels.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from dsdocs.analyses.ground import Integers

_UNIT = 2**44  # of squared deviations; some thousands of them still fit into 63 bits
_SWEEPS = 20
_MANY = 50_000  # groups; so many are small, and dealt out well by themselves
_FEW = 1e-3  # of the groups; a sweep that moves no more is the last one


def stratify(sizes: Integers, classes: Integers, shares: Sequence[float], priority: Integers) -> Integers:
    """Return the split (g,) of each group.

    The class with the fewest patches left is dealt out first. Of the groups that have it, those with the most of it
    come first, since the rest can even out what they leave; each goes to the split that lacks most of the class, of
    these to the one that lacks most patches, of these to the first.

    Parameters
    ----------
    sizes
        Patches of each group, shape ``(g,)``.
    classes
        Patches of each group that have each class, shape ``(g, c)``.
    shares
        Shares of the splits, which add up to 1.
    priority
        A number (g,) for each group, each different: of equal groups, the one with the smaller number comes first.
    """
    wanted = np.array(shares)
    # A split of no share lacks nothing, whatever happens.
    open_splits = np.flatnonzero(wanted > 0)
    lacks = wanted * sizes.sum()
    lacks_class = np.outer(classes.sum(axis=0), wanted)
    split: Integers = np.full(len(sizes), -1, dtype=np.int64)
    left = classes.sum(axis=0)
    queue = [(int(count), label) for label, count in enumerate(left.tolist()) if count]
    heapq.heapify(queue)
    holders = [np.flatnonzero(classes[:, label]) for label in range(classes.shape[1])]
    while queue:
        count, label = heapq.heappop(queue)
        if count != left[label]:  # it has become rarer since it was put there
            if left[label]:
                heapq.heappush(queue, (int(left[label]), label))
            continue
        rows = holders[label][split[holders[label]] < 0]
        for row in rows[np.lexsort((priority[rows], -classes[rows, label]))].tolist():
            split[row] = best = _most(lacks_class[label], lacks, open_splits)
            lacks[best] -= sizes[row]
            lacks_class[:, best] -= classes[row]
            left -= classes[row]
    rest = np.flatnonzero(split < 0)
    for row in rest[np.lexsort((priority[rest], -sizes[rest]))].tolist():
        split[row] = best = _most(lacks, lacks, open_splits)
        lacks[best] -= sizes[row]
    return split


def refine(split: Integers, sizes: Integers, classes: Integers, shares: Sequence[float], priority: Integers) -> None:
    """Move groups to other splits while that brings the counts of patches and classes nearer to what is wanted.

    Blocks hold many classes at a time, and those that come with the rarest one are not dealt out by it alone. What is
    made smaller is the sum of the squared deviations, each against the count of its class; the patches count as much
    as all classes together. All numbers are whole, so that every machine takes the same steps.

    Parameters
    ----------
    split
        Split of each group, shape ``(g,)``; changed in place.
    sizes, classes, shares, priority
        As in `stratify`.
    """
    if len(sizes) > _MANY:
        return
    counts = np.column_stack([sizes, classes]).astype(np.int64)
    totals = counts.sum(axis=0)
    weight = _UNIT // np.maximum(totals, 1) ** 2
    weight[0] *= max(classes.shape[1], 1)
    off = -np.rint(np.outer(totals, shares)).astype(np.int64)  # what each split has too much of each class
    for place in range(len(shares)):
        off[:, place] += counts[split == place].sum(axis=0)
    open_splits = np.flatnonzero(np.array(shares) > 0)
    order = np.argsort(priority)
    for _ in range(_SWEEPS):
        moved = 0
        for row in order.tolist():
            own, here = counts[row], split[row]
            weighted = weight * own
            # Of moving the group: the sum of w ((d + x)^2 - d^2) where it goes to, and likewise where it comes from.
            change = 2 * (weighted @ (off[:, open_splits] - off[:, [here]]) + weighted @ own)
            change[open_splits == here] = 0
            best = int(open_splits[int(np.argmin(change))])
            if best != here and change.min() < 0:
                off[:, here] -= own
                off[:, best] += own
                split[row] = best
                moved += 1
        if moved <= len(order) * _FEW:
            break


def _most(first: np.ndarray, second: np.ndarray, among: Integers) -> int:
    best = among[0]
    for place in among[1:]:
        if (first[place], second[place]) > (first[best], second[best]):
            best = place
    return int(best)
