"""Summaries of single records, for tests that need a table and no archive."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dsdocs.archive import Archive, Member
from dsdocs.nomenclatures import Nomenclature
from dsdocs.readers import Item, Reader
from dsdocs.records import SideTable
from dsdocs.summary import Built, PartStore, Task, cut, finish_parts, leftovers, merge_parts, read_part, read_summary

LIMIT = 50_000.0  # m, to the nearest country


@dataclass(frozen=True)
class Summary:
    """A summary in memory, and what was left out of it."""

    table: pa.Table
    built: Built


class _Items:
    """A reader that yields what it was given."""

    name = "items"

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items

    def recognises(self, names: Sequence[str]) -> str | None:
        return None

    def read(self, members: Iterable[Member]) -> Iterable[Item]:
        list(members)
        yield from self._items

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterable[Item]:
        return iter(())


def reader_of(items: Iterable[Item]) -> Reader:
    """Return a reader that yields these items, whatever it is given to read."""
    return _Items(list(items))  # type: ignore[return-value]


def summary_of(items: Iterable[Item], *, nomenclature: Nomenclature | None = None, path: Path | None = None) -> Summary:
    """Build the summary of what a reader could have yielded."""
    return _merged(reader_of(items), [()], nomenclature, path)


def summary_from(archive: Archive, reader: Reader, *, path: Path | None = None) -> Summary:
    """Build the summary of an archive with a reader."""
    return _merged(reader, cut.streamed_parts(archive), None, path)


def _merged(reader: Reader, parts: Iterable[Iterable], nomenclature: Nomenclature | None, path: Path | None) -> Summary:
    with tempfile.TemporaryDirectory() as folder:
        store = PartStore(Path(folder) / "parts")
        stored = [store.add(str(number), read_part(Task(reader, part, LIMIT))) for number, part in enumerate(parts)]
        finished = [
            store.add(f"finished-{number}", packed)
            for number, packed in enumerate(finish_parts(reader, *leftovers(stored), LIMIT, 20_000))
        ]
        target = path or Path(folder) / "summary.parquet"
        built = merge_parts([*stored, *finished], target, nomenclature=nomenclature, notes={})
        table = pa.Table.from_batches(read_summary(target).to_batches(), read_summary(target).schema)
        return Summary(pa.ipc.open_stream(_copied(table)).read_all(), built)


def _copied(table: pa.Table) -> pa.Buffer:
    """Let the table live on after its file is gone."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
