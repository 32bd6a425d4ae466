"""The networks, each written out here: S-CNN of the BigEarthNet paper, and ResNet-18 as a stronger baseline.

All take raw stored values, float32 (n, bands, height, width), normalise them with constants of their own, and return
scores (n, classes), before the sigmoid or softmax, and features (n, d), what the last layer sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

FEATURES = 128  # of the S-CNN; the paper does not state the width of its fully connected layer


class Normalised(nn.Module):
    """Values of each band minus their mean, over their standard deviation."""

    def __init__(self, mean: Sequence[float], deviation: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != len(deviation) or min(deviation) <= 0:
            raise ValueError("expected a mean and a positive standard deviation of each band")
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("factor", 1 / torch.tensor(deviation, dtype=torch.float32).view(1, -1, 1, 1))
        self.mean: Tensor
        self.factor: Tensor

    def forward(self, pixels: Tensor) -> Tensor:
        """Return normalised pixels, same shape."""
        return (pixels - self.mean) * self.factor


class SCNN(nn.Module):
    """The shallow CNN of Sumbul et al. (2019), section 4.

    Convolutions of 32, 32 and 64 filters of 5 x 5, 5 x 5 and 3 x 3 pixels with zero padding, max-pooling of 2 x 2 after
    each, one fully connected layer and one classification layer. S-CNN-RGB and S-CNN-All differ in their bands alone.
    The paper does not state activations (here: ReLU), the size of the pooling and the width of the fully connected
    layer (`FEATURES`).

    Parameters
    ----------
    mean, deviation
        Of each band, from the patches for training.
    classes
        Number of classes.
    size
        Height and width of a patch in pixels, each 8 or more.
    """

    def __init__(
        self, mean: Sequence[float], deviation: Sequence[float], classes: int, size: tuple[int, int] = (120, 120)
    ) -> None:
        super().__init__()
        rows, columns = (side // 8 for side in size)  # three times halved, rounded down
        if not rows or not columns:
            raise ValueError(f"patches of {size[0]} x {size[1]} pixels are too small; expected 8 x 8 or more")
        self.normalise = Normalised(mean, deviation)
        self.layers = nn.Sequential(
            nn.Conv2d(len(mean), 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64 * rows * columns, FEATURES), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(FEATURES, classes)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores (n, classes) and features (n, 128)."""
        features = self.layers(self.normalise(pixels))
        return self.head(features), features


class ResNet18(nn.Module):
    """ResNet-18 of He et al. (2016), Table 1, with basic blocks; input of any size of 32 pixels or more.

    Parameters are those of `SCNN`.
    """

    def __init__(
        self, mean: Sequence[float], deviation: Sequence[float], classes: int, size: tuple[int, int] = (120, 120)
    ) -> None:
        super().__init__()
        if min(size) < 32:
            raise ValueError(f"patches of {size[0]} x {size[1]} pixels are too small; expected 32 x 32 or more")
        self.normalise = Normalised(mean, deviation)
        self.stem = nn.Sequential(
            nn.Conv2d(len(mean), 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )  # fmt: skip
        widths = (64, 64, 128, 256, 512)
        self.stages = nn.Sequential(
            *(
                block
                for before, width in pairwise(widths)
                for block in (_Block(before, width, 1 if before == width else 2), _Block(width, width, 1))
            )
        )
        self.head = nn.Linear(512, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores (n, classes) and features (n, 512)."""
        features = self.stages(self.stem(self.normalise(pixels))).mean(dim=(2, 3))
        return self.head(features), features


class _Block(nn.Module):
    """Two convolutions of 3 x 3 around which the input is carried on."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
        same = before == width and stride == 1
        self.carried = (
            nn.Identity()
            if same
            else nn.Sequential(nn.Conv2d(before, width, 1, stride=stride, bias=False), nn.BatchNorm2d(width))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output."""
        result: Tensor = torch.relu(self.second(self.first(x)) + self.carried(x))
        return result


Builder = Callable[[Sequence[float], Sequence[float], int, tuple[int, int]], nn.Module]
NETWORKS: dict[str, Builder] = {"s-cnn": SCNN, "resnet-18": ResNet18}
