"""How a process that reads millions of small things uses little time and memory beside its work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

_NEW = 10_000  # containers that are made before a look at which of them are garbage; Python's own figure is 700


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
