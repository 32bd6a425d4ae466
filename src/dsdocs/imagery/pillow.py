"""JPEG and PNG through Pillow, with the format pinned and the size checked before anything is decoded."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from dsdocs.archive.guard import RAISE
from dsdocs.errors import RasterError
from dsdocs.imagery.header import RasterHeader
from dsdocs.imagery.segments import Window
from dsdocs.imagery.tiff import blame

Array = np.ndarray[Any, Any]
_END = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}  # entropy-coded data of JPEG never holds its end marker
_TAILS = (2**10, 2**20)  # bytes; some cameras write things behind the end
_WIDE_MODES = {"I;16": "uint16", "I;16B": "uint16", "I": "int32"}  # every other mode of JPEG and PNG is uint8


@contextmanager
def open_picture(source: BinaryIO, name: str, kind: str, limit: int) -> Iterator[Image.Image]:
    """Open a file that must be of one format, ``JPEG`` or ``PNG``; Pillow's own limit of 89 million pixels holds too.

    Raises
    ------
    RasterError
        The file is damaged, or has more than ``limit`` pixels; also whatever goes wrong in the body of the ``with``
        statement.
    """
    with blame(name):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                image = Image.open(source, formats=(kind,))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise RasterError(name, "image.too-large", _beyond(error)) from error
        except UnidentifiedImageError as error:
            # Its own words name a memory address, which would differ from build to build.
            problem = f"begins like a {kind} file, but its header makes no sense"
            raise RasterError(name, "image.corrupt", problem) from error
        with image:
            if math.prod(image.size) > limit:
                found = f"is {image.width} x {image.height} px"
                raise RasterError(
                    name, "image.too-large", f"{found}; at most {limit:,} px are read, by the limit 'pixels'; {RAISE}"
                )
            yield image


def _beyond(error: Exception) -> str:
    """Say how large a picture is that Pillow refuses; it tells so in its message alone."""
    found = re.search(r"[0-9]+", str(error))
    size = f"has {int(found[0]):,} px" if found else "has more pixels than can be counted"
    most = Image.MAX_IMAGE_PIXELS or 0
    return f"{size}; at most {most:,} px of a JPEG or PNG are read, whatever the limit 'pixels'"


def check_end(source: BinaryIO, name: str, kind: str) -> None:
    """Refuse a picture without an end, which a header alone would not show.

    Raises
    ------
    RasterError
        The file is cut off.
    """
    size = source.seek(0, 2)
    for tail in _TAILS:
        source.seek(max(0, size - tail))
        if _END[kind] in source.read(tail):
            return
    raise RasterError(name, "image.corrupt", f"is cut off: has {size} bytes, and no end as every {kind} file has")


def header_of(image: Image.Image) -> RasterHeader:
    """Return what the file says about itself."""
    return RasterHeader(*image.size, len(image.getbands()), _WIDE_MODES.get(image.mode, "uint8"))


def is_wide(image: Image.Image) -> bool:
    """Tell whether the picture holds more than 8 bit."""
    return image.mode in _WIDE_MODES


def pixels_of(image: Image.Image, window: Window | None) -> Array:
    """Decode the picture, once however many windows are asked for: ``(bands, height, width)``."""
    array = np.asarray(cropped(image, window)).astype(_WIDE_MODES.get(image.mode, "uint8"))
    return array[np.newaxis] if array.ndim == 2 else np.ascontiguousarray(np.moveaxis(array, -1, 0))


def cropped(image: Image.Image, window: Window | None) -> Image.Image:
    """Cut out a window; None for the whole picture."""
    if window is None:
        return image
    column, row, width, height = window
    return image.crop((column, row, column + width, row + height))
