"""Footprints from their native CRS to OGC:CRS84, checked one by one and transformed one CRS at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyproj
import shapely

from dsdocs.geo.antimeridian import cut_polygon
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
    polygons = np.asarray(shapely.orient_polygons(shapely.polygons(np.stack([lon, lat], axis=-1))), dtype=object)
    across = (lon.max(axis=1, initial=-_TURN) - lon.min(axis=1, initial=_TURN)) > _HALF_TURN
    for row in np.flatnonzero(across):
        polygons[row] = shapely.orient_polygons(cut_polygon([shapely.get_coordinates(polygons[row])]))
    return polygons
