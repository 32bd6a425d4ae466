"""From a project to what its explorer shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from dsdocs.errata import Erratum, stored_errata
from dsdocs.explorer.columns import columns
from dsdocs.explorer.model import Explorer
from dsdocs.explorer.order import lay_out
from dsdocs.explorer.positions import place
from dsdocs.findings import Finding, stored_findings
from dsdocs.findings.check import STORED
from dsdocs.nomenclatures import Nomenclature
from dsdocs.project import Project
from dsdocs.sensors import Sensor


def explorer_of(project: Project) -> Explorer:
    """Return what the explorer of a project shows; findings are in it if they have been stored."""
    known = (project.state / STORED).is_file()
    return explore(
        project.summary,
        title=project.description.title or "",
        fingerprint=project.fingerprint,
        nomenclature=project.nomenclature,
        sensors=project.sensors,
        findings=stored_findings(project) if known else (),
        errata=stored_errata(project).standing,
    )


def explore(
    summary: pa.Table,
    *,
    title: str = "",
    fingerprint: str = "",
    nomenclature: Nomenclature | None = None,
    sensors: Mapping[str, Sensor] | None = None,
    findings: Sequence[Finding] = (),
    errata: Sequence[Erratum] = (),
) -> Explorer:
    """Return what an explorer of a summary shows."""
    layout = lay_out(summary)
    found = columns(summary, nomenclature=nomenclature, sensors=sensors or {}, findings=findings, errata=errata)
    ordered = tuple(replace(column, codes=column.codes[layout.order]) for column in found)
    lon, lat = np.full(len(layout.order), np.nan), np.full(len(layout.order), np.nan)
    places = None
    if layout.frames:
        places, lon[: len(layout.x)], lat[: len(layout.x)] = place(layout)
    # One line each: the summary holds no name with a control character.
    ids = tuple(summary["id"].take(pa.array(layout.order)).to_pylist())
    return Explorer(title, fingerprint, ids, ordered, places, lon, lat, layout.order)
