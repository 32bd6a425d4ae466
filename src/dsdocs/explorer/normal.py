"""Check a selection from outside, and bring it into its one normal form."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dsdocs.errors import ExplorerError
from dsdocs.explorer.model import Column, Explorer
from dsdocs.explorer.select import round5, words_of

_PARTS = {"category": ("any",), "set": ("any", "all", "none"), "day": ("from", "to")}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CORNERS = 3  # of a lasso, at least
_BOX = 4


def normalise(explorer: Explorer, selection: Mapping[str, Any]) -> dict[str, Any]:
    """Return a selection with filters in the order of the columns, options in theirs, and coordinates rounded.

    Raises
    ------
    ExplorerError
        The selection names a column or an option that there is not, or holds a value of the wrong kind.
    """
    _only(selection, ("filters", "box", "lasso", "text"), "the selection")
    given = selection.get("filters", {})
    if not isinstance(given, Mapping):
        raise ExplorerError(f"filters: found {given!r}, expected a table of columns")
    _only(given, [column.name for column in explorer.columns], "filters", "is no column of this data set")
    filters = {
        column.name: found
        for column in explorer.columns
        if column.name in given and (found := _filter(column, given[column.name]))
    }
    normal: dict[str, Any] = {"filters": filters} if filters else {}
    if selection.get("box") is not None:
        normal["box"] = _numbers(selection["box"], _BOX, "box: west, south, east, north")
    if selection.get("lasso") is not None:
        ring = selection["lasso"]
        if isinstance(ring, str) or not isinstance(ring, Sequence) or len(ring) < _CORNERS:
            raise ExplorerError(f"lasso: found {ring!r}, expected three or more corners, each longitude and latitude")
        normal["lasso"] = [_numbers(corner, 2, "lasso: longitude, latitude") for corner in ring]
    text = selection.get("text", "")
    if not isinstance(text, str):
        raise ExplorerError(f"text: found {text!r}, expected a text")
    if words_of(text):
        normal["text"] = " ".join(words_of(text))
    return normal


def _filter(column: Column, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ExplorerError(f"{column.name}: found {given!r}, expected a table of {', '.join(_PARTS[column.kind])}")
    _only(given, (*_PARTS[column.kind], "missing"), column.name)
    found: dict[str, Any] = {}
    for part in _PARTS[column.kind]:
        value = given.get(part)
        if value is None or value in ("", []):
            continue
        found[part] = _day(column.name, part, value) if column.kind == "day" else _options(column, part, value)
    missing = given.get("missing", False)
    if not isinstance(missing, bool):
        raise ExplorerError(f"{column.name}.missing: found {missing!r}, expected true or false")
    return found | ({"missing": True} if missing else {})


def _options(column: Column, part: str, value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(one, str) for one in value):
        raise ExplorerError(f"{column.name}.{part}: found {value!r}, expected a list of texts")
    for one in value:
        if one not in column.options:
            raise ExplorerError(f"{column.name}.{part}: {one!r} is not in this data set{_nearest(one, column.options)}")
    return sorted(set(value), key=column.options.index)


def _day(name: str, part: str, value: Any) -> str:
    text = str(value)  # TOML also has dates
    if not _DAY.fullmatch(text):
        raise ExplorerError(f"{name}.{part}: found {text!r}, expected a day such as 2017-06-13")
    return text


def _numbers(value: Any, count: int, what: str) -> list[float]:
    fits = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == count
    if not fits or not all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in value
    ):
        raise ExplorerError(f"{what}: found {value!r}, expected {count} numbers of degrees")
    return [round5(one) for one in value]


def _only(given: Mapping[str, Any], known: Sequence[str], where: str, problem: str = "is unknown") -> None:
    for name in given:
        if name not in known:
            raise ExplorerError(f"{where}: {name!r} {problem}{_nearest(str(name), known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f" (nearest: {folded[near[0]]!r})" if near else ""
