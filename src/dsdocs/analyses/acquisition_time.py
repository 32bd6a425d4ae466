"""When were the patches acquired?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.ground import moments_of
from dsdocs.views import Bars, Calendar, Heatmap, View

SEASONS = ("winter", "spring", "summer", "autumn")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class AcquisitionTime:
    """Patches of each day and season."""

    days: dict[str, int]  # ISO 8601 date (UTC) -> patches, ascending
    seasons: dict[str, int]  # meteorological season -> patches, winter first
    undated: int

    @property
    def years(self) -> dict[int, int]:
        """Patches of each year, ascending; a year between two others may have none."""
        found = {year: 0 for year in range(int(min(self.days)[:4]), int(max(self.days)[:4]) + 1)}
        for day, count in self.days.items():
            found[int(day[:4])] += count
        return found

    def views(self) -> tuple[View, ...]:
        """Return a calendar, the seasons and, where there are several, the years by month."""
        first, last = next(iter(self.days)), next(reversed(self.days))
        calendar = Calendar(
            "Patches per acquisition date", tuple(self.days), tuple(self.days.values()), "patches",
            f"Patches were acquired on {len(self.days):,} days between {first} and {last}."
            if len(self.days) > 1 else f"All patches were acquired on one day, {first}.",
        )  # fmt: skip
        most = max(self.seasons, key=lambda season: self.seasons[season])
        finding = f"Most patches, {self.seasons[most]:,}, were acquired in {most}."
        if len(self.seasons) == 1:
            finding = f"All patches were acquired in {most}."
        values = tuple(float(count) for count in self.seasons.values())
        seasons = Bars("Patches per season", tuple(self.seasons), values, "patches", finding)
        return (calendar, seasons, *((self._years(), self._months()) if len(self.years) > 1 else ()))

    def _years(self) -> Bars:
        total, years = sum(self.days.values()), self.years
        most = max(years, key=lambda year: years[year])
        finding = f"{most} has the most patches: {years[most] / total:.0%} of those with a date."
        values = tuple(float(count) for count in years.values())
        return Bars("Patches per year", tuple(map(str, years)), values, "patches", finding)

    def _months(self) -> Heatmap:
        years = list(self.years)
        table = np.zeros((len(years), len(MONTHS)), dtype=np.int64)
        for day, count in self.days.items():
            table[int(day[:4]) - years[0], int(day[5:7]) - 1] += count
        empty = [month for month, count in zip(MONTHS, table.sum(axis=0).tolist(), strict=True) if not count]
        finding = f"No patch was acquired in {', '.join(empty)}." if empty else "Every month of the year has patches."
        values = tuple(tuple(int(count) or None for count in line) for line in table)
        return Heatmap("Patches per month", tuple(map(str, years)), MONTHS, values, "patches", finding)


def acquisition_time(summary: pa.Table) -> AcquisitionTime:
    """Count patches by day and by meteorological season.

    Reads ``datetime`` (UTC) and ``season``; winter is December to February, spring March to May, summer June to
    August, autumn September to November, whatever the year and the hemisphere.

    Raises
    ------
    ValueError
        No patch has an acquisition time.
    """
    known = pc.is_valid(summary["datetime"]).to_numpy()
    days, counts = np.unique(moments_of(summary)[known] // _DAY, return_counts=True)
    if not len(days):
        raise ValueError("no patch of the summary has an acquisition time")
    by_day = dict(zip(days.astype("datetime64[D]").astype(str).tolist(), counts.tolist(), strict=True))
    by_season = {
        entry["values"]: entry["counts"] for entry in pc.value_counts(summary["season"].cast(pa.string())).to_pylist()
    }
    seasons = {season: by_season[season] for season in SEASONS if season in by_season}
    return AcquisitionTime(by_day, seasons, int((~known).sum()))
