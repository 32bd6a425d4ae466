"""What the tables of all formats have in common: names, types of columns, limits, and the error for what is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MAX_COLUMNS = 10_000
_PIECE = 300  # bytes that an array takes besides its values, about
# Integers of up to 15 digits and decimal numbers; what begins with a needless 0 is the name of something.
_NUMBER = r"^[+-]?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$|^[nN][aA][nN]$"
_WORDS = pa.array(["true", "false"])
_LEFT_OUT = b"left out"  # key of the metadata that says why


class LeftOut(NamedTuple):
    """Why a row of a file is not in its table."""

    category: str
    reason: str  # begins with its line


class TableError(ValueError):
    """A table that cannot be used.

    Attributes
    ----------
    category
        ``meta.encoding``, ``meta.syntax``, ``meta.schema``, ``meta.too-large``, ``input.empty`` ...
    """

    def __init__(self, category: str, problem: str) -> None:
        self.category = category
        super().__init__(problem)


def check_width(columns: int) -> None:
    """Raise a `TableError` if a table has more columns than `MAX_COLUMNS`."""
    if columns > MAX_COLUMNS:
        raise TableError("meta.too-large", f"has {columns} columns; at most {MAX_COLUMNS} are read")


def finished(names: Sequence[str], columns: Sequence[pa.Array | pa.ChunkedArray | pa.Field]) -> pa.Table:
    """Put columns together under their names, without the spaces around them.

    A column that has neither a name nor a value is left out; one with values alone is called by its number.

    Raises
    ------
    TableError
        There are no rows, or two columns of one name.
    """
    check_width(len(names))
    kept: dict[str, pa.ChunkedArray] = {}
    stripped = [name.strip() for name in names]
    for number, (name, column) in enumerate(zip(stripped, columns, strict=True), 1):
        if not name and column.null_count == len(column):
            continue
        own = name or f"column {number}"
        if own in kept:
            times = Counter(stripped)[own]
            raise TableError("meta.schema", f"has {max(times, 2)} columns named {own!r}; expected each name once")
        kept[own] = column
    table = pa.table(kept)
    if not table.num_rows:
        raise TableError("input.empty", "holds no rows")
    return table


def check_bytes(found: int, limit: int) -> None:
    """Raise a `TableError` if cells take more bytes of memory than a table may."""
    if found > limit:
        raise TableError("meta.too-large", f"takes more than {limit} bytes once it is read; save it as Parquet")


def with_left_out(table: pa.Table, rows: Sequence[LeftOut]) -> pa.Table:
    """Note which rows of a file are not in its table, and why."""
    return table.replace_schema_metadata({_LEFT_OUT: json.dumps(rows)}) if rows else table


def left_out(table: pa.Table) -> list[LeftOut]:
    """Return why rows of the file are not in the table."""
    return [LeftOut(*row) for row in json.loads((table.schema.metadata or {}).get(_LEFT_OUT, "[]"))]


class Growing:
    """A column of text that comes in pieces, each kept in as few bytes as it needs.

    Attributes
    ----------
    nbytes
        What the pieces take.
    """

    def __init__(self) -> None:
        self._pieces: list[pa.Array] = []
        self.nbytes = 0

    def add(self, texts: pa.Array) -> None:
        """Add cells."""
        piece = _small(_stripped(texts))
        self._pieces.append(piece)
        self.nbytes += piece.nbytes + _PIECE

    def finished(self) -> pa.ChunkedArray:
        """Return what all cells stand for: integers, numbers, truth values, or text; an empty cell is null."""
        kinds = {piece.type for piece in self._pieces}
        empty = all(piece.null_count == len(piece) for piece in self._pieces)
        if kinds == {pa.int8()} and not empty:
            return pa.chunked_array(self._pieces)
        texts = pa.chunked_array([piece.cast(pa.string()) for piece in self._pieces], pa.string())
        self._pieces.clear()
        return _typed(texts)


def _stripped(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    texts = pc.utf8_trim_whitespace(texts)
    empty = pc.equal(texts, "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), texts) if pc.any(empty).as_py() else texts


def _small(texts: pa.Array) -> pa.Array:
    """Return integers of one byte where that loses nothing; 0 and 1 take a fifth of their text."""
    try:
        numbers = pc.cast(texts, pa.int8())
    except pa.ArrowInvalid:
        return texts
    return numbers if _all(pc.equal(pc.cast(numbers, pa.string()), texts), texts) else texts


def _typed(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return what cells of text stand for: integers, numbers, truth values, or text where any cell is none of these.

    Spaces around a cell do not count, and an empty cell is null. Integers keep their digits: a column with ``007`` or
    with more digits than 64 bit can hold stays text.
    """
    if texts.null_count == len(texts):
        return texts
    whole = _integers(texts)
    if whole is not None:
        return whole
    lower = pc.utf8_lower(texts) if pc.max(pc.utf8_length(texts)).as_py() <= len("false") else None
    if lower is not None and _all(pc.is_in(lower, _WORDS, skip_nulls=False), texts):
        return pc.equal(lower, "true")
    if _all(pc.match_substring_regex(texts, _NUMBER), texts):
        numbers = pc.cast(texts, pa.float64())
        return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    return texts


def without_empty_rows(columns: Sequence[pa.ChunkedArray]) -> list[pa.ChunkedArray]:
    """Leave out the rows in which no column has a value, as spreadsheets leave them behind."""
    if not columns or not columns[0].null_count:
        return list(columns)
    filled = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        filled |= column.is_valid().to_numpy()
    return list(columns) if filled.all() else [column.filter(pa.array(filled)) for column in columns]


def _integers(texts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    try:
        numbers = pc.cast(texts, pa.int64())
    except pa.ArrowInvalid:
        return None
    return numbers if _all(pc.equal(pc.cast(numbers, pa.string()), texts), texts) else None


def _all(answers: pa.Array | pa.ChunkedArray, texts: pa.Array | pa.ChunkedArray) -> bool:
    return bool(pc.all(pc.or_kleene(answers, texts.is_null())).as_py())
