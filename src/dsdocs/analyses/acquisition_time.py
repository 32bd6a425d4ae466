"""When were the patches acquired?"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.views import Bars, Calendar, View

SEASONS = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True, slots=True)
class AcquisitionTime:
    """Patches of each day and season."""

    days: dict[str, int]  # ISO 8601 date (UTC) -> patches, ascending
    seasons: dict[str, int]  # meteorological season -> patches, winter first
    undated: int

    def views(self) -> tuple[View, ...]:
        """Return a calendar and the seasons."""
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
        return (calendar, Bars("Patches per season", tuple(self.seasons), values, "patches", finding))


def acquisition_time(summary: pa.Table) -> AcquisitionTime:
    """Count patches by day and by meteorological season.

    Reads ``datetime`` (UTC) and ``season``; winter is December to February, spring March to May, summer June to
    August, autumn September to November, whatever the year and the hemisphere.

    Raises
    ------
    ValueError
        No patch has an acquisition time.
    """
    days = pc.strftime(summary["datetime"], format="%Y-%m-%d")
    by_day = {entry["values"]: entry["counts"] for entry in pc.value_counts(days).to_pylist()}
    undated = by_day.pop(None, 0)
    if not by_day:
        raise ValueError("no patch of the summary has an acquisition time")
    by_season = {
        entry["values"]: entry["counts"] for entry in pc.value_counts(summary["season"].cast(pa.string())).to_pylist()
    }
    seasons = {season: by_season[season] for season in SEASONS if season in by_season}
    return AcquisitionTime(dict(sorted(by_day.items())), seasons, undated)
