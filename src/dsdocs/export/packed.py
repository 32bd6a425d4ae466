"""A sample as one block of bytes, in the format of safetensors: names, dtypes and shapes, then the numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from safetensors.numpy import save

from dsdocs.errors import ExportError
from dsdocs.export.samples import Sample

LABELS = "labels"
Array = np.ndarray[Any, Any]


def tensors(sample: Sample) -> dict[str, Array]:
    """Return the arrays of a sample with its label vector under ``labels``, where it has one."""
    return {**sample.arrays, **({} if sample.labels is None else {LABELS: sample.labels})}


def packed(sample: Sample) -> bytes:
    """Return the sample as bytes.

    Raises
    ------
    ExportError
        Its numbers are of a kind that the format does not know, such as complex ones.
    """
    try:
        return bytes(save(tensors(sample)))
    except (KeyError, TypeError, ValueError) as error:
        kinds = ", ".join(sorted({array.dtype.name for array in sample.arrays.values()}))
        raise ExportError(f"{sample.id}: safetensors cannot hold values of {kinds}") from error
