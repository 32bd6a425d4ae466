"""Cells put together to sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from dsdocs.imagery.encode import encoded

Array = np.ndarray[Any, Any]
SHEET = 700_000  # bytes that a sheet has on average at most, so that hardly one has more than 1 MB
PIXELS = 2**21  # of a sheet; a browser holds four bytes for each
WIDTH = 2048  # px of a sheet


@dataclass(frozen=True, slots=True)
class Grid:
    """How cells lie in a sheet: row by row, from the left."""

    edge: int  # px of a cell
    columns: int
    per_sheet: int


@dataclass(frozen=True, slots=True)
class SheetTask:
    """A sheet to be written."""

    grid: Grid
    cells: Array  # (n, edge, edge, 3 or 4) of uint8
    exact: bool  # without loss
    quality: int


def grid_of(edge: int, bytes_per_cell: float) -> Grid:
    """Choose the number of cells of a sheet, a power of two."""
    per_sheet = 1024
    while per_sheet > 1 and (per_sheet * bytes_per_cell > SHEET or per_sheet * edge * edge > PIXELS):
        per_sheet //= 2
    return Grid(edge, max(1, min(32, WIDTH // edge, per_sheet)), per_sheet)


def write_sheet(task: SheetTask) -> bytes:
    """Return the bytes of a sheet."""
    image = joined(task.grid, task.cells)
    return encoded(Image.fromarray(image), task.quality, exact=task.exact)


def joined(grid: Grid, cells: Array) -> Array:
    """Put cells side by side: ``(height, width, 3 or 4)`` of ``uint8``; a sheet that is all opaque has three."""
    lines = -(-len(cells) // grid.columns)
    sheet = np.zeros((lines * grid.columns, grid.edge, grid.edge, cells.shape[-1]), np.uint8)
    sheet[: len(cells)] = cells
    shape = (lines, grid.columns, grid.edge, grid.edge, -1)
    whole = sheet.reshape(shape).swapaxes(1, 2).reshape(lines * grid.edge, grid.columns * grid.edge, -1)
    filled = len(cells) == len(sheet) or cells.shape[-1] == 3
    return whole[..., :3] if whole.shape[-1] == 4 and filled and bool((whole[..., 3] == 255).all()) else whole


def bytes_per_cell(cells: Sequence[Array], *, exact: bool, quality: int) -> float:
    """Return what a cell takes in a sheet, from some of them."""
    some = np.stack(cells)
    grid = Grid(some.shape[1], min(8, len(some)), len(some))
    return len(write_sheet(SheetTask(grid, some, exact, quality))) / len(some)
