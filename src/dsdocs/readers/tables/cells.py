"""Cells of XLSX sheets as text: shared strings, number formats, dates, and the sheet itself."""

from __future__ import annotations

import datetime as dt
import re
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from dsdocs.readers.tables.columns import Growing, TableError, check_bytes, check_width, finished

_PENDING = 2**18  # cells that are kept as Python's text
_REFERENCE = 8  # bytes of an entry of a list
_CACHE = 100_000  # numbers whose text is kept
_LAST_COLUMN = 16_384  # of a sheet
_EXACT = 2.0**53  # whole numbers below it are exact
_DIGITS = "0123456789"
# Number formats of dates and times that have no code in the file: ECMA-376 part 1, section 18.8.30.
_DATE_IDS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_LAST_DAY = 2_958_466  # 10000-01-01 as a serial number
_GAP = 60  # 29 February 1900, which spreadsheets believe in


class Strings:
    """The table of texts that cells refer to by number."""

    def __init__(self, limit: int) -> None:
        self.found: list[str] = []
        self._limit, self._bytes = limit, 0
        self._parts: list[str] = []
        self._inside = self._phonetic = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        self._phonetic |= name == "rPh"
        self._inside = name == "t" and not self._phonetic

    def end(self, name: str) -> None:
        """End an element."""
        self._inside = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            text = "".join(self._parts)
            self._parts.clear()
            self.found.append(text)
            self._bytes += sys.getsizeof(text) + _REFERENCE
            check_bytes(self._bytes, self._limit)

    def text(self, text: str) -> None:
        """Take text of the element that began last."""
        if self._inside:
            self._parts.append(text)


@dataclass(slots=True)
class Formats:
    """Which styles of cells show a date or a time."""

    _codes: dict[str, str] = field(default_factory=dict)  # number format -> its code
    _styles: list[str] = field(default_factory=list)  # number format of each style
    _inside: bool = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self._styles.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        """End an element."""
        if name == "cellXfs":
            self._inside = False

    def text(self, text: str) -> None:
        """Styles have no text that matters."""

    def dates(self) -> frozenset[str]:
        """Return the numbers of the styles of dates and times."""
        return frozenset(str(number) for number, style in enumerate(self._styles) if self._is_date(style))

    def _is_date(self, style: str) -> bool:
        if style in self._codes:
            return is_date_format(self._codes[style])
        return style.isdecimal() and int(style) in _DATE_IDS


class _Column:
    """The cells of a column with a value."""

    def __init__(self) -> None:
        self.rows = array("i")
        self._pending: list[str] = []
        self._values = Growing()

    def add(self, row: int, value: str) -> None:
        self.rows.append(row)
        self._pending.append(value)

    def pack(self) -> int:
        """Turn pending text into what takes less memory; return the bytes of all cells."""
        if self._pending:
            self._values.add(pa.array(self._pending, pa.string()))
            self._pending.clear()
        return self._values.nbytes + self.rows.itemsize * len(self.rows)

    def finished(self, n: int) -> pa.ChunkedArray:
        """Return the cells of ``n`` rows."""
        self.pack()
        values = self._values.finished()
        if len(values) == n:
            return values
        places = np.full(n, -1, dtype=np.int32)
        places[np.frombuffer(self.rows, dtype=np.int32)] = np.arange(len(values), dtype=np.int32)
        return values.take(pa.array(places, mask=places < 0))


class Sheet:
    """The cells of a sheet with a value, by columns."""

    def __init__(self, strings: Sequence[str], dates: frozenset[str], since_1904: bool, limit: int) -> None:
        self._strings, self._dates, self._since_1904 = strings, dates, since_1904
        self._limit = limit
        self._names: dict[int, str] = {}  # by number of the column
        self._columns: dict[int, _Column] = {}
        self._rows = self._pending = self._at = 0
        self._filled = self._inside = False
        self._kind = self._style = ""
        self._parts: list[str] = []
        self._letters: dict[str, int] = {}
        self._numbers: dict[tuple[str, bool], str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        self._inside = name in {"v", "t"}
        if name == "c":
            reference = attributes.get("r")
            self._at = self._at + 1 if reference is None else self._column(reference.rstrip(_DIGITS))
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        elif name == "row":
            self._at = 0
        elif name == "rPh":
            raise TableError("meta.syntax", "has phonetic text within a cell, which is not read")

    def end(self, name: str) -> None:
        """End an element."""
        self._inside = False
        if name == "c":
            value = self._value("".join(self._parts)).strip()
            self._parts.clear()
            if value:
                self._add(value)
        elif name == "row" and self._filled:
            self._rows += 1
            self._filled = False

    def text(self, text: str) -> None:
        """Take text of the element that began last."""
        if self._inside:
            self._parts.append(text)

    def table(self) -> pa.Table:
        """Return the rows below the first one under its names."""
        numbers = sorted(self._names.keys() | self._columns.keys())
        check_width(len(numbers))
        n = max(0, self._rows - 1)
        cells = n * len(numbers)
        if cells > self._limit // 8:
            problem = f"has {cells} cells, with the empty ones; at most {self._limit // 8} are read: save it as CSV"
            raise TableError("meta.too-large", problem)
        names = [self._names.get(number) or f"column {number}" for number in numbers]
        return finished(names, [self._columns.pop(number, _Column()).finished(n) for number in numbers])

    def _add(self, value: str) -> None:
        self._filled = True
        column = self._columns.get(self._at)
        if column is None:
            column = self._columns[self._at] = _Column()
        if self._at in self._names if not self._rows else column.rows and column.rows[-1] == self._rows - 1:
            raise TableError("meta.syntax", f"has two values in column {self._at} of one row")
        if not self._rows:
            self._names[self._at] = value
            return
        column.add(self._rows - 1, value)
        self._pending += 1
        if self._pending == _PENDING:
            self._pending = 0
            check_bytes(sum(each.pack() for each in self._columns.values()), self._limit)

    def _value(self, raw: str) -> str:
        match self._kind:
            case "s":
                number = int(raw)
                if not 0 <= number < len(self._strings):
                    raise TableError("meta.syntax", f"refers to text {number} of {len(self._strings)}")
                return self._strings[number]
            case "b":
                return "true" if raw.strip() == "1" else "false"
            case "n" if raw:
                return self._number(raw)
        return raw

    def _number(self, raw: str) -> str:
        key = raw, self._style in self._dates
        text = self._numbers.get(key)
        if text is None:
            value = float(raw)
            text = (iso_date(value, self._since_1904) if key[1] else None) or _shortest(value)
            if len(self._numbers) < _CACHE:
                self._numbers[key] = text
        return text

    def _column(self, letters: str) -> int:
        number = self._letters.get(letters)
        if number is None:
            number = 0
            for letter in letters[:4]:
                number = 26 * number + ord(letter) - ord("A") + 1
            if not (letters.isalpha() and letters.isupper() and 1 <= number <= _LAST_COLUMN):
                raise TableError("meta.syntax", f"has a cell in a column {letters[:10]!r}; the last one is XFD")
            self._letters[letters] = number
        return number


def is_date_format(code: str) -> bool:
    """Tell whether a number format such as ``yyyy/mm/dd`` or ``[$-407]d. mmm`` shows a date or a time."""
    bare = _LITERALS.sub("", code.partition(";")[0])
    return "general" not in bare.lower() and _DATE_LETTERS.search(bare) is not None


def iso_date(serial: float, since_1904: bool) -> str | None:
    """Write the serial number of a day in ISO 8601: a date, with a time if it has a fraction; below 1, a time alone.

    Days are counted from 1 for 1 January 1900, with a 29 February 1900 that was none (ECMA-376 part 1, section
    18.17.4.1), or from 0 for 1 January 1904.

    Returns
    -------
    str or None
        None if the number stands for no day.
    """
    if not 0 <= serial < _LAST_DAY:
        return None
    milliseconds = round(serial * 86_400_000)
    days, rest = divmod(milliseconds, 86_400_000)
    if days == _GAP and not since_1904:
        return None
    first = dt.datetime(1904, 1, 1) if since_1904 else dt.datetime(1899, 12, 30 if days > _GAP else 31)
    try:
        moment = first + dt.timedelta(days=days, milliseconds=rest)
    except OverflowError:
        return None
    precision = "milliseconds" if rest % 1000 else "seconds"
    if serial < 1:
        return moment.time().isoformat(precision)
    return moment.isoformat(timespec=precision) if rest else moment.date().isoformat()


def _shortest(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
