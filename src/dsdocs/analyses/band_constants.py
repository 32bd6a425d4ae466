"""Which constants normalise the bands?"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from dsdocs.pixels.model import BandFigures, PixelFigures
from dsdocs.views import Code, View

DIGITS = 9  # significant ones: more than single precision holds
WIDTH = 76  # characters of a line


@dataclass(frozen=True, slots=True)
class BandConstants:
    """Mean and standard deviation of the bands of each sensor, as code."""

    assets: dict[str, tuple[BandFigures, ...]]  # key -> bands in the order of the sensor

    def views(self) -> tuple[View, ...]:
        """Return code for NumPy and for PyTorch."""
        return tuple(
            Code(f"Constants of {asset} for {library}", write(asset, bands), "python")
            for asset, bands in self.assets.items()
            for library, write in (("NumPy", numpy_code), ("PyTorch", torch_code))
        )


def band_constants(figures: PixelFigures) -> BandConstants:
    """Collect the constants of all bands with values; maps have none.

    Raises
    ------
    ValueError
        No band has any.
    """
    found: dict[str, list[BandFigures]] = {}
    for band in figures.bands:
        if band.mean is not None and band.std is not None:
            found.setdefault(band.asset, []).append(band)
    if not found:
        raise ValueError("no band has a mean; see [pixels] in dsdocs.toml")
    return BandConstants({asset: tuple(bands) for asset, bands in found.items()})


def numpy_code(asset: str, bands: Sequence[BandFigures]) -> str:
    """Write mean and standard deviation as arrays, and a function that uses them."""
    return "\n".join(
        (
            "import numpy as np",
            "",
            *_lists(bands, "np.array(", ", dtype=np.float32)"),
            "",
            "",
            "def normalise(image):  # (bands, height, width), all bands on one grid",
            "    return (image - MEAN[:, None, None]) / STD[:, None, None]",
        )
    )


def torch_code(asset: str, bands: Sequence[BandFigures]) -> str:
    """Write the same as a PyTorch module."""
    return "\n".join(
        (
            "import torch",
            "",
            *_lists(bands, "torch.tensor(", ")"),
            "",
            "",
            "class Normalise(torch.nn.Module):",
            "    def forward(self, image):  # (..., bands, height, width), all bands on one grid",
            "        mean, std = (each.to(image.device)[:, None, None] for each in (MEAN, STD))",
            "        return (image - mean) / std",
        )
    )


def _lists(bands: Sequence[BandFigures], start: str, end: str) -> list[str]:
    # A constant band would be divided by zero; by one, it becomes zero all over.
    columns = {"MEAN": [band.mean or 0.0 for band in bands], "STD": [band.std or 1.0 for band in bands]}
    return [
        *_wrapped("BANDS = [", [repr(band.band) for band in bands], "]"),
        *(
            line
            for name, values in columns.items()
            for line in _wrapped(f"{name} = {start}[", [f"{value:.{DIGITS}g}" for value in values], f"]{end}")
        ),
    ]


def _wrapped(start: str, values: Sequence[str], end: str) -> list[str]:
    """Write a list on one line, or on several where it is long."""
    line = f"{start}{', '.join(values)}{end}"
    if len(line) <= WIDTH:
        return [line]
    body = textwrap.wrap(", ".join(values), WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return [start, *(f"    {part}" for part in body), end]
