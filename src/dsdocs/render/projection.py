"""Where a map looks: continuous longitudes, a window of fixed shape, Mercator coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dsdocs.views import Map

Point = tuple[float, float]  # (lon, lat) in degrees, CRS84
Ring = tuple[Point, ...]

WIDTH, HEIGHT = 960, 600  # drawing units of the window
_HIGHEST = 85.0  # degrees; Web Mercator ends at 85.06
_SMALLEST = 0.02  # degrees; one patch alone still shows where it lies
_STEPS = (30.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in degrees; its longitudes may leave -180..180 on either side."""

    west: float
    south: float
    east: float
    north: float

    def parts(self) -> tuple[tuple[tuple[float, float, float, float], float], ...]:
        """Split into boxes within -180..180, each with the degrees to add to its longitudes."""
        found = []
        for turn in (-360.0, 0.0, 360.0):
            west, east = max(self.west - turn, -180.0), min(self.east - turn, 180.0)
            if west < east:
                found.append(((west, self.south, east, self.north), turn))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a map looks.

    ``seam`` is the longitude west of which everything moves by 360 degrees (-inf: nothing moves), ``home`` holds
    the outlines with a margin, ``window`` is that in the shape `WIDTH` by `HEIGHT`, and ``reach`` is how far a
    reader can move.
    """

    seam: float
    home: Box
    window: Box
    reach: Box

    def lon(self, degrees: float) -> float:
        """Return a longitude that is continuous in this map."""
        return degrees + 360 if degrees < self.seam else degrees

    def xy(self, lon: float, lat: float) -> Point:
        """Return drawing units, x to the right and y down, of a continuous longitude and a latitude."""
        scale = WIDTH / math.radians(self.window.east - self.window.west)
        return (
            math.radians(lon - self.window.west) * scale,
            (_mercator(self.window.north) - _mercator(lat)) * scale,
        )

    @property
    def decimals(self) -> int:
        """Decimals of a degree that are a twentieth of a drawing unit."""
        unit = (self.window.east - self.window.west) / WIDTH
        return max(2, min(8, math.ceil(-math.log10(unit / 20))))


def place(view: Map) -> Place:
    """Choose where a map looks from its bounds and outlines."""
    seam, box = extent(view)
    home = _padded(box, 0.06)
    window = _shaped(home, WIDTH / HEIGHT)
    # A square holds what a narrow page shows. More would cost detail: the base map has one for its whole extent.
    return Place(seam, home, window, _padded(_shaped(window, 1.0), 0.15))


def extent(view: Map) -> tuple[float, Box]:
    """Return the seam of a map and its bounds with continuous longitudes."""
    west, south, east, north = view.bounds
    seam = -math.inf
    if west > east:
        seam = (west + east) / 2
        east += 360
    elif east - west > 180:
        gap = _widest_gap(view)
        # Only where it halves the map: a data set of the whole world stays in the usual frame.
        if gap is not None and gap[1] - gap[0] > 180:
            seam = (gap[0] + gap[1]) / 2
            west, east = gap[1], gap[0] + 360
    return seam, Box(west, south, east, north)


def graticule(view: Place) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the longitudes and latitudes of the grid lines within reach, about four across the window."""
    width = view.window.east - view.window.west
    step = next((step for step in _STEPS if width / step >= 3.5), _STEPS[-1])

    def lines(low: float, high: float) -> tuple[float, ...]:
        return tuple(round(mark * step, 6) for mark in range(math.ceil(low / step), math.floor(high / step) + 1))

    return lines(view.reach.west, view.reach.east), lines(view.reach.south, view.reach.north)


def _widest_gap(view: Map) -> tuple[float, float] | None:
    """Return the widest stretch of longitude without an outline, ends included (no wrap)."""
    spans = sorted(
        (min(lon for lon, _ in polygon[0]), max(lon for lon, _ in polygon[0]))
        for layer in view.layers
        for polygon in layer.polygons
        if polygon and polygon[0]
    )
    widest: tuple[float, float] | None = None
    reached = spans[0][1] if spans else 0.0
    for low, high in spans:
        if low > reached and (widest is None or low - reached > widest[1] - widest[0]):
            widest = (reached, low)
        reached = max(reached, high)
    return widest


def _padded(box: Box, share: float) -> Box:
    """Grow a box on all sides by a share of its size, but not beyond one turn of the globe."""
    width = box.east - box.west
    wide = max(min(max(width * share, _SMALLEST), (360 - width) / 2), 0.0)
    high = max((box.north - box.south) * share, _SMALLEST)
    return Box(box.west - wide, max(box.south - high, -_HIGHEST), box.east + wide, min(box.north + high, _HIGHEST))


def _shaped(box: Box, ratio: float) -> Box:
    """Grow a box to a ratio of width to height in Mercator coordinates, keeping its centre."""
    low, high = _mercator(box.south), _mercator(box.north)
    width = math.radians(box.east - box.west)
    wanted = max(width, (high - low) * ratio)
    middle, centre = (box.west + box.east) / 2, (low + high) / 2
    half = wanted / ratio / 2
    wide = math.degrees(wanted) / 2
    return Box(middle - wide, _latitude(centre - half), middle + wide, _latitude(centre + half))


def _mercator(lat: float) -> float:
    """Return the Mercator ordinate of a latitude for a sphere of radius 1 (Snyder, 1987, equation 7-2)."""
    return math.asinh(math.tan(math.radians(max(-89.0, min(89.0, lat)))))


def _latitude(ordinate: float) -> float:
    return math.degrees(math.atan(math.sinh(ordinate)))
