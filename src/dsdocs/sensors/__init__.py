"""What the bands of an archive measure: built-in sensors as TOML files with their source.

Readers, imagery, analyses, pages and the site may import it; it imports nothing of dsdocs.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

Kind = Literal["optical", "radar", "map"]
Colours = tuple[str, str, str]  # names of the bands shown as red, green and blue


@dataclass(frozen=True, slots=True)
class Band:
    """One band as the files of an archive name it."""

    name: str
    description: str = ""  # what it is for
    gsd: float | None = None  # m, ground sample distance
    centre: float | None = None  # nm
    width: float | None = None  # nm
    unit: str = ""  # of the stored values


@dataclass(frozen=True, slots=True)
class Sensor:
    """An instrument, or a map, with its bands in file order."""

    id: str
    title: str
    kind: Kind
    bands: tuple[Band, ...]
    platform: str = ""  # constellation or satellite
    source: str = ""  # where the figures come from
    quantity: str = ""  # what the stored values are, for example "surface reflectance x 10000"
    true_colour: Colours | None = None
    false_colour: Colours | None = None
    saturated: float | None = None  # value from which a pixel is saturated, as the documentation of its products says

    def band(self, name: str) -> Band:
        """Return a band by its name.

        Raises
        ------
        KeyError
            The sensor has no such band; the message lists those it has.
        """
        for band in self.bands:
            if band.name == name:
                return band
        names = ", ".join(band.name for band in self.bands)
        raise KeyError(f"{self.id} has no band {name!r}; it has {names}")


@lru_cache(maxsize=1)
def sensor_names() -> tuple[str, ...]:
    """Return the identifiers of the built-in sensors, sorted."""
    files = (entry.name for entry in resources.files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


@lru_cache(maxsize=32)
def load_sensor(identifier: str) -> Sensor:
    """Return a built-in sensor.

    Raises
    ------
    KeyError
        There is none of that identifier; the message names the nearest one.
    """
    if identifier not in sensor_names():
        near = difflib.get_close_matches(identifier, sensor_names(), n=1)
        hint = f"nearest: {near[0]!r}" if near else f"known: {', '.join(sensor_names())}"
        raise KeyError(f"sensor {identifier!r} is not built in ({hint})")
    data = tomllib.loads(resources.files(__package__).joinpath(f"{identifier}.toml").read_text("utf-8"))
    bands = tuple(Band(unit=data.get("unit", ""), **band) for band in data["bands"])
    # A sensor that only orders the bands of another one, as EuroSAT does, quotes no figure twice.
    if "like" in data:
        twin = load_sensor(data["like"])
        bands = tuple(twin.band(band.name) for band in bands)
    true_colour, false_colour = (_colours(data.get(key)) for key in ("true_colour", "false_colour"))
    return Sensor(
        identifier,
        data["title"],
        data["kind"],
        bands,
        platform=data.get("platform", ""),
        source=data.get("source", ""),
        quantity=data.get("quantity", ""),
        true_colour=true_colour,
        false_colour=false_colour,
        saturated=data.get("saturated"),
    )


def _colours(names: list[str] | None) -> Colours | None:
    return None if names is None else (names[0], names[1], names[2])


def generic_sensor(n_bands: int, gsd: float | None) -> Sensor:
    """Describe files of which only the number of bands is known; a file of three is shown as it is.

    Parameters
    ----------
    n_bands
        Number of bands; they are called ``band_1`` to ``band_n``.
    gsd
        Ground sample distance in metres, None where it is unknown.
    """
    bands = tuple(Band(f"band_{number}", gsd=gsd) for number in range(1, n_bands + 1))
    shown = (bands[0].name, bands[1].name, bands[2].name) if n_bands >= 3 else None
    return Sensor(f"generic-{n_bands}", f"{n_bands}-band image", "optical", bands, true_colour=shown)
