"""Which patches stand for a data set: every label is shown, and the rest is a fair sample."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from itertools import chain


def choose_examples(
    ids: Sequence[str],
    labels: Sequence[Sequence[str] | None],
    *,
    n: int,
    per_label: int = 2,
    seed: int = 0,
) -> list[int]:
    """Choose patches so that each label is shown, whatever the order of the rows.

    Patches are put into the order of a hash of their id. Rounds over the labels, rarest first, then take the
    next patch of each label that has fewer than one, two, ... ``per_label`` pictures; what is left of ``n``
    goes to the next patches of that order, which makes it a random sample.

    Parameters
    ----------
    ids
        Patch names, unique.
    labels
        Labels of each patch; None where the archive has none.
    n
        Number of patches wanted; all of them if there are fewer.
    per_label
        Patches that each label is shown with, where it has so many and ``n`` allows.
    seed
        Another number gives another sample.

    Returns
    -------
    list of int
        Positions in ``ids``, in the order of the hash. Equal counts of two labels are ordered by name.
    """
    draws = [_draw(name, seed) for name in ids]
    order = sorted(range(len(ids)), key=draws.__getitem__)
    frequency = Counter(chain.from_iterable(names for names in labels if names))
    candidates: dict[str, list[int]] = {
        label: [] for label in sorted(frequency, key=lambda name: (frequency[name], name))
    }
    # No label needs more candidates than it shows pictures; as a rule a few thousand rows hold them all.
    missing = sum(min(per_label, count) for count in frequency.values())
    for row in order:
        if missing == 0:
            break
        for label in set(labels[row] or ()):
            if len(candidates[label]) < per_label:
                candidates[label].append(row)
                missing -= 1
    chosen: set[int] = set()
    shown: Counter[str] = Counter()
    for wanted in range(1, per_label + 1):
        for label, rows in candidates.items():
            unseen = [row for row in rows if row not in chosen]
            if unseen and shown[label] < wanted and len(chosen) < n:
                chosen.add(unseen[0])
                shown.update(set(labels[unseen[0]] or ()))
    for row in order:
        if len(chosen) >= n:
            break
        chosen.add(row)
    return [row for row in order if row in chosen]


def _draw(name: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}\0{name}".encode(), digest_size=16).digest()
