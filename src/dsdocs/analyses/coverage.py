"""How much ground do the patches cover, and how much of it more than once?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from dsdocs.analyses.ground import codes, ground
from dsdocs.analyses.once import once
from dsdocs.analyses.words import counted
from dsdocs.geo.areas import area_of, areas, flat
from dsdocs.geo.grids import Footprints
from dsdocs.geo.outline import outline_of
from dsdocs.views import Number, Numbers, Table, View

PAIRS = 20  # of tiles that a page shows


@dataclass(frozen=True, slots=True)
class Shared:
    """Ground that two tiles have in common."""

    first: str
    second: str
    area: float  # m2
    share: float  # of the ground of the smaller one


@dataclass(frozen=True, slots=True)
class Coverage:
    """Areas in square metres, in EPSG:6933."""

    patches: float  # of all patches together
    union: float  # of the ground that they cover
    n_tiles: int
    shared: tuple[Shared, ...]  # pairs of tiles, most ground first

    @property
    def times(self) -> float:
        """How often a point that is covered at all is covered, on average."""
        return self.patches / self.union

    def views(self) -> tuple[View, ...]:
        """Return the areas, and the tiles that overlap if there are any."""
        figures = (
            Number("Ground that is covered", _km2(self.union), "km²"),
            Number("Areas of all patches together", _km2(self.patches), "km²"),
            Number("Patches over a point, on average", round(self.times, 2)),
        )
        views: list[View] = [Numbers("Area in an equal-area projection", figures)]
        if self.shared:
            rows = tuple(
                (pair.first, pair.second, _km2(pair.area), round(100 * pair.share, 1)) for pair in self.shared[:PAIRS]
            )
            columns = ("Tile", "And tile", "Common ground (km²)", "Of the smaller one (%)")
            views.append(Table("Tiles that overlap", columns, rows, self._finding()))
        return tuple(views)

    def _finding(self) -> str:
        tiles = len({name for pair in self.shared for name in (pair.first, pair.second)})
        listed = f"; the {PAIRS} pairs with the most" if len(self.shared) > PAIRS else ""
        pairs = counted(len(self.shared), "pair")
        return f"{tiles} of {self.n_tiles} tiles share ground with another, in {pairs}{listed}."


def coverage(summary: pa.Table, *, tiles: bool = True) -> Coverage:
    """Measure the ground that patches cover, and what tiles have in common.

    The union is computed on the grids of the patches, across UTM zones too. Areas are those of EPSG:6933, a
    cylindrical equal-area projection of the ellipsoid.

    Parameters
    ----------
    summary
        One row per patch; reads ``crs``, ``geometry`` and ``tile``.
    tiles
        Whether to compare tiles with one another.

    Raises
    ------
    ValueError
        No patch has a footprint.
    """
    placed = summary.select(["tile"]).filter(pc.is_valid(summary["geometry"]))
    if not placed.num_rows:
        raise ValueError("no patch of the summary has a footprint")
    patches, union = _areas(summary)
    names, tile = codes(placed["tile"].cast(pa.string()))
    shared = _shared(ground(summary).footprints, names, tile) if tiles else ()
    return Coverage(patches, union, len(names), shared)


@once
def _areas(summary: pa.Table) -> tuple[float, float]:
    """Return the sum of the areas of all patches, and the area of their union."""
    union = area_of(outline_of(ground(summary).footprints, tolerance=0.0))
    return float(areas(summary["geometry"].drop_null()).sum()), union


def _shared(footprints: Footprints, names: list[str], tile: np.ndarray) -> tuple[Shared, ...]:
    rows = [np.flatnonzero(tile == number) for number in range(len(names))]
    covered = flat(np.array([outline_of(footprints, own, tolerance=0.0) for own in rows], dtype=object))
    one, two = shapely.STRtree(covered).query(covered, predicate="intersects")
    one, two = one[one < two], two[one < two]
    common, least = shapely.area(shapely.intersection(covered[one], covered[two])), shapely.area(covered)
    # What two tiles that touch have in common is a line, or what rounding makes of it.
    found = [
        Shared(names[first], names[second], float(area), float(area / min(least[first], least[second])))
        for first, second, area in zip(one.tolist(), two.tolist(), common.tolist(), strict=True)
        if area > 1e-6 * min(least[first], least[second])
    ]
    return tuple(sorted(found, key=lambda pair: (-pair.area, pair.first, pair.second)))


def _km2(area: float) -> float:
    """Return an area in square kilometres, with no more digits than a page needs."""
    return round(area / 1e6, 2) if area < 1e8 else round(area / 1e6)
