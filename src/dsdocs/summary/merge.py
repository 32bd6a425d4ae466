"""From parts to the one table: translate labels, leave out what is there twice, and write it in its order.

Rows are ordered along a Hilbert curve through the centres of their footprints, equal places by name; patches without a
footprint come last. Only keys and names of all rows are held at a time, the rest is read group by group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.errors import SummaryError
from dsdocs.nomenclatures import Nomenclature, nomenclature_for
from dsdocs.records import RecordError, RecordWarning
from dsdocs.summary import schema
from dsdocs.summary.lost import Lost
from dsdocs.summary.part import common_folder, paths
from dsdocs.summary.store import StoredPart
from dsdocs.summary.write import ROW_GROUP, SIDES, Extent, write_summary

SEASONS = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True, slots=True)
class Built:
    """A summary and what did not become part of it; ``found = kept + quarantined + ignored``."""

    kept: int  # patches in the table
    nomenclature: Nomenclature | None
    root: str  # the folders that all files lie in, ending in "/"; paths of the summary begin below it
    quarantined: tuple[RecordError, ...]
    warnings: tuple[RecordWarning, ...]
    ignored: tuple[str, ...]

    @property
    def found(self) -> int:
        """Number of inputs: patches, good and bad, and files that are no part of the layout."""
        return self.kept + len(self.quarantined) + len(self.ignored)


def merge_parts(
    parts: Sequence[StoredPart],
    path: Path,
    *,
    nomenclature: Nomenclature | None = None,
    notes: Mapping[str, str],
    progress: Callable[[int], None] | None = None,
) -> Built:
    """Write the summary of an archive from its parts.

    Parameters
    ----------
    parts
        All parts, in any order.
    path
        Target; an existing file is replaced at once.
    nomenclature
        Class list of the labels. Default: the built-in one that covers all labels; if none does, labels stay as
        they are.
    notes
        Facts about the file as a whole for its metadata: reader, source of the country boundaries.
    progress
        Called with the number of rows written so far.

    Raises
    ------
    SummaryError
        Not one patch could be kept.
    """
    errors = [error for part in parts for error in part.notes.errors]
    warnings = [warning for part in parts for warning in part.notes.warnings]
    ignored = [path for part in parts for path in part.notes.ignored]
    spelled = sorted({label for part in parts for label in part.notes.labels})
    found = nomenclature or nomenclature_for(spelled)
    canonical = {label: found.canonical(label) if found else label for label in spelled}
    table = _keys(parts)
    left_out = np.zeros(table.num_rows, dtype=bool)
    lost = Lost({path for part in parts for path in part.notes.tables})
    errors += _unknown(parts, canonical, found, left_out, lost)
    errors += _duplicates(parts, left_out)
    order = pc.sort_indices(table, [("hilbert", "ascending"), ("id", "ascending")]).to_numpy()
    order = order[~left_out[order]]
    if not len(order):
        first = f"; the first reason: {errors[0].path}: {errors[0].reason} ({errors[0].category})" if errors else ""
        raise SummaryError(f"no patch could be kept: {len(errors)} quarantined, {len(ignored)} files ignored{first}")
    group = np.full(table.num_rows, -1, dtype=np.int32)
    group[order] = np.arange(len(order)) // ROW_GROUP
    del table, order
    pa.default_memory_pool().release_unused()
    for error in errors:
        lost.add_path(error.path)
    warnings = [warning for warning in warnings if not lost.concerns(warning.path)]
    root = common_folder(part.notes for part in parts)
    described = {**notes, **({"nomenclature": found.name} if found else {})}
    columns = _columns(parts)

    def groups() -> Iterator[pa.Table]:
        done = 0
        for rows in _groups(parts, group):
            done += rows.num_rows
            final = _final(rows, columns, canonical, root)
            del rows
            yield final
            del final
            pa.default_memory_pool().release_unused()  # else it holds what earlier groups needed
            if progress is not None:
                progress(done)

    write_summary(path, groups(), columns, _extent(parts, group), described)
    kept = int((group >= 0).sum())
    return Built(kept, found, root, *_sorted(errors, warnings, ignored, root))


def _keys(parts: Sequence[StoredPart]) -> pa.Table:
    empty = pa.table({"hilbert": pa.array([], pa.int64()), "id": pa.array([], pa.large_string())})
    # Taken, which copies: a column that was read keeps the memory of all columns of its batch.
    tables = [keys.take(pa.array(np.arange(len(keys)))).cast(empty.schema) for keys in _each(parts, ["hilbert", "id"])]
    return pa.concat_tables([empty, *tables]).combine_chunks()


def _each(parts: Iterable[StoredPart], columns: list[str]) -> Iterator[pa.Table]:
    return (part.columns(columns) for part in parts)


def _unknown(
    parts: Sequence[StoredPart],
    canonical: Mapping[str, str | None],
    found: Nomenclature | None,
    left_out: np.ndarray,
    lost: Lost,
) -> list[RecordError]:
    """Mark the patches that have a label which the nomenclature does not know."""
    errors: list[RecordError] = []
    unknown = [label for label, name in canonical.items() if name is None]
    if not unknown or found is None:
        return errors
    values = pa.array(unknown, pa.string())
    for part, start in zip(parts, _starts(parts), strict=True):
        if not set(unknown).intersection(part.notes.labels):
            continue
        rows = part.columns(["id", "labels", "assets"])
        labels = rows["labels"].combine_chunks()
        hit = pc.is_in(labels.flatten(), values)
        found_in = np.unique(pc.list_parent_indices(labels).filter(hit).to_numpy())
        left_out[start + found_in] = True
        some = rows.take(pa.array(found_in))
        for name, assets in zip(some["id"].to_pylist(), some["assets"].to_pylist(), strict=True):
            for asset in assets or ():
                lost.add_path(asset["href"])
            if not assets:
                lost.add_name(name)
        for path, own in zip(paths(some), some["labels"].to_pylist(), strict=True):
            label = next(label for label in own if canonical[label] is None)
            near = found.nearest(label)
            reason = f"label {label!r} is not in {found.name}" + (f" (nearest: {near!r})" if near else "")
            errors.append(RecordError(path, "label.unknown", reason))
    return errors


def _duplicates(parts: Sequence[StoredPart], left_out: np.ndarray) -> list[RecordError]:
    """Of patches with one name, keep the one whose first file comes first by name."""
    checksums = np.concatenate([rows["checksum"].to_numpy() for rows in _each(parts, ["checksum"])])
    values, counts = np.unique(checksums, return_counts=True)
    # Few names share a checksum without being equal; these are told apart by looking at them.
    rows = np.flatnonzero(np.isin(checksums, values[counts > 1]) & ~left_out)
    starts = np.array(_starts(parts))
    owner = np.searchsorted(starts, rows, side="right") - 1
    named: list[tuple[str, str, int]] = []
    for number in np.unique(owner):
        own = rows[owner == number]
        some = parts[number].columns(["id", "assets"]).take(pa.array(own - starts[number]))
        named += zip(some["id"].to_pylist(), paths(some), own.tolist(), strict=True)
    errors = []
    before = None
    for name, path, row in sorted(named):
        if name == before:
            left_out[row] = True
            reason = f"a patch of the name {name!r} was found before; the first one is kept"
            errors.append(RecordError(path, "name.duplicate", reason))
        before = name
    return errors


def _starts(parts: Sequence[StoredPart]) -> list[int]:
    """Return the number of the first row of each part among all rows."""
    starts, start = [], 0
    for part in parts:
        starts.append(start)
        start += part.n_rows
    return starts


def _extent(parts: Sequence[StoredPart], group: np.ndarray) -> Extent:
    extent = Extent()
    for part, start in zip(parts, _starts(parts), strict=True):
        kept = group[start : start + part.n_rows] >= 0
        rows = part.columns(["geometry", *SIDES])
        extent.add(rows if kept.all() else rows.filter(pa.array(kept)))
    return extent


def _groups(parts: Sequence[StoredPart], group: np.ndarray) -> Iterator[pa.Table]:
    """Yield the rows of each group, in their final order; within a part, groups follow one another."""
    cursors = [
        _Cursor(part, group[start : start + part.n_rows]) for part, start in zip(parts, _starts(parts), strict=True)
    ]
    for number in range(int(group.max()) + 1):
        # Nothing of this group is kept here while it is worked on, and the least possible while it is made.
        yield _in_order([piece for cursor in cursors for piece in cursor.take(number)])


def _in_order(pieces: list[pa.Table]) -> pa.Table:
    rows = pa.concat_tables(pieces, promote_options="permissive").combine_chunks()
    pieces.clear()
    return rows.take(pc.sort_indices(rows, [("hilbert", "ascending"), ("id", "ascending")]))


class _Cursor:
    """Goes once through the rows of a part and gives out those of one group after the other."""

    def __init__(self, part: StoredPart, group: np.ndarray) -> None:
        self._group = group
        self._batches = part.batches()
        self._batch: pa.RecordBatch | None = None
        self._start = 0  # of the batch, in rows of the part

    def take(self, number: int) -> Iterator[pa.Table]:
        while True:
            if self._batch is None:
                if self._start >= len(self._group):
                    return
                self._batch = next(self._batches)
            own = self._group[self._start : self._start + self._batch.num_rows]
            chosen = np.flatnonzero(own == number)
            if len(chosen):
                yield pa.Table.from_batches([_rows(self._batch, chosen)])
            if (own > number).any():
                return
            self._start += self._batch.num_rows
            self._batch = None


def _rows(batch: pa.RecordBatch, chosen: np.ndarray) -> pa.RecordBatch:
    """Return some rows, in their order; those that follow one another, as a rule all, need no copy."""
    first, last = int(chosen[0]), int(chosen[-1])
    if last - first + 1 == len(chosen):
        return batch.slice(first, len(chosen))
    return batch.take(pa.array(chosen))


def _columns(parts: Iterable[StoredPart]) -> tuple[schema.Column, ...]:
    facts: dict[str, pa.DataType] = {}
    for part in parts:
        for field in part.schema:
            if ":" in field.name:
                facts[field.name] = _wider(field.name, facts.get(field.name), field.type)
    return (*schema.COLUMNS, *(schema.fact_column(name, facts[name]) for name in sorted(facts)))


def _wider(name: str, first: pa.DataType | None, second: pa.DataType) -> pa.DataType:
    if first is None or first == second or pa.types.is_null(first):
        return second
    if pa.types.is_null(second):
        return first
    if {first, second} == {pa.int64(), pa.float64()}:
        return pa.float64()
    raise SummaryError(f"the fact {name!r} is {first} for some patches and {second} for others; expected one type")


def _final(
    rows: pa.Table, columns: Sequence[schema.Column], canonical: Mapping[str, str | None], root: str
) -> pa.Table:
    """Bring a group of rows into the columns of the summary."""
    found: dict[str, Any] = {name: rows[name].combine_chunks() for name in rows.column_names}
    found["labels"] = _translated(found["labels"], canonical)
    found["season"] = _seasons(found["datetime"])
    found["assets"] = _below(found["assets"], root)
    sides = [found[side] for side in SIDES]
    found["bbox"] = pa.StructArray.from_arrays(sides, list(SIDES), mask=found["geometry"].is_null())
    arrays = [
        _cast(found[column.name], column.type) if column.name in found else pa.nulls(rows.num_rows, column.type)
        for column in columns
    ]
    return pa.table(arrays, schema=pa.schema([column.field() for column in columns]))


def _translated(labels: pa.Array, canonical: Mapping[str, str | None]) -> pa.Array:
    """Spell labels as the nomenclature does, sorted within each patch and each once."""
    names = sorted({name for name in canonical.values() if name is not None}) or [""]
    number = {name: index for index, name in enumerate(names)}
    spelled = sorted(canonical)
    codes = np.array([number.get(canonical[label] or "", 0) for label in spelled], dtype=np.int64)
    own = codes[pc.index_in(labels.flatten(), pa.array(spelled, pa.string())).to_numpy()]
    found = np.sort(pc.list_parent_indices(labels).to_numpy() * len(names) + own)  # np.unique is far slower
    rows, values = np.divmod(found[np.append(True, found[1:] != found[:-1])[: len(found)]], len(names))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(labels)))]).astype(np.int32)
    chosen = pa.array(names, pa.string()).take(pa.array(values))
    return pa.ListArray.from_arrays(pa.array(offsets), chosen, mask=labels.is_null())


def _seasons(moments: pa.Array) -> pa.Array:
    """Give each time its meteorological season: month // 3 counted from December, as the BigEarthNet paper does."""
    number = pc.bit_wise_and(pc.divide(pc.cast(pc.month(moments), pa.int64()), 3), 3)
    return pa.array(SEASONS).take(number)


def _below(assets: pa.Array, root: str) -> pa.Array:
    """Let paths begin below the folder that all files share."""
    if not root:
        return assets
    entries = assets.flatten()
    hrefs = pc.utf8_slice_codeunits(entries.field("href"), len(root))
    offsets = assets.offsets if not assets.null_count else assets.fill_null([]).offsets
    shifted = pc.subtract(offsets, offsets[0])
    return pa.ListArray.from_arrays(
        shifted, pa.StructArray.from_arrays([entries.field("key"), hrefs], ["key", "href"]), mask=assets.is_null()
    )


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_dictionary(kind):
        return array.cast(kind)
    # The dictionary is sorted, so that its bytes do not depend on the order in which values were met.
    plain = array.cast(pa.string())
    values = pc.unique(plain).drop_null()
    values = values.take(pc.sort_indices(values))
    return pa.DictionaryArray.from_arrays(pc.index_in(plain, values), values)


def _sorted(
    errors: list[RecordError], warnings: list[RecordWarning], ignored: list[str], root: str
) -> tuple[tuple[RecordError, ...], tuple[RecordWarning, ...], tuple[str, ...]]:
    """Order what did not become a row by path, so that it is told alike whatever the order of the archive."""
    return (
        tuple(sorted((replace(error, path=error.path.removeprefix(root)) for error in errors), key=astuple)),
        tuple(sorted((replace(warning, path=warning.path.removeprefix(root)) for warning in warnings), key=astuple)),
        tuple(sorted(path.removeprefix(root) for path in ignored)),
    )
