"""What a person sees while dsdocs works: progress bars, closing tables, and the exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from dsdocs.errors import SummaryError
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.site.build import BuiltSite, build_site
from dsdocs.site.stamp import code_key
from dsdocs.summarize import Summarized, summarize

COMPLETE, PARTIAL = 0, 3
REASONS = 3  # inputs that are named on the screen; the report has all of them

console = Console(stderr=True)


class _Bars:
    """One progress bar for each step; silent where stderr is no terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int | None) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)


@contextmanager
def _progress() -> Iterator[_Bars]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Bars(progress)


def build_with_progress(locations: Locations, out: Path, *, workers: int, strict: bool, as_json: bool) -> int:
    """Build a site, say what was done, and return the exit code."""
    with _progress() as bars:
        project = Project(locations)
        if strict:
            _refuse_quarantined(summarize(project, key=code_key()))
        built = build_site(project, out, workers=workers, progress=bars)
    if as_json:
        print(json.dumps({**asdict(built), "out": str(built.out)}, sort_keys=True))
    else:
        console.print(_closing_table(built))
        _name_quarantined(built.summarized, locations.state / "report.json")
        print(built.out / "index.html")
    return PARTIAL if built.summarized.quarantined or built.picture_problems else COMPLETE


def summarize_with_progress(locations: Locations, out: Path, *, strict: bool, as_json: bool) -> int:
    """Write the summary alone, say what was found, and return the exit code."""
    with _progress() as bars:
        project = Project(locations)
        result = summarize(project, key=code_key(), progress=lambda done: bars("summary", done, None))
    if strict:
        _refuse_quarantined(result)
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project.summary_path, out)
    shutil.copyfile(project.state / "report.json", out.with_name("report.json"))
    if as_json:
        print(json.dumps(asdict(result), sort_keys=True))
    else:
        console.print(_counts(result))
        _name_quarantined(result, out.with_name("report.json"))
        print(out)
    return PARTIAL if result.quarantined else COMPLETE


def sample_with_progress(folder: Path, *, patches: int, seed: int, layout: str) -> Path:
    """Write the sample archive."""
    from dsdocs.sample import write_sample
    from dsdocs.sample.layouts import LAYOUTS

    if layout not in LAYOUTS:
        raise SummaryError(f"--layout: found {layout!r}; expected one of {', '.join(LAYOUTS)}")
    with _progress() as bars:
        return write_sample(
            folder, patches=patches, seed=seed, layout=layout, progress=lambda done, total: bars("patches", done, total)
        )


def _refuse_quarantined(result: Summarized) -> None:
    if result.quarantined:
        first = result.quarantined[0]
        raise SummaryError(
            f"--strict: {len(result.quarantined)} inputs were quarantined, nothing was published; "
            f"the first: {first['path']}: {first['reason']}"
        )


def _counts(result: Summarized) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("reader", result.reader)
    table.add_row("found", f"{result.found:,}")
    table.add_row("kept", f"{result.kept:,} patches" + (" (unchanged since the last build)" if result.reused else ""))
    table.add_row("quarantined", f"{len(result.quarantined):,}")
    table.add_row("ignored", f"{result.n_ignored:,} files")
    return table


def _closing_table(built: BuiltSite) -> Table:
    table = _counts(built.summarized)
    run = sum(execution.run for execution in built.executions)
    cells = sum(execution.cells for execution in built.executions)
    table.add_row("cells", f"{run} run, {cells - run} reused")
    table.add_row("written", f"{built.n_files:,} files, {built.n_bytes / 1e6:,.1f} MB")
    table.add_row("seconds", ", ".join(f"{step} {seconds:.1f}" for step, seconds in built.seconds.items()))
    table.add_row("site", escape(str(built.out.resolve() / "index.html")))
    return table


def _name_quarantined(result: Summarized, report: Path) -> None:
    """Name the first inputs that were left out; every line says which file and why."""
    for entry in result.quarantined[:REASONS]:
        console.print(escape(f"quarantined: {entry['path']}: {entry['reason']}"), soft_wrap=True)
    if len(result.quarantined) > REASONS:
        console.print(
            escape(f"... and {len(result.quarantined) - REASONS} more, all listed in {report}"), soft_wrap=True
        )
    for notice in result.notices:
        console.print(escape(notice), soft_wrap=True)
