"""Train the baselines of a data set, and leave them as ONNX files and one file of scores: what a GPU cell calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dsdocs.classify.patches import Patches, Rows, Split, choose_rows, read_patches
from dsdocs.classify.recipe import RESNET_18, SCNN_ALL, SCNN_RGB, SCNN_SINGLE, Recipe
from dsdocs.classify.scores import Model, ModelScores, probabilities, write_scores
from dsdocs.classify.thresholds import best_threshold
from dsdocs.errors import ClassifyError
from dsdocs.features.inputs import default_input
from dsdocs.features.model import Input
from dsdocs.metrics import average_precision
from dsdocs.project import Project
from dsdocs.views import Table, View

if TYPE_CHECKING:
    from dsdocs.classify.training import Trained

BASELINES = (SCNN_RGB, SCNN_ALL, SCNN_SINGLE, RESNET_18)
SCORES = "scores.parquet"
_DEVICE = "DSDOCS_DEVICE"  # in the kernels of dsdocs execute: cuda or cpu
_EXAMPLES = 8  # patches on which an ONNX file is compared with torch

Progress = Callable[[str, int, int], None]  # what is done: patches, or the epochs of a network; done, their number


@dataclass(frozen=True, slots=True)
class TrainedClassifiers:
    """What was trained, in figures."""

    models: tuple[Model, ...]
    test_ap: tuple[float, ...]  # micro average precision of the patches for testing
    rows: tuple[int, int, int]  # patches for training, validation and testing
    rule: str  # how they were split

    def views(self) -> tuple[View, ...]:
        """Return a row for each network."""
        rows = tuple(
            (
                model.title,
                len(model.input["bands"]),
                model.training["parameters"],
                model.training["best_epoch"],
                model.training["epochs"],
                round(model.training["seconds"]),
                round(ap, 3),
            )
            for model, ap in zip(self.models, self.test_ap, strict=True)
        )
        columns = ("Network", "Bands", "Parameters", "Best epoch", "Epochs", "Seconds", "AP, micro, test")
        train, val, test = self.rows
        finding = f"{train:,} patches for training, {val:,} for validation, {test:,} for testing: {self.rule}."
        return (Table("Trained networks", columns, rows, finding),)


def train_classifiers(
    project: Project,
    folder: Path,
    *,
    recipes: Sequence[Recipe] = BASELINES,
    split: Split | None = None,
    size: tuple[int, int] | None = None,
    device: str | None = None,
    record: Callable[..., None] | None = None,
    progress: Progress | None = None,
) -> TrainedClassifiers:
    """Train networks, and write ``NAME.onnx`` of each that is published, and ``scores.parquet`` of all.

    Parameters
    ----------
    project
        The project; its patches need labels.
    folder
        Where the files go.
    recipes
        The networks; those whose bands the data set does not have are passed over, and so is a network of all bands
        where there are no others than those of true colour.
    split
        See `dsdocs.classify.patches.choose_rows`.
    size
        Height and width that patches are resampled to; default: that of most patches.
    device
        Where to train, as torch names it; default: what ``dsdocs execute`` was asked for, else the processor.
    record
        Called with figures to store, as `dsdocs.record`.
    progress
        Called with "patches" or the name of a network, what is done, and how much there is.

    Raises
    ------
    ClassifyError
        There is nothing to train, a split would be empty, or an ONNX file does not agree with torch.
    """
    from dsdocs.classify.training import train

    tell = progress or (lambda what, done, total: None)
    source = _input(project, size)
    wanted = possible(project, source, recipes)
    rows = choose_rows(project.summary, split=split)
    read = {
        name: read_patches(project, source, getattr(rows, name), rows.classes, half=name == "train", progress=tell)
        for name in ("train", "val", "test")
    }
    work = _Work(project, folder, source, rows, read, device or os.environ.get(_DEVICE) or "cpu")
    models, quality, scores = [], [], []
    for recipe, bands in wanted:
        pixels = work.pixels(bands)
        found = train(
            recipe, pixels["train"], read["train"].truth, pixels["val"], read["val"].truth, device=work.device,
            progress=partial(tell, recipe.name),
        )  # fmt: skip
        scores += work.scored(found, bands, pixels)
        test = scores[-1][1]
        models.append(test.model)
        quality.append(average_precision(test.truth, test.probabilities, average="micro"))
        if record:
            record(**{f"{recipe.name}.ap_micro_test": quality[-1]})
    write_scores(folder / SCORES, rows.classes, read["train"].truth.mean(axis=0).tolist(), scores)
    train_rows, val_rows, test_rows = (len(read[name].rows) for name in ("train", "val", "test"))
    return TrainedClassifiers(tuple(models), tuple(quality), (train_rows, val_rows, test_rows), rows.rule)


def possible(project: Project, source: Input, recipes: Sequence[Recipe]) -> tuple[tuple[Recipe, tuple[str, ...]], ...]:
    """Return the recipes that a data set allows, each with its bands.

    Raises
    ------
    ClassifyError
        None does.
    """
    colours = project.sensors[source.asset].true_colour
    colours = colours if colours and set(colours) <= set(source.bands) else None
    found: list[tuple[Recipe, tuple[str, ...]]] = []
    for recipe in recipes:
        if recipe.bands == "true-colour" and colours:
            found.append((recipe, colours))
        elif recipe.bands == "all" and (recipe.network != "s-cnn" or set(source.bands) != set(colours or ())):
            found.append((recipe, source.bands))
    if not found:
        names = ", ".join(recipe.name for recipe in recipes) or "nothing"
        raise ClassifyError(f"{source.asset}: its bands do not allow {names}")
    return tuple(found)


def _input(project: Project, size: tuple[int, int] | None) -> Input:
    usual = default_input(project)
    return usual if size is None else replace(usual, size=size)


@dataclass(frozen=True, slots=True)
class _Work:
    """What all networks of a run share."""

    project: Project
    folder: Path
    source: Input
    rows: Rows
    read: dict[str, Patches]
    device: str

    def pixels(self, bands: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Return the patches of each split with some of their bands."""
        if bands == self.source.bands:
            return {name: patches.pixels for name, patches in self.read.items()}
        places = [self.source.bands.index(band) for band in bands]
        return {name: np.ascontiguousarray(patches.pixels[:, places]) for name, patches in self.read.items()}

    def scored(
        self, found: Trained, bands: tuple[str, ...], pixels: dict[str, NDArray[Any]]
    ) -> list[tuple[str, ModelScores]]:
        """Write the ONNX file of a network, and score the patches that it did not learn from."""
        from dsdocs.classify.onnx import write_onnx
        from dsdocs.classify.training import score

        recipe, classes = found.recipe, self.rows.classes
        given = replace(self.source, bands=bands).as_json()
        parity = None
        if recipe.published:
            about = {"title": recipe.title, "input": given, "classes": list(classes), "activation": found.activation}
            path = self.folder / f"{recipe.name}.onnx"
            parity = write_onnx(found.model, about, path, example=pixels["test"][:_EXAMPLES])
        scores = {name: score(found.model, pixels[name]) for name in ("val", "test")}
        threshold = best_threshold(self.read["val"].truth, probabilities(scores["val"], found.activation))
        history = tuple((epoch.loss, epoch.val_loss, epoch.val_ap) for epoch in found.epochs)
        model = Model(
            recipe.name, recipe.title, given, found.activation, threshold, recipe.published,
            self._training(found) | {"parity": parity}, history,
        )  # fmt: skip
        ids = self.project.summary["id"]
        return [
            (
                name,
                ModelScores(
                    model,
                    classes,
                    tuple(ids.take(pa.array(self.read[name].rows)).to_pylist()),
                    scores[name],
                    self.read[name].truth,
                ),
            )
            for name in ("val", "test")
        ]

    def _training(self, found: Trained) -> dict[str, Any]:
        return {
            "recipe": asdict(found.recipe),
            "beyond_paper": list(found.recipe.beyond_paper()),
            "split": self.rows.rule,
            "patches": {name: len(patches.rows) for name, patches in self.read.items()},
            "skipped": sum(len(patches.skipped) for patches in self.read.values()),
            "excluded": self.rows.excluded,
            "unlabelled": self.rows.unlabelled,
            "epochs": len(found.epochs),
            "best_epoch": found.best + 1,
            "parameters": found.parameters,
            "mean": list(found.mean),
            "deviation": list(found.deviation),
            "device": self.device,
            "seconds": round(found.seconds, 1),
        }
