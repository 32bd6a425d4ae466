"""Run a reader over the members of an archive, cut into parts at will, and collect what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from dsdocs.archive import Member, open_archive
from dsdocs.errors import MemberError
from dsdocs.readers import Item, Reader
from dsdocs.readers.columns import fragments_table, records_table
from dsdocs.records import Fragment, Ignored, PatchRecord, RecordError, RecordWarning, SideTable


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reader made of all members; everything is sorted, so that two outcomes can be compared."""

    rows: pa.Table  # in the columns of `dsdocs.readers.columns` and the facts by name; sorted by id, then first path
    errors: tuple[RecordError, ...]
    warnings: tuple[RecordWarning, ...]
    ignored: tuple[str, ...]

    def row(self, name: str) -> dict[str, object]:
        """Return the one row with this id."""
        (found,) = (row for row in self.rows.to_pylist() if row["id"] == name)
        return found

    @property
    def ids(self) -> list[str]:
        """Names of all patches, sorted."""
        return self.rows["id"].to_pylist()

    @property
    def error(self) -> RecordError:
        """The one error."""
        (found,) = self.errors
        return found

    @property
    def warning(self) -> RecordWarning:
        """The one warning."""
        (found,) = self.warnings
        return found


def run_reader(reader: Reader, members: Iterable[Member], cuts: Sequence[int] = ()) -> Outcome:
    """Read the parts that begin at the member numbers of ``cuts``, and finish what lies in several of them."""
    members = list(members)
    borders = [0, *sorted(min(cut, len(members)) for cut in cuts), len(members)]
    items: list[Item] = []
    for begin, end in pairwise(borders):
        # An iterator, not a list: a part is passed over once, as it is when an archive is streamed.
        items += reader.read(iter(members[begin:end]))
    fragments = [item for item in items if isinstance(item, Fragment)]
    sides = [item for item in items if isinstance(item, SideTable)]
    table = fragments_table(fragments).sort_by([("unit", "ascending"), ("path", "ascending")])
    items += reader.finish(table, sorted(sides, key=lambda side: side.path))
    return outcome_of(items)


def outcome_of(items: Iterable[Item]) -> Outcome:
    """Sort items by kind; fragments and side tables are left out."""
    items = list(items)
    tables = [item for item in items if isinstance(item, pa.Table)]
    records = [item for item in items if isinstance(item, PatchRecord)]
    rows = pa.concat_tables([records_table(records), *tables], promote_options="permissive")
    rows = rows.select([*rows.column_names[:13], *sorted(rows.column_names[13:])]).combine_chunks()
    keys = zip(rows["id"].to_pylist(), rows["assets"].to_pylist(), rows["window"].to_pylist(), strict=True)
    order = sorted(range(rows.num_rows), key=[repr(key) for key in keys].__getitem__)
    return Outcome(
        rows.take(pa.array(order, pa.int64())).combine_chunks(),
        tuple(sorted((item for item in items if isinstance(item, RecordError)), key=repr)),
        tuple(sorted((item for item in items if isinstance(item, RecordWarning)), key=repr)),
        tuple(sorted(item.path for item in items if isinstance(item, Ignored))),
    )


def folder_members(folder: Path) -> list[Member]:
    """Return the members of an archive on disk."""
    return [entry for entry in open_archive(folder).members() if isinstance(entry, Member)]


def memory_members(files: Mapping[str, bytes] | Iterable[tuple[str, bytes | MemberError]]) -> list[Member]:
    """Return members whose bytes lie in memory.

    Parameters
    ----------
    files
        Content by path; as pairs, a path may occur twice, and a `MemberError` stands for bytes that cannot be had.
    """
    pairs = list(files.items() if isinstance(files, Mapping) else files)
    source = Memory([content for _, content in pairs])
    return [
        Member(path, 1 if isinstance(content, MemberError) else len(content), source, offset=number)
        for number, (path, content) in enumerate(pairs)
    ]


class Memory:
    """Contents by number, which is the offset of their members."""

    def __init__(self, contents: Sequence[bytes | MemberError]) -> None:
        self._contents = contents

    def open(self, member: Member) -> BytesIO:
        """Open a member."""
        return BytesIO(self.read(member))

    def read(self, member: Member) -> bytes:
        """Return the bytes of a member, or raise what stands for them."""
        content = self._contents[member.offset]
        if isinstance(content, MemberError):
            raise content
        return content
