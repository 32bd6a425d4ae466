"""Numbers that prose quotes: computed once, written to ``facts.json``, read by the ``{fact}`` role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.acquisition_time import SEASONS, acquisition_time
from dsdocs.analyses.flags import flag_columns, flags
from dsdocs.analyses.label_frequency import label_frequency
from dsdocs.analyses.labels_per_patch import labels_per_patch
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
    if summary["geometry"].null_count < summary.num_rows:
        found |= _place(summary)
    if summary["split"].null_count < summary.num_rows:
        found |= _splits(summary)
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
    most, least = next(iter(frequency.counts)), next(reversed(frequency.counts))
    return {
        "n_classes": _count(len(frequency.counts), "Classes that occur."),
        "n_labels": _count(sum(frequency.counts.values()), "Labels of all patches together."),
        "label_cardinality": Fact(frequency.cardinality, f"{frequency.cardinality:.2f}", "Mean labels per patch."),
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
    }
    return found


def _splits(summary: pa.Table) -> dict[str, Fact]:
    split = splits(summary)
    found = {f"n_{name}": _count(count, f"Patches of the {name} split.") for name, count in split.sizes.items()}
    return {**found, "n_without_split": _count(split.unassigned, "Patches in no split.")}


def _count(value: int, description: str) -> Fact:
    return Fact(int(value), f"{int(value):,}", description)


def _size(n_bytes: int) -> str:
    """Write a size with three significant digits in decimal units."""
    size, unit = float(n_bytes), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}"
