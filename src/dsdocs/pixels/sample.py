"""Which patches are read where not all are: chosen so that rare classes and splits are seen, the same every time."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, Any]
CLOSELY = 32  # patches that the band-order test looks at


def lots(ids: pa.ChunkedArray) -> Array:
    """Draw a number for each patch by its name alone, ``(n,)`` of int64: neither order nor other patches matter.

    Beside the checksum of the name stands that of its reverse, so that equal lots are rare.
    """
    drawn = [
        zlib.crc32(name) << 24 ^ zlib.crc32(name[::-1]) >> 8
        for name in (text.encode() for batch in ids.chunks for text in batch.to_pylist())
    ]
    return np.array(drawn, np.int64)


def chosen_rows(summary: pa.Table, patches: int | None, *, by: Sequence[str] = ("split",)) -> Array:
    """Choose rows of the summary that have files.

    Parameters
    ----------
    summary
        Reads ``id``, ``labels``, ``assets`` and the columns of ``by``.
    patches
        How many; None for all.
    by
        Columns of texts, of which each value is seen.

    Returns
    -------
    np.ndarray
        Row numbers, ascending; those of a smaller number are among them. A stratum is one value of each column, the
        split for example, and the rarest label of the patch; each has as many patches as
        its share of the whole, but one at least as long as there are enough to go round. Within it, lots decide.
    """
    with_files = np.flatnonzero(pc.fill_null(pc.list_value_length(summary["assets"]), 0).to_numpy() > 0)
    if patches is None or patches >= len(with_files):
        return with_files
    drawn = lots(summary["id"])[with_files]
    strata = _strata(summary, by)[with_files]
    order = np.lexsort((drawn, strata))
    _, starts, sizes = np.unique(strata[order], return_index=True, return_counts=True)
    place = np.arange(len(order)) - np.repeat(starts, sizes)
    # The first of each stratum come before all others, then in even steps through all strata.
    turn = np.where(place == 0, -1.0, (place + 0.5) / np.repeat(sizes, sizes))
    ranked = order[np.lexsort((drawn[order], turn))]
    return np.sort(with_files[ranked[:patches]])


def closest_rows(ids: pa.ChunkedArray, rows: Array, most: int = CLOSELY) -> Array:
    """Choose of some rows those that the band-order test looks at: ``(n,)`` of bool over all rows."""
    found = np.zeros(len(ids), bool)
    drawn = lots(ids)[rows]
    found[rows[np.argsort(drawn, kind="stable")[:most]]] = True
    return found


def _strata(summary: pa.Table, by: Sequence[str]) -> Array:
    """Give each row the number of its stratum: its rarest label and its values."""
    labels = summary["labels"].combine_chunks()
    flat, parents = labels.flatten(), pc.list_parent_indices(labels).to_numpy()
    strata = np.zeros(len(labels), np.int64)
    if len(flat):
        encoded = flat.dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        counts = np.bincount(codes)
        # From the most frequent to the rarest: the last one that is written stays; equal counts by name.
        names = np.array(encoded.dictionary.to_pylist(), dtype=object)
        ranked = sorted(range(len(names)), key=lambda code: (-counts[code], names[code]))
        rank = np.empty(len(names), np.int64)
        rank[ranked] = np.arange(1, len(names) + 1)
        np.maximum.at(strata, parents, rank[codes])
    for column in by:
        texts = summary[column].cast(pa.string()).combine_chunks()
        values = sorted(name for name in pc.unique(texts).to_pylist() if name is not None)
        own = pc.fill_null(pc.index_in(texts, pa.array(values, pa.string())), -1).to_numpy() + 1
        strata = strata * (len(values) + 1) + own
    return strata
