"""Footprints on UTM grids as bitmaps: a few kilobytes tell exactly where half a million patches lie."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsdocs.geo.grids import Footprints, Ints

# WGS 84 and ETRS89 in UTM zones; the two differ by less than a metre.
_UTM = re.compile(r"EPSG:(?:326|327|258)(0[1-9]|[1-5]\d|60)")
_LARGEST = 4_000_000  # cells of a bitmap; a reader's browser holds as many bytes


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Cells of one grid in a UTM zone."""

    zone: int  # 1 to 60; negative in the southern hemisphere
    size: tuple[float, float]  # m, width and height of a cell
    corner: tuple[float, float]  # m, easting and northing of the lower left corner
    columns: int
    rows: int
    bits: bytes  # zlib stream of one bit for each cell, row by row from the south, the first one highest in its byte


def bitmaps(footprints: Footprints, rows: npt.ArrayLike) -> tuple[Bitmap, ...] | None:
    """Return what footprints of the given row numbers cover, one bitmap for each grid.

    None where a footprint lies on no grid, a grid in no UTM zone, or cells too far apart for a bitmap.
    """
    chosen = np.asarray(rows, dtype=np.int64)
    grid, cell = footprints.grid[chosen], footprints.cell[chosen]
    found = []
    for number in np.unique(grid).tolist():
        zone = _zone(footprints.grids[number].crs) if number >= 0 else None
        if zone is None:
            return None
        own = footprints.grids[number]
        cells = cell[grid == number]
        low = cells.min(axis=0)
        columns, height = (cells.max(axis=0) - low + 1).tolist()
        if columns * height > _LARGEST:
            return None
        corner = (own.origin[0] + float(low[0]) * own.size[0], own.origin[1] + float(low[1]) * own.size[1])
        found.append(Bitmap(zone, own.size, corner, columns, height, _packed(cells - low, columns, height)))
    return tuple(found)


def _zone(crs: str) -> int | None:
    match = _UTM.fullmatch(crs)
    if match is None:
        return None
    return -int(match[1]) if crs.startswith("EPSG:327") else int(match[1])


def _packed(cells: Ints, columns: int, rows: int) -> bytes:
    covered = np.zeros((rows, columns), dtype=bool)
    covered[cells[:, 1], cells[:, 0]] = True
    return zlib.compress(np.packbits(covered).tobytes(), 9)
