"""Vectors like those of images: many clusters of unequal size, each along a few directions of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def clustered(n: int, dimensions: int, *, clusters: int, seed: int = 0) -> NDArray[np.float32]:
    """Return vectors (n, dimensions) of length 1, in no order."""
    draw = np.random.default_rng(seed)
    spectrum = np.arange(1, dimensions + 1) ** -0.6
    middles = draw.normal(size=(clusters, dimensions)) * spectrum
    share = draw.pareto(1.5, size=clusters) + 0.2
    label = draw.choice(clusters, size=n, p=share / share.sum())
    directions = draw.normal(size=(clusters, 8, dimensions)) * spectrum * 0.4
    found = middles[label] + np.einsum("nk,nkd->nd", draw.normal(size=(n, 8)), directions[label])
    found += 0.02 * draw.normal(size=found.shape)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
