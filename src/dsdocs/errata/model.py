"""One erratum, what it may say, and the columns of the table of errata."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date

import pyarrow as pa

KINDS = {
    "label": "a label is wrong or missing",
    "geometry": "the patch does not lie where the archive says",
    "pixels": "pixels are damaged, missing or of something else",
    "metadata": "a time, a name or another fact is wrong",
    "duplicate": "the patch is there twice",
    "other": "anything else",
}
STATUSES = {
    "open": "reported, and not looked at yet",
    "confirmed": "the authors agree that it is so",
    "fixed": "a later version of the data set has it right",
    "rejected": "the authors have looked, and it is as it should be",
}
STANDING = frozenset({"open", "confirmed"})  # what still holds of the data, so that patches are marked with it
# Characters that hide or turn round the text beside them (Unicode Standard Annex 9), and the byte order mark.
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_FORMULA = ("=", "+", "-", "@")  # a spreadsheet runs such a cell of a CSV


@dataclass(frozen=True, slots=True, order=True)
class Erratum:
    """Something that is wrong with one patch; sorted by patch, then by the other fields in their order."""

    patch: str  # id, as in the summary
    what: str  # key of `KINDS`
    date: date  # on which it was reported
    text: str  # one paragraph, plain text
    status: str = "open"  # key of `STATUSES`
    since: str = ""  # version of the data set in which it was seen first; empty where nobody says
    reporter: str = ""
    link: str = ""  # where it is discussed

    @property
    def stands(self) -> bool:
        """Whether it still holds of the data."""
        return self.status in STANDING


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of errata."""

    name: str
    type: pa.DataType
    required: bool
    longest: int  # characters
    description: str


_STRING = pa.string()
COLUMNS = (
    Column("patch", _STRING, True, 1000, "Name of the patch: its `id` in the summary."),
    Column("what", _STRING, True, 20, f"What is wrong: {', '.join(f'`{kind}`' for kind in KINDS)}."),
    Column("date", pa.date32(), True, 10, "Day on which it was reported: YYYY-MM-DD."),
    Column("text", _STRING, True, 2000, "What is wrong and how it shows: one paragraph of plain text."),
    Column("status", _STRING, True, 20, f"What became of it: {', '.join(f'`{status}`' for status in STATUSES)}."),
    Column("since", _STRING, False, 100, "Version of the data set in which it was seen first."),
    Column("reporter", _STRING, False, 200, "Who reported it."),
    Column("link", _STRING, False, 500, "Address where it is discussed, http or https."),
)


def problems(erratum: Erratum) -> Iterator[str]:
    """Tell what is wrong with the values of an erratum, whatever patch it is of."""
    for column in COLUMNS:
        value = getattr(erratum, column.name)
        if isinstance(value, str):
            yield from (f"{column.name}: {problem}" for problem in _text_problems(value, column))
    for name, known in (("what", KINDS), ("status", STATUSES)):
        value = getattr(erratum, name)
        if value and value not in known:
            yield f"{name}: {value!r:.60} is none of {', '.join(known)}"
    if erratum.link and not _LINK.fullmatch(erratum.link):
        yield f"link: {erratum.link!r:.60} is no address of the form https://..."


def _text_problems(value: str, column: Column) -> Iterator[str]:
    if column.required and not value:
        yield "is empty"
    if len(value) > column.longest:
        yield f"has {len(value):,} characters; {column.longest:,} are allowed"
        return
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in value) or _HIDDEN.search(value):
        yield "holds a line break, a control character, or one that hides or turns round other text"
    if value != value.strip():
        yield "begins or ends with a space"
    if column.name != "patch" and value.startswith(_FORMULA):
        yield f"begins with {value[0]!r}, which spreadsheets run as a formula; begin with a word"


def as_row(erratum: Erratum) -> dict[str, str | date | None]:
    """Return an erratum as a row of its table: null where nobody says."""
    values = {field.name: getattr(erratum, field.name) for field in fields(erratum)}
    return {column.name: values[column.name] or ("" if column.required else None) for column in COLUMNS}
