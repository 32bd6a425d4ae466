"""The stored outputs: one JSON file for each cell key, the same bytes wherever it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dsdocs.errors import DsdocsError
from dsdocs.notebooks.keys import FORMAT, cell_keys
from dsdocs.notebooks.pages import Page
from dsdocs.safe import write_text
from dsdocs.views import MIME

Output = dict[str, Any]  # an output of the notebook format 4, as JSON types
_ENTRY = re.compile(r"[0-9a-f]{64}\.json")


def entry_path(cache: Path, key: str) -> Path:
    """Return where the outputs of a cell are stored; an existing file is complete."""
    return cache / key[:2] / f"{key}.json"


def read_outputs(cache: Path, page: Page, number: int, key: str) -> list[Output]:
    """Return the outputs of a cell; the one place that decides where they come from.

    Parameters
    ----------
    number
        Number of the code cell on the page, counted from 1.

    Raises
    ------
    DsdocsError
        The cell was not run with this code, data and versions, or the entry is damaged.
    """
    path = entry_path(cache, key)
    try:
        entry = json.loads(path.read_bytes())
        if entry["format"] != FORMAT:
            raise ValueError(f"format {entry['format']}, expected {FORMAT}")
        outputs: list[Output] = entry["outputs"]
    except FileNotFoundError as error:
        raise DsdocsError(
            f"{page.path.name}, line {page.cells[number - 1].line}: code cell {number} has no stored output "
            "for its code, data and versions; run the pages first: dsdocs build"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        problem = f"the stored output is damaged ({error}); delete the file and build again"
        raise DsdocsError(f"{path}: {problem}") from error
    return outputs


def write_outputs(cache: Path, key: str, outputs: Sequence[Mapping[str, Any]]) -> None:
    """Store the normalised outputs of a cell; a reader never sees half a file."""
    path = entry_path(cache, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, "outputs": outputs}, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def normalised(outputs: Iterable[Mapping[str, Any]], number: int) -> list[Output]:
    """Reduce the outputs of a cell to what depends on the cell alone.

    Parameters
    ----------
    number
        Number of the code cell on the page, counted from 1; it becomes the execution count.
    """
    return [_normalised(json.loads(json.dumps(output)), number) for output in outputs]


def _normalised(output: Output, number: int) -> Output:
    match output["output_type"]:
        case "execute_result":
            output["execution_count"] = number
        case "error":
            # The frames name files of this machine; a page that shows an error shows its last line.
            output["traceback"] = [f"{output['ename']}: {output['evalue']}"]
    if MIME in output.get("data", {}):
        output["data"].pop("text/html", None)  # the site draws the view, and HTML would store its look
    return output


def prune(pages: Iterable[Page], *, cache: Path, data: Mapping[str, str], versions: Mapping[str, str]) -> int:
    """Remove the stored outputs that none of the pages asks for, and return how many they were."""
    keep = {key for page in pages for key in cell_keys(page, data=data, versions=versions)}
    removed = 0
    for path in cache.glob("[0-9a-f][0-9a-f]/*.json"):
        if _ENTRY.fullmatch(path.name) and path.stem not in keep:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
