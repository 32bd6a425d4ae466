"""Encoders by name: ``handmade``, ``onnx:model.onnx``, ``torch:module:callable`` and so on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dsdocs.errors import FeatureError
from dsdocs.features.fitting import hand_made
from dsdocs.features.handmade import TITLES
from dsdocs.features.inputs import default_input
from dsdocs.features.model import Encoder, Input
from dsdocs.features.named import PACKAGES, named_encoder
from dsdocs.features.onnx import onnx_encoder
from dsdocs.features.rgb import Adapted, fit_adapter
from dsdocs.project import Project

KNOWN = (
    "handmade, statistics, histogram, lbp, onnx:FILE, cell:PAGE/CELL/FILE.onnx, torch:MODULE:CALLABLE, timm:NAME, "
    "torchgeo:WEIGHTS, hf:NAME"
)
ADAPTER = "@rgb-pca"
_CHANNELS = ("first", "second", "third")  # what an encoder behind the adapter is given


def encoder(text: str, project: Project, *, exported: Callable[[str], Path] | None = None) -> Encoder:
    """Return the encoder of a name.

    Parameters
    ----------
    text
        ``handmade``, ``statistics``, ``histogram``, ``lbp``; ``onnx:FILE``, relative to the configuration;
        ``cell:PAGE/CELL/FILE.onnx``, exported by a cell; ``torch:MODULE:CALLABLE``; ``timm:NAME``;
        ``torchgeo:WEIGHTS``; ``hf:NAME``. Behind the file of a model, ``#NAME`` names an output. ``@rgb-pca`` behind
        all puts three principal components of all bands, as 0 to 255, in the place of the bands.
    project
        The project; its summary and description must be there.
    exported
        Finds a file that a cell has exported.

    Raises
    ------
    FeatureError
        There is no such encoder, it needs a package that is not installed, or it does not fit the data.
    """
    whole = default_input(project)
    if text in TITLES:
        return hand_made(text, project, whole)
    bare, adapted = text.removesuffix(ADAPTER), text.endswith(ADAPTER)
    kind, _, spec = bare.partition(":")
    wanted = replace(whole, bands=_CHANNELS) if adapted else whole
    inner = _encoder(text, kind, spec, wanted, project, exported)
    if not adapted:
        return inner
    own = replace(whole, size=inner.input.size)
    return Adapted(inner, own, fit_adapter(project, own))


def slug(text: str) -> str:
    """Return the name that files of an encoder have."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _encoder(
    text: str, kind: str, spec: str, wanted: Input, project: Project, exported: Callable[[str], Path] | None
) -> Encoder:
    if kind in PACKAGES and spec:
        return named_encoder(slug(text), kind, spec, wanted)
    place, _, output = spec.partition("#")
    if kind == "onnx" and place:
        folder = project.config_file.parent if project.config_file else Path()
        return onnx_encoder(slug(text), folder / place, output, wanted)
    if kind == "cell" and place:
        if exported is None:
            raise FeatureError(f"encoder {text!r}: is a file of a cell, and there are no cells here; take onnx:FILE")
        return onnx_encoder(slug(text), exported(place), output, wanted)
    raise FeatureError(f"encoder {text!r}: not known; known are {KNOWN}")
