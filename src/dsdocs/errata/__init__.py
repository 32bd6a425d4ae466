"""What is known to be wrong with single patches: a table that the author keeps in the repository of the guide.

May import `dsdocs.project` and what stands before it.
"""

from dsdocs.errata.files import read_errata, write_errata
from dsdocs.errata.model import COLUMNS, KINDS, STANDING, STATUSES, Erratum
from dsdocs.errata.store import Known, add_erratum, check_errata, errata_by_patch, store_errata, stored_errata

__all__ = [
    "COLUMNS", "KINDS", "STANDING", "STATUSES", "Erratum", "Known", "add_erratum", "check_errata", "errata_by_patch",
    "read_errata", "store_errata", "stored_errata", "write_errata",
]  # fmt: skip
