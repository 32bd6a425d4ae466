"""Numbers that prose quotes: computed once, written to ``facts.json``, read by the ``{fact}`` role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.acquisition_time import SEASONS, acquisition_time
from dsdocs.analyses.coverage import coverage
from dsdocs.analyses.flags import flag_columns, flags
from dsdocs.analyses.label_frequency import label_frequency
from dsdocs.analyses.label_imbalance import RARE, label_imbalance
from dsdocs.analyses.label_sets import label_sets
from dsdocs.analyses.labels_per_patch import labels_per_patch
from dsdocs.analyses.leakage import leakage, percent
from dsdocs.analyses.places import places
from dsdocs.analyses.splits import splits


@dataclass(frozen=True, slots=True)
class Fact:
    """One number with the text that stands for it in prose."""

    value: int | float | str
    text: str
    description: str


def facts(summary: pa.Table, *, n_files: int, n_bytes: int) -> dict[str, Fact]:
    """Compute every fact that the data set supports; a fact that does not apply is not there.

    Parameters
    ----------
    summary
        One row per patch.
    n_files, n_bytes
        Files of the archive and their size in bytes.
    """
    found = {
        "n_patches": _count(summary.num_rows, "Patches in the data set."),
        "n_files": _count(n_files, "Files in the archive."),
        "archive_size": Fact(n_bytes, _size(n_bytes), "Size of the archive's files."),
    }
    found |= _pixels(summary)
    if flag_columns(summary):
        found["n_flagged"] = _count(flags(summary).flagged, "Patches that the archive flags, for snow or cloud say.")
    if _any_label(summary):
        found |= _labels(summary)
    if summary["datetime"].null_count < summary.num_rows:
        found |= _time(summary)
    placed = summary["geometry"].null_count < summary.num_rows
    if placed:
        found |= _place(summary)
    if summary["split"].null_count < summary.num_rows:
        found |= _splits(summary)
        if placed:
            found |= _leakage(summary)
    return dict(sorted(found.items()))


def to_json(found: Mapping[str, Fact]) -> dict[str, Any]:
    """Return facts as JSON types."""
    return {key: asdict(fact) for key, fact in found.items()}


def _any_label(summary: pa.Table) -> bool:
    return len(summary["labels"].combine_chunks().flatten()) > 0


def _pixels(summary: pa.Table) -> dict[str, Fact]:
    found = {}
    for name, unit in (("width", "px"), ("height", "px"), ("gsd", "m")):
        values = pc.unique(summary[name].drop_null()).to_pylist()
        if len(values) == 1:
            found[f"patch_{name}"] = Fact(values[0], f"{values[0]:g}", f"The {name} that every patch has, in {unit}.")
    return found


def _labels(summary: pa.Table) -> dict[str, Fact]:
    frequency, histogram = label_frequency(summary), labels_per_patch(summary)
    imbalance, sets = label_imbalance(summary), label_sets(summary)
    most, least = next(iter(frequency.counts)), next(reversed(frequency.counts))
    return {
        "n_classes": _count(len(frequency.counts), "Classes that occur."),
        "n_labels": _count(sum(frequency.counts.values()), "Labels of all patches together."),
        "label_cardinality": Fact(frequency.cardinality, f"{frequency.cardinality:.2f}", "Mean labels per patch."),
        "label_density": _rounded(histogram.density, 3, "Mean labels per patch over the number of classes that occur."),
        "label_ratio_max": _rounded(
            imbalance.ratios[-1], 1, "Patches of the most frequent class over the rarest (IRLbl)."
        ),
        "label_ratio_mean": _rounded(imbalance.mean_ratio, 1, "Mean over classes of that ratio (MeanIR)."),
        "n_effective_classes": _rounded(imbalance.effective, 1, "Equally frequent classes with the same entropy."),
        "n_half_classes": _count(imbalance.half, "Fewest classes that hold half of all labels."),
        "n_rare_classes": _count(len(imbalance.rare), f"Classes on less than {RARE:.0%} of the patches."),
        "n_label_sets": _count(sets.n_sets, "Distinct combinations of labels."),
        "n_single_label_sets": _count(sets.once, "Combinations of labels that one patch alone has."),
        "labels_min": _count(min(histogram.patches), "Fewest labels of a patch."),
        "labels_max": _count(max(histogram.patches), "Most labels of a patch."),
        "most_frequent_class": Fact(most, most, "The class of most patches."),
        "most_frequent_class_patches": _count(frequency.counts[most], "Patches of the most frequent class."),
        "rarest_class": Fact(least, least, "The class of fewest patches."),
        "rarest_class_patches": _count(frequency.counts[least], "Patches of the rarest class."),
    }


def _time(summary: pa.Table) -> dict[str, Fact]:
    time = acquisition_time(summary)
    first, last = next(iter(time.days)), next(reversed(time.days))
    found = {
        "first_date": Fact(first, first, "First acquisition date (UTC)."),
        "last_date": Fact(last, last, "Last acquisition date (UTC)."),
        "n_dates": _count(len(time.days), "Acquisition dates."),
        "n_seasons": _count(len(time.seasons), "Meteorological seasons with a patch."),
    }
    found["n_years"] = _count(sum(count > 0 for count in time.years.values()), "Calendar years with a patch (UTC).")
    for season in SEASONS:
        found[f"n_{season}"] = _count(time.seasons.get(season, 0), f"Patches of {season}.")
    return found


def _place(summary: pa.Table) -> dict[str, Fact]:
    where = places(summary)
    found = {
        "n_countries": _count(len(where.countries), "Countries with a patch."),
        "n_tiles": _count(len(where.tiles), "Source tiles."),
        "n_places": _count(where.n_places, "Distinct footprints."),
        "n_crs": _count(
            pc.count_distinct(summary["crs"].cast(pa.string())).as_py(), "Native coordinate reference systems."
        ),
        "n_places_again": _count(
            sum(count for visits, count in where.visits.items() if visits > 1), "Footprints of several patches."
        ),
    }
    covered = coverage(summary, tiles=False)
    found["area_covered"] = _area(covered.union, "Ground that the patches cover, in EPSG:6933 (equal-area).")
    found["area_patches"] = _area(covered.patches, "Areas of all patches together, in EPSG:6933 (equal-area).")
    return found


def _splits(summary: pa.Table) -> dict[str, Fact]:
    split = splits(summary)
    found = {f"n_{name}": _count(count, f"Patches of the {name} split.") for name, count in split.sizes.items()}
    found["n_without_split"] = _count(split.unassigned, "Patches in no split.")
    return found


def _leakage(summary: pa.Table) -> dict[str, Fact]:
    try:
        near = leakage(summary, repeats=0)
    except ValueError:  # none for training, or none for testing
        return {}
    found = {}
    for name in ("overlap", "touch", "revisit", "product", "tile"):
        share = near.share(name)
        if share is not None:
            value = percent(share.share)
            meaning = f"Test patches that {share.kind.said(near.against)}, in percent."
            found[f"test_{name}_share"] = Fact(value, f"{value:g} %", meaning)
    return found


def _count(value: int, description: str) -> Fact:
    return Fact(int(value), f"{int(value):,}", description)


def _area(area: float, description: str) -> Fact:
    value = area / 1e6
    return Fact(round(value, 3), f"{value:,.0f} km²" if value >= 100 else f"{value:,.3g} km²", description)


def _rounded(value: float, digits: int, description: str) -> Fact:
    return Fact(round(value, digits + 3), f"{value:,.{digits}f}", description)


def _size(n_bytes: int) -> str:
    """Write a size with three significant digits in decimal units."""
    size, unit = float(n_bytes), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}"
