"""Patches of many bands as three channels of 0 to 255, for encoders that know photographs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsdocs.errors import FeatureError
from dsdocs.features.inputs import read_inputs
from dsdocs.features.model import Encoder, Input, Pixels, Vectors
from dsdocs.features.pca import Projection, fit
from dsdocs.pixels.sample import chosen_rows
from dsdocs.project import Project
from dsdocs.records import RecordError

CHANNELS = 3
PATCHES = 256  # of the sample
VALUES = 256  # pixels of a patch of it
LIMITS = (2, 98)  # percentiles that become 0 and 255
SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    """Three components of all bands, scaled to 0..255."""

    projection: Projection  # of the bands to three
    low: NDArray[np.float32]  # (3,): what becomes 0
    scale: NDArray[np.float32]  # (3,): steps for each unit

    def __call__(self, batch: Pixels) -> Pixels:
        """Return ``(n, 3, height, width)``, between 0 and 255; a pixel depends on its own bands alone."""
        n, bands, height, width = batch.shape
        weights = self.projection.components.astype(np.float64) * self.projection.inverse.astype(np.float64)
        result = np.empty((n, CHANNELS, height * width), np.float32)
        for number, patch in enumerate(batch):
            centred = patch.reshape(bands, -1) - self.projection.mean.astype(np.float64)[:, None]
            steps = (weights @ centred - self.low.astype(np.float64)[:, None]) * self.scale.astype(np.float64)[:, None]
            result[number] = np.clip(steps, 0, 255)
        return result.reshape(n, CHANNELS, height, width)

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        limits = {name: [float(str(value)) for value in getattr(self, name)] for name in ("low", "scale")}
        return {"projection": self.projection.as_json(), **limits}


@dataclass(frozen=True, slots=True)
class Adapted:
    """An encoder of three channels that is given all bands."""

    inner: Encoder
    input: Input
    adapter: Adapter

    @property
    def name(self) -> str:
        """Name of the encoder."""
        return self.inner.name

    @property
    def title(self) -> str:
        """What a page calls it."""
        return f"{self.inner.title}, of three principal components"

    @property
    def kind(self) -> str:
        """Kind of the encoder."""
        return self.inner.kind

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.inner.dimensions

    @property
    def digest(self) -> str:
        """Hexadecimal digest of the encoder and the components."""
        text = json.dumps([self.inner.digest, self.input.as_json(), self.adapter.as_json()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def encode(self, batch: Pixels) -> Vectors:
        """Return a vector for each patch."""
        return self.inner.encode(self.adapter(batch))


def fit_adapter(project: Project, wanted: Input) -> Adapter:
    """Find three components of the bands of a data set.

    They are those of standardised bands over 256 random pixels (of a fixed seed) of each of up to 256 patches; in each,
    the band with the largest weight has a positive one. The 2nd and the 98th percentile of a component become 0 and
    255. Where there are fewer than three components, the last ones are repeated.

    Raises
    ------
    FeatureError
        Not one patch of the sample can be read.
    """
    rows = chosen_rows(project.summary, PATCHES)
    drawn = np.random.default_rng(SEED)
    places = drawn.integers(0, wanted.size[0] * wanted.size[1], (len(rows), VALUES))
    values = [
        found[1].reshape(len(wanted.bands), -1)[:, places[np.searchsorted(rows, found[0])]].T
        for found in read_inputs(project, wanted, rows.tolist())
        if not isinstance(found, RecordError)
    ]
    if not values:
        raise FeatureError(f"{wanted.asset}: not one of {len(rows):,} patches can be read to find its components")
    pixels = np.concatenate(values).astype(np.float64)
    found = fit(pixels, CHANNELS)
    kept = np.minimum(np.arange(CHANNELS), len(found.components) - 1)
    projection = Projection(found.mean, found.inverse, found.components[kept])
    low, high = np.percentile(projection(pixels), LIMITS, axis=0)
    scale = np.where(high > low, 255 / np.where(high > low, high - low, 1), 0)
    return Adapter(projection, low.astype(np.float32), scale.astype(np.float32))
