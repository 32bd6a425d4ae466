"""What a split is worth: its sizes, its leakage and its balance, beside another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dsdocs.analyses.ground import Integers, ground, split_codes
from dsdocs.analyses.leakage import Kind, Nearness, metres, percent, round_distances
from dsdocs.resplit.assign import SPLITS, Parameters, assign, balance, has_labels
from dsdocs.views import Cell, Code, Table, View

BLOCK = 10  # sides of a patch, of the blocks that the page shows
KINDS = ("overlap", "touch", "within", "revisit", "product")  # of leakage; within stands for all distances


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one split is worth."""

    name: str
    sizes: dict[str, int]  # train, val, test -> patches
    unassigned: int
    blocks: int | None  # None: not made by blocks
    near: dict[str, float]  # words of a kind of leakage -> share of the test patches; empty without footprints
    classes: tuple[tuple[str, int, tuple[float, ...]], ...]  # class, its patches, share of each split

    @property
    def imbalance(self) -> tuple[str, float] | None:
        """The class whose share in the test set is farthest from that of all patches, and by how much."""
        total = sum(self.sizes.values())
        wanted = self.sizes["test"] / total if total else 0.0
        apart = [(abs(shares[SPLITS.index("test")] - wanted), name) for name, _, shares in self.classes]
        return (max(apart)[1], max(apart)[0]) if apart else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A published split and others, side by side."""

    outcomes: tuple[Outcome, ...]
    command: str  # that makes the last but one

    def views(self) -> tuple[View, ...]:
        """Return the command and the table."""
        code = Code("The command", self.command, "text")
        published, first, *_ = self.outcomes
        touch = next((words for words in published.near if words.startswith("touch") and words in first.near), "")
        finding = (
            f"{percent(published.near[touch]):g} % of the published test patches touch or overlap a training patch, "
            f"{percent(first.near[touch]):g} % of those of the new split."
        ) if touch else ""  # fmt: skip
        columns = ("Figure", *(outcome.name for outcome in self.outcomes))
        return (code, Table("The published split and others", columns, rows(self.outcomes), finding))


def rows(outcomes: Sequence[Outcome]) -> tuple[tuple[Cell, ...], ...]:
    """Return a line for each figure, with its name and its value in each split."""
    lines: list[tuple[Cell, ...]] = [
        (f"Patches in {name}", *(outcome.sizes[name] for outcome in outcomes)) for name in SPLITS
    ]
    if any(outcome.unassigned for outcome in outcomes):
        lines.append(("Patches in no split", *(outcome.unassigned for outcome in outcomes)))
    lines.append(("Blocks", *(outcome.blocks for outcome in outcomes)))
    lines += [
        (f"Test patches that {words} (%)", *(_percent(outcome.near.get(words)) for outcome in outcomes))
        for words in outcomes[0].near
    ]
    worst = [outcome.imbalance for outcome in outcomes]
    if all(worst):
        shares = (round(100 * found[1], 2) for found in worst if found)
        lines.append(("Largest deviation of a class in test (points)", *shares))
    return tuple(lines)


def _percent(share: float | None) -> float | None:
    # A split that leaves training or test without a patch has no leakage to speak of.
    return None if share is None else percent(share)


def outcome(
    name: str, summary: pa.Table, split: Integers, *, blocks: int | None = None, nearness: Nearness | None = None
) -> Outcome:
    """Measure a split.

    Parameters
    ----------
    name
        Stands over its column.
    summary
        One row per patch.
    split
        Place in `SPLITS` of each row, -1 for none, shape ``(n,)``.
    blocks
        Number of blocks that it was made of.
    nearness
        The patches of the summary in their places; default: they are left out, as where there are no footprints.
    """
    counts = np.bincount(split[split >= 0], minlength=len(SPLITS))
    near: dict[str, float] = {}
    if nearness is not None:
        known = nearness.ground.place >= 0
        asked, others = (known & (split == SPLITS.index(one)) for one in ("test", "train"))
        if asked.any() and others.any():
            found = nearness.flags(asked, others)
            near = {kind.said("train"): float(hit.mean()) for kind, hit in found.items() if _shown(kind)}
    classes = tuple(balance(summary, split)) if has_labels(summary) else ()
    sizes = dict(zip(SPLITS, counts.tolist(), strict=True))
    return Outcome(name, sizes, int((split < 0).sum()), blocks, near, classes)


def nearness_of(summary: pa.Table) -> Nearness | None:
    """Return the patches in their places; None where none has a footprint."""
    try:
        return Nearness(ground(summary))
    except ValueError:
        return None


def other_splits(summary: pa.Table) -> Comparison:
    """Make two other splits of the sizes of the published one, and put them beside it.

    The first is of blocks of `BLOCK` times `BLOCK` patches; in the second, training patches that are nearer to another
    split than the side of a patch are left out.

    Raises
    ------
    ValueError
        No patch has a footprint, or none is for training or none for testing.
    """
    near = Nearness(ground(summary))
    published = split_codes(summary, SPLITS)
    counts = np.bincount(published[published >= 0], minlength=len(SPLITS))
    for place, name in ((0, "train"), (2, "test")):
        if not counts[place]:
            raise ValueError(f"no patch of the summary has the split {name!r}")
    _, val, test = (counts / counts.sum()).round(4).tolist()
    unit = round_distances(near.ground.side)[0]
    strata = ("labels",) if has_labels(summary) else ("none",)
    plain = Parameters(BLOCK * unit, (round(1 - val - test, 4), val, test), strata)
    apart = Parameters(plain.block, plain.shares, strata, buffer=unit)
    named = {f"Blocks of {metres(plain.block)}": plain, f"… with a buffer of {metres(unit)}": apart}
    found = [outcome("Published", summary, published, nearness=near)]
    for name, parameters in named.items():
        made = assign(summary, parameters, known=near.ground)
        found.append(outcome(name, summary, made.split, blocks=made.n_blocks, nearness=near))
    return Comparison(tuple(found), command(plain))


def command(parameters: Parameters) -> str:
    """Return the command line that makes a split."""
    options: Mapping[str, str] = {
        "--block": f"{parameters.block:g}",
        "--shares": ",".join(f"{share:g}" for share in parameters.shares),
        "--stratify": ",".join(parameters.stratify),
        "--seed": str(parameters.seed),
        **({"--buffer": f"{parameters.buffer:g}"} if parameters.buffer else {}),
        "--out": "split.csv",
    }
    return " ".join(["dsdocs split", *(f"{name} {value}" for name, value in options.items())])


def _shown(kind: Kind) -> bool:
    return kind.name.partition("-")[0] in KINDS
