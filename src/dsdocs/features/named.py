"""Encoders of other packages, by name, where those are installed: torch, timm, TorchGeo, Transformers.

Each loader returns a module that turns ``(n, bands, height, width)`` of float32 into ``(n, d)``, and what it takes. The
packages are imported here, when an encoder is named after one, and nowhere else.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from dsdocs.errors import FeatureError
from dsdocs.features.model import Input, Pixels, Vectors

# Kind -> package to import, how to get it.
PACKAGES = {
    "torch": ("torch", "pip install 'dsdocs[train]'"),
    "timm": ("timm", "pip install timm"),
    "torchgeo": ("torchgeo.models", "pip install torchgeo"),
    "hf": ("transformers", "pip install transformers"),
}
RGB = 3
# The network, the bands and the size (rows, columns) that it takes; see `Loaded`.
Network = tuple[Any, int | tuple[str, ...] | None, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network that is ready to run."""

    module: Any  # torch.nn.Module in evaluation mode
    bands: int | tuple[str, ...] | None  # number or names of the bands that it takes; None: those that the data has
    size: tuple[int, int] | None  # px: rows, columns that it takes; None: any
    digest: str  # of its weights


@dataclass(frozen=True, slots=True)
class Named:
    """A network of another package."""

    name: str
    title: str
    input: Input
    dimensions: int
    kind: str
    spec: str  # what follows the kind
    weights: str  # digest of the weights, which a later run has to find again

    @property
    def digest(self) -> str:
        """Hexadecimal digest of the weights and of what is taken of a patch."""
        return hashlib.sha256(f"{self.kind} {self.spec} {self.weights} {self.input!r}".encode()).hexdigest()

    def encode(self, batch: Pixels) -> Vectors:
        """Return a vector for each patch."""
        loaded = load(self.kind, self.spec, self.input)
        if loaded.digest != self.weights:
            raise FeatureError(f"{self.kind}:{self.spec}: has other weights each time; give it trained or seeded ones")
        return _run(loaded.module, batch)


def named_encoder(name: str, kind: str, spec: str, wanted: Input) -> Named:
    """Return the encoder of a network.

    Raises
    ------
    FeatureError
        The package is not installed, has no such network, or the network takes other bands.
    """
    loaded = load(kind, spec, wanted)
    taken = Input(wanted.asset, _bands(f"{kind}:{spec}", loaded.bands, wanted), loaded.size or wanted.size)
    network = load(kind, spec, taken)
    blank = np.zeros((1, len(taken.bands), *taken.size), np.float32)
    dimensions = _run(network.module, blank).shape[1]
    return Named(name, f"{kind} {spec}", taken, dimensions, kind, spec, network.digest)


def _bands(name: str, needed: int | tuple[str, ...] | None, wanted: Input) -> tuple[str, ...]:
    """Choose the bands that a network takes; names are compared without the zeros before a number."""
    has = f"{wanted.asset} has {len(wanted.bands)}: {', '.join(wanted.bands)}"
    if isinstance(needed, tuple):
        known = {_bare(band): band for band in wanted.bands}
        missing = [band for band in needed if _bare(band) not in known]
        if missing:
            raise FeatureError(f"{name}: takes {', '.join(needed)}; {has}")
        return tuple(known[_bare(band)] for band in needed)
    if needed not in (None, len(wanted.bands)):
        hint = "; write @rgb-pca behind its name for three components of them" if needed == RGB else ""
        raise FeatureError(f"{name}: takes {needed} bands; {has}{hint}")
    return wanted.bands


def _bare(band: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", band.upper())


@lru_cache(maxsize=4)
def load(kind: str, spec: str, wanted: Input) -> Loaded:
    """Load a network; see `named_encoder`."""
    module, hint = PACKAGES[kind]
    found = _imported(module, f"{kind}:{spec}: needs the package {module.partition('.')[0]}; {hint}")
    torch = _imported("torch", f"{kind}:{spec}: needs the package torch; {PACKAGES['torch'][1]}")
    network, bands, size = _LOADERS[kind](found, spec, wanted)
    network = network.eval()
    weights = hashlib.sha256()
    for key, value in sorted(network.state_dict().items()):
        weights.update(f"{key} {tuple(value.shape)} ".encode())
        weights.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return Loaded(network, bands, size, weights.hexdigest())


def _torch(package: ModuleType, spec: str, wanted: Input) -> Network:
    """``torch:module:callable``: a function that is given the input and returns a network."""
    module, _, attribute = spec.partition(":")
    if not re.fullmatch(r"[\w.]+", module) or not attribute.isidentifier():
        raise FeatureError(f"torch:{spec}: expected torch:MODULE:CALLABLE")
    own = _imported(module, f"torch:{spec}: there is no module {module!r}")
    make = getattr(own, attribute, None)
    if not callable(make):
        raise FeatureError(f"torch:{spec}: {module} has no callable {attribute!r}")
    network = make(wanted)
    if not isinstance(network, package.nn.Module):
        raise FeatureError(f"torch:{spec}: gave {type(network).__name__}; expected a torch.nn.Module")
    return network, None, None


def _timm(package: ModuleType, spec: str, wanted: Input) -> Network:
    """``timm:NAME``: a pretrained network without its head, for three channels of 0 to 255."""
    try:
        network = package.create_model(spec, pretrained=True, num_classes=0)
    except Exception as error:  # of whatever kind timm and its downloads raise
        raise FeatureError(f"timm:{spec}: cannot be loaded: {str(error).splitlines()[0]}") from error
    told = network.pretrained_cfg
    network = _chained(_scaled(told["mean"], told["std"]), network)
    return network, RGB, (told["input_size"][1], told["input_size"][2])


def _torchgeo(package: ModuleType, spec: str, wanted: Input) -> Network:
    """``torchgeo:WEIGHTS``: pretrained weights such as ResNet18_Weights.SENTINEL2_ALL_MOCO, without the head."""
    try:
        weights = package.get_weight(spec)
        names = [name for name in package.list_models() if weights in list(package.get_model_weights(name))]
        network = package.get_model(names[0], weights=weights)
    except Exception as error:  # of whatever kind TorchGeo and its downloads raise
        raise FeatureError(f"torchgeo:{spec}: cannot be loaded: {str(error).splitlines()[0]}") from error
    if hasattr(network, "reset_classifier"):
        network.reset_classifier(0)
    return _chained(weights.transforms, network), tuple(weights.meta["bands"]), None


def _hf(package: ModuleType, spec: str, wanted: Input) -> Network:
    """``hf:NAME``: a vision model of the Hugging Face hub, for three channels of 0 to 255."""
    package.utils.logging.disable_progress_bar()
    try:
        # Weights as safetensors only, and no code of the hub: neither can run anything when it is loaded.
        network = package.AutoModel.from_pretrained(spec, use_safetensors=True, trust_remote_code=False)
        told = package.AutoImageProcessor.from_pretrained(spec, trust_remote_code=False)
    except Exception as error:  # of whatever kind Transformers and its downloads raise
        raise FeatureError(f"hf:{spec}: cannot be loaded: {str(error).splitlines()[0]}") from error
    size = getattr(network.config, "image_size", None)
    network = _chained(_scaled(told.image_mean, told.image_std), network, _pooled)
    return network, RGB, (size, size) if isinstance(size, int) else None


_LOADERS: dict[str, Callable[[ModuleType, str, Input], Network]] = {
    "torch": _torch, "timm": _timm, "torchgeo": _torchgeo, "hf": _hf,
}  # fmt: skip


def _scaled(mean: Any, deviation: Any) -> Callable[[Any], Any]:
    """Return the normalisation that networks for photographs expect, for values of 0 to 255."""
    import torch

    centre, width = (255 * torch.tensor(list(values)).reshape(1, -1, 1, 1) for values in (mean, deviation))
    return lambda pixels: (pixels - centre) / width


def _pooled(output: Any) -> Any:
    """Return one vector of each picture: the network's own, else the mean over all places."""
    pooled = getattr(output, "pooler_output", None)
    if pooled is not None:
        return pooled.flatten(1)
    last = output.last_hidden_state
    return last.mean(dim=1) if last.ndim == 3 else last.mean(dim=(2, 3))


def _chained(before: Callable[[Any], Any], network: Any, after: Callable[[Any], Any] = lambda output: output) -> Any:
    import torch

    class Chained(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: Any) -> Any:
            return after(self.network(before(pixels)))

    return Chained()


def _run(network: Any, batch: Pixels) -> Vectors:
    import torch

    with torch.inference_mode():
        output = network(torch.from_numpy(np.ascontiguousarray(batch, np.float32)))
        if not isinstance(output, torch.Tensor) or len(output) != len(batch):
            raise FeatureError(f"a network gave {type(output).__name__}; expected a tensor with a row for each patch")
        values: Vectors = output.to(torch.float32).flatten(1).cpu().numpy()
    return values


def _imported(module: str, problem: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise FeatureError(problem) from error
