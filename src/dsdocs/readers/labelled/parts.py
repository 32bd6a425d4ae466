"""One part of an archive of images and label tables, and back from all parts: what two layouts have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa

from dsdocs.archive import Member
from dsdocs.readers import Item
from dsdocs.readers.image_files import IMAGES, image_row, image_table, is_image
from dsdocs.readers.labelled.rows import is_label_rows, label_rows
from dsdocs.readers.tables import read_table, rows_left_out
from dsdocs.readers.tables.columns import TableError
from dsdocs.records import Ignored, RecordError, SideTable


def read_parts(members: Iterable[Member], is_table: Callable[[str], bool], max_pixels: int) -> Iterator[Item]:
    """Yield the images of a part, which have so many values at most, as one table; and each label table as its rows."""
    rows = []
    for member in members:
        if is_image(member.path):
            rows.append(image_row(member, max_pixels))
        elif is_table(member.path):
            yield from _rows(member)
        else:
            yield Ignored(member.path)
    if rows:
        yield SideTable(str(rows[0]["path"]), image_table(rows))


def split_tables(tables: Sequence[SideTable]) -> tuple[pa.Table, list[SideTable]]:
    """Return the images of all parts, and the label tables."""
    images = [side.table for side in tables if side.table.schema.equals(IMAGES)]
    return pa.concat_tables([image_table(()), *images]), [side for side in tables if is_label_rows(side.table)]


def _rows(member: Member) -> Iterator[SideTable | RecordError]:
    table = read_table(member)
    if isinstance(table, RecordError):
        yield table
        return
    yield from rows_left_out(member.path, table)
    try:
        yield SideTable(member.path, label_rows(table))
    except TableError as error:
        yield RecordError(member.path, error.category, str(error))
