"""A synthetic archive in BigEarthNet's layouts, invented from a seed, for demonstrations and tests.

Scaffold, site and the command line may import it; it imports errors, nomenclatures and geo.
"""

from __future__ import annotations

from dsdocs.sample.layouts import Layout
from dsdocs.sample.writer import write_sample

__all__ = ["Layout", "write_sample"]
