"""Read a summary back, and say everything that is wrong with a file at once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dsdocs.errors import SummaryError
from dsdocs.summary.schema import COLUMNS, VERSION


def read_summary(path: Path) -> pa.Table:
    """Read a summary, memory-mapped.

    Raises
    ------
    SummaryError
        The file is no summary of this version of the schema; the message lists every difference.
    """
    try:
        table = pq.read_table(path, memory_map=True)
    except FileNotFoundError:
        raise SummaryError(f"{path}: there is no such file; dsdocs summarize writes one") from None
    except (OSError, pa.ArrowInvalid) as error:
        raise SummaryError(f"{path}: cannot be read as Parquet: {error}") from error
    problems = check(table)
    if problems:
        raise SummaryError(f"{path}: is no summary of dsdocs: " + "; ".join(problems))
    return table


def check(table: pa.Table) -> tuple[str, ...]:
    """List every difference between a table and the schema of the summary."""
    problems = []
    metadata = table.schema.metadata or {}
    version = json.loads(metadata.get(b"dsdocs", b"{}")).get("version")
    if version != VERSION:
        problems.append(f"schema version: found {version!r}, expected {VERSION!r}")
    if b"geo" not in metadata:
        problems.append("the GeoParquet metadata 'geo' is missing")
    for column in COLUMNS:
        index = table.schema.get_field_index(column.name)
        if index < 0:
            problems.append(f"column {column.name!r} is missing")
        elif not _equivalent(table.schema.field(index).type, column.type):
            problems.append(f"column {column.name!r}: found {table.schema.field(index).type}, expected {column.type}")
    known = {column.name for column in COLUMNS}
    problems += [f"column {name!r} is unknown" for name in table.column_names if name not in known and ":" not in name]
    return tuple(problems)


def notes(table: pa.Table) -> dict[str, str]:
    """Return what the file says about itself: version, reader, nomenclature, source of the country boundaries."""
    found: dict[str, str] = json.loads((table.schema.metadata or {}).get(b"dsdocs", b"{}"))
    return found


def fingerprint(path: Path) -> str:
    """Return the first 12 hexadecimal digits of the file's SHA-256."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()[:12]


def _equivalent(found: pa.DataType, expected: pa.DataType) -> bool:
    # Parquet does not keep the name of a list's items.
    both_lists = pa.types.is_list(found) and pa.types.is_list(expected)
    return bool(found == expected or (both_lists and found.value_type == expected.value_type))
