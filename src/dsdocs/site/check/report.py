"""Findings as lines for a person, as annotations of GitHub, and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dsdocs.safe import plain
from dsdocs.site.check.finding import Finding
from dsdocs.site.check.sources import in_source
from dsdocs.site.check.tree import Checked

NOTHING = "no findings"


def as_text(findings: Sequence[Finding], checked: Checked | None, book: Path | None) -> str:
    """Write one line a finding; behind a page of the site stands the page that was written."""
    return "\n".join(plain(f"{finding}{_from(finding, book)}") for finding in findings) or NOTHING


def as_github(findings: Sequence[Finding], checked: Checked | None, book: Path | None) -> str:
    """Write workflow commands, which GitHub shows beside the lines of a pull request."""
    return "\n".join(annotation(finding, in_source(finding, book)) for finding in findings) or NOTHING


def as_json(findings: Sequence[Finding], checked: Checked | None, book: Path | None) -> str:
    """Write findings, size and page weights for a program."""
    value: dict[str, Any] = {"findings": [_entry(finding, in_source(finding, book)) for finding in findings]}
    if checked is not None:
        value["hosting"] = asdict(checked.hosting)
        value["weights"] = {weight.page: {**weight.parts, "total": weight.total} for weight in checked.weights}
    return json.dumps(value, ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Sequence[Finding], Checked | None, Path | None], str]] = {
    "text": as_text,
    "github": as_github,
    "json": as_json,
}


def _from(finding: Finding, book: Path | None) -> str:
    source = in_source(finding, book) if finding.path.endswith(".html") else None
    if source is None or book is None:
        return ""
    place = Path(source.path).relative_to(book.parent).as_posix()
    return f" ({place}:{source.line})" if source.line else f" ({place})"


def _entry(finding: Finding, source: Finding | None) -> dict[str, Any]:
    entry: dict[str, Any] = {key: value for key, value in asdict(finding).items() if key != "hint"}
    if source is not None:
        entry |= {"source": _relative(source.path), "source_line": source.line}
    return entry


def annotation(finding: Finding, source: Finding | None) -> str:
    """Write one workflow command.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
    """
    about = {"title": f"dsdocs check: {finding.kind}"}
    if source is not None:
        about = {"file": _relative(source.path), **({"line": str(source.line)} if source.line else {}), **about}
    properties = ",".join(f"{key}={_property(value)}" for key, value in about.items())
    return f"::error {properties}::{_data(plain(str(finding)))}"


def _relative(path: str) -> str:
    """Return a path from the root of the checkout, as GitHub names files."""
    root = os.environ.get("GITHUB_WORKSPACE") or Path.cwd()
    return Path(os.path.relpath(path, root)).as_posix()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
