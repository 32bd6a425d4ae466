"""In which countries and tiles do the patches lie, and how often does a place come back?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.ground import Integers, moments_of, places_of, together
from dsdocs.analyses.once import once
from dsdocs.analyses.words import counted
from dsdocs.geo.countries import country_name
from dsdocs.views import Bars, Table, View

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Places:
    """Where patches lie, and how often the same footprint occurs."""

    countries: dict[str, int]  # ISO 3166-1 alpha-2 -> patches, most first
    tiles: dict[str, int]  # source granule -> patches, most first
    visits: dict[int, int]  # patches at one place -> places
    without_country: int
    dates: dict[int, int]  # days on which a place was seen -> places; empty without acquisition times

    @property
    def n_places(self) -> int:
        """Number of distinct footprints."""
        return sum(self.visits.values())

    def views(self) -> tuple[View, ...]:
        """Return countries, tiles and revisits, each where there is one."""
        views: list[View] = []
        if self.countries:
            names = tuple(country_name(code) for code in self.countries)
            values = tuple(float(count) for count in self.countries.values())
            views.append(Bars("Patches per country", names, values, "patches", self._countries(names)))
        if self.tiles:
            finding = f"The patches were cut from {counted(len(self.tiles), 'tile')}."
            views.append(Table("Patches per tile", ("Tile", "Patches"), tuple(self.tiles.items()), finding))
        again = sum(places for visits, places in self.visits.items() if visits > 1)
        if again:
            rows = tuple((visits, places, visits * places) for visits, places in self.visits.items())
            finding = (
                f"{again:,} of {counted(self.n_places, 'place')} {'occurs' if again == 1 else 'occur'} more than once."
            )
            columns = ("Patches at the place", "Places", "Patches")
            views.append(Table("Places that come back", columns, rows, finding))
        if len(self.dates) > 1:
            values = tuple(float(places) for places in self.dates.values())
            names = tuple(counted(days, "day") for days in self.dates)
            several = sum(places for days, places in self.dates.items() if days > 1)
            finding = f"{several:,} of {counted(sum(self.dates.values()), 'place')} were seen on more than one day."
            views.append(Bars("Days on which a place was seen", names, values, "places", finding))
        return tuple(views)

    def _countries(self, names: tuple[str, ...]) -> str:
        """Say in one sentence where most patches lie, and how many lie nowhere."""
        values = tuple(self.countries.values())
        most = counted(values[0], "patch", "patches")
        if len(names) > 1 and values[0] == values[-1]:
            found = f"Each of {len(names)} countries has {most}"
        elif len(names) > 1:
            found = f"{names[0]} has the most of {len(names)} countries: {most}"
        else:
            found = f"{names[0]}: {most}"
        outside = f"; {counted(self.without_country, 'patch', 'patches')} in no country" if self.without_country else ""
        return f"{found}{outside}."


@once
def places(summary: pa.Table) -> Places:
    """Count patches by country and tile, and places by their number of patches.

    Two patches share a place when their bounding boxes in OGC:CRS84 are equal to 1e-6 degrees (about 0.1 m).

    Raises
    ------
    ValueError
        No patch has a footprint.
    """
    placed = summary.select(["country", "tile"]).filter(pc.is_valid(summary["geometry"]))
    if not placed.num_rows:
        raise ValueError("no patch of the summary has a footprint")
    place, moment = places_of(summary), moments_of(summary)
    visits = _times(place[place >= 0])
    # A place and a day once, and then how often each place is left.
    day = np.where(moment < 0, -1, moment // _DAY)
    both = together(place, day)
    dated = np.flatnonzero(both >= 0)
    dates = _times(place[dated[np.unique(both[dated], return_index=True)[1]]])
    countries, without = _counted(placed["country"])
    tiles, _ = _counted(placed["tile"])
    return Places(countries, tiles, visits, without, dates)


def _times(number: Integers) -> dict[int, int]:
    """Return how many numbers occur once, twice and so on."""
    counts = np.bincount(np.bincount(number))
    return {times: int(count) for times, count in enumerate(counts.tolist()) if times and count}


def _counted(column: pa.ChunkedArray) -> tuple[dict[str, int], int]:
    found = {entry["values"]: entry["counts"] for entry in pc.value_counts(column.cast(pa.string())).to_pylist()}
    missing = found.pop(None, 0)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))), missing
