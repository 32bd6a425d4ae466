"""Headers from first bytes: the same as those of the thorough reader, or none, whatever was done to a file."""

from __future__ import annotations

import io
import struct
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.archive import Member
from dsdocs.errors import RasterError
from dsdocs.imagery.plain_tiff import Unusual
from dsdocs.imagery.quick_header import member_header, quick_header
from dsdocs.imagery.raster import read_header

NOT_PLAIN = (Unusual, struct.error, KeyError, ValueError)


class Held:
    """A file in memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def open(self, member: Member) -> io.BytesIO:
        return io.BytesIO(self.content)

    def read(self, member: Member) -> bytes:
        return self.content


def held(content: bytes) -> Member:
    return Member("a.tif", len(content), Held(content))


@cache
def tiff(size: int = 20, count: int = 1, dtype: str = "uint16", **options: Any) -> bytes:
    sink = io.BytesIO()
    place = {"crs": "EPSG:32633", "transform": rasterio.Affine(10, 0, 6e5, 0, -10, 5e6)}
    profile = {"driver": "GTiff", "width": size, "height": size, "count": count, "dtype": dtype, **place, **options}
    with rasterio.open(sink, "w", **profile) as raster:
        raster.write(np.ones((count, size, size), dtype))
    return sink.getvalue()


FILES = [
    {},
    {"count": 3},
    {"count": 4, "interleave": "band"},
    {"dtype": "float32", "nodata": -9999},
    {"dtype": "int64"},
    {"compress": "deflate", "predictor": 2},
    {"compress": "lzw", "size": 200},
    {"tiled": True, "blockxsize": 16, "blockysize": 16},
    {"ENDIANNESS": "BIG"},
    {"crs": "EPSG:4326", "transform": rasterio.Affine(0.1, 0, 14, 0, -0.1, 50)},
    {"transform": rasterio.Affine(10, 2, 6e5, 3, -10, 5e6)},
]


@pytest.mark.parametrize("options", FILES, ids=str)
def test_the_first_bytes_of_plain_files_say_what_the_thorough_reader_says(options: dict[str, Any]) -> None:
    content = tiff(**options)
    assert quick_header(content[:4096], len(content)) == read_header(io.BytesIO(content), "a")


def test_bands_of_real_patches_are_plain(shared_data: Path) -> None:
    paths = sorted((shared_data / "bigearthnet_v1").rglob("*.tif"))[::7]
    assert paths
    for path in paths:
        content = path.read_bytes()
        assert quick_header(content[:4096], len(content)) == read_header(io.BytesIO(content), "a")


@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.integers(0, 399), st.sampled_from([0, 1, 2, 7, 8, 127, 128, 255])), max_size=3),
    st.integers(0, 60),
)
def test_a_changed_file_is_judged_alike(options: dict[str, Any], changes: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(tiff(**options))
    for at, value in changes:
        content[at % len(content)] = value
    content = content[: len(content) - cut]
    data = bytes(content)
    try:
        found = quick_header(data[:4096], len(data))
    except NOT_PLAIN:
        return
    assert repr(found) == repr(read_header(io.BytesIO(data), "a"))  # repr: nodata may be NaN, which equals nothing


@pytest.mark.parametrize("length", [0, 3, 4, 8, 50, 150, -1])
def test_a_cut_file_is_an_error(length: int) -> None:
    with pytest.raises(RasterError) as caught:
        member_header(held(tiff()[:length]))
    assert caught.value.category == ("input.junk" if length == 3 else "image.corrupt")


def test_an_empty_file_is_told_as_such() -> None:
    with pytest.raises(RasterError, match=r"is empty \(0 bytes\)"):
        member_header(held(b""))


@pytest.mark.parametrize(("content", "shown"), [(b"<html>", "'<html>'"), (b"\x00\x01\xff", "the bytes 00 01 ff")])
def test_junk_is_quoted_as_text_or_numbers(content: bytes, shown: str) -> None:
    with pytest.raises(RasterError) as caught:
        member_header(held(content))
    assert caught.value.problem == f"begins with {shown}; expected a TIFF, JPEG or PNG file"


@pytest.mark.parametrize("options", [{"count": 3}, {"count": 3, "compress": "jpeg", "dtype": "uint8"}], ids=str)
def test_the_limit_counts_all_bands_and_is_named(options: dict[str, Any]) -> None:
    content = tiff(**options)
    assert member_header(held(content), max_pixels=1200).count == 3
    with pytest.raises(RasterError, match=r"limit 'pixels'.*\[archive.limits\]") as caught:
        member_header(held(content), max_pixels=1199)
    assert caught.value.category == "image.too-large"


def test_tags_far_behind_are_found_all_the_same() -> None:
    content = tiff(size=100)
    start = struct.unpack_from("<I", content, 4)[0]
    assert start == 8
    number = struct.unpack_from("<H", content, start)[0]
    moved = content + content[start : start + 6 + 12 * number]
    moved = moved[:4] + struct.pack("<I", len(content)) + moved[8:]
    with pytest.raises(NOT_PLAIN):
        quick_header(moved[:4096], len(moved))
    assert member_header(held(moved)) == member_header(held(content))
