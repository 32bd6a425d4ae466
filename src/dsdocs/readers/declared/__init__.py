"""A layout that dsdocs.toml declares: patterns of paths, and a table, in place of code.

Where every patch is one file and no table says more, a part of the archive is read by itself. Else the images of all
parts are put together at the end: bands and sensors may lie far apart, and the table may come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from io import BytesIO

import pyarrow as pa

from dsdocs.archive import Archive, Member
from dsdocs.archive.member import Limits
from dsdocs.errors import ArchiveError, ConfigError
from dsdocs.layout import Layout, Pattern
from dsdocs.readers import Description, Item
from dsdocs.readers.declared.files import Images, Places, expected_bands, image_schema
from dsdocs.readers.declared.join import Join
from dsdocs.readers.declared.patches import file_patches, row_patches
from dsdocs.readers.declared.sensors import sensors_of
from dsdocs.readers.declared.table import Rows, needed, rows_of
from dsdocs.readers.declared.units import combined_units, single_units
from dsdocs.readers.tables import read_table, rows_left_out
from dsdocs.records import Ignored, RecordError, SideTable

DECLARED = "declared"
_KIND, _REASON = "dsdocs.kind", "dsdocs.reason"  # keys of the metadata of side tables
_IMAGES, _TABLE, _BROKEN = "images", "table", "broken"


class DeclaredReader:
    """Any layout, described under ``[layout]`` in ``dsdocs.toml``.

    Parameters
    ----------
    layout
        The description.
    side_table
        Content of the table of the layout where it lies beside ``dsdocs.toml``; one in the archive counts before
        it. It is left behind when the reader is sent to another process, where parts are read, and only `finish`
        needs it.
    max_pixels
        Most values of an image, as for `dsdocs.imagery.quick_header.member_header`.
    """

    name = DECLARED
    nomenclature = None  # named under [labels], else found from the labels

    def __init__(self, layout: Layout, side_table: bytes | None = None, *, max_pixels: int = Limits().pixels) -> None:
        self.layout = layout
        self.max_pixels = max_pixels
        self._side_table = side_table
        self._places = Places(layout)
        self._table = Pattern.compile(layout.table.path) if layout.table else None

    def __reduce__(self) -> tuple[partial[DeclaredReader], tuple[Layout]]:
        """Send the layout and the limit alone."""
        return partial(DeclaredReader, max_pixels=self.max_pixels), (self.layout,)

    def recognises(self, names: Sequence[str]) -> str | None:
        """Claim an archive of which some files fit a pattern."""
        n = sum(self._places.find(name) is not None for name in names)
        return f"{n} of {len(names)} files fit the patterns under [layout] in dsdocs.toml" if n else None

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield the patches of a part, or its images as a table."""
        images = Images(self._places, self.max_pixels)
        first = None
        for member in members:
            if images.add(member):
                first = first or member.path
            elif self._table is not None and self._table.match(member.path):
                yield from self._read_table(member)
            else:
                yield Ignored(member.path)
        if first is None:
            return
        if self._places.single and self._table is None:
            yield from file_patches(single_units(images.table()), self.layout)
        else:
            yield SideTable(first, images.table().replace_schema_metadata({_KIND: _IMAGES}))

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Put images, bands and rows of the table together.

        Raises
        ------
        ConfigError
            The table that the layout names is nowhere.
        ArchiveError
            The table could not be read, so that nothing is known of any patch.
        """
        if self._places.single and self._table is None:
            return
        join = None
        key = self.layout.key_pattern()
        if self.layout.table is not None and key is not None:
            rows, notes = self._rows(tables)
            yield from notes
            join = Join(rows, key, self.layout)
        schema = image_schema(self._places.fields)
        found = [side.table.cast(schema) for side in tables if _kind(side) == _IMAGES]
        images = pa.concat_tables([schema.empty_table(), *found])
        for unit in combined_units(images, expected_bands(images, self._places.expected)):
            if isinstance(unit, pa.Table):
                yield from file_patches(unit, self.layout, join)
            else:
                yield unit
        if join is not None:
            yield from row_patches(self.layout, join)

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Describe sensors from the names of bands, and from the first image of each asset."""
        return Description(archive.name.replace("_", " "), None, sensors_of(summary, archive, self.layout))

    def _read_table(self, member: Member) -> Iterator[Item]:
        table = read_table(member)
        if isinstance(table, pa.Table):
            yield from rows_left_out(member.path, table)
        checked = (
            table
            if isinstance(table, RecordError) or not self.layout.table
            else needed(table, member.path, self.layout.table)
        )
        if isinstance(checked, RecordError):
            yield checked
            told = {_KIND: _BROKEN, _REASON: f"{checked.path}: {checked.reason}"}
            yield SideTable(member.path, pa.table({}).replace_schema_metadata(told))
        else:
            yield SideTable(member.path, checked.replace_schema_metadata({_KIND: _TABLE}))

    def _rows(self, tables: Sequence[SideTable]) -> tuple[Rows, list[Item]]:
        section = self.layout.table
        if section is None:
            raise TypeError("the layout has no table")
        own = [side for side in tables if _kind(side) in (_TABLE, _BROKEN)]
        notes: list[Item] = []
        if not own and self._side_table is not None:
            member = Member(section.path, len(self._side_table), _Bytes(self._side_table))
            for item in self._read_table(member):
                if isinstance(item, SideTable):
                    own.append(item)
                else:
                    notes.append(item)
        if not own:
            problem = (
                f"no file {section.path!r} in the archive, nor beside dsdocs.toml; expected the table of the layout"
            )
            raise ConfigError("dsdocs.toml", "layout.table.path", problem)
        good = [side for side in own if _kind(side) == _TABLE]
        if not good:
            problem = f"the table of the layout cannot be used: {_told(own[0], _REASON)}"
            raise ArchiveError(f"{problem}; mend it, or take [layout.table] out of dsdocs.toml", "meta.schema")
        rows, more = rows_of(good, self.layout, section)
        return rows, [*notes, *more]


class _Bytes:
    """A file in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open(self, member: Member) -> BytesIO:
        return BytesIO(self._content)

    def read(self, member: Member) -> bytes:
        return self._content


def _kind(side: SideTable) -> str:
    return _told(side, _KIND)


def _told(side: SideTable, key: str) -> str:
    told: bytes = (side.table.schema.metadata or {}).get(key.encode(), b"")
    return told.decode()
