"""Product quantisation of residuals in axes of their own (Jégou et al., 2011; Ge et al., 2013)."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

from dsdocs.retrieval.exact import Reals, Rows
from dsdocs.retrieval.model import CODES, Quantiser

_SAMPLE = 65_536  # residuals that codebooks are trained on: 256 for each word, as faiss does
_ROUNDS = 10  # of k-means for the words; 25 take longer than all else and find no more


def rotation_of(residuals: Reals, parts: int) -> Reals:
    """Return axes (parts * s, d) along which every run of s dimensions has about the same spread.

    The parametric solution of optimised product quantisation (Ge et al., 2013, section 3.2): principal axes, each given
    to the run whose product of variances is smallest so far. Runs that are not full are filled with zeros.
    """
    d = residuals.shape[1]
    width = -(-d // parts)
    centred = residuals.astype(np.float64) - residuals.mean(axis=0, dtype=np.float64)
    variance, axes = np.linalg.eigh(centred.T @ centred / max(len(centred), 1))
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(d)] < 0, -1.0, 1.0)
    logs = np.log(np.maximum(variance, variance[-1] * 1e-9 + 1e-30))
    product, filled = np.zeros(parts), np.zeros(parts, dtype=np.int64)
    rotation = np.zeros((parts * width, d), dtype=np.float32)
    for axis in range(d - 1, -1, -1):  # the largest variance first
        part = int(np.where(filled < width, product, np.inf).argmin())
        rotation[part * width + filled[part]] = axes[:, axis]
        product[part] += logs[axis] - logs[0]
        filled[part] += 1
    return rotation


def sample_of(n: int, seed: int, size: int = _SAMPLE) -> Rows:
    """Return rows drawn by chance, ascending; all where there are no more."""
    return np.sort(np.random.default_rng(seed).choice(n, min(n, size), replace=False)).astype(np.int64)


def train_codebooks(rotated: Reals, parts: int, seed: int) -> Reals:
    """Return codebooks (parts, 256, s) of rotated residuals, in values that float16 holds."""
    quantiser = _faiss(rotated.shape[1], parts)
    quantiser.cp.seed, quantiser.cp.niter = seed, _ROUNDS
    quantiser.cp.min_points_per_centroid = 1  # else it writes to the terminal
    quantiser.train(np.ascontiguousarray(rotated))
    found = faiss.vector_to_array(quantiser.centroids).reshape(parts, CODES, -1)
    return found.astype(np.float16).astype(np.float32)


def encode(quantiser: Quantiser, rotated: Reals) -> NDArray[np.uint8]:
    """Return the codes (n, m) of rotated residuals."""
    parts, _, width = quantiser.codebooks.shape
    made = _faiss(parts * width, parts)
    faiss.copy_array_to_vector(np.ascontiguousarray(quantiser.codebooks).ravel(), made.centroids)
    return np.asarray(made.compute_codes(np.ascontiguousarray(rotated)), dtype=np.uint8)


def _faiss(dimensions: int, parts: int) -> faiss.ProductQuantizer:
    return faiss.ProductQuantizer(dimensions, parts, 8)
