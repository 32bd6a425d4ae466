"""Which patches a network learns from, is chosen on and is tested on, and their pixels in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dsdocs.analyses.flags import flag_columns
from dsdocs.errors import ClassifyError
from dsdocs.export.samples import class_names
from dsdocs.features.inputs import read_inputs
from dsdocs.features.model import Input
from dsdocs.project import Project
from dsdocs.records import RecordError

SPLITS = ("train", "val", "test")
SHARES = (0.6, 0.2, 0.2)  # of the paper
HELD = 2**31  # bytes of pixels in memory; more of them are written to a file in a temporary folder
Split = Literal["archive", "random"]
# A quarter of each value fits into half precision up to 262,016, with an error of 0.05 % at most.
SCALE = 0.25

Progress = Callable[[str, int, int], None]  # what is done, patches or epochs done, their number


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the summary for each purpose, ascending."""

    train: NDArray[np.int64]
    val: NDArray[np.int64]
    test: NDArray[np.int64]
    classes: tuple[str, ...]
    excluded: int  # patches with a flag, such as snow or cloud
    unlabelled: int
    rule: str  # how they were split, one sentence


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Patches as arrays. Those for training are in half precision, times `SCALE`."""

    rows: NDArray[np.int64]  # (n,) of the summary
    pixels: NDArray[Any]  # (n, bands, h, w)
    truth: NDArray[np.uint8]  # (n, classes)
    skipped: tuple[RecordError, ...]


def choose_rows(summary: pa.Table, *, split: Split | None = None, seed: int = 0) -> Rows:
    """Choose patches, without those that have a flag or no label.

    Parameters
    ----------
    summary
        Reads ``labels``, ``split`` and the columns of flags.
    split
        ``archive``: the archive's own; ``random``: 60, 20 and 20 % as in Sumbul et al. (2019), after the exclusion.
        Default: the archive's own where it has all three, else random.
    seed
        Of the random split.

    Raises
    ------
    ClassifyError
        A split would be empty.
    """
    labelled = np.asarray(pc.fill_null(pc.greater(pc.list_value_length(summary["labels"]), 0), False))
    flagged = np.zeros(summary.num_rows, dtype=bool)
    for name in flag_columns(summary):
        flagged |= np.asarray(pc.fill_null(summary[name], False))
    usable = np.flatnonzero(labelled & ~flagged)
    own = np.array(summary["split"].cast(pa.string()).to_pylist(), dtype=object)
    complete = all((own[usable] == name).any() for name in SPLITS)
    if split == "archive" or (split is None and complete):
        parts = [usable[own[usable] == name] for name in SPLITS]
        rule = "the archive's own splits"
    else:
        mixed = np.random.default_rng(seed).permutation(usable)
        ends = np.round(np.cumsum(SHARES)[:-1] * len(mixed)).astype(int)
        parts = [np.sort(part) for part in np.split(mixed, ends)]
        rule = f"random, 60 / 20 / 20 %, seed {seed}"
    for name, part in zip(SPLITS, parts, strict=True):
        if not len(part):
            raise ClassifyError(f"no patch with a label and without a flag is for {name}; {len(usable)} could be split")
    train, val, test = (part.astype(np.int64) for part in parts)
    return Rows(train, val, test, class_names(summary), int((labelled & flagged).sum()), int((~labelled).sum()), rule)


def truth_of(summary: pa.Table, rows: NDArray[np.int64], classes: Sequence[str]) -> NDArray[np.uint8]:
    """Return 1 where a patch has a class, shape (rows, classes)."""
    places = {name: place for place, name in enumerate(classes)}
    truth = np.zeros((len(rows), len(classes)), dtype=np.uint8)
    for number, labels in enumerate(summary["labels"].take(pa.array(rows)).to_pylist()):
        truth[number, [places[name] for name in labels or () if name in places]] = 1
    return truth


def read_patches(
    project: Project,
    source: Input,
    rows: NDArray[np.int64],
    classes: Sequence[str],
    *,
    half: bool = False,
    held: int = HELD,
    progress: Progress | None = None,
) -> Patches:
    """Read patches into memory, once.

    Parameters
    ----------
    project
        The project.
    source
        Asset, bands and size.
    rows
        Rows of the summary, ascending.
    classes
        Classes in the order of the truth.
    half
        Whether pixels are kept in half precision, times `SCALE`; else as float32, as they were read.
    held
        Bytes of pixels in memory; beyond them, they lie in a file that ends with the process.
    progress
        Called with "patches", what is read and how much there is.
    """
    shape = (len(rows), len(source.bands), *source.size)
    pixels = _space(shape, np.dtype(np.float16 if half else np.float32), held)
    kept: list[int] = []
    skipped: list[RecordError] = []
    for done, read in enumerate(read_inputs(project, source, rows.tolist()), start=1):
        if isinstance(read, RecordError):
            skipped.append(read)
        else:
            row, values = read
            pixels[len(kept)] = values * np.float32(SCALE) if half else values
            kept.append(row)
        if progress:
            progress("patches", done, len(rows))
    found = np.array(kept, dtype=np.int64)
    return Patches(found, pixels[: len(kept)], truth_of(project.summary, found, classes), tuple(skipped))


def _space(shape: tuple[int, ...], dtype: np.dtype[Any], held: int) -> NDArray[Any]:
    if int(np.prod(shape)) * dtype.itemsize <= held:
        return np.empty(shape, dtype)
    # The file has no name from here on where the system allows that, and is gone with the last use of the array.
    with tempfile.NamedTemporaryFile(prefix="dsdocs-", suffix=".npy") as file:
        return np.lib.format.open_memmap(Path(file.name), mode="w+", dtype=dtype, shape=shape)


def one_label(truth: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return, of the labels of each patch, the one that fewest of the patches have; ties by the order of classes.

    Raises
    ------
    ClassifyError
        A patch has no label.
    """
    if not truth.any(axis=1).all():
        raise ClassifyError("expected a label for each patch")
    counts = truth.sum(axis=0, dtype=np.int64)
    rarest: NDArray[np.int64] = np.where(truth == 1, counts, np.iinfo(np.int64).max).argmin(axis=1)
    return rarest
