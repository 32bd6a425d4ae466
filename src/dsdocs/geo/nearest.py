"""Find the nearest of many labelled polygons, measured on the ellipsoid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]
Shapes = npt.NDArray[np.object_]

TIE = 1.0  # m: polygons whose distances differ by no more are equally near
_RADIUS = 6_371_000.0  # m
_DEGREE = 110_000.0  # m; a degree of latitude is nowhere shorter than 110.5 km
_CELL = 1.0  # degrees, side of the cells in which points are worked on
_STEP = 0.05  # degrees; edges are straight in degrees, and a piece of this length bends by less than 1 m
_TURNS = (-360.0, 0.0, 360.0)  # degrees
_GEOD = pyproj.Geod(ellps="WGS84")


def first_by_name(labels: Texts, point: Ints, n: int) -> Texts:
    """Return for each of n points the alphabetically first of its labels, "" for those with none.

    Parameters
    ----------
    labels, point
        Pairs of a label and the point that has it, both of shape ``(m,)``.
    n
        Number of points.
    """
    found = np.full(n, "", dtype=labels.dtype)
    order = np.argsort(labels, kind="stable")[::-1]
    found[point[order]] = labels[order]  # of repeated rows the last one written stays
    return found


def nearest(polygons: Shapes, labels: Texts, x: Floats, y: Floats, limit: float) -> Texts:
    """Return the label of the nearest polygon for points that lie in none of them.

    Parameters
    ----------
    polygons, labels
        Polygons in OGC:CRS84 and their labels, both of shape ``(m,)``.
    x, y
        Longitude and latitude in degrees, of shape ``(n,)``.
    limit
        Greatest distance in metres along the ellipsoid (WGS 84).

    Returns
    -------
    numpy.ndarray
        Labels, "" where no polygon is within the limit. Of polygons that are equally near to within 1 m the
        alphabetically first label is taken.
    """
    found = np.full(len(x), "", dtype=labels.dtype)
    for near in _near(polygons, x, y, limit):
        rows = near.rows
        found[rows] = _nearest_edges(near.lines, labels[near.owner], x[rows], y[rows], limit, near.plane)
    return found


def nearest_around(polygons: Shapes, labels: Texts, x: Floats, y: Floats, limit: float, radius: float) -> Texts:
    """Return the label that `nearest` has for all points within a radius in metres, "" where these differ.

    Points within the radius that lie in a polygon of that label are passed over; none may lie in another one.
    """
    found = np.full(len(x), "", dtype=labels.dtype)
    reach = limit + 2 * radius
    off = _flattened(reach)
    for near in _near(polygons, x, y, reach):
        points = np.asarray(shapely.points(*near.plane(x[near.rows], y[near.rows])))
        first, second = (np.full(len(points), reach) for _ in range(2))  # the two smallest distances to any label
        flat, own = _flat(near.lines, near.plane), labels[near.owner]
        for label in np.unique(own):
            (point, _), apart = shapely.STRtree(flat[own == label]).query_nearest(
                points, max_distance=reach * (1 + off), return_distance=True, all_matches=False
            )
            distance = np.full(len(points), reach)
            distance[point] = apart
            found[near.rows[distance < first]] = label
            first, second = np.minimum(first, distance), np.minimum(second, np.maximum(first, distance))
        farthest = first * (1 + off) + radius
        found[near.rows[(farthest > limit) | (second * (1 - off) - radius <= farthest + TIE)]] = ""
    return found


def surroundings(x: Floats, y: Floats, limit: float) -> Shapes:
    """Return boxes in degrees that hold all that is within a limit in metres of points; some reach beyond 180."""
    return np.asarray(_surroundings(_cells(x, y)[0], limit).ravel())


@dataclass(frozen=True, slots=True)
class _Near:
    """The edges that may be the nearest to the points in one cell."""

    rows: Ints  # of the points
    lines: Shapes  # edges in degrees, in pieces
    owner: Ints  # the polygon of each
    plane: pyproj.Proj  # in which distances near the cell are nearly right


def _near(polygons: Shapes, x: Floats, y: Floats, limit: float) -> Iterator[_Near]:
    corners, cell = _cells(x, y)
    windows = _surroundings(corners, limit)
    edges, owner = _edges(polygons, shapely.bounds(windows.T))
    lines = np.asarray(shapely.linestrings(edges))
    tree = shapely.STRtree(lines)
    for number in range(len(corners)):
        near = np.unique(tree.query(windows[number])[1])
        if near.size:
            plane = pyproj.Proj(proj="aeqd", lon_0=corners[number, 0], lat_0=corners[number, 1], ellps="WGS84")
            pieces = np.asarray(shapely.segmentize(lines[near], _STEP))
            yield _Near(np.flatnonzero(cell == number), pieces, owner[near], plane)


def _flattened(reach: float) -> float:
    """Return by which share distances in a plane are off at most: a third of (reach / radius) squared."""
    return ((2 * _CELL * _DEGREE + reach) / _RADIUS) ** 2 / 3


def _flat(lines: Shapes, plane: pyproj.Proj) -> Shapes:
    return np.asarray(shapely.transform(lines, lambda corners: np.column_stack(plane(*corners.T))))


def _nearest_edges(lines: Shapes, labels: Texts, x: Floats, y: Floats, limit: float, plane: pyproj.Proj) -> Texts:
    # Distances in the plane only pick the candidates; the ellipsoid decides.
    off = _flattened(limit)
    flat = _flat(lines, plane)
    points = shapely.points(*plane(x, y))
    tree = shapely.STRtree(flat)
    (reached, _), apart = tree.query_nearest(
        points, max_distance=limit * (1 + off) + TIE, return_distance=True, all_matches=False
    )
    reach = apart * (1 + 2 * off) + 2 * TIE
    pair, edge = tree.query(points[reached], predicate="dwithin", distance=reach)
    point = reached[pair]
    ends = shapely.get_coordinates(shapely.shortest_line(flat[edge], points[point]))[::2]
    distance = np.asarray(_GEOD.inv(x[point], y[point], *plane(ends[:, 0], ends[:, 1], inverse=True))[2])
    smallest = np.full(len(x), np.inf)
    np.minimum.at(smallest, point, distance)
    kept = (distance <= smallest[point] + TIE) & (distance <= limit)
    return first_by_name(labels[edge[kept]], point[kept], len(x))


def _cells(x: Floats, y: Floats) -> tuple[Floats, Ints]:
    """Return the lower left corners of the cells that hold points, and the cell of each point."""
    corners, cell = np.unique(np.floor(np.column_stack([x, y]) / _CELL) * _CELL, axis=0, return_inverse=True)
    return corners, cell.ravel()


def _edges(polygons: Shapes, windows: Floats) -> tuple[Floats, Ints]:
    """Return the two ends of edges, shape (k, 2, 2), and the polygon of each.

    Left out are edges that lie beside what windows (3, m, 4), the same ones a turn apart, cover together.
    """
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(ring[:-1] == ring[1:])
    low, high = np.minimum(corners[:-1], corners[1:])[first], np.maximum(corners[:-1], corners[1:])[first]
    near = np.zeros(len(first), dtype=bool)
    for boxes in windows:
        near |= ((low <= boxes[:, 2:].max(axis=0)) & (high >= boxes[:, :2].min(axis=0))).all(axis=1)
    first = first[near]
    return np.stack([corners[first], corners[first + 1]], axis=1), polygon[ring[first]]


def _surroundings(corners: Floats, limit: float) -> Shapes:
    """Return boxes (n, 3) that hold all within the limit of each cell, beyond the antimeridian too."""
    west, south = corners.T
    low, high = south - limit / _DEGREE, south + _CELL + limit / _DEGREE
    shrink = np.cos(np.radians(np.minimum(np.maximum(np.abs(low), np.abs(high)), 90.0)))
    margin = np.minimum(limit / _DEGREE / np.maximum(shrink, 1e-9), 360.0)
    boxes = [shapely.box(west - margin + turn, low, west + _CELL + margin + turn, high) for turn in _TURNS]
    return np.column_stack(boxes)
