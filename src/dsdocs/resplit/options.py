"""What is written on the command line, as parameters of a split."""

from __future__ import annotations

import math
import re

import pyarrow as pa

from dsdocs.errors import SplitError
from dsdocs.resplit.assign import Parameters, side_of

_BLOCK = re.compile(r"([0-9.]+)(p|km|m|)")
_SIZES = {"": 1.0, "m": 1.0, "km": 1000.0}


def parameters_of(summary: pa.Table, *, block: str, shares: str, stratify: str, seed: int, buffer: float) -> Parameters:
    """Read options.

    Parameters
    ----------
    summary
        Tells how large a patch is, where a block is so many patches wide.
    block
        ``12000``, ``12000m`` or ``12km``: side in metres; ``10p``: in sides of a patch; ``0``: each place is a block.
    shares
        Three numbers with commas: of train, val and test. They may add up to anything, 60,20,20 say.
    stratify
        ``none``, or some of labels, country and season with commas.
    seed, buffer
        As in `Parameters`.

    Raises
    ------
    SplitError
        An option is none of these.
    """
    strata = tuple(name.strip() for name in stratify.split(","))
    return Parameters(_metres(block, summary), _shares(shares), strata, seed, buffer)


def _metres(text: str, summary: pa.Table) -> float:
    match = _BLOCK.fullmatch(text.strip())
    try:
        size = float(match[1]) if match else math.nan
    except ValueError:
        size = math.nan
    if match is None or math.isnan(size):
        raise SplitError(f"block {text!r}: expected metres as in 12000 or 12km, patches as in 10p, or 0 for places")
    return size * (round(side_of(summary), 3) if match[2] == "p" else _SIZES[match[2]])


def _shares(text: str) -> tuple[float, float, float]:
    try:
        train, val, test = map(float, text.split(","))
    except ValueError:
        raise SplitError(f"shares {text!r}: expected three numbers with commas, as in 60,20,20") from None
    total = train + val + test
    if not (total > 0 and math.isfinite(total)):
        raise SplitError(f"shares {text!r}: expected numbers from 0, of which one is more")
    if math.isclose(total, 1.0, abs_tol=1e-9):
        return train, val, test
    return train / total, val / total, test / total
