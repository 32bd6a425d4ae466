"""Place patches of a Sentinel-2 tile from the tile name, the column and the row alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SQUARE = 100_000  # m, side of an MGRS square
_CYCLE = 2_000_000  # m, after which the row letters repeat
_TILE = re.compile(r"([0-9]{2})([A-Z])([A-Z])([A-Z])")
_COLUMNS = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")  # by zone modulo 3; the first letter starts at 100 km east
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
# Smallest northing of each latitude band, rounded down to whole squares (NGA.SIG.0012, MGRS, 2014).
_BANDS = {
    "C": 1_100_000, "D": 2_000_000, "E": 2_800_000, "F": 3_700_000, "G": 4_600_000,
    "H": 5_500_000, "J": 6_400_000, "K": 7_300_000, "L": 8_200_000, "M": 9_100_000,
    "N": 0, "P": 800_000, "Q": 1_700_000, "R": 2_600_000, "S": 3_500_000,
    "T": 4_400_000, "U": 5_300_000, "V": 6_200_000, "W": 7_000_000, "X": 7_900_000,
}  # fmt: skip


@lru_cache(maxsize=4096)
def square_corner(tile: str) -> tuple[int, int, int]:
    """Return the EPSG code of a tile and the lower left corner of its 100 km square.

    Parameters
    ----------
    tile
        MGRS square such as ``33UUP``: zone with two digits, latitude band, column letter, row letter.

    Returns
    -------
    tuple of int
        EPSG code of the WGS 84 / UTM zone, easting and northing in metres.

    Raises
    ------
    ValueError
        The name has another form, or its letters do not exist in that zone or latitude band.
    """
    match = _TILE.fullmatch(tile)
    if match is None:
        raise ValueError(f"tile {tile!r}: expected two digits and three capital letters, such as 33UUP")
    zone, band, column, row = int(match[1]), match[2], match[3], match[4]
    if not 1 <= zone <= 60:
        raise ValueError(f"tile {tile!r}: zone {zone} is not between 01 and 60")
    if band not in _BANDS:
        raise ValueError(f"tile {tile!r}: {band} is no latitude band; expected one of {''.join(_BANDS)}")
    columns = _COLUMNS[zone % 3]
    if column not in columns:
        raise ValueError(f"tile {tile!r}: zone {zone} has no column {column}; expected one of {columns}")
    if row not in _ROWS:
        raise ValueError(f"tile {tile!r}: {row} is no row letter; expected one of {_ROWS}")
    # Even zones begin their rows with F at the equator, odd zones with A.
    start = (_ROWS.index(row) - (0 if zone % 2 else 5)) * SQUARE
    above = (start - _BANDS[band]) % _CYCLE
    if above >= (1_500_000 if band == "X" else 1_000_000):
        raise ValueError(f"tile {tile!r}: row {row} of zone {zone} does not touch latitude band {band}")
    epsg = (32_600 if band >= "N" else 32_700) + zone
    return epsg, (columns.index(column) + 1) * SQUARE, _BANDS[band] + above


def tile_corner(tile: str, *, grid: float = 60.0) -> tuple[int, float, float]:
    """Return the EPSG code of a tile and its upper left corner, moved outwards to whole ``grid`` metres."""
    epsg, easting, northing = square_corner(tile)
    return epsg, easting // grid * grid, -(-(northing + SQUARE) // grid) * grid


def patch_corner(
    tile: str, column: int, row: int, *, size: float = 1200.0, grid: float = 60.0
) -> tuple[str, float, float]:
    """Return the CRS and the upper left corner of one patch.

    Parameters
    ----------
    tile
        MGRS square such as ``33UUP``.
    column, row
        Position in the tile, counted from 0 at the upper left, column to the east and row to the south.
    size
        Side of a patch in metres.
    grid
        Grid in metres to which the corner of the tile is moved outwards.

    Returns
    -------
    tuple
        CRS such as ``EPSG:32633``, easting of the left edge and northing of the upper edge in metres.

    Raises
    ------
    ValueError
        The tile does not exist, or the column or row is negative.
    """
    if column < 0 or row < 0:
        raise ValueError(f"tile {tile!r}: column {column}, row {row}: both count from 0")
    epsg, ulx, uly = tile_corner(tile, grid=grid)
    return f"EPSG:{epsg}", ulx + column * size, uly - row * size


def patch_corners(
    tiles: Sequence[str] | npt.NDArray[np.str_],
    columns: npt.ArrayLike,
    rows: npt.ArrayLike,
    *,
    size: float = 1200.0,
    grid: float = 60.0,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return EPSG codes and upper left corners of many patches; see `patch_corner`.

    Parameters
    ----------
    tiles, columns, rows
        One value per patch, all of shape ``(n,)``.
    size, grid
        As in `patch_corner`.

    Returns
    -------
    tuple of numpy.ndarray
        EPSG code, easting and northing in metres, each of shape ``(n,)``.

    Raises
    ------
    ValueError
        A tile does not exist, a column or row is negative, or the lengths differ.
    """
    names, inverse = np.unique(np.asarray(tiles, dtype=np.str_), return_inverse=True)
    column, row = np.asarray(columns, dtype=np.int64), np.asarray(rows, dtype=np.int64)
    if not inverse.shape == column.shape == row.shape:
        sizes = f"{inverse.size} tiles, {column.size} columns, {row.size} rows"
        raise ValueError(f"{sizes}: expected as many of each")
    if column.size and min(column.min(), row.min()) < 0:
        raise ValueError("columns and rows count from 0; found a negative one")
    corners = np.array([tile_corner(str(name), grid=grid) for name in names], dtype=np.float64).reshape(-1, 3)
    epsg, ulx, uly = corners[inverse].T
    return epsg.astype(np.int32), ulx + column * size, uly - row * size
