"""Which bands does a sensor have?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsdocs.sensors import Sensor
from dsdocs.views import Cell, Spectrum, Table, View


@dataclass(frozen=True, slots=True)
class Bands:
    """The bands of the sensors of a data set."""

    sensors: tuple[Sensor, ...]

    def views(self) -> tuple[View, ...]:
        """Return for each sensor its spectrum, where wavelengths are known, and a table."""
        views: list[View] = []
        for sensor in self.sensors:
            views += [*_spectrum(sensor), _table(sensor)]
        return tuple(views)


def bands(sensors: Mapping[str, Sensor]) -> Bands:
    """Describe the bands of sensors, given by the key of their asset; maps have none."""
    return Bands(tuple(sensor for sensor in sensors.values() if sensor.kind != "map"))


def _spectrum(sensor: Sensor) -> tuple[Spectrum, ...]:
    known = [
        (band.name, band.centre, band.width, band.gsd)
        for band in sensor.bands
        if band.centre is not None and band.width is not None and band.gsd is not None
    ]
    if not known:
        return ()
    names, centres, widths, gsds = zip(*known, strict=True)
    finding = (
        f"{len(known)} bands between {min(centres):.0f} and {max(centres):.0f} nm, "
        f"with pixels of {', '.join(f'{gsd:g}' for gsd in sorted(set(gsds)))} m."
    )
    return (Spectrum(f"Spectral bands of {sensor.title}", names, centres, widths, gsds, finding),)


def _table(sensor: Sensor) -> Table:
    offered: dict[str, list[Cell]] = {
        "Ground sample distance (m)": [band.gsd for band in sensor.bands],
        "Centre (nm)": [band.centre for band in sensor.bands],
        "Width (nm)": [band.width for band in sensor.bands],
        "Unit": [band.unit or None for band in sensor.bands],
        "Purpose": [band.description or None for band in sensor.bands],
    }
    # A column without a single value would only take room.
    columns: dict[str, list[Cell]] = {"Band": [band.name for band in sensor.bands]}
    columns |= {name: values for name, values in offered.items() if any(value is not None for value in values)}
    return Table(f"{sensor.title}: bands", tuple(columns), tuple(zip(*columns.values(), strict=True)))
