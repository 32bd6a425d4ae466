"""How are the patches split into training, validation and test set?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.ground import Integers, codes, moments_of, places_of, split_codes, together
from dsdocs.analyses.once import once
from dsdocs.views import Bars, Number, Numbers, Table, View

ORDER = ("train", "val", "test")
SURPRISE = 0.5  # a share of whole groups that chance may well give
BLOCK = {"test": 1, "train": 2, "val": 1}  # patches of a block of 2 x 2
_GRID = r"^(?P<product>.*)_(?P<column>\d{1,9})_(?P<row>\d{1,9})$"
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Splits:
    """Sizes of the splits, and how well they follow the rule of 2 x 2 blocks."""

    sizes: dict[str, int]  # train, val, test -> patches
    unassigned: int
    blocks: int  # complete blocks of 2 x 2 neighbouring patches of one product whose patches all have a split
    blocks_by_rule: int  # of these, blocks with two patches for training, one for validation, one for testing

    def views(self) -> tuple[View, ...]:
        """Return sizes and, where most blocks follow the rule, the share that does."""
        total = sum(self.sizes.values())
        shares = ", ".join(f"{name} {count / total:.1%}" for name, count in self.sizes.items())
        values = tuple(float(count) for count in self.sizes.values())
        views: list[View] = [Bars("Patches per split", tuple(self.sizes), values, "patches", f"Shares: {shares}.")]
        # Where chance alone makes a few blocks fit, the rule is none.
        if 2 * self.blocks_by_rule > self.blocks:
            share = Number("Blocks that follow the 2 x 2 rule", round(100 * self.blocks_by_rule / self.blocks, 1), "%")
            blocks = Number("Complete blocks of 2 x 2 patches", self.blocks, "blocks")
            views.append(Numbers("Blocks of neighbouring patches", (blocks, share)))
        return tuple(views)


@once
def splits(summary: pa.Table) -> Splits:
    """Count the patches of each split, and test the rule of 2 x 2 blocks on names that end in column and row.

    The rule (BigEarthNet v1, as its published splits show): each block of 2 x 2 neighbouring patches of a product,
    counted from even columns and rows, gives two patches to training, one to validation and one to testing.

    Raises
    ------
    ValueError
        No patch has a split.
    """
    split = split_codes(summary, ORDER)
    if not (split >= 0).any():
        raise ValueError("no patch of the summary has a split")
    sizes = {name: int(count) for name, count in zip(ORDER, np.bincount(split[split >= 0], minlength=3), strict=True)}
    blocks, by_rule = _blocks(summary["id"].combine_chunks(), split)
    return Splits({name: count for name, count in sizes.items() if count}, int((split < 0).sum()), blocks, by_rule)


def _blocks(ids: pa.Array, split: Integers) -> tuple[int, int]:
    """Return the number of complete blocks, and of those that follow the rule."""
    assigned = np.flatnonzero(split >= 0)
    parts = pc.extract_regex(ids.take(pa.array(assigned)), _GRID)
    named = parts.is_valid().to_numpy(zero_copy_only=False)
    split, parts = split[assigned[named]], parts.filter(pa.array(named))
    if not len(parts):
        return 0, 0
    _, product = codes(pc.struct_field(parts, "product"))
    column, row = (pc.struct_field(parts, side).cast(pa.int64()).to_numpy() // 2 for side in ("column", "row"))
    block = together(product, together(column, row))
    counts = np.bincount(block * len(ORDER) + split, minlength=(int(block.max()) + 1) * len(ORDER))
    complete = counts.reshape(-1, len(ORDER))
    complete = complete[complete.sum(axis=1) == sum(BLOCK.values())]
    return len(complete), int((complete == [BLOCK[name] for name in ORDER]).all(axis=1).sum())


@dataclass(frozen=True, slots=True)
class Together:
    """How many groups of one kind lie in one split as a whole."""

    what: str  # place, image, tile, country, day, season
    groups: int  # with at least two patches that have a split
    whole: int  # of these, those in one split
    expected: float  # share that would be whole if the same patches were dealt out at random


@dataclass(frozen=True, slots=True)
class KeptTogether:
    """What the splits keep together, and so the rule that they may have been made by."""

    kinds: tuple[Together, ...]

    def views(self) -> tuple[View, ...]:
        """Return a table, a line for each kind of group."""
        rows = tuple(
            (kind.what, kind.groups, round(100 * kind.whole / kind.groups, 1), round(100 * kind.expected, 1))
            for kind in self.kinds
        )
        columns = ("Patches of the same …", "Groups", "In one split (%)", "If shuffled (%)")
        return (Table("What stays together", columns, rows, self._finding()),) if rows else ()

    def _finding(self) -> str:
        kept = [kind.what for kind in self.kinds if kind.whole == kind.groups and kind.expected < SURPRISE]
        if not kept:
            return "No kind of group is kept in one split throughout."
        names = kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])} or {kept[-1]}"
        return f"Patches of the same {names} are always in the same split."


def kept_together(summary: pa.Table) -> KeptTogether:
    """Find out which groups of patches are in one split as a whole: those of a place, an image, a tile and so on.

    If shuffled, a group of n patches is whole with the probability of the sum of p ** n over the shares p of the
    splits, where n is small against the data set.

    Raises
    ------
    ValueError
        No patch has a split.
    """
    split = split_codes(summary, ORDER)
    if not (split >= 0).any():
        raise ValueError("no patch of the summary has a split")
    shares = np.bincount(split[split >= 0], minlength=len(ORDER)) / (split >= 0).sum()
    moment, (_, tile) = moments_of(summary), codes(summary["tile"].cast(pa.string()))
    groups = {
        "place": places_of(summary),
        "image": together(tile, moment),
        "tile": tile,
        "country": codes(summary["country"].cast(pa.string()))[1],
        "day": np.where(moment < 0, -1, moment // _DAY),
        "season": codes(summary["season"].cast(pa.string()))[1],
    }
    found = [_together(what, number, split, shares) for what, number in groups.items()]
    return KeptTogether(tuple(kind for kind in found if kind.groups))


def _together(what: str, number: Integers, split: Integers, shares: np.ndarray) -> Together:
    known = (number >= 0) & (split >= 0)
    table = np.bincount(number[known] * len(ORDER) + split[known], minlength=len(ORDER))
    table = np.append(table, np.zeros(-len(table) % len(ORDER), dtype=np.int64)).reshape(-1, len(ORDER))
    table = table[table.sum(axis=1) > 1]
    size = table.sum(axis=1)
    expected = float((shares ** size[:, None]).sum(axis=1).mean()) if len(table) else 0.0
    return Together(what, len(table), int((table.max(axis=1, initial=0) == size).sum()), expected)
