"""How evenly do the patches lie over the Earth, and those of each class?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.ground import Integers, Reals
from dsdocs.analyses.label_matrix import label_matrix
from dsdocs.geo.areas import EQUAL_AREA
from dsdocs.geo.crs import from_crs84, to_crs84
from dsdocs.views import Heatmap, Table, View

SIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # km, of a cell
MOST = 20  # columns and rows that a page shows
CLASSES = 60  # that a page lists


@dataclass(frozen=True, slots=True)
class Spread:
    """Over how many cells one class is spread."""

    name: str
    patches: int
    cells: int  # with a patch of the class
    effective: float  # cells that would hold as much, were they all as full (exponential of the entropy; Hill, 1973)
    densest: float  # share of the patches in the fullest cell


@dataclass(frozen=True, slots=True)
class Density:
    """Patches per cell of an equal-area grid."""

    side: float  # km, of a cell
    counts: Integers  # (rows, columns), north first, west first
    columns: tuple[str, ...]  # longitude of the middle of each column
    rows: tuple[str, ...]  # latitude of the middle of each row
    spreads: tuple[Spread, ...]  # all patches first, then classes, the most patchy first

    def views(self) -> tuple[View, ...]:
        """Return the grid, and the spread of each class."""
        values = tuple(tuple(int(count) or None for count in line) for line in self.counts)
        whole, *classes = self.spreads
        title = f"Patches per cell of {self.side:g} km x {self.side:g} km"
        finding = (
            f"The patches lie in {whole.cells:,} cells; the fullest has {100 * whole.densest:.1f} % of them. "
            f"As much would fit into {whole.effective:.1f} equally full cells."
        )
        views: list[View] = [Heatmap(title, self.rows, self.columns, values, "patches", finding)]
        if classes:
            rows = tuple(
                (one.name, one.patches, one.cells, round(one.effective, 1), round(100 * one.densest, 1))
                for one in classes[:CLASSES]
            )
            head = ("Class", "Patches", "Cells", "Equally full cells", "In the fullest (%)")
            first = classes[0]
            found = f"{first.name} is the most clustered class: {100 * first.densest:.1f} % of it lies in one cell."
            views.append(Table("Over how many cells each class is spread", head, rows, found))
        return tuple(views)


def density(summary: pa.Table) -> Density:
    """Count patches in square cells of EPSG:6933, a cylindrical equal-area projection; each has the same area.

    The side of a cell is the smallest of `SIDES` that needs no more than `MOST` columns and rows. A patch counts
    where the middle of its bounding box lies. Cells are as wide as their side at 30 degrees of latitude; towards
    the poles they are narrower and longer.

    Raises
    ------
    ValueError
        No patch has a footprint.
    """
    placed = np.flatnonzero(pc.is_valid(summary["geometry"]).to_numpy())
    if not len(placed):
        raise ValueError("no patch of the summary has a footprint")
    x, y = _middles(summary["bbox"].combine_chunks().take(pa.array(placed)))
    side = next((side for side in SIDES if _fits(x, side) and _fits(y, side)), SIDES[-1])
    column, row = (np.floor(axis / (1000 * side)).astype(np.int64) for axis in (x, y))
    west, north = int(column.min()), int(row.max())
    width, height = int(column.max()) - west + 1, north - int(row.min()) + 1
    cell = (north - row) * width + column - west
    counts = np.bincount(cell, minlength=width * height)
    spreads = [_spread("all patches", counts), *_classes(summary, placed, cell, width * height)]
    middle_x, middle_y = (np.arange(width) + west + 0.5) * 1000 * side, (north - np.arange(height) + 0.5) * 1000 * side
    lon, _ = to_crs84(EQUAL_AREA, middle_x, np.zeros(width))
    _, lat = to_crs84(EQUAL_AREA, np.zeros(height), middle_y)
    digits = 0 if side >= 200 else 1 if side >= 20 else 2
    return Density(
        side, counts.reshape(height, width), _degrees(lon, "EW", digits), _degrees(lat, "NS", digits), tuple(spreads)
    )


def _middles(bbox: pa.StructArray) -> tuple[Reals, Reals]:
    west, south, east, north = (
        pc.struct_field(bbox, side).to_numpy(zero_copy_only=False) for side in ("xmin", "ymin", "xmax", "ymax")
    )
    return from_crs84(EQUAL_AREA, (west + east) / 2, (south + north) / 2)


def _fits(axis: Reals, side: float) -> bool:
    low, high = np.floor(axis.min() / (1000 * side)), np.floor(axis.max() / (1000 * side))
    return bool(high - low < MOST)


def _classes(summary: pa.Table, placed: Integers, cell: Integers, n_cells: int) -> list[Spread]:
    try:
        labels = label_matrix(summary)
    except ValueError:
        return []
    where = np.full(summary.num_rows, -1, dtype=np.int64)
    where[placed] = cell
    spread = np.asarray(labels.spread(where[labels.lines]), dtype=np.int64)
    known = spread >= 0
    keys = labels.codes[known] * n_cells + spread[known]
    counts = np.bincount(keys, minlength=len(labels.names) * n_cells).reshape(-1, n_cells)
    found = [_spread(name, line) for name, line in zip(labels.names, counts, strict=True) if line.any()]
    return sorted(found, key=lambda one: (-one.densest, one.name))


def _spread(name: str, counts: Integers) -> Spread:
    shares = counts[counts > 0] / counts.sum()
    effective = float(np.exp(-(shares * np.log(shares)).sum()))
    return Spread(name, int(counts.sum()), len(shares), effective, float(shares.max()))


def _degrees(values: Reals, signs: str, digits: int) -> tuple[str, ...]:
    """Write degrees with the letter of their side of the Earth."""
    return tuple(f"{abs(value):.{digits}f}° {signs[value < 0]}" for value in values.tolist())
