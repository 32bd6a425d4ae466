"""Tables as text: CSV and its relatives, in UTF-8 or UTF-16."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as arrow_csv

from dsdocs.readers.tables.columns import TableError, check_width, finished, typed, with_left_out, without_empty_rows

if TYPE_CHECKING:
    import _csv  # csv itself gives the type of its readers no name

DELIMITERS = (",", ";", "\t", "|")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_STEP = 2**20  # bytes that are checked at a time
_SAMPLE = 2**16  # bytes in which the delimiter is looked for
_HEADER = 2**20  # bytes of the first row
_BLOCK = 2**24  # bytes of the longest row
_LOOKED_AT = 20  # rows
_RAGGED = 100  # rows of another width that are left out one by one; more are no mistakes of single rows


def plain_utf8(content: bytes) -> bytes:
    """Return text as UTF-8 without a byte order mark.

    Raises
    ------
    TableError
        It is neither UTF-8, nor UTF-16 with a byte order mark (``meta.encoding``).
    """
    if content.startswith(_UTF_32):
        raise TableError("meta.encoding", "is UTF-32 by its byte order mark; expected UTF-8: save it as that")
    if content.startswith(_UTF_16):
        try:
            return content.decode("utf-16").encode("utf-8")
        except UnicodeDecodeError as error:
            raise TableError("meta.encoding", f"is no UTF-16: {error.reason} at byte {error.start}") from error
        except UnicodeEncodeError as error:
            raise TableError("meta.encoding", f"is no UTF-16: {error.reason} at character {error.start}") from error
    _check_utf8(content)
    null = content.find(b"\0")
    if null >= 0:
        problem = f"holds a zero at byte {null}; expected text in UTF-8, or in UTF-16 with a byte order mark"
        raise TableError("meta.encoding", problem)
    return content.removeprefix(codecs.BOM_UTF8)


def read_delimited(content: bytes, *, delimiter: str | None = None) -> pa.Table:
    """Read a table of text; its first row names the columns.

    Parameters
    ----------
    content
        The file.
    delimiter
        Character between cells; None looks for the one of `DELIMITERS` that cuts the first rows alike.

    Returns
    -------
    pa.Table
        Rows with more or fewer cells than the first one are left out, and told of as `dsdocs.readers.tables.left_out`
        reads it.

    Raises
    ------
    TableError
        The text cannot be decoded, as many rows have another number of cells than the first as have the same, a line
        is too long, a quote is not closed, two columns have one name, or there are no rows.
    """
    data = plain_utf8(content)
    _check_lines(data)
    if not data.strip():
        raise TableError("input.empty", "holds no text")
    used = delimiter or _delimiter(data)
    width = len(next(_rows(data[:_HEADER], used), [""]))
    check_width(width)
    if data.count(b'"') % 2:
        _check_quotes(data, used)
    table, ragged = _parsed(data, used, width)
    names = [column[0].as_py() for column in table.columns]
    columns = without_empty_rows([typed(column.slice(1)) for column in table.columns])
    return with_left_out(finished(names, columns), ragged)


def _parsed(data: bytes, delimiter: str, width: int) -> tuple[pa.Table, list[str]]:
    """Read all cells, those of the first row too, as text; and say which rows have another number of cells."""
    names = [str(number) for number in range(width)]
    count = 0

    def judge(row: arrow_csv.InvalidRow) -> str:
        nonlocal count
        count += 1
        return "skip" if count <= _RAGGED else "error"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(use_threads=False, block_size=min(len(data), _BLOCK) + 1, column_names=names),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=judge),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
        )
    except pa.ArrowInvalid as error:
        problem = next(_ragged(data, delimiter, width), f"cannot be read: {error}")
        raise TableError("meta.syntax", problem) from error
    ragged = list(_ragged(data, delimiter, width)) if count else []
    if ragged and len(ragged) >= table.num_rows - 1:
        raise TableError("meta.syntax", ragged[0])
    return table, ragged


def _check_lines(data: bytes) -> None:
    """Refuse a line that nobody wrote, which would be one cell of as many bytes."""
    start = 0
    while len(data) - start > _BLOCK:
        end = data.rfind(b"\n", start, start + _BLOCK)
        if end < 0:
            raise TableError("meta.too-large", f"has a line of more than {_BLOCK} bytes, at byte {start}")
        start = end + 1


def _check_utf8(content: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), _STEP):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(content[start : start + _STEP], start + _STEP >= len(content))
        except UnicodeDecodeError as error:
            place = start - pending + error.start
            problem = f"is not UTF-8: {error.reason} at byte {place}; save it as UTF-8"
            raise TableError("meta.encoding", problem) from error


def _delimiter(data: bytes) -> str:
    """Return the delimiter that cuts the first rows into the most cells, as many in each row."""
    sample = data[:_SAMPLE]
    if len(data) > len(sample):
        sample = sample[: sample.rfind(b"\n") + 1] or sample

    def score(delimiter: str) -> tuple[bool, int]:
        widths = [len(row) for _, row in zip(range(_LOOKED_AT), _rows(sample, delimiter), strict=False)]
        return len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0

    return max(DELIMITERS, key=score)


def _rows(data: bytes, delimiter: str) -> Iterator[list[str]]:
    reader = _reader(data, delimiter)
    try:
        yield from (row for row in reader if row)
    except csv.Error:
        return  # a cell of more than 128 KiB; what comes before it is enough


def _reader(data: bytes, delimiter: str) -> _csv.Reader:
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", errors="ignore", newline="")
    return csv.reader(text, delimiter=delimiter, strict=True)


def _check_quotes(data: bytes, delimiter: str) -> None:
    """Refuse a quote that is not closed, which would take all rows after it for one cell."""
    reader, start = _reader(data, delimiter), 1
    try:
        for _ in reader:
            start = reader.line_num + 1
    except csv.Error as error:
        raise TableError("meta.syntax", f"line {start}: {error}; a quote may not be closed") from error


def _ragged(data: bytes, delimiter: str, width: int) -> Iterator[str]:
    """Say which lines have another number of cells than the first row; Arrow counts no empty lines."""
    reader, start = _reader(data, delimiter), 1
    try:
        for row in reader:
            if row and len(row) != width:
                yield f"line {start}: found {len(row)} cells; expected {width}, as in the first row"
            start = reader.line_num + 1
    except csv.Error as error:
        yield f"line {start}: {error}"
