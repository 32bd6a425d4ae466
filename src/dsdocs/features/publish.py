"""An encoder as the pages that run it read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dsdocs.explorer.shards import write_json, write_shard
from dsdocs.features.handmade import HandMade
from dsdocs.features.model import Encoder
from dsdocs.features.onnx import Onnx
from dsdocs.features.rgb import Adapted


def describe_encoder(encoder: Encoder, folder: Path) -> dict[str, Any]:
    """Write the files that a browser needs to run an encoder, and return what a manifest says of it.

    Parameters
    ----------
    encoder
        The encoder; those that are no formulas and no ONNX models have no files, and ``browser`` is false.
    folder
        Folder of the manifest; it must be there.

    Returns
    -------
    dict
        ``name``, ``title``, ``kind``, ``browser``, ``input``, ``dimensions``, ``parameters`` (a file of JSON, gzip) and
        ``model`` (an ONNX file, gzip), null where there is none, and ``output``, the one of the model that is taken.
    """
    inner = encoder.inner if isinstance(encoder, Adapted) else encoder
    parameters: dict[str, Any] = {"rgb": encoder.adapter.as_json()} if isinstance(encoder, Adapted) else {}
    model, output = None, None
    if isinstance(inner, HandMade):
        parameters |= inner.parameters()
    elif isinstance(inner, Onnx):
        model = write_shard(folder, f"encoder-{encoder.name}-model", Path(inner.path).read_bytes()).as_json()
        output = inner.output
    stem = f"encoder-{encoder.name}"
    browser = isinstance(inner, HandMade | Onnx)
    return {
        "name": encoder.name,
        "title": encoder.title,
        "kind": encoder.kind,
        "browser": browser,
        "input": encoder.input.as_json(),
        "dimensions": encoder.dimensions,
        "parameters": write_json(folder, stem, parameters).as_json() if parameters and browser else None,
        "model": model,
        "output": output,
    }
