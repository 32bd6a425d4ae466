"""TIFF through tifffile: the first image of a file, checked before anything is decoded."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import tifffile
from tifffile import TiffPage

from dsdocs.errors import RasterError
from dsdocs.imagery import geokeys

MAX_SIZE = 1_000_000_000  # px of one band; a Sentinel-2 granule has 120 million
# What the user may set comes first, for it is smaller as a rule.
LIMIT = (
    f"at most {MAX_SIZE:,} px of a band are read, of an image as many as the limit 'pixels' under [archive.limits] in "
    "dsdocs.toml allows"
)
JPEG = 7
_JPEG_START = 65_536  # bytes of a stream in which its frame header must come
# What GDAL writes by default builds, less the codecs that allocate what their own stream asks for (LERC,
# WebP, JPEG XL).
COMPRESSIONS = {
    1: "none",
    5: "LZW",
    JPEG: "JPEG",
    8: "Deflate",
    32773: "PackBits",
    32946: "Deflate",
    50000: "Zstandard",
}
# libtiff knows differences for LZW, Deflate and Zstandard alone, and passes over the tag elsewhere; tifffile does not.
_WITHOUT_PREDICTOR = (1, 32773)
_GEO_TAGS = (
    geokeys.PIXEL_SCALE, geokeys.TIEPOINTS, geokeys.TRANSFORMATION,
    geokeys.KEY_DIRECTORY, geokeys.KEY_DOUBLES, geokeys.KEY_ASCII, geokeys.GDAL_NODATA,
)  # fmt: skip


@contextmanager
def first_page(source: BinaryIO, name: str) -> Iterator[TiffPage]:
    """Open the first image of a TIFF; what follows it (overviews, masks, further pages) is left alone.

    Opening costs 0.1 ms with tifffile against 0.66 ms with rasterio (BigEarthNet, 10 m bands), so no parser
    of our own is needed. ``pages[0]`` never follows references to other files, which ``series`` would do for
    OME-TIFF.

    Raises
    ------
    RasterError
        The file is damaged, cut off, larger than `MAX_SIZE`, or of a kind that is not read; also whatever
        goes wrong in the body of the ``with`` statement.
    """
    with (
        _silence(),
        blame(name),
        tifffile.TiffFile(source, is_lsm=False, is_scanimage=False, is_ndpi=False) as file,
    ):
        page = next(iter(file.pages), None)
        if not isinstance(page, TiffPage):
            raise RasterError(name, "image.corrupt", "holds no image")
        _check(page, name, file.filehandle.size)
        yield page


def dtype_of(page: TiffPage) -> np.dtype[Any]:
    """Return the dtype of the pixels in native byte order; one-bit images are read as ``uint8``."""
    dtype = np.dtype(page.dtype).newbyteorder("=")
    return np.dtype(np.uint8) if dtype == np.bool_ else dtype


def segment_size(page: TiffPage) -> tuple[int, int]:
    """Return width and height of the strips or tiles, in px."""
    if page.is_tiled:
        return page.tilewidth, page.tilelength
    return page.imagewidth, min(page.rowsperstrip, page.imagelength)


def geo_tags(page: TiffPage) -> dict[int, Any]:
    """Return the tags of the georeference and the nodata value, those that are there."""
    return {code: value for code in _GEO_TAGS if (value := page.tags.valueof(code)) is not None}


def pixels_of(page: TiffPage, name: str) -> np.ndarray[Any, Any]:
    """Decode all samples of an image that is known to fit: ``(bands, height, width)``, native byte order."""
    if page.compression == JPEG:
        limit = math.prod(segment_size(page))
        for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
            page.parent.filehandle.seek(offset)
            check_jpeg(page.parent.filehandle.read(min(count, _JPEG_START)), limit, name)
    # Threads gain nothing on patches, and their number would depend on the machine.
    array = np.asarray(page.asarray(maxworkers=1))
    if page.axes == "YXS":
        array = np.moveaxis(array, -1, 0)
    return np.ascontiguousarray(array.reshape(page.samplesperpixel, page.imagelength, page.imagewidth), dtype_of(page))


def _check(page: TiffPage, name: str, size: int) -> None:
    """Refuse what would be decoded wrongly, only in part, or into more memory than the image has pixels."""
    width, height = page.imagewidth, page.imagelength
    if min(width, height, page.samplesperpixel) < 1:
        raise RasterError(name, "image.corrupt", f"is {width} x {height} px in {page.samplesperpixel} band(s)")
    if width * height > MAX_SIZE:
        raise RasterError(name, "image.too-large", f"is {width} x {height} px; {LIMIT}")
    if page.compression not in COMPRESSIONS:
        known = ", ".join(dict.fromkeys(COMPRESSIONS.values()))
        raise RasterError(
            name, "image.unsupported", f"is compressed with method {int(page.compression)}; read are: {known}"
        )
    if page.dtype is None or page.axes not in {"YX", "YXS", "SYX"}:
        stated = str(page.bitspersample)  # of a damaged file it may be anything
        bits = stated if stated.isdecimal() else "?"
        found = f"samples of {bits} bit in format {page.sampleformat}, axes {page.axes}"
        raise RasterError(name, "image.unsupported", f"holds {found}; expected one picture of plain numbers")
    if page.predictor != 1 and page.compression in _WITHOUT_PREDICTOR:
        found = f"states differences (predictor {int(page.predictor)}) for pixels without a dictionary"
        raise RasterError(name, "image.unsupported", f"{found}; programs read such files in different ways")
    wide, high = segment_size(page)
    if not 0 < wide * high <= max(4 * width * height, 2**24):
        raise RasterError(name, "image.corrupt", f"has strips or tiles of {wide} x {high} px")
    # The decoder leaves memory as it finds it where a segment is not listed.
    segments = page.shaped[0] * math.ceil(height / high) * math.ceil(width / wide)
    if min(len(page.dataoffsets), len(page.databytecounts)) < segments:
        problem = f"lists {len(page.dataoffsets)} of the {segments} strips or tiles that its size asks for"
        raise RasterError(name, "image.corrupt", problem)
    end = max(map(sum, zip(page.dataoffsets, page.databytecounts, strict=False)), default=0)
    if end > size:
        raise RasterError(name, "image.corrupt", f"is cut off: has {size} bytes, its pixels end at byte {end}")


def check_jpeg(data: bytes, limit: int, name: str) -> None:
    """Compare the size that a JPEG stream states, and would be given memory for, with its strip or tile.

    Parameters
    ----------
    data
        At least the start of the stream.
    limit
        Pixels of the strip or tile.
    name
        Path for messages.

    Raises
    ------
    RasterError
        The stream states more than twice as many pixels.
    """
    stated = _jpeg_size(data[:_JPEG_START])
    if stated > 2 * limit:
        raise RasterError(name, "image.corrupt", f"holds a JPEG stream of {stated} px in a tile of {limit} px")


def _jpeg_size(data: bytes) -> int:
    """Return height times width of the first frame header; 0 if there is none: the decoder then gives up."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return int.from_bytes(data[at + 5 : at + 7], "big") * int.from_bytes(data[at + 7 : at + 9], "big")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0


@contextmanager
def blame(name: str) -> Iterator[None]:
    """Turn whatever goes wrong while an image is read into a `RasterError` that names it."""
    try:
        yield
    except RasterError:
        raise
    except MemoryError as error:
        raise RasterError(name, "image.too-large", "needs more memory than there is") from error
    except Exception as error:  # decoders fail on damaged files with any exception; all mean the same to the caller
        raise RasterError(name, "image.corrupt", f"is damaged: {type(error).__name__}: {_text(error)}") from error


def _text(error: Exception) -> str:
    """Return the message of an error, in which bytes stand as texts do."""
    return re.sub(r"\bb(?=['\"])", "", str(error))


@contextmanager
def _silence() -> Iterator[None]:
    # What tifffile logs about a damaged file is told by the RasterError or does not matter to the pixels.
    logger = logging.getLogger("tifffile")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before
