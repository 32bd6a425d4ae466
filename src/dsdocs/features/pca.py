"""Principal components with a fixed sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_SMALL = 1e-10  # of the largest variance; components below it are rounding


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Standardise values, and project them on components."""

    mean: NDArray[np.float32]  # (d,)
    inverse: NDArray[np.float32]  # (d,): 1 / standard deviation; 0 where a value never changes
    components: NDArray[np.float32]  # (k, d), unit vectors by falling variance

    def __call__(self, values: Array) -> Array:
        """Project ``(n, d)`` to ``(n, k)``."""
        standard = (values - self.mean.astype(np.float64)) * self.inverse.astype(np.float64)
        components = self.components.astype(np.float64)
        # One at a time: what a library sums up for many at once may differ in the last bit with their number.
        return np.array([components @ row for row in standard]).reshape(len(values), len(components))

    def as_json(self) -> dict[str, Any]:
        """Return plain lists."""
        return {name: _plain(getattr(self, name)) for name in ("mean", "inverse", "components")}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Projection:
        """Return a projection of plain lists."""
        return cls(*(np.array(stored[name], np.float32) for name in ("mean", "inverse", "components")))


def fit(values: Array, most: int) -> Projection:
    """Find the principal components of standardised values.

    Parameters
    ----------
    values
        ``(n, d)``, at least one row.
    most
        Most components.

    Returns
    -------
    Projection
        Components by falling variance, at least one; in each, the number that is farthest from 0 is positive.
    """
    mean = values.mean(axis=0)
    deviation = values.std(axis=0)
    # A value that only rounding changes would otherwise be blown up to the size of the others.
    varies = deviation > 1e-9 * (1 + np.abs(mean))
    inverse = np.where(varies, 1 / np.where(varies, deviation, 1), 0)
    standard = (values - mean) * inverse
    variances, vectors = np.linalg.eigh(standard.T @ standard / len(values))
    kept = max(1, min(most, int((variances > _SMALL * variances[-1]).sum())))
    components = vectors[:, ::-1][:, :kept].T
    farthest = np.abs(components).argmax(axis=1)
    signs = np.where(components[np.arange(kept), farthest] < 0, -1.0, 1.0)
    return Projection(
        mean.astype(np.float32), inverse.astype(np.float32), (components * signs[:, None]).astype(np.float32)
    )


def _plain(values: NDArray[np.float32]) -> Any:
    """Return lists with the shortest decimals that give the same float32 again."""
    if values.ndim == 2:
        return [_plain(row) for row in values]
    return [float(np.format_float_scientific(value, unique=True)) for value in values]
