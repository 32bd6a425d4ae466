"""How many pixels of each class a mask has in each window, decoded once and a row of windows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from dsdocs.errors import RasterError
from dsdocs.imagery.raster import OpenRaster, RasterHeader, open_raster

Array = np.ndarray[Any, Any]
Counts = list[tuple[int, int]]  # value and number of pixels, by value

MAX_CLASSES, MAX_COLOURS = 256, 64  # of one frame
_COLOURS, _OPACITY = (3, 4), 3
_SMALL = 2**16  # values below it are counted by position
_LARGEST = 2**53  # whole numbers up to here are exact as floats
_AT_ONCE = 2**24  # values that are decoded at a time, where a window has fewer


@dataclass(frozen=True, slots=True)
class MaskCounts:
    """What a mask holds."""

    header: RasterHeader
    coloured: bool  # values are colours, red x 65536 + green x 256 + blue
    windows: list[Counts]  # in the order of `image_mask.grid.windows`; pixels without data do not count


def count_mask(source: BinaryIO, name: str, size: int, max_pixels: int) -> MaskCounts:
    """Count the classes of a mask in windows of ``size`` px.

    A value of the file that stands for no data is left out, unless it is 0: many masks declare their background so.

    Raises
    ------
    RasterError
        The file cannot be read, is too large, or cannot be a mask (``image.unsupported``): JPEG, fractions, too many
        classes.
    """
    if source.read(3) == b"\xff\xd8\xff":
        raise RasterError(name, "image.unsupported", "is a JPEG, which changes values; expected a mask as PNG or TIFF")
    with open_raster(source, name, max_pixels=max_pixels) as raster:
        header = raster.header
        coloured = header.count in _COLOURS and header.dtype == "uint8"
        if header.count != 1 and not coloured:
            found = f"has {header.count} bands of {header.dtype}"
            raise RasterError(name, "image.unsupported", f"{found}; expected one band of classes, or RGB colours")
        seen: set[int] = set()
        counts: list[Counts] = []
        for top in range(0, header.height, size):
            counts += _row(raster, name, top, size, seen)
        return MaskCounts(header, coloured, counts)


def _row(raster: OpenRaster, name: str, top: int, size: int, seen: set[int]) -> list[Counts]:
    """Count one row of windows; several are read at once, so that strips across all of them are decoded once."""
    header = raster.header
    height = min(size, header.height - top)
    step = max(1, _AT_ONCE // (size * height * header.count)) * size
    limit, kind = (MAX_COLOURS, "colours") if header.count > 1 else (MAX_CLASSES, "values")
    found = []
    for start in range(0, header.width, step):
        bands = raster.read(None, (start, top, min(step, header.width - start), height))
        for left in range(0, bands.shape[2], size):
            part = bands[:, :, left : left + size]
            found.append(_counted(_colours(part) if header.count > 1 else _classes(part[0], name, header.nodata)))
            seen.update(value for value, _ in found[-1])
            if len(seen) > limit:
                problem = f"holds more than {limit} {kind}; expected a mask of classes"
                raise RasterError(name, "image.unsupported", problem)
    return found


def _colours(bands: Array) -> Array:
    red, green, blue = (band.astype(np.int32) for band in bands[:_OPACITY])
    values: Array = red << 16 | green << 8 | blue
    return values[bands[_OPACITY] > 0] if len(bands) > _OPACITY else values


def _classes(band: Array, name: str, nodata: float | None) -> Array:
    """Return the classes of the pixels that have one, as whole numbers."""
    if band.dtype.kind == "f":
        band = band[np.isfinite(band)]
        if np.any(np.abs(band) > _LARGEST) or np.any(band != np.rint(band)):
            raise RasterError(name, "image.unsupported", "holds fractions; expected a mask of whole numbers")
        band = band.astype(np.int64)
    elif band.dtype.kind not in "iu":
        raise RasterError(name, "image.unsupported", f"holds {band.dtype}; expected a mask of whole numbers")
    return band[band != nodata] if nodata is not None and nodata != 0 else band


def _counted(values: Array) -> Counts:
    if not values.size:
        return []
    if values.min() >= 0 and values.max() < _SMALL:
        counts = np.bincount(values.ravel())
        found = np.flatnonzero(counts)
        return list(zip(found.tolist(), counts[found].tolist(), strict=True))
    unique, sizes = np.unique(values, return_counts=True)
    return list(zip(unique.tolist(), sizes.tolist(), strict=True))
