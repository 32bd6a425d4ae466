"""Tables as text: CSV and its relatives, in UTF-8 or UTF-16."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from dsdocs.readers.tables.columns import (
    Growing,
    LeftOut,
    TableError,
    check_bytes,
    check_width,
    finished,
    with_left_out,
    without_empty_rows,
)
from dsdocs.readers.tables.records import Record, records, sound

DELIMITERS = (",", ";", "\t", "|")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_STEP = 2**20  # bytes that are looked at together
_SAMPLE = 2**16  # bytes in which the delimiter is looked for
_BLOCK, _USUAL = 2**24, 2**21  # bytes of the longest row
_LOOKED_AT = 20  # rows
_QUOTE, _ENDS = ord('"'), (ord("\n"), ord("\r"))
_EXPECTED = "expected UTF-8, or UTF-16 with a byte order mark"
_TEXT = re.compile(rb"[^\s\0]")


def plain_utf8(content: bytes) -> bytes:
    """Return text as UTF-8 without a byte order mark.

    Raises
    ------
    TableError
        It is neither UTF-8, nor UTF-16 with a byte order mark (``meta.encoding``).
    """
    content = _from_utf16(content)
    place = _not_utf8(content)
    if place is not None:
        raise TableError("meta.encoding", f"is not UTF-8 {place}; save it as UTF-8")
    null = content.find(b"\0")
    if null >= 0:
        raise TableError("meta.encoding", f"holds a zero at byte {null}; {_EXPECTED}")
    return content.removeprefix(codecs.BOM_UTF8)


def read_delimited(content: bytes, limit: int, *, delimiter: str | None = None) -> pa.Table:
    """Read a table of text; its first row names the columns.

    A row that is not UTF-8, that has a quote which is not closed, or another number of cells than the first, is left
    out alone, and told of as `dsdocs.readers.tables.columns.left_out` reads it.

    Parameters
    ----------
    content
        The file.
    limit
        Most bytes that the cells may take in memory.
    delimiter
        Character between cells; None looks for the one of `DELIMITERS` that cuts the first rows alike.

    Raises
    ------
    TableError
        The first row cannot be read, so many others cannot that these are no mistakes of single rows, a line is too
        long, two columns have one name, or there are no rows.
    """
    data = _from_utf16(content)
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    _check_lines(data)
    used = delimiter or _delimiter(data, start)
    header = next((record for record in records(data, used, start) if not record.empty), None)
    if header is None or not _TEXT.search(data, start):
        raise TableError("input.empty", "holds no text")
    if header.problem is not None:
        raise TableError(header.problem.category, f"{header.problem.reason}; {_EXPECTED}")
    check_width(len(header.cells))
    columns, left_out = _read(data, used, header, limit)
    return with_left_out(finished(header.cells, without_empty_rows(columns)), left_out)


def _read(data: bytes, delimiter: str, header: Record, limit: int) -> tuple[list[pa.ChunkedArray], list[LeftOut]]:
    """Read what is below the header; row by row only where Arrow alone would lose a row, or not tell its line."""
    if _not_utf8(data) is None and b"\0" not in data and not _has_open_line(data):
        try:
            return _parsed(data, [(header.end, len(data))], delimiter, len(header.cells), limit, _USUAL), []
        except pa.ArrowInvalid:
            pass
    ranges, left_out = sound(data, delimiter, header)
    try:
        return _parsed(data, ranges, delimiter, len(header.cells), limit, _BLOCK), left_out
    except pa.ArrowInvalid as error:
        raise TableError("meta.syntax", f"cannot be read: {error}") from error


def _parsed(
    data: bytes, ranges: Sequence[tuple[int, int]], delimiter: str, width: int, limit: int, block: int
) -> list[pa.ChunkedArray]:
    """Read rows of ``width`` cells a few at a time, so that their text is never in memory as a whole."""
    columns = [Growing() for _ in range(width)]
    for batch in _batches(data, ranges, delimiter, [str(number) for number in range(width)], block):
        for column, texts in zip(columns, batch.columns, strict=True):
            column.add(texts)
        check_bytes(sum(column.nbytes for column in columns), limit)
    return [columns.pop(0).finished() for _ in range(width)]


def _batches(
    data: bytes, ranges: Sequence[tuple[int, int]], delimiter: str, names: Sequence[str], block: int
) -> Iterator[pa.RecordBatch]:
    whole = pa.py_buffer(data)
    for start, end in ranges:
        if not _TEXT.search(data, start, end):
            continue  # which Arrow takes for an error
        yield from arrow_csv.open_csv(
            pa.BufferReader(whole.slice(start, end - start)),
            arrow_csv.ReadOptions(use_threads=False, block_size=min(end - start, block) + 1, column_names=names),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
        )


def _from_utf16(content: bytes) -> bytes:
    if content.startswith(_UTF_32):
        raise TableError("meta.encoding", "is UTF-32 by its byte order mark; expected UTF-8: save it as that")
    if not content.startswith(_UTF_16):
        return content
    try:
        return content.decode("utf-16").encode("utf-8")
    except UnicodeDecodeError as error:
        raise TableError("meta.encoding", f"is no UTF-16: {error.reason} at byte {error.start}") from error
    except UnicodeEncodeError as error:
        raise TableError("meta.encoding", f"is no UTF-16: {error.reason} at character {error.start}") from error


def _check_lines(data: bytes) -> None:
    """Refuse a line that nobody wrote, which would be one cell of as many bytes."""
    start = 0
    while len(data) - start > _BLOCK:
        end = max(data.rfind(mark, start, start + _BLOCK) for mark in (b"\n", b"\r"))
        if end < 0:
            raise TableError("meta.too-large", f"has a line of more than {_BLOCK} bytes, at byte {start}")
        start = end + 1


def _not_utf8(content: bytes) -> str | None:
    """Say where a text stops being UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), _STEP):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(content[start : start + _STEP], start + _STEP >= len(content))
        except UnicodeDecodeError as error:
            return f"at byte {start - pending + error.start}: {error.reason}"
    return None


def _has_open_line(data: bytes) -> bool:
    """Tell whether a line holds an odd number of quotes: it may go on in the next one, or be broken."""
    odd = 0
    for start in range(0, len(data), _STEP) if b'"' in data else ():
        part = np.frombuffer(data, np.uint8, min(_STEP, len(data) - start), start)
        quotes = odd + np.cumsum(part == _QUOTE)
        if (quotes[np.isin(part, _ENDS)] % 2).any():
            return True
        odd = int(quotes[-1]) % 2
    return bool(odd)


def _delimiter(data: bytes, start: int) -> str:
    """Return the delimiter that cuts the first rows into the most cells, as many in each row."""
    sample = data[start : start + _SAMPLE]
    if len(data) - start > len(sample):
        sample = sample[: sample.rfind(b"\n") + 1] or sample

    def score(delimiter: str) -> tuple[bool, int]:
        rows = islice(records(sample, delimiter), _LOOKED_AT)
        widths = [len(row.cells) for row in rows if row.cells]
        return len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0

    return max(DELIMITERS, key=score)
