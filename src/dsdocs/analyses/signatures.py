"""How does each class look across the bands?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsdocs.analyses.words import counted
from dsdocs.pixels.model import ClassFigures, PixelFigures
from dsdocs.sensors import Sensor
from dsdocs.views import Lines, Series, View


@dataclass(frozen=True, slots=True)
class Signature:
    """The bands of one sensor over the patches that carry each label."""

    asset: str
    sensor: Sensor
    bands: tuple[int, ...]  # of the sensor, by wavelength where all are known
    classes: Mapping[str, Mapping[str, ClassFigures]]  # label -> band -> figures; most patches first
    whole: Mapping[str, float]  # band -> mean over all patches

    def views(self) -> tuple[View, ...]:
        """Return one panel for each class."""
        names = tuple(self.sensor.bands[band].name for band in self.bands)
        centres = [self.sensor.bands[band].centre for band in self.bands]
        known = [centre for centre in centres if centre is not None]
        waves = len(known) == len(centres)
        series = tuple(_series(label, own, names) for label, own in self.classes.items())
        return (
            Lines(
                f"Spectral signatures, {self.sensor.title}",
                "wavelength (nm)" if waves else "",
                tuple(known) if waves else tuple(float(place) for place in range(len(names))),
                names,
                series,
                self.sensor.quantity,
                tuple(self.whole.get(name) for name in names),
                "mean of all patches",
                self._finding(),
            ),
        )

    def separation(self, band: str) -> float:
        """Return how well a band tells the classes apart: variance of their means over the mean of their variances.

        This is Fisher's criterion (R. A. Fisher, The Use of Multiple Measurements in Taxonomic Problems, 1936) for one
        band and classes of equal weight.
        """
        own = [figures[band] for figures in self.classes.values() if band in figures]
        if len(own) < 2:
            return 0.0
        middle = sum(one.mean for one in own) / len(own)
        between = sum((one.mean - middle) ** 2 for one in own) / len(own)
        within = sum(one.std**2 for one in own) / len(own)
        return between / within if within else 0.0

    def _finding(self) -> str:
        names = [self.sensor.bands[band].name for band in self.bands]
        best = max(names, key=self.separation)
        own = {label: figures[best].mean for label, figures in self.classes.items() if best in figures}
        if len(own) < 2:
            return ""
        low, high = min(own, key=lambda label: own[label]), max(own, key=lambda label: own[label])
        return (
            f"Of single bands, {best} tells the {counted(len(own), 'class', 'classes')} apart best: "
            f"from {own[low]:,.4g} ({low}) to {own[high]:,.4g} ({high}) on average."
        )


@dataclass(frozen=True, slots=True)
class Signatures:
    """The signatures of all sensors."""

    parts: tuple[Signature, ...]

    def views(self) -> tuple[View, ...]:
        """Return the panels of each sensor."""
        return tuple(view for part in self.parts for view in part.views())


def signatures(figures: PixelFigures, sensors: Mapping[str, Sensor]) -> Signatures:
    """Put mean and spread of each class in each band in the order of the wavelengths.

    A patch with several labels counts for each of them, so signatures of multi-label data are those of patches in which
    a class occurs, not of the class alone.

    Raises
    ------
    ValueError
        No patch that was read has a label.
    """
    if not figures.classes:
        raise ValueError("no patch that was read has a label")
    parts = []
    for asset, sensor in sensors.items():
        own = [one for one in figures.classes if one.asset == asset]
        if own:
            parts.append(_signature(asset, sensor, own, figures))
    return Signatures(tuple(parts))


def _signature(asset: str, sensor: Sensor, own: list[ClassFigures], figures: PixelFigures) -> Signature:
    read = {one.band for one in own}
    bands = [number for number, band in enumerate(sensor.bands) if band.name in read]
    centres = {number: sensor.bands[number].centre for number in bands}
    if all(centre is not None for centre in centres.values()):
        bands.sort(key=lambda number: (centres[number] or 0.0, number))
    by_label: dict[str, dict[str, ClassFigures]] = {}
    for one in own:
        by_label.setdefault(one.label, {})[one.band] = one
    ranked = sorted(by_label, key=lambda label: (-_patches(by_label[label]), label))
    whole = {band.band: band.mean for band in figures.bands if band.asset == asset and band.mean is not None}
    return Signature(asset, sensor, tuple(bands), {label: by_label[label] for label in ranked}, whole)


def _patches(own: Mapping[str, ClassFigures]) -> int:
    return max(one.patches for one in own.values())


def _series(label: str, own: Mapping[str, ClassFigures], names: tuple[str, ...]) -> Series:
    return Series(
        label,
        tuple(own[name].mean if name in own else None for name in names),
        tuple(own[name].std if name in own else None for name in names),
        counted(_patches(own), "patch", "patches"),
    )
