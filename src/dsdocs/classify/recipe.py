"""How a network is trained: what the paper states, and every choice beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Bands = Literal["true-colour", "all"]
Activation = Literal["sigmoid", "softmax"]
PAPER_EPOCHS = 100  # Sumbul et al. (2019), section 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """One network and its training by stochastic gradient descent.

    The paper states the network, SGD, 100 epochs and random weights to begin with; it does not state the learning rate
    and the size of a batch. Schedule, momentum, turned patches and early stopping go beyond it.
    """

    name: str  # of its files: a-z, 0-9 and -
    title: str
    network: Literal["s-cnn", "resnet-18"] = "s-cnn"
    bands: Bands = "all"
    # "all": every label of a patch (sigmoid); "rarest": of several labels of a patch for training the one that fewest
    # of them have, ties by name, and a softmax: how an archive of single labels would have shown it. An archive that
    # has one label for each patch is trained with a softmax in any case.
    labels: Literal["all", "rarest"] = "all"
    epochs: int = 40  # at most
    batch: int = 8  # patches
    rate: float = 0.02  # learning rate at the start
    momentum: float = 0.9  # of Nesterov; 0: plain SGD
    decay: float = 5e-4  # of weights
    schedule: Literal["constant", "cosine"] = "cosine"  # of the learning rate; cosine: down to 0 over all epochs
    patience: int | None = 12  # epochs without a better validation score after which training ends; None: never
    turned: bool = True  # patches are mirrored and turned by quarters at random
    seed: int = 0
    published: bool = True  # whether its ONNX file is written

    def beyond_paper(self) -> tuple[str, ...]:
        """Return, in words, what goes beyond the paper or differs from it."""
        found = []
        if self.network != "s-cnn":
            found.append("a network that the paper does not have")
        if self.labels == "rarest":
            found.append("one label for each patch, the rarest, and a softmax")
        if self.epochs != PAPER_EPOCHS:
            found.append(f"at most {self.epochs} epochs instead of {PAPER_EPOCHS}")
        if self.momentum:
            found.append(f"momentum {self.momentum:g}")
        if self.decay:
            found.append(f"weight decay {self.decay:g}")
        if self.schedule == "cosine":
            found.append("learning rate falls to 0 along a cosine")
        if self.patience is not None:
            found.append(f"ends after {self.patience} epochs without a better validation AP; the best epoch is kept")
        if self.turned:
            found.append("patches are mirrored and turned at random")
        return tuple(found)


SCNN_RGB = Recipe("scnn-rgb", "S-CNN-RGB", bands="true-colour")
SCNN_ALL = Recipe("scnn-all", "S-CNN-All")
SCNN_SINGLE = Recipe("scnn-all-single", "S-CNN-All, one label", labels="rarest")
RESNET_18 = Recipe("resnet-18", "ResNet-18", network="resnet-18", published=False)
