"""Write one band as a GeoTIFF with the tags that the BigEarthNet files carry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

_LINEAR_METRE, _DEGREE = 9001, 9102  # EPSG units


def _geo_tags(epsg: int, x: float, y: float, pixel: float) -> list[tuple[Any, ...]]:
    """Return GeoTIFF 1.0 tags for a north-up grid in a WGS 84 / UTM zone of the northern hemisphere."""
    citation = f"WGS 84 / UTM zone {epsg - 32600}N|"
    text = citation + "WGS 84|"
    keys = (
        (1, 1, 0, 7),
        (1024, 0, 1, 1),  # projected
        (1025, 0, 1, 1),  # a pixel is an area
        (1026, 34737, len(citation), 0),
        (2049, 34737, len(text) - len(citation), len(citation)),
        (2054, 0, 1, _DEGREE),
        (3072, 0, 1, epsg),
        (3076, 0, 1, _LINEAR_METRE),
    )
    flat = tuple(value for key in keys for value in key)
    return [
        (33550, "d", 3, (pixel, pixel, 0.0)),
        (33922, "d", 6, (0.0, 0.0, 0.0, x, y, 0.0)),
        (34735, "H", len(flat), flat),
        (34737, "s", 0, text),
    ]


def write_geotiff(
    path: Path,
    band: NDArray[np.generic],
    corner: tuple[str, float, float],
    *,
    pixel: float,
    nodata: int | None = None,
    predictor: bool = False,
) -> None:
    """Write one band.

    Parameters
    ----------
    band
        ``(h, w)``, uint16 or float32, north at the top.
    corner
        CRS such as ``EPSG:32633`` (a northern UTM zone) and the upper left corner in metres.
    pixel
        Size of a pixel in metres.
    nodata
        Value that stands for no data, if any.
    predictor
        Store differences of neighbours, which suits maps of classes and harms noise.
    """
    crs, x, y = corner
    tags = _geo_tags(int(crs.removeprefix("EPSG:")), x, y, pixel)
    if nodata is not None:
        tags.append((42113, "s", 0, str(nodata)))
    with tifffile.TiffWriter(path, byteorder="<") as file:
        # No software, date or description tag: the bytes depend on the band alone.
        file.write(
            band,
            photometric="minisblack",
            rowsperstrip=band.shape[0],
            compression="zlib",
            compressionargs={"level": 1},
            predictor=predictor,
            metadata=None,
            software=False,
            extratags=tags,
        )
