"""What the names and functions of an expression stand for, on one summary."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dsdocs.claims.expression import Argument, Unavailable
from dsdocs.nomenclatures import Nomenclature

Mask = NDArray[np.bool_]
# Columns that tell a patch's category, folder or class beside its labels; the first that is there counts.
CATEGORIES = ("mlrs:category", "dataset:category", "ucm:class")
_COLUMNS = ("split", "season", "country", "tile")
TEXTS = ("label", *_COLUMNS, "category", "flag")
NUMBERS = ("labels_from", "labels_to")
GROUPS = (*_COLUMNS, "category")
# Function -> the arguments that it takes.
FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "count": (*TEXTS, *NUMBERS),
    "share": (*TEXTS, *NUMBERS),
    "mean_labels": (*TEXTS, *NUMBERS),
    "groups": ("by",),
    "smallest": ("by",),
    "largest": ("by",),
}


class SummaryQuantities:
    """Facts, and counts over the rows of a summary.

    ``count`` gives the patches that meet every argument, ``share`` their part (0 to 1) of the patches for which the
    arguments are known, ``mean_labels`` their mean number of labels. ``groups``, ``smallest`` and ``largest`` give the
    number of splits, seasons, countries, tiles or categories, and the patches of the smallest and largest one.

    Parameters
    ----------
    summary
        One row per patch.
    facts
        Numbers that prose quotes: key -> ``value``.
    nomenclature
        Class list of the labels; None: a class that does not occur is not known.
    """

    def __init__(
        self, summary: pa.Table, facts: Mapping[str, Mapping[str, Any]], nomenclature: Nomenclature | None
    ) -> None:
        self._summary = summary
        self._facts = facts
        self._nomenclature = nomenclature

    def fact(self, name: str) -> float:
        """Return the value of a fact."""
        if name not in self._facts:
            near = difflib.get_close_matches(name, self._facts, n=1, cutoff=0.0)
            raise Unavailable(f"this data set has no fact {name!r}" + (f"; the nearest is {near[0]!r}" if near else ""))
        value = self._facts[name]["value"]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unavailable(f"the fact {name!r} is a text, {value!r}")
        return value

    def call(self, function: str, arguments: Mapping[str, Argument]) -> float:
        """Return what a function gives."""
        if function in ("groups", "smallest", "largest"):
            sizes = self._sizes(str(arguments["by"]))
            return len(sizes) if function == "groups" else min(sizes) if function == "smallest" else max(sizes)
        chosen, known = self._chosen(arguments)
        if function == "count":
            return int(chosen.sum())
        if function == "share":
            if not known.any():
                raise Unavailable("no patch tells")
            return float(chosen.sum() / known.sum())
        chosen = chosen & (self._n_labels >= 0)
        if not chosen.any():
            raise Unavailable("no patch has a list of labels")
        return float(self._n_labels[chosen].mean())

    def _chosen(self, arguments: Mapping[str, Argument]) -> tuple[Mask, Mask]:
        """Return which patches meet the arguments, and for which of them that is known, both (n,)."""
        chosen, known = np.ones((2, self._summary.num_rows), dtype=bool)
        for name, value in arguments.items():
            met, told = self._one(name, value)
            chosen, known = chosen & met, known & told
        return chosen, known

    def _one(self, name: str, value: Argument) -> tuple[Mask, Mask]:
        if name in NUMBERS:
            if not isinstance(value, int | float):
                raise Unavailable(f"{name} is a number")
            enough: Callable[..., Mask] = np.greater_equal if name == "labels_from" else np.less_equal
            told = self._n_labels >= 0
            if not told.any():
                raise Unavailable("no patch has a list of labels")
            return told & enough(self._n_labels, value), told
        value = str(value)
        if name == "label":
            return self._with_label(value), self._n_labels >= 0
        if name == "flag":
            if value not in self._summary.column_names or not pa.types.is_boolean(
                self._summary.schema.field(value).type
            ):
                raise Unavailable(f"the archive has no flag {value!r}")
            column = self._summary[value]
            return _mask(pc.fill_null(column, False)), _mask(column.is_valid())
        column = self._column(name)
        return _mask(pc.fill_null(pc.equal(column, value), False)), _mask(column.is_valid())

    def _with_label(self, label: str) -> Mask:
        codes, names, rows = self._labels
        known = self._nomenclature
        name = (known.canonical(label) if known else None) or label
        met: Mask = np.zeros(self._summary.num_rows, dtype=bool)
        if name in names:
            met[rows[codes == names[name]]] = True
        elif not names:
            raise Unavailable("no patch has a label")
        elif known is None or known.canonical(label) is None:
            near = difflib.get_close_matches(label, names, n=1, cutoff=0.0)
            raise Unavailable(f"{label!r} is no class of this data set; the nearest is {near[0]!r}")
        return met

    def _sizes(self, by: str) -> list[int]:
        return [entry["counts"] for entry in pc.value_counts(self._column(by).drop_null()).to_pylist()]

    def _column(self, name: str) -> pa.ChunkedArray:
        """Return a column of text; a category is in the first column of `CATEGORIES` that is there."""
        candidates = CATEGORIES if name == "category" else (name,)  # also any column with a prefix
        found = next((each for each in candidates if each in self._summary.column_names), None)
        if found is None or self._summary[found].null_count == self._summary.num_rows:
            raise Unavailable(f"no patch has a {name}")
        try:
            return self._summary[found].cast(pa.string())
        except pa.ArrowNotImplementedError:
            raise Unavailable(f"the column {found!r} holds no names") from None

    @cached_property
    def _n_labels(self) -> NDArray[np.int64]:
        """Labels of each patch, (n,); -1 where there is no list."""
        lengths: NDArray[np.int64] = pc.fill_null(pc.list_value_length(self._summary["labels"]), -1).to_numpy()
        return lengths

    @cached_property
    def _labels(self) -> tuple[NDArray[np.int64], dict[str, int], NDArray[np.int64]]:
        """Class of each label of the table, the place of each name, and the patch of each label."""
        labels = self._summary["labels"].combine_chunks()
        encoded = labels.flatten().dictionary_encode()
        names = {name: place for place, name in enumerate(encoded.dictionary.to_pylist())}
        return encoded.indices.to_numpy().astype(np.int64), names, pc.list_parent_indices(labels).to_numpy()


def _mask(column: pa.ChunkedArray) -> Mask:
    mask: Mask = column.to_numpy().astype(bool)
    return mask
