"""Pixels of plain TIFF files in a few microseconds; anything unusual goes through `dsdocs.imagery.raster`.

Plain is what `dsdocs.imagery.plain_tiff` says, without compression or with LZW or Deflate, perhaps with horizontal
differencing. Whatever is odd, missing or damaged is left to the thorough reader, so that one place judges, and one
wording says what is wrong.
"""

from __future__ import annotations

import io
import math
import struct
from typing import Any

import numpy as np
from tifffile import TIFF

from dsdocs.imagery import geokeys
from dsdocs.imagery.plain_tiff import CODECS, NONE, ORDERS, Layout, Unusual, directory_of, layout_of, nodata_of
from dsdocs.imagery.raster import MAX_PIXELS, read_raster

Array = np.ndarray[Any, Any]


def read_pixels(data: bytes, name: str, *, max_pixels: int = MAX_PIXELS) -> tuple[Array, float | None]:
    """Decode all bands of an image, as `dsdocs.imagery.raster.read_raster` does.

    Parameters
    ----------
    data
        The whole file.
    name
        Path for messages.
    max_pixels
        Most values (width x height x bands) that are decoded; of 32 or 64 bit, half or a quarter as many.

    Returns
    -------
    array, nodata
        ``(bands, height, width)`` in native byte order, perhaps not writable; and the value that stands for no data.

    Raises
    ------
    RasterError
        As `read_raster` does; only the georeference of a plain file is not looked at.
    """
    try:
        return _plain(data, max_pixels)
    except (Unusual, struct.error, KeyError, ValueError, RuntimeError):  # codecs raise what derives from the last
        header, array = read_raster(io.BytesIO(data), name, max_pixels=max_pixels)
        return array, header.nodata


def _plain(data: bytes, limit: int) -> tuple[Array, float | None]:
    order = ORDERS[data[:4]]
    tags = directory_of(data, order)
    nodata = nodata_of(data, tags.get(geokeys.GDAL_NODATA), order)
    layout = layout_of(data, tags, order, limit, len(data))
    offsets, sizes = layout.offsets, layout.sizes
    if layout.is_raw and all(map(int.__eq__, offsets[1:], map(int.__add__, offsets, sizes))):
        pixels = np.frombuffer(data, layout.dtype, math.prod(layout.shape), offsets[0])
        return _by_band(pixels.reshape(layout.shape)), nodata
    planes, height, width, _ = layout.shape
    result = np.empty(layout.shape, layout.dtype.newbyteorder("="))
    across, down = -(-width // layout.width), -(-height // layout.height)
    for index in range(planes * across * down):
        plane, place = divmod(index, across * down)
        row, column = place // across * layout.height, place % across * layout.width
        segment = _decoded(data, layout, index, layout.height if layout.tiled else min(layout.height, height - row))
        target = result[plane, row : row + layout.height, column : column + layout.width]
        target[:] = segment[: height - row, : width - column]
    return _by_band(result), nodata


def _decoded(data: bytes, layout: Layout, index: int, rows: int) -> Array:
    """Decode a strip or tile: ``(rows, width, bands)``, native byte order."""
    shape = (rows, layout.width, layout.shape[-1])
    size = math.prod(shape) * layout.dtype.itemsize
    content = data[layout.offsets[index] : layout.offsets[index] + layout.sizes[index]]
    if layout.compression != NONE:
        if layout.compression not in CODECS:
            raise Unusual
        content = TIFF.DECOMPRESSORS[layout.compression](content, out=size)
    values = np.frombuffer(content, layout.dtype).reshape(shape)
    if layout.predictor == NONE:
        return values
    # Each value was stored as its difference to the one on its left; sums wrap around as the differences did.
    if values.dtype.kind == "f":
        raise Unusual
    return np.cumsum(values, axis=1, dtype=values.dtype)


def _by_band(values: Array) -> Array:
    planes, height, width, depth = values.shape
    native = values.dtype.newbyteorder("=")
    if depth == 1:
        return values.reshape(planes, height, width).astype(native, copy=False)
    return np.ascontiguousarray(np.moveaxis(values[0], -1, 0), native)
