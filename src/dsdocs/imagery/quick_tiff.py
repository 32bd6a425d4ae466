"""Pixels of plain TIFF files in a few microseconds; anything unusual goes through `dsdocs.imagery.raster`.

Plain is what patches are mostly stored as: a classic TIFF whose first image has samples of 8, 16, 32 or 64 bit in
strips or tiles, without compression or with LZW or Deflate, perhaps with horizontal differencing. Whatever is odd,
missing or damaged is left to the thorough reader, so that one place judges, and one wording says what is wrong.
Tags and their numbers: TIFF, revision 6.0, Adobe 1992, section 8; its Technical Note 2 for the tag of Deflate.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from tifffile import TIFF

from dsdocs.imagery import geokeys, tiff
from dsdocs.imagery.header import most_values
from dsdocs.imagery.raster import MAX_PIXELS, read_raster

Array = np.ndarray[Any, Any]
Entry = tuple[int, int, int]  # field type, number of values, value or offset
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES = 256, 257, 258, 259, 262, 277
_PLANAR, _PREDICTOR, _FORMAT = 284, 317, 339
_ROWS, _STRIPS, _STRIP_SIZES = 278, 273, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 322, 323, 324, 325
# Those above, and tags that say nothing of how pixels are stored: type, texts, orientation, resolution, date, extra
# samples, colour map, georeference, GDAL's metadata and nodata.
_KNOWN = frozenset({
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES, _PLANAR, _PREDICTOR, _FORMAT, _ROWS, _STRIPS, _STRIP_SIZES,
    _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES, _PHOTOMETRIC, 254, 270, 274, 282, 283, 296, 305, 306, 320, 338,
    geokeys.PIXEL_SCALE, geokeys.TIEPOINTS, geokeys.TRANSFORMATION, geokeys.KEY_DIRECTORY, geokeys.KEY_DOUBLES,
    geokeys.KEY_ASCII, 42112, geokeys.GDAL_NODATA,
})  # fmt: skip
_OF_STRIPS = frozenset({_ROWS, _STRIPS, _STRIP_SIZES})
_OF_TILES = frozenset({_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES})
_ASCII, _SHORT, _LONG = 2, 3, 4  # field types
_INLINE = 4  # bytes of values that fit into a directory entry
_HEADER = 8  # bytes
_MAX_TAGS = 64
_SMALL = 2**24  # px of a tile that may be larger than four images
_COLOURS = (0, 1, 2, 3)  # white is zero, black is zero, RGB, palette
_SEPARATE = 2  # each band in segments of its own
_DTYPES = {(form, bits): f"{kind}{bits // 8}" for form, kind in ((1, "u"), (2, "i")) for bits in (8, 16, 32, 64)}
_DTYPES |= {(3, 32): "f4", (3, 64): "f8"}
_NONE, _DIFFERENCES = 1, 2
_CODECS = (5, 8, 32946)  # LZW, and two names of Deflate


class _Unusual(Exception):
    """The file is not plain."""


class _Layout(NamedTuple):
    """How the pixels of an image are stored."""

    dtype: np.dtype[Any]  # in the byte order of the file
    shape: tuple[int, int, int, int]  # planes, height, width, bands of a plane
    tiled: bool
    width: int  # px of a strip or tile
    height: int
    compression: int
    predictor: int
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]  # bytes

    @property
    def is_raw(self) -> bool:
        """Whether the bytes of the strips are those of the pixels."""
        if self.compression != _NONE or self.tiled:
            return False
        strip = self.height * self.width * self.shape[-1] * self.dtype.itemsize
        whole = math.prod(self.shape) * self.dtype.itemsize
        if len(self.sizes) == 1 or whole == strip * len(self.sizes):
            return sum(self.sizes) == whole and max(self.sizes) == strip
        return self.shape[0] == 1 and sum(self.sizes) == whole and self.sizes.count(strip) == len(self.sizes) - 1


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
    except (_Unusual, struct.error, KeyError, ValueError, RuntimeError):  # codecs raise what derives from the last
        header, array = read_raster(io.BytesIO(data), name, max_pixels=max_pixels)
        return array, header.nodata


def _plain(data: bytes, limit: int) -> tuple[Array, float | None]:
    order = {b"II*\0": "<", b"MM\0*": ">"}[data[:4]]
    tags = _directory(data, order)
    nodata = _nodata(data, tags.get(geokeys.GDAL_NODATA), order)
    layout = _layout(data, tags, order, limit)
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


def _layout(data: bytes, tags: Mapping[int, Entry], order: str, limit: int) -> _Layout:
    width, height, samples = (_number(tags, tag, order) for tag in (_WIDTH, _HEIGHT, _SAMPLES))
    planar, predictor, compression, colours = (
        _number(tags, tag, order, 1) for tag in (_PLANAR, _PREDICTOR, _COMPRESSION, _PHOTOMETRIC)
    )
    # Before any list is read that a false number of bands would make long.
    if not 0 < width * height * samples <= limit or width * height > tiff.MAX_SIZE:
        raise _Unusual
    if predictor != _NONE and compression == _NONE:
        raise _Unusual
    if planar not in (1, 2) or predictor not in (_NONE, _DIFFERENCES) or colours not in _COLOURS:
        raise _Unusual
    dtype = _DTYPES[_common(data, tags, _FORMAT, samples, order, 1), _common(data, tags, _BITS, samples, order)]
    if width * height * samples > most_values(limit, dtype):
        raise _Unusual
    planes, depth = (samples, 1) if planar == _SEPARATE else (1, samples)
    tiled = _TILES in tags
    if tiled:
        wide, high = _number(tags, _TILE_WIDTH, order), _number(tags, _TILE_HEIGHT, order)
        places, lengths = tags[_TILES], tags[_TILE_SIZES]
    else:
        wide, high = width, min(_number(tags, _ROWS, order), height)
        places, lengths = tags[_STRIPS], tags[_STRIP_SIZES]
    if tags.keys() & (_OF_STRIPS if tiled else _OF_TILES):
        raise _Unusual
    if min(wide, high) < 1 or wide * high > max(4 * width * height, _SMALL):
        raise _Unusual
    number = -(-width // wide) * -(-height // high) * planes
    offsets, sizes = (_numbers(data, entry, number, order) for entry in (places, lengths))
    if min(offsets) < _HEADER or max(map(int.__add__, offsets, sizes)) > len(data):
        raise _Unusual
    shape = (planes, height, width, depth)
    return _Layout(np.dtype(order + dtype), shape, tiled, wide, high, compression, predictor, offsets, sizes)


def _decoded(data: bytes, layout: _Layout, index: int, rows: int) -> Array:
    """Decode a strip or tile: ``(rows, width, bands)``, native byte order."""
    shape = (rows, layout.width, layout.shape[-1])
    size = math.prod(shape) * layout.dtype.itemsize
    content = data[layout.offsets[index] : layout.offsets[index] + layout.sizes[index]]
    if layout.compression != _NONE:
        if layout.compression not in _CODECS:
            raise _Unusual
        content = TIFF.DECOMPRESSORS[layout.compression](content, out=size)
    values = np.frombuffer(content, layout.dtype).reshape(shape)
    if layout.predictor == _NONE:
        return values
    # Each value was stored as its difference to the one on its left; sums wrap around as the differences did.
    if values.dtype.kind == "f":
        raise _Unusual
    return np.cumsum(values, axis=1, dtype=values.dtype)


def _by_band(values: Array) -> Array:
    planes, height, width, depth = values.shape
    native = values.dtype.newbyteorder("=")
    if depth == 1:
        return values.reshape(planes, height, width).astype(native, copy=False)
    return np.ascontiguousarray(np.moveaxis(values[0], -1, 0), native)


def _directory(data: bytes, order: str) -> Mapping[int, Entry]:
    (start,) = struct.unpack_from(order + "I", data, 4)
    (number,) = struct.unpack_from(order + "H", data, start)
    if not 0 < number <= _MAX_TAGS:
        raise _Unusual
    flat = _entries(order, number).unpack_from(data, start + 2)
    tags = dict(zip(flat[0::4], zip(flat[1::4], flat[2::4], flat[3::4], strict=True), strict=True))
    if len(tags) != number or not tags.keys() <= _KNOWN:
        raise _Unusual
    return tags


@lru_cache(maxsize=2 * _MAX_TAGS)
def _entries(order: str, number: int) -> struct.Struct:
    return struct.Struct(order + "HHII" * number)


def _common(
    data: bytes, tags: Mapping[int, Entry], tag: int, samples: int, order: str, default: int | None = None
) -> int:
    """Return the number that a tag gives for every band alike."""
    if default is not None and tag not in tags:
        return default
    numbers = _numbers(data, tags[tag], samples, order)
    if numbers.count(numbers[0]) != samples:
        raise _Unusual
    return numbers[0]


def _number(tags: Mapping[int, Entry], tag: int, order: str, default: int | None = None) -> int:
    """Return the one number of a tag."""
    if default is not None and tag not in tags:
        return default
    kind, count, value = tags[tag]
    if count != 1:
        raise _Unusual
    if kind == _LONG:
        return value
    if kind != _SHORT:
        raise _Unusual
    # A short number lies at the start of its four bytes.
    return value & 0xFFFF if order == "<" else value >> 16


def _numbers(data: bytes, entry: Entry, number: int, order: str) -> tuple[int, ...]:
    """Return all numbers of a tag, which lie elsewhere in the file if they take more than four bytes."""
    kind, count, value = entry
    if kind not in (_SHORT, _LONG) or count != number:
        raise _Unusual
    letter, size = ("H", 2) if kind == _SHORT else ("I", 4)
    if number * size <= _INLINE:
        return struct.unpack_from(f"{order}{number}{letter}", struct.pack(order + "I", value))
    return struct.unpack_from(f"{order}{number}{letter}", data, value)


def _nodata(data: bytes, entry: Entry | None, order: str) -> float | None:
    if entry is None:
        return None
    kind, count, value = entry
    text = struct.pack(order + "I", value)[:count] if count <= _INLINE else data[value : value + count]
    text = text.rstrip(b"\0")
    if kind != _ASCII or b"\0" in text or not text.isascii():
        raise _Unusual
    return geokeys.nodata_of({geokeys.GDAL_NODATA: text.decode("ascii")})
