"""What encoders take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]  # (n, bands, height, width), values as they are stored
Vectors = NDArray[np.float32]  # (n, dimensions)


@dataclass(frozen=True, slots=True)
class Input:
    """The grid that an encoder takes every patch on."""

    asset: str  # key of the asset, "sentinel-2"
    bands: tuple[str, ...]  # names, in the order of the channels
    size: tuple[int, int]  # px: height, width; every band is resampled to it

    def as_json(self) -> dict[str, Any]:
        """Return the input as manifests and models have it."""
        return {"asset": self.asset, "bands": list(self.bands), "size": list(self.size)}


class Encoder(Protocol):
    """Turns patches into vectors, each patch by itself.

    Encoders are sent to other processes: they can be pickled, and load what is large when it is first needed.
    """

    @property
    def name(self) -> str:
        """Name that files can have: small letters, digits and hyphens."""

    @property
    def title(self) -> str:
        """What a page calls it."""

    @property
    def kind(self) -> str:
        """How it is run: handmade, onnx, torch, timm, torchgeo, hf."""

    @property
    def input(self) -> Input:
        """The grid of the patches."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def digest(self) -> str:
        """Hexadecimal digest of all that its vectors follow from, beside the pixels and the code of dsdocs."""

    def encode(self, batch: Pixels) -> Vectors:
        """Return a vector for each patch.

        Parameters
        ----------
        batch
            ``(n, bands, height, width)`` of float32: values as they are stored, finite, on the grid of the input.

        Returns
        -------
        numpy.ndarray
            ``(n, dimensions)`` of float32. A patch has the same vector in every batch, but for
            the rounding of networks.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """Vectors of all patches, in the order of the summary."""

    ids: tuple[str, ...]
    vectors: Vectors  # (n, dimensions); zero where a patch could not be read
    valid: NDArray[np.bool_]  # (n,); False where a patch could not be read: it must never be found
    provenance: Mapping[str, Any]  # the encoder, the data and the patches left out; plain JSON
