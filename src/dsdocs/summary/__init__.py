"""The one table in the middle: a row for each patch, as GeoParquet 1.1. Left of it only readers know an archive.

An archive is cut into parts (`cut`), each part is read by itself (`part`) and stored (`store`), and the parts are
merged into the table (`merge`). May be imported by everything right of it; imports what stands left of it.
"""

from dsdocs.summary.frugal import frugal, without_pandas
from dsdocs.summary.merge import Built, merge_parts
from dsdocs.summary.part import Packed, Task, finish_parts, read_part
from dsdocs.summary.read import check, fingerprint, read_summary
from dsdocs.summary.store import PartStore, StoredPart, leftovers

__all__ = [
    "Built",
    "Packed",
    "PartStore",
    "StoredPart",
    "Task",
    "check",
    "fingerprint",
    "finish_parts",
    "frugal",
    "leftovers",
    "merge_parts",
    "read_part",
    "read_summary",
    "without_pandas",
]
