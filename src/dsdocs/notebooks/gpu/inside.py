"""What a cell calls: where a GPU cell leaves its files and figures, and how the cells below it find them."""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsdocs.errors import CacheError
from dsdocs.notebooks.gpu.entries import Entry
from dsdocs.notebooks.gpu.shelf import Shelf, open_shelf
from dsdocs.notebooks.pages import Page
from dsdocs.project import STATE_VARIABLE, open_project
from dsdocs.safe import write_text

DEVICE_VARIABLE = "DSDOCS_DEVICE"  # in the kernels of dsdocs execute: cuda or cpu
VALUES = "values.json"
_METRIC = re.compile(r"[A-Za-z_][\w.-]{0,79}")
Value = float | int | str | bool


@dataclass(slots=True)
class _Place:
    """Where this kernel is; set by whoever runs the cells of a page."""

    page: str = ""
    data: tuple[str, ...] | None = None  # what the page, or the running GPU cell, declares; None: nobody asks
    folder: Path | None = None  # of the running GPU cell


_place = _Place()


def enter(page: str, data: tuple[str, ...], folder: str | None = None) -> None:
    """Say which page runs in this kernel and what it declares; for a GPU cell, also where its results go."""
    _place.page, _place.data, _place.folder = page, data, Path(folder) if folder else None


def export_folder() -> Path:
    """Return the folder in which a GPU cell leaves the files that it declares as exports.

    Outside ``dsdocs execute``, in a notebook say, it is a new temporary folder, and nothing is stored.

    Raises
    ------
    CacheError
        The cell has no tag ``gpu``.
    """
    if _place.folder is None:
        _refuse_in_build("export_folder")
        return Path(tempfile.mkdtemp(prefix="dsdocs-exports-"))
    return _place.folder / "exports"


def record(**values: Value) -> None:
    """Store figures of a GPU cell, a score say; cells below find them with `exported_values`.

    Raises
    ------
    CacheError
        The cell has no tag ``gpu``, or a value is neither a number, a text nor a truth value.
    """
    plain = {name: _plain(name, value) for name, value in values.items()}
    if _place.folder is None:
        _refuse_in_build("record")
        return
    path = _place.folder / VALUES
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    write_text(path, json.dumps({**before, **plain}, sort_keys=True, allow_nan=False))


def exported(reference: str) -> Path:
    """Return a file that a GPU cell has left: ``CELL/FILE`` of this page, ``PAGE/CELL/FILE`` of another one.

    Raises
    ------
    CacheError
        There is no such file, its results are outdated or damaged, or the page does not declare the other one.
    """
    cell, slash, file = reference.rpartition("/")
    if not slash:
        raise CacheError(f"{reference!r}: expected CELL/FILE, or PAGE/CELL/FILE")
    return _entry(cell).export(file)


def exported_values(cell: str) -> dict[str, Any]:
    """Return what a GPU cell has recorded: ``CELL`` of this page, or ``PAGE/CELL``.

    Raises
    ------
    CacheError
        As for `exported`.
    """
    return dict(_entry(cell).values)


def _entry(cell: str) -> Entry:
    shelf = open_shelf(open_project().state)
    name = _full_name(shelf, cell)
    page = name.partition("/")[0]
    if _place.data is not None and page != _place.page and f"cell:{name}" not in _place.data:
        raise CacheError(
            f"{name}: is a cell of another page; declare it, so that a change is noticed: data: [..., cell:{name}] "
            f"below dsdocs in the front matter of {_place.page}.md, or of the GPU cell that uses it",
            cell=name,
        )
    return shelf.entry(name)


def _full_name(shelf: Shelf, cell: str) -> str:
    if "/" in cell:
        return cell
    if _place.page:
        return f"{_place.page}/{cell}"
    # In a notebook outside a build, which does not know its page.
    known = [name for name in shelf.cells if name.endswith(f"/{cell}")]
    if len(known) > 1:
        raise CacheError(f"{cell!r}: several pages have such a GPU cell: {', '.join(sorted(known))}")
    return known[0] if known else cell


def _refuse_in_build(what: str) -> None:
    if STATE_VARIABLE in os.environ:
        raise CacheError(f"{what}: only a cell with the tag 'gpu' stores results; it declares them in its options")


def _plain(name: str, value: Any) -> Value:
    if not _METRIC.fullmatch(name):
        raise CacheError(f"record: {name!r} is no plain name")
    if hasattr(value, "item"):  # a number of NumPy or torch
        value = value.item()
    if not isinstance(value, bool | int | float | str) or (isinstance(value, float) and not math.isfinite(value)):
        raise CacheError(f"record: {name}={value!r}: expected a finite number, a text or a truth value")
    return value


def entering(page: Page, data: tuple[str, ...], folder: Path | None = None) -> str:
    """Return the code that calls `enter` in a kernel."""
    arguments = f"{page.name!r}, {data!r}, {str(folder) if folder else None!r}"
    return f"__import__('importlib').import_module({__name__!r}).enter({arguments})"
