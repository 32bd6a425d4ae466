"""Turn a remote-sensing patch archive into a living documentation site.

The names below are what pages use; each is imported on first use, so that ``import dsdocs`` loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dsdocs.analyses.acquisition_time import acquisition_time
    from dsdocs.analyses.band_constants import band_constants
    from dsdocs.analyses.band_figures import band_figures
    from dsdocs.analyses.band_order import band_order
    from dsdocs.analyses.bands import bands
    from dsdocs.analyses.claims import checked_claims
    from dsdocs.analyses.comparison import archive_comparison
    from dsdocs.analyses.coverage import coverage
    from dsdocs.analyses.data_sheet import data_sheet
    from dsdocs.analyses.density import density
    from dsdocs.analyses.examples import examples, galleries
    from dsdocs.analyses.flags import flags
    from dsdocs.analyses.footprint_map import footprint_map
    from dsdocs.analyses.hierarchy import crosswalk, hierarchy
    from dsdocs.analyses.known_errata import known_errata
    from dsdocs.analyses.label_frequency import label_frequency
    from dsdocs.analyses.label_groups import label_groups
    from dsdocs.analyses.label_imbalance import label_imbalance
    from dsdocs.analyses.label_loss import label_loss
    from dsdocs.analyses.label_pairs import label_pairs
    from dsdocs.analyses.label_representation import label_representation
    from dsdocs.analyses.label_sets import label_sets
    from dsdocs.analyses.labels_per_patch import labels_per_patch
    from dsdocs.analyses.leakage import leakage
    from dsdocs.analyses.leakage_hashes import near_duplicates
    from dsdocs.analyses.leakage_map import leakage_map, leaking_pairs
    from dsdocs.analyses.left_out import left_out
    from dsdocs.analyses.loading import format_loading, patch_loading, summary_loading, training_loading
    from dsdocs.analyses.metrics import ranking_measures, score_scaling
    from dsdocs.analyses.overview import overview, terms
    from dsdocs.analyses.places import places
    from dsdocs.analyses.provenance import provenance
    from dsdocs.analyses.quality import quality
    from dsdocs.analyses.raw_data import listing, metadata_file, reference_system, summary_rows
    from dsdocs.analyses.signatures import signatures
    from dsdocs.analyses.splits import kept_together, splits
    from dsdocs.analyses.version_history import version_history
    from dsdocs.classify.baselines import train_classifiers
    from dsdocs.classify.calibration import calibration
    from dsdocs.classify.evaluation import class_measures, classifier_measures, training_history
    from dsdocs.classify.mistakes import co_errors
    from dsdocs.classify.paper import beside_paper
    from dsdocs.classify.scores import classifier_scores
    from dsdocs.classify.thresholds import threshold_sweep
    from dsdocs.display import show
    from dsdocs.findings import stored_findings
    from dsdocs.nomenclatures import load_nomenclature
    from dsdocs.notebooks.gpu.inside import export_folder, exported, exported_values, record
    from dsdocs.pixels.stored import open_pixels
    from dsdocs.project import open_project
    from dsdocs.resplit.outcome import other_splits
    from dsdocs.retrieval.examples import retrieval_examples
    from dsdocs.retrieval.overview import retrieval_index
    from dsdocs.retrieval.quality import retrieval_quality

_HOME = {
    "acquisition_time": "analyses.acquisition_time",
    "archive_comparison": "analyses.comparison",
    "band_constants": "analyses.band_constants",
    "band_figures": "analyses.band_figures",
    "band_order": "analyses.band_order",
    "bands": "analyses.bands",
    "beside_paper": "classify.paper",
    "calibration": "classify.calibration",
    "checked_claims": "analyses.claims",
    "class_measures": "classify.evaluation",
    "classifier_measures": "classify.evaluation",
    "classifier_scores": "classify.scores",
    "co_errors": "classify.mistakes",
    "coverage": "analyses.coverage",
    "crosswalk": "analyses.hierarchy",
    "data_sheet": "analyses.data_sheet",
    "density": "analyses.density",
    "examples": "analyses.examples",
    "export_folder": "notebooks.gpu.inside",
    "exported": "notebooks.gpu.inside",
    "exported_values": "notebooks.gpu.inside",
    "flags": "analyses.flags",
    "footprint_map": "analyses.footprint_map",
    "format_loading": "analyses.loading",
    "galleries": "analyses.examples",
    "hierarchy": "analyses.hierarchy",
    "kept_together": "analyses.splits",
    "known_errata": "analyses.known_errata",
    "label_frequency": "analyses.label_frequency",
    "label_groups": "analyses.label_groups",
    "label_imbalance": "analyses.label_imbalance",
    "label_loss": "analyses.label_loss",
    "label_pairs": "analyses.label_pairs",
    "label_representation": "analyses.label_representation",
    "label_sets": "analyses.label_sets",
    "labels_per_patch": "analyses.labels_per_patch",
    "leakage": "analyses.leakage",
    "leakage_map": "analyses.leakage_map",
    "leaking_pairs": "analyses.leakage_map",
    "left_out": "analyses.left_out",
    "listing": "analyses.raw_data",
    "load_nomenclature": "nomenclatures",
    "metadata_file": "analyses.raw_data",
    "near_duplicates": "analyses.leakage_hashes",
    "open_pixels": "pixels.stored",
    "open_project": "project",
    "other_splits": "resplit.outcome",
    "overview": "analyses.overview",
    "patch_loading": "analyses.loading",
    "places": "analyses.places",
    "provenance": "analyses.provenance",
    "quality": "analyses.quality",
    "ranking_measures": "analyses.metrics",
    "record": "notebooks.gpu.inside",
    "reference_system": "analyses.raw_data",
    "retrieval_examples": "retrieval.examples",
    "retrieval_index": "retrieval.overview",
    "retrieval_quality": "retrieval.quality",
    "score_scaling": "analyses.metrics",
    "show": "display",
    "signatures": "analyses.signatures",
    "splits": "analyses.splits",
    "stored_findings": "findings",
    "summary_loading": "analyses.loading",
    "summary_rows": "analyses.raw_data",
    "terms": "analyses.overview",
    "threshold_sweep": "classify.thresholds",
    "train_classifiers": "classify.baselines",
    "training_history": "classify.evaluation",
    "training_loading": "analyses.loading",
    "version_history": "analyses.version_history",
}

__all__ = [
    "acquisition_time",
    "archive_comparison",
    "band_constants",
    "band_figures",
    "band_order",
    "bands",
    "beside_paper",
    "calibration",
    "checked_claims",
    "class_measures",
    "classifier_measures",
    "classifier_scores",
    "co_errors",
    "coverage",
    "crosswalk",
    "data_sheet",
    "density",
    "examples",
    "export_folder",
    "exported",
    "exported_values",
    "flags",
    "footprint_map",
    "format_loading",
    "galleries",
    "hierarchy",
    "kept_together",
    "known_errata",
    "label_frequency",
    "label_groups",
    "label_imbalance",
    "label_loss",
    "label_pairs",
    "label_representation",
    "label_sets",
    "labels_per_patch",
    "leakage",
    "leakage_map",
    "leaking_pairs",
    "left_out",
    "listing",
    "load_nomenclature",
    "metadata_file",
    "near_duplicates",
    "open_pixels",
    "open_project",
    "other_splits",
    "overview",
    "patch_loading",
    "places",
    "provenance",
    "quality",
    "ranking_measures",
    "record",
    "reference_system",
    "retrieval_examples",
    "retrieval_index",
    "retrieval_quality",
    "score_scaling",
    "show",
    "signatures",
    "splits",
    "stored_findings",
    "summary_loading",
    "summary_rows",
    "terms",
    "threshold_sweep",
    "train_classifiers",
    "training_history",
    "training_loading",
    "version_history",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module 'dsdocs' has no attribute {name!r}")
    return getattr(import_module(f"dsdocs.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
