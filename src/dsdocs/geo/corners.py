"""Corners of footprints in longitude and latitude, and what is wrong with those that cannot be placed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyproj

from dsdocs.geo.crs import to_crs84, transformer
from dsdocs.geo.distinct import numbered_rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

REASONS = (
    "",
    "its corners are not all finite numbers",
    "it lies outside the Earth, or where the projection has no place for it",
    "it lies more than 30 degrees away from the area of use of the CRS; are the axes exchanged, or is the CRS wrong?",
    "it is larger than half the Earth; one that crosses the antimeridian has its western corners first",
    "it has no area",
    "its sides cross",
)
FINE, INFINITE, NOWHERE, FAR, WIDE, EMPTY, CROSSED = range(len(REASONS))

_CODE = re.compile(r"[A-Za-z_]\w{,30}:[\w.-]{1,30}")
_POLE, _HALF, _TURN = 90.0, 180.0, 360.0  # degrees
_ROUND_TRIP = 1.0  # m
_BEYOND = 30.0  # degrees of longitude; UTM zone 32 is used for all of Europe
_NO_LONGITUDE = 85.0  # degrees of latitude; nearer to a pole, longitudes say little about distances
_FLAT = 1e-9  # a turn or an area that is smaller, compared with the square of the longest side, is none


@dataclass(frozen=True, slots=True)
class Frame:
    """What placing needs to know of a CRS."""

    geographic: bool
    unit: float  # m, of the coordinates of a projected CRS
    west: float  # degrees, of the area of use
    extent: float  # degrees of longitude of the area of use; 360 where it is not known


@lru_cache(maxsize=256)
def frame_of(crs: str) -> Frame:
    """Return what placing needs to know of a CRS.

    Raises
    ------
    ValueError
        The text is no code of an authority, or the CRS has no place on Earth for two coordinates.
    pyproj.exceptions.ProjError
        The CRS is unknown, or not one of the Earth.
    """
    # PROJ takes much else, and some of it makes PROJ open a file that the text names.
    if not _CODE.fullmatch(crs):
        raise ValueError("expected the code of a coordinate reference system, such as EPSG:32633")
    system = pyproj.CRS.from_user_input(crs)
    if not (system.is_geographic or system.is_projected):
        raise ValueError(f"a {system.type_name} does not tell where on Earth two coordinates are")
    transformer(crs)
    area = system.area_of_use
    west, extent = (-_HALF, _TURN) if area is None else (area.west, (area.east - area.west) % _TURN or _TURN)
    return Frame(system.is_geographic, system.axis_info[0].unit_conversion_factor, west, extent)


def corners_in_degrees(crs: str, native: Floats) -> tuple[Floats, Ints]:
    """Transform corners to OGC:CRS84 and number what is wrong with them.

    Parameters
    ----------
    crs
        A code such as ``EPSG:32633``.
    native
        Shape (2, 4, n): x and y of the corners in the native CRS.

    Returns
    -------
    tuple of ndarray
        Longitude and latitude, shape (2, 4, n); longitudes go on beyond 180 degrees where a footprint crosses the
        antimeridian, and jump nowhere unless a pole is inside. And shape (n,): the place of the reason in `REASONS`.

    Raises
    ------
    ValueError, pyproj.exceptions.ProjError
        As `frame_of`.
    """
    frame = frame_of(crs)
    with np.errstate(invalid="ignore", over="ignore"):
        points, corner = _distinct(native)
        lon, lat = to_crs84(crs, *points)
        fault = np.where(np.isfinite(native).all(axis=(0, 1)), FINE, INFINITE)
        limit = _TURN if frame.geographic else _HALF
        somewhere = (np.abs(lat) <= _POLE) & (np.abs(lon) <= limit)
        if not frame.geographic:
            back = np.stack(transformer(crs).transform(lon, lat, direction="INVERSE"))
            somewhere &= np.abs(back - points).max(axis=0) * frame.unit <= _ROUND_TRIP
        _number(fault, np.logical_not(somewhere[corner].all(axis=0)), NOWHERE)
        lon, lat = lon[corner], lat[corner]
        if not frame.geographic:
            _number(fault, _far(lon, lat, frame), FAR)
        if (wide := _wide(lon)).any():
            too_wide = _clockwise(lon, lat) if frame.geographic else _around(crs, native, lon)
            _number(fault, wide & too_wide, WIDE)
        lon = _unrolled(lon)
        _number(fault, _wide(lon) & ~holds_pole(lon), WIDE)
    return np.stack([lon, lat]), fault


def holds_pole(lon: Floats) -> Flags:
    """Tell whether rings of unrolled longitudes (4, n) go around a pole: they do not end where they began."""
    return np.asarray(np.abs(lon[-1] - lon[0]) > _HALF)


def convex(corners: Floats) -> Flags:
    """Tell which quadrilaterals (2, 4, n) turn to the same side at each corner; such a one has an area, and no loop."""
    (x, y), (next_x, next_y) = (side := np.roll(corners, -1, axis=1) - corners), np.roll(side, -1, axis=1)
    least = _FLAT * np.square(side).sum(axis=0).max(axis=0)
    turn = x * next_y - y * next_x
    return np.asarray((turn > least).all(axis=0) | (turn < -least).all(axis=0))


def counterclockwise(corners: Floats) -> Flags:
    """Tell which convex quadrilaterals (2, 4, n) have their corners in counterclockwise order."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    return np.asarray(first[0] * second[1] > first[1] * second[0])


def _distinct(corners: Floats) -> tuple[Floats, Ints]:
    """Return the different points among corners (2, 4, n), shape (2, m), and the number (4, n) of each corner.

    Patches that were cut side by side share their corners, and those of several days all four.
    """
    points = np.ascontiguousarray(corners.reshape(2, -1).T)
    number, distinct = numbered_rows(points)
    return np.ascontiguousarray(distinct.T), number.reshape(corners.shape[1:])


def _number(fault: Ints, here: Flags, number: int) -> None:
    fault[here & (fault == FINE)] = number


def _far(lon: Floats, lat: Floats, frame: Frame) -> Flags:
    reach = frame.extent + 2 * _BEYOND
    if reach >= _TURN:
        return np.zeros(lon.shape[1], dtype=bool)
    east = (lon - (frame.west - _BEYOND)) % _TURN
    return np.asarray(((east > reach) & (np.abs(lat) < _NO_LONGITUDE)).any(axis=0))


def _wide(lon: Floats) -> Flags:
    return np.asarray(lon.max(axis=0) - lon.min(axis=0) > _HALF)


def _clockwise(lon: Floats, lat: Floats) -> Flags:
    """Tell which rings in degrees are wide and not one that crosses the antimeridian: the left side is on the left."""
    return ~counterclockwise(np.stack([lon, lat]))


def _around(crs: str, native: Floats, lon: Floats) -> Flags:
    """Tell which projected rings have a middle that does not lie between their corners the short way round."""
    short = _unrolled(lon)
    middle = to_crs84(crs, *native.mean(axis=1))[0]
    middle += np.rint((short.mean(axis=0) - middle) / _TURN) * _TURN
    return np.asarray(((middle < short.min(axis=0)) | (middle > short.max(axis=0))) & ~holds_pole(short))


def _unrolled(lon: Floats) -> Floats:
    """Go from corner to corner the short way round, and begin where the middle is within 180 degrees."""
    turns = np.cumsum(np.rint(np.diff(lon, axis=0) / _TURN), axis=0)
    long = np.concatenate([lon[:1], lon[1:] - turns * _TURN])
    return np.asarray(long - np.rint(long.mean(axis=0) / _TURN) * _TURN)
