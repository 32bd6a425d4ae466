"""All bands of one asset of a patch as a file that a browser decodes in a few lines, and back.

A file is one gzip stream. Band follows band; in each row of a band every value but the first is replaced by its
difference to the one on its left, in the modular arithmetic of its kind of number, and of floats in that of their bits
as whole numbers. The bytes of a band are then sorted into planes: all lowest bytes first (little-endian).
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, prod
from typing import Any

import numpy as np

from dsdocs.errors import RasterError
from dsdocs.imagery.raster import Window, read_header, read_raster
from dsdocs.imagery.rendering import OpenMember

Array = np.ndarray[Any, Any]
FILE_BYTES = 1_000_000  # of a file, compressed; a larger patch shows its centre
DECODED_BYTES = 8_000_000  # of a file, inflated
SMALLEST = 16  # px; a centre of fewer on a side is refused
_LEVEL = 6  # of gzip; on 12 bands of Sentinel-2, 9 takes nine times as long for a hundredth of the bytes
# Those that a browser has arrays for, and what others become without a loss.
_KINDS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")
_WIDER = {"bool": "uint8", "float16": "float32"}


@dataclass(frozen=True, slots=True)
class Source:
    """Bands of one file of the archive."""

    path: str
    names: tuple[str, ...]  # of the bands
    positions: tuple[int, ...]  # of these bands in the file, counted from 0


@dataclass(frozen=True, slots=True)
class BandArray:
    """One band of a patch, or of its centre."""

    name: str
    values: Array  # (height, width), a kind of number of `_KINDS`
    window: Window | None  # px in its file; None: all of it
    nodata: float | None  # as the file declares it


@dataclass(frozen=True, slots=True)
class _Part:
    """A file and what of it belongs to the patch."""

    source: Source
    window: Window
    dtype: str

    @property
    def n_bytes(self) -> int:
        return prod(self.window[2:]) * np.dtype(self.dtype).itemsize * len(self.source.names)


def packed_bands(
    sources: Sequence[Source], open_member: OpenMember, *, window: Window | None = None, max_pixels: int
) -> tuple[list[BandArray], bytes]:
    """Read the bands of an asset and pack them into a file of at most `FILE_BYTES`.

    Parameters
    ----------
    sources
        Files of the asset with the bands that are wanted of each.
    open_member
        Opens a path of the archive.
    window
        Part of the files that the patch is, px; None: the whole.
    max_pixels
        Most values of a file that are decoded.

    Returns
    -------
    bands, data
        Where the file would be larger, the same centre of all bands, on whole pixels of the coarsest of them.

    Raises
    ------
    RasterError
        A file cannot be read, its values are complex or of 64-bit whole numbers, or the grids of a large patch share
        no pixels at which it could be cut.
    KeyError, MemberError, OSError
        A file cannot be opened.
    """
    parts = []
    for source in sources:
        with open_member(source.path) as stream:
            header = read_header(stream, source.path)
        dtype = _WIDER.get(header.dtype, header.dtype)
        if dtype not in _KINDS:
            raise RasterError(source.path, "image.unsupported", f"holds {header.dtype}; shown are {', '.join(_KINDS)}")
        parts.append(_Part(source, window or (0, 0, header.width, header.height), dtype))
    limit = DECODED_BYTES
    while True:
        cut = _centre(parts, limit)
        bands = [band for part in cut for band in _read(part, open_member, max_pixels)]
        data = encoded([band.values for band in bands])
        if len(data) <= FILE_BYTES:
            return bands, data
        # Noise does not shrink with the rest, so the next try is a little smaller than the ratio says.
        limit = int(sum(part.n_bytes for part in cut) * FILE_BYTES / len(data) * 0.95)


def _centre(parts: Sequence[_Part], limit: int) -> list[_Part]:
    """Cut all files to one centre of at most ``limit`` bytes, where they have more."""
    total = sum(part.n_bytes for part in parts)
    if total <= limit:
        return list(parts)
    steps = tuple(gcd(*(part.window[axis] for part in parts)) for axis in (2, 3))
    share = (limit / total) ** 0.5
    kept = tuple(int(count * share) for count in steps)
    cut = [_Part(part.source, _within(part.window, steps, kept), part.dtype) for part in parts]
    if max(min(part.window[2:]) for part in cut) < SMALLEST:
        path = parts[0].source.path
        sizes = ", ".join(sorted({f"{part.window[2]} x {part.window[3]} px" for part in parts}))
        problem = f"{sizes}: has {total:,} bytes, more than {limit:,}, and no centre that all bands could be cut to"
        raise RasterError(path, "image.too-large", problem)
    return cut


def _within(window: Window, steps: tuple[int, ...], kept: tuple[int, ...]) -> Window:
    """Return the middle ``kept`` of ``steps`` equal parts of a window, along both axes."""
    column, row, width, height = window
    wide, high = width // steps[0], height // steps[1]
    left, top = (steps[0] - kept[0]) // 2 * wide, (steps[1] - kept[1]) // 2 * high
    return column + left, row + top, kept[0] * wide, kept[1] * high


def _read(part: _Part, open_member: OpenMember, max_pixels: int) -> list[BandArray]:
    source = part.source
    with open_member(source.path) as stream:
        header, arrays = read_raster(stream, source.path, source.positions, window=part.window, max_pixels=max_pixels)
    nodata = None if header.nodata is None else float(header.nodata)
    whole = part.window == (0, 0, header.width, header.height)
    return [
        BandArray(name, np.ascontiguousarray(values, part.dtype), None if whole else part.window, nodata)
        for name, values in zip(source.names, arrays, strict=True)
    ]


def encoded(arrays: Sequence[Array]) -> bytes:
    """Pack bands; each ``(height, width)`` of a kind of number of up to 8 bytes. Equal bands give equal bytes."""
    return gzip.compress(b"".join(_planes(values) for values in arrays), _LEVEL, mtime=0)


def decoded(data: bytes, bands: Sequence[tuple[int, int, str]]) -> list[Array]:
    """Unpack what `encoded` packed.

    Parameters
    ----------
    data
        The file, compressed.
    bands
        Width, height and dtype of each band.

    Raises
    ------
    ValueError
        The file is longer or shorter than its bands.
    """
    content = gzip.decompress(data)
    sizes = [width * height * np.dtype(dtype).itemsize for width, height, dtype in bands]
    if sum(sizes) != len(content):
        raise ValueError(f"{len(content)} bytes; the bands have {sum(sizes)}")
    arrays, start = [], 0
    for (width, height, dtype), size in zip(bands, sizes, strict=True):
        item = np.dtype(dtype).itemsize
        planes = np.frombuffer(content, np.uint8, size, start).reshape(item, height * width)
        bits = np.ascontiguousarray(planes.T).view(f"<u{item}").reshape(height, width)
        arrays.append(np.cumsum(bits, axis=1, dtype=bits.dtype).astype(f"u{item}").view(dtype))
        start += size
    return arrays


def _planes(values: Array) -> bytes:
    item = values.dtype.itemsize
    bits = np.ascontiguousarray(values).view(f"u{item}")
    # An unsigned difference wraps around, which undoes itself when the differences are summed.
    steps = np.diff(bits, axis=1, prepend=np.zeros((len(bits), 1), bits.dtype)).astype(f"<u{item}")
    return np.ascontiguousarray(steps.view(np.uint8).reshape(-1, item).T).tobytes()
