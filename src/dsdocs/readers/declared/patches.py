"""Rows of the summary for the patches of a declared layout, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.layout import Layout
from dsdocs.readers import Item
from dsdocs.readers.columns import ASSETS, patch_table
from dsdocs.readers.declared import meanings
from dsdocs.readers.declared.columns import Problems, found_in
from dsdocs.readers.declared.join import Join
from dsdocs.records import RecordError, RecordWarning

_NO_CODE = "is placed in a coordinate reference system that is missing or has no code; kept without a footprint"


def file_patches(units: pa.Table, layout: Layout, join: Join | None = None) -> Iterator[Item]:
    """Yield patches that have files.

    Parameters
    ----------
    units
        Columns ``id``, ``path``, ``assets``, those of `dsdocs.readers.declared.files.HEADER`, and fields.
    join
        The table, if the layout has one; a patch without a row in it is refused.
    """
    faults, reasons = units["fault"].to_pylist(), units["reason"].to_pylist()
    problems = {row: (fault, reasons[row]) for row, fault in enumerate(faults) if fault is not None}
    numbers = None
    if join is not None:
        numbers = join.find(units)
        for row in np.flatnonzero(np.asarray(numbers.is_null())).tolist():
            reason = "the table of the layout has no row for it; expected one with its key, see table.key_is"
            problems.setdefault(row, ("meta.missing", reason))
    yield from _patches(units, layout, join, numbers, problems)


def row_patches(layout: Layout, join: Join) -> Iterator[Item]:
    """Yield patches that the table tells of, but the archive has no files of, with one warning for all of them."""
    kept = 0
    for numbers, units, problems in join.rest():
        for item in _patches(units, layout, join, numbers, problems):
            kept += item.num_rows if isinstance(item, pa.Table) else 0
            yield item
    if kept:
        reason = f"{kept} rows name patches that the archive has no files of; they are kept without pictures"
        yield RecordWarning(join.rows.table["file"][0].as_py(), "image.missing", reason)


def _patches(
    units: pa.Table, layout: Layout, join: Join | None, numbers: pa.Array | None, problems: Problems
) -> Iterator[Item]:
    """Yield patches of units and of the rows of the table with these numbers, and what is wrong with some."""
    said, several = None, False
    if join is not None and numbers is not None:
        said = join.rows.table.take(numbers).combine_chunks()
        several = join.rows.several
        for row, number in enumerate(numbers.to_pylist() if join.rows.problems else ()):
            if number in join.rows.problems:
                problems.setdefault(row, join.rows.problems[number])
    columns = {name: found_in(units, name) for name in ("id", "gsd", "width", "height")}
    columns |= meanings.words(units, said, layout, problems)
    columns |= meanings.moments(units, said, layout, problems)
    columns |= meanings.labels(units, said, layout, several, problems)
    columns |= meanings.facts(units, said, layout, problems)
    columns |= meanings.places(units, said, problems)
    columns["assets"] = found_in(units, "assets")
    if columns["assets"] is None:
        columns["assets"] = pa.array([[]] * units.num_rows, ASSETS)
        _need_something(columns, problems, units.num_rows)
    paths = units["path"].to_pylist()
    for row, (category, reason) in sorted(problems.items()):
        yield RecordError(paths[row], category, reason)
    keep = np.ones(units.num_rows, dtype=bool)
    keep[list(problems)] = False
    table = patch_table(columns, units.num_rows)
    yield from _warnings(table, units, paths, keep)
    if keep.any():
        yield table.filter(pa.array(keep))


def _need_something(columns: dict[str, pa.Array], problems: Problems, n: int) -> None:
    """Refuse patches without files of which the table says neither labels nor a place."""
    known = np.zeros(n, dtype=bool)
    if "labels" in columns:
        known |= np.asarray(pc.greater(pc.list_value_length(columns["labels"]), 0))
    if "crs" in columns:
        known |= np.asarray(columns["crs"].is_valid())
    for row in np.flatnonzero(~known).tolist():
        reason = "the table names it, but the archive has no file of it, and neither labels nor a place are known"
        problems.setdefault(row, ("image.missing", reason))


def _warnings(
    table: pa.Table, units: pa.Table, paths: list[str], keep: npt.NDArray[np.bool_]
) -> Iterator[RecordWarning]:
    unplaced = found_in(units, "unplaced")
    if unplaced is not None:
        wanted = np.asarray(pc.and_(pc.fill_null(unplaced, False), table["crs"].combine_chunks().is_null()))
        for row in np.flatnonzero(wanted & keep).tolist():
            yield RecordWarning(paths[row], "geo.crs", _NO_CODE)
    lengths = np.asarray(pc.fill_null(pc.list_value_length(table["labels"]), 1))
    for row in np.flatnonzero((lengths == 0) & keep).tolist():
        yield RecordWarning(paths[row], "label.empty", "has no label; kept without one")
    for row in np.flatnonzero((lengths > 1) & keep).tolist():
        labels = table["labels"][row].as_py()
        again = sorted({label for label in labels if labels.count(label) > 1})
        if again:
            reason = f"has the label {again[0]!r} more than once; it counts once"
            yield RecordWarning(paths[row], "label.duplicate", reason)
