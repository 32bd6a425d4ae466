"""The one table in the middle: a row for each patch, as GeoParquet 1.1. Left of it only readers know an archive.

May be imported by everything right of it; imports records, nomenclatures and geo.
"""

from dsdocs.summary.build import Built, build_summary
from dsdocs.summary.read import check, fingerprint, read_summary
from dsdocs.summary.write import write_summary

__all__ = ["Built", "build_summary", "check", "fingerprint", "read_summary", "write_summary"]
