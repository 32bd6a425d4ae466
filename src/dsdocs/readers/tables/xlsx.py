"""Tables as XLSX: the first visible sheet, parsed as a stream, values alone.

A parser of our own, because python-calamine gives memory to every cell between the first and the last: two cells in
opposite corners, a file of 14 kB, ask for 512 GiB and end the process. Format: ECMA-376 part 1, sections 18.2 to 18.8.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import NoReturn, Protocol
from xml.parsers import expat

import pyarrow as pa

from dsdocs.archive.member import Limits
from dsdocs.readers.tables.cells import Formats, Sheet, Strings
from dsdocs.readers.tables.columns import TableError

_MAX_ENTRIES = 10_000
_UNPACKED = 4  # times the limit: parts are parsed as streams, and XML takes some 30 bytes for a cell
_STRINGS, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx with a password
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


class _Part(Protocol):
    """What is called for the elements of one part of a workbook, by their names without a prefix."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


def read_xlsx(content: bytes, limit: int) -> pa.Table:
    """Read the first visible sheet of a workbook; its first row with a value names the columns.

    Of a formula its stored value is read. Dates and times are text in ISO 8601; rows without a value are left out.

    Parameters
    ----------
    content
        The file.
    limit
        Most bytes that its texts take in memory, and its cells; its parts may unpack to four times as many.

    Raises
    ------
    TableError
        The file is damaged, encrypted or too large, has no rows, or two columns have one name.
    """
    if content.startswith(_OLD_OFFICE):
        raise TableError("archive.encrypted", "is protected by a password, or an old .xls; expected XLSX without one")
    if content.count(b"PK\x01\x02") > _MAX_ENTRIES:
        raise TableError("meta.too-large", f"has more than {_MAX_ENTRIES} parts")
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            _check_sizes(package, limit)
            return _sheet_table(package, limit)
    except TableError:
        raise
    except expat.ExpatError as error:
        raise TableError("meta.syntax", f"holds XML that cannot be read: {error}") from error
    except RuntimeError as error:  # what zipfile raises for a password and for methods it does not know
        raise TableError("archive.encrypted", f"cannot be unpacked: {error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, IndexError, OSError) as error:
        raise TableError("meta.syntax", f"is no XLSX file that can be read: {error}") from error


def _check_sizes(package: zipfile.ZipFile, limit: int) -> None:
    limits, most = Limits(), _UNPACKED * limit
    unpacked = sum(entry.file_size for entry in package.infolist())
    packed = sum(entry.compress_size for entry in package.infolist())
    if unpacked > most:
        raise TableError("meta.too-large", f"unpacks to {unpacked} bytes; a workbook may have {most}")
    if unpacked > limits.ratio_from and unpacked > limits.ratio * packed:
        problem = f"unpacks {packed} bytes to {unpacked}; at most {limits.ratio} times as many are unpacked"
        raise TableError("meta.too-large", problem)


def _sheet_table(package: zipfile.ZipFile, limit: int) -> pa.Table:
    book = _Book()
    _walk(package, _WORKBOOK, book)
    _walk(package, _RELATIONS, book)
    present = set(package.namelist())
    strings, formats = Strings(limit), Formats()
    for path, part in ((_STRINGS, strings), (_STYLES, formats)):
        if path in present:
            _walk(package, path, part)
    sheet = Sheet(strings.found, formats.dates(), book.since_1904, limit)
    _walk(package, book.first_sheet(), sheet)
    return sheet.table()


@dataclass(slots=True)
class _Book:
    """The sheets of a workbook, and where their parts are."""

    since_1904: bool = False
    sheets: list[str] = field(default_factory=list)  # relations of those that are visible, in their order
    targets: dict[str, str] = field(default_factory=dict)  # relation -> path of a work sheet

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904", "0") in {"1", "true"}
        elif name == "sheet" and attributes.get("state", "visible") == "visible":
            self.sheets += [value for key, value in attributes.items() if key.endswith(":id")]
        elif name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            path = posixpath.normpath(posixpath.join("/xl", attributes["Target"]))
            self.targets[attributes["Id"]] = path.lstrip("/")

    def end(self, name: str) -> None:
        """Nothing ends that matters."""

    def text(self, text: str) -> None:
        """There is no text that matters."""

    def first_sheet(self) -> str:
        found = [self.targets[sheet] for sheet in self.sheets if sheet in self.targets]
        if not found:
            raise TableError("meta.schema", "has no visible work sheet")
        return found[0]


def _walk(package: zipfile.ZipFile, path: str, part: _Part) -> None:
    """Parse one part of a workbook as a stream; `zipfile` gives out no more bytes than the directory states."""

    def refuse(*_: object) -> NoReturn:
        raise TableError("meta.syntax", f"{path} has a document type, which XLSX does not allow")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: part.start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: part.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = part.text
    with package.open(path) as stream:
        parser.ParseFile(stream)
