"""The outline of many footprints: their union, found on the grid that they were cut on, and simplified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely

from dsdocs.geo.antimeridian import polygons_to_crs84
from dsdocs.geo.crs import is_geographic
from dsdocs.geo.grids import Floats, Footprints, Grid, Ints, Texts, on_grids

TOLERANCE = 100.0  # m
_EDGE = 10_000.0  # m; in degrees, an edge of this length is off by less than 10 m up to 78 degrees of latitude
_DEGREE = 111_320.0  # m, one degree of longitude on the equator


def outline(crs: Sequence[str] | Texts, rings: Floats, *, tolerance: float = TOLERANCE) -> shapely.MultiPolygon:
    """Return the union of footprints, simplified, in OGC:CRS84.

    Footprints on a common grid are united as cells, each place once; that moves a corner by at most a
    millionth of a cell. Grids that overlap, and footprints on no grid, are united in the ordinary way.

    Parameters
    ----------
    crs
        Native CRS of each footprint, shape ``(n,)``.
    rings
        Corners ``(x, y)`` in the native CRS, shape ``(n, 4, 2)``, in order around the footprint.
    tolerance
        Distance in metres by which the simplification (Douglas and Peucker, in the native CRS) may move the
        outline; 0 removes nothing but corners on straight edges.

    Returns
    -------
    shapely.MultiPolygon
        Longitude and latitude in degrees, cut at the antimeridian, outlines counterclockwise; empty without
        footprints.
    """
    return outline_of(on_grids(crs, rings), tolerance=tolerance)


def outlines_by(
    members: Mapping[str, npt.ArrayLike], footprints: Footprints, *, tolerance: float = TOLERANCE
) -> dict[str, shapely.MultiPolygon]:
    """Return an outline for each group, such as a split, a label or a country.

    Parameters
    ----------
    members
        Row numbers of the footprints in each group.
    footprints
        The result of `on_grids` or `from_crs84_geometry`, shared by all groups.
    tolerance
        As in `outline`.
    """
    return {name: outline_of(footprints, rows, tolerance=tolerance) for name, rows in members.items()}


def coarsened(footprints: Footprints, factor: int) -> Footprints:
    """Put footprints on grids of ``factor`` times the cell size: a block is covered if any of its cells is.

    An outline of scattered cells needs fewer corners then, and is larger by at most one block at each edge.
    """
    grids = tuple(
        Grid(grid.crs, (grid.size[0] * factor, grid.size[1] * factor), grid.origin) for grid in footprints.grids
    )
    return replace(footprints, grids=grids, cell=footprints.cell // factor)


def outline_of(
    footprints: Footprints, rows: npt.ArrayLike | None = None, *, tolerance: float = TOLERANCE
) -> shapely.MultiPolygon:
    """Return the outline of sorted footprints, of the given row numbers or of all; see `outline`."""
    chosen = np.arange(len(footprints.grid)) if rows is None else np.asarray(rows, dtype=np.int64)
    pieces: dict[str, list[shapely.Geometry]] = {}
    numbers = footprints.grid[chosen]
    for number in np.unique(numbers[numbers >= 0]):
        grid = footprints.grids[number]
        cells = _distinct(footprints.cell[chosen[numbers == number]])
        pieces.setdefault(grid.crs, []).append(shapely.coverage_union_all(grid.boxes(cells)))
    loose = chosen[numbers < 0]
    for crs in np.unique(footprints.loose_crs[loose]):
        polygons = footprints.loose[loose[footprints.loose_crs[loose] == crs]]
        pieces.setdefault(str(crs), []).append(shapely.union_all(polygons))
    polygons = [part for crs in sorted(pieces) for part in _on_earth(crs, pieces[crs], tolerance)]
    return _multi(shapely.union_all(polygons) if len(pieces) > 1 else shapely.GeometryCollection(polygons))


def _distinct(cells: Ints) -> Ints:
    low, high = cells.min(axis=0), cells.max(axis=0)
    width = int(high[0] - low[0]) + 1
    keys = np.unique((cells[:, 1] - low[1]) * width + cells[:, 0] - low[0])
    return np.column_stack([keys % width + low[0], keys // width + low[1]])


def _on_earth(crs: str, pieces: list[shapely.Geometry], tolerance: float) -> list[shapely.Geometry]:
    """Unite the pieces in their native CRS, simplify there, and return polygons in OGC:CRS84."""
    unit = _DEGREE if is_geographic(crs) else 1.0
    simple = shapely.simplify(shapely.union_all(pieces), tolerance / unit)
    return list(polygons_to_crs84(crs, shapely.get_parts(shapely.segmentize(simple, _EDGE / unit))))


def _multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.orient_polygons(shapely.MultiPolygon(list(parts[shapely.get_type_id(parts) == 3])))
