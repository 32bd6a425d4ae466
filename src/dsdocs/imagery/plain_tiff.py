"""How a plain TIFF stores its first image, told from its first bytes in a few microseconds.

Plain is what patches are mostly stored as: a classic TIFF whose first image has samples of 8, 16, 32 or 64 bit in
strips or tiles. Whatever is odd, missing or damaged raises `Unusual` and is left to `dsdocs.imagery.raster`, so that
one place judges, and one wording says what is wrong.
Tags and their numbers: TIFF, revision 6.0, Adobe 1992, section 8; its Technical Note 2 for the tag of Deflate.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from dsdocs.imagery import geokeys, tiff
from dsdocs.imagery.header import most_values

Entry = tuple[int, int, int]  # field type, number of values, value or offset
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}  # first bytes -> byte order
CODECS = (5, 8, 32946)  # LZW, and two names of Deflate
NONE, DIFFERENCES = 1, 2  # predictors; the first is also the number of no compression
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
_NUMBERS = {_SHORT: "H", 12: "d"}  # field type of numbers of a georeference -> format; 12 is double precision
_GEO_NUMBERS = (
    geokeys.PIXEL_SCALE, geokeys.TIEPOINTS, geokeys.TRANSFORMATION, geokeys.KEY_DIRECTORY, geokeys.KEY_DOUBLES,
)  # fmt: skip
_MAX_NUMBERS = 2**12  # of a tag; a georeference has a few dozen
_INLINE = 4  # bytes of values that fit into a directory entry
_HEADER = 8  # bytes
_MAX_TAGS = 64
_SMALL = 2**24  # px of a tile that may be larger than four images
_COLOURS = (0, 1, 2, 3)  # white is zero, black is zero, RGB, palette
_SEPARATE = 2  # each band in segments of its own
_DTYPES = {(form, bits): f"{kind}{bits // 8}" for form, kind in ((1, "u"), (2, "i")) for bits in (8, 16, 32, 64)}
_DTYPES |= {(3, 32): "f4", (3, 64): "f8"}


class Unusual(Exception):
    """The file is not plain."""


class Layout(NamedTuple):
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
        if self.compression != NONE or self.tiled:
            return False
        strip = self.height * self.width * self.shape[-1] * self.dtype.itemsize
        whole = math.prod(self.shape) * self.dtype.itemsize
        if len(self.sizes) == 1 or whole == strip * len(self.sizes):
            return sum(self.sizes) == whole and max(self.sizes) == strip
        return self.shape[0] == 1 and sum(self.sizes) == whole and self.sizes.count(strip) == len(self.sizes) - 1


def layout_of(data: bytes, tags: Mapping[int, Entry], order: str, limit: int, size: int) -> Layout:
    """Return how the pixels are stored, once it is sure that all of them lie in the file.

    Parameters
    ----------
    data
        At least the start of the file, as far as its tags reach.
    tags
        Of `directory_of`.
    order
        Byte order, a value of `ORDERS`.
    limit
        Most values (width x height x bands); of 32 or 64 bit, half or a quarter as many.
    size
        Bytes of the whole file.

    Raises
    ------
    Unusual, struct.error, KeyError, ValueError
        The file is not plain, or its tags lie further behind.
    """
    width, height, samples = (_number(tags, tag, order) for tag in (_WIDTH, _HEIGHT, _SAMPLES))
    planar, predictor, compression, colours = (
        _number(tags, tag, order, 1) for tag in (_PLANAR, _PREDICTOR, _COMPRESSION, _PHOTOMETRIC)
    )
    # Before any list is read that a false number of bands would make long.
    if not 0 < width * height * samples <= limit or width * height > tiff.MAX_SIZE:
        raise Unusual
    if predictor != NONE and compression == NONE:
        raise Unusual
    if planar not in (1, 2) or predictor not in (NONE, DIFFERENCES) or colours not in _COLOURS:
        raise Unusual
    dtype = _DTYPES[_common(data, tags, _FORMAT, samples, order, 1), _common(data, tags, _BITS, samples, order)]
    if width * height * samples > most_values(limit, dtype):
        raise Unusual
    planes, depth = (samples, 1) if planar == _SEPARATE else (1, samples)
    tiled = _TILES in tags
    if tiled:
        wide, high = _number(tags, _TILE_WIDTH, order), _number(tags, _TILE_HEIGHT, order)
        places, lengths = tags[_TILES], tags[_TILE_SIZES]
    else:
        wide, high = width, min(_number(tags, _ROWS, order), height)
        places, lengths = tags[_STRIPS], tags[_STRIP_SIZES]
    if tags.keys() & (_OF_STRIPS if tiled else _OF_TILES):
        raise Unusual
    if min(wide, high) < 1 or wide * high > max(4 * width * height, _SMALL):
        raise Unusual
    number = -(-width // wide) * -(-height // high) * planes
    offsets, sizes = (_numbers(data, entry, number, order) for entry in (places, lengths))
    if min(offsets) < _HEADER or max(map(int.__add__, offsets, sizes)) > size:
        raise Unusual
    shape = (planes, height, width, depth)
    return Layout(np.dtype(order + dtype), shape, tiled, wide, high, compression, predictor, offsets, sizes)


def directory_of(data: bytes, order: str) -> Mapping[int, Entry]:
    """Return the tags of the first image; none of them says anything that is not known here."""
    (start,) = struct.unpack_from(order + "I", data, 4)
    (number,) = struct.unpack_from(order + "H", data, start)
    if not 0 < number <= _MAX_TAGS:
        raise Unusual
    flat = _entries(order, number).unpack_from(data, start + 2)
    tags = dict(zip(flat[0::4], zip(flat[1::4], flat[2::4], flat[3::4], strict=True), strict=True))
    if len(tags) != number or not tags.keys() <= _KNOWN:
        raise Unusual
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
        raise Unusual
    return numbers[0]


def _number(tags: Mapping[int, Entry], tag: int, order: str, default: int | None = None) -> int:
    """Return the one number of a tag."""
    if default is not None and tag not in tags:
        return default
    kind, count, value = tags[tag]
    if count != 1:
        raise Unusual
    if kind == _LONG:
        return value
    if kind != _SHORT:
        raise Unusual
    # A short number lies at the start of its four bytes.
    return value & 0xFFFF if order == "<" else value >> 16


def _numbers(data: bytes, entry: Entry, number: int, order: str) -> tuple[int, ...]:
    """Return all numbers of a tag, which lie elsewhere in the file if they take more than four bytes."""
    kind, count, value = entry
    if kind not in (_SHORT, _LONG) or count != number:
        raise Unusual
    letter, size = ("H", 2) if kind == _SHORT else ("I", 4)
    if number * size > _INLINE and value < _HEADER:
        raise Unusual
    if number * size <= _INLINE:
        return struct.unpack_from(f"{order}{number}{letter}", struct.pack(order + "I", value))
    return struct.unpack_from(f"{order}{number}{letter}", data, value)


def nodata_of(data: bytes, entry: Entry | None, order: str) -> float | None:
    """Return the value that stands for no data; None if there is none."""
    if entry is None:
        return None
    return geokeys.nodata_of({geokeys.GDAL_NODATA: _text(data, entry, order)})


def geo_tags_of(data: bytes, tags: Mapping[int, Entry], order: str) -> dict[int, Any]:
    """Return the tags of the georeference, those that are there: numbers as tuples, and one text."""
    found: dict[int, Any] = {}
    for tag in _GEO_NUMBERS:
        if tag in tags:
            found[tag] = _many(data, tags[tag], order)
    if geokeys.KEY_ASCII in tags:
        found[geokeys.KEY_ASCII] = _text(data, tags[geokeys.KEY_ASCII], order)
    return found


def _many(data: bytes, entry: Entry, order: str) -> tuple[float, ...]:
    """Return all numbers of a tag that takes more than four bytes."""
    kind, count, value = entry
    if kind not in _NUMBERS or not 1 < count <= _MAX_NUMBERS or value < _HEADER:
        raise Unusual
    return struct.unpack_from(f"{order}{count}{_NUMBERS[kind]}", data, value)


def _text(data: bytes, entry: Entry, order: str) -> str:
    kind, count, value = entry
    text = struct.pack(order + "I", value)[:count] if count <= _INLINE else data[value : value + count]
    if kind != _ASCII or (count > _INLINE and (len(text) < count or value < _HEADER)):
        raise Unusual
    text = text.rstrip(b"\0")
    if b"\0" in text or not text.isascii():
        raise Unusual
    return text.decode("ascii")
