"""What is wrong with the data set, as far as it can be seen from the data itself?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from dsdocs.analyses.examples import examples
from dsdocs.analyses.words import counted
from dsdocs.findings.finding import SEVERITIES, Finding
from dsdocs.imagery.model import Thumbnail
from dsdocs.views import Gallery, Number, Numbers, Table, View

SHOWN = 25  # rows of a finding on the page


@dataclass(frozen=True, slots=True)
class Quality:
    """Findings, worst first, with pictures of some of the patches they are about."""

    findings: tuple[Finding, ...]
    pictures: tuple[Gallery | None, ...]  # one for each finding

    def views(self) -> tuple[View, ...]:
        """Return the counts, then each finding as a table, with a gallery where there are pictures."""
        counts = Counter(finding.severity for finding in self.findings)
        items = tuple(Number(f"{severity.capitalize()}s", counts[severity]) for severity in SEVERITIES)
        views: list[View] = [Numbers("Findings", items)]
        for finding, gallery in zip(self.findings, self.pictures, strict=True):
            said = f"{finding.severity.capitalize()}: {finding.count:,} {finding.unit}. {finding.explanation}"
            views.append(Table(finding.title, finding.columns, finding.rows, said, shown=SHOWN))
            if gallery is not None:
                views.append(gallery)
        return tuple(views)


def quality(findings: Sequence[Finding], thumbnails: Sequence[Thumbnail], summary: pa.Table) -> Quality:
    """Put findings and pictures together.

    Parameters
    ----------
    findings
        As `dsdocs.findings.check_quality` returns them.
    thumbnails
        All thumbnails of the site.
    summary
        One row per patch.
    """
    return Quality(tuple(findings), tuple(_gallery(finding, thumbnails, summary) for finding in findings))


def _gallery(finding: Finding, thumbnails: Sequence[Thumbnail], summary: pa.Table) -> Gallery | None:
    wanted = set(finding.examples)
    chosen = [thumbnail for thumbnail in thumbnails if thumbnail.id in wanted]
    if not chosen:
        return None
    shown = examples(chosen, summary, n=len(wanted)).pictures
    title = f"{finding.title}: for example"
    return Gallery(title, shown, f"{counted(len(shown), 'of these patches', 'of these patches')}.")
