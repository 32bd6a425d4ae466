"""From a place in the published tree back to the page that was written, where that can be told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from dsdocs.site.check.finding import Finding

_SUFFIXES = (".md", ".ipynb")
_PREVIEW = re.compile(r"pr-preview/pr-\d+/")


def in_source(finding: Finding, book: Path | None) -> Finding | None:
    """Return a finding with the author's own page, and its line, in the place of the page of the site.

    Parameters
    ----------
    finding
        What was found.
    book
        Folder of the author's pages.

    Returns
    -------
    Finding or None
        None where the page is none of the author's: a built-in one, or no page at all. The line is None where no line,
        or more than one, holds the words that led to the finding.
    """
    if finding.path.endswith(".toml") and Path(finding.path).is_file():
        return finding
    if book is None or not finding.path.endswith((".html", *_SUFFIXES)):
        return None
    stem = Path(_PREVIEW.sub("", finding.path)).with_suffix("")
    for suffix in _SUFFIXES:
        file = book / stem.with_suffix(suffix)
        if file.is_file():
            own = finding.line if finding.path.endswith(_SUFFIXES) else _line(file, finding.hint)
            return replace(finding, path=str(file), line=own)
    return None


def _line(file: Path, hint: str) -> int | None:
    lines = _lines(file, file.stat().st_mtime_ns)
    for words in _spellings(hint):
        found = [number for number, line in enumerate(lines, 1) if words in line]
        if len(found) == 1:
            return found[0]
    return None


def _spellings(hint: str) -> Iterator[str]:
    """Yield how the words of a page may stand in its source: an address as it was, or as MyST writes it."""
    if not hint:
        return
    yield hint
    path, _, fragment = hint.partition("#")
    if path.endswith(".html"):
        yield f"{path.removesuffix('.html')}.md{'#' if fragment else ''}{fragment}"
    if path.startswith("_images/"):
        yield path.removeprefix("_images/")
    if path.startswith("_data/"):
        yield f"dsdocs:{path.removeprefix('_data/')}"


@lru_cache(maxsize=64)
def _lines(file: Path, modified: int) -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8", errors="replace").splitlines())
