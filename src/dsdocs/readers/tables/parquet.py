"""Tables as Parquet, with what the file unpacks to bounded while it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dsdocs.readers.tables.columns import TableError, check_width, finished

_ROWS = 65_536  # that are decoded at a time, before it is looked what they take
_CRS84 = "OGC:CRS84"


def read_parquet(content: bytes, limit: int) -> pa.Table:
    """Read a Parquet file.

    Parameters
    ----------
    content
        The file.
    limit
        Most bytes that its values take; what the footer says is looked at first, then what really comes.

    Raises
    ------
    TableError
        The file is damaged, too large, encrypted, or has no rows, or two columns have one name.
    """
    try:
        with pq.ParquetFile(pa.BufferReader(content)) as probe:
            footer, schema = probe.metadata, probe.schema_arrow
        _check_footer(footer, limit)
        texts = _texts(footer.schema)
        # Texts stay dictionaries while they are read: a megabyte that a million rows repeat is no bomb in that form.
        with pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts) as file:
            batches = list(_bounded(file, limit))
    except (pa.ArrowException, OSError) as error:
        raise TableError("meta.syntax", f"is no Parquet file that can be read: {error}") from error
    except UnicodeDecodeError as error:
        raise TableError("meta.encoding", f"has a name of a column that is not UTF-8: {error.reason}") from error
    table = pa.Table.from_batches(batches, batches[0].schema if batches else schema)
    plain = [_plain(column) for column in table.columns]
    _check_texts(table.column_names, plain)
    return _placed(finished(table.column_names, plain), schema.metadata or {})


def _check_footer(footer: pq.FileMetaData, limit: int) -> None:
    check_width(footer.num_columns)
    # Nothing is asked about single columns: of a damaged footer, that ends the process (pyarrow 26).
    size = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
    values = footer.num_rows * footer.num_columns
    if size > limit or values > limit:
        found = f"has {footer.num_rows} rows in {footer.num_columns} columns, {size} bytes"
        raise TableError("meta.too-large", f"{found} uncompressed; a table may have {limit}")


def _check_texts(names: Sequence[str], columns: Sequence[pa.ChunkedArray]) -> None:
    """Refuse text that is none; what Parquet calls a string is not looked at when it is read."""
    for name, column in zip(names, columns, strict=True):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid as error:
            raise TableError("meta.encoding", f"column {name!r} holds what is not UTF-8: {error}") from error


def _texts(schema: pq.ParquetSchema) -> list[str]:
    """Return the paths of the columns of bytes, those within lists too."""
    columns = [schema.column(number) for number in range(len(schema))]
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _bounded(file: pq.ParquetFile, limit: int) -> Iterator[pa.RecordBatch]:
    size = 0
    for batch in file.iter_batches(_ROWS, use_threads=False):
        size += sum(_size(column) for column in batch.columns)
        if size > limit:
            raise TableError("meta.too-large", f"unpacks to more than {limit} bytes, which a table may have")
        yield batch


def _size(column: pa.Array) -> int:
    """Return the bytes of a column with its dictionary written out."""
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return _size(column.flatten()) + 4 * len(column)
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return int(pc.sum(lengths).as_py() or 0) + 4 * len(column)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Bring a column to the few types that `dsdocs.readers.tables.read_table` names; lists and WKB stay."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_list(kind) and pa.types.is_dictionary(kind.value_type):
        return column.cast(pa.list_(kind.value_type.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind) or kind == pa.uint64():
        return column.cast(pa.float64(), safe=False)
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_timestamp(kind):
        return _iso(column)
    return column.cast(pa.string()) if pa.types.is_date(kind) or pa.types.is_time(kind) else column


def _iso(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write times in ISO 8601, to the second where none is finer; those with a zone in UTC."""
    zone = moments.type.tz
    whole = pc.cast(moments, pa.timestamp("s", zone), safe=False)
    if pc.all(pc.equal(pc.cast(whole, moments.type), moments)).as_py():
        moments = whole
    return pc.replace_substring(
        pc.cast(moments.cast(pa.timestamp(moments.type.unit, zone and "UTC")), pa.string()), " ", "T"
    )


def _placed(table: pa.Table, metadata: dict[bytes, bytes]) -> pa.Table:
    """Note the system of each geometry column of a GeoParquet file, as its specification 1.1 describes them."""
    table = table.replace_schema_metadata(None)
    try:
        described = orjson.loads(metadata.get(b"geo", b"{}"))["columns"]
        systems = {name: _system(column.get("crs", {})) for name, column in described.items()}
    except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError):
        return table
    for name, system in systems.items():
        if name in table.column_names and system:
            place = table.column_names.index(name)
            field = pa.field(name, table.schema.field(name).type, metadata={"crs": system})
            table = table.set_column(place, field, table[name])
    return table


def _system(crs: object) -> str | None:
    match crs:
        case {"id": {"authority": str(authority), "code": str(code) | int(code)}}:
            return f"{authority}:{code}"
        case {} if not crs:
            return _CRS84
    return None
