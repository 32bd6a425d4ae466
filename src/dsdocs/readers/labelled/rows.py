"""Tables of 0 and 1: a name in the first column, and one column for each label."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.readers.tables.columns import TableError

_SHOWN = 40  # characters of a value in a message
_COLUMNS = b"columns"  # key of the metadata that lists the labels
_WRONG = -1
ROWS = pa.schema([("name", pa.string()), ("labels", pa.list_(pa.string())), ("problem", pa.string())])


def label_rows(table: pa.Table) -> pa.Table:
    """Turn columns of 0 and 1 into lists of labels.

    Parameters
    ----------
    table
        Names in the first column; every other column holds 0 or 1, as numbers, text or truth values.

    Returns
    -------
    pa.Table
        Of the schema `ROWS`; ``problem`` says which column of a row holds something else. `labels_of` gives the
        names of the columns.

    Raises
    ------
    TableError
        There is no column of 0 and 1, or no row can be used (``meta.schema``).
    """
    labels = table.column_names[1:]
    if not labels:
        problem = f"has one column, {table.column_names[0]!r}; expected a column of names and columns of 0 and 1"
        raise TableError("meta.schema", problem)
    values = np.stack([_codes(column) for column in table.columns[1:]], axis=-1)
    wrong = (values == _WRONG).any(axis=1)
    names = table.column(0).combine_chunks().cast(pa.string())
    problems: list[str | None] = [None] * table.num_rows
    for row in np.flatnonzero(wrong).tolist():
        column = int(np.argmax(values[row] == _WRONG))
        problems[row] = f"column {labels[column]!r} holds {_shown(table.column(column + 1)[row])}; expected 0 or 1"
    if wrong.all():
        raise TableError("meta.schema", f"no row holds 0 and 1 alone; in the first, {problems[0]}")
    owner, chosen = np.nonzero(values == 1)
    offsets = np.searchsorted(owner, np.arange(table.num_rows + 1)).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(labels, pa.string()).take(pa.array(chosen)))
    found = pa.table([names, lists, pa.array(problems, pa.string())], schema=ROWS)
    return found.replace_schema_metadata({_COLUMNS: json.dumps(labels)})


def labels_of(rows: pa.Table) -> Sequence[str]:
    """Return the labels that a table of `label_rows` has columns for."""
    labels: Sequence[str] = json.loads(rows.schema.metadata[_COLUMNS])
    return labels


def is_label_rows(table: pa.Table) -> bool:
    """Tell whether a table comes from `label_rows`."""
    return bool(table.schema.equals(ROWS)) and _COLUMNS in (table.schema.metadata or {})


def _codes(column: pa.ChunkedArray) -> npt.NDArray[np.int8]:
    """Return 0 and 1 as such, and everything else as -1."""
    kind = column.type
    if pa.types.is_string(kind):
        numbers = pc.index_in(column, pa.array(["0", "1"]))
    elif pa.types.is_boolean(kind):
        numbers = column
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = pc.index_in(column, pa.array([0, 1], kind))
    else:
        return np.full(len(column), _WRONG, dtype=np.int8)
    codes: npt.NDArray[Any] = pc.fill_null(pc.cast(numbers, pa.int8()), _WRONG).to_numpy()
    return codes


def _shown(value: pa.Scalar) -> str:
    found = value.as_py()
    return "nothing" if found is None else repr(found)[:_SHOWN]
