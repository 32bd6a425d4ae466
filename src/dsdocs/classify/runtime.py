"""Run networks that are ONNX files, with onnxruntime alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsdocs.classify.recipe import Activation
from dsdocs.classify.scores import probabilities as probabilities_of
from dsdocs.errors import ClassifyError
from dsdocs.features.model import Input

METADATA = "dsdocs"  # key of what a file says of itself
_CHUNK = 32  # patches that are run at a time


def open_model(path: Path, *, threads: int = 1) -> Any:
    """Open a network.

    Parameters
    ----------
    path
        The file.
    threads
        Threads of one run.

    Raises
    ------
    ClassifyError
        The file is no ONNX model, or none with ``pixels`` in and ``scores`` out.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its classes of errors have no common base of their own
        raise ClassifyError(f"{path.name}: onnxruntime cannot open it: {error}") from error
    given, taken = ([one.name for one in ends] for ends in (session.get_inputs(), session.get_outputs()))
    if given != ["pixels"] or "scores" not in taken:
        raise ClassifyError(f"{path.name}: takes {given} and gives {taken}; expected pixels, and scores")
    return session


def metadata_of(session: Any, name: str) -> tuple[str, Input, tuple[str, ...], Activation]:
    """Return title, input, classes and activation that a model states.

    Parameters
    ----------
    session
        From `open_model`.
    name
        What messages call it.

    Raises
    ------
    ClassifyError
        It does not state them.
    """
    try:
        stated = json.loads(session.get_modelmeta().custom_metadata_map[METADATA])
        title, given, classes, activation = (stated[key] for key in ("title", "input", "classes", "activation"))
        rows, columns = given["size"]
        source = Input(str(given["asset"]), tuple(map(str, given["bands"])), (int(rows), int(columns)))
        names = tuple(map(str, classes))
    except (KeyError, TypeError, ValueError) as error:
        raise ClassifyError(f"{name}: does not state its input and classes in the metadata {METADATA!r}") from error
    if activation not in ("sigmoid", "softmax"):
        raise ClassifyError(f"{name}: states the activation {activation!r}; expected sigmoid or softmax")
    shape = session.get_inputs()[0].shape
    if list(shape[1:]) != [len(source.bands), *source.size] or session.get_outputs()[0].shape[1] != len(names):
        raise ClassifyError(f"{name}: states {len(source.bands)} bands and {len(names)} classes, but takes {shape}")
    return str(title), source, names, activation


def run_model(
    session: Any, pixels: NDArray[np.float32], *, probabilities: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return scores (n, classes) and features (n, d) of raw stored values (n, bands, h, w).

    Parameters
    ----------
    session
        From `open_model`.
    pixels
        The patches.
    probabilities
        Whether scores go through the activation that the model states.
    """
    parts = [
        session.run(["scores", "features"], {"pixels": pixels[start : start + _CHUNK]})
        for start in range(0, len(pixels), _CHUNK)
    ]
    scores, features = (np.concatenate(each) for each in zip(*parts, strict=True))
    if probabilities:
        scores = probabilities_of(scores, metadata_of(session, "the model")[3])
    return scores, features
