"""What a raster says about itself, before its pixels are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from dsdocs.imagery.geokeys import Affine

_COUNTED = 2  # bytes of a value that a limit of pixels is meant for: most imagery has 8 or 16 bit


def most_values(limit: int, dtype: np.dtype[Any] | str) -> int:
    """Return how many values a limit of pixels allows: of 32 bit half as many, for they take twice the room."""
    return max(1, limit * _COUNTED // max(_COUNTED, np.dtype(dtype).itemsize))


@dataclass(frozen=True, slots=True)
class RasterHeader:
    """What a raster says about itself before its pixels are read."""

    width: int  # px
    height: int  # px
    count: int  # bands
    dtype: str
    crs: str | None = None  # "EPSG:32633"; None: not georeferenced, or in a CRS that no register knows
    transform: Affine | None = None  # x = a col + b row + c, y = d col + e row + f; (col, row) of outer pixel corners
    nodata: float | None = None

    def ring(self) -> tuple[tuple[float, float], ...]:
        """Return the outer corners ``(x, y)``: upper left and right, lower right and left of the grid.

        Raises
        ------
        ValueError
            The raster has no transform.
        """
        a, b, c, d, e, f = self._affine()
        corners = ((0, 0), (self.width, 0), (self.width, self.height), (0, self.height))
        return tuple((a * col + b * row + c, d * col + e * row + f) for col, row in corners)

    @property
    def gsd(self) -> float:
        """Edge of a square of one pixel's area, in units of the CRS; ``ValueError`` without a transform."""
        a, b, _, d, e, _ = self._affine()
        return math.sqrt(abs(a * e - b * d))

    def _affine(self) -> Affine:
        if self.transform is None:
            raise ValueError("the raster has no transform")
        return self.transform
