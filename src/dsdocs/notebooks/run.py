"""Run the cells of pages with nbclient and store what they put out."""

from __future__ import annotations

import ast
import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from dsdocs.errors import CellError, DsdocsError
from dsdocs.notebooks.execute import Progress, Task
from dsdocs.notebooks.gpu.inside import entering
from dsdocs.notebooks.gpu.names import forgetting, hint
from dsdocs.notebooks.kernels import Kernel, Kernels
from dsdocs.notebooks.pages import Page
from dsdocs.notebooks.provisioner import describe_exit
from dsdocs.notebooks.store import Output, normalised, write_outputs

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_OWN_CODE = 120.0  # seconds that code of ours may take, which imports dsdocs
_SILENT = logging.getLogger(f"{__name__}.nbclient")  # nbclient logs what it also raises
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


def run_tasks(
    tasks: Sequence[Task],
    *,
    cache: Path,
    environment: Mapping[str, str],
    cwd: Path,
    workers: int,
    timeout: float,
    fork: bool | None,
    progress: Progress,
) -> dict[str, float]:
    """Run each task in a kernel of its own, ``workers`` at a time, and store the outputs.

    The parameters are those of `dsdocs.notebooks.execute.execute_pages`.

    Returns
    -------
    dict
        Seconds that each task took, by the key of the last cell of its page.

    Raises
    ------
    CellError
        A cell failed. The other pages were stopped; of several failures, that of the first page is raised.
    """
    imports = [pair for task in tasks for pair in imports_of(task.page)]
    with Kernels(environment=environment, cwd=cwd, imports=imports, fork=fork) as kernels:
        return asyncio.run(_run_all(tasks, kernels, cache, workers, timeout, progress))


def imports_of(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the imports of a page, as pairs of module and name, that a kernel may find already done.

    Those are the imports of the packages which the page declares. Others might print something, or look at
    the folder they run in.
    """
    declared = {package.lower().replace("-", "_") for package in page.packages}
    for cell in page.cells:
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue  # a magic of IPython, or a mistake that the kernel will report
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    found = [(alias.name, "") for alias in names]
                case ast.ImportFrom(module=str(module), names=names, level=0):
                    found = [(module, alias.name) for alias in names]
                case _:
                    continue
            yield from (pair for pair in found if pair[0].partition(".")[0].lower() in declared)


async def _run_all(
    tasks: Sequence[Task], kernels: Kernels, cache: Path, workers: int, timeout: float, progress: Progress
) -> dict[str, float]:
    free = asyncio.Semaphore(workers)

    async def run(task: Task) -> float:
        async with free:
            start = perf_counter()
            outputs = await _run_page(task, kernels, timeout, progress)
            for key, output, cell in zip(task.keys, outputs, task.page.cells, strict=False):
                if cell.gpu is None:
                    write_outputs(cache, key, output)
            return perf_counter() - start

    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(run(task), name=task.page.name) for task in tasks]
    except BaseExceptionGroup as failures:
        errors = (task.exception() for task in running if not task.cancelled())
        raise next((error for error in errors if error is not None), failures) from None
    return {task.keys[-1]: done.result() for task, done in zip(tasks, running, strict=True)}


async def _run_page(task: Task, kernels: Kernels, timeout: float, progress: Progress) -> list[list[Output]]:
    page = task.page
    cells = new_cells(page, task.last)
    outputs: list[list[Output]] = []
    async with kernels.start() as kernel:
        client = open_client(kernel, cells, timeout)
        if any("exported" in cell.source for cell in page.cells):
            await silently(kernel, entering(page, page.data))
        for number, cell in enumerate(cells, 1):
            progress(page.name, number - 1, task.last)
            if page.cells[number - 1].gpu is not None:  # its results are stored, or there would be no build
                await silently(kernel, forgetting(page.cells[number - 1].source))
            else:
                await run_cell(client, cell, page, number, kernel, timeout)
            outputs.append(normalised(cell.get("outputs", []), number))
        progress(page.name, task.last, task.last)
    for number, (cell, output) in enumerate(zip(cells, outputs, strict=True), 1):
        if normalised(cell.get("outputs", []), number) != output:
            raise _error(page, number, "a later cell changed what this cell shows; show it in the later cell")
    return outputs


def new_cells(page: Page, last: int) -> list[NotebookNode]:
    """Return the first cells of a page as nbclient takes them."""
    return [
        new_code_cell(cell.source, metadata={"tags": list(cell.tags)})  # type: ignore[no-untyped-call]
        for cell in page.cells[:last]
    ]


class _Client(NotebookClient):
    """A client that hands on what cells print, as they print it."""

    hear: Callable[[str], None] | None = None

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Take one message of the kernel."""
        if self.hear is not None and msg["msg_type"] == "stream":
            self.hear(msg["content"]["text"])
        return super().process_message(msg, cell, cell_index)


def open_client(
    kernel: Kernel, cells: Sequence[NotebookNode], timeout: float | None, hear: Callable[[str], None] | None = None
) -> NotebookClient:
    """Return what runs these cells in a kernel; each may take ``timeout`` seconds, ``hear`` gets what they print."""
    client = _Client(
        new_notebook(cells=cells),  # type: ignore[no-untyped-call]
        km=kernel.manager,
        timeout_func=lambda cell: timeout,  # the trait `timeout` takes whole seconds only
        iopub_timeout=60,
        raise_on_iopub_timeout=True,
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
        log=_SILENT,
    )
    client.kc = kernel.client
    client.hear = hear
    return client


async def silently(kernel: Kernel, code: str) -> None:
    """Run code of ours between the cells of a page; it shows nothing."""
    if not code or kernel.client is None:
        return
    answer = await kernel.client.execute(code, silent=True, store_history=False, reply=True, timeout=_OWN_CODE)
    if answer["content"]["status"] != "ok":
        raise DsdocsError(f"a notebook kernel cannot be set up: {answer['content'].get('evalue', 'no reason given')}")


async def run_cell(
    client: NotebookClient, cell: NotebookNode, page: Page, number: int, kernel: Kernel, timeout: float | None
) -> None:
    """Run one cell and turn each way in which it can fail into a `CellError`."""
    try:
        await client.async_execute_cell(cell, number - 1, execution_count=number)
    except CellExecutionError:
        failure = next(output for output in cell.outputs if output.output_type == "error")
        text = _ANSI.sub("", "\n".join(failure.traceback)).strip("-\n")
        raise _error(page, number, text + _missing_name(page, number, failure)) from None
    except CellTimeoutError:
        raise _error(page, number, f"the cell was stopped: it ran for more than {timeout:g} s") from None
    except DeadKernelError:
        if (current := asyncio.current_task()) is not None and current.cancelling():
            # Another page failed and this one is stopped, which nbclient takes for a dead kernel.
            raise asyncio.CancelledError from None
        provisioner = kernel.manager.provisioner
        code = await provisioner.poll() if provisioner is not None else None
        how = f" with {describe_exit(code)}" if code is not None else ""
        raise _error(page, number, f"the kernel died{how}\n{kernel.last_words()}".rstrip()) from None


def _missing_name(page: Page, number: int, failure: NotebookNode) -> str:
    name = re.search(r"name '(\w+)' is not defined", failure.evalue) if failure.ename == "NameError" else None
    return hint(page, number, name[1]) if name else ""


def _error(page: Page, number: int, text: str) -> CellError:
    return CellError(page.path.name, number, f"{page.path.name}, line {page.cells[number - 1].line}:\n{text}")
