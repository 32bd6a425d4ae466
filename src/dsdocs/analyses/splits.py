"""How are the patches split into training, validation and test set?"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from dsdocs.views import Bars, Number, Numbers, View

ORDER = ("train", "val", "test")
BLOCK = {"test": 1, "train": 2, "val": 1}  # patches of a block of 2 x 2
_GRID = re.compile(r"_(\d+)_(\d+)$")


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


def splits(summary: pa.Table) -> Splits:
    """Count the patches of each split, and test the rule of 2 x 2 blocks on names that end in column and row.

    The rule (BigEarthNet v1, as its published splits show): each block of 2 x 2 neighbouring patches of a product,
    counted from even columns and rows, gives two patches to training, one to validation and one to testing.

    Raises
    ------
    ValueError
        No patch has a split.
    """
    frame = pd.DataFrame({"id": summary["id"].to_pandas(), "split": summary["split"].cast(pa.string()).to_pandas()})
    counts = frame["split"].value_counts()
    if counts.empty:
        raise ValueError("no patch of the summary has a split")
    sizes = {name: int(counts[name]) for name in ORDER if name in counts}
    blocks, by_rule = _blocks(frame.dropna())
    return Splits(sizes, int(frame["split"].isna().sum()), blocks, by_rule)


def _blocks(frame: pd.DataFrame) -> tuple[int, int]:
    parts = frame["id"].str.extract(_GRID)
    frame = frame[parts.notna().all(axis=1)]
    if frame.empty:
        return 0, 0
    column, row = (parts.loc[frame.index, side].astype("int64") // 2 for side in (0, 1))
    product = frame["id"].str.replace(_GRID, "", regex=True)
    table = pd.crosstab([product.rename("product"), column.rename("column"), row.rename("row")], frame["split"])
    complete = table[table.sum(axis=1) == sum(BLOCK.values())].reindex(columns=sorted(BLOCK), fill_value=0)
    return len(complete), int((complete == list(BLOCK.values())).all(axis=1).sum())
