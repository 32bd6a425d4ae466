"""Which test patches are near training patches, and what do such pairs look like?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.examples import examples, first_rendering
from dsdocs.analyses.footprint_map import outlined
from dsdocs.analyses.ground import Integers, ground, split_codes
from dsdocs.analyses.leakage import called, metres, nearness
from dsdocs.analyses.words import counted
from dsdocs.geo.separation import Neighbourhood
from dsdocs.imagery.model import Thumbnail
from dsdocs.views import Gallery, Layer, Map, Picture, View

PAIRS = 4  # that a page shows


@dataclass(frozen=True, slots=True)
class LeakageMap:
    """Outlines of the test patches by their distance from training patches."""

    layers: tuple[Layer, ...]
    bounds: tuple[float, float, float, float]  # west, south, east, north in OGC:CRS84
    finding: str

    def views(self) -> tuple[View, ...]:
        """Return the map."""
        return (Map("Test patches by their distance from training patches", self.layers, self.bounds, self.finding),)


def leakage_map(summary: pa.Table, *, of: str = "test", against: str = "train") -> LeakageMap:
    """Draw the patches of a split that touch or overlap one of another split, those nearby, and those apart.

    Raises
    ------
    ValueError
        No patch of one of the two splits has a footprint.
    """
    near = nearness(summary)
    found, split = near.ground, split_codes(summary, (of, against))
    split[found.place < 0] = -1
    for number, name in enumerate((of, against)):
        if not (split == number).any():
            raise ValueError(f"no patch of the summary has both a footprint and the split {name!r}")
    flags = {kind.name: hit for kind, hit in near.flags(split == 0, split == 1).items()}
    far = near.distances[-1]
    touching, close = flags["touch"], flags[f"within-{far:g}"]
    rows = np.searchsorted(found.placed, np.flatnonzero(split == 0))  # in the table of patches with a footprint
    group = f"{called(of)} patches"
    groups = [
        ("", "All patches", np.arange(len(found.placed))),
        (group, f"touch or overlap a {called(against)} patch", rows[touching]),
        (group, f"nearer than {metres(far)}", rows[close & ~touching]),
        (group, f"{metres(far)} away or more", rows[~close]),
        (f"{called(against)} patches", "all", np.searchsorted(found.placed, np.flatnonzero(split == 1))),
    ]
    layers, bounds = outlined(summary.take(pa.array(found.placed)), [one for one in groups if len(one[2])])
    finding = (
        f"{int(touching.sum()):,} of {counted(len(rows), f'{called(of)} patch', f'{called(of)} patches')} "
        f"touch or overlap a {called(against)} patch."
    )
    return LeakageMap(layers, bounds, finding)


@dataclass(frozen=True, slots=True)
class LeakingPairs:
    """Thumbnails of patches of two splits that show the same place, or share an edge."""

    pictures: tuple[Picture, ...]  # one of each split, in turn
    pairs: tuple[str, ...]  # what the two of each pair have in common

    def views(self) -> tuple[View, ...]:
        """Return a gallery, or nothing where there is no pair of pictures."""
        if not self.pictures:
            return ()
        finding = f"{counted(len(self.pairs), 'pair')}: the test patch comes first, then the training patch."
        return (Gallery("Test patches and training patches beside them", self.pictures, finding, self.pairs),)


def leaking_pairs(
    summary: pa.Table, thumbnails: Sequence[Thumbnail], *, of: str = "test", against: str = "train", n: int = PAIRS
) -> LeakingPairs:
    """Show patches of one split beside those of another that show the same place, or touch them.

    Of all pairs of which both have a picture, those of one place come first.

    Raises
    ------
    ValueError
        No patch has a footprint.
    """
    if not pc.any(pc.is_valid(summary["geometry"])).as_py():
        raise ValueError("no patch of the summary has a footprint")
    rendering = first_rendering(thumbnails)
    shown = [one for one in thumbnails if one.rendering == rendering]
    wanted = pc.is_in(summary["id"], pa.array([one.id for one in shown], pa.string()))
    some = summary.filter(pc.and_(wanted, pc.is_valid(summary["geometry"])))
    by_id = {one.id: one for one in shown}
    pictures: list[Picture] = []
    common: list[str] = []
    pairs = pairs_of(some, of=of, against=against)[:n] if some.num_rows else []
    for number, (first, second, words) in enumerate(pairs, 1):
        two = [by_id[some["id"][row].as_py()] for row in (first, second)]
        made = examples(two, some, rendering=rendering, n=2).pictures
        names = (called(of).capitalize(), called(against).capitalize())
        common.append(f"{number}: {words}")
        # Their classes would fill the page; here it is about what the two look like.
        pictures += [
            replace(picture, caption=f"{name}: {picture.caption}", chips=())
            for picture, name in zip(made, names, strict=True)
        ]
    return LeakingPairs(tuple(pictures), tuple(common))


def leaking_ids(summary: pa.Table, *, of: str = "test", against: str = "train", n: int = PAIRS) -> tuple[str, ...]:
    """Choose patches whose pictures make pairs for `leaking_pairs`: so many of one split, and a partner of each.

    They are taken evenly from those that have files and show the place of a patch of the other split, or else touch
    one; none where the data set has no such pair.
    """
    filed = pc.fill_null(pc.greater(pc.list_value_length(summary["assets"]), 0), False)
    some = summary.select(["id", "split", "crs", "geometry", "bbox", "datetime", "tile"]).filter(
        pc.and_(filed, pc.is_valid(summary["geometry"]))
    )
    split = split_codes(some, (of, against))
    if not ((split == 0).any() and (split == 1).any()):
        return ()
    found = ground(some)
    near, others = Neighbourhood(found.footprints, 1.0), np.flatnonzero(split == 1)
    asked = np.flatnonzero(split == 0)
    same = np.isin(found.place[asked], found.place[others])
    touching = asked[same] if same.any() else asked[near.nearest(split == 0, split == 1).distance == 0]
    chosen = touching[np.unique(np.linspace(0, len(touching) - 1, n).astype(np.int64))] if len(touching) else touching
    ids: list[str] = []
    for row in chosen.tolist():
        partners = others[found.place[others] == found.place[row]] if same.any() else _touching(near, row, others)
        ids += [some["id"][row].as_py(), some["id"][int(partners[0])].as_py()]
    return tuple(dict.fromkeys(ids))


def pairs_of(summary: pa.Table, *, of: str = "test", against: str = "train") -> list[tuple[int, int, str]]:
    """Return pairs of rows of two splits, and what they have in common; each row once, the same place first.

    Parameters
    ----------
    summary
        A few patches, all with a footprint; each is compared with each.
    of, against
        Names of the splits.
    """
    found, split = ground(summary), split_codes(summary, (of, against))
    near = Neighbourhood(found.footprints, 1.0)
    others = np.flatnonzero(split == 1)
    candidates: list[tuple[int, int, int, str]] = []
    for row in np.flatnonzero(split == 0).tolist():
        same = others[found.place[others] == found.place[row]]
        candidates += [(0, row, other, "the same place") for other in same.tolist()]
        candidates += [(1, row, other, "beside it") for other in _touching(near, row, others).tolist()]
    used: set[int] = set()
    pairs = []
    for _, row, other, words in sorted(candidates):
        if not used & {row, other}:
            used |= {row, other}
            pairs.append((row, other, words))
    return pairs


def _touching(near: Neighbourhood, row: int, others: Integers) -> Integers:
    """Return those of the other rows that touch or overlap a row."""
    asked, one = np.zeros(near.n, dtype=bool), np.zeros(near.n, dtype=bool)
    one[row], asked[others] = True, True
    return np.asarray(others[near.nearest(asked, one).distance == 0])
