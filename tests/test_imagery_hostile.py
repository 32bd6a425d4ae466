"""Files made to harm are refused at once, with little memory, and by name."""

from __future__ import annotations

import io
import logging
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dsdocs.errors import RasterError
from dsdocs.imagery.raster import RasterHeader, read_bands, read_header, read_picture

Reader = Callable[[BinaryIO, str], Any]
READERS: tuple[Reader, ...] = (read_header, read_bands)
SHORT, LONG = 3, 4  # TIFF field types


def tiff(width: int, height: int, data: bytes, *, compression: int = 1, **change: int) -> bytes:
    """Write a TIFF of one strip by hand, so that it may claim anything."""
    fields = {
        256: (LONG, width), 257: (LONG, height), 258: (SHORT, 8), 259: (SHORT, compression), 262: (SHORT, 1),
        273: (LONG, 0), 277: (SHORT, change.get("bands", 1)), 278: (LONG, height),
        279: (LONG, change.get("claimed", len(data))),
    }  # fmt: skip
    fields[273] = (LONG, 8 + 2 + 12 * len(fields) + 4)
    entries = b"".join(
        struct.pack("<HHI", tag, kind, 1) + struct.pack("<I", value) for tag, (kind, value) in fields.items()
    )
    return b"II*\0" + struct.pack("<IH", 8, len(fields)) + entries + bytes(4) + data


def png(width: int, height: int) -> bytes:
    """Write a PNG with next to no pixels that claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(10))), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jpeg(claimed: tuple[int, int] | None = None) -> bytes:
    """Write a grey JPEG of 16 x 16 px that may claim another height and width."""
    target = io.BytesIO()
    Image.new("L", (16, 16)).save(target, "JPEG")
    data = bytearray(target.getvalue())
    if claimed is not None:
        frame = data.index(b"\xff\xc0")
        data[frame + 5 : frame + 9] = struct.pack(">HH", *claimed)
    return bytes(data)


def plain(size: int = 8) -> bytes:
    target = io.BytesIO()
    tifffile.imwrite(target, np.arange(size * size, dtype=np.uint16).reshape(size, size), metadata=None)
    return target.getvalue()


def placed(x: float, pixel: float = 10.0) -> bytes:
    target = io.BytesIO()
    tags = [(33550, "d", 3, (pixel, pixel, 0.0)), (33922, "d", 6, (0.0, 0.0, 0.0, x, 0.0, 0.0))]
    tifffile.imwrite(target, np.zeros((8, 8), np.uint8), metadata=None, extratags=tags)
    return target.getvalue()


HOSTILE = {
    "nothing": (b"", "image.corrupt"),
    "vrt": (b'<VRTDataset rasterXSize="1"><SourceFilename>/etc/passwd</SourceFilename>', "input.junk"),
    "text": (b"x, y, z\n1, 2, 3\n", "input.junk"),
    "bare magic": (b"II*\0", "image.corrupt"),
    "no directory": (b"II*\0\x08\0\0\0", "image.corrupt"),
    "65535 x 65535": (tiff(65535, 65535, bytes(800)), "image.too-large"),
    "65535 x 65535 deflate": (
        tiff(65535, 65535, zlib.compress(bytes(800)), compression=8),
        "image.too-large",
    ),
    "two billion strips": (tiff(10, 2**31, bytes(100)), "image.too-large"),
    "no pixels": (tiff(0, 10, bytes(100)), "image.corrupt"),
    "cut off": (tiff(1000, 1000, bytes(100), claimed=1_000_000), "image.corrupt"),
    "half a file": (plain(64)[:4000], "image.corrupt"),
    "odd compression": (tiff(10, 10, bytes(100), compression=34712), "image.unsupported"),
    "png 60000 x 60000": (png(60_000, 60_000), "image.too-large"),
    "png 9500 x 10000": (png(9500, 10_000), "image.too-large"),
    "png 0 x 9": (png(0, 9), "image.corrupt"),
    "jpeg 30000 x 30000": (jpeg((30_000, 30_000)), "image.too-large"),
    "half a jpeg": (jpeg()[:150], "image.corrupt"),
    "jpeg without its last byte": (jpeg()[:-1], "image.corrupt"),
    "png without its last byte": (png(9, 9)[:-1], "image.corrupt"),
    "no place": (placed(float("nan")), "geo.invalid"),
    "a place at infinity": (placed(float("inf")), "geo.invalid"),
    "pixels of no size": (placed(0.0, pixel=0.0), "geo.invalid"),
}
HOSTILE_PIXELS = {
    "fewer bytes than pixels": (tiff(1000, 1000, bytes(100)), "image.corrupt"),
    "many values": (tiff(20_000, 20_000, zlib.compress(bytes(100)), compression=8), "image.too-large"),
    "many bands": (tiff(200, 200, bytes(100), bands=60_000), "image.too-large"),
    "deflate bomb": (tiff(10, 10, zlib.compress(bytes(50_000_000), 9), compression=8), "image.corrupt"),
    "jpeg bomb in a tiff": (tiff(16, 16, jpeg((30_000, 30_000)), compression=7), "image.corrupt"),
    "damaged lzw": (tiff(90, 90, bytes(1000), compression=5), "image.corrupt"),
    "png without its pixels": (png(100, 100), "image.corrupt"),
}


def refused(reader: Reader, data: bytes) -> RasterError:
    """Read, and require a refusal within a second and 20 MB."""
    tracemalloc.start()
    begin = time.perf_counter()
    try:
        with pytest.raises(RasterError) as caught:
            reader(io.BytesIO(data), "folder/patch.tif")
        assert time.perf_counter() - begin < 1
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith("folder/patch.tif: ")
    assert " at 0x" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", HOSTILE)
def test_headers_that_cannot_be_are_refused(reader: Reader, case: str) -> None:
    data, category = HOSTILE[case]
    assert refused(reader, data).category == category


@pytest.mark.parametrize("case", HOSTILE_PIXELS)
def test_pixels_that_cannot_be_are_refused(case: str) -> None:
    data, category = HOSTILE_PIXELS[case]
    assert isinstance(read_header(io.BytesIO(data), "a"), RasterHeader)
    assert refused(read_bands, data).category == category


def test_pictures_that_cannot_be_are_refused() -> None:
    assert refused(read_picture, png(60_000, 60_000)).category == "image.too-large"
    assert refused(read_picture, png(100, 100)).category == "image.corrupt"


def test_the_limit_counts_all_bands() -> None:
    data = io.BytesIO(tiff(10, 10, bytes(300), bands=3))
    assert read_bands(data, "a", max_pixels=300).shape == (3, 10, 10)
    with pytest.raises(RasterError, match="at most 299 values"):
        read_bands(data, "a", [0], max_pixels=299)


def test_nothing_is_logged_about_damaged_files(caplog: pytest.LogCaptureFixture) -> None:
    for data, _ in (HOSTILE | HOSTILE_PIXELS).values():
        with pytest.raises(RasterError):
            read_bands(io.BytesIO(data), "a")
    assert caplog.records == []
    assert not logging.getLogger("tifffile").disabled


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6), st.booleans())
def test_flipped_bytes_are_read_or_refused(changes: list[tuple[int, int]], as_png: bool) -> None:
    data = bytearray(_small_png() if as_png else plain())
    for position, value in changes:
        data[position % len(data)] = value
    for reader in READERS:
        category = None
        try:
            reader(io.BytesIO(bytes(data)), "a")
        except RasterError as error:
            category = error.category
        assert category in {None, "image.corrupt", "image.too-large", "image.unsupported"}


@settings(deadline=None)
@given(st.integers(0, len(plain()) - 1))
def test_a_file_cut_anywhere_never_gives_pixels(length: int) -> None:
    with pytest.raises(RasterError):
        read_bands(io.BytesIO(plain()[:length]), "a")


def _small_png() -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize((8, 8)).save(target, "PNG")
    return target.getvalue()
