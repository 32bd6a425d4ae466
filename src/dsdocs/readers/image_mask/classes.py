"""What the values of masks are called: from a list of classes in the archive, else by their number or colour."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from typing import Any

import orjson

MAX_SIZE = 1_000_000  # bytes of a list
_STEMS = frozenset({"classes", "class_names", "class_dict", "class_list", "labelmap", "label_map", "categories"})
_SUFFIXES = (".csv", ".json", ".txt")
# Names that a list gives to what is no class; 0 is background too where nothing names it.
_BACKGROUND = frozenset({
    "background", "bg", "ignore", "ignored", "no data", "nodata", "none", "other", "unclassified", "unknown",
    "unlabeled", "unlabelled", "void",
})  # fmt: skip
_COLOUR = 3  # red, green, blue


class ListError(ValueError):
    """A list of classes that cannot be used.

    Attributes
    ----------
    category
        ``meta.encoding``, ``meta.syntax`` or ``meta.schema``.
    """

    def __init__(self, category: str, problem: str) -> None:
        self.category = category
        super().__init__(problem)


def is_class_list(path: str) -> bool:
    """Tell whether a file is a list of classes by its name, such as ``classes.txt``."""
    stem, dot, suffix = path.rpartition("/")[2].lower().rpartition(".")
    return stem in _STEMS and dot + suffix in _SUFFIXES


def parse_class_list(path: str, content: bytes) -> dict[int, str]:
    """Read the names of values.

    Text and CSV hold lines of value and name, of name and red, green and blue, or of names alone, numbered from 0; JSON
    an object of values and names (either way round), a list of names, or a list of objects with ``value`` or ``id``
    and ``name``.

    Returns
    -------
    dict of int and str
        Names by value; a colour is red x 65536 + green x 256 + blue.

    Raises
    ------
    ListError
        The list is not UTF-8, not in the format of its suffix, or says two things of one value.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListError("meta.encoding", f"is not UTF-8: {error.reason} at byte {error.start}") from error
    entries = _json(text) if path.lower().endswith(".json") else _lines(text)
    names: dict[int, str] = {}
    for value, name in entries:
        if not name:
            raise ListError("meta.schema", f"the class {value} has no name")
        if names.setdefault(value, name) != name:
            raise ListError("meta.schema", f"calls {value} both {names[value]!r} and {name!r}")
    return names


def is_background(value: int, names: Mapping[int, str]) -> bool:
    """Tell whether a value is no class: named so, or 0 without a name."""
    return names[value].lower() in _BACKGROUND if value in names else value == 0


def class_name(value: int, names: Mapping[int, str], *, coloured: bool) -> str:
    """Return the name of a value: of the list, else ``class 7`` or ``class #ff0000``."""
    return names.get(value) or (f"class #{value:06x}" if coloured else f"class {value}")


def _json(text: str) -> list[tuple[int, str]]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ListError("meta.syntax", f"is not JSON: {error}") from error
    if isinstance(found, dict):
        return [_pair(key, value) for key, value in found.items()]
    if not isinstance(found, list):
        raise ListError("meta.schema", "expected an object of values and names, or a list")
    return [_entry(number, entry) for number, entry in enumerate(found)]


def _entry(number: int, entry: Any) -> tuple[int, str]:
    if isinstance(entry, dict):
        return _pair(entry.get("value", entry.get("id")), entry.get("name"))
    return _pair(number, entry)


def _pair(first: Any, second: Any) -> tuple[int, str]:
    """Tell which of two things is the value and which the name."""
    for value, name in ((first, second), (second, first)):
        if isinstance(name, str) and not isinstance(value, bool) and str(value).strip().lstrip("-").isdecimal():
            return int(value), name.strip()
    raise ListError("meta.schema", f"expected a whole number and a name; found {json.dumps([first, second])[:200]}")


def _lines(text: str) -> list[tuple[int, str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = next((mark for mark in ",;\t" if lines and mark in lines[0]), None)
    if delimiter is None:
        return _spaced(lines)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error as error:
        raise ListError("meta.syntax", f"is not a table: {error}") from error
    if not any(cell.lstrip("-").isdecimal() for cell in rows[0]):
        rows = rows[1:]
    return [_row(row) for row in rows]


def _spaced(lines: list[str]) -> list[tuple[int, str]]:
    parts = [line.replace(":", " ", 1).split(maxsplit=1) for line in lines]
    if all(len(part) > 1 and part[0].isdecimal() for part in parts):
        return [(int(value), name.strip()) for value, name in parts]
    return [(number, line.strip()) for number, line in enumerate(lines)]


def _row(row: list[str]) -> tuple[int, str]:
    if len(row) == _COLOUR + 1:
        name, *colour = row if not row[0].isdecimal() else (row[-1], *row[:-1])
        if all(part.isdecimal() and int(part) < 256 for part in colour):
            red, green, blue = map(int, colour)
            return red << 16 | green << 8 | blue, name
    return _pair(*row[:2]) if len(row) > 1 else _pair(None, None)
