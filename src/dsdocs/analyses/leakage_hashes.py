"""Which test pictures look like a training picture? Near-duplicates by their perceptual hashes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dsdocs.analyses.ground import Integers, split_codes
from dsdocs.analyses.leakage import REPEATS, SEED, called, percent, shuffled
from dsdocs.analyses.splits import ORDER
from dsdocs.views import Number, Numbers, Table, View

Hashes = NDArray[np.uint64]

WITHIN = 4  # bits of 64; what the same picture differs by after slight changes (Zauner, 2010, section 4)
MOST = 7  # beyond, bands are so short that almost everything has to be compared
PAIRS = 50  # that a page lists
_BITS = 64
_CHUNK = 4_000_000  # candidates that are compared at a time


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Pictures of one split that look like one of another."""

    of: str
    against: str
    within: int  # bits
    n_patches: int  # of the first split, with a hash
    near: int  # of these, with a picture of the other split within so many bits
    equal: int  # of these, with the same hash
    shuffled: float  # mean share that would be near if the same patches were dealt out at random
    pairs: tuple[tuple[str, str, int], ...]  # the closest: patch, patch of the other split, bits between

    def views(self) -> tuple[View, ...]:
        """Return the figures and the closest pairs."""
        share = self.near / self.n_patches
        figures = (
            Number(
                f"{called(self.of).capitalize()} pictures that look like a {called(self.against)} picture",
                percent(share),
                "%",
            ),
            Number("If shuffled", percent(self.shuffled), "%"),
            Number("With the same hash", self.equal, "pictures"),
        )
        views: list[View] = [Numbers("Near-duplicates by perceptual hash", figures)]
        if self.pairs:
            columns = (
                f"{called(self.of).capitalize()} patch",
                f"{called(self.against).capitalize()} patch",
                "Bits that differ",
            )
            listed = f"The {len(self.pairs)} closest; " if self.near > len(self.pairs) else ""
            finding = f"{listed}{self.near:,} of {self.n_patches:,} pictures have such a partner."
            views.append(Table("Pictures that look alike", columns, self.pairs, finding))
        return tuple(views)


def near_duplicates(
    summary: pa.Table,
    hashes: pa.Table,
    *,
    of: str = "test",
    against: str = "train",
    within: int = WITHIN,
    repeats: int = REPEATS,
    seed: int = SEED,
) -> NearDuplicates:
    """Find the pictures of one split whose hashes differ by few bits from one of another.

    Parameters
    ----------
    summary
        One row per patch; reads ``id`` and ``split``.
    hashes
        ``id`` and ``phash`` (uint64, null where there is none), a row for each row of the summary.
    of, against
        Names of the splits.
    within
        Greatest number of bits that may differ, up to `MOST`.
    repeats, seed
        Shuffled splits to take the mean of, and the seed of PCG64.

    Raises
    ------
    ValueError
        The rows are not those of the summary, or a split has no picture with a hash.
    """
    if not hashes["id"].combine_chunks().equals(summary["id"].combine_chunks()):
        raise ValueError("the hashes are not those of this summary; expected one for each row, in its order")
    split = split_codes(summary, (of, against, *(name for name in ORDER if name not in (of, against))))
    known = hashes["phash"].is_valid().to_numpy()
    split[~known] = -1
    for number, name in enumerate((of, against)):
        if not (split == number).any():
            raise ValueError(f"no patch of the summary has both a hash and the split {name!r}")
    values = np.where(known, hashes["phash"].fill_null(0).to_numpy(), 0).astype(np.uint64)
    distinct, place = np.unique(values[known], return_inverse=True)
    code = np.full(len(values), -1, dtype=np.int64)
    code[known] = place
    one, two, apart = close_pairs(distinct, within)
    near, equal = _near(split, code, len(distinct), one, two)
    deals = [_near(deal, code, len(distinct), one, two)[0].mean() for deal in shuffled(split, repeats, seed)]
    ids = summary["id"]
    pairs = tuple(
        (ids[first].as_py(), ids[second].as_py(), bits)
        for first, second, bits in _closest(split, code, one, two, apart)
    )
    mean = float(np.mean(deals)) if deals else 0.0
    return NearDuplicates(of, against, within, len(near), int(near.sum()), int(equal.sum()), mean, pairs)


def close_pairs(hashes: Hashes, within: int = WITHIN) -> tuple[Integers, Integers, Integers]:
    """Return all pairs of hashes that differ by at most so many bits.

    Two numbers that differ by at most k bits agree in at least one of k + 1 bands of their bits, so only those that
    share a band are compared (multi-index hashing; Norouzi, Punjani & Fleet, 2012).

    Parameters
    ----------
    hashes
        Shape ``(n,)``, each once.
    within
        From 0 to `MOST`.

    Returns
    -------
    tuple of ndarray
        Place of the first, of the second (larger), and the bits by which they differ, sorted by the places.
    """
    if not 0 <= within <= MOST:
        raise ValueError(f"pairs within {within} bits: expected 0 to {MOST}")
    edges = np.linspace(0, _BITS, within + 2).astype(np.int64)
    bands = [
        (hashes >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1 if high - low < _BITS else 2**64 - 1)
        for low, high in pairwise(edges.tolist())
    ]
    found: list[tuple[Integers, Integers, Integers]] = []
    for place, band in enumerate(bands):
        for first, second in _candidates(band):
            bits = np.bitwise_count(hashes[first] ^ hashes[second])
            kept = bits <= within
            for earlier in bands[:place]:  # each pair once: in the first band that it shares
                kept &= earlier[first] != earlier[second]
            first, second, bits = first[kept], second[kept], bits[kept]
            found.append((np.minimum(first, second), np.maximum(first, second), bits.astype(np.int64)))
    one, two, apart = (np.concatenate([part[axis] for part in found] or [np.empty(0, np.int64)]) for axis in range(3))
    order = np.lexsort((two, one))
    return one[order], two[order], apart[order]


def _candidates(band: Hashes) -> Iterator[tuple[Integers, Integers]]:
    """Yield all pairs of places with equal values, some millions at a time."""
    order = np.argsort(band, kind="stable")
    ordered = band[order]
    # For each, how many behind it in the order have its value.
    ends = np.searchsorted(ordered, ordered, side="right")
    counts = ends - np.arange(len(ordered)) - 1
    total = np.cumsum(counts)
    start = 0
    while start < len(ordered):
        before = int(total[start - 1]) if start else 0
        stop = max(int(np.searchsorted(total, before + _CHUNK, side="right")), start + 1)
        own = counts[start:stop]
        first = np.repeat(np.arange(start, stop), own)
        step = np.arange(len(first)) - np.repeat(np.cumsum(own) - own, own) + 1
        if len(first):
            yield order[first], order[first + step]
        start = stop


def _near(
    split: Integers, code: Integers, n_distinct: int, one: Integers, two: Integers
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which patches of split 0 have a patch of split 1 within reach, and with the same hash."""
    equal = np.zeros(n_distinct, dtype=bool)
    equal[code[split == 1]] = True
    near = equal.copy()
    near[one[equal[two]]] = True
    near[two[equal[one]]] = True
    asked = code[split == 0]
    return near[asked], equal[asked]


def _closest(
    split: Integers, code: Integers, one: Integers, two: Integers, apart: Integers
) -> list[tuple[int, int, int]]:
    """Return the closest pairs of a row of split 0 and one of split 1; of rows with the same hash, the first counts."""
    first = [np.full(int(code.max(initial=-1)) + 1, -1, dtype=np.int64) for _ in range(2)]
    for number in (0, 1):
        rows = np.flatnonzero(split == number)[::-1]
        first[number][code[rows]] = rows  # of repeated hashes the last one written stays
    itself = np.arange(len(first[0]))
    left, right = np.concatenate([itself, one, two]), np.concatenate([itself, two, one])
    bits = np.concatenate([np.zeros(len(itself), np.int64), apart, apart])
    asked, other = first[0][left], first[1][right]
    kept = (asked >= 0) & (other >= 0)
    asked, other, bits = asked[kept], other[kept], bits[kept]
    order = np.lexsort((other, asked, bits))[:PAIRS]
    return list(zip(asked[order].tolist(), other[order].tolist(), bits[order].tolist(), strict=True))
