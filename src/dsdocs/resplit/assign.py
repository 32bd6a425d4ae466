"""From a summary and a few parameters to a split for each patch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.ground import Flags, Ground, Integers, codes, ground, numbered_rows
from dsdocs.analyses.label_matrix import label_matrix
from dsdocs.errors import SplitError
from dsdocs.geo.planes import middles, numbered
from dsdocs.geo.separation import Neighbourhood
from dsdocs.resplit.stratify import refine, stratify

SPLITS = ("train", "val", "test")
STRATA = ("labels", "country", "season", "none")
ALGORITHM = 1  # changes with whatever changes the split that some parameters give


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a split follows from, beside the summary."""

    block: float = 0.0  # m, side of a block; 0: each place is a block
    shares: tuple[float, float, float] = (0.6, 0.2, 0.2)  # of train, val and test
    stratify: tuple[str, ...] = ("labels",)  # of STRATA
    seed: int = 0
    buffer: float = 0.0  # m; training patches this near to another split are in none

    def __post_init__(self) -> None:
        """Refuse what makes no split."""
        if any(not share >= 0 for share in self.shares) or not math.isclose(sum(self.shares), 1.0, abs_tol=1e-9):
            raise SplitError(f"shares {_listed(self.shares)}: expected three numbers from 0 that add up to 1")
        if self.shares[0] == 1.0 or not self.shares[0]:
            raise SplitError(f"shares {_listed(self.shares)}: expected some patches to train on and some others")
        unknown = [name for name in self.stratify if name not in STRATA]
        if unknown or not self.stratify or ("none" in self.stratify and len(self.stratify) > 1):
            given = ",".join(self.stratify)
            raise SplitError(f"stratify {given!r}: expected none, or one or several of labels, country, season")
        for name, value in (("block", self.block), ("buffer", self.buffer)):
            if not (value >= 0 and math.isfinite(value)):
                raise SplitError(f"{name} {value:g}: expected a number of metres from 0")
        if not 0 <= self.seed < 2**63:
            raise SplitError(f"seed {self.seed}: expected a whole number from 0 to 2^63 - 1")


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """A split for each row of a summary."""

    split: Integers  # (n,) place in SPLITS; -1: in none, for the buffer
    n_blocks: int

    @property
    def column(self) -> pa.Array:
        """The splits by name, null for none."""
        names = pa.array([*SPLITS, None], pa.string())
        return names.take(pa.array(np.where(self.split < 0, len(SPLITS), self.split)))

    def applied(self, summary: pa.Table) -> pa.Table:
        """Return the summary with these splits."""
        place = summary.schema.get_field_index("split")
        field = summary.schema.field(place)
        return summary.set_column(place, field, self.column.dictionary_encode().cast(field.type))


def assign(summary: pa.Table, parameters: Parameters, *, known: Ground | None = None) -> Assignment:
    """Deal the patches of a summary out to training, validation and test set.

    Patches whose middles lie in one square of the plane (see `dsdocs.geo.planes`) are a block and stay together, and
    so do all patches of a place. Patches without a footprint are blocks of their own. Blocks are dealt out by
    iterative stratification, and then moved where that helps. Of blocks that are equal to it, the one with the smaller
    random number comes first (PCG64, whose raw numbers are the same in all versions of numpy).

    Parameters
    ----------
    summary
        One row per patch.
    parameters
        What is asked for.
    known
        The ground of the summary, where it has been read before.

    Raises
    ------
    SplitError
        A block or a buffer is asked for, and no patch has a footprint; or a stratum is, of which nothing is known.
    """
    where = known or _ground(summary, parameters)
    block = _blocks(summary.num_rows, where, parameters.block)
    n_blocks = int(block.max(initial=-1)) + 1
    sizes = np.bincount(block, minlength=n_blocks)
    classes = _classes(summary, parameters.stratify, block, n_blocks)
    raw = np.random.PCG64(parameters.seed).random_raw(n_blocks)
    priority = np.empty(n_blocks, dtype=np.int64)
    priority[np.argsort(raw, kind="stable")] = np.arange(n_blocks)
    of_block = stratify(sizes, classes, parameters.shares, priority)
    refine(of_block, sizes, classes, parameters.shares, priority)
    split = of_block[block]
    if parameters.buffer and where is not None:
        _clear(split, where, parameters.buffer)
    return Assignment(split, n_blocks)


def side_of(summary: pa.Table) -> float:
    """Return the median side of the patches in metres.

    Raises
    ------
    SplitError
        No patch has a footprint.
    """
    try:
        return ground(summary).side
    except ValueError as error:
        raise SplitError(f"blocks are counted in patches, but {error}; ask for places with --block 0") from error


def _ground(summary: pa.Table, parameters: Parameters) -> Ground | None:
    try:
        return ground(summary)
    except ValueError as error:
        if parameters.block or parameters.buffer:
            raise SplitError(f"a block or a buffer in metres is asked for, but {error}; ask for neither") from error
        return None


def _blocks(n: int, where: Ground | None, side: float) -> Integers:
    """Return the number (n,) of the block of each patch, in the order of their first patches."""
    if where is None:
        return np.arange(n)
    key = np.empty((n, 4), dtype=np.int64)
    key[:] = np.column_stack([np.full((n, 3), -1), np.arange(n)])  # a block of its own
    key[where.placed] = np.column_stack([np.zeros((len(where.placed), 3)), where.place[where.placed]])
    if side:
        _, plane = numbered(where.footprints.loose_crs)
        # The first patch of a place tells its block, so that a place is never cut by what rounding does.
        _, first, place = np.unique(where.place[where.placed], return_index=True, return_inverse=True)
        cell = np.floor(middles(where.footprints)[first] / side + 1e-9).astype(np.int64)
        key[where.placed] = np.column_stack([np.zeros(len(first)), plane[first], cell])[place]
    return numbered_rows(key)


def _classes(summary: pa.Table, strata: tuple[str, ...], block: Integers, n_blocks: int) -> Integers:
    """Count the patches (g, c) of each block that have each class, country or season."""
    tables = [np.zeros((n_blocks, 0), dtype=np.int64)]
    for name in strata:
        if name == "labels":
            try:
                labels = label_matrix(summary)
            except ValueError as error:
                raise SplitError(f"stratify labels: {error}; ask for country, season or none") from error
            keys = np.asarray(labels.spread(block[labels.lines]), dtype=np.int64) * len(labels.names) + labels.codes
            n_classes = len(labels.names)
        elif name == "none":
            continue
        else:
            values, number = codes(summary[name].cast(pa.string()))
            known: Flags = number >= 0
            if not known.any():
                raise SplitError(f"stratify {name}: no patch of the summary has one; ask for another or none")
            keys, n_classes = block[known] * len(values) + number[known], len(values)
        tables.append(np.bincount(keys, minlength=n_blocks * n_classes).reshape(n_blocks, n_classes))
    return np.concatenate(tables, axis=1)


def _clear(split: Integers, where: Ground, buffer: float) -> None:
    """Take training patches that are near to another split out, then validation patches that are near to the test."""
    placed = where.placed
    near = Neighbourhood(where.footprints, buffer)
    for number in (0, 1):
        asked, others = split[placed] == number, split[placed] > number
        if asked.any() and others.any():
            hit = np.isfinite(near.nearest(asked, others).distance)
            split[placed[asked][hit]] = -1


def _listed(shares: tuple[float, ...]) -> str:
    return "/".join(f"{share:g}" for share in shares)


def balance(summary: pa.Table, split: Integers) -> list[tuple[str, int, tuple[float, ...]]]:
    """Return for each class its patches in a split, and which share of them each split has."""
    labels = label_matrix(summary)
    of_label = np.asarray(labels.spread(split[labels.lines]), dtype=np.int64)
    known = of_label >= 0
    counts = np.bincount(labels.codes[known] * len(SPLITS) + of_label[known], minlength=len(labels.names) * len(SPLITS))
    table = counts.reshape(-1, len(SPLITS))
    return [
        (labels.names[row], int(table[row].sum()), tuple((table[row] / max(int(table[row].sum()), 1)).tolist()))
        for row in labels.falling.tolist()
    ]


def has_labels(summary: pa.Table) -> bool:
    """Tell whether any patch has a label."""
    return bool(pc.sum(pc.list_value_length(summary["labels"])).as_py())
