"""Parts on disk: written whole, found again by the digest of what they were made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import pyarrow as pa

from dsdocs.readers.columns import FRAGMENTS
from dsdocs.records import SideTable
from dsdocs.safe import write_bytes
from dsdocs.summary.part import Notes, Packed, unpack_notes, unpack_rest


@dataclass(frozen=True)
class StoredPart:
    """A part in a folder; opened anew for each use, because an archive may have more parts than files may be open."""

    path: Path

    @cached_property
    def notes(self) -> Notes:
        """What the part says besides its rows."""
        return unpack_notes(self.schema)

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of its rows."""
        with pa.OSFile(str(self.path)) as source:
            return pa.ipc.open_file(source).schema

    @property
    def n_rows(self) -> int:
        """Number of its rows."""
        return self.notes.rows

    def columns(self, names: list[str]) -> pa.Table:
        """Return some columns of all rows."""
        wanted = [self.schema.get_field_index(name) for name in names]
        options = pa.ipc.IpcReadOptions(included_fields=wanted)
        with pa.OSFile(str(self.path)) as source:
            return pa.ipc.open_file(source, options=options).read_all().select(names)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, some at a time."""
        number = 0
        while True:
            with pa.OSFile(str(self.path)) as source:
                reader = pa.ipc.open_file(source)
                if number == reader.num_record_batches:
                    return
                batch = reader.get_batch(number)
            yield batch
            number += 1

    def fragments(self) -> pa.Table | None:
        """Return fragments; None if the part has none."""
        path = _rest_path(self.path)
        return next(unpack_rest(path.read_bytes())) if path.is_file() else None

    def tables(self) -> list[SideTable]:
        """Return the side tables, which are read when they are looked at."""
        return [StoredTable(path, _rest_path(self.path), number) for number, path in enumerate(self.notes.tables, 1)]


class StoredTable(SideTable):
    """A side table on disk: read anew whenever it is looked at, so that not all of them are in memory at once."""

    def __init__(self, path: str, file: Path, number: int) -> None:
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "_place", (file, number))

    @property
    def table(self) -> pa.Table:
        """Read the table."""
        file, number = self.__dict__["_place"]
        return next(islice(unpack_rest(file.read_bytes()), number, None))


class PartStore:
    """A folder of parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read before."""
        return next(self.folder.iterdir(), None) is None

    def find(self, key: str) -> StoredPart | None:
        """Return the part with this key; None if it is not there, or not whole."""
        part = StoredPart(self.path(key))
        try:
            part.schema  # noqa: B018  (reads the footer, which is written last)
        except (OSError, pa.ArrowInvalid):
            return None
        return part

    def add(self, key: str, packed: Packed, *, lasting: bool = True) -> StoredPart:
        """Write a part; one that no later build looks for need not last."""
        path = self.path(key)
        if packed.rest:
            write_bytes(_rest_path(path), packed.rest, lasting=lasting)
        write_bytes(path, packed.rows, lasting=lasting)  # last: a part is there when its rows are
        return StoredPart(path)

    def keep(self, keys: Iterable[str]) -> None:
        """Remove all other parts."""
        wanted = {path for key in keys for path in (self.path(key), _rest_path(self.path(key)))}
        for path in self.folder.iterdir():
            if path not in wanted:
                path.unlink()

    def path(self, key: str) -> Path:
        """Return the path of the part with this key, whether it is there or not."""
        return self.folder / f"{key}.arrow"


def leftovers(parts: Sequence[StoredPart]) -> tuple[pa.Table, list[SideTable]]:
    """Return the fragments of all parts, sorted by unit and path, and the side tables, sorted by path."""
    found = [fragments for part in parts if (fragments := part.fragments()) is not None]
    fragments = pa.concat_tables([FRAGMENTS.empty_table(), *found])
    return (
        fragments.sort_by([("unit", "ascending"), ("path", "ascending")]),
        sorted((table for part in parts for table in part.tables()), key=lambda table: table.path),
    )


def _rest_path(path: Path) -> Path:
    return path.with_suffix(".rest")
