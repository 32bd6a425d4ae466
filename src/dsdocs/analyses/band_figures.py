"""Which values do the bands hold, and how are they distributed?"""

from __future__ import annotations

from dataclasses import dataclass

from dsdocs.analyses.words import counted
from dsdocs.pixels.model import BandFigures, PixelFigures
from dsdocs.views import Bars, Cell, Distribution, Histograms, Table, View

MARKED = (2, 50, 98)  # percentiles in a histogram
_DIGITS = 5  # significant ones of a figure on a page; the JSON has all


@dataclass(frozen=True, slots=True)
class BandTables:
    """Figures of each band, its histogram, and the codes of each map."""

    bands: tuple[BandFigures, ...]
    read: int  # patches
    sampled: bool
    titles: dict[str, str]  # key of an asset -> what to call it; empty where there is one asset

    def views(self) -> tuple[View, ...]:
        """Return tables of figures and of storage, a histogram for each band, and the codes of each map."""
        measured = [band for band in self.bands if band.mean is not None]
        maps = [band for band in self.bands if band.kind == "map" and band.values]
        views: list[View] = [_values(self, measured), _storage(self)] if self.bands else []
        for asset in dict.fromkeys(band.asset for band in measured):
            views.append(_histograms(self, [band for band in measured if band.asset == asset]))
        return (*views, *(_codes(self, band) for band in maps))

    def name(self, band: BandFigures) -> str:
        """Return what to call a band: with its sensor, where there are several."""
        title = self.titles.get(band.asset)
        return f"{title} {band.band}" if title else band.band


def band_figures(figures: PixelFigures) -> BandTables:
    """Put the figures of all bands into tables and histograms.

    Raises
    ------
    ValueError
        No band was read.
    """
    if not figures.bands:
        raise ValueError("no pixels were read; see [pixels] in dsdocs.toml")
    assets = list(dict.fromkeys(band.asset for band in figures.bands))
    titles = {asset: asset for asset in assets} if len(assets) > 1 else {}
    return BandTables(figures.bands, figures.read, figures.sampled, titles)


def _values(tables: BandTables, bands: list[BandFigures]) -> Table:
    columns = ("Band", "Mean", "Std. dev.", "Min.", "1 %", "2 %", "Median", "98 %", "99 %", "Max.")
    rows: list[tuple[Cell, ...]] = [
        (
            tables.name(band),
            *(
                _rounded(value)
                for value in (band.mean, band.std, band.minimum, *band.percentiles.values(), band.maximum)
            ),
        )
        for band in bands
    ]
    return Table("Values of the bands", columns, tuple(rows), _finding(tables, bands))


def _finding(tables: BandTables, bands: list[BandFigures]) -> str:
    pixels = sum(band.count for band in bands)
    what = "a sample of " if tables.sampled else ""
    said = f"{pixels:,} pixels of {what}{counted(tables.read, 'patch', 'patches')}."
    gaps = max(bands, key=lambda band: band.nodata_share, default=None)
    if gaps is not None and gaps.nodata_share > 0:
        said += f" Most without data has {tables.name(gaps)}: {_percent(gaps.nodata_share):g} %."
    full = max(bands, key=lambda band: band.saturated_share, default=None)
    if full is not None and full.saturated_share > 0:
        said += f" Most saturated is {tables.name(full)}: {_percent(full.saturated_share):g} %."
    if not any(band.nodata_share or band.saturated_share for band in bands):
        said += " Every one of them has data, and none is saturated."
    return said


def _storage(tables: BandTables) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for band in tables.bands:
        sizes = [
            f"{width} x {height}" + (f" ({count:,})" if len(band.sizes) > 1 else "")
            for width, height, count in band.sizes
        ]
        shown = ", ".join(sizes[:3]) + (f" and {len(sizes) - 3:,} more" if len(sizes) > 3 else "")
        shares = (_percent(band.nodata_share), _percent(band.saturated_share), _saturated_from(band))
        rows.append((tables.name(band), ", ".join(band.dtypes), shown, band.gsd, band.patches, band.count, *shares))
    columns = (
        "Band", "Type", "Size (px)", "Resolution (m)", "Patches", "Pixels with data", "No data (%)", "Saturated (%)",
        "Saturated from",
    )  # fmt: skip
    odd = [tables.name(band) for band in tables.bands if len(band.sizes) > 1 or len(band.dtypes) > 1]
    same = "Each band has one type and one size in all patches."
    finding = same if not odd else f"Type or size differ between patches in {', '.join(odd)}."
    return Table("How the bands are stored", columns, tuple(rows), finding)


def _saturated_from(band: BandFigures) -> str | None:
    """Write the value from which pixels are saturated, and whose it is."""
    if not band.saturated_from:
        return None
    said = "declared for the sensor" if band.declared else "the largest of the type"
    return f"{', '.join(f'{level:g}' for level in band.saturated_from)} ({said})"


def _histograms(tables: BandTables, bands: list[BandFigures]) -> Histograms:
    found = []
    for band in bands:
        bins = band.bins
        if bins is None:
            continue
        outside = (bins.below + bins.above) / max(1, band.count)
        note = f"{_percent(outside):g} % beyond" if outside >= 0.0001 else ""
        marks = tuple(band.percentiles[percent] for percent in MARKED)
        found.append(Distribution(band.band, bins.start, bins.width, bins.counts, marks, note))
    title = tables.titles.get(bands[0].asset)
    finding = _spread(bands) if len(bands) > 1 else ""
    names = tuple(f"{percent} %" if percent != 50 else "median" for percent in MARKED)
    return Histograms(f"Histograms of {title}" if title else "Histograms", "", "pixels", tuple(found), names, finding)


def _spread(bands: list[BandFigures]) -> str:
    """Say which band varies most; for its mean, where no value is negative, as decibels are."""
    if any((band.minimum or 0.0) < 0 for band in bands):
        least, most = (choose(bands, key=lambda band: band.std or 0.0) for choose in (min, max))
        shares = [f"{band.std:.3g}" for band in (most, least)]
        return f"{most.band} varies the most, {least.band} the least: standard deviations of {' and '.join(shares)}."
    least, most = (choose(bands, key=_relative) for choose in (min, max))
    return (
        f"{most.band} varies the most for its mean, {least.band} the least: standard deviations of "
        f"{_relative(most):.0%} and {_relative(least):.0%} of the mean."
    )


def _relative(band: BandFigures) -> float:
    return (band.std or 0.0) / max(abs(band.mean or 0.0), 1e-12)


def _codes(tables: BandTables, band: BandFigures) -> Bars:
    total = sum(band.values.values())
    ranked = sorted(band.values.items(), key=lambda pair: (-pair[1], pair[0]))
    finding = (
        f"{counted(len(ranked), 'code')} in {total:,} pixels; {ranked[0][0]} has the most, {ranked[0][1] / total:.1%}."
    )
    categories = tuple(str(code) for code, _ in ranked)
    return Bars(f"Codes of {band.asset}", categories, tuple(count for _, count in ranked), "pixels", finding, total)


def _rounded(value: float | None) -> float | int | None:
    if value is None or value == int(value):
        return None if value is None else int(value)
    return float(f"{value:.{_DIGITS}g}")


def _percent(share: float) -> float:
    return float(f"{100 * share:.2g}")
