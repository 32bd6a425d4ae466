"""Headers and pixels of TIFF, JPEG and PNG files, from a stream."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError
from tifffile import TiffPage

from dsdocs.errors import RasterError
from dsdocs.imagery import geokeys, tiff
from dsdocs.imagery.geokeys import Affine

Array = np.ndarray[Any, Any]
MAX_PIXELS = 100_000_000
_MAGIC = {
    b"II*\0": "TIFF", b"MM\0*": "TIFF", b"II+\0": "TIFF", b"MM\0+": "TIFF",
    b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG",
}  # fmt: skip
_WIDE_MODES = {"I;16": "uint16", "I;16B": "uint16", "I": "int32"}  # every other mode of JPEG and PNG is uint8


@dataclass(frozen=True, slots=True)
class RasterHeader:
    """What a raster says about itself before its pixels are read."""

    width: int  # px
    height: int  # px
    count: int  # bands
    dtype: str
    crs: str | None = None  # "EPSG:32633"; None: not georeferenced, or in a CRS that no register knows
    transform: Affine | None = None  # x = a col + b row + c, y = d col + e row + f; (col, row) of outer pixel corners
    nodata: float | None = None

    def ring(self) -> tuple[tuple[float, float], ...]:
        """Return the outer corners ``(x, y)``: upper left and right, lower right and left of the grid.

        Raises
        ------
        ValueError
            The raster has no transform.
        """
        a, b, c, d, e, f = self._affine()
        corners = ((0, 0), (self.width, 0), (self.width, self.height), (0, self.height))
        return tuple((a * col + b * row + c, d * col + e * row + f) for col, row in corners)

    @property
    def gsd(self) -> float:
        """Edge of a square of one pixel's area, in units of the CRS; ``ValueError`` without a transform."""
        a, b, _, d, e, _ = self._affine()
        return math.sqrt(abs(a * e - b * d))

    def _affine(self) -> Affine:
        if self.transform is None:
            raise ValueError("the raster has no transform")
        return self.transform


def read_header(source: BinaryIO, name: str) -> RasterHeader:
    """Read what a TIFF, JPEG or PNG says about itself.

    Parameters
    ----------
    source
        Seekable stream of the whole file. Its first bytes decide on the format, not its name.
    name
        Path for messages.

    Returns
    -------
    RasterHeader
        ``crs`` is set only together with ``transform``.

    Raises
    ------
    RasterError
        The file is damaged, cut off, too large, or of a format that is not read.
    """
    kind = _kind(source, name)
    if kind == "TIFF":
        with tiff.first_page(source, name) as page:
            return _tiff_header(page)
    with _picture(source, name, kind, tiff.MAX_SIZE) as image:
        return _picture_header(image)


def read_bands(
    source: BinaryIO, name: str, bands: Sequence[int] | None = None, *, max_pixels: int = MAX_PIXELS
) -> Array:
    """Decode bands, as `read_raster` does, without the header."""
    return read_raster(source, name, bands, max_pixels=max_pixels)[1]


def read_raster(
    source: BinaryIO, name: str, bands: Sequence[int] | None = None, *, max_pixels: int = MAX_PIXELS
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
    max_pixels
        Most values (width x height x all bands of the file) that are decoded.

    Returns
    -------
    header, array
        ``(bands, height, width)`` in the dtype of the file.

    Raises
    ------
    RasterError
        As for `read_header`; also ``image.missing`` if the file has fewer bands.
    """
    kind = _kind(source, name)
    if kind == "TIFF":
        with tiff.first_page(source, name) as page:
            header = _tiff_header(page)
            _check_wanted(header, name, bands, max_pixels)
            array = tiff.pixels_of(page, name)
    else:
        with _picture(source, name, kind, max_pixels) as image:
            header = _picture_header(image)
            _check_wanted(header, name, bands, max_pixels)
            array = np.asarray(image).astype(header.dtype)
            array = array[np.newaxis] if array.ndim == 2 else np.ascontiguousarray(np.moveaxis(array, -1, 0))
    return header, array if bands is None else array[list(bands)]


def read_picture(source: BinaryIO, name: str, *, max_pixels: int = MAX_PIXELS) -> Array | None:
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
    with _picture(source, name, kind, max_pixels) as image:
        _check_wanted(_picture_header(image), name, None, max_pixels)
        return None if image.mode in _WIDE_MODES else np.asarray(image.convert("RGB"))


def _kind(source: BinaryIO, name: str) -> str:
    source.seek(0)
    start = source.read(16)
    source.seek(0)
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            return kind
    if not start:
        raise RasterError(name, "image.corrupt", "holds no bytes")
    raise RasterError(name, "image.unsupported", f"begins with {start!r}; expected a TIFF, JPEG or PNG file")


def _tiff_header(page: TiffPage) -> RasterHeader:
    tags = tiff.geo_tags(page)
    transform = geokeys.affine_of(tags)
    return RasterHeader(
        page.imagewidth,
        page.imagelength,
        page.samplesperpixel,
        tiff.dtype_of(page).name,
        geokeys.crs_of(tags) if transform else None,
        transform,
        geokeys.nodata_of(tags),
    )


def _picture_header(image: Image.Image) -> RasterHeader:
    return RasterHeader(*image.size, len(image.getbands()), _WIDE_MODES.get(image.mode, "uint8"))


def _check_wanted(header: RasterHeader, name: str, bands: Sequence[int] | None, limit: int) -> None:
    if header.width * header.height * header.count > limit:
        found = f"is {header.width} x {header.height} px with {header.count} bands"
        raise RasterError(name, "image.too-large", f"{found}; at most {limit} values are read")
    if bands and not all(0 <= band < header.count for band in bands):
        problem = f"has {header.count} bands; asked for {list(bands)}, counted from 0"
        raise RasterError(name, "image.missing", problem)


@contextmanager
def _picture(source: BinaryIO, name: str, kind: str, limit: int) -> Iterator[Image.Image]:
    """Open a JPEG or PNG with Pillow; its own limit of 89 million pixels holds too."""
    with tiff.blame(name):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                image = Image.open(source, formats=(kind,))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise RasterError(name, "image.too-large", f"is too large: {error}") from error
        except UnidentifiedImageError as error:
            # Its own words name a memory address, which would differ from build to build.
            problem = f"begins like a {kind} file, but its header makes no sense"
            raise RasterError(name, "image.corrupt", problem) from error
        with image:
            if math.prod(image.size) > limit:
                found = f"is {image.width} x {image.height} px"
                raise RasterError(name, "image.too-large", f"{found}; at most {limit} px are read")
            yield image
