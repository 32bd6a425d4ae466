"""Which row of the table belongs to which patch of a declared layout, and the rows that belong to none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.layout import Layout, Pattern, parse
from dsdocs.readers.declared.columns import Problems, column_of, joined
from dsdocs.readers.declared.files import FIELD
from dsdocs.readers.declared.table import Rows

_TOGETHER = 10_000  # patches without files of one table


class Join:
    """Finds rows of the table by their keys, and remembers which were found.

    Parameters
    ----------
    rows
        The table.
    key
        What a key holds.
    layout
        The layout that both belong to.
    """

    def __init__(self, rows: Rows, key: Pattern, layout: Layout) -> None:
        self.rows = rows
        self._key = key
        self._name = parse(layout.name_pattern())
        self._keys = rows.table["key"].combine_chunks()
        self._used = np.zeros(rows.table.num_rows, dtype=bool)

    def find(self, units: pa.Table) -> pa.Array:
        """Return the number of the row of each patch, null where the table has none."""
        parts: list[str | pa.Array] = []
        for name in self.rows.shared:
            parts += [column_of(units, FIELD + name), "/"]
        parts += [part if isinstance(part, str) else column_of(units, FIELD + part.name) for part in self._key.parts]
        found = pc.index_in(joined(parts, units.num_rows), self._keys).cast(pa.int64())
        self._used[np.asarray(found.drop_null())] = True
        return found

    def rest(self) -> Iterator[tuple[pa.Array, pa.Table, Problems]]:
        """Yield the rows that no patch was found for, some at a time.

        Yields
        ------
        numbers, units, problems
            Numbers of the rows; patches without files, named by their keys; and why some cannot be named.
        """
        unused = np.flatnonzero(~self._used)
        for start in range(0, len(unused), _TOGETHER):
            yield self._bare(pa.array(unused[start : start + _TOGETHER], pa.int64()))

    def _bare(self, numbers: pa.Array) -> tuple[pa.Array, pa.Table, Problems]:
        chosen = self.rows.table.take(numbers)
        columns, problems = self._fields(chosen)
        columns |= {name: column_of(chosen, name) for name in chosen.column_names if name.startswith(FIELD)}
        written = column_of(chosen, "written")
        parts = [part if isinstance(part, str) else columns.get(FIELD + part.name) for part in self._name]
        named = None not in parts
        ids = joined(parts, len(numbers)) if named else written
        if not named:
            reason = "the archive has no file of it, and the table does not say all that [layout] names patches by"
            problems = {row: ("image.missing", reason) for row in range(len(numbers))}
        path = pc.coalesce(ids, written)
        return numbers, pa.table({**columns, "id": ids, "path": path}), problems

    def _fields(self, chosen: pa.Table) -> tuple[dict[str, pa.Array], Problems]:
        """Return what keys say: fields of their pattern, and those that the path of the table shares with files."""
        names = tuple(dict.fromkeys([*self.rows.shared, *self._key.fields]))
        told: dict[str, list[Any]] = {name: [] for name in names}
        problems: Problems = {}
        for row, (key, written) in enumerate(
            zip(*(chosen[name].to_pylist() for name in ("key", "written")), strict=True)
        ):
            match = self._key.match(written)
            values = self._key.values(match) if match else (None,) * len(self._key.fields)
            if match is None:
                reason = f"the archive has no file of it, and its key is not as table.key_is says: {self._key.text}"
                problems[row] = ("image.missing", reason)
            shared = key.removesuffix(written).split("/")[:-1]
            said = {
                **dict(zip(self._key.fields, values, strict=True)),
                **dict(zip(self.rows.shared, shared, strict=True)),
            }
            for name in names:
                told[name].append(said[name])
        return {FIELD + name: pa.array(texts, pa.string()) for name, texts in told.items()}, problems
