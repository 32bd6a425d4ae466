"""What reading the archive has found already: one finding for each category of the report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from dsdocs.findings.finding import Finding
from dsdocs.records import CATEGORIES


def report_findings(report: Mapping[str, Any]) -> Iterator[Finding]:
    """Turn quarantined inputs and warnings into findings.

    Parameters
    ----------
    report
        As ``report.json`` has it.
    """
    kinds = (
        ("quarantined", "error", "not in this guide", "They are in no number, picture or map of this guide."),
        ("warnings", "warning", "kept all the same", "The patches are kept, and counted in this guide."),
    )
    for part, severity, ending, fate in kinds:
        grouped: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for entry in report[part]:
            grouped[entry["category"]].append((entry["path"], entry["reason"]))
        for category, rows in sorted(grouped.items()):
            meaning = CATEGORIES.get(category, category)
            yield Finding(
                f"{part}-{category.replace('.', '-')}",
                severity,  # type: ignore[arg-type]
                f"{category}: {ending}",
                f"{meaning[:1].upper()}{meaning[1:].rstrip('.')}. {fate}",
                len(rows),
                "inputs",
                ("Path", "Reason"),
                tuple(rows),
            )
