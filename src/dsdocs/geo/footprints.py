"""Footprints from their native CRS to OGC:CRS84, checked one by one and transformed one CRS at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyproj
import shapely

from dsdocs.geo.crs import to_crs84

Problem = tuple[str, str]  # category, reason
_POLE, _HALF_TURN, _TURN = 90.0, 180.0, 360.0  # degrees


def footprints_in_crs84(crs: Sequence[str | None], rings: np.ndarray) -> tuple[np.ndarray, dict[int, Problem]]:
    """Transform footprints and find those that cannot be placed.

    Parameters
    ----------
    crs
        ``EPSG:<code>`` for each footprint; None where a patch has none.
    rings
        Shape (n, 4, 2): corners ``(x, y)`` in the native CRS.

    Returns
    -------
    tuple of ndarray and dict
        Polygons (n,) in OGC:CRS84, counterclockwise, None where there is no footprint or it cannot be placed; and for
        each row that cannot, a category (``geo.crs``, ``geo.invalid``) and the reason. A footprint across the
        antimeridian is cut there, as RFC 7946 section 3.1.9 asks.
    """
    geometry = np.full(len(crs), None, dtype=object)
    problems: dict[int, Problem] = {}
    names = np.array([name or "" for name in crs], dtype=object)
    for name in sorted(set(names) - {""}):
        rows = np.flatnonzero(names == name)
        try:
            lon, lat = to_crs84(name, rings[rows, :, 0], rings[rows, :, 1])
        except pyproj.exceptions.ProjError as error:
            problems |= dict.fromkeys(rows.tolist(), ("geo.crs", f"{name}: {error}"))
            continue
        good = _usable(lon, lat, rings[rows])
        for row in rows[~good]:
            problems[int(row)] = ("geo.invalid", f"corners {rings[row].tolist()} in {name} enclose no place on Earth")
        geometry[rows[good]] = _polygons(lon[good], lat[good])
    return geometry, problems


def _usable(lon: np.ndarray, lat: np.ndarray, native: np.ndarray) -> np.ndarray:
    finite = np.isfinite(lon).all(axis=1) & np.isfinite(lat).all(axis=1)
    with np.errstate(invalid="ignore", over="ignore"):
        on_earth = (np.abs(lat) <= _POLE).all(axis=1) & (np.abs(lon) <= _HALF_TURN).all(axis=1)
        x, y = native[..., 0], native[..., 1]
        # Shoelace formula over the four corners.
        area = np.abs((x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)) / 2
        return np.asarray(finite & on_earth & (area > 0))


def _polygons(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    across = (lon.max(axis=1, initial=-_TURN) - lon.min(axis=1, initial=_TURN)) > _HALF_TURN
    unrolled = np.where(across[:, None] & (lon < 0), lon + _TURN, lon)
    polygons = np.asarray(shapely.orient_polygons(shapely.polygons(np.stack([unrolled, lat], axis=-1))), dtype=object)
    for row in np.flatnonzero(across):
        polygons[row] = _cut(polygons[row])
    return polygons


def _cut(polygon: shapely.Polygon) -> shapely.MultiPolygon:
    """Cut a polygon that crosses 180 degrees, given with longitudes from 0 to 360."""
    west = shapely.intersection(polygon, shapely.box(0, -_POLE, _HALF_TURN, _POLE))
    east = shapely.intersection(polygon, shapely.box(_HALF_TURN, -_POLE, _TURN, _POLE))
    moved = shapely.transform(east, lambda corners: corners - (_TURN, 0.0))
    parts = [part for part in (west, moved) if isinstance(part, shapely.Polygon) and part.area > 0]
    return shapely.orient_polygons(shapely.MultiPolygon(parts))
