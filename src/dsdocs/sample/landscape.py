"""Invent the land: heights, water, towns and roads, and from them the CORINE class of every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsdocs.sample.noise import F32, I64, Cells, cells, fractal, make_key, share, smoothstep, spline, uniform
from dsdocs.sample.tables import ZONES, Region

UNIT = 58.0  # px; a land unit covers about 34 ha, above CORINE's 25 ha minimum mapping unit
_TOWN_GRID = 300.0  # px between possible towns
MAPPED_WIDTH = 10.0  # px; CORINE maps rivers from 100 m on
SEA, BEACH, LAGOON, ESTUARY, RIVER, LAKE = 523, 331, 521, 522, 511, 512
_EDGE_CODES = (121, 122, 123, 124, 131, 132, 133, 141, 142)


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of a tile in pixels of 10 m, counted from the upper left corner of column 0, row 0."""

    x: int
    y: int
    width: int
    height: int

    def axes(self) -> tuple[F32, F32]:
        """Return the pixel positions, ``(w,)`` and ``(h,)``."""
        x = np.arange(self.x, self.x + self.width, dtype=np.float32)
        return x, np.arange(self.y, self.y + self.height, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Land:
    """What lies in a window; arrays are ``(h, w)`` unless stated."""

    window: Window
    cover: NDArray[np.uint16]  # CORINE level 3 code
    height: F32  # standard deviations of the region's heights
    units: Cells  # pieces of land under one use
    town: F32  # 1 in the centre of a town, 0 at its rim, negative outside
    river: F32  # px to the middle of the nearest river
    road: F32  # px to the middle of the nearest road


@dataclass(frozen=True, slots=True)
class _Town:
    x: float
    y: float
    radius: float  # px; 0: no town, only a crossing of roads


def heights(region: Region, seed: int, x: F32, y: F32) -> F32:
    """Return the height of the ground in standard deviations, low at the coast; positions as in `spline`."""
    height = fractal(make_key(seed, region.name, "height"), x, y, 520, 6, 0.48)
    if region.coast is None:
        return height
    inland = _inland(region.coast, *(np.meshgrid(x, y) if x.ndim == 1 else (x, y)))
    return np.asarray(height - np.float32(1.9) * (1 - smoothstep(100, 1000, inland)), np.float32)


def shore(region: Region, y: float) -> float:
    """Return where the plain line of the coast stands at ``y``, in pixels from the left edge; -inf inland."""
    return -np.inf if region.coast is None else region.coast[0] + region.coast[1] * (10_000 - y)


def _towns(region: Region, seed: int, window: Window) -> dict[tuple[int, int], _Town]:
    key = make_key(seed, region.name, "towns")
    columns = range(int(window.x // _TOWN_GRID) - 2, int((window.x + window.width) // _TOWN_GRID) + 3)
    rows = range(int(window.y // _TOWN_GRID) - 2, int((window.y + window.height) // _TOWN_GRID) + 3)
    towns = {}
    for i in columns:
        for j in rows:
            u, v, chance, size = uniform(key, 4 * i + np.arange(4), np.array(j)).tolist()
            # Few large towns, many villages: the radius falls with the square of a uniform value.
            radius = region.towns[1] * (0.3 + 1.1 * size * size) if chance < region.towns[0] else 0.0
            x, y = (i + 0.12 + 0.76 * u) * _TOWN_GRID, (j + 0.12 + 0.76 * v) * _TOWN_GRID
            towns[i, j] = _Town(x, y, radius)
    return towns


def _town_field(towns: dict[tuple[int, int], _Town], x: F32, y: F32, rough: F32) -> F32:
    value = np.full(np.broadcast_shapes(x.shape, y.shape), -9.0, np.float32)
    for town in towns.values():
        if town.radius > 0:
            distance = np.sqrt((x - np.float32(town.x)) ** 2 + (y - np.float32(town.y)) ** 2)
            value = np.maximum(value, 1 - distance / np.float32(town.radius) + rough)
    return value


def _road_field(towns: dict[tuple[int, int], _Town], key: int, x: F32, y: F32) -> F32:
    """Distance to the roads that join each town with its right and lower neighbour; three in four exist."""
    best = np.full(x.shape, 1e6, np.float32)
    for (i, j), start in towns.items():
        for step, end in enumerate((towns.get((i + 1, j)), towns.get((i, j + 1)))):
            built = uniform(key, np.array(2 * i + step), np.array(j)) < 0.75
            if end is None or not built:
                continue
            best = np.minimum(best, _distance_squared(start, end, x, y))
    return np.sqrt(best).astype(np.float32)


def _distance_squared(start: _Town, end: _Town, x: F32, y: F32) -> F32:
    """Squared distance to the straight piece between two places."""
    dx, dy = end.x - start.x, end.y - start.y
    off_x, off_y = x - np.float32(start.x), y - np.float32(start.y)
    along = np.clip((off_x * dx + off_y * dy) / (dx * dx + dy * dy), 0, 1)
    return ((off_x - along * dx) ** 2 + (off_y - along * dy) ** 2).astype(np.float32)


def _river_field(region: Region, seed: int, x: F32, y: F32) -> F32:
    """Distance to the zero line of a smooth field: its value over its slope."""
    field = fractal(make_key(seed, region.name, "river"), x, y, 700, 4, 0.42)
    fall_y, fall_x = np.gradient(field)
    slope = np.sqrt(fall_x * fall_x + fall_y * fall_y) + np.float32(2e-4)
    return np.asarray(np.abs(field) / slope, np.float32)


def _lake_field(region: Region, seed: int, x: F32, y: F32) -> F32:
    # Ice left the lakes of the north drawn out from north-west to south-east: hence the turn and the stretch.
    u = (x + y) * np.float32(0.7071)
    v = (y - x) * np.float32(0.7071)
    return fractal(make_key(seed, region.name, "lake"), u * np.float32(0.55), v, 110, 5, 0.52)


def _choose(region: Region, seed: int, units: Cells, towns: dict[tuple[int, int], _Town]) -> I64:
    """Give each land unit a class from the table of the zone it lies in."""
    x, y = units.x[:, None], units.y[:, None]
    height = heights(region, seed, x, y)[:, 0]
    moist = spline(make_key(seed, region.name, "moisture"), x, y, 240)[:, 0]
    river = np.abs(fractal(make_key(seed, region.name, "river"), x, y, 700, 4, 0.42)[:, 0])
    town = _town_field(towns, units.x, units.y, np.zeros(units.x.shape, np.float32))
    wet = ((moist > 1.0) & (height < 0.4)) | (river < 0.045)
    zone = np.where(height > 1.15, 2, np.where(height > 0.3, 1, 0))
    zone = np.where(wet & (height < 1.0), 3, zone)
    key = make_key(seed, region.name, "choice")
    odd = (uniform(key, units.ix, units.iy) - np.float32(0.5)) * np.float32(3.46)
    place = share(np.float32(0.9) * spline(key + 1, x, y, 190)[:, 0] + np.float32(0.45) * odd)
    code = _pick(region, zone, place)
    rim = _pick(region, np.full(zone.shape, ZONES.index("edge")), uniform(key + 2, units.ix, units.iy))
    return np.where((town > -0.5) & (town < 0.25) & (rim > 0), rim, code)


def _pick(region: Region, zone: NDArray[np.integer], place: F32) -> I64:
    code = np.zeros(zone.shape, np.int64)
    for number, name in enumerate(ZONES):
        codes, sums = region.zones[name]
        chosen = np.asarray(codes)[np.minimum(np.searchsorted(np.asarray(sums), place), len(codes) - 1)]
        code = np.where(zone == number, chosen, code)
    return code


def _settle(code: I64, town: F32, city: F32) -> I64:
    """Build the towns; only large ones have a closed centre, and works at the rim stay."""
    centre = (town > 0.55) & (city > 0.3)
    keeps = np.isin(code, _EDGE_CODES) & (town < 0.5)
    return np.where((town > 0) & ~keeps, np.where(centre, 111, 112), code)


def _inland(coast: tuple[float, float], x: F32, y: F32) -> F32:
    return (x - coast[0] - coast[1] * (10_000 - y)).astype(np.float32)


def _coast(region: Region, seed: int, code: I64, x: F32, y: F32, unit_chance: F32) -> I64:
    """Lay sea, beach, dunes and a lagoon with its marshes along the shore."""
    if region.coast is None:
        return code
    key = make_key(seed, region.name, "coast")
    inland = _inland(region.coast, x, y) + 20 * spline(key, x, y, 150)
    lagoon = fractal(key + 1, x, y, 95, 3) + smoothstep(40, 110, inland) - 4 * smoothstep(140, 300, inland)
    tide = spline(key + 2, x, y, 38)
    marsh = np.where(tide > 0.75, 423, np.where(unit_chance < 0.3, 422, 421))
    behind = np.where(lagoon > 1.05, LAGOON, np.where(lagoon > 0.45, marsh, code))
    dunes = np.where(spline(key + 3, x, y, 60) > 0, BEACH, 312)
    return np.where(inland < 0, SEA, np.where(inland < 15, BEACH, np.where(inland < 55, dunes, behind)))


def _water(region: Region, code: I64, river: F32, lake: F32, x: F32, y: F32) -> I64:
    code = np.where((lake > region.lakes) & (code != SEA), LAKE, code)
    if region.river >= MAPPED_WIDTH:
        code = np.where((river < region.river / 2) & (code != SEA), RIVER, code)
    if region.coast is None:
        return code
    near = _inland(region.coast, x, y) < 260
    channel = (river < 9) & near & ~np.isin(code, (SEA, LAGOON))
    return np.where(channel, ESTUARY, code)


def invent_land(region: Region, seed: int, window: Window) -> Land:
    """Return the land of a window; overlapping windows agree wherever they overlap."""
    # Rivers take slopes from neighbouring pixels, so the work is done with one pixel more on each side.
    grown = Window(window.x - 1, window.y - 1, window.width + 2, window.height + 2)
    x, y = grown.axes()
    key = make_key(seed, region.name, "bend")
    bend_x = fractal(key, x, y, 46, 3, 0.45) * np.float32(7)
    bend_y = fractal(key + 1, x, y, 46, 3, 0.45) * np.float32(7)
    bent_x, bent_y = x[None, :] + bend_x, y[:, None] + bend_y
    units = cells(make_key(seed, region.name, "units"), bent_x, bent_y, UNIT)
    towns = _towns(region, seed, grown)
    town = _town_field(towns, bent_x, bent_y, np.float32(0.16) * spline(key + 2, x, y, 26))
    river = _river_field(region, seed, x, y)
    lake = _lake_field(region, seed, *np.broadcast_arrays(bent_x, bent_y))
    large = {place: entry for place, entry in towns.items() if entry.radius > region.towns[1] * 0.75}
    city = _town_field(large, bent_x, bent_y, np.zeros_like(bend_x))
    code = _choose(region, seed, units, towns)[units.index]
    code = _settle(code, town, city)
    chance = uniform(key + 3, units.ix, units.iy)[units.index]
    code = _coast(region, seed, code, bent_x, bent_y, chance)
    code = _water(region, code, river, lake, bent_x, bent_y)
    road = _road_field(towns, make_key(seed, region.name, "roads"), bent_x, bent_y)
    inner = (slice(1, -1), slice(1, -1))
    cut = Cells(units.index[inner], units.edge[inner], units.x, units.y, units.ix, units.iy)
    height = heights(region, seed, *window.axes())
    return Land(window, code[inner].astype(np.uint16), height, cut, town[inner], river[inner], road[inner])
