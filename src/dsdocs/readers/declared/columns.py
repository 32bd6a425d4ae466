"""Columns of text and what they mean: each distinct value is looked at once, and what is wrong is kept by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.geo.countries import country_code

Problem = tuple[str, str]  # category, reason
Problems = dict[int, Problem]  # by row; the first one found counts
SPLITS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
MOMENT = pa.timestamp("us", "UTC")
_LARGEST = 2**63 - 1


def convert(
    column: pa.Array, function: Callable[[Any], Any], kind: pa.DataType, problems: Problems, name: str
) -> pa.Array:
    """Return what a function makes of each value; where it raises ``ValueError``, the row has a problem.

    Parameters
    ----------
    column
        Texts, or other values that can be encoded as a dictionary.
    name
        What the column is called in a reason.
    """
    encoded = column.dictionary_encode()
    made, wrong = [], {}
    for code, value in enumerate(encoded.dictionary.to_pylist()):
        try:
            made.append(function(value))
        except ValueError as error:
            made.append(None)
            wrong[code] = f"{name}: {error}"
    if wrong:
        codes = np.asarray(encoded.indices.fill_null(-1))
        for row in np.flatnonzero(np.isin(codes, list(wrong))).tolist():
            problems.setdefault(row, ("meta.schema", wrong[int(codes[row])]))
    return pa.array(made, kind).take(encoded.indices)


def split_of(values: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return a function that turns the archive's word for a split into ours."""

    def read(word: str) -> str | None:
        found = values.get(word, SPLITS.get(word.strip().lower()))
        if found is None:
            raise ValueError(
                f"found {word!r}; expected train, val or test. Say what it means under [layout.values.split], with an "
                "empty text for no split"
            )
        return found or None

    return read


def country_of(values: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return a function that turns the archive's word for a country into its code."""

    def read(word: str) -> str | None:
        named = values.get(word, word)
        if not named.strip():
            return None
        code = country_code(named) or country_code(named.replace("_", " "))
        if code is None:
            raise ValueError(
                f"found {named!r}; expected an English name or ISO 3166-1 code. Say which country it is under "
                "[layout.values.country]"
            )
        return code

    return read


def word_of(values: Mapping[str, str]) -> Callable[[str], str | None]:
    """Return a function that replaces the archive's words by those of the layout; an empty text is nothing."""
    return lambda word: values.get(word, word) or None


def whole_number(text: str) -> int:
    """Read digits; ``ValueError`` beyond 64 bit."""
    number = int(text) if len(text) <= len(str(_LARGEST)) else _LARGEST + 1
    if number > _LARGEST:
        raise ValueError(f"found {text[:40]!r}; expected a number below 2 to the power of 63")
    return number


def moment_of(form: str | None) -> Callable[[str], dt.datetime | None]:
    """Return a function that reads a time in a format, or in ISO 8601; without a zone it is UTC."""

    def read(text: str) -> dt.datetime | None:
        if not text.strip():
            return None
        try:
            found = dt.datetime.fromisoformat(text.strip()) if form is None else dt.datetime.strptime(text, form)
            return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise ValueError(f"found {text[:80]!r}; expected {form or 'a date as in 2024-06-30'}") from None

    return read


def texts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column of a table as text, in one piece; what is no single value is written as Python does."""
    plain = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    try:
        return plain.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else str(value) for value in plain.to_pylist()], pa.string())


def facts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column of a table in one of the four types of facts."""
    kind = column.type
    if pa.types.is_integer(kind):
        column = column.cast(pa.int64())
    if any(test(kind) for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)):
        return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return texts(column)


def found_in(table: pa.Table | None, name: str) -> pa.Array | None:
    """Return a column in one piece; None if there is no such column, or no table."""
    return None if table is None or name not in table.column_names else column_of(table, name)


def column_of(table: pa.Table, name: str) -> pa.Array:
    """Return a column in one piece."""
    column = table[name]
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def joined(parts: Iterable[str | pa.Array], n: int) -> pa.Array:
    """Return texts put together of fixed texts and columns; null where one of the columns is."""
    columns = [pa.repeat(pa.scalar(part, pa.string()), n) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*columns, pa.scalar("", pa.string()))


def agreed(
    first: pa.Array | None, second: pa.Array | None, problems: Problems, name: str, slack: dt.timedelta | None = None
) -> pa.Array | None:
    """Return the first of two columns, filled from the second; where they differ, the row has a problem."""
    if first is None or second is None:
        return second if first is None else first
    if slack is None:
        apart = pc.not_equal(first, second)
    else:
        apart = pc.greater(pc.abs(pc.subtract(first, second).cast(pa.int64())), slack // dt.timedelta(microseconds=1))
    for row in np.flatnonzero(pc.fill_null(apart, False)).tolist():
        reason = f"{name}: its files say {first[row].as_py()}, the table says {second[row].as_py()}"
        problems.setdefault(row, ("meta.mismatch", reason))
    return pc.coalesce(first, second)
