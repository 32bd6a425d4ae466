"""The commands around GPU cells: run them, say how they are, check and carry their results."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dsdocs import assets
from dsdocs.errors import CacheError
from dsdocs.notebooks import Page
from dsdocs.notebooks.gpu.carry import Finding, pack, unpack, verify
from dsdocs.notebooks.gpu.entries import Entry
from dsdocs.notebooks.gpu.survey import Found, cache_folder, survey
from dsdocs.notebooks.pages import read_text
from dsdocs.project import Project
from dsdocs.site.badge import duration
from dsdocs.site.build import Progress, prepare
from dsdocs.site.results import data_of, look_at_results

_TAGGED = re.compile(r"^(?:tags|:tags|\s*-).*\bgpu\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CellStatus:
    """How one GPU cell stands."""

    cell: str  # PAGE/NAME
    page: str  # file name
    line: int
    state: str  # fresh, stale, missing, damaged
    changed: tuple[str, ...]  # what has changed since its results were stored, or what is wrong with them
    device: str  # empty where there are no results, as all that follows
    seconds: float | None  # that the cell took
    date: str
    days: int | None  # since then
    n_bytes: int
    values: dict[str, Any]

    def line_of_text(self) -> str:
        """Say it in one line, for a person."""
        cost = "" if self.seconds is None else f"{duration(self.seconds)} on {self.device or 'an unknown device'}"
        age = "" if self.days is None else f"{self.date[:10]} ({self.days} days ago)"
        size = f"{self.n_bytes / 1e6:,.1f} MB" if self.n_bytes else ""
        parts = (f"{self.cell} (line {self.line})", self.state, cost, age, size, "; ".join(self.changed))
        return "  ".join(part for part in parts if part)


def execute_cells(
    project: Project,
    *,
    device: str,
    chosen: Sequence[str],
    again: bool,
    progress: Progress,
    hear: Callable[[str], None] | None = None,
) -> tuple[Entry, ...]:
    """Run the GPU cells whose results are not those of today, and store them.

    Parameters
    ----------
    device
        ``cuda`` or ``cpu``.
    chosen
        Names of pages; empty: all.
    again
        Whether cells run whose results are those of today.
    progress
        Called with the name of the step, what is done and, where it is known, how much there is.
    hear
        Called with what cells print, as they print it.

    Raises
    ------
    CacheError
        There is no GPU, a package has another version than a cell declares, or what a cell left cannot be stored.
    CellError
        A cell failed.
    """
    from dsdocs.notebooks.gpu.execute import execute_gpu_cells

    return execute_gpu_cells(
        project,
        pages_of(project, progress),
        data=data_of(project),
        device=device,
        chosen=chosen,
        again=again,
        progress=lambda page, done, total: progress(f"page {page}", done, total),
        hear=hear,
    )


def status_of(project: Project, progress: Progress) -> tuple[CellStatus, ...]:
    """Say of every GPU cell how its stored results stand, what they have cost and how old they are."""
    return tuple(_status(each) for each in look_at_results(project, pages_of(project, progress)))


def pack_results(project: Project, target: Path, progress: Progress) -> tuple[Entry, ...]:
    """Write the results of today's GPU cells into one file; see `dsdocs.notebooks.gpu.carry.pack`."""
    found = look_at_results(project, pages_of(project, progress))
    return pack(_cache(project), found, target)


def unpack_results(project: Project, source: Path, progress: Progress) -> tuple[Entry, ...]:
    """Take results from such a file; see `dsdocs.notebooks.gpu.carry.unpack`."""
    pages, data = pages_of(project, progress), data_of(project)
    taken = unpack(
        _cache(project), lambda caches: survey(caches, pages, data), source, budget=project.config.cache.budget
    )
    look_at_results(project, pages)
    return taken


def verify_results(project: Project, progress: Progress) -> tuple[Finding, ...]:
    """List what is wrong with the stored results; see `dsdocs.notebooks.gpu.carry.verify`."""
    found = look_at_results(project, pages_of(project, progress))
    return verify(_cache(project), found, budget=project.config.cache.budget)


def _cache(project: Project) -> Path:
    folder = cache_folder(project)
    if folder is None:
        raise CacheError("results are stored in the book folder of a project; write one with: dsdocs init")
    return folder


def _status(found: Found) -> CellStatus:
    made = found.entry.made if found.entry else {}
    date = str(made.get("date", ""))
    days = (datetime.now(UTC) - datetime.fromisoformat(date)).days if date else None
    device = made.get("device", {})
    return CellStatus(
        found.name, found.page.path.name, found.line, found.state, found.reasons, str(device.get("name", "")),
        made.get("seconds"), date, days, found.entry.n_bytes if found.entry else 0,
        found.entry.values if found.entry else {},
    )  # fmt: skip


def pages_of(project: Project, progress: Progress) -> tuple[Page, ...]:
    """Put the pages together as a build does, with all that their cells may ask for; none without any GPU cell.

    To know that there are none, nothing of the archive is read.
    """
    folders = (folder for folder in (assets.book_folder(), project.book) if folder is not None)
    if not any(_TAGGED.search(read_text(path)) for folder in folders for path in folder.rglob("*.md")):
        return ()
    *_, pages = prepare(project, engine=None, strict=False, seconds={}, progress=progress)
    return pages
