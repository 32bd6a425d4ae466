"""Footprints from their native CRS to OGC:CRS84, many at a time, with the reasons why some cannot be placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely

from dsdocs.geo.antimeridian import cut_polygon
from dsdocs.geo.corners import (
    CROSSED,
    EMPTY,
    FINE,
    REASONS,
    Flags,
    Floats,
    Ints,
    convex,
    corners_in_degrees,
    counterclockwise,
    frame_of,
    holds_pole,
)
from dsdocs.geo.crs import to_crs84

Problem = tuple[str, str]  # category, reason

_HALF, _TURN = 180.0, 360.0  # degrees
_CORNERS = 4
_LONG = 64  # characters; no code of a CRS is longer
_PIECES = 16  # parts of a side that is far from straight in degrees
_POLYGON = 3  # type number of GEOS
_SLIVER = 1e-9  # of the area; a part as small comes from rounding on the antimeridian
# A polygon with one ring of five points as well-known binary (OGC 06-103r4, section 8.2), little-endian.
_WKB = np.dtype([("order", "u1"), ("type", "<u4"), ("rings", "<u4"), ("points", "<u4"), ("corners", "<f8", (5, 2))])


@dataclass(frozen=True, slots=True)
class Placed:
    """Footprints in OGC:CRS84, in the order that they were given in."""

    wkb: pa.Array  # binary: polygons, counterclockwise; null where there is none or it cannot be placed
    bbox: Floats  # (n, 4) west, south, east, north in degrees; NaN where `wkb` is null, as all below
    lon: Floats  # (n,) degrees, middle of the corners
    lat: Floats  # (n,)
    problems: dict[int, Problem]  # by row: a category, geo.crs or geo.invalid, and the reason
    cut: list[int]  # rows that the antimeridian cuts in two, or that hold a pole


def place(crs: Sequence[str | None] | pa.Array, rings: Floats) -> Placed:
    """Transform footprints, one CRS at a time, and find those that cannot be placed.

    Sides are straight in degrees between the corners. A footprint across the antimeridian is cut there (RFC 7946,
    section 3.1.9). Longitudes of a geographic CRS may reach to 360 degrees on either side.

    Parameters
    ----------
    crs
        ``EPSG:<code>``, or a code of another authority, for each footprint; None where a patch has no footprint.
    rings
        Shape (n, 4, 2): corners ``(x, y)`` in the native CRS; upper left, upper right, lower right, lower left. The
        other direction will do, except in degrees across the antimeridian: there the order tells it from a footprint
        that goes around the Earth.
    """
    n = len(crs)
    names = crs if isinstance(crs, pa.Array) else pa.array(crs, pa.string())
    native = np.asarray(rings, dtype=np.float64).reshape(n, _CORNERS, 2).transpose(2, 1, 0)
    found, fault = np.full((2, _CORNERS, n), np.nan), np.full(n, FINE)
    present = np.zeros(n, dtype=bool)
    problems: dict[int, Problem] = {}
    for name, rows in _by_crs(names):
        try:
            found[:, :, rows], fault[rows] = corners_in_degrees(name, np.ascontiguousarray(native[:, :, rows]))
        except (pyproj.exceptions.ProjError, ValueError) as error:
            problems |= dict.fromkeys(rows.tolist(), ("geo.crs", f"{name[:_LONG]!r}: {error}"))
        else:
            present[rows] = fault[rows] == FINE
    shapes: dict[int, shapely.Geometry | None] = {}
    for row in np.flatnonzero(present & _odd(native, found)).tolist():
        name = names[row].as_py()
        shapes[row], fault[row] = _shape(name, native[..., row], found[..., row])
    for row in np.flatnonzero(fault).tolist():
        problems[row] = ("geo.invalid", f"{_short(native[..., row])} in {names[row]}: {REASONS[fault[row]]}")
    present &= fault == FINE
    found[:, :, ~present] = np.nan
    return _placed(found, present, {row: shape for row, shape in shapes.items() if shape is not None}, problems)


def _by_crs(crs: pa.Array) -> list[tuple[str, Ints]]:
    coded = crs.dictionary_encode()
    code = coded.indices.fill_null(-1).to_numpy()
    return [(name, np.flatnonzero(code == number)) for number, name in enumerate(coded.dictionary.to_pylist())]


def _short(corners: Floats) -> str:
    return "corners " + ", ".join(f"({x:.10g} {y:.10g})" for x, y in corners.T)


def _odd(native: Floats, found: Floats) -> Flags:
    """Tell which footprints need more than their corners: across the antimeridian, around a pole, or not convex."""
    with np.errstate(invalid="ignore", over="ignore"):
        beyond = np.abs(found[0]).max(axis=0) > _HALF
        return np.asarray(beyond | holds_pole(found[0]) | ~convex(native) | ~convex(found))


def _shape(crs: str, native: Floats, found: Floats) -> tuple[shapely.Geometry | None, int]:
    """Return the footprint of one ring (2, 4), and the number of a reason against it."""
    plain = shapely.Polygon(native.T)
    if not plain.convex_hull.area > _SLIVER * plain.length**2:
        return None, EMPTY
    if not plain.is_valid:
        return None, CROSSED
    parts = _parts(found)
    straight = not holds_pole(found[0]) and bool(shapely.is_valid(parts).all())
    if not (straight or frame_of(crs).geographic):
        parts = _parts(np.stack(to_crs84(crs, *_between(native))))
    if not len(parts):
        return None, EMPTY
    if not shapely.is_valid(parts).all():
        return None, CROSSED
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts)), FINE


def _parts(ring: Floats) -> npt.NDArray[np.object_]:
    """Return the polygons that a ring (2, n) of longitudes and latitudes encloses, counterclockwise."""
    parts = shapely.get_parts(shapely.get_parts(cut_polygon([np.column_stack([ring, ring[:, :1]]).T])))
    parts = parts[shapely.get_type_id(parts) == _POLYGON]
    area = shapely.area(parts)
    return np.asarray(shapely.orient_polygons(parts[area > _SLIVER * area.sum()]))


def _between(corners: Floats) -> Floats:
    """Return the corners (2, 4) with more points on the sides between them."""
    step = np.arange(_PIECES) / _PIECES
    side = np.roll(corners, -1, axis=1) - corners
    return np.asarray((corners[:, :, None] + side[:, :, None] * step).reshape(2, -1))


def _placed(found: Floats, present: Flags, shapes: dict[int, shapely.Geometry], problems: dict[int, Problem]) -> Placed:
    lon, lat = found
    bbox = np.column_stack([lon.min(axis=0), lat.min(axis=0), lon.max(axis=0), lat.max(axis=0)])
    centre = found.mean(axis=1)
    for row, shape in shapes.items():
        bbox[row] = shapely.bounds(shape)
    bbox[~present], centre[:, ~present] = np.nan, np.nan
    cut = [row for row, shape in shapes.items() if shapely.get_num_geometries(shape) > 1 or holds_pole(lon[:, row])]
    return Placed(_wkb(found, present, shapes), bbox, centre[0], centre[1], dict(sorted(problems.items())), cut)


def _wkb(found: Floats, present: Flags, shapes: dict[int, shapely.Geometry]) -> pa.Array:
    rings = np.where(counterclockwise(found), found, found[:, [0, 3, 2, 1]]).transpose(2, 1, 0)
    polygons = np.empty(len(present), dtype=_WKB)
    polygons["order"], polygons["type"], polygons["rings"], polygons["points"] = 1, _POLYGON, 1, _CORNERS + 1
    polygons["corners"][:, :_CORNERS], polygons["corners"][:, _CORNERS] = rings, rings[:, 0]
    if shapes:
        texts = [one.tobytes() if there else None for one, there in zip(polygons, present.tolist(), strict=True)]
        for row, shape in shapes.items():
            texts[row] = shapely.to_wkb(shape, byte_order=1)
        return pa.array(texts, pa.binary())
    offsets = np.concatenate([[0], np.cumsum(present, dtype=np.int32) * np.int32(_WKB.itemsize)]).astype(np.int32)
    parts = np.packbits(present, bitorder="little"), offsets, polygons[present]
    return pa.Array.from_buffers(pa.binary(), len(present), [pa.py_buffer(part.tobytes()) for part in parts])
