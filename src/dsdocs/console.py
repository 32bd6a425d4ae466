"""What a person sees while dsdocs works: progress bars, closing tables, and the exit code."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from dsdocs.engine import open_engine
from dsdocs.errors import DsdocsError, SummaryError
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.safe import Lock, clean, copy_together, plain, write_text
from dsdocs.site.build import BuiltSite, build_site
from dsdocs.site.pictures import take_pictures
from dsdocs.site.stamp import code_key
from dsdocs.summarize import Summarized, describe, summarize

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


def build_with_progress(
    locations: Locations, out: Path, *, workers: int, engine: str | None = None, strict: bool, as_json: bool
) -> int:
    """Build a site, say what was done, and return the exit code."""
    _need_room(out)
    place = open_engine(engine, workers=workers)
    with _working_in(locations.state), _progress() as bars:
        project = Project(locations)
        if strict:
            _refuse_left_out(summarize(project, key=code_key(), engine=place))
            describe(project, key=code_key())
            _refuse_pictures(take_pictures(project, key=code_key()))
        built = build_site(project, out, workers=workers, engine=place, progress=bars)
    if as_json:
        print(json.dumps({**asdict(built), "out": str(built.out)}, sort_keys=True))
    else:
        _tell(_closing_rows(built))
        _name_left_out(built.summarized, built.picture_problems, locations.state / "report.json")
        print(built.out / "index.html")
    return PARTIAL if built.summarized.quarantined or built.picture_problems else COMPLETE


def summarize_with_progress(
    locations: Locations, out: Path, *, workers: int, engine: str | None = None, strict: bool, as_json: bool
) -> int:
    """Write the summary alone, say what was found, and return the exit code."""
    _need_room(out)
    place = open_engine(engine, workers=workers)
    if out.is_dir():
        raise SummaryError(f"{out}: is a folder; name a file with --out")
    report = out.with_name("report.json")
    with _working_in(locations.state), _progress() as bars:
        project = Project(locations)
        result = summarize(project, key=code_key(), engine=place, progress=lambda done: bars("summary", done, None))
        if strict:
            _refuse_left_out(result)
        out.parent.mkdir(parents=True, exist_ok=True)
        copy_together({out: project.summary_path, report: project.state / "report.json"})
    if as_json:
        print(json.dumps(asdict(result), sort_keys=True))
    else:
        _tell(_counts(result))
        _name_left_out(result, (), report)
        print(out)
    return PARTIAL if result.quarantined else COMPLETE


def export_with_progress(
    locations: Locations,
    out: Path,
    *,
    to: str,
    assets: Sequence[str],
    split: str | None,
    limit: int | None,
    workers: int,
    as_json: bool,
) -> int:
    """Write the patches in a format to train from, say what was written, and return the exit code."""
    from dsdocs.export import export
    from dsdocs.export.formats import format_of

    wanted = format_of(to)
    _need_room(out)
    with _working_in(locations.state), _progress() as bars:
        project = Project(locations)
        engine = open_engine(None, workers=workers)
        summarize(project, key=code_key(), engine=engine, progress=lambda done: bars("summary", done, None))
        describe(project, key=code_key())
        made = export(
            project, out, wanted, assets=assets, split=split, limit=limit,
            progress=lambda done, total: bars("patches", done, total),
        )  # fmt: skip
    if as_json:
        print(json.dumps({**asdict(made), "out": str(out)}, sort_keys=True))
    else:
        written = f"{made.patches:,} patches, {made.n_bytes / 1e6:,.1f} MB"
        _tell({"format": made.format, "written": written, "left out": str(len(made.skipped))})
        _say([f"left out: {error.path}: {error.reason}" for error in made.skipped], f"listed in {out / 'dataset.json'}")
        print(out)
    return PARTIAL if made.skipped else COMPLETE


def init_with_progress(folder: Path, archive: Sequence[str], *, reader: str | None) -> tuple[Path, ...]:
    """Write the repository of a new guide."""
    from dsdocs.scaffold import write_scaffold

    with _progress() as bars:
        return write_scaffold(folder, archive, reader=reader, progress=lambda done: bars("summary", done, None))


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


@contextmanager
def _working_in(state: Path) -> Iterator[None]:
    """Let no other process work in a state folder, and leave the traceback of a mistake of ours there."""
    with Lock(state):
        clean(state)
        path = state / "traceback.txt"
        path.unlink(missing_ok=True)
        try:
            yield
        except (DsdocsError, OSError):
            raise
        except Exception as error:
            with suppress(OSError):
                write_text(path, traceback.format_exc())
                error.add_note(f"the traceback is in {path}")
            raise


def _need_room(out: Path) -> None:
    """Find out before the work whether its result can be written."""
    place = next((folder for folder in out.absolute().parents if folder.exists()), Path())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        reason = "may not be written to" if place.is_dir() else "is no folder"
        raise DsdocsError(f"{out}: cannot be written, as {place} {reason}; name another place with --out")


def _refuse_left_out(result: Summarized) -> None:
    if result.quarantined:
        first = result.quarantined[0]
        raise SummaryError(
            f"--strict: {len(result.quarantined)} inputs were quarantined, nothing was published; "
            f"the first: {first['path']}: {first['reason']} ({first['category']})"
        )


def _refuse_pictures(problems: Sequence[tuple[str, str]]) -> None:
    if problems:
        path, reason = problems[0]
        raise SummaryError(
            f"--strict: {len(problems)} images cannot be shown, nothing was published; the first: {path}: {reason}"
        )


def _counts(result: Summarized) -> dict[str, str]:
    unchanged = " (the archive is as it was at the last build)" if result.reused else ""
    return {
        "reader": result.reader,
        "found": f"{result.found:,} inputs",
        "kept": f"{result.kept:,} patches{unchanged}",
        "quarantined": f"{len(result.quarantined):,}",
        "ignored": f"{result.n_ignored:,} files",
        "warnings": f"{result.n_warnings:,}",
    }


def _closing_rows(built: BuiltSite) -> dict[str, str]:
    run = sum(execution.run for execution in built.executions)
    cells = sum(execution.cells for execution in built.executions)
    return {
        **_counts(built.summarized),
        "cells": f"{run} run, {cells - run} reused",
        "written": f"{built.n_files:,} files, {built.n_bytes / 1e6:,.1f} MB",
        "seconds": ", ".join(f"{step} {seconds:.1f}" for step, seconds in built.seconds.items()),
        "site": str(built.out.resolve() / "index.html"),
    }


def _tell(rows: Mapping[str, str]) -> None:
    """Print a table of two columns; lines are never folded, so that a path can be copied whole."""
    for name, value in rows.items():
        console.print(f"[bold]{name:<11}[/]  {escape(plain(value))}", soft_wrap=True, highlight=False)


def _name_left_out(result: Summarized, pictures: Sequence[tuple[str, str]], report: Path) -> None:
    """Name the first inputs that were left out; every line says which file and why."""
    _say([f"quarantined: {entry['path']}: {entry['reason']}" for entry in result.quarantined], f"listed in {report}")
    _say([f"no picture: {path}: {reason}" for path, reason in pictures], "whose patches are kept")
    _say(list(result.notices), f"listed in {report}")


def _say(lines: Sequence[str], rest: str) -> None:
    more = [f"... and {len(lines) - REASONS} more, {rest}"] if len(lines) > REASONS else []
    for line in [*lines[:REASONS], *more]:
        console.print(escape(plain(line)), soft_wrap=True, highlight=False)
