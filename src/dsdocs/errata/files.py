"""Read and write the table of errata: Parquet, or CSV, which a person can edit and two branches can merge."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dsdocs.errata.model import COLUMNS, Erratum, as_row, problems
from dsdocs.errors import ErrataError
from dsdocs.safe import write_bytes

ENDINGS = (".parquet", ".csv")
LARGEST = 20_000_000  # bytes of the file: what a page could still show, a hundred times over
MOST = 100_000  # rows
_SHOWN = 20  # problems of an error message
_SCHEMA = pa.schema([pa.field(column.name, column.type, nullable=not column.required) for column in COLUMNS])
_NAMES = tuple(column.name for column in COLUMNS)


def read_errata(path: Path) -> tuple[Erratum, ...]:
    """Read a table of errata and check every row.

    Parameters
    ----------
    path
        A ``.parquet`` or ``.csv`` file with the columns of `COLUMNS`, in any order; a column that is not required may
        be missing.

    Returns
    -------
    tuple of Erratum
        Sorted.

    Raises
    ------
    ErrataError
        The file cannot be read, has other columns, or a row holds what it must not; the message names every such row,
        up to 20.
    """
    read: Mapping[str, Callable[[Path], Iterator[dict[str, Any]]]] = {".parquet": _parquet, ".csv": _csv}
    if path.suffix not in read:
        raise ErrataError(str(path), "the name of a table of errata ends in .parquet or .csv")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ErrataError(
            str(path), f"cannot be read ({error.strerror}); write the first erratum with: dsdocs errata add"
        ) from error
    if size > LARGEST:
        raise ErrataError(str(path), f"has {size:,} bytes; {LARGEST:,} are allowed")
    found: list[Erratum] = []
    wrong: list[str] = []
    seen: dict[tuple[str, str, str], int] = {}
    for number, row in enumerate(read[path.suffix](path), 1):
        if number > MOST:
            raise ErrataError(str(path), f"has more than {MOST:,} rows")
        erratum = _erratum(row)
        said = [erratum] if isinstance(erratum, str) else list(problems(erratum))
        if isinstance(erratum, Erratum):
            first = seen.setdefault((erratum.patch, erratum.what, erratum.text), number)
            if first != number:
                said.append(f"says the same as row {first}")
            found.append(erratum)
        wrong += [f"row {number}: {problem}" for problem in said]
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise ErrataError(str(path), "; ".join(wrong[:_SHOWN]) + more)
    return tuple(sorted(found))


def write_errata(path: Path, errata: Iterable[Erratum]) -> None:
    """Write a table of errata, sorted; the same errata give the same bytes.

    Raises
    ------
    ErrataError
        The name ends in neither ``.parquet`` nor ``.csv``.
    """
    rows = [as_row(erratum) for erratum in sorted(errata)]
    if path.suffix == ".parquet":
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, _SCHEMA), sink, compression="zstd")
        write_bytes(path, sink.getvalue())
    elif path.suffix == ".csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _NAMES, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_bytes(path, text.getvalue().encode())
    else:
        raise ErrataError(str(path), "the name of a table of errata ends in .parquet or .csv")


def _erratum(row: Mapping[str, Any]) -> Erratum | str:
    """Return the erratum of a row, or what is wrong with its date, the one value that is no text."""
    texts = {name: row.get(name) or "" for name in _NAMES if name != "date"}
    day = read = row.get("date")
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day) if len(day) == len("2026-01-31") else None
        except ValueError:
            day = None
    if not isinstance(day, date):
        return f"date: {read!r:.40} is none; expected a day as YYYY-MM-DD"
    return Erratum(date=day, **texts)


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    strings = {column.name for column in COLUMNS if column.type == pa.string()}
    try:
        names = pq.read_schema(path).names
        _check_columns(path, names)
        file = pq.ParquetFile(path, read_dictionary=[name for name in names if name in strings])
        for column in COLUMNS:
            index = file.schema_arrow.get_field_index(column.name)
            if index >= 0 and not _fits(file.schema_arrow.field(index).type, column.type):
                kind = file.schema_arrow.field(index).type
                raise ErrataError(str(path), f"column {column.name!r} is {kind}; expected {column.type}")
        if file.metadata.num_rows > MOST:
            raise ErrataError(str(path), f"has more than {MOST:,} rows")
        # As dictionaries, so that a text that is repeated a million times is held once, and refused before it is not.
        table = file.read().combine_chunks()
        for column in COLUMNS:
            if column.name in table.column_names and column.type == pa.string():
                _check_length(path, column.name, table[column.name], column.longest)
        table.validate(full=True)
        yield from table.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ErrataError(str(path), f"cannot be read as Parquet: {error}") from error


def _check_length(path: Path, name: str, values: pa.ChunkedArray, longest: int) -> None:
    for chunk in values.chunks:
        texts = chunk.dictionary if isinstance(chunk, pa.DictionaryArray) else chunk
        length = pc.max(pc.binary_length(texts)).as_py() or 0
        if length > 4 * longest:  # bytes of a character in UTF-8, at most
            raise ErrataError(
                str(path), f"column {name!r}: a text of {length:,} bytes; {longest:,} letters are allowed"
            )


def _fits(found: pa.DataType, expected: pa.DataType) -> bool:
    kind = found.value_type if pa.types.is_dictionary(found) else found
    return bool(kind == expected or (expected == pa.string() and pa.types.is_large_string(kind)))


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ErrataError(str(path), f"is not UTF-8: {error}; save it as UTF-8") from error
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
        _check_columns(path, header)
        for line in lines:
            if not line:
                continue
            if len(line) != len(header):
                raise ErrataError(
                    str(path), f"line {lines.line_num}: {len(line)} values; the header has {len(header)} columns"
                )
            yield dict(zip(header, line, strict=True))
    except csv.Error as error:
        raise ErrataError(str(path), f"line {lines.line_num}: {error}") from error


def _check_columns(path: Path, found: list[str]) -> None:
    unknown = [name for name in found if name not in _NAMES]
    missing = [column.name for column in COLUMNS if column.required and column.name not in found]
    twice = sorted({name for name in found if found.count(name) > 1})
    told = (("unknown", unknown), ("missing", missing), ("there twice", twice))
    said = [f"{kind}: {', '.join(f'{name!r:.60}' for name in names[:_SHOWN])}" for kind, names in told if names]
    if said:
        raise ErrataError(str(path), f"columns {'; '.join(said)}; expected are {', '.join(_NAMES)}")
