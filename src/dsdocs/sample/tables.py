"""The tables behind the sample: regions with their passes, and what the ground is made of."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from dsdocs.sample.noise import F32

BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
FINE = ("B02", "B03", "B04", "B08")  # 10 m
COARSE = ("B01", "B09")  # 60 m; the others 20 m
ZONES = ("plain", "slope", "high", "wet", "edge")
SEASONS = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True, slots=True)
class Pass:
    """One overflight of one region."""

    platform: str  # "S2A"
    time: datetime  # UTC
    season: int  # index into SEASONS
    snowline: float  # height above which snow lies, in standard deviations of the heights
    cloud: float  # threshold of the cloud field, in its standard deviations


@dataclass(frozen=True, slots=True, eq=False)  # one object per region: compared and cached by identity
class Region:
    """One tile: where it is, what its ground looks like, when it is seen."""

    name: str
    country: str
    tile: str  # "33UWP"
    orbit: int  # relative orbit of Sentinel-2
    anchor: tuple[int, int]  # column and row of the first cluster
    columns: tuple[int, int]  # first and last column of the tile that may be used
    rows: tuple[int, int]
    climate: str  # temperate, mediterranean, boreal
    relief: float  # m
    fields: tuple[float, float]  # px, width and length of a parcel
    border: str  # material between parcels
    border_width: float  # px
    towns: tuple[float, float]  # share of cells with a town, typical radius in px
    lakes: float  # threshold of the lake field
    river: float  # px
    coast: tuple[float, float] | None  # px, see regions.toml
    sentinel_1: str  # time of day of the radar pass, "T165043"
    passes: tuple[Pass, ...]  # one per season
    zones: Mapping[str, tuple[tuple[int, ...], tuple[float, ...]]]  # zone -> CORINE codes, cumulated shares


@dataclass(frozen=True, slots=True)
class Materials:
    """What the ground is made of, as arrays; the first axis is the material."""

    names: tuple[str, ...]
    reflectance: Mapping[str, F32]  # climate -> (n, 4 seasons, 12 bands), x 10000
    backscatter: F32  # (n, 4 seasons, 2), VV and VH as power, not dB
    texture: F32  # (n,), relative spread of brightness
    snow: F32  # (n,), share that lying snow hides
    snow_spectrum: F32  # (12,)
    cloud_spectrum: F32  # (12,)


@dataclass(frozen=True, slots=True)
class Cover:
    """Which materials make up a CORINE level 3 class."""

    pattern: str
    materials: tuple[int, ...]  # indices into Materials.names
    shares: tuple[float, ...]  # cumulated, the last one is 1


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _cumulated(weights: Mapping[str, float]) -> tuple[float, ...]:
    sums = np.cumsum(list(weights.values()))
    return tuple(float(value) for value in sums / sums[-1])


def _region(name: str, row: Mapping[str, Any]) -> Region:
    platforms, times = zip(*(text.split() for text in row["passes"]), strict=True)
    moments = map(datetime.fromisoformat, times)
    columns = zip(platforms, moments, range(4), row["snowline"], row["cloud"], strict=True)
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    values["zones"] = {
        zone: (tuple(int(code) for code in chances), _cumulated(chances)) for zone, chances in row["zones"].items()
    }
    values["passes"] = tuple(Pass(*column) for column in columns)
    del values["snowline"], values["cloud"]
    values.setdefault("coast", None)
    return Region(name=name, **values)


@lru_cache(maxsize=1)
def load_regions() -> tuple[Region, ...]:
    """Return the regions in the order in which patches are dealt out."""
    return tuple(_region(name, row) for name, row in _table("regions.toml").items())


def _seasonal(values: list[Any]) -> list[Any]:
    return values * 4 if len(values) == 1 else values


@lru_cache(maxsize=1)
def load_materials() -> Materials:
    """Return the materials of the ground."""
    table = _table("materials.toml")
    spectra = {name: np.asarray(values, np.float32) for name, values in table["endmembers"].items()}
    rows = table["materials"]

    def mixed(mixture: Mapping[str, float]) -> F32:
        return np.asarray(sum(np.float32(part) * spectra[name] for name, part in mixture.items()), np.float32)

    def seen(climate: str) -> F32:
        seasons = (_seasonal(row.get(climate, row["seasons"])) for row in rows.values())
        return np.stack([np.stack([mixed(mixture) for mixture in four]) for four in seasons])

    decibel = np.array([[_seasonal(row["vv"]), _seasonal(row["vh"])] for row in rows.values()])
    return Materials(
        names=tuple(rows),
        reflectance={climate: seen(climate) for climate in ("temperate", "mediterranean", "boreal")},
        backscatter=(10 ** (decibel / 10)).transpose(0, 2, 1).astype(np.float32),
        texture=np.array([row["texture"] for row in rows.values()], np.float32),
        snow=np.array([row["snow"] for row in rows.values()], np.float32),
        snow_spectrum=spectra["snow"],
        cloud_spectrum=spectra["cloud"],
    )


@lru_cache(maxsize=1)
def load_covers() -> Mapping[int, Cover]:
    """Return the composition of each CORINE level 3 class by its code."""
    names = load_materials().names
    return {
        int(code): Cover(row["pattern"], tuple(map(names.index, row["mix"])), _cumulated(row["mix"]))
        for code, row in _table("materials.toml")["cover"].items()
    }
