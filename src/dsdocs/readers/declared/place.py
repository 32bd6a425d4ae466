"""Where a table says that patches lie: geometries, boxes, or centres with the size of a square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from dsdocs.geo.crs import from_crs84, is_geographic, to_crs84
from dsdocs.layout import TableSection
from dsdocs.readers.columns import RING
from dsdocs.readers.declared.columns import Problems

CRS84 = "OGC:CRS84"
Floats = npt.NDArray[np.float64]
_HALF, _TURN = 180.0, 360.0  # degrees
_NORTH, _SOUTH = 84.0, -80.0  # degrees; beyond, the polar systems take the place of UTM
_POINT, _POLYGON, _MANY_POLYGONS = 0, 3, 6  # type numbers of GEOS
_CLOSED = 5  # points of a ring with four corners


@dataclass(frozen=True, slots=True)
class Outlines:
    """Footprints of the rows of a table."""

    crs: pa.Array
    ring: pa.Array  # as `dsdocs.readers.columns.RING`
    n_simplified: int = 0  # geometries with other than four corners, replaced by the rectangle around them


def outlines(table: pa.Table, section: TableSection, problems: Problems) -> Outlines | None:
    """Return the footprints that a table tells; None if the layout names no column for them.

    A row takes the first that it has of geometry, box and centre. One that tells none has no footprint, one that
    cannot be understood is added to ``problems``.
    """
    found = []
    if section.geometry is not None:
        found.append(_geometries(table, section, problems))
    if section.bbox is not None:
        found.append(_boxes(table, section.bbox, section.crs or CRS84, problems))
    if section.lon is not None and section.lat is not None:
        lon, lat = (_numbers(table[name], name, problems) for name in (section.lon, section.lat))
        found.append(_outlines(*squares(lon, lat, section.size or 0, problems)))
    if not found:
        return None
    crs, ring = found[0].crs, found[0].ring
    for each in found[1:]:
        ring = pc.if_else(crs.is_valid(), ring, each.ring)
        crs = pc.coalesce(crs, each.crs)
    return Outlines(crs, ring, found[0].n_simplified)


def squares(lon: Floats, lat: Floats, size: float, problems: Problems) -> tuple[npt.NDArray[np.object_], Floats]:
    """Return squares around centres, north-up in the UTM zone of the centre, beyond it in polar stereographic (UPS).

    Parameters
    ----------
    lon, lat
        Centres in degrees, shape (n,); both NaN where there is none.
    size
        Edge in metres.

    Returns
    -------
    crs, corners
        Codes, None where there is no centre, and corners of shape (n, 8) in metres.
    """
    crs = np.full(len(lon), None, dtype=object)
    corners = np.full((len(lon), 8), np.nan)
    present = np.isfinite(lon) & np.isfinite(lat)
    missing = np.isnan(lon) & np.isnan(lat)
    outside = ~missing & ~((np.abs(lon) <= _TURN) & (np.abs(lat) <= _HALF / 2))
    for row in np.flatnonzero(outside).tolist():
        problems.setdefault(row, ("geo.invalid", f"its centre is ({lon[row]:g}, {lat[row]:g}); expected degrees"))
    present &= ~outside
    zone = np.zeros(len(lon), dtype=np.int64)
    zone[present] = np.floor((lon[present] + _HALF) / 6).astype(np.int64) % 60 + 1
    code = np.where(lat >= 0, 32600, 32700) + zone
    code[lat > _NORTH], code[lat < _SOUTH] = 32661, 32761
    half = size / 2
    for number in np.unique(code[present]).tolist():
        own = present & (code == number)
        x, y = from_crs84(f"EPSG:{number}", lon[own], lat[own])
        crs[own] = f"EPSG:{number}"
        corners[own] = np.stack(
            [x - half, y + half, x + half, y + half, x + half, y - half, x - half, y - half], axis=-1
        )
    return crs, corners


def rectangles(shapes: npt.NDArray[np.object_]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the four corners of polygons, clockwise from the upper left, and which had another number of corners.

    Those are replaced by the smallest rectangle around them, whatever its direction.

    Parameters
    ----------
    shapes
        Polygons of shape (n,), not empty; coordinates ``(x, y)``, y upwards.
    """
    rings = shapely.get_exterior_ring(shapes)
    other = (shapely.get_num_points(rings) != _CLOSED) | (shapely.get_num_interior_rings(shapes) > 0)
    if other.any():
        around = shapely.oriented_envelope(shapes[other])
        flat = shapely.get_type_id(around) != _POLYGON
        around[flat] = shapely.box(*shapely.bounds(around[flat]).T)
        rings[other] = shapely.get_exterior_ring(around)
    points = shapely.get_coordinates(rings).reshape(-1, _CLOSED, 2)[:, :4]
    x, y = points[..., 0], points[..., 1]
    area = (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)  # twice, positive if counterclockwise
    points = np.where((area > 0)[:, None, None], points[:, ::-1], points)
    first = np.argmax(points[..., 1] - points[..., 0], axis=1)
    order = (first[:, None] + np.arange(4)) % 4
    return np.take_along_axis(points, order[..., None], axis=1).reshape(-1, 8), other


def _boxes(table: pa.Table, names: tuple[str, str, str, str], system: str, problems: Problems) -> Outlines:
    sides = np.stack([_numbers(table[name], name, problems) for name in names])
    west, south, east, north = sides
    corners = np.stack([west, north, east, north, east, south, west, south], axis=-1)
    crs = np.full(len(corners), None, dtype=object)
    whole = np.isfinite(sides).all(axis=0)
    # Across the antimeridian, the east side of a box has the smaller number: RFC 7946, section 5.2.
    turned = (south > north) | ((west > east) & ~((west - east > _HALF) & is_geographic(system)))
    for row in np.flatnonzero((turned | ~whole) & ~np.isnan(sides).all(axis=0)).tolist():
        found = ", ".join(f"{side:g}" for side in sides[:, row])
        reason = f"its sides are {found}; expected west, south, east and north, or none of them"
        problems.setdefault(row, ("geo.invalid", reason))
    crs[whole & ~turned] = system
    return _outlines(crs, corners)


def _geometries(table: pa.Table, section: TableSection, problems: Problems) -> Outlines:
    name = str(section.geometry)
    field = table.schema.field(name)
    system = section.crs or (field.metadata or {}).get(b"crs", CRS84.encode()).decode()
    shapes = _shapes(table[name], name, problems)
    crs = np.full(len(shapes), None, dtype=object)
    corners = np.full((len(shapes), 8), np.nan)
    kinds = shapely.get_type_id(shapes)  # -1 where there is none
    kinds[shapely.is_empty(shapes)] = -1
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    for row in np.unique(owner[~np.isfinite(points).all(axis=1)]).tolist():
        problems.setdefault(row, ("geo.invalid", f"{name}: holds a coordinate that is no number"))
        kinds[row] = -1
    rows = np.flatnonzero(kinds >= 0)
    points, areas = rows[kinds[rows] == _POINT], rows[np.isin(kinds[rows], (_POLYGON, _MANY_POLYGONS))]
    for row in np.setdiff1d(rows, [*points, *areas]).tolist():
        problems.setdefault(
            row, ("geo.invalid", f"{name}: is a {shapes[row].geom_type}; expected a polygon or a point")
        )
    if len(points):
        if section.size is None:
            for row in points.tolist():
                problems.setdefault(row, ("geo.invalid", f"{name}: is a point; set table.size to the edge in metres"))
        else:
            lon, lat = to_crs84(system, shapely.get_x(shapes[points]), shapely.get_y(shapes[points]))
            wrong: Problems = {}
            crs[points], corners[points] = squares(lon, lat, section.size, wrong)
            for at, problem in wrong.items():
                problems.setdefault(int(points[at]), problem)
    whole = np.array([_whole(shape, system) for shape in shapes[areas]], dtype=object)
    n_simplified = 0
    if len(areas):
        corners[areas], simplified = rectangles(whole)
        crs[areas] = system
        n_simplified = int(simplified.sum())
    found = _outlines(crs, corners)
    return Outlines(found.crs, found.ring, n_simplified)


def _shapes(column: pa.ChunkedArray, name: str, problems: Problems) -> npt.NDArray[np.object_]:
    """Read WKB, WKT or GeoJSON; None where there is nothing, or nothing that can be read."""
    values = column.to_pylist()
    shapes = np.full(len(values), None, dtype=object)
    for row, value in enumerate(values):
        if value is None or value in ("", b""):
            continue
        try:
            shapes[row] = _shape(value)
        except (shapely.errors.GEOSException, TypeError, ValueError):
            reason = f"{name}: found {str(value)[:60]!r}; expected a geometry as WKB, WKT or GeoJSON"
            problems.setdefault(row, ("geo.invalid", reason))
    return shapes


def _shape(value: Any) -> Any:
    if isinstance(value, bytes):
        return shapely.from_wkb(value)
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are told of later
        return shapely.from_geojson(value) if value.lstrip().startswith("{") else shapely.from_wkt(value)


def _whole(shape: Any, system: str) -> Any:
    """Return one polygon for one of several parts; those on both sides of the antimeridian are put together."""
    if shapely.get_type_id(shape) == _POLYGON:
        return shape
    parts = shapely.get_parts(shape)
    west, _, east, _ = shapely.bounds(parts).T
    if is_geographic(system) and east.max() - west.min() > _HALF:
        parts = np.where(east <= 0, shapely.transform(parts, _eastwards), parts)
    whole = shapely.multipolygons(parts)
    hull = shapely.convex_hull(whole)
    return hull if shapely.get_type_id(hull) == _POLYGON else shapely.envelope(whole)


def _eastwards(points: Floats) -> Floats:
    return np.asarray(points + np.array([_TURN, 0.0]))


def _numbers(column: pa.ChunkedArray, name: str, problems: Problems) -> Floats:
    """Return a column as numbers, NaN where there is none."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
    found = np.full(len(column), np.nan)
    for row, value in enumerate(column.to_pylist()):
        try:
            found[row] = np.nan if value is None else float(value)
        except (TypeError, ValueError):
            problems.setdefault(row, ("geo.invalid", f"{name}: found {str(value)[:60]!r}; expected a number"))
    return found


def _outlines(crs: npt.NDArray[np.object_], corners: Floats) -> Outlines:
    missing = np.array([code is None for code in crs], dtype=bool)
    ring = pa.FixedSizeListArray.from_arrays(pa.array(corners.ravel()), type=RING)
    return Outlines(pa.array(crs, pa.string()), pc.if_else(pa.array(missing), pa.scalar(None, RING), ring))
