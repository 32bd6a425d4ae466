"""Hand-made encoders: band statistics, histograms, textures, and all of them reduced to their principal components."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsdocs.features.histogram import Bins, histograms
from dsdocs.features.lbp import RINGS, Ring, patterns
from dsdocs.features.model import Input, Pixels, Vectors
from dsdocs.features.pca import Projection
from dsdocs.features.statistics import FIGURES, statistics

DIMENSIONS = 64  # at most, of `handmade`
TITLES = {
    "handmade": "Statistics, histograms and textures",
    "statistics": "Band statistics",
    "histogram": "Band histograms",
    "lbp": "Local binary patterns",
}


@dataclass(frozen=True, slots=True)
class Textures:
    """Which grey pictures are looked at, and with which rings."""

    greys: tuple[tuple[int, ...], ...]  # the bands that are added up, by their places
    rings: tuple[Ring, ...] = RINGS

    @property
    def dimensions(self) -> int:
        """Number of patterns."""
        return len(self.greys) * sum(points + 2 for points, _ in self.rings)


@dataclass(frozen=True, slots=True)
class HandMade:
    """An encoder made of formulas; what it needs of the data is in its parameters."""

    name: str
    input: Input
    statistics: bool
    bins: Bins | None
    textures: Textures | None
    projection: Projection | None = None
    kind: str = "handmade"

    @property
    def title(self) -> str:
        """What a page calls it."""
        return TITLES[self.name]

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.raw_dimensions if self.projection is None else len(self.projection.components)

    @property
    def raw_dimensions(self) -> int:
        """Number of values before the projection."""
        bands = len(self.input.bands)
        counted = self.bins.count * bands if self.bins else 0
        return self.statistics * len(FIGURES) * bands + counted + (self.textures.dimensions if self.textures else 0)

    @property
    def digest(self) -> str:
        """Hexadecimal digest of input and parameters."""
        text = json.dumps([self.name, self.input.as_json(), self.parameters()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def parameters(self) -> dict[str, Any]:
        """Return all that the vectors follow from, beside the pixels, as plain JSON."""
        bins, textures = self.bins, self.textures
        return {
            "statistics": self.statistics,
            "histogram": bins and {"bins": bins.count, "low": _short(bins.low), "scale": _short(bins.scale)},
            "lbp": textures and {"greys": [list(grey) for grey in textures.greys], "rings": _lists(textures.rings)},
            "projection": self.projection and self.projection.as_json(),
        }

    def raw(self, batch: Pixels) -> NDArray[np.float64]:
        """Return ``(n, raw_dimensions)``: what `encode` gives before the projection."""
        found = [np.zeros((len(batch), 0))]
        if self.statistics:
            found.append(statistics(batch))
        if self.bins:
            found.append(histograms(batch, self.bins))
        if self.textures:
            for grey in self.textures.greys:
                image = grey_of(batch, grey)
                # Roots for the same reason as in histograms.
                found += [np.sqrt(patterns(image, ring)) for ring in self.textures.rings]
        return np.concatenate(found, axis=1)

    def encode(self, batch: Pixels) -> Vectors:
        """Return a vector for each patch."""
        raw = self.raw(batch)
        return (raw if self.projection is None else self.projection(raw)).astype(np.float32)


def of_parameters(name: str, wanted: Input, stored: dict[str, Any]) -> HandMade:
    """Return the encoder of stored parameters; see `HandMade.parameters`."""
    bins, textures, projection = stored["histogram"], stored["lbp"], stored["projection"]
    return HandMade(
        name,
        wanted,
        stored["statistics"],
        bins and Bins(_floats(bins["low"]), _floats(bins["scale"]), bins["bins"]),
        textures and Textures(tuple(map(tuple, textures["greys"])), tuple(map(tuple, textures["rings"]))),
        projection and Projection.of_json(projection),
    )


def grey_of(batch: Pixels, bands: tuple[int, ...]) -> NDArray[np.float32]:
    """Add bands up, one after the other, ``(n, height, width)``: exact for whole numbers, as a mean would not be."""
    grey = batch[:, bands[0]]
    for band in bands[1:]:
        grey = grey + batch[:, band]
    return grey


def _short(values: tuple[float, ...]) -> list[float]:
    """Return the shortest decimals that give the same float32 again."""
    return [float(str(np.float32(value))) for value in values]


def _floats(values: list[float]) -> tuple[float, ...]:
    return tuple(float(np.float32(value)) for value in values)


def _lists(rings: tuple[Ring, ...]) -> list[list[float]]:
    return [[points, radius] for points, radius in rings]
