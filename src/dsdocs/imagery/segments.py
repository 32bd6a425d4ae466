"""Windows of a TIFF: only the strips or tiles that a window touches are read and decoded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from tifffile import TiffPage

from dsdocs.errors import RasterError
from dsdocs.imagery import tiff
from dsdocs.imagery.header import most_values

Array = np.ndarray[Any, Any]
Window = tuple[int, int, int, int]  # px: first column, first row, width, height

KEPT = 2**24  # values of decoded segments that are kept for the next window
_CHUNK = 2**22  # bytes of uncompressed rows that are read at a time
_BYTES = (8, 16, 32, 64, 128)  # bits of samples that are whole numbers of bytes
_COMPLEX_INTEGER = 5  # SampleFormat


class Segments:
    """Cuts windows out of one image of a TIFF; segments that the last window touched are not decoded again.

    What is in memory at a time is the window, one segment, and at most `KEPT` values of others. A file may store the
    whole image as one segment; if that is compressed, there is no way around decoding all of it.
    """

    def __init__(self, page: TiffPage, name: str, max_pixels: int) -> None:
        self._page, self._name, self._max = page, name, most_values(max_pixels, tiff.dtype_of(page))
        self._planar = page.shaped[0] > 1  # each band in segments of its own
        self._width, self._height = tiff.segment_size(page)
        self._across = math.ceil(page.imagewidth / self._width)
        self._down = math.ceil(page.imagelength / self._height)
        self._kept: dict[int, Array] = {}

    def read(self, bands: Sequence[int], window: Window) -> Array:
        """Decode bands of a window that lies within the image.

        Returns
        -------
        np.ndarray
            ``(bands, height, width)`` in native byte order.

        Raises
        ------
        RasterError
            One segment alone holds more values than may be decoded.
        """
        column, row, width, height = window
        result = np.empty((len(bands), height, width), tiff.dtype_of(self._page))
        touched = self._touched(bands, window)
        self._kept = {index: self._kept[index] for index, _, _ in touched if index in self._kept}
        for index, top, left in touched:
            rows = slice(max(row, top), min(row + height, top + self._height))
            columns = slice(max(column, left), min(column + width, left + self._width))
            inner = slice(columns.start - left, columns.stop - left)
            for first, part in self._rows(index, rows.start - top, rows.stop - top):
                start = top + first - row
                target = result[:, start : start + len(part), columns.start - column : columns.stop - column]
                if self._planar:
                    # Segments of other bands have other numbers, so each fills the places of its own band.
                    own = [at for at, band in enumerate(bands) if band == index // (self._across * self._down)]
                    target[own] = part[:, inner, 0]
                else:
                    target[:] = np.moveaxis(part[:, inner, list(bands)], -1, 0)
        return result

    def _touched(self, bands: Sequence[int], window: Window) -> list[tuple[int, int, int]]:
        """Return number, first row and first column of every segment that a window needs."""
        column, row, width, height = window
        planes = sorted(set(bands)) if self._planar else [0]
        return [
            ((plane * self._down + down) * self._across + across, down * self._height, across * self._width)
            for plane in planes
            for down in range(row // self._height, (row + height - 1) // self._height + 1)
            for across in range(column // self._width, (column + width - 1) // self._width + 1)
        ]

    def _rows(self, index: int, start: int, stop: int) -> Iterator[tuple[int, Array]]:
        """Yield rows of a segment, and the number of the first of them: ``(rows, width, bands)``."""
        page = self._page
        offset, count = page.dataoffsets[index], page.databytecounts[index]
        if index not in self._kept and offset and count and self._is_plain():
            samples = 1 if self._planar else page.samplesperpixel
            dtype = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
            stride = self._width * samples * dtype.itemsize
            step = max(1, _CHUNK // stride)
            for first in range(start, stop, step):
                rows = min(step, stop - first)
                data = self._bytes(offset + first * stride, min(rows * stride, count - first * stride))
                yield first, np.frombuffer(data, dtype).reshape(rows, self._width, samples)
            return
        yield start, self._decoded(index, offset, count)[start:stop]

    def _is_plain(self) -> bool:
        """Tell whether rows lie in the file as they are, so that those that are not needed can be left there."""
        page = self._page
        return (
            page.compression == 1
            and page.fillorder == 1
            and page.bitspersample in _BYTES
            and page.sampleformat != _COMPLEX_INTEGER
        )

    def _decoded(self, index: int, offset: int, count: int) -> Array:
        if index in self._kept:
            return self._kept[index]
        page = self._page
        size = self._width * self._height * (1 if self._planar else page.samplesperpixel)
        if size > self._max:
            kind = "tiles" if page.is_tiled else "strips"
            found = f"is stored in {kind} of {self._width} x {self._height} px with {size} values"
            raise RasterError(self._name, "image.too-large", f"{found}; at most {self._max} values are read")
        data = self._bytes(offset, count) if offset and count else None
        if data is not None and page.compression == tiff.JPEG:
            tiff.check_jpeg(data, self._width * self._height, self._name)
        segment, _, shape = page.decode(data, index, jpegtables=page.jpegtables, jpegheader=page.jpegheader)
        values = np.full(shape, page.nodata, page.dtype) if segment is None else np.asarray(segment)
        if sum(kept.size for kept in self._kept.values()) + values.size > KEPT:
            self._kept.clear()
        self._kept[index] = values[0]
        return self._kept[index]

    def _bytes(self, offset: int, count: int) -> bytes:
        file = self._page.parent.filehandle
        file.seek(offset)
        data: bytes = file.read(max(0, count))
        return data
