"""Scores of networks with the truth, in one Parquet file that needs no network to be read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dsdocs.classify.recipe import Activation
from dsdocs.errors import ClassifyError

FORMAT = 1
_KEY = b"dsdocs"
_COLUMNS = ("model", "id", "split", "scores", "truth")


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a network beside its scores; all of it plain JSON."""

    name: str
    title: str
    input: dict[str, Any]  # asset, bands, size
    activation: Activation
    threshold: float  # of the probability: the best micro F1 of the patches for validation
    published: bool  # whether it has an ONNX file
    training: dict[str, Any]  # epochs, patches, seconds, device, split, what goes beyond the paper ...
    history: tuple[tuple[float, float, float], ...]  # of each epoch: loss, loss and micro AP of validation


@dataclass(frozen=True, slots=True, eq=False)
class ModelScores:
    """Scores of one network for the patches of one split."""

    model: Model
    classes: tuple[str, ...]
    ids: tuple[str, ...]
    scores: NDArray[np.float32]  # (n, classes), before sigmoid or softmax
    truth: NDArray[np.uint8]  # (n, classes)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Scores between 0 and 1, (n, classes)."""
        return probabilities(self.scores, self.model.activation)


@dataclass(frozen=True, slots=True, eq=False)
class ClassifierScores:
    """Scores of networks for the patches for validation and test, none of which they learned from."""

    path: Path
    classes: tuple[str, ...]
    models: tuple[Model, ...]
    frequency: tuple[float, ...]  # of each class, share of the patches for training
    _table: pa.Table

    def model(self, name: str) -> Model:
        """Return what is known of a network.

        Raises
        ------
        ClassifyError
            There is none of that name.
        """
        for model in self.models:
            if model.name == name:
                return model
        raise ClassifyError(f"no classifier {name!r}; there are {', '.join(one.name for one in self.models)}")

    def of(self, name: str, split: str = "test") -> ModelScores:
        """Return the scores of a network for a split, ``val`` or ``test``."""
        model = self.model(name)
        mask = [a == name and b == split for a, b in zip(self._list("model"), self._list("split"), strict=True)]
        part = self._table.filter(pa.array(mask))
        if not part.num_rows:
            raise ClassifyError(f"{name}: no scores of split {split!r}; expected val or test")
        shape = (part.num_rows, len(self.classes))
        scores = part["scores"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(shape)
        truth = part["truth"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(shape)
        return ModelScores(model, self.classes, tuple(part["id"].to_pylist()), scores, truth)

    def _list(self, column: str) -> list[str]:
        values: list[str] = self._table[column].to_pylist()
        return values


def probabilities(scores: NDArray[np.float32], activation: Activation) -> NDArray[np.float32]:
    """Return the sigmoid of each score, or the softmax over classes, of scores (n, classes), without overflow."""
    values = scores.astype(np.float64)
    if activation == "softmax":
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
    small = np.exp(-np.abs(values))
    return np.asarray(np.where(values >= 0, 1, small) / (1 + small), dtype=np.float32)


def write_scores(
    path: Path, classes: Sequence[str], frequency: Sequence[float], found: Sequence[tuple[str, ModelScores]]
) -> None:
    """Write scores, each with the split of its patches; models in the order in which they first come."""
    models = {scores.model.name: scores.model for _, scores in found}
    parts = [
        pa.table(
            {
                "model": pa.array([scores.model.name] * len(scores.ids), pa.string()),
                "id": pa.array(scores.ids, pa.string()),
                "split": pa.array([split] * len(scores.ids), pa.string()),
                "scores": _lists(scores.scores, pa.float32()),
                "truth": _lists(scores.truth, pa.uint8()),
            }
        )
        for split, scores in found
    ]
    described = {
        "format": FORMAT,
        "classes": list(classes),
        "frequency": [float(share) for share in frequency],
        "models": [{name: getattr(model, name) for name in Model.__slots__} for model in models.values()],
    }
    table = pa.concat_tables(parts).replace_schema_metadata({_KEY: json.dumps(described, ensure_ascii=False)})
    pq.write_table(table, path, compression="zstd")


def classifier_scores(path: Path) -> ClassifierScores:
    """Read what `write_scores` wrote.

    Raises
    ------
    ClassifyError
        The file is no such file, or of another version.
    """
    try:
        table = pq.read_table(path)
        described = json.loads((table.schema.metadata or {})[_KEY])
        if described["format"] != FORMAT:
            raise ClassifyError(f"{path.name}: is of format {described['format']}; expected {FORMAT}")
        models = tuple(
            Model(**{**model, "history": tuple(tuple(epoch) for epoch in model["history"])})
            for model in described["models"]
        )
        classes = tuple(described["classes"])
        if table.column_names != list(_COLUMNS) or table.schema.field("scores").type.list_size != len(classes):
            raise ClassifyError(f"{path.name}: expected the columns {', '.join(_COLUMNS)}, of {len(classes)} classes")
    except (pa.ArrowInvalid, KeyError, TypeError, ValueError) as error:
        raise ClassifyError(f"{path.name}: is no file of classifier scores: {error}") from error
    return ClassifierScores(path, classes, models, tuple(described["frequency"]), table)


def _lists(values: NDArray[Any], kind: pa.DataType) -> pa.FixedSizeListArray:
    return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1), kind), values.shape[1])
