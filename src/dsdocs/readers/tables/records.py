"""Rows of a delimited text one by one, each with its line, so that a broken one costs no other."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsdocs.readers.tables.columns import LeftOut, TableError

MOST = 100  # rows that are left out one by one; more are no mistakes of single rows
_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_TALLEST = 1000  # lines of one row


@dataclass(frozen=True, slots=True)
class Record:
    """One row; or one line, where it cannot be told what row it is of."""

    line: int  # the first one, from 1
    start: int  # byte
    end: int
    lines: int
    cells: list[str]
    problem: LeftOut | None

    @property
    def empty(self) -> bool:
        """Whether it is an empty line."""
        return not self.cells and self.problem is None


def records(data: bytes, delimiter: str, start: int = 0, line: int = 1) -> Iterator[Record]:
    """Yield the rows of a text.

    A quote that is not closed costs its line alone: lines are taken together only if they make a row in which every
    quote stands where it may.

    Parameters
    ----------
    data
        Text that should be UTF-8; a row that is not has a problem.
    delimiter
        Character between cells.
    start, line
        Byte at which to begin, and the number of its line.
    """
    while start < len(data):
        end, lines = _line_end(data, start), 1
        cells, problem = _cells(data[start:end], delimiter)
        if problem is not None:
            further, more = _closed(data, start)
            whole, still = _cells(data[start:further], delimiter)
            if more > 1 and still is None:
                cells, problem, end, lines = whole, None, further, more
        told = _undecoded(data[start:end], start, line)
        if told is None and problem is not None:
            told = LeftOut("meta.syntax", f"line {line}: {problem}")
        yield Record(line, start, end, lines, cells, told)
        start, line = end, line + lines


def sound(data: bytes, delimiter: str, header: Record) -> tuple[list[tuple[int, int]], list[LeftOut]]:
    """Find the rows below a header that can be used.

    Returns
    -------
    ranges, left_out
        Ranges of bytes that hold such rows alone, and why the others cannot be used.

    Raises
    ------
    TableError
        No row can be used, more than `MOST` cannot, or as many have another number of cells than the header as have
        the same.
    """
    ranges, left_out = [[header.end, header.end]], []
    good = ragged = 0
    expected = len(header.cells)
    for record in records(data, delimiter, header.end, header.line + header.lines):
        problem, found = record.problem, len(record.cells)
        if problem is None and found not in (0, expected):
            ragged += 1
            reason = f"line {record.line}: found {found} cells; expected {expected}, as in the first row"
            problem = LeftOut("meta.syntax", reason)
        if problem is None:
            good += not record.empty
            ranges[-1][1] = record.end
            continue
        left_out.append(problem)
        ranges.append([record.end, record.end])
        if len(left_out) > MOST:
            break
    if left_out and (len(left_out) > MOST or not good or ragged >= good):
        raise _refusal(left_out)
    return [(start, end) for start, end in ranges if end > start], left_out


def _refusal(left_out: Sequence[LeftOut]) -> TableError:
    category, reason = left_out[0]
    more = f"; more than {MOST} rows cannot be used" if len(left_out) > MOST else ""
    advice = "; save it as UTF-8" if category == "meta.encoding" else ""
    return TableError(category, reason + more + advice)


def _line_end(data: bytes, start: int) -> int:
    found = _LINE.match(data, start)
    return found.end() if found else len(data)


def _closed(data: bytes, start: int) -> tuple[int, int]:
    """Return the end of the first lines that hold an even number of quotes together, and how many they are."""
    end, quotes = start, 0
    for lines in range(1, _TALLEST + 1):
        begin, end = end, _line_end(data, end)
        quotes += data.count(b'"', begin, end)
        if quotes % 2 == 0:
            return end, lines
        if end == len(data):
            break
    return start, 0


def _cells(row: bytes, delimiter: str) -> tuple[list[str], str | None]:
    """Return the cells of a row, or why it is none."""
    try:
        return next(csv.reader([row.decode("utf-8", "replace")], delimiter=delimiter, strict=True), []), None
    except csv.Error as error:
        return [], f"{error}; a quote may not be closed"


def _undecoded(row: bytes, start: int, line: int) -> LeftOut | None:
    try:
        row.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"line {line} is not UTF-8: {error.reason} at byte {start + error.start}"
        return LeftOut("meta.encoding", reason)
    null = row.find(b"\0")
    return LeftOut("meta.encoding", f"line {line} holds a zero at byte {start + null}") if null >= 0 else None
