"""All checks together, and where their result is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import chain

import pyarrow.compute as pc

from dsdocs.claims import check_claims
from dsdocs.errata import stored_errata
from dsdocs.errors import DsdocsError
from dsdocs.findings.claims import claim_findings
from dsdocs.findings.errata import errata_findings
from dsdocs.findings.files import file_findings
from dsdocs.findings.finding import KEPT, SEVERITIES, Finding
from dsdocs.findings.labels import label_findings
from dsdocs.findings.maps import map_findings
from dsdocs.findings.pixels import duplicate_findings, pixel_findings
from dsdocs.findings.report import report_findings
from dsdocs.findings.times import time_findings
from dsdocs.pixels.stored import open_pixels
from dsdocs.project import Project
from dsdocs.safe import write_text

STORED = "findings.json"  # in the state folder


def check_quality(project: Project, *, today: date | None = None) -> tuple[Finding, ...]:
    """Look for defects.

    Parameters
    ----------
    project
        The project; its summary and facts must be there. Pixels are judged where they have been measured.
    today
        The day of the check; default: now.

    Returns
    -------
    tuple of Finding
        Worst first; of one severity in the order of the checks.
    """
    summary = project.summary
    found = [
        *report_findings(project.report),
        *label_findings(summary, most=project.config.labels.most),
        *file_findings(summary),
        *time_findings(summary, project.sensors, today=today or date.today()),
        *claim_findings(check_claims(project)),
        *errata_findings(stored_errata(project).standing),
    ]
    pixels = open_pixels(project)
    if pixels.measured:
        rows = pc.unique(pixels.table(["row"])["row"]).sort().to_pylist()
        found += map_findings(project, rows)
        found += chain(pixel_findings(pixels.table()), duplicate_findings(summary, pixels.hashes))
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def store_findings(project: Project, findings: Sequence[Finding]) -> None:
    """Write findings into the state folder, for pages."""
    kept = [asdict(replace(finding, rows=finding.rows[:KEPT])) for finding in findings]
    write_text(project.state / STORED, json.dumps(kept, ensure_ascii=False))


def stored_findings(project: Project) -> tuple[Finding, ...]:
    """Return what `store_findings` has written.

    Raises
    ------
    DsdocsError
        Nothing has been written yet.
    """
    path = project.state / STORED
    if not path.is_file():
        raise DsdocsError(f"{STORED} is not there yet; run: dsdocs build")
    return tuple(
        Finding(
            **{
                **entry,
                "columns": tuple(entry["columns"]),
                "rows": tuple(map(tuple, entry["rows"])),
                "examples": tuple(entry["examples"]),
            }
        )
        for entry in json.loads(path.read_text(encoding="utf-8"))
    )
