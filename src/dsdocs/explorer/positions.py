"""From whole numbers of a plane to longitude and latitude: by a polynomial for each group, whose error is measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dsdocs.explorer.model import Group, Integers, Places, Reals
from dsdocs.explorer.order import Frame, Layout
from dsdocs.geo.crs import to_crs84

RADIUS = 6_371_008.8  # m, mean radius of the Earth (IUGG)
TOLERANCE = 0.01  # of a footprint's shorter side; where a polynomial is further off, degrees take its place
DECIMALS = 10  # of a coefficient: 0.01 mm
_DEGREES = 1e-5  # step of places in degrees: about 1 m
_NODES = 9  # along each side of the points that a polynomial is fitted on


def place(layout: Layout) -> tuple[Places, Reals, Reals]:
    """Return the places of a layout, and longitude and latitude (p,) of all centres as they are decoded."""
    groups: list[Group] = []
    x, y = layout.x.copy(), layout.y.copy()
    start = 0
    for frame, count in zip(layout.frames, layout.rows.tolist(), strict=True):
        here = slice(start, start + count)
        lon, lat = to_crs84(frame.crs, *layout.centre[here].T)
        group = _fitted(frame, x[here], y[here], lon, lat)
        if not group.error_m <= TOLERANCE * min(group.metres):
            x[here], y[here], group = _in_degrees(frame, lon, lat)
        groups.append(group)
        start += count
    places = Places(x, y, tuple(groups))
    return places, *decode(places)


def _fitted(frame: Frame, x: Integers, y: Integers, lon: Reals, lat: Reals) -> Group:
    """Fit the polynomials of a group on points spread over it, and measure them on all its rows."""
    scale = (*_scale(x), *_scale(y))
    # Chebyshev's points: the fit is as good for one row as for many, and good up to the edges.
    ticks = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    u, v = (part.ravel() for part in np.meshgrid(ticks, ticks))
    at = [
        first + (values - shift) / factor * step
        for first, step, values, factor, shift in zip(
            frame.origin, frame.step, (u, v), scale[::2], scale[1::2], strict=True
        )
    ]
    east, north = to_crs84(frame.crs, *at)
    if not (np.isfinite(east).all() and np.isfinite(north).all()):
        return Group(len(x), scale, error_m=math.inf)
    # Beyond 180 degrees rather than back at -180, so that longitudes of a group are of one piece.
    east = east[0] + (east - east[0] + 180.0) % 360.0 - 180.0
    terms = np.stack(_terms(u, v), axis=1)
    found = np.linalg.lstsq(terms, np.stack([east, north], axis=1), rcond=None)[0]
    lon_terms, lat_terms = (tuple((np.round(part, DECIMALS) + 0.0).tolist()) for part in found.T)
    size = (frame.size[0] / frame.step[0], frame.size[1] / frame.step[1])
    group = Group(len(x), scale, lon_terms, lat_terms, size, frame.size)
    return _measured(group, x, y, lon, lat)


def _in_degrees(frame: Frame, lon: Reals, lat: Reals) -> tuple[Integers, Integers, Group]:
    """Place a group by its degrees, as near a pole."""
    x, y = np.rint(lon / _DEGREES).astype(np.int64), np.rint(lat / _DEGREES).astype(np.int64)
    west, south = int(x.min()), int(y.min())
    x, y = x - west, y - south
    scale = (*_scale(x), *_scale(y))
    parts = []
    for first, factor, shift, slot in ((west, *scale[:2], 1), (south, *scale[2:], 2)):
        terms = [0.0] * 10
        terms[0], terms[slot] = (first - shift / factor) * _DEGREES, _DEGREES / factor
        parts.append(tuple(terms))
    across = max(math.cos(math.radians(float(np.median(lat)))), 1e-6)
    degree = math.radians(1.0) * RADIUS
    size = (frame.size[0] / degree / across / _DEGREES, frame.size[1] / degree / _DEGREES)
    return x, y, _measured(Group(len(x), scale, parts[0], parts[1], size, frame.size), x, y, lon, lat)


def _scale(values: Integers) -> tuple[float, float]:
    """Return factor and shift that take whole numbers to -1 ... 1."""
    low, high = int(values.min()), int(values.max())
    return (2.0 / (high - low), -(high + low) / (high - low)) if high > low else (1.0, -float(low))


def _measured(group: Group, x: Integers, y: Integers, lon: Reals, lat: Reals) -> Group:
    found = _evaluated(group, x, y)
    error = float(distance(found[0], found[1], lon, lat).max())
    # To two digits, upwards: noise of the last bits must not change the manifest.
    error = math.ceil(error * 1000) / 1000 if math.isfinite(error) else math.inf
    return Group(group.rows, group.scale, group.lon, group.lat, group.size, group.metres, error)


def decode(places: Places) -> tuple[Reals, Reals]:
    """Return longitude and latitude (p,) of the centres in degrees, as every reader of the files gets them."""
    lon, lat = np.empty(len(places.x)), np.empty(len(places.x))
    start = 0
    for group in places.groups:
        if group.scale is None:
            break
        here = slice(start, start + group.rows)
        lon[here], lat[here] = _evaluated(group, places.x[here], places.y[here])
        start += group.rows
    return lon, lat


def _evaluated(group: Group, x: Integers, y: Integers) -> tuple[Reals, Reals]:
    factor, shift, factor_y, shift_y = group.scale or (0.0, 0.0, 0.0, 0.0)
    u, v = x.astype(np.float64) * factor + shift, y.astype(np.float64) * factor_y + shift_y
    terms = _terms(np.asarray(u), np.asarray(v))
    lon, lat = _sum(group.lon, terms), _sum(group.lat, terms)
    lon[lon > 180.0] -= 360.0
    lon[lon < -180.0] += 360.0
    return lon, lat


def _terms(u: Reals, v: Reals) -> tuple[Reals, ...]:
    uu, uv, vv = u * u, u * v, v * v
    return np.ones_like(u), u, v, uu, uv, vv, uu * u, uu * v, u * vv, vv * v


def _sum(factors: Sequence[float], terms: tuple[Reals, ...]) -> Reals:
    # One after the other, from left to right: a browser then has the same last bit.
    total = np.full(len(terms[0]), factors[0])
    for factor, term in zip(factors[1:], terms[1:], strict=True):
        total = total + factor * term
    return total


def distance(lon: Reals, lat: Reals, other_lon: Reals, other_lat: Reals) -> Reals:
    """Return distances in metres on a sphere, of points that are near to each other (haversine formula)."""
    one, other = np.radians(lat), np.radians(other_lat)
    across = np.radians(lon - other_lon)
    half = np.sin((one - other) / 2) ** 2 + np.cos(one) * np.cos(other) * np.sin(across / 2) ** 2
    return np.asarray(2 * RADIUS * np.arcsin(np.sqrt(half)))
