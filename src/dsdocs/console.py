"""What a person sees while dsdocs works: progress bars, closing tables, and the exit code."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from dsdocs.engine import Engine, open_engine
from dsdocs.errors import DsdocsError, ExplorerError, SummaryError
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.safe import Lock, clean, copy_together, plain, write_text
from dsdocs.site.stamp import code_key
from dsdocs.site.strict import refuse_left_out
from dsdocs.summarize import Summarized, describe, summarize

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from dsdocs.site.build import BuiltSite

COMPLETE, REFUSED, PARTIAL = 0, 2, 3
RECIPE = "recipe.toml"  # beside the split that it makes
REASONS = 3  # inputs that are named on the screen; the report has all of them

console = Console(stderr=True)


class _Bars:
    """One progress bar for each step; silent where stderr is no terminal."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int | None) -> None:
        if self._progress is None:
            return
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)


@contextmanager
def _progress() -> Iterator[_Bars]:
    if not console.is_terminal:
        yield _Bars(None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bars(progress)


def build_with_progress(
    locations: Locations,
    out: Path,
    *,
    workers: int,
    engine: str | None = None,
    strict: bool,
    allow_stale: bool = False,
    as_json: bool,
) -> int:
    """Build a site, say what was done, and return the exit code."""
    from dsdocs.site.build import build_site  # Sphinx and Jupyter, which no other command needs

    _need_room(out)
    place = open_engine(engine, workers=workers)
    with _working_in(locations.state), _progress() as bars:
        project = Project(locations)
        built = build_site(
            project, out, workers=workers, engine=place, strict=strict, allow_stale=allow_stale, progress=bars
        )
    if as_json:
        print(json.dumps({**asdict(built), "out": str(built.out)}, sort_keys=True))
    else:
        _tell(_closing_rows(built))
        _name_left_out(built.summarized, built.picture_problems, locations.state / "report.json")
        rest = f"listed in {locations.state / 'pixels.json'}"
        _say([f"no statistics: {path}: {reason}" for path, reason in built.pixel_problems], rest)
        _say([f"shown although outdated: {problem}" for problem in built.stale], "listed by: dsdocs status")
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
            refuse_left_out(result)
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


def embed_with_progress(
    locations: Locations, out: Path, *, encoder: str, workers: int, engine: str | None, as_json: bool
) -> int:
    """Write a vector for each patch, say how many, and return the exit code."""
    from dsdocs.features.embed import embed
    from dsdocs.features.encoders import encoder as find_encoder
    from dsdocs.features.files import check_ending, write_embeddings
    from dsdocs.notebooks.gpu.shelf import exported_file

    check_ending(out)
    _need_room(out)
    with _working_in(locations.state), _progress() as bars:
        project = Project(locations)
        runner = open_engine(engine, workers=workers)
        summarize(project, key=code_key(), engine=runner, progress=lambda done: bars("summary", done, None))
        describe(project, key=code_key())
        wanted = find_encoder(encoder, project, exported=lambda name: exported_file(project, name))
        made = embed(project, wanted, engine=runner, progress=lambda done, total: bars("patches", done, total))
        write_embeddings(made, out)
    told = made.provenance
    if as_json:
        print(json.dumps({**told, "out": str(out)}, sort_keys=True))
    else:
        counts = f"{told['encoded']:,} of {told['patches']:,} patches, {told['dimensions']} dimensions"
        _tell({"encoder": f"{told['name']}: {told['title']}", "encoded": counts, "left out": f"{told['unreadable']:,}"})
        _say([f"left out: {one['path']}: {one['reason']}" for one in told["problems"]], "listed in the file")
        print(out)
    return PARTIAL if told["unreadable"] else COMPLETE


def split_with_progress(
    locations: Locations,
    out: Path,
    *,
    recipe: Path | None,
    options: Mapping[str, Any],
    workers: int,
    as_json: bool,
) -> int:
    """Write a split and its recipe, or the split of a recipe, say what it is worth, and return the exit code."""
    from dsdocs.resplit import Recipe, assign, check_ending, parameters_of, read_recipe, write_split
    from dsdocs.resplit.outcome import nearness_of, outcome, rows

    check_ending(out)
    given = None if recipe is None else read_recipe(recipe)
    _need_room(out)
    with _working_in(locations.state), _progress() as bars:
        project = Project(locations)
        engine = open_engine(None, workers=workers)
        made_of = summarize(project, key=code_key(), engine=engine, progress=lambda done: bars("summary", done, None))
        table, target = project.summary, out.with_name(RECIPE)
        out.parent.mkdir(parents=True, exist_ok=True)
        if given is None:
            parameters = parameters_of(table, **options)
            made = assign(table, parameters)
            given = Recipe.of(table, made, parameters, fingerprint=project.fingerprint)
            texts = {target: given.text(RECIPE, out.name)}
        else:
            made, texts = given.replay(table, fingerprint=project.fingerprint, source=str(recipe)), {}
        write_split(table, made, out)
        for path, text in texts.items():
            write_text(path, text)
        found = outcome("split", table, made.split, blocks=made.n_blocks, nearness=nearness_of(table))
    if as_json:
        written = {"out": str(out), "recipe": str(recipe or target), "sha256": given.sha256}
        print(json.dumps({**asdict(found), **written, "parameters": asdict(given.parameters)}, sort_keys=True))
    else:
        _tell({str(name): f"{value:,}" if value is not None else "" for name, value in rows([found])}, width=72)
        _tell({name: " ".join(f"{share:.1%}" for share in shares) for name, _, shares in found.classes}, width=72)
        print(out)
    return PARTIAL if made_of.quarantined else COMPLETE


def subset_with_progress(
    locations: Locations, recipe: Path, *, out: Path | None, copy: Path | None, workers: int, as_json: bool
) -> int:
    """List or copy the patches of a recipe, say how many, and return the exit code."""
    from dsdocs.explorer.build import explorer_of
    from dsdocs.explorer.copying import copy_patches
    from dsdocs.explorer.listing import check_ending, write_list
    from dsdocs.explorer.recipe import read_recipe

    if out is None and copy is None:
        raise ExplorerError("nothing to write; name a list with --out FILE, or a folder with --copy FOLDER")
    if out is not None:
        check_ending(out)
    given = read_recipe(recipe)
    for place in (out, copy):
        if place is not None:
            _need_room(place)
    copied = None
    with _working_in(locations.state), _progress() as bars:
        project = Project(locations)
        engine = open_engine(None, workers=workers)
        made_of = summarize(project, key=code_key(), engine=engine, progress=lambda done: bars("summary", done, None))
        describe(project, key=code_key())
        given.expect(project.fingerprint)
        if (out is not None and out.suffix == ".csv") or given.asks_findings:
            _find(project, engine, bars)
        explorer = explorer_of(project)
        mask = given.replay(explorer).mask
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            write_list(explorer, mask, out, project.summary)
        if copy is not None:
            rows = explorer.order[mask]
            copied = copy_patches(project, rows, copy, progress=lambda done, total: bars("files", done, total))
    written = {name: str(place) for name, place in (("out", out), ("copy", copy)) if place is not None}
    if as_json:
        files = asdict(copied) if copied else {}
        print(
            json.dumps({**written, "patches": given.patches, "fingerprint": given.fingerprint, **files}, sort_keys=True)
        )
    else:
        files = {"copied": f"{copied.files:,} files, {copied.n_bytes / 1e6:,.1f} MB"} if copied else {}
        _tell({"patches": f"{given.patches:,}", **files})
        _say([f"not copied: {path}: {reason}" for path, reason in copied.missing] if copied else [], "see --json")
        print("\n".join(written.values()))
    return PARTIAL if made_of.quarantined or (copied and copied.missing) else COMPLETE


def _find(project: Project, engine: Engine, bars: _Bars) -> None:
    """Make sure that findings are stored which are those of the summary: a list has them, as the site has."""
    from dsdocs.findings import check_quality, store_findings
    from dsdocs.findings.check import STORED
    from dsdocs.pixels.measure import measure_pixels

    stored = project.state / STORED
    if stored.is_file() and stored.stat().st_mtime_ns >= project.summary_path.stat().st_mtime_ns:
        return
    measure_pixels(project, engine=engine, progress=lambda done, total: bars("pixels", done, total))
    store_findings(project, check_quality(project))


def execute_with_progress(
    locations: Locations, pages: Sequence[str], *, device: str, again: bool, as_json: bool
) -> int:
    """Run GPU cells, say what was stored, and return the exit code."""
    from dsdocs.site.gpu_cells import execute_cells

    with _working_in(locations.state), _progress() as bars:
        made = execute_cells(Project(locations), device=device, chosen=pages, again=again, progress=bars, hear=_hand_on)
    if as_json:
        rows = [
            {"cell": one.cell, "folder": str(one.folder), "bytes": one.n_bytes, "values": one.values, "made": one.made}
            for one in made
        ]
        print(json.dumps(rows, sort_keys=True))
        return COMPLETE
    for one in made:
        _tell({one.cell: f"{one.made['seconds']:,.1f} s, {one.n_bytes:,} bytes"})
        _tell({name: str(value) for name, value in one.values.items()})
        print(one.folder)
    if not made:
        console.print("nothing to run: the stored results are those of today's pages", highlight=False)
    return COMPLETE


def _hand_on(text: str) -> None:
    """Print what a cell prints, so that the log of a long run tells how far it is."""
    console.print(escape(plain(text.replace("\r", "\n"))), end="", soft_wrap=True, highlight=False)


def status_with_progress(locations: Locations, *, as_json: bool) -> int:
    """List the GPU cells, and return the exit code."""
    from dsdocs.site.gpu_cells import status_of

    with _working_in(locations.state), _progress() as bars:
        found = status_of(Project(locations), bars)
    if as_json:
        print(json.dumps([asdict(one) for one in found], sort_keys=True))
    else:
        print("\n".join(plain(one.line_of_text()) for one in found) or "there are no GPU cells")
    return COMPLETE if all(one.state == "fresh" for one in found) else REFUSED


def pack_with_progress(locations: Locations, target: Path) -> int:
    """Write a package of results, and return the exit code."""
    from dsdocs.site.gpu_cells import pack_results

    _need_room(target)
    with _working_in(locations.state), _progress() as bars:
        packed = pack_results(Project(locations), target, bars)
    _tell({one.cell: f"{one.n_bytes:,} bytes" for one in packed})
    print(target)
    return COMPLETE


def unpack_with_progress(locations: Locations, source: Path) -> int:
    """Take results from a package, and return the exit code."""
    from dsdocs.site.gpu_cells import unpack_results

    with _working_in(locations.state), _progress() as bars:
        taken = unpack_results(Project(locations), source, bars)
    for one in taken:
        _tell({one.cell: f"{one.n_bytes:,} bytes, of {one.made['date']}"})
        print(one.folder)
    return COMPLETE


def verify_with_progress(locations: Locations, *, as_json: bool) -> int:
    """List what is wrong with stored results, and return the exit code."""
    from dsdocs.site.gpu_cells import verify_results

    with _working_in(locations.state), _progress() as bars:
        found = verify_results(Project(locations), bars)
    if as_json:
        print(json.dumps([asdict(one) for one in found], sort_keys=True))
    else:
        print("\n".join(plain(f"{one.path}: {one.problem}") for one in found) or "no findings")
    return REFUSED if found else COMPLETE


def init_with_progress(folder: Path, archive: Sequence[str], *, reader: str | None) -> tuple[Path, ...]:
    """Write the repository of a new guide."""
    from dsdocs.scaffold import write_scaffold

    told: list[str] = []
    with _progress() as bars:
        written = write_scaffold(
            folder, archive, reader=reader, progress=lambda done: bars("summary", done, None), tell=told.append
        )
    for line in told:
        console.print(plain(line), markup=False, highlight=False, soft_wrap=True)
    return written


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


def _tell(rows: Mapping[str, str], *, width: int = 11) -> None:
    """Print a table of two columns; lines are never folded, so that a path can be copied whole."""
    for name, value in rows.items():
        console.print(
            f"[bold]{escape(plain(name)):<{width}}[/]  {escape(plain(value))}", soft_wrap=True, highlight=False
        )


def _name_left_out(result: Summarized, pictures: Sequence[tuple[str, str]], report: Path) -> None:
    """Name the first inputs that were left out; every line says which file and why."""
    _say([f"quarantined: {entry['path']}: {entry['reason']}" for entry in result.quarantined], f"listed in {report}")
    _say([f"no picture: {path}: {reason}" for path, reason in pictures], "whose patches are kept")
    _say(list(result.notices), f"listed in {report}")


def _say(lines: Sequence[str], rest: str) -> None:
    more = [f"... and {len(lines) - REASONS} more, {rest}"] if len(lines) > REASONS else []
    for line in [*lines[:REASONS], *more]:
        console.print(escape(plain(line)), soft_wrap=True, highlight=False)
