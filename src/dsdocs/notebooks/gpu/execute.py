"""Run GPU cells and store their results: where there is a GPU, or where the processor is asked for."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from dsdocs.errors import CacheError
from dsdocs.notebooks.gpu.entries import Entry, Json, clear_unfinished, entries, folder_size, remove_entry, write_entry
from dsdocs.notebooks.gpu.formats import check_file
from dsdocs.notebooks.gpu.inside import DEVICE_VARIABLE, VALUES, entering
from dsdocs.notebooks.gpu.names import forgetting
from dsdocs.notebooks.gpu.outputs import reduced
from dsdocs.notebooks.gpu.provenance import check_pins, check_torch, commit, device_facts, versions
from dsdocs.notebooks.gpu.shelf import store_ledger
from dsdocs.notebooks.gpu.survey import Found, cache_folder, survey
from dsdocs.notebooks.kernels import Kernels
from dsdocs.notebooks.pages import Page
from dsdocs.notebooks.run import new_cells, open_client, run_cell, silently
from dsdocs.notebooks.store import normalised
from dsdocs.project import STATE_VARIABLE, Project

Progress = Callable[[str, int, int], None]  # page, cells done, cells to run
Data = Mapping[str, Callable[[], str]]


@dataclass(slots=True)
class _Work:
    """What all pages of one run share."""

    project: Project
    cache: Path
    pages: Sequence[Page]
    data: Data
    device: dict[str, str]
    commit: str | None
    again: set[str]  # cells that run although nothing has changed
    tell: Progress
    hear: Callable[[str], None] | None = None
    done: list[Entry] = field(default_factory=list)

    def survey(self) -> tuple[Found, ...]:
        found = survey((self.cache,), self.pages, self.data)
        store_ledger(self.project.state, found)
        return found

    def waiting(self, found: Sequence[Found], page: Page) -> list[Found]:
        own = (each for each in found if each.page.name == page.name)
        return [each for each in own if each.state != "fresh" or each.name in self.again]


def execute_gpu_cells(
    project: Project,
    pages: Sequence[Page],
    *,
    data: Data,
    device: str,
    chosen: Collection[str] = (),
    again: bool = False,
    fork: bool | None = False,
    progress: Progress | None = None,
    hear: Callable[[str], None] | None = None,
) -> tuple[Entry, ...]:
    """Run the GPU cells whose results are missing, outdated or damaged, and the cells above them.

    The results of a cell are stored as soon as it has ended, all of them or none; those that it had before go. A GPU
    cell with results is passed over, as in a build.

    Parameters
    ----------
    pages
        The pages of the book.
    data
        For each data set that a cell may declare, what returns its digest.
    device
        ``cuda`` or ``cpu``; cells find it in the variable ``DSDOCS_DEVICE``.
    chosen
        Names of the pages to look at; default: all.
    again
        Whether cells run whose results are those of today.
    fork
        As for `dsdocs.notebooks.execute_pages`. Not by default: what has used a GPU once cannot be forked.
    progress
        Called with the name of the page, the cells done and the cells to run.
    hear
        Called with what cells print, as they print it.

    Returns
    -------
    tuple of Entry
        The new results.

    Raises
    ------
    CacheError
        There is no GPU, a package has another version than a cell declares, or what a cell left cannot be stored.
    CellError
        A cell failed; nothing of it is stored.
    """
    cache = cache_folder(project)
    if cache is None or project.config_file is None:
        raise CacheError("results are stored in the book folder of a project; write one with: dsdocs init")
    known = {page.name for page in pages if any(cell.gpu for cell in page.cells)}
    for name in chosen:
        if name not in known:
            raise CacheError(f"{name}: no such page has GPU cells; known are: {', '.join(sorted(known)) or 'none'}")
    clear_unfinished(cache)
    facts = device_facts(device)
    work = _Work(
        project, cache, pages, data, facts, commit(project.config_file.parent), set(), progress or _silent, hear
    )
    found = work.survey()
    wanted = set(chosen) or known
    if again:
        work.again = {each.name for each in found if each.page.name in wanted}
    running = [each for page in pages if page.name in wanted for each in work.waiting(found, page)]
    for each in running:
        check_pins(each.components.packages, each.where)
    if device == "cuda" and any("torch" in each.components.packages for each in running):
        facts["cuda"] = check_torch()
    environment = {STATE_VARIABLE: str(project.state), DEVICE_VARIABLE: device}
    with Kernels(environment=environment, cwd=project.state, fork=fork) as kernels:
        for page in _in_order([page for page in pages if page.name in wanted]):
            if work.waiting(work.survey(), page):
                asyncio.run(_run_page(work, page, kernels))
    return tuple(work.done)


def _in_order(pages: Sequence[Page]) -> Iterator[Page]:
    """Yield pages after those whose results they declare; the survey has seen that none waits for itself."""
    by_name = {page.name: page for page in pages}
    done: set[str] = set()

    def visit(page: Page) -> Iterator[Page]:
        if page.name in done:
            return
        done.add(page.name)
        for cell in page.cells:
            for name in cell.gpu.data if cell.gpu else ():
                other = name.removeprefix("cell:").partition("/")[0]
                if name.startswith("cell:") and other in by_name:
                    yield from visit(by_name[other])
        yield page

    for page in pages:
        yield from visit(page)


async def _run_page(work: _Work, page: Page, kernels: Kernels) -> None:
    cells = new_cells(page, len(page.cells))
    waiting = work.waiting(work.survey(), page)
    async with kernels.start() as kernel:
        client = open_client(kernel, cells, None, work.hear)
        await silently(kernel, entering(page, page.data))
        for number, cell in enumerate(page.cells, 1):
            last = max((each.number for each in waiting), default=0)
            if number > last:
                break
            work.tell(page.name, number - 1, last)
            now = next((each for each in waiting if each.number == number), None)
            if cell.gpu is None:
                await run_cell(client, cells[number - 1], page, number, kernel, None)
                continue
            if now is not None:
                folder = _emptied(work.project.state / "gpu" / page.name / cell.gpu.name)
                await silently(kernel, entering(page, cell.gpu.data, folder))
                start = perf_counter()
                await run_cell(client, cells[number - 1], page, number, kernel, None)
                seconds = perf_counter() - start
                await silently(kernel, entering(page, page.data))
                outputs = normalised(cells[number - 1].get("outputs", []), number)
                work.done.append(_stored(work, now, outputs, folder, seconds))
                work.again.discard(now.name)
                waiting = work.waiting(work.survey(), page)
            # Cells below see what they see in a build: files and recorded values.
            await silently(kernel, forgetting(cell.source))


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "exports").mkdir(parents=True)
    return folder


def _stored(work: _Work, now: Found, outputs: Sequence[Json], folder: Path, seconds: float) -> Entry:
    """Store what a cell has left, and remove what was stored for it before."""
    exports = folder / "exports"
    try:
        kept = reduced(outputs)
        _check_exports(now, exports)
    except ValueError as error:
        raise CacheError(f"{now.where}: {error}", cell=now.name) from error
    values: Json = json.loads((folder / VALUES).read_bytes()) if (folder / VALUES).is_file() else {}
    old = [path for path, entry in entries(work.cache) if isinstance(entry, Entry) and entry.cell == now.name]
    _check_budget(work, now, kept, exports, old)
    made = {
        "device": work.device,
        "versions": versions(now.components.packages),
        "seconds": round(seconds, 3),
        "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "commit": work.commit,
    }
    entry = write_entry(work.cache, now.components, outputs=kept, exports=exports, values=values, made=made)
    for path in old:
        if path != entry.folder:
            remove_entry(path)
    shutil.rmtree(folder)
    return entry


def _check_exports(now: Found, exports: Path) -> None:
    """Compare the files that a cell has left with those that it declares, and look into each."""
    left = {path.relative_to(exports).as_posix() for path in exports.rglob("*")}
    declared = now.components.exports
    for name in sorted(left.difference(declared)):
        raise ValueError(f"it has left {name!r}, which is not among its exports ({', '.join(declared) or 'none'})")
    for name in declared:
        path = exports / name
        if path.is_symlink() or not path.is_file():
            raise ValueError(f"it declares the export {name!r}, but has not left such a file in export_folder()")
        check_file(path)


def _check_budget(work: _Work, now: Found, outputs: Sequence[Json], exports: Path, old: Sequence[Path]) -> None:
    budget = work.project.config.cache.budget
    new = sum((exports / name).stat().st_size for name in now.components.exports) + len(json.dumps(outputs))
    total = new + folder_size(work.cache) - sum(map(folder_size, old))
    if total > budget:
        raise CacheError(
            f"{now.where}: its results take {new:,} bytes and all stored results together {total:,}, which is more "
            f"than the budget of {budget:,}; leave less, or raise [cache] budget in dsdocs.toml",
            cell=now.name,
        )


def _silent(page: str, done: int, total: int) -> None:
    """Report nothing."""
