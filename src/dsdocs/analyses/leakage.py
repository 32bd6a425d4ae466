"""How many test patches does a model know from training: the same ground, its neighbours, the same image?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dsdocs.analyses.ground import Flags, Ground, Integers, ground, split_codes
from dsdocs.analyses.once import once
from dsdocs.analyses.splits import ORDER
from dsdocs.geo.separation import Neighbourhood
from dsdocs.views import Number, Numbers, Table, View

STEPS = (1, 2, 5, 10)  # of the largest round number of metres that is not longer than a side
REPEATS = 5
SEED = 0
_SLACK = 1 + 1e-9  # what is a thousandth of a millimetre farther than d is within d


@dataclass(frozen=True, slots=True)
class Kind:
    """One way in which a patch is near those of another split."""

    name: str  # overlap, touch, within-1000, revisit, product, tile
    words: str  # completes "test patches that ..."; {} stands for the other split

    def said(self, against: str) -> str:
        """Complete "test patches that ..."."""
        return self.words.format(called(against))


@dataclass(frozen=True, slots=True)
class Share:
    """How many patches are near in one way."""

    kind: Kind
    patches: int  # of those that are asked about
    share: float  # 0 to 1, of those of which it can be told
    shuffled: float | None  # mean share where the same patches are dealt out at random; None: that was not computed


@dataclass(frozen=True, slots=True)
class Leakage:
    """How near the patches of one split are to those of another."""

    of: str
    against: str
    n_patches: int  # of the first split, with a footprint
    n_against: int
    shares: tuple[Share, ...]
    repeats: int  # shuffled splits

    def share(self, name: str) -> Share | None:
        """Return what was found of one kind; None where the data cannot tell."""
        return next((share for share in self.shares if share.kind.name == name), None)

    def views(self) -> tuple[View, ...]:
        """Return the two figures that count most, and all of them beside a shuffled split."""
        table = Table(
            f"How near {called(self.of)} patches are to {called(self.against)} patches",
            (f"{called(self.of).capitalize()} patches that …", "Patches", "Share (%)", *self._columns()),
            tuple(self._row(share) for share in self.shares),
            self._finding(),
        )
        figures = [share for name in ("touch", "revisit") if (share := self.share(name)) is not None]
        head = tuple(
            Number(
                f"{called(self.of).capitalize()} patches that {share.kind.said(self.against)}",
                percent(share.share),
                "%",
            )
            for share in figures
        )
        return (Numbers(f"From {called(self.against)} to {called(self.of)}", head), table)

    def _columns(self) -> tuple[str, ...]:
        return ("Share if shuffled (%)",) if self.repeats else ()

    def _row(self, share: Share) -> tuple[str | int | float | None, ...]:
        shuffled = () if share.shuffled is None else (percent(share.shuffled),)
        return (share.kind.said(self.against), share.patches, percent(share.share), *shuffled)

    def _finding(self) -> str:
        touch = self.share("touch")
        if touch is None:
            return ""
        text = (
            f"{percent(touch.share):g} % of the {self.n_patches:,} {called(self.of)} patches touch or overlap "
            f"a {called(self.against)} patch"
        )
        if touch.shuffled is None:
            return f"{text}."
        return f"{text}; in a shuffled split of the same sizes, {percent(touch.shuffled):g} % would."


def leakage(
    summary: pa.Table,
    *,
    of: str = "test",
    against: str = "train",
    distances: Sequence[float] | None = None,
    repeats: int = REPEATS,
    seed: int = SEED,
) -> Leakage:
    """Measure how near the patches of one split are to those of another, beside shuffled splits of the same sizes.

    Patches overlap when they share ground, touch when they share at least a point of their edges, and lie within d
    when the gap between them is at most d metres: measured in the native CRS, or in that of the patch of the other
    split where the two differ (see `dsdocs.geo.planes`). They show a place at another time when their footprints are
    equal and their times differ, and come from one product when tile and time are equal.

    Parameters
    ----------
    summary
        One row per patch; patches without a footprint do not count.
    of, against
        Names of the splits.
    distances
        In metres, ascending. Default: 1, 2, 5 and 10 times the round number (1, 2 or 5 with zeros) below a side.
    repeats
        Shuffled splits to take the mean of; their sizes are those of all splits.
    seed
        Of PCG64.

    Raises
    ------
    ValueError
        No patch of one of the two splits has a footprint.
    """
    near = nearness(summary, None if distances is None else tuple(distances))
    split = split_codes(summary, (of, against, *(name for name in ORDER if name not in (of, against))))
    split[near.ground.place < 0] = -1
    for number, name in enumerate((of, against)):
        if not (split == number).any():
            raise ValueError(f"no patch of the summary has both a footprint and the split {name!r}")
    flags = near.flags(split == 0, split == 1)
    deals = [near.flags(dealt == 0, dealt == 1) for dealt in shuffled(split, repeats, seed)]
    shares = []
    for kind, hit in flags.items():
        means = [float(deal[kind].mean()) for deal in deals]
        mean = sum(means) / len(means) if means else None
        shares.append(Share(kind, int(hit.sum()), float(hit.mean()), mean))
    n_patches, n_against = (int((split == number).sum()) for number in (0, 1))
    return Leakage(of, against, n_patches, n_against, tuple(shares), repeats)


class Nearness:
    """Patches in their places, prepared once for many splits."""

    def __init__(self, found: Ground, distances: Sequence[float] | None = None) -> None:
        self.ground = found
        self.distances = tuple(distances) if distances is not None else round_distances(found.side)
        self._neighbourhood = Neighbourhood(found.footprints, max(self.distances, default=0.0) * _SLACK)

    def flags(self, asked: Flags, others: Flags) -> dict[Kind, Flags]:
        """Tell for each kind which of the patches that are asked about are near one of the others.

        Parameters
        ----------
        asked, others
            Rows of the summary, (n,); each has a footprint.

        Returns
        -------
        dict
            Flags in the order of ``np.flatnonzero(asked)``; kinds of which nothing is known are left out.
        """
        known = self.ground
        nearest = self._neighbourhood.nearest(asked[known.placed], others[known.placed])
        found = {
            Kind("overlap", "share ground with a {} patch"): nearest.overlaps,
            Kind("touch", "touch or overlap a {} patch"): nearest.distance == 0,
        }
        for distance in self.distances:
            kind = Kind(f"within-{distance:g}", f"lie within {metres(distance)} of a {{}} patch")
            found[kind] = nearest.distance <= distance * _SLACK
        if (known.visit >= 0).any():
            again = _shared(known.place, asked, others) > _shared(known.visit, asked, others)
            found[Kind("revisit", "show the place of a {} patch at another time")] = again & (known.visit[asked] >= 0)
        if (known.product >= 0).any():
            found[Kind("product", "come from the same image as a {} patch")] = _shared(known.product, asked, others) > 0
        if (known.tile >= 0).any():
            found[Kind("tile", "come from the same tile as a {} patch")] = _shared(known.tile, asked, others) > 0
        return found


@once
def nearness(summary: pa.Table, distances: tuple[float, ...] | None = None) -> Nearness:
    """Prepare the patches of a summary that have a footprint; see `leakage` for the distances.

    Raises
    ------
    ValueError
        No patch has a footprint.
    """
    return Nearness(ground(summary), distances)


def shuffled(split: Integers, repeats: int, seed: int) -> list[Integers]:
    """Deal the splits out at random to the patches that have one (a number from 0), so many times."""
    rows = np.flatnonzero(split >= 0)
    source = np.random.PCG64(seed)
    deals = []
    for _ in range(repeats):
        dealt = split.copy()
        # The order of raw numbers is the same in every version of numpy; of equal ones, the first comes first.
        drawn = source.random_raw(len(rows))
        order = np.argsort(drawn)
        ordered = drawn[order]
        if (ordered[1:] == ordered[:-1]).any():
            order = np.argsort(drawn, kind="stable")  # takes three times as long
        dealt[rows[order]] = split[rows]
        deals.append(dealt)
    return deals


def round_distances(side: float) -> tuple[float, ...]:
    """Return the distances that suit patches with a side of so many metres."""
    power = 10.0 ** math.floor(math.log10(side))
    unit = max(step * power for step in (1, 2, 5) if step * power <= side * _SLACK)
    return tuple(unit * step for step in STEPS)


def metres(distance: float) -> str:
    """Write a distance in metres or kilometres."""
    return f"{distance / 1000:g} km" if distance >= 1000 else f"{distance:g} m"


def percent(share: float) -> float:
    """Return a share in percent with two decimals; 0 and 100 stand for none and all, and for nothing near them."""
    return round(100 * share, 2) if share in (0.0, 1.0) else min(max(round(100 * share, 2), 0.01), 99.99)


def _shared(number: Integers, asked: Flags, others: Flags) -> Integers:
    """Return how many of the others have the number of each that is asked about; none where it is -1."""
    counts = np.bincount(number[others] + 1, minlength=int(number.max(initial=-1)) + 2)
    counts[0] = 0
    return counts[number[asked] + 1]


def called(split: str) -> str:
    """Return what the patches of a split are called."""
    return {"train": "training", "val": "validation"}.get(split, split)
