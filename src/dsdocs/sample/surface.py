"""Lay the ground of each class: fields, stands of trees, streets and roofs, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsdocs.sample.landscape import ESTUARY, LAGOON, LAKE, MAPPED_WIDTH, RIVER, SEA, Land
from dsdocs.sample.noise import F32, I64, make_key, rounded, share, spline, uniform
from dsdocs.sample.tables import Region, load_covers, load_materials

_WATER = (RIVER, LAKE, LAGOON, ESTUARY, SEA)
_FARMED = (211, 212, 213, 221, 222, 223, 231, 241, 242, 243)


@dataclass(frozen=True, slots=True)
class Surface:
    """The ground of a window; arrays are ``(h, w)``."""

    material: NDArray[np.uint8]  # index into Materials.names
    stage: F32  # how far the plants are before (-) or behind (+) the season, in seasons
    tone: F32  # brightness of the place, 1 on average


@dataclass(frozen=True, slots=True)
class _Parcels:
    column: I64
    row: I64
    edge: F32  # px to the parcel's border
    u: F32  # px along the short side


def _positions(land: Land, angle: F32) -> tuple[F32, F32]:
    """Return each pixel's position in the turned frame of its land unit."""
    x, y = land.window.axes()
    dx = x[None, :] - land.units.x[land.units.index]
    dy = y[:, None] - land.units.y[land.units.index]
    cosine, sine = rounded(np.cos, angle), rounded(np.sin, angle)
    return dx * cosine + dy * sine, dy * cosine - dx * sine


def _parcels(key: int, u: F32, v: F32, width: float, length: float) -> _Parcels:
    """Cut a plane into strips of uneven width; rows of strips are shifted against each other."""
    row = np.floor(v / np.float32(length)).astype(np.int64)
    across = u / np.float32(width) + uniform(key, row, row * 0)
    column = np.floor(across).astype(np.int64)
    inside = (across - column).astype(np.float32)
    left = (uniform(key + 1, column, row) - np.float32(0.5)) * np.float32(0.5)
    right = 1 + (uniform(key + 1, column + 1, row) - np.float32(0.5)) * np.float32(0.5)
    edge = np.minimum(np.abs(inside - left), np.abs(right - inside)) * np.float32(width)
    column = column + (inside > right) - (inside < left)
    end = (v - row * np.float32(length)).astype(np.float32)
    return _Parcels(column, row, np.minimum(edge, np.minimum(end, np.float32(length) - end)), u)


def _centred(value: F32) -> F32:
    """Shift and stretch an even spread over [0, 1) to mean zero and standard deviation one."""
    return (value - np.float32(0.5)) * np.float32(12**0.5)


class _Ground:
    """The random patterns of a window, which all classes share."""

    def __init__(self, region: Region, seed: int, land: Land) -> None:
        self.key = make_key(seed, region.name, "ground")
        self.land = land
        self.x, self.y = x, y = land.window.axes()
        turn = uniform(self.key, land.units.ix, land.units.iy)[land.units.index]
        self.u, self.v = _positions(land, turn * np.float32(np.pi))
        self.u = self.u + spline(self.key + 1, x, y, 40) * np.float32(0.8)
        # Parcels of different land units must differ although each unit counts its own from zero.
        self.name = (land.units.ix * 613 + land.units.iy * 7919)[land.units.index]
        self.fields = self._cut(*region.fields)
        self.plots = self._cut(region.fields[0] * 0.62, region.fields[1] * 0.5)
        self.halls = self._cut(4.2, 7.0)
        self.broad = spline(self.key + 4, x, y, 9)
        self.fine = spline(self.key + 2, x, y, 2.6)
        self.white = _centred(uniform(self.key + 3, x.astype(np.int64)[None, :], y.astype(np.int64)[:, None]))

    def _cut(self, width: float, length: float) -> _Parcels:
        return _parcels(self.key + 5, self.u, self.v, width, length)

    def of(self, parcels: _Parcels, salt: int) -> F32:
        """Return one value per parcel, 0 to 1."""
        return uniform(self.key + 10 + salt, parcels.column + self.name, parcels.row - self.name)

    def squares(self, salt: int, side: int) -> F32:
        """Return one value, 0 to 1, per square of some pixels in the turned frame."""
        column = np.floor(self.u / side).astype(np.int64) + self.name
        return uniform(self.key + salt, column, np.floor(self.v / side).astype(np.int64))

    def blend(self, broad: float, fine: float) -> F32:
        """Return wide and narrow patches in some proportion, 0 to 1."""
        return share(np.float32(broad) * self.broad + np.float32(fine) * self.fine)

    def place(self, pattern: str) -> F32:
        """Return where each pixel stands in the mixture of its class, 0 to 1; -1 is a street."""
        match pattern:
            case "fields":
                return self.of(self.fields, 0)
            case "plots":
                return self.of(self.plots, 0)
            case "halls":
                return self.of(self.halls, 0)
            case "stands":
                return self.blend(0.9, 0.42)
            case "managed":
                felled = self.of(self.fields, 0)
                return np.where(felled < 0.13, felled * np.float32(0.65), self.blend(0.9, 0.42))
            case "mosaic":
                trees = self.blend(0.85, 0.5)
                return np.where(trees < 0.32, trees, 0.32 + np.float32(0.68) * self.of(self.fields, 0))
            case "scattered":
                return self.blend(0.35, 0.9)
            case "bog":
                dug = spline(self.key + 6, self.x, self.y, 70) > 0.4
                strips = 0.6 + np.float32(0.4) * self.of(self.plots, 0)
                return np.where(dug, strips, np.float32(0.77) * self.blend(0.75, 0.65))
            case "town":
                return self._town()
            case "airfield":
                return self._airfield()
            case _:
                return self.blend(0.65, 0.75)

    def _town(self) -> F32:
        """Draw streets every hundred metres, roofs along them and gardens behind; roofs come first."""
        column, row = np.float32(9.5), np.float32(13)
        street = np.minimum(self.u % column, self.v % row)
        loose = share(np.float32(0.55) * self.fine + np.float32(0.85) * _centred(self.squares(7, 2)))
        denser = loose + np.float32(0.08) - np.float32(0.16) * np.clip(self.land.town, 0, 1)
        return np.where(street < 1, np.float32(-1), np.clip(denser, 0, 0.999)).astype(np.float32)

    def _airfield(self) -> F32:
        """Draw a runway through the middle of the land unit, a taxiway beside it, halls behind."""
        runway = (np.abs(self.v) < 2.6) & (np.abs(self.u) < 34)
        taxiway = (np.abs(self.v - 9) < 1.2) & (np.abs(self.u) < 26)
        ground = np.where(self.v > 15, 0.97, 0.1)
        return np.where(runway | taxiway, 0.9, ground).astype(np.float32)


def _lay(code: NDArray[np.uint16], ground: _Ground) -> NDArray[np.uint8]:
    names = load_materials().names
    material = np.zeros(code.shape, np.uint8)
    for value in np.unique(code):
        cover = load_covers()[int(value)]
        where = code == value
        place = ground.place(cover.pattern)[where]
        position = np.searchsorted(np.asarray(cover.shares[:-1], np.float32), place)
        laid = np.asarray(cover.materials, np.uint8)[position]
        material[where] = np.where(place < 0, names.index("paving"), laid)
    return material


def _draw_lines(region: Region, land: Land, ground: _Ground, laid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw what is too small for the map: borders of parcels, farms, brooks, banks, roads."""
    farmed = np.isin(land.cover, _FARMED)
    dry = ~np.isin(land.cover, _WATER)
    ragged = ground.fields.edge + np.float32(0.3) * ground.fine
    bank = land.river + np.float32(0.8) * ground.fine
    hamlet = farmed & (spline(ground.key + 9, ground.x, ground.y, 17) > 1.75)
    plot = ground.squares(8, 3)
    brook = region.river < MAPPED_WIDTH
    drawn = (
        (farmed & (ragged < region.border_width), region.border),
        (farmed & (land.units.edge < 0.7), "track"),
        (hamlet & (plot < 0.45), "tile_roof"),
        (hamlet & (plot > 0.6), "garden"),
        (dry & (bank < region.river / 2 + 2.4), "broadleaf_trees"),
        (dry & (bank < region.river / 2) & brook, "river"),
        (dry & (land.road < 0.75), "paving"),
    )
    names = load_materials().names
    for where, name in drawn:
        laid = np.where(where, np.uint8(names.index(name)), laid)
    return laid


def lay_ground(region: Region, seed: int, land: Land) -> Surface:
    """Return material, growth and brightness of every pixel of the land."""
    ground = _Ground(region, seed, land)
    material = _draw_lines(region, land, ground, _lay(land.cover, ground))
    worked = np.isin(land.cover, _FARMED)
    early = ground.of(ground.fields, 1) - np.float32(0.5)
    stage = np.where(worked, early * np.float32(0.75), np.float32(0.06) * ground.broad)
    furrow = uniform(ground.key + 20, np.floor(ground.u).astype(np.int64) + ground.name, ground.fields.row)
    field = np.float32(0.07) * _centred(ground.of(ground.fields, 2)) + np.float32(0.015) * _centred(furrow)
    wide = spline(ground.key + 21, ground.x, ground.y, 55) * np.float32(0.025)
    crowns = load_materials().texture[material] * np.float32(0.6) * (ground.white + ground.fine)
    tone = 1 + wide + np.where(worked, field, np.float32(0.035) * ground.broad) + crowns
    return Surface(material, stage.astype(np.float32), np.clip(tone, 0.4, 1.8).astype(np.float32))
