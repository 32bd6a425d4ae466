"""What bands are for, told by their wavelengths, and what follows from it for the order of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from dsdocs.sensors import Sensor

# Name -> central wavelengths in nm that belong to it: windows of the atmosphere, and the steps of a leaf's spectrum.
RANGES: Mapping[str, tuple[float, float]] = {
    "coastal": (425, 455),
    "blue": (455, 520),
    "green": (530, 590),
    "red": (620, 690),
    "edge": (695, 720),  # where the absorption of chlorophyll ends
    "slope": (725, 755),
    "shoulder": (765, 795),
    "nir": (800, 900),
    "vapour": (925, 965),
    "cirrus": (1355, 1395),
    "swir1": (1540, 1680),
    "swir2": (2080, 2350),
}
# Over dense vegetation, the first is darker than the second (S. Jacquemoud and S. Ustin, Leaf Optical Properties,
# Cambridge University Press, 2019, chapter 3).
_RISING = (
    ("red", "green"), ("red", "edge"), ("red", "nir"), ("green", "nir"), ("blue", "nir"), ("edge", "slope"),
    ("slope", "shoulder"), ("shoulder", "nir"), ("swir2", "swir1"), ("edge", "swir1"), ("swir1", "nir"),
    ("swir2", "nir"), ("coastal", "slope"),
)  # fmt: skip
# Air scatters blue light: without its correction, blue and violet are bright over vegetation as well.
_RISING_BELOW_AIR = (("blue", "green"), ("coastal", "vapour"))
# The first varies with the second more than with the third.
_NEARER = (
    ("coastal", "blue", "red"), ("coastal", "blue", "green"), ("coastal", "blue", "nir"), ("vapour", "nir", "blue"),
    ("green", "edge", "swir2"), ("slope", "shoulder", "edge"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Roles:
    """The bands of a sensor by what they are for."""

    sensor: Sensor
    found: Mapping[str, tuple[int, ...]]  # name of a range -> its bands

    def __getitem__(self, name: str) -> tuple[int, ...]:
        return self.found[name]

    @property
    def visible(self) -> tuple[int, ...]:
        """Bands of visible light."""
        return tuple(band for name in ("coastal", "blue", "green", "red") for band in self.found[name])

    @property
    def infrared(self) -> tuple[int, ...]:
        """Bands in which leaves are bright."""
        return tuple(band for name in ("slope", "shoulder", "nir") for band in self.found[name])

    def rising(self) -> list[tuple[int, int]]:
        """Return pairs of bands of which the first is the darker one over vegetation."""
        below = "surface" in self.sensor.quantity
        wanted = (*_RISING, *(_RISING_BELOW_AIR if below else ()))
        return [
            pair
            for dark, bright in wanted
            for pair in product(self.found[dark], self.found[bright])
            if self._told(*pair)
        ]

    def triples(self) -> list[tuple[int, int, int]]:
        """Return a band, one that is near to it, and one that is not."""
        return [
            triple
            for band, near, far in _NEARER
            for triple in product(self.found[band], self.found[near], self.found[far])
        ]

    def _told(self, dark: int, bright: int) -> bool:
        # From 783 nm on a leaf is nearly equally bright; only bands of one width and resolution can be told apart.
        if dark in self.found["shoulder"] and bright in self.found["nir"]:
            return self.sensor.bands[dark].gsd == self.sensor.bands[bright].gsd
        return True


def roles_of(sensor: Sensor) -> Roles:
    """Assign bands to ranges of wavelengths; a band of unknown wavelength has no role."""
    centres = [band.centre for band in sensor.bands]
    return Roles(
        sensor,
        {
            name: tuple(band for band, centre in enumerate(centres) if centre is not None and low <= centre < high)
            for name, (low, high) in RANGES.items()
        },
    )
