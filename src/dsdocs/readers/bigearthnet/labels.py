"""Lists of labels as an Arrow array: which are empty, which name a class twice, and each class once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.records import RecordWarning


def odd_labels(labels: pa.Array, path: Callable[[int], str]) -> Iterator[RecordWarning]:
    """Warn of patches without any label and of labels that are given twice; ``path`` names the patch of a row."""
    for row in np.flatnonzero(pc.equal(pc.list_value_length(labels), 0).fill_null(False)).tolist():
        yield RecordWarning(path(row), "label.empty", "has no label; kept without one")
    for row in np.unique(pc.list_parent_indices(labels).to_numpy()[_repeats(labels)]).tolist():
        reason = f"labels: found {labels[row].as_py()}, of which some are given twice; each is kept once"
        yield RecordWarning(path(row), "label.duplicate", reason)


def once(labels: pa.Array) -> pa.Array:
    """Return lists of labels without those that stand further to the front of the same list."""
    repeats = _repeats(labels)
    if not repeats.any():
        return labels
    kept = np.bincount(pc.list_parent_indices(labels).to_numpy()[~repeats], minlength=len(labels))
    offsets = pa.array(np.concatenate([[0], np.cumsum(kept)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, labels.flatten().filter(pa.array(~repeats)), mask=labels.is_null())


def _repeats(labels: pa.Array) -> npt.NDArray[np.bool_]:
    """Tell which labels, of the flat list of all, stand further to the front of the same list."""
    texts = labels.flatten().dictionary_encode(null_encoding="encode")
    keys = pc.list_parent_indices(labels).to_numpy() * max(len(texts.dictionary), 1) + texts.indices.to_numpy()
    in_order = np.sort(keys)
    if not (in_order[1:] == in_order[:-1]).any():  # as a rule, and quicker to find out than which they are
        return np.zeros(len(keys), dtype=bool)
    repeats = np.ones(len(keys), dtype=bool)
    repeats[np.unique(keys, return_index=True)[1]] = False
    return repeats
