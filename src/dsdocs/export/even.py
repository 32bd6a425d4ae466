"""For formats that hold arrays side by side: all patches must have the same arrays, of one size and dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from dsdocs.errors import ExportError
from dsdocs.export.samples import Sample


class Even:
    """Compares each sample with the first."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._first: Sample | None = None

    def check(self, sample: Sample) -> None:
        """Compare a sample with the first one.

        Raises
        ------
        ExportError
            Its arrays are others.
        """
        first = self._first = self._first or sample
        one, other = _shapes(first), _shapes(sample)
        if one == other:
            return
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                raise ExportError(
                    f"{self._title} holds patches of one size only: {name} of {sample.id} is {_said(other.get(name))}, "
                    f"of {first.id} {_said(one.get(name))}; use --to lmdb, safetensors or webdataset"
                )

    @property
    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """The arrays of the first sample; empty before it."""
        return dict(self._first.arrays) if self._first else {}


def _shapes(sample: Sample) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (array.dtype.name, array.shape) for name, array in sample.arrays.items()}


def _said(found: tuple[str, tuple[int, ...]] | None) -> str:
    return "missing" if found is None else f"{' x '.join(map(str, found[1]))} of {found[0]}"
