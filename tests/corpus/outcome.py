"""Summarise an archive as the command line does, and tell what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsdocs.console import summarize_with_progress
from dsdocs.errors import DsdocsError
from dsdocs.locations import find_project
from dsdocs.summary import fingerprint

REFUSED = 2


@dataclass(frozen=True)
class Outcome:
    """What a run said and left behind."""

    code: int
    message: str = ""  # of a refusal
    report: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""  # of the summary

    def categories(self, kind: str) -> tuple[str, ...]:
        """Return the categories of ``quarantined`` or ``warnings``, sorted."""
        return tuple(sorted(entry["category"] for entry in self.report[kind]))


def summarized(folder: Path, sources: Sequence[Path | str], *, reader: str | None = None) -> Outcome:
    """Run ``dsdocs summarize`` on an archive, in this process; the folder takes its state and its output."""
    out = folder / "out" / "summary.parquet"
    try:
        found = find_project(folder, archive=tuple(str(source) for source in sources), reader=reader)
        code = summarize_with_progress(found, out, workers=1, strict=False, as_json=True)
    except DsdocsError as error:
        assert not out.exists(), "something was published"
        return Outcome(REFUSED, str(error))
    return Outcome(code, "", json.loads((out.parent / "report.json").read_text(encoding="utf-8")), fingerprint(out))
