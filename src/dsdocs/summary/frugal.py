"""How a process that reads millions of small things uses little time and memory beside its work."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

_NEW = 100_000  # containers that are made before a look at which of them are garbage; Python's own figure is 700


@contextmanager
def frugal() -> Iterator[None]:
    """Look for reference cycles less often, and give memory back as soon as tables are gone.

    Every look goes through what was made since the last one, at a tenth of the cost of a whole summary. Arrow's own
    allocators keep what was freed, up to a third of the memory of a summary.
    """
    thresholds, pool = gc.get_threshold(), pa.default_memory_pool()
    gc.set_threshold(max(_NEW, thresholds[0]) if thresholds[0] else 0, *thresholds[1:])
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        pa.set_memory_pool(pool)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Keep Arrow from importing pandas only to see that values are not of pandas: 0.2 s and 35 MB for each process.

    It looks once and remembers, so pandas is out of its sight for that moment. Not for the code of others, which may
    give tables of pandas to Arrow.
    """
    shim: Any = getattr(pa.lib, "_pandas_api", None)
    if shim is None or _Hidden.now or "pandas" in sys.modules:
        yield
        return
    sys.meta_path.insert(0, _Hidden)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(_Hidden)
    _Hidden.now = True
    try:
        yield
    finally:
        _Hidden.now = False
        type(shim).__init__(shim)  # it looks again when it is used next


class _Hidden:
    """Finds no pandas."""

    now = False  # Arrow believes it

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)
