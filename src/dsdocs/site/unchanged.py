"""What a build has to tell where nothing has changed: read from small files, without a heavy library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The result of the build that made the site; ``report`` and ``pictures`` are as that build stored them."""

    out: Path
    report: dict[str, Any]
    picture_problems: tuple[tuple[str, str], ...]  # path, reason
    pixel_problems: tuple[tuple[str, str], ...]  # path, reason

    @property
    def left_out(self) -> bool:
        """Whether an input is missing from the site, so that a repeated build ends with the same exit code."""
        return bool(self.report["quarantined"] or self.picture_problems)

    def as_json(self) -> str:
        """Return what ``dsdocs build --json`` prints, with the keys of `dsdocs.site.build.BuiltSite`."""
        sizes = [path.stat().st_size for path in self.out.rglob("*") if path.is_file()]
        summarized = {key: self.report[key] for key in ("reader", "found", "kept", "quarantined", "notices")}
        counts = {"n_ignored": self.report["ignored_count"], "n_warnings": len(self.report["warnings"])}
        result = {
            "out": str(self.out),
            "summarized": {**summarized, **counts, "reused": True},
            "executions": [],
            "picture_problems": self.picture_problems,
            "pixel_problems": self.pixel_problems,
            "stale": [],
            "n_files": len(sizes),
            "n_bytes": sum(sizes),
            "seconds": {},
        }
        return json.dumps(result, sort_keys=True)


def unchanged(state: Path, out: Path) -> Unchanged | None:
    """Return the stored result for a site that `dsdocs.site.stamp.is_current` found to be up to date.

    None where it is not stored, or not whole: then the site is to be built again.
    """
    try:
        report = json.loads((state / "report.json").read_text(encoding="utf-8"))
        problems = json.loads((state / "pictures.json").read_text(encoding="utf-8"))["problems"]
        pixels = json.loads((state / "pixels.json").read_text(encoding="utf-8"))["unreadable"]
        unread = tuple((one["path"], one["reason"]) for one in pixels)
        return Unchanged(out, report, tuple((path, reason) for path, reason in problems), unread)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
