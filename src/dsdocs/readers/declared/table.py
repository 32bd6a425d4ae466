"""The table of a declared layout: its rows as columns that mean something, one row for each key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.layout import Layout, Pattern, TableSection
from dsdocs.layout.section import ONE_HOT
from dsdocs.readers.columns import RING
from dsdocs.readers.declared.columns import (
    MOMENT,
    Problems,
    convert,
    country_of,
    facts,
    joined,
    moment_of,
    split_of,
    texts,
    word_of,
)  # fmt: skip
from dsdocs.readers.declared.files import FIELD
from dsdocs.readers.declared.place import outlines
from dsdocs.records import RecordError, RecordWarning, SideTable

LABELS = pa.list_(pa.string())
MEANINGS = {
    "labels": LABELS, "split": pa.string(), "datetime": MOMENT, "tile": pa.string(), "country": pa.string(),
    "crs": pa.string(), "ring": RING,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """What the table says, one row for each key.

    ``table`` has the columns ``key`` (text that files are joined on), ``written`` (as the table has it), ``file``,
    those of `MEANINGS` that the layout names, fields of the path of the table (``field:split``), and facts.
    """

    table: pa.Table
    shared: tuple[str, ...]  # fields of the path of the table that files have too: the first part of the key
    several: bool = False  # whether a row may have several labels
    problems: Problems = field(default_factory=dict)


def needed(table: pa.Table, path: str, section: TableSection) -> pa.Table | RecordError:
    """Return the columns that the layout names, or what is wrong with the table."""
    missing = [name for name in section.columns() if name not in table.column_names]
    if missing:
        names = ", ".join(map(repr, table.column_names[:20]))
        reason = f"lacks the columns {', '.join(map(repr, missing))}, which [layout.table] names; it has {names}"
        return RecordError(path, "meta.schema", reason)
    return table if section.labels == ONE_HOT else table.select(list(section.columns()))


def shared_fields(layout: Layout, section: TableSection) -> tuple[str, ...]:
    """Return the fields of the path of the table that tell which files a row can be of."""
    own = Pattern.compile(section.path).fields
    return tuple(name for name in own if all(name in pattern.fields for _, pattern in layout.compiled()))


def rows_of(
    tables: Sequence[SideTable], layout: Layout, section: TableSection
) -> tuple[Rows, list[RecordError | RecordWarning]]:
    """Read the rows of all tables; rows without a key, and rows that are there twice, are told of."""
    notes: list[RecordError | RecordWarning] = []
    problems: Problems = {}
    found: list[pa.Table] = []
    start = 0
    for side in tables:
        own: Problems = {}
        made = _meant(side, layout, section, own, notes)
        problems |= {start + row: problem for row, problem in own.items()}
        start += made.num_rows
        found.append(made)
    shared = shared_fields(layout, section)
    whole = _concatenated(found).combine_chunks()
    keep = _usable(whole, problems, notes)
    number = np.cumsum(keep) - 1
    problems = {int(number[row]): problem for row, problem in problems.items() if keep[row]}
    table = whole if keep.all() else whole.filter(pa.array(keep)).combine_chunks()
    lengths = pc.list_value_length(table["labels"]) if section.labels is not None else None
    listed = not isinstance(section.labels, str) or section.labels == ONE_HOT or section.separator is not None
    several = lengths is not None and (listed or (pc.max(lengths).as_py() or 0) > 1)
    return Rows(table, shared, several, problems), notes


def _meant(
    side: SideTable, layout: Layout, section: TableSection, problems: Problems, notes: list[RecordError | RecordWarning]
) -> pa.Table:
    table, n = side.table, side.table.num_rows
    pattern = Pattern.compile(section.path)
    match = pattern.match(side.path)
    told = dict(zip(pattern.fields, pattern.values(match), strict=True)) if match else {}
    written = texts(table[section.key])
    shared = [told.pop(name) for name in shared_fields(layout, section) if name in told]
    columns = {
        "key": joined([*(f"{text}/" for text in shared), written], n),
        "written": written,
        "file": pa.repeat(pa.scalar(side.path), n),
        **{f"{FIELD}{name}": pa.repeat(pa.scalar(text), n) for name, text in told.items()},
    }
    if section.labels is not None:
        columns["labels"] = _labels(table, section, problems)
    values = layout.values
    for name, column, function in (
        ("split", section.split, split_of(values.get("split", {}))),
        ("tile", section.tile, word_of(values.get("tile", {}))),
        ("country", section.country, country_of(values.get("country", {}))),
        ("datetime", section.date, moment_of(section.date_format)),
    ):
        if column is not None:
            columns[name] = convert(texts(table[column]), function, MEANINGS[name], problems, column)
    placed = outlines(table, section, problems)
    if placed is not None:
        columns |= {"crs": placed.crs, "ring": placed.ring}
        if placed.n_simplified:
            reason = (
                f"{placed.n_simplified} geometries have other than four corners; the rectangle around each is taken"
            )
            notes.append(RecordWarning(side.path, "geo.invalid", reason))
    return pa.table({**columns, **{f"{layout.prefix}:{name}": facts(table[name]) for name in section.facts}})


def _labels(table: pa.Table, section: TableSection, problems: Problems) -> pa.Array:
    if section.labels == ONE_HOT:
        others = set(section.columns())
        return _flags(table, [name for name in table.column_names if name not in others], problems)
    if not isinstance(section.labels, str):
        return _flags(table, list(section.labels or ()), problems)
    column = table[section.labels].combine_chunks()
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        inner = texts(column.flatten())
        split = pa.ListArray.from_arrays(_offsets(pc.list_value_length(column).fill_null(0)), inner)
    elif section.separator is None:
        column = texts(column)
        split = pa.ListArray.from_arrays(pa.array(np.arange(len(column) + 1), pa.int32()), column)
    else:
        split = pc.split_pattern(texts(column).fill_null(""), section.separator)
    return _without_empty(split)


def _without_empty(lists: pa.Array) -> pa.Array:
    """Strip labels, and leave out those without a text."""
    labels = pc.utf8_trim_whitespace(lists.flatten())
    there = pc.fill_null(pc.not_equal(labels, ""), False)
    owner = np.asarray(pc.list_parent_indices(lists))[np.asarray(there)]
    return pa.ListArray.from_arrays(_offsets(np.bincount(owner, minlength=len(lists))), labels.filter(there))


def _flags(table: pa.Table, names: list[str], problems: Problems) -> pa.Array:
    """Return the names of the columns that hold 1, for each row."""
    set_ = np.zeros((table.num_rows, len(names)), dtype=bool)
    for at, name in enumerate(names):
        words = texts(table[name])
        is_one = pc.fill_null(pc.is_in(words, pa.array(["1", "true", "1.0"])), False)
        known = pc.fill_null(pc.or_(is_one, pc.is_in(words, pa.array(["0", "false", "0.0"]))), False)
        for row in np.flatnonzero(~np.asarray(known)).tolist():
            found = words[row].as_py()
            reason = f"{name}: found {found!r}; expected 0 or 1, as for every column that is named after a label"
            problems.setdefault(row, ("meta.schema", reason[:400]))
        set_[:, at] = np.asarray(is_one)
    rows, labels = np.nonzero(set_)
    texts_ = pa.array(names, pa.string()).take(pa.array(labels, pa.int64()))
    return pa.ListArray.from_arrays(_offsets(np.bincount(rows, minlength=table.num_rows)), texts_)


def _offsets(lengths: object) -> pa.Array:
    return pa.array(np.concatenate([[0], np.cumsum(np.asarray(lengths))]), pa.int32())


def _concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """Put tables under one another; a fact that is of two kinds becomes a number with a fraction, or a text."""
    kinds: dict[str, set[pa.DataType]] = {}
    for table in tables:
        for column in table.schema:
            kinds.setdefault(column.name, set()).add(column.type)
    wanted = {name: _common(own) for name, own in kinds.items()}
    return pa.concat_tables(
        [pa.table({name: table[name].cast(wanted[name]) for name in table.column_names}) for table in tables],
        promote_options="default",
    )


def _common(kinds: set[pa.DataType]) -> pa.DataType:
    known = kinds - {pa.null()} or kinds
    if len(known) == 1:
        return next(iter(known))
    return pa.float64() if known == {pa.int64(), pa.float64()} else pa.string()


def _usable(table: pa.Table, problems: Problems, notes: list[RecordError | RecordWarning]) -> npt.NDArray[np.bool_]:
    """Tell which rows count: those with a key, and of several with one key the first."""
    empty = np.asarray(pc.fill_null(pc.equal(table["written"], ""), True))
    files = table["file"]
    for row in np.flatnonzero(empty).tolist():
        reason = "a row has no key; expected the patch that it is of"
        notes.append(RecordError(files[row].as_py(), "meta.missing", reason))
    counts = pc.value_counts(table["key"].filter(pa.array(~empty)))
    again = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    repeated = np.flatnonzero(np.asarray(pc.is_in(table["key"], again)) & ~empty)
    first: dict[str, tuple[int, str]] = {}
    keep: npt.NDArray[np.bool_] = ~empty
    for row in repeated.tolist():
        said = table.slice(row, 1).drop_columns(["file"]).to_pylist()[0]
        key, same = said["key"], repr(said)
        if key not in first:
            first[key] = (row, same)
            continue
        keep[row] = False
        before, other = first[key]
        if same == other:
            reason = f"two rows for {said['written']!r} say the same; one of them is taken"
            notes.append(RecordWarning(files[row].as_py(), "name.duplicate", reason))
        else:
            where = f"{files[before].as_py()} and {files[row].as_py()}"
            problems[before] = ("meta.mismatch", f"two rows for {said['written']!r} say different things: {where}")
    return keep
