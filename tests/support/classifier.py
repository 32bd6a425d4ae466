"""A small classifier for the sample archive, made without training: random filters and a ridge regression."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from dsdocs.classify.runtime import open_model, run_model
from dsdocs.classify.scores import Model, ModelScores, write_scores
from dsdocs.features.inputs import read_inputs
from dsdocs.features.model import Input
from dsdocs.project import Project
from dsdocs.records import RecordError

INPUT = Input("sentinel-2", ("B02", "B03", "B04", "B08", "B11"), (60, 60))
FILTERS, SEED = 24, 5
THRESHOLD = 0.35


def write_classifier(project: Project, folder: Path, *, name: str = "small") -> NDArray[np.float32]:
    """Write ``<name>.onnx`` and ``scores.parquet`` of a summarised project; return the pixels (n, bands, h, w)."""
    summary = project.summary
    classes = sorted({label for labels in summary["labels"].to_pylist() for label in labels})
    found = [one for one in read_inputs(project, INPUT, range(summary.num_rows)) if not isinstance(one, RecordError)]
    rows, pixels = [row for row, _ in found], np.stack([values for _, values in found])
    labels, splits = summary["labels"].to_pylist(), summary["split"].to_pylist()
    truth = np.array([[label in labels[row] for label in classes] for row in rows], dtype=np.uint8)
    path = folder / f"{name}.onnx"
    _save(path, pixels, np.zeros((FILTERS + len(INPUT.bands), len(classes))), np.zeros(len(classes)), classes)
    features = run_model(open_model(path), pixels)[1].astype(np.float64)
    train = np.array([splits[row] == "train" for row in rows])
    design = np.column_stack([features, np.ones(len(features))])
    penalty = np.eye(design.shape[1]) * 0.3
    targets = 5.0 * truth[train] - 2.5
    weights = np.linalg.solve(design[train].T @ design[train] + penalty, design[train].T @ targets)
    _save(path, pixels, weights[:-1], weights[-1], classes)
    scores = run_model(open_model(path), pixels)[0]
    model = Model(
        name, "Random filters with ridge regression", INPUT.as_json(), "sigmoid", THRESHOLD, True,
        {"epochs": 0, "patches": int(train.sum()), "device": "cpu"}, (),
    )  # fmt: skip
    parts = []
    for split in ("val", "test"):
        at = [place for place, row in enumerate(rows) if splits[row] == split]
        ids = tuple(summary["id"][rows[place]].as_py() for place in at)
        parts.append((split, ModelScores(model, tuple(classes), ids, scores[at], truth[at])))
    write_scores(folder / "scores.parquet", classes, truth[train].mean(axis=0).tolist(), parts)
    return pixels


def _save(
    path: Path, pixels: NDArray[np.float32], weights: NDArray[np.float64], bias: NDArray[np.float64], classes: list[str]
) -> None:
    bands = len(INPUT.bands)
    random = np.random.default_rng(SEED)
    kernels = random.normal(size=(FILTERS, bands, 5, 5)) / np.sqrt(25 * bands)
    constants = {
        "mean": pixels.mean(axis=(0, 2, 3)).reshape(1, -1, 1, 1),
        "scale": 1 / pixels.std(axis=(0, 2, 3)).reshape(1, -1, 1, 1),
        "kernels": kernels,
        "weights": weights,
        "bias": bias,
    }
    nodes = [
        helper.make_node("Sub", ["pixels", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "scale"], ["normal"]),
        helper.make_node("Conv", ["normal", "kernels"], ["seen"], strides=[3, 3]),
        helper.make_node("Relu", ["seen"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["texture"]),
        helper.make_node("GlobalAveragePool", ["normal"], ["colour"]),
        helper.make_node("Concat", ["texture", "colour"], ["both"], axis=1),
        helper.make_node("Flatten", ["both"], ["features"]),
        helper.make_node("Gemm", ["features", "weights", "bias"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", bands, *INPUT.size])],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", len(classes)]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", FILTERS + bands]),
        ],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    stated = {
        "input": INPUT.as_json(),
        "classes": classes,
        "activation": "sigmoid",
        "title": "Random filters with ridge regression",
    }
    helper.set_model_props(model, {"dsdocs": json.dumps(stated)})
    onnx.save(model, path)
