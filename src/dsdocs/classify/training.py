"""Train one network: fixed seeds, deterministic algorithms, stochastic gradient descent."""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsdocs.classify.networks import NETWORKS
from dsdocs.classify.patches import SCALE, one_label
from dsdocs.classify.recipe import Activation, Recipe
from dsdocs.classify.scores import probabilities
from dsdocs.metrics import average_precision

Progress = Callable[[int, int], None]  # epochs done, epochs at most
_CHUNK = 64  # patches that are scored at a time


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one pass over the patches for training did."""

    loss: float  # mean over the patches for training, while they were learned
    val_loss: float  # after it
    val_ap: float  # average precision, micro, of the patches for validation


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A network and how it came to be."""

    recipe: Recipe
    activation: Activation
    model: nn.Module  # in evaluation mode, on the CPU, of the best epoch; its weights fit into half precision
    epochs: tuple[Epoch, ...]
    best: int  # index of the epoch that was kept
    seconds: float
    parameters: int
    mean: tuple[float, ...]  # of each band, from the patches for training
    deviation: tuple[float, ...]


def train(
    recipe: Recipe,
    pixels: NDArray[np.float16],
    truth: NDArray[np.uint8],
    val_pixels: NDArray[np.float32],
    val_truth: NDArray[np.uint8],
    *,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Trained:
    """Train a network.

    Parameters
    ----------
    recipe
        How.
    pixels
        Patches for training (n, bands, h, w), stored values times `dsdocs.classify.patches.SCALE`.
    truth
        1 where a patch has a class (n, classes).
    val_pixels, val_truth
        Patches by which the epoch to keep is chosen; raw stored values.
    device
        Where to train, as torch names it. The same seed gives the same network on the same device and library.
    progress
        Called after each epoch.
    """
    start = time.perf_counter()
    if device.startswith("cuda"):  # read when the library of CUDA starts; without it, sums would not repeat
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    single = recipe.labels == "rarest" or bool((truth.sum(axis=1) == 1).all())
    mean, deviation = band_constants(pixels)
    with deterministic(recipe.seed):
        size = (int(pixels.shape[2]), int(pixels.shape[3]))
        model = NETWORKS[recipe.network](mean, deviation, truth.shape[1], size).to(device)
        epochs, best, weights = _epochs(recipe, model, pixels, truth, val_pixels, val_truth, single, device, progress)
    model.load_state_dict(weights)
    model = halved(model.to("cpu").eval())
    count = sum(weight.numel() for weight in model.parameters())
    activation: Activation = "softmax" if single else "sigmoid"
    return Trained(
        recipe, activation, model, epochs, best, time.perf_counter() - start, count, tuple(mean), tuple(deviation)
    )


def _epochs(
    recipe: Recipe,
    model: nn.Module,
    pixels: NDArray[np.float16],
    truth: NDArray[np.uint8],
    val_pixels: NDArray[np.float32],
    val_truth: NDArray[np.uint8],
    single: bool,
    device: str,
    progress: Progress | None,
) -> tuple[tuple[Epoch, ...], int, dict[str, Any]]:
    target = torch.from_numpy(one_label(truth)) if single else torch.from_numpy(truth.astype(np.float32))
    loss_of: Callable[[Tensor, Tensor], Tensor] = nn.CrossEntropyLoss() if single else nn.BCEWithLogitsLoss()
    optimiser = torch.optim.SGD(
        model.parameters(),
        lr=recipe.rate,
        momentum=recipe.momentum,
        nesterov=recipe.momentum > 0,
        weight_decay=recipe.decay,
    )
    random = torch.Generator().manual_seed(recipe.seed)
    epochs: list[Epoch] = []
    best, weights = -1, copy.deepcopy(model.state_dict())
    for number in range(recipe.epochs):
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * rate_factor(recipe, number)
        model.train()
        total = 0.0
        for places in torch.split(torch.randperm(len(pixels), generator=random), recipe.batch):
            if len(places) < 2:  # batch normalisation has nothing to compare one patch with
                continue
            given = torch.from_numpy(pixels[places.numpy()].astype(np.float32)) / SCALE
            if recipe.turned:
                given = turned(given, random)
            optimiser.zero_grad()
            loss = loss_of(model(given.to(device))[0], target[places].to(device))
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(loss.detach()) * len(places)
        scores = score(model, val_pixels, device=device)
        quality = average_precision(
            val_truth, probabilities(scores, "softmax" if single else "sigmoid"), average="micro"
        )
        epochs.append(Epoch(total / len(pixels), _validation_loss(scores, val_truth, single), quality))
        if not math.isfinite(epochs[-1].loss):
            raise FloatingPointError(f"{recipe.name}: the loss of epoch {number + 1} is {epochs[-1].loss}")
        if best < 0 or epochs[-1].val_ap > epochs[best].val_ap:
            best, weights = number, copy.deepcopy(model.state_dict())
        if progress:
            progress(number + 1, recipe.epochs)
        if recipe.patience is not None and number - best >= recipe.patience:
            break
    return tuple(epochs), best, weights


def _validation_loss(scores: NDArray[np.float32], truth: NDArray[np.uint8], single: bool) -> float:
    given = torch.from_numpy(scores)
    if single:
        return float(nn.functional.cross_entropy(given, torch.from_numpy(one_label(truth))))
    return float(nn.functional.binary_cross_entropy_with_logits(given, torch.from_numpy(truth.astype(np.float32))))


def score(model: nn.Module, pixels: NDArray[np.float32], *, device: str = "cpu") -> NDArray[np.float32]:
    """Return the scores (n, classes) of raw stored values (n, bands, h, w), before sigmoid or softmax."""
    model.eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(pixels), _CHUNK):
            found.append(model(torch.from_numpy(pixels[start : start + _CHUNK]).to(device))[0].cpu().numpy())
    return np.concatenate(found)


def rate_factor(recipe: Recipe, epoch: int) -> float:
    """Return what the learning rate is multiplied by in an epoch, counted from 0 (Loshchilov & Hutter, 2017, eq. 5)."""
    if recipe.schedule == "constant":
        return 1.0
    return (1 + math.cos(math.pi * epoch / recipe.epochs)) / 2


def turned(pixels: Tensor, random: torch.Generator) -> Tensor:
    """Return a batch (n, bands, h, w), all of it turned by one of the eight symmetries of the square.

    Patches that are not square are mirrored alone.
    """
    choice = int(torch.randint(8, (1,), generator=random))
    if pixels.shape[2] == pixels.shape[3]:
        pixels = torch.rot90(pixels, choice % 4, (2, 3))
    elif choice % 4 >= 2:
        pixels = pixels.flip(2)
    return pixels.flip(3) if choice >= 4 else pixels


def band_constants(pixels: NDArray[np.float16]) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation of each band of patches (n, bands, h, w) that were multiplied by `SCALE`.

    A band that is the same everywhere has a deviation of 1. Sums are float64.
    """
    total = np.zeros(pixels.shape[1])
    squares = np.zeros(pixels.shape[1])
    for patch in pixels:
        values = patch.astype(np.float64) / SCALE
        total += values.sum(axis=(1, 2))
        squares += (values**2).sum(axis=(1, 2))
    count = pixels.shape[0] * pixels.shape[2] * pixels.shape[3]
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return mean.tolist(), np.where(deviation > 0, deviation, 1.0).tolist()


def halved(model: nn.Module) -> nn.Module:
    """Round weights of convolutions and full layers to half precision: files hold these, so scores are theirs."""
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.weight.data = layer.weight.data.half().float()
    return model


@contextmanager
def deterministic(seed: int) -> Iterator[None]:
    """Seed torch and allow deterministic algorithms alone, and leave it as it was."""
    state, strict = torch.get_rng_state(), torch.are_deterministic_algorithms_enabled()
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(strict)
        torch.set_rng_state(state)
