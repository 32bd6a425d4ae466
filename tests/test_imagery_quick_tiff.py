"""The quick reader gives the pixels of the thorough one, or leaves the file to it."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

from dsdocs.errors import RasterError
from dsdocs.imagery import quick_tiff
from dsdocs.imagery.quick_tiff import read_pixels
from dsdocs.imagery.raster import read_raster

DTYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")


def written(array: np.ndarray[Any, Any], **profile: Any) -> bytes:
    count, height, width = array.shape
    options = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": array.dtype}
    with warnings.catch_warnings(), rasterio.MemoryFile() as file:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with file.open(**{**options, **profile}) as dataset:
            dataset.write(array)
        data: bytes = file.read()
        return data


def numbers(shape: tuple[int, int, int], dtype: str) -> np.ndarray[Any, Any]:
    return np.random.default_rng(5).integers(0, 120, shape).astype(dtype)


def outcome(read: Callable[[], tuple[np.ndarray[Any, Any], float | None]]) -> tuple[Any, ...]:
    try:
        array, nodata = read()
    except RasterError as error:
        return error.category, error.problem
    return array.dtype, array.shape, array.tobytes(), repr(nodata)


def thoroughly(data: bytes) -> tuple[np.ndarray[Any, Any], float | None]:
    header, array = read_raster(io.BytesIO(data), "a.tif")
    return array, header.nodata


def same(data: bytes) -> None:
    """Require equal pixels and nodata of both readers, or that both refuse alike."""
    expected = outcome(lambda: thoroughly(data))
    # The georeference is the one thing that the quick reader does not look at.
    if "the transform" not in str(expected[1]):
        assert outcome(lambda: read_pixels(data, "a.tif")) == expected


@pytest.fixture
def thorough(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return a function that says how many files were left to the thorough reader."""
    calls = []

    def counting(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return read_raster(*args, **kwargs)

    monkeypatch.setattr(quick_tiff, "read_raster", counting)
    return lambda: len(calls)


@given(
    st.sampled_from(DTYPES),
    st.sampled_from([1, 2, 3, 5]),
    st.sampled_from([{}, {"blockysize": 3}, {"blockysize": 40}, {"tiled": True, "blockxsize": 16, "blockysize": 32}]),
    st.sampled_from(["NONE", "LZW", "DEFLATE"]),
    st.sampled_from([1, 2]),
    st.sampled_from(["pixel", "band"]),
    st.sampled_from(["LITTLE", "BIG"]),
    st.sampled_from([None, 0, 7, 119]),
)
@settings(deadline=None, max_examples=300)
def test_what_gdal_writes_reads_the_same(
    dtype: str,
    count: int,
    layout: dict[str, Any],
    compress: str,
    predictor: int,
    interleave: str,
    order: str,
    nodata: int | None,
) -> None:
    options = {"compress": compress, "interleave": interleave, "endianness": order, "nodata": nodata, **layout}
    if compress != "NONE" and not dtype.startswith("float"):
        options["predictor"] = predictor
    same(written(numbers((count, 37, 50), dtype), **options))


@given(
    st.sampled_from((*DTYPES, "float16", "complex64", "uint64", "bool")),
    st.sampled_from([None, "zlib", "lzw", "packbits", "zstd"]),
    st.sampled_from([None, 2]),
    st.sampled_from([{}, {"rowsperstrip": 5}, {"tile": (16, 16)}]),
    st.sampled_from(["<", ">"]),
    st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_what_tifffile_writes_reads_the_same(
    dtype: str, compression: str | None, predictor: int | None, layout: dict[str, Any], order: str, big: bool
) -> None:
    if compression is None or dtype in ("float16", "complex64", "bool", "float32", "float64"):
        predictor = None
    target = io.BytesIO()
    options: dict[str, Any] = {"compression": compression, "predictor": predictor, "byteorder": order, "bigtiff": big}
    tifffile.imwrite(target, numbers((1, 37, 50), dtype)[0], **options, **layout)
    same(target.getvalue())


@pytest.mark.parametrize(
    ("array", "options"),
    [
        (numbers((1, 20, 20), "uint16"), {"blockysize": 6}),
        (numbers((13, 9, 9), "uint16"), {}),
        (numbers((3, 20, 20), "uint8"), {"compress": "LZW", "predictor": 2}),
        (numbers((4, 40, 40), "float32"), {"compress": "DEFLATE", "interleave": "band", "nodata": -1}),
        (numbers((2, 40, 40), "int16"), {"tiled": True, "blockxsize": 16, "blockysize": 16, "endianness": "BIG"}),
    ],
    ids=["strips", "many bands", "lzw", "bands apart", "tiles"],
)
def test_plain_files_need_no_thorough_reader(
    array: np.ndarray[Any, Any], options: dict[str, Any], thorough: Callable[[], int]
) -> None:
    found, _ = read_pixels(
        written(array, crs="EPSG:32633", transform=rasterio.Affine(10, 0, 0, 0, -10, 0), **options), "a"
    )
    np.testing.assert_array_equal(found, array)
    assert thorough() == 0


@pytest.mark.parametrize(
    "data",
    [
        written(numbers((1, 20, 20), "uint8"), nbits=4),
        written(numbers((1, 20, 20), "complex64")),
        written(numbers((1, 20, 20), "float32"), compress="DEFLATE", predictor=3),
        written(numbers((3, 20, 20), "uint8"), compress="JPEG", photometric="YCBCR"),
        written(numbers((1, 20, 20), "uint8"), compress="ZSTD"),
        written(numbers((1, 20, 20), "uint8"), BIGTIFF="YES"),
        written(np.zeros((1, 64, 64), np.uint8), sparse_ok=True, tiled=True, blockxsize=16, blockysize=16),
    ],
    ids=["4 bit", "complex", "float differences", "jpeg", "zstd", "big", "sparse"],
)
def test_unusual_files_are_left_to_the_thorough_reader(data: bytes, thorough: Callable[[], int]) -> None:
    same(data)
    assert thorough() > 0


def test_every_real_tiff_reads_the_same(shared_data: Path, thorough: Callable[[], int]) -> None:
    paths = [*shared_data.rglob("*.tif")]
    assert len(paths) > 250
    for path in paths:
        same(path.read_bytes())
    assert thorough() < 20


def test_pictures_are_read_too() -> None:
    target = io.BytesIO()
    Image.fromarray(np.moveaxis(numbers((3, 9, 9), "uint8"), 0, -1)).save(target, "PNG")
    same(target.getvalue())


# Not LZW: what the codec makes of a damaged stream differs from call to call (imagecodecs 2026.3.6).
PLAIN = (
    written(numbers((2, 12, 15), "uint16"), blockysize=5, nodata=3),
    written(numbers((2, 12, 15), "uint16"), compress="DEFLATE", interleave="band"),
    written(numbers((1, 40, 40), "int16"), compress="DEFLATE", predictor=2, tiled=True, blockxsize=16, blockysize=16),
)


@given(
    st.sampled_from(PLAIN),
    st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 2000),
)
@settings(deadline=None, max_examples=600)
def test_damaged_files_read_the_same_or_are_refused_alike(
    data: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    same(bytes(damaged[: len(damaged) - cut // 10] if cut < 500 else damaged))


@pytest.mark.parametrize("tag", [256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 324, 339])
@pytest.mark.parametrize("value", [0, 1, 2, 3, 5, 6, 7, 65535, 2**31, 2**32 - 1])
def test_any_value_of_a_tag_reads_the_same_or_is_refused_alike(tag: int, value: int) -> None:
    for data in PLAIN:
        changed = bytearray(data)
        (start,) = struct.unpack_from("<I", changed, 4)
        (count,) = struct.unpack_from("<H", changed, start)
        for at in range(start + 2, start + 2 + 12 * count, 12):
            if struct.unpack_from("<H", changed, at)[0] == tag:
                struct.pack_into("<I", changed, at + 8, value)
        same(bytes(changed))


def test_a_width_of_tiles_does_not_make_strips_tiles() -> None:
    changed = bytearray(PLAIN[0])
    (start,) = struct.unpack_from("<I", changed, 4)
    (count,) = struct.unpack_from("<H", changed, start)
    (at,) = (at for at in range(start + 2, start + 2 + 12 * count, 12) if changed[at : at + 2] == b"\x53\x01")  # 339
    struct.pack_into("<HHI", changed, at, 322, 3, 1)
    same(bytes(changed))


def test_the_limit_is_that_of_the_thorough_reader() -> None:
    data = written(numbers((2, 10, 10), "uint8"))
    assert read_pixels(data, "a", max_pixels=200)[0].shape == (2, 10, 10)
    with pytest.raises(RasterError, match="a: is 10 x 10 px with 2 bands; at most 199 values of uint8 are read"):
        read_pixels(data, "a", max_pixels=199)
