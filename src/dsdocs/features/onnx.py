"""Encoders that are ONNX files, run by onnxruntime with one thread."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dsdocs.errors import FeatureError
from dsdocs.features.model import Input, Pixels, Vectors

OUTPUT = "features"  # the one that is taken, where a model has it
METADATA = "dsdocs"  # key of the model's metadata under which ours say what they take
LARGEST = 4096  # px of a side
QUIET = 3  # of onnxruntime's log: errors only


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """What is known of a model without running it."""

    path: str
    digest: str  # SHA-256 of the file
    metadata: Mapping[str, Any]  # what ours say: input, classes, activation, title; else empty
    source: str  # name of the input
    shape: tuple[int | None, ...]  # of the input; None where it may be anything
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Onnx:
    """An encoder that is an output of an ONNX model."""

    name: str
    title: str
    input: Input
    dimensions: int
    path: str
    output: str
    model: str  # SHA-256 of the file
    kind: str = "onnx"

    @property
    def digest(self) -> str:
        """Hexadecimal digest of the model and of what is taken from it."""
        return hashlib.sha256(f"{self.model} {self.output} {self.input!r}".encode()).hexdigest()

    def encode(self, batch: Pixels) -> Vectors:
        """Return a vector for each patch."""
        return run(self.path, self.model, self.output, batch)


def onnx_encoder(name: str, path: Path, output: str, default: Input) -> Onnx:
    """Return the encoder of a model.

    Parameters
    ----------
    name
        Name of the encoder.
    path
        The model.
    output
        Name of its output; "" for ``features`` where it has that, else its first one.
    default
        What is taken of a patch, where the model does not say it.

    Raises
    ------
    FeatureError
        The file is no model, has no such output, or takes something else than patches.
    """
    model = open_model(path)
    if output and output not in model.outputs:
        raise FeatureError(f"{path}: has no output {output!r}; it has {', '.join(model.outputs)}")
    taken = output or (OUTPUT if OUTPUT in model.outputs else model.outputs[0])
    wanted = _input_of(model, default)
    blank = np.zeros((1, len(wanted.bands), *wanted.size), np.float32)
    dimensions = run(model.path, model.digest, taken, blank).shape[1]
    title = str(model.metadata.get("title") or f"Model {path.stem}")
    return Onnx(name, title, wanted, dimensions, model.path, taken, model.digest)


def open_model(path: Path) -> OnnxModel:
    """Read what a model says of itself.

    Raises
    ------
    FeatureError
        The file is missing or is no ONNX model, or it takes more than one input.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FeatureError(f"{path}: cannot be read: {error.strerror}") from error
    digest = hashlib.sha256(content).hexdigest()
    session = _session(str(path), digest)
    sources = session.get_inputs()
    if len(sources) != 1:
        raise FeatureError(f"{path}: takes {len(sources)} inputs; expected one, (n, bands, height, width)")
    text = session.get_modelmeta().custom_metadata_map.get(METADATA, "{}")
    try:
        metadata = json.loads(text)
    except ValueError as error:
        raise FeatureError(f"{path}: its metadata {METADATA!r} is no JSON: {error}") from error
    if not isinstance(metadata, dict):
        raise FeatureError(f"{path}: its metadata {METADATA!r} is {type(metadata).__name__}; expected an object")
    shape = tuple(size if isinstance(size, int) else None for size in sources[0].shape)
    outputs = tuple(one.name for one in session.get_outputs())
    return OnnxModel(str(path), digest, metadata, sources[0].name, shape, outputs)


def run(path: str, digest: str, output: str, batch: Pixels) -> Vectors:
    """Run a model on patches, and return one of its outputs as ``(n, d)`` of float32."""
    session = _session(path, digest)
    source = session.get_inputs()[0]
    # A model whose batch is fixed takes one patch after the other.
    fixed = isinstance(source.shape[0], int)
    batches = [batch[number : number + 1] for number in range(len(batch))] if fixed else [batch]
    try:
        found = [session.run([output], {source.name: np.ascontiguousarray(some)})[0] for some in batches]
    except Exception as error:  # of classes that onnxruntime does not export
        raise FeatureError(f"{path}: cannot be run on {batch.shape}: {str(error).splitlines()[0]}") from error
    values = np.concatenate(found).astype(np.float32)
    return values.reshape(len(batch), -1)


def _input_of(model: OnnxModel, default: Input) -> Input:
    told = model.metadata.get("input")
    if told is not None:
        try:
            rows, columns = map(int, told["size"])
            wanted = Input(str(told["asset"]), tuple(map(str, told["bands"])), (rows, columns))
        except (TypeError, KeyError, ValueError) as error:
            raise FeatureError(f"{model.path}: its metadata has no input with asset, bands and size") from error
        if not wanted.bands or not all(1 <= side <= LARGEST for side in wanted.size):
            raise FeatureError(f"{model.path}: takes {len(wanted.bands)} bands of {wanted.size} px, as no patch has")
        return wanted
    if len(model.shape) != 4:
        raise FeatureError(f"{model.path}: takes an input of shape {model.shape}; expected (n, bands, height, width)")
    _, bands, height, width = model.shape
    if bands not in (None, len(default.bands)):
        raise FeatureError(
            f"{model.path}: takes {bands} bands; {default.asset} has {len(default.bands)}: {', '.join(default.bands)}"
        )
    return Input(default.asset, default.bands, (height or default.size[0], width or default.size[1]))


@lru_cache(maxsize=4)
def _session(path: str, digest: str) -> Any:
    import onnxruntime

    content = Path(path).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise FeatureError(f"{path}: has changed while it was used; run it again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    try:
        # Of bytes: a model in a file could name other files to be read beside it.
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # of classes that onnxruntime does not export
        raise FeatureError(f"{path}: is no ONNX model: {str(error).splitlines()[0]}") from error
