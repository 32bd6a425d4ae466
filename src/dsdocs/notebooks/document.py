"""A page as a notebook with its stored outputs, for Sphinx to render without running anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from myst_nb.core.read import read_myst_markdown_notebook  # type: ignore[import-untyped]

from dsdocs.errors import DsdocsError
from dsdocs.notebooks.keys import cell_keys
from dsdocs.notebooks.pages import Page
from dsdocs.notebooks.store import Output, read_outputs

if TYPE_CHECKING:
    from myst_parser.config.main import MdParserConfig


def notebook_with_outputs(
    page: Page,
    *,
    cache: Path,
    data: Mapping[str, str],
    versions: Mapping[str, str],
    results: Callable[[str], list[Output]] | None = None,
    config: MdParserConfig | None = None,
) -> nbformat.NotebookNode:
    """Return a page as MyST-NB reads it, each code cell with its stored outputs.

    Parameters
    ----------
    data, versions
        Digests of the data and versions of the packages, as `cell_keys` takes them.
    results
        Returns what the GPU cell ``PAGE/NAME`` shows.
    config
        The configuration that MyST parses the page with; its extensions decide where a block ends.

    Raises
    ------
    DsdocsError
        A cell was not run with this code, data and versions; or MyST-NB finds other cells than `read_page`.
    """
    notebook: nbformat.NotebookNode = read_myst_markdown_notebook(
        page.text, config=config, add_source_map=True, path=page.path
    )
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.source for cell in cells] != [cell.source for cell in page.cells]:
        raise DsdocsError(
            f"{page.path.name}: MyST-NB finds {len(cells)} code cells, dsdocs finds {len(page.cells)}, or "
            "they differ in their text; put a blank line before and after each cell, and no cell into raw HTML"
        )
    keys = cell_keys(page, data=data, versions=versions)
    for number, (cell, own, key) in enumerate(zip(cells, page.cells, keys, strict=True), 1):
        cell.execution_count = number
        if own.gpu is not None and results is not None:
            outputs = results(f"{page.name}/{own.gpu.name}")
        else:
            outputs = read_outputs(cache, page, number, key)
        cell.outputs = nbformat.from_dict(outputs)  # type: ignore[no-untyped-call]
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    return notebook
