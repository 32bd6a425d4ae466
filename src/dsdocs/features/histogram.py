"""Histograms of bands as a vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 16


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins of equal width for each band; what lies beyond the first or the last one is counted in it."""

    low: tuple[float, ...]  # one of each band, where the first bin begins
    scale: tuple[float, ...]  # one of each band: bins for each unit of the value; 0 puts all into the first bin
    count: int = BINS

    @classmethod
    def between(cls, low: NDArray[np.float64], high: NDArray[np.float64], count: int = BINS) -> Bins:
        """Divide the range of each band; limits are rounded to float32, which all that follows is made in."""
        low, high = low.astype(np.float32), high.astype(np.float32)
        width = high - low
        scale = np.where(width > 0, np.float32(count) / np.where(width > 0, width, np.float32(1)), np.float32(0))
        return cls(tuple(low.tolist()), tuple(scale.tolist()), count)


def histograms(batch: NDArray[np.float32], bins: Bins) -> NDArray[np.float64]:
    """Return the square roots of the shares of pixels in the bins of each band.

    The distance of two such vectors is that of Hellinger, but for a factor: rare values weigh more than in shares.

    Parameters
    ----------
    batch
        ``(n, bands, height, width)``.
    bins
        Those of as many bands.

    Returns
    -------
    numpy.ndarray
        ``(n, bands * bins.count)``, band after band.
    """
    n, bands, height, width = batch.shape
    rows = batch.reshape(n * bands, height * width)
    found = np.empty((n * bands, bins.count))
    top = np.float32(bins.count - 1)
    for number, row in enumerate(rows):
        place = row - np.float32(bins.low[number % bands])
        place *= np.float32(bins.scale[number % bands])
        np.clip(place, 0, top, out=place)  # cut off before the point, so what is below 0 has to be 0 first
        found[number] = np.bincount(place.astype(np.intp), minlength=bins.count)
    return np.sqrt(found / rows.shape[1]).reshape(n, bands * bins.count)
