"""Side tables of any format as Arrow tables: CSV, TSV, XLSX, Parquet, JSON, JSON lines and GeoJSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa

from dsdocs.archive import Member
from dsdocs.errors import MemberError
from dsdocs.readers.tables.columns import TableError, left_out
from dsdocs.readers.tables.json import read_json, read_json_lines
from dsdocs.readers.tables.parquet import read_parquet
from dsdocs.readers.tables.text import read_delimited
from dsdocs.readers.tables.xlsx import read_xlsx
from dsdocs.records import RecordError

__all__ = ["LIMIT", "SUFFIXES", "is_table", "read_table", "rows_left_out"]

LIMIT = 96 * 2**20  # bytes of a file, and of what is made of it; a build takes at most some 500 MB
_FORMATS: dict[str, Callable[[bytes, int], pa.Table]] = {
    ".csv": read_delimited,
    ".txt": read_delimited,
    ".tsv": partial(read_delimited, delimiter="\t"),
    ".tab": partial(read_delimited, delimiter="\t"),
    ".xlsx": read_xlsx,
    ".parquet": read_parquet,
    ".geoparquet": read_parquet,
    ".json": read_json,
    ".geojson": read_json,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
}
SUFFIXES = tuple(_FORMATS)


def is_table(path: str) -> bool:
    """Tell whether a file is a table by its suffix."""
    return path.lower().endswith(SUFFIXES)


def rows_left_out(path: str, table: pa.Table) -> Iterator[RecordError]:
    """Yield an error for each row of a file that `read_table` could not put into its table."""
    for category, reason in left_out(table):
        yield RecordError(path, category, f"{reason}; the row is left out")


def read_table(member: Member, *, limit: int = LIMIT) -> pa.Table | RecordError:
    """Read a side table, whatever its format, which the suffix of its name decides.

    Parameters
    ----------
    member
        The file.
    limit
        Most bytes of the file, and of what it unpacks to as far as it can be told before it is unpacked.

    Returns
    -------
    pa.Table or RecordError
        Text as ``string``, whole numbers as ``int64``, other numbers as ``double``, truth values as ``bool``; dates
        and times as text in ISO 8601, lists of JSON and Parquet as lists. In CSV and XLSX a column is of numbers if
        every cell with a value is one, and of ``int8`` if that holds all of them. Names of columns keep their case,
        without spaces around them. A GeoJSON has its geometries as WKB in the column ``geometry``; the metadata
        ``crs`` of that field names their system. A table that cannot be used is returned as an error, never raised.
    """
    read = next((read for suffix, read in _FORMATS.items() if member.path.lower().endswith(suffix)), None)
    if read is None:
        expected = ", ".join(SUFFIXES)
        return RecordError(member.path, "input.type", f"is no table by its name; expected one of {expected}")
    if member.size > limit:
        reason = f"has {member.size} bytes; a table may have {limit}"
        return RecordError(member.path, "meta.too-large", reason)
    try:
        return read(member.read(), limit)
    except MemberError as error:
        return RecordError(member.path, error.category, error.problem)
    except TableError as error:
        return RecordError(member.path, error.category, str(error))
