"""Turn a remote-sensing patch archive into a living documentation site.

The names below are what pages use; each is imported on first use, so that ``import dsdocs`` loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dsdocs.analyses.acquisition_time import acquisition_time
    from dsdocs.analyses.bands import bands
    from dsdocs.analyses.examples import examples, galleries
    from dsdocs.analyses.flags import flags
    from dsdocs.analyses.footprint_map import footprint_map
    from dsdocs.analyses.hierarchy import crosswalk, hierarchy
    from dsdocs.analyses.label_frequency import label_frequency
    from dsdocs.analyses.labels_per_patch import labels_per_patch
    from dsdocs.analyses.left_out import left_out
    from dsdocs.analyses.loading import format_loading, patch_loading, summary_loading, training_loading
    from dsdocs.analyses.overview import overview, terms
    from dsdocs.analyses.places import places
    from dsdocs.analyses.provenance import provenance
    from dsdocs.analyses.raw_data import listing, metadata_file, reference_system, summary_rows
    from dsdocs.analyses.splits import splits
    from dsdocs.display import show
    from dsdocs.nomenclatures import load_nomenclature
    from dsdocs.project import open_project

_HOME = {
    "acquisition_time": "analyses.acquisition_time",
    "bands": "analyses.bands",
    "crosswalk": "analyses.hierarchy",
    "examples": "analyses.examples",
    "flags": "analyses.flags",
    "footprint_map": "analyses.footprint_map",
    "format_loading": "analyses.loading",
    "galleries": "analyses.examples",
    "hierarchy": "analyses.hierarchy",
    "label_frequency": "analyses.label_frequency",
    "labels_per_patch": "analyses.labels_per_patch",
    "left_out": "analyses.left_out",
    "listing": "analyses.raw_data",
    "load_nomenclature": "nomenclatures",
    "metadata_file": "analyses.raw_data",
    "open_project": "project",
    "overview": "analyses.overview",
    "patch_loading": "analyses.loading",
    "places": "analyses.places",
    "provenance": "analyses.provenance",
    "reference_system": "analyses.raw_data",
    "show": "display",
    "splits": "analyses.splits",
    "summary_loading": "analyses.loading",
    "summary_rows": "analyses.raw_data",
    "terms": "analyses.overview",
    "training_loading": "analyses.loading",
}

__all__ = [
    "acquisition_time",
    "bands",
    "crosswalk",
    "examples",
    "flags",
    "footprint_map",
    "format_loading",
    "galleries",
    "hierarchy",
    "label_frequency",
    "labels_per_patch",
    "left_out",
    "listing",
    "load_nomenclature",
    "metadata_file",
    "open_project",
    "overview",
    "patch_loading",
    "places",
    "provenance",
    "reference_system",
    "show",
    "splits",
    "summary_loading",
    "summary_rows",
    "terms",
    "training_loading",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'dsdocs' has no attribute {name!r}")
    return getattr(import_module(f"dsdocs.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
