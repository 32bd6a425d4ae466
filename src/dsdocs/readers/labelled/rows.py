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

Bits = npt.NDArray[np.uint8]  # shape (n, bytes): one bit for each column, the first one the highest
_SHOWN = 40  # characters of a value in a message
_COLUMNS = b"columns"  # key of the metadata that lists the labels
_NAMES = ["name", "bits", "problem"]
_WRONG = -1
_BYTE = 8  # bits


def label_rows(table: pa.Table) -> pa.Table:
    """Turn columns of 0 and 1 into bits.

    Parameters
    ----------
    table
        Names in the first column; every other column holds 0 or 1, as numbers, text or truth values.

    Returns
    -------
    pa.Table
        ``name``, ``bits`` (fixed-size lists of ``uint8``, see `bits_of`) and ``problem``, which says which column of a
        row holds something else. `labels_of` gives the names of the columns.

    Raises
    ------
    TableError
        There is no column of 0 and 1, or no row can be used (``meta.schema``).
    """
    labels = table.column_names[1:]
    if not labels:
        problem = f"has one column, {table.column_names[0]!r}; expected a column of names and columns of 0 and 1"
        raise TableError("meta.schema", problem)
    bits = np.zeros((table.num_rows, -(-len(labels) // _BYTE)), np.uint8)
    problems: dict[int, str] = {}
    for number, label in enumerate(labels):
        column = table.column(number + 1)
        codes = _codes(column)
        bits[:, number // _BYTE] |= (codes == 1).astype(np.uint8) << (_BYTE - 1 - number % _BYTE)
        for row in np.flatnonzero(codes == _WRONG).tolist():
            if row not in problems:
                problems[row] = f"column {label!r} holds {_shown(column[row])}; expected 0 or 1"
    if len(problems) == table.num_rows:
        raise TableError("meta.schema", f"no row holds 0 and 1 alone; in the first, {problems[0]}")
    found = pa.table(
        [
            table.column(0).combine_chunks().cast(pa.string()),
            pa.FixedSizeListArray.from_arrays(pa.array(bits.ravel()), bits.shape[1]),
            pa.array([problems.get(row) for row in range(table.num_rows)], pa.string()),
        ],
        _NAMES,
    )
    return found.replace_schema_metadata({_COLUMNS: json.dumps(labels)})


def labels_of(rows: pa.Table) -> Sequence[str]:
    """Return the labels that a table of `label_rows` has columns for."""
    labels: Sequence[str] = json.loads(rows.schema.metadata[_COLUMNS])
    return labels


def bits_of(rows: pa.Table) -> Bits:
    """Return which labels each row of a table of `label_rows` has."""
    column = rows["bits"].combine_chunks()
    return np.asarray(column.flatten()).reshape(len(column), column.type.list_size)


def labels_at(bits: Bits, labels: Sequence[str]) -> pa.ListArray:
    """Return the labels of each row, in the order of the columns."""
    owner, chosen = np.nonzero(np.unpackbits(bits, axis=1, count=len(labels)))
    offsets = np.searchsorted(owner, np.arange(len(bits) + 1)).astype(np.int32)
    texts = pa.array(labels, pa.string()).take(pa.array(chosen))
    return pa.ListArray.from_arrays(pa.array(offsets), texts)


def is_label_rows(table: pa.Table) -> bool:
    """Tell whether a table comes from `label_rows`."""
    return table.column_names == _NAMES and _COLUMNS in (table.schema.metadata or {})


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
