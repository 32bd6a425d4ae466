"""The grid of a frame: its pixels, where they lie, and the windows that it is cut into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyproj

from dsdocs.imagery.geokeys import Affine
from dsdocs.imagery.header import RasterHeader
from dsdocs.imagery.segments import Window
from dsdocs.records import Footprint

MAX_WINDOWS = 100_000  # of one frame: 161,000 x 161,000 px at 512 px
_TOLERANCE = 0.5  # px that two rasters of one frame may lie apart


@dataclass(frozen=True, slots=True)
class Grid:
    """Size and place of a raster."""

    width: int  # px
    height: int  # px
    crs: str | None = None  # None with a transform: a system without a code
    transform: Affine | None = None

    @classmethod
    def of(cls, header: RasterHeader) -> Grid:
        """Take the grid from a header."""
        return cls(header.width, header.height, header.crs, header.transform)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Grid:
        """Read what `facts` wrote."""
        transform = facts["transform"]
        return cls(facts["width"], facts["height"], facts["crs"], tuple(transform) if transform else None)

    def facts(self) -> dict[str, object]:
        """Return the grid as JSON can hold it."""
        return {"width": self.width, "height": self.height, "crs": self.crs, "transform": self.transform}

    def __str__(self) -> str:
        size = f"{self.width} x {self.height} px"
        if self.transform is None:
            return f"{size}, not georeferenced"
        a, b, c, d, e, f = self.transform
        rotated = " rotated" if b or d else ""
        system = self.crs or "a system without a code"
        return f"{size} of {abs(a or b):g} x {abs(e or d):g}{rotated} from ({c:.12g}, {f:.12g}) in {system}"

    def difference(self, other: Grid) -> str | None:
        """Say why two rasters cannot lie on one another, or None; one without a georeference may lie on any."""
        if (self.width, self.height) != (other.width, other.height):
            return "another size"
        if self.transform is None or other.transform is None:
            return None
        if self.crs != other.crs:
            return "another coordinate reference system"
        mine, others = (grid._corners() for grid in (self, other))
        a, b, _, d, e, _ = self.transform
        limit = _TOLERANCE * max(abs(a) + abs(b), abs(d) + abs(e))
        apart = max(abs(one - two) for pair in zip(mine, others, strict=True) for one, two in zip(*pair, strict=True))
        return "another place or pixel size" if apart > limit else None

    def footprint(self, window: Window) -> Footprint | None:
        """Return the outline of a window; None without a georeference or a code for its CRS."""
        if self.crs is None or self.transform is None:
            return None
        column, row, width, height = window
        corners = ((column, row), (column + width, row), (column + width, row + height), (column, row + height))
        return Footprint(self.crs, tuple(_apply(self.transform, *corner) for corner in corners))

    def gsd(self) -> float | None:
        """Return the edge of a square of one pixel's area in m; None where no length follows from the transform."""
        unit = metres(self.crs) if self.crs else None
        if unit is None or self.transform is None:
            return None
        return round(RasterHeader(1, 1, 1, "", self.crs, self.transform).gsd * unit, 4)

    def _corners(self) -> tuple[tuple[float, float], ...]:
        found = Grid(self.width, self.height, "any", self.transform).footprint((0, 0, self.width, self.height))
        return found.ring if found else ()


def windows(width: int, height: int, size: int) -> Iterator[tuple[int, int, Window]]:
    """Cut a frame into windows, row by row: each pixel lies in exactly one.

    Windows at the right and the lower edge are smaller where ``size`` does not divide the frame. Moving them back to
    full size would show pixels twice, and dropping them would lose some.

    Yields
    ------
    tuple of int, int and Window
        Row and column of the window among its neighbours, and the window.
    """
    for row, top in enumerate(range(0, height, size)):
        for column, left in enumerate(range(0, width, size)):
            yield row, column, (left, top, min(size, width - left), min(size, height - top))


@lru_cache(maxsize=256)
def metres(crs: str) -> float | None:
    """Return the length of one unit of a projected CRS in m; None if coordinates are degrees."""
    system = pyproj.CRS.from_user_input(crs)
    return float(system.axis_info[0].unit_conversion_factor) if system.is_projected else None


def _apply(transform: Affine, column: int, row: int) -> tuple[float, float]:
    a, b, c, d, e, f = transform
    return a * column + b * row + c, d * column + e * row + f
