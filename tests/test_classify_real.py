"""Training on real satellite images: far above what labels alone give, and better with all bands than with three.

There are few of them here, so networks learn from parts of images and are tested on other parts: of the same
eleven patches of BigEarthNet, which asks for less than new scenes would, and of other images of EuroSAT.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from dsdocs.classify.patches import SCALE, truth_of
from dsdocs.classify.recipe import SCNN_ALL, Recipe
from dsdocs.classify.scores import probabilities
from dsdocs.classify.training import score, train
from dsdocs.export.samples import class_names
from dsdocs.features.inputs import default_input, read_inputs
from dsdocs.metrics import average_precision
from dsdocs.project import Project
from support.pixels import project_of

RGB = ("B04", "B03", "B02")


def parts(project: Project, edge: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return parts (patch, row, column, band, y, x) of all patches, labels of the patches, and names of the bands."""
    source = default_input(project)
    read = dict(read_inputs(project, source, range(project.summary.num_rows)))  # type: ignore[arg-type]
    pixels = np.stack([read[row] for row in sorted(read)])
    n, bands, height, width = pixels.shape
    high, wide = height // edge, width // edge
    cut = pixels[:, :, : high * edge, : wide * edge].reshape(n, bands, high, edge, wide, edge)
    rows = np.array(sorted(read))
    truth = truth_of(project.summary, rows, class_names(project.summary))
    return cut.transpose(0, 2, 4, 1, 3, 5), truth, source.bands


def outcome(
    recipe: Recipe, learn: np.ndarray, choose: np.ndarray, test: np.ndarray, truth: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Train on parts (patch, part, band, y, x); return AP, scores and truth of others."""
    flat, labels = [], []
    for block in (learn, choose, test):
        flat.append(np.ascontiguousarray(block.reshape(-1, *block.shape[2:])))
        labels.append(np.repeat(truth, block.shape[1], axis=0))
    found = train(recipe, (flat[0] * SCALE).astype(np.float16), labels[0], flat[1], labels[1])
    odds = probabilities(score(found.model, flat[2]), found.activation)
    return average_precision(labels[2], odds, average="micro"), odds, labels[2]


def test_all_bands_of_bigearthnet_tell_more_than_three(shared_data: Path, tmp_path: Path) -> None:
    project = project_of(shared_data / "bigearthnet_v1" / "tiny", tmp_path / "state")
    cut, truth, bands = parts(project, 24)
    lines = [cut[:, rows].reshape(len(cut), -1, *cut.shape[3:]) for rows in (slice(0, 3), slice(3, 4), slice(4, 5))]
    frequency = average_precision(truth, np.tile(truth.mean(axis=0), (len(truth), 1)), average="micro")
    places = [bands.index(name) for name in RGB]
    recipe = replace(SCNN_ALL, epochs=9, patience=None)
    few, all_ = [], []
    for seed in (0, 1):
        few.append(outcome(replace(recipe, seed=seed), *(block[:, :, places] for block in lines), truth)[0])  # type: ignore[arg-type]
        all_.append(outcome(replace(recipe, seed=seed), *lines, truth)[0])  # type: ignore[arg-type]
    assert min(few) > frequency + 0.15
    assert min(all_) > frequency + 0.3
    assert np.mean(all_) > np.mean(few) + 0.05


def test_forest_is_told_from_crops_in_images_of_eurosat_that_were_not_seen(shared_data: Path, tmp_path: Path) -> None:
    project = project_of(shared_data / "eurosat" / "EuroSAT_MS_small", tmp_path / "state")
    cut, truth, _ = parts(project, 16)
    whole = cut.reshape(len(cut), -1, *cut.shape[3:])
    names = project.summary["id"].to_pylist()
    images = [
        sorted((k for k, name in enumerate(names) if name.endswith(f"_{n}")), key=names.__getitem__) for n in "123"
    ]
    blocks, labels = [whole[rows] for rows in images], [truth[rows] for rows in images]
    np.testing.assert_array_equal(labels[0], labels[2])
    recipe = replace(SCNN_ALL, epochs=10, patience=None)
    _, odds, right = outcome(recipe, *blocks, labels[0])  # type: ignore[arg-type]
    accuracy = (odds.argmax(axis=1) == right.argmax(axis=1)).mean()
    assert right.mean(axis=0).max() == 0.5  # what always saying the same class would reach
    assert accuracy > 0.9
