"""Networks as ONNX files: raw stored values ``pixels`` in, ``scores`` and ``features`` out, the same as in torch."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from dsdocs.classify.runtime import METADATA, open_model, run_model
from dsdocs.errors import ClassifyError

OPSET = 20  # that onnxruntime-web runs
PARITY = 1e-4  # most that scores may differ between torch and onnxruntime
_OFF, _FLIPPED = 0.05, 0.01  # of a network of eight bits, on patches that set no range
_SMALL = 1024  # values; tensors below it stay as they are


@dataclass(frozen=True, slots=True)
class Quantised:
    """A network with weights and activations of eight bits, beside the one that it was made from."""

    path: Path
    difference: float  # largest of a probability
    flipped: float  # share of decisions at 0.5 that differ
    n_bytes: int

    @property
    def holds(self) -> bool:
        """Whether it may stand for the whole: no probability is off by more than 0.05, and 1 % of decisions at most."""
        return self.difference <= _OFF and self.flipped <= _FLIPPED


def write_onnx(model: nn.Module, about: dict[str, Any], path: Path, *, example: NDArray[np.float32]) -> float:
    """Write a network, and compare it with torch on some patches.

    Weights that half precision holds exactly are stored in it and read as float32: half the bytes, the same scores.

    Parameters
    ----------
    model
        The network in evaluation mode.
    about
        What `dsdocs.classify.runtime.metadata_of` gives back: title, input, classes, activation.
    path
        File to write.
    example
        Patches (n, bands, h, w), raw stored values.

    Returns
    -------
    float
        Largest difference of a score from torch's.

    Raises
    ------
    ClassifyError
        It is more than `PARITY`; the file is not left behind.
    """
    program = _exported(model, example)
    program.producer_name, program.producer_version = "dsdocs", ""
    program.doc_string = ""
    _halve(program.graph)
    del program.metadata_props[:]
    helper.set_model_props(program, {METADATA: json.dumps(about, ensure_ascii=False, sort_keys=True)})
    onnx.checker.check_model(program)
    path.write_bytes(program.SerializeToString(deterministic=True))
    found = parity(model, path, example)
    if not found <= PARITY:
        path.unlink()
        raise ClassifyError(f"{path.name}: onnxruntime's scores differ from torch's by {found:g}, more than {PARITY:g}")
    return found


def parity(model: nn.Module, path: Path, pixels: NDArray[np.float32]) -> float:
    """Return the largest difference of a score between torch and onnxruntime."""
    with torch.inference_mode():
        expected = model(torch.from_numpy(pixels))[0].numpy()
    return float(np.abs(run_model(open_model(path), pixels)[0] - expected).max())


def quantise(path: Path, out: Path, calibration: NDArray[np.float32], held_out: NDArray[np.float32]) -> Quantised:
    """Write a network with integers of eight bits, weights by channel, ranges of activations from some patches.

    Parameters
    ----------
    path
        File that `write_onnx` wrote.
    out
        File to write.
    calibration
        Patches by which ranges are set; patches for training.
    held_out
        Patches on which the two are compared.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left = iter(calibration)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            patch = next(self._left, None)
            return None if patch is None else {"pixels": patch[None]}

    whole = out.with_suffix(".float.onnx")
    program = onnx.load(path)
    _restore(program.graph)
    onnx.save(program, whole)
    try:
        with _quiet(""):  # it advises on the root logger
            quantize_static(
                whole, out, Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                op_types_to_quantize=["Conv", "Gemm", "MaxPool", "Relu", "Reshape"],
            )  # fmt: skip
    finally:
        whole.unlink()
    first, second = (run_model(open_model(one), held_out, probabilities=True)[0] for one in (path, out))
    flips = float(((first >= 0.5) != (second >= 0.5)).mean())
    return Quantised(out, float(np.abs(first - second).max()), flips, out.stat().st_size)


def _exported(model: nn.Module, example: NDArray[np.float32]) -> onnx.ModelProto:
    batch = torch.from_numpy(example[:2] if len(example) > 1 else np.repeat(example, 2, axis=0))
    with warnings.catch_warnings(), redirect_stdout(StringIO()), _quiet("torch.onnx"):
        warnings.simplefilter("ignore")  # of the exporter's own parts
        program = torch.onnx.export(
            model, (batch,), dynamo=True, opset_version=OPSET, input_names=["pixels"],
            output_names=["scores", "features"], dynamic_shapes={"pixels": {0: torch.export.Dim("n")}},
            external_data=False, optimize=True, verbose=False,
        )  # fmt: skip
    if program is None:
        raise ClassifyError("the exporter of torch gave no program")
    proto: onnx.ModelProto = program.model_proto
    for node in proto.graph.node:  # where in the source each node comes from: paths of this machine
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*proto.graph.value_info, *proto.graph.input, *proto.graph.output):
        del value.metadata_props[:]
    for weight in proto.graph.initializer:
        del weight.metadata_props[:]
    del proto.graph.metadata_props[:]
    return proto


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Let loggers say errors alone: a page would show that torchvision, which nothing here needs, is not installed."""
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _halve(graph: onnx.GraphProto) -> None:
    casts = []
    for place, weight in enumerate(graph.initializer):
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < _SMALL:
            continue
        half = values.astype(np.float16)
        if (half.astype(np.float32) != values).any():
            continue
        name = weight.name
        graph.initializer[place].CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], f"{name}.read", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _restore(graph: onnx.GraphProto) -> None:
    """Undo `_halve`, for tools that look for weights of 32 bits."""
    weights = {weight.name: place for place, weight in enumerate(graph.initializer)}
    kept = []
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in weights:
            place = weights[node.input[0]]
            values = numpy_helper.to_array(graph.initializer[place]).astype(np.float32)
            graph.initializer[place].CopyFrom(numpy_helper.from_array(values, node.output[0]))
        else:
            kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)
