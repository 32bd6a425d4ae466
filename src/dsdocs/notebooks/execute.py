"""Bring the stored outputs of the pages up to date: run what is missing, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dsdocs.notebooks.keys import cell_keys
from dsdocs.notebooks.pages import Page
from dsdocs.notebooks.store import entry_path

Progress = Callable[[str, int, int], None]  # page, cells done, cells to run


@dataclass(frozen=True, slots=True)
class Execution:
    """What was done for one page."""

    page: str
    cells: int
    run: int  # cells that ran, those included which only brought back the state for a later one
    reused: int  # cells whose stored output was taken without running anything
    seconds: float


@dataclass(frozen=True, slots=True)
class Task:
    """A page of which a cell is missing in the store."""

    page: Page
    keys: tuple[str, ...]
    last: int  # cells up to this number, counted from 1, have to run


def execute_pages(
    pages: Sequence[Page],
    *,
    cache: Path,
    data: Mapping[str, str],
    versions: Mapping[str, str],
    environment: Mapping[str, str],
    cwd: Path,
    workers: int = 2,
    timeout: float = 600,
    fork: bool | None = None,
    progress: Progress | None = None,
) -> tuple[Execution, ...]:
    """Run the cells whose outputs are not stored for their code, data and versions.

    A page of which a cell is missing runs in a kernel of its own, from its first cell on, since a later cell
    needs the state that earlier ones left. Its outputs are stored together when all of it went well. GPU cells do not
    run here; see `dsdocs.notebooks.gpu`.

    Parameters
    ----------
    data, versions
        Digests of the data and versions of the packages, as `cell_keys` takes them.
    environment
        Variables for the kernels, in addition to those of this process.
    cwd
        Folder in which the kernels run.
    workers
        Pages that run at the same time.
    timeout
        Seconds that one cell may take.
    fork
        Whether kernels are forked from one process that has the imports of the pages done. Default: where the
        system can fork.
    progress
        Called with the name of the page, the cells done and the cells to run, in the thread of the caller.

    Returns
    -------
    tuple of Execution
        In the order of ``pages``.

    Raises
    ------
    CellError
        A cell failed; the pages that ran beside it were stopped, and nothing of the failing page is stored.
    ConfigError
        A page declares data or a package that is not known.
    """
    all_keys = [cell_keys(page, data=data, versions=versions) for page in pages]
    lasts = [_last_missing(cache, page, keys) for page, keys in zip(pages, all_keys, strict=True)]
    tasks = [Task(*entry) for entry in zip(pages, all_keys, lasts, strict=True) if entry[2]]
    seconds: dict[str, float] = {}
    if tasks:
        # The Jupyter libraries take a quarter of a second or more; a build without changes must not pay it.
        from dsdocs.notebooks.run import run_tasks

        seconds = run_tasks(
            tasks,
            cache=cache,
            environment=environment,
            cwd=cwd,
            workers=workers,
            timeout=timeout,
            fork=fork,
            progress=progress or _silent,
        )
    return tuple(
        _told(page, last, seconds.get(keys[-1], 0.0) if last else 0.0)
        for page, keys, last in zip(pages, all_keys, lasts, strict=True)
    )


def _told(page: Page, last: int, seconds: float) -> Execution:
    run = sum(cell.gpu is None for cell in page.cells[:last])
    return Execution(page.name, len(page.cells), run, len(page.cells) - run, seconds)


def _last_missing(cache: Path, page: Page, keys: Sequence[str]) -> int:
    """Return the number of the last cell that is not in the store, 0 where all are."""
    numbered = enumerate(zip(page.cells, keys, strict=True), 1)
    missing = (number for number, (cell, key) in numbered if not cell.gpu and not entry_path(cache, key).is_file())
    return max(missing, default=0)


def _silent(page: str, done: int, total: int) -> None:
    """Report nothing."""
