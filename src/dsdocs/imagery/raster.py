"""Headers and pixels of TIFF, JPEG and PNG files, from a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from PIL import Image
from tifffile import TiffPage

from dsdocs.archive.guard import RAISE
from dsdocs.errors import RasterError
from dsdocs.imagery import geokeys, tiff
from dsdocs.imagery.header import RasterHeader, most_values
from dsdocs.imagery.pillow import check_end, cropped, header_of, is_wide, open_picture, pixels_of
from dsdocs.imagery.segments import Segments, Window

__all__ = [
    "MAX_PIXELS",
    "OpenRaster",
    "RasterHeader",
    "Window",
    "open_raster",
    "read_bands",
    "read_header",
    "read_picture",
    "read_raster",
]

Array = np.ndarray[Any, Any]
MAX_PIXELS = 100_000_000
_MAGIC = {
    b"II*\0": "TIFF", b"MM\0*": "TIFF", b"II+\0": "TIFF", b"MM\0+": "TIFF",
    b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG",
}  # fmt: skip
_SUFFIXES = (".tif", ".tiff", ".jpg", ".jpeg", ".png")


def read_header(source: BinaryIO, name: str, *, max_pixels: int | None = None) -> RasterHeader:
    """Read what a TIFF, JPEG or PNG says about itself.

    Parameters
    ----------
    source
        Seekable stream of the whole file. Its first bytes decide on the format, not its name.
    name
        Path for messages.
    max_pixels
        Most values (width x height x bands) that the image may have if all of it is to be decoded, as for
        `read_raster`; None where only windows of it will be.

    Returns
    -------
    RasterHeader
        ``crs`` is set only together with ``transform``.

    Raises
    ------
    RasterError
        The file is damaged, cut off, too large, of a format that is not read (``input.junk`` where its name says that
        it were), or its transform encloses no place.
    """
    kind = _kind(source, name)
    if kind == "TIFF":
        with tiff.first_page(source, name) as page:
            header = _tiff_header(page, name)
    else:
        with open_picture(source, name, kind, tiff.MAX_SIZE) as image:
            header = header_of(image)
        check_end(source, name, kind)
    if max_pixels is not None:
        _check_wanted(header, name, None, None, max_pixels)
    return header


@contextmanager
def open_raster(source: BinaryIO, name: str, *, max_pixels: int = MAX_PIXELS) -> Iterator[OpenRaster]:
    """Open a raster to read several windows of it; what one window needed is not decoded again for its neighbour.

    Parameters
    ----------
    source
        Seekable stream of the whole file; it stays open.
    name
        Path for messages.
    max_pixels
        Most values (width x height x all bands of the file) of a window that are decoded; of 32 or 64 bit, half or a
        quarter as many.

    Raises
    ------
    RasterError
        As for `read_header`; also whatever goes wrong in the body of the ``with`` statement.
    """
    kind = _kind(source, name)
    if kind == "TIFF":
        with tiff.first_page(source, name) as page:
            yield OpenRaster(_tiff_header(page, name), name, max_pixels, page)
    else:
        with open_picture(source, name, kind, max_pixels) as image:
            yield OpenRaster(header_of(image), name, max_pixels, image)


class OpenRaster:
    """A raster of which windows are read; made by `open_raster`.

    Attributes
    ----------
    header
        What the file says about itself.
    """

    def __init__(self, header: RasterHeader, name: str, max_pixels: int, content: TiffPage | Image.Image) -> None:
        self.header = header
        self._name, self._max, self._content = name, max_pixels, content
        self._segments = Segments(content, name, max_pixels) if isinstance(content, TiffPage) else None

    def read(self, bands: Sequence[int] | None = None, window: Window | None = None) -> Array:
        """Decode bands as `read_raster` does.

        Raises
        ------
        RasterError
            The pixels are damaged or too many, a band is missing (``image.missing``), or the window does not lie
            within the image (``image.mismatch``).
        """
        _check_wanted(self.header, self._name, bands, window, self._max)
        if isinstance(self._content, Image.Image):
            array = pixels_of(self._content, window)
        elif self._segments is None or window is None:
            array = tiff.pixels_of(self._content, self._name)
        else:
            return self._segments.read(range(self.header.count) if bands is None else bands, window)
        return array if bands is None else array[list(bands)]


def read_bands(
    source: BinaryIO,
    name: str,
    bands: Sequence[int] | None = None,
    *,
    window: Window | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Array:
    """Decode bands, as `read_raster` does, without the header."""
    return read_raster(source, name, bands, window=window, max_pixels=max_pixels)[1]


def read_raster(
    source: BinaryIO,
    name: str,
    bands: Sequence[int] | None = None,
    *,
    window: Window | None = None,
    max_pixels: int = MAX_PIXELS,
) -> tuple[RasterHeader, Array]:
    """Read the header and decode bands as they are stored; palette indices stay indices.

    One exception: Pillow gives only the upper byte of 16-bit colour PNG.

    Parameters
    ----------
    source
        Seekable stream of the whole file.
    name
        Path for messages.
    bands
        Positions counted from 0, in the order wanted; None for all.
    window
        First column, first row, width and height in px; None for the whole image. Of a TIFF, only the strips or
        tiles that it touches are read.
    max_pixels
        Most values (width x height x all bands of the file) that are decoded; of 32 or 64 bit, half or a quarter as
        many. JPEG and PNG are decoded whole, whatever the window, so for them it holds for the whole image too.

    Returns
    -------
    header, array
        The header is that of the whole file, the array ``(bands, height, width)`` in the dtype of the file.

    Raises
    ------
    RasterError
        As for `read_header`; also ``image.missing`` if the file has fewer bands, and ``image.mismatch`` if the
        window does not lie within the image.
    """
    with open_raster(source, name, max_pixels=max_pixels) as raster:
        return raster.header, raster.read(bands, window)


def read_picture(
    source: BinaryIO, name: str, *, window: Window | None = None, max_pixels: int = MAX_PIXELS
) -> Array | None:
    """Decode a JPEG or PNG as one sees it, whether it holds a palette, grey, CMYK or colours.

    Returns
    -------
    np.ndarray or None
        ``(height, width, 3)`` of ``uint8``, RGB. None if the file is a TIFF or holds more than 8 bit: what
        one sees of those is a matter of stretching.
    """
    kind = _kind(source, name)
    if kind == "TIFF":
        return None
    with open_picture(source, name, kind, max_pixels) as image:
        _check_wanted(header_of(image), name, None, window, max_pixels)
        return None if is_wide(image) else np.asarray(cropped(image, window).convert("RGB"))


def _kind(source: BinaryIO, name: str) -> str:
    source.seek(0)
    start = source.read(16)
    source.seek(0)
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            return kind
    if not start:
        raise RasterError(name, "image.corrupt", "is empty (0 bytes)")
    category = "input.junk" if name.lower().endswith(_SUFFIXES) else "image.unsupported"
    raise RasterError(name, category, f"begins with {_readable(start)}; expected a TIFF, JPEG or PNG file")


def _readable(start: bytes) -> str:
    """Return bytes as quoted text where they are such, else as hexadecimal numbers."""
    text = start.decode("ascii", "replace")
    return f"{text!r}" if text.isprintable() and text.isascii() else f"the bytes {start[:8].hex(' ')}"


def _tiff_header(page: TiffPage, name: str) -> RasterHeader:
    tags = tiff.geo_tags(page)
    try:
        transform = geokeys.affine_of(tags)
    except ValueError as error:
        raise RasterError(name, "geo.invalid", str(error)) from error
    return RasterHeader(
        page.imagewidth,
        page.imagelength,
        page.samplesperpixel,
        tiff.dtype_of(page).name,
        geokeys.crs_of(tags) if transform else None,
        transform,
        geokeys.nodata_of(tags),
    )


def _check_wanted(
    header: RasterHeader, name: str, bands: Sequence[int] | None, window: Window | None, limit: int
) -> None:
    column, row, width, height = window or (0, 0, header.width, header.height)
    inside = 0 <= column < column + width <= header.width and 0 <= row < row + height <= header.height
    if not inside:
        found = f"is {header.width} x {header.height} px"
        problem = f"{found}; asked for {width} x {height} px from column {column} and row {row} on"
        raise RasterError(name, "image.mismatch", problem)
    most = most_values(limit, header.dtype)
    if width * height * header.count > most:
        bands_ = "1 band" if header.count == 1 else f"{header.count} bands"
        found = f"{'is' if window is None else 'is asked for'} {width} x {height} px with {bands_}"
        problem = f"{found}; at most {most} values of {header.dtype} are read, by the limit 'pixels'; {RAISE}"
        raise RasterError(name, "image.too-large", problem)
    if bands and not all(0 <= band < header.count for band in bands):
        problem = f"has {header.count} band{'s' * (header.count != 1)}; asked for {list(bands)}, counted from 0"
        raise RasterError(name, "image.missing", problem)
