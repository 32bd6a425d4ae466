"""What readers have found wrong with single patches, as one finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsdocs.errata import Erratum
from dsdocs.findings.finding import Finding, first_ids

KEY = "errata"


def errata_findings(errata: Sequence[Erratum]) -> Iterator[Finding]:
    """Turn errata that still hold of the data into a finding: an error where one of them is confirmed.

    Parameters
    ----------
    errata
        Errata that stand, of patches that the archive has, sorted.
    """
    if errata:
        patches = tuple(dict.fromkeys(erratum.patch for erratum in errata))
        yield Finding(
            KEY,
            "error" if any(erratum.status == "confirmed" for erratum in errata) else "warning",
            "Errata that readers have reported",
            "People have looked at these patches and found them wrong. What is open has not been looked at by the "
            "authors yet.",
            len(errata),
            "errata",
            ("Patch", "What", "Text", "Status"),
            tuple((one.patch, one.what, one.text, one.status) for one in errata),
            first_ids(patches),
        )
