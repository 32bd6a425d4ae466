"""Which patches a selection means, and what is counted beside its options: the same as in the browser.

A selection is a mapping of `filters` (column -> filter), `box`, `lasso` and `text`; docs/explorer.md has its meaning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.explorer.model import Column, Explorer, Flags, Integers, Reals

Selection = Mapping[str, Any]  # in normal form: see `dsdocs.explorer.normal`
_BLANKS = re.compile(r"[ \t\n\r\f\v]+")  # of ASCII alone: browsers and Python differ on others


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """The rows of a selection, and counts that follow it."""

    mask: Flags  # (n,) in the explorer's order
    counts: Mapping[str, Integers]  # column -> rows that have each option, of those that all other filters leave
    missing: Mapping[str, int]  # column -> rows without a value, likewise
    pairs: Integers  # (classes, classes) rows of the selection that have two classes of the labels

    @property
    def count(self) -> int:
        """Number of patches selected."""
        return int(self.mask.sum())


def select(explorer: Explorer, selection: Selection) -> Selected:
    """Find the patches of a selection in normal form, and count the options of every column.

    A column is counted over the patches that meet everything but its own filter; of a set, its own `all` and `none`
    hold all the same.
    """
    own: dict[str, Flags] = {}
    rest = _placed(explorer, selection) & _named(explorer.ids, selection.get("text", ""))
    for name, filter_ in selection.get("filters", {}).items():
        column = explorer.column(name)
        chosen, always = accepted(column, filter_)
        rest &= always[column.codes]
        if not chosen.all():
            own[name] = chosen[column.codes]
    # One number per row says how many columns refuse it; with one, it still counts for the options of that column.
    refused = np.zeros(explorer.n, dtype=np.int64)
    for passes in own.values():
        refused += ~passes
    mask = rest & (refused == 0)
    counts, missing = {}, {}
    for column in explorer.columns:
        rows = rest & (refused - ~own[column.name] == 0) if column.name in own else mask
        histogram = column.histogram(rows)
        counts[column.name] = histogram @ column.membership().astype(np.int64)
        missing[column.name] = int(histogram[-1])
    return Selected(mask, counts, missing, _pairs(explorer, mask))


def accepted(column: Column, filter_: Mapping[str, Any]) -> tuple[Flags, Flags]:
    """Tell which codes, the missing one last, meet the choice of a filter, and which meet its `all` and `none`."""
    has, places = column.membership(), {option: place for place, option in enumerate(column.options)}
    chosen, always = np.zeros(len(has), dtype=bool), np.ones(len(has), dtype=bool)
    if column.kind == "day" and ("from" in filter_ or "to" in filter_):
        first, last = filter_.get("from", ""), filter_.get("to", "")
        chosen[:-1] = [first <= day and (not last or day <= last) for day in column.values]
    else:
        chosen |= has[:, [places[option] for option in filter_.get("any", ())]].any(axis=1)
    chosen[-1] = bool(filter_.get("missing"))
    if not ({"any", "from", "to"} & filter_.keys() or chosen[-1]):
        chosen[:] = True
    if "all" in filter_:
        always &= has[:, [places[option] for option in filter_["all"]]].all(axis=1)
    if "none" in filter_:
        always &= ~has[:, [places[option] for option in filter_["none"]]].any(axis=1)
    return chosen, always


def _pairs(explorer: Explorer, mask: Flags) -> Integers:
    labels = next((column for column in explorer.columns if column.name == "labels"), None)
    if labels is None:
        return np.zeros((0, 0), dtype=np.int64)
    classes = sum(1 for term in labels.terms if not term.level)
    has = labels.membership()[:, :classes].astype(np.int64)
    return np.asarray(has.T @ (has * labels.histogram(mask)[:, None]))


def _placed(explorer: Explorer, selection: Selection) -> Flags:
    found = np.ones(explorer.n, dtype=bool)
    if "box" in selection:
        found &= in_box(explorer.lon, explorer.lat, selection["box"])
    if "lasso" in selection:
        found &= in_lasso(explorer.lon, explorer.lat, selection["lasso"])
    return found


def in_box(lon: Reals, lat: Reals, box: Sequence[float]) -> Flags:
    """Tell which points lie in a box, edges included; a box whose west is beyond its east crosses the antimeridian."""
    west, south, east, north = box
    within = (lon >= west) | (lon <= east) if west > east else (lon >= west) & (lon <= east)
    return np.asarray(within & (lat >= south) & (lat <= north))


def in_lasso(lon: Reals, lat: Reals, ring: Sequence[Sequence[float]]) -> Flags:
    """Tell which points lie in a ring, by the even-odd rule (Shimrat, 1962)."""
    found = np.zeros(len(lon), dtype=bool)
    known = np.isfinite(lon)
    for (xi, yi), (xj, yj) in zip(ring, [ring[-1], *ring[:-1]], strict=True):
        if yi == yj:
            continue
        # In this order, as the browser does it: another one has another last bit.
        crosses = ((yi > lat) != (yj > lat)) & (lon < (xj - xi) * (lat - yi) / (yj - yi) + xi)
        found ^= crosses
    return found & known


def words_of(text: str) -> list[str]:
    """Return the words of a search text."""
    return [word for word in _BLANKS.split(text) if word]


def _named(ids: Sequence[str], text: str) -> Flags:
    """Tell which names have all words of a text, whatever the case of ASCII letters."""
    found = np.ones(len(ids), dtype=bool)
    words = words_of(text)
    if words:
        names = pc.ascii_lower(pa.array(ids, pa.large_string()))
        for word in words:
            lowered = pc.ascii_lower(pa.scalar(word)).as_py()
            found &= pc.match_substring(names, lowered).to_numpy(zero_copy_only=False)
    return found


def round5(value: float) -> float:
    """Round a coordinate of a selection to 5 decimals, halves upwards: Python and JavaScript round otherwise each."""
    return math.floor(value * 1e5 + 0.5) / 1e5
