"""The outline of many footprints: their union, found on the grid that they were cut on, and simplified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import shapely

from dsdocs.geo.antimeridian import polygons_to_crs84
from dsdocs.geo.crs import is_geographic
from dsdocs.geo.grids import Floats, Footprints, Grid, Ints, Shapes, Texts, on_grids
from dsdocs.geo.tracing import FINE, Cells, polygons_of, trace

TOLERANCE = 100.0  # m
EDGE = 5_000.0  # m; in degrees, an edge of this length is off by less than 3 m up to 78 degrees of latitude
_POLYGON = 3  # type number of GEOS
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
    """Put footprints on one grid of blocks for each CRS and cell size; a block has ``factor`` times their side.

    A footprint covers the block that its middle lies in, so an outline is off by at most a block at each edge. It
    needs fewer corners: where cells are scattered, and where the grids of neighbouring tiles overlap.
    """
    number: dict[Grid, int] = {}
    merged, cell = np.full_like(footprints.grid, -1), footprints.cell.copy()
    for place, grid in enumerate(footprints.grids):
        rows = np.flatnonzero(footprints.grid == place)
        blocks = Grid(grid.crs, (grid.size[0] * factor, grid.size[1] * factor), (0.0, 0.0))
        merged[rows] = number.setdefault(blocks, len(number))
        cell[rows] = (footprints.cell[rows] * FINE + grid.phase + FINE // 2) // (FINE * factor)
    return replace(footprints, grids=tuple(number), grid=merged, cell=cell)


def corner_count(footprints: Footprints, rows: npt.ArrayLike) -> int:
    """Return how many corners the outline of footprints of the given row numbers has before it is simplified."""
    chosen = np.asarray(rows, dtype=np.int64)
    grid, cell = footprints.grid[chosen], footprints.cell[chosen]
    traced = sum(len(corners) for _, _, corners, _ in _traced(footprints.grids, grid, cell))
    return traced + int(shapely.get_num_coordinates(footprints.loose[chosen[grid < 0]]).sum())


def outline_of(
    footprints: Footprints, rows: npt.ArrayLike | None = None, *, tolerance: float = TOLERANCE, edge: float = EDGE
) -> shapely.MultiPolygon:
    """Return the outline of sorted footprints, of the given row numbers or of all; see `outline`.

    Sides longer than ``edge``, in metres, get corners in between, because the sides of the result are straight in
    degrees and those of footprints in their native CRS.
    """
    grid, cell, loose, loose_crs = footprints.grid, footprints.cell, footprints.loose, footprints.loose_crs
    if rows is not None:
        chosen = np.asarray(rows, dtype=np.int64)
        grid, cell, loose, loose_crs = grid[chosen], cell[chosen], loose[chosen], loose_crs[chosen]
    traced: dict[str, list[Shapes]] = {}
    for crs, size, corners, lengths in _traced(footprints.grids, grid, cell):
        cells, parts = np.divmod(corners, FINE)
        traced.setdefault(crs, []).append(polygons_of(cells * size + parts / FINE * size, lengths))
    apart = grid < 0
    names = loose_crs[apart]
    united = {crs: _parts(shapely.union_all(loose[apart][names == crs])) for crs in np.unique(names)}
    zones = sorted({*traced, *united})
    return _multi(_joined([_on_earth(crs, traced.get(crs, []), united.get(crs), tolerance, edge) for crs in zones]))


def _traced(grids: Sequence[Grid], grid: Ints, cell: Ints) -> Iterator[tuple[str, tuple[float, float], Ints, Ints]]:
    """Yield CRS, cell size, corners and lengths of the rings around the cells of all grids with the same of both."""
    together: dict[tuple[str, tuple[float, float]], list[Cells]] = {}
    # Numbers of 16 bits are sorted in linear time.
    order = np.argsort(grid.astype(np.int16) if len(grids) < 2**15 else grid, kind="stable")
    ends = np.searchsorted(grid[order], np.arange(len(grids) + 1))
    for own, first, last in zip(grids, ends[:-1], ends[1:], strict=True):
        if first < last:
            together.setdefault((own.crs, own.size), []).append(own.cells(cell[order[first:last]]))
    for (crs, size), cells in together.items():
        yield crs, size, *trace(cells)


def _on_earth(crs: str, traced: list[Shapes], united: Shapes | None, tolerance: float, edge: float) -> Shapes:
    """Unite the pieces in their native CRS, simplify there, and return polygons in OGC:CRS84."""
    unit = _DEGREE if is_geographic(crs) else 1.0
    pieces = traced if united is None else [*traced, united]
    polygons = pieces[0] if len(pieces) == 1 else _parts(shapely.union_all(np.concatenate(pieces)))
    side, owner = _sides(polygons)
    # Two sides at a right angle can only both lie within the tolerance of a line if one is not longer than this.
    if len(traced) != 1 or united is not None or side.min() <= 8**0.5 * tolerance / unit:
        polygons = _parts(shapely.simplify(shapely.MultiPolygon(list(polygons)), tolerance / unit))
        side, owner = _sides(polygons)
    long = np.unique(owner[side > edge / unit])
    polygons[long] = shapely.segmentize(polygons[long], edge / unit)
    return _parts(polygons_to_crs84(crs, polygons))


def _sides(polygons: Shapes) -> tuple[Floats, Ints]:
    """Return the longer extent of each side, and the polygon that it belongs to."""
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(ring[1:] == ring[:-1])
    return np.abs(corners[first + 1] - corners[first]).max(axis=1), polygon[ring[first]]


def _joined(zones: list[Shapes]) -> Shapes:
    """Unite the polygons of several CRS; those that meet none of another CRS stay as they are."""
    meeting = [np.zeros(len(own), dtype=bool) for own in zones]
    for (first, own), (second, other) in combinations(enumerate(zones), 2):
        one, two = shapely.STRtree(other).query(own, predicate="intersects")
        meeting[first][one], meeting[second][two] = True, True
    united = [own[met] for own, met in zip(zones, meeting, strict=True)]
    alone = [own[~met] for own, met in zip(zones, meeting, strict=True)]
    return np.concatenate([np.empty(0, dtype=object), *alone, _parts(shapely.union_all(np.concatenate([[], *united])))])


def _multi(polygons: Shapes) -> shapely.MultiPolygon:
    return shapely.orient_polygons(shapely.MultiPolygon(list(polygons)))


def _parts(geometry: shapely.Geometry | Shapes) -> Shapes:
    """Return the polygons in a geometry."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return np.asarray(parts[shapely.get_type_id(parts) == _POLYGON])
