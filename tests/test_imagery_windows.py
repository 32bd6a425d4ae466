"""Windows are cut out of the middle of a file: the same pixels as the whole, and not much else is read."""

from __future__ import annotations

import io
import tracemalloc
import warnings
from dataclasses import replace
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
from dsdocs.imagery import segments
from dsdocs.imagery.raster import Window, open_raster, read_bands, read_header, read_picture
from dsdocs.imagery.rendering import ThumbnailJob, read_layers
from dsdocs.sensors import load_sensor

HEIGHT, WIDTH, BANDS = 45, 70, 3


class Counting(io.BytesIO):
    """Counts the bytes that are read."""

    total = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.total += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        found = super().readinto(buffer)
        self.total += found
        return found


def written(array: np.ndarray[Any, Any], **profile: Any) -> bytes:
    count, height, width = array.shape
    options = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": array.dtype}
    with warnings.catch_warnings(), rasterio.MemoryFile() as file:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with file.open(**{**options, **profile}) as dataset:
            dataset.write(array)
        data: bytes = file.read()
        return data


def png(array: np.ndarray[Any, Any]) -> bytes:
    target = io.BytesIO()
    Image.fromarray(array).save(target, "PNG")
    return target.getvalue()


def cut(array: np.ndarray[Any, Any], window: Window) -> np.ndarray[Any, Any]:
    column, row, width, height = window
    return array[:, row : row + height, column : column + width]


def windows(width: int = WIDTH, height: int = HEIGHT) -> st.SearchStrategy[Window]:
    def pairs(size: int) -> st.SearchStrategy[tuple[int, int]]:
        return st.integers(0, size - 1).flatmap(lambda at: st.tuples(st.just(at), st.integers(1, size - at)))

    return st.tuples(pairs(width), pairs(height)).map(lambda both: (both[0][0], both[1][0], both[0][1], both[1][1]))


LAYOUTS = (
    {}, {"blockysize": 7}, {"blockysize": HEIGHT}, {"tiled": True, "blockxsize": 16, "blockysize": 32},
    {"tiled": True, "blockxsize": 128, "blockysize": 128},
)  # fmt: skip


@given(
    st.lists(windows(), min_size=1, max_size=3),
    st.sampled_from(LAYOUTS),
    st.sampled_from(["NONE", "LZW", "DEFLATE", "ZSTD", "PACKBITS"]),
    st.sampled_from(["pixel", "band"]),
    st.sampled_from(["uint8", "int16", "float64"]),
    st.lists(st.integers(0, BANDS - 1), max_size=4),
    st.sampled_from(["LITTLE", "BIG"]),
)
@settings(deadline=None, max_examples=150)
def test_a_window_holds_the_pixels_of_the_whole(
    wanted: list[Window],
    layout: dict[str, Any],
    compress: str,
    interleave: str,
    dtype: str,
    bands: list[int],
    order: str,
) -> None:
    array = (np.arange(BANDS * HEIGHT * WIDTH).reshape(BANDS, HEIGHT, WIDTH) % 251).astype(dtype)
    predictor = {"predictor": 2} if compress in ("LZW", "DEFLATE") and dtype != "float64" else {}
    data = written(array, compress=compress, interleave=interleave, endianness=order, **layout, **predictor)
    with open_raster(io.BytesIO(data), "a.tif") as raster:
        for window in wanted:
            found = raster.read(bands or None, window)
            assert found.dtype == array.dtype
            np.testing.assert_array_equal(found, cut(array[bands] if bands else array, window))


@pytest.mark.parametrize(
    "options",
    [
        {"dtype": "uint8", "nbits": 1},
        {"dtype": "uint8", "compress": "JPEG", "tiled": True, "blockxsize": 32, "blockysize": 32},
        {"dtype": "uint8", "compress": "JPEG", "photometric": "YCBCR", "blockysize": 16},
        {"dtype": "uint16", "nbits": 12},
        {"dtype": "float32", "compress": "DEFLATE", "predictor": 3},
        {"dtype": "complex64"},
        {"dtype": "uint16", "sparse_ok": True, "tiled": True, "blockxsize": 16, "blockysize": 16, "nodata": 7},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
@pytest.mark.parametrize("window", [(0, 0, WIDTH, HEIGHT), (5, 9, 33, 20), (WIDTH - 1, HEIGHT - 1, 1, 1)])
def test_unusual_files_have_windows_too(options: dict[str, Any], window: Window) -> None:
    dtype = options["dtype"]
    top = 2 if options.get("nbits") == 1 else 200
    array = np.random.default_rng(1).integers(0, top, (BANDS, HEIGHT, WIDTH)).astype(dtype)
    if "sparse_ok" in options:
        array[:] = 7
        array[:, :10, :10] = 1
    data = written(array, **options)
    whole = read_bands(io.BytesIO(data), "a.tif")
    found = read_bands(io.BytesIO(data), "a.tif", window=window)
    assert found.dtype == whole.dtype
    np.testing.assert_array_equal(found, cut(whole, window))


def test_every_real_raster_has_windows(shared_data: Path) -> None:
    random = np.random.default_rng(3)
    paths = [path for path in sorted(shared_data.rglob("*.tif")) if path.name != "corrupt.tif"]
    for path in paths[::5] + paths[-40:]:
        with path.open("rb") as source, open_raster(source, path.name) as raster:
            whole = raster.read()
            for _ in range(3):
                column, row = random.integers(0, raster.header.width), random.integers(0, raster.header.height)
                width = random.integers(1, raster.header.width - column, endpoint=True)
                height = random.integers(1, raster.header.height - row, endpoint=True)
                window = (int(column), int(row), int(width), int(height))
                np.testing.assert_array_equal(raster.read(None, window), cut(whole, window), err_msg=str(path))


@pytest.mark.parametrize(
    "layout",
    [
        {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "DEFLATE"},
        {"blockysize": 4},
        {"blockysize": 2000},
    ],
    ids=["tiles", "strips", "one strip"],
)
def test_only_what_a_window_touches_is_read(layout: dict[str, Any]) -> None:
    array = np.random.default_rng(0).integers(0, 255, (1, 2000, 500), dtype=np.uint8)
    source = Counting(written(array, **layout))
    window = (100, 1000, 64, 64)
    with open_raster(source, "a.tif") as raster:
        opening = source.total
        np.testing.assert_array_equal(raster.read(None, window), cut(array, window))
    assert source.total - opening < 66 * 500 + 1 if "tiled" not in layout else 5 * 64 * 64


def test_neighbouring_windows_do_not_read_a_strip_twice() -> None:
    array = np.random.default_rng(0).integers(0, 255, (1, 300, 400), dtype=np.uint8)
    source = Counting(written(array, compress="DEFLATE", blockysize=100))
    with open_raster(source, "a.tif") as raster:
        opening = source.total
        for row in range(0, 300, 50):
            for column in range(0, 400, 100):
                window = (column, row, 100, 50)
                np.testing.assert_array_equal(raster.read(None, window), cut(array, window))
    assert source.total - opening < 1.1 * array.size  # noise does not shrink


def test_memory_follows_the_window_not_the_frame() -> None:
    array = np.zeros((1, 6000, 6000), np.uint8)
    for layout in ({"blockysize": 6000}, {"compress": "DEFLATE", "blockysize": 10}, {"compress": "LZW", "tiled": True}):
        data = written(array, **layout)
        tracemalloc.start()
        read_bands(io.BytesIO(data), "a.tif", window=(3000, 3000, 512, 512))
        # 512 strips of 10 rows are not kept, nor is what the codec holds for a moment.
        assert tracemalloc.get_traced_memory()[1] - len(data) < segments.KEPT
        tracemalloc.stop()


def test_segments_are_kept_up_to_a_limit() -> None:
    """The 60 strips that this window needs hold twice as many values as are kept."""
    data = written(np.zeros((1, 600, 60_000), np.uint8), compress="DEFLATE", blockysize=10)
    tracemalloc.start()
    read_bands(io.BytesIO(data), "a.tif", window=(0, 0, 512, 600))
    assert tracemalloc.get_traced_memory()[1] < 1.2 * segments.KEPT
    tracemalloc.stop()


@pytest.mark.parametrize("compress", ["NONE", "PACKBITS"])
def test_differences_without_a_dictionary_are_refused(compress: str) -> None:
    plain = written(np.zeros((1, HEIGHT, WIDTH), np.uint8), compress=compress)
    with tifffile.TiffFile(io.BytesIO(plain)) as file:
        place = file.pages[0].tags["PlanarConfiguration"].offset
    data = bytearray(plain)
    data[place : place + 2], data[place + 8] = (317).to_bytes(2, "little"), 2  # becomes a predictor
    for read in (read_bands, read_header):
        with pytest.raises(RasterError, match=r"states differences \(predictor 2\)") as caught:
            read(io.BytesIO(data), "a.tif")
        assert caught.value.category == "image.unsupported"


@pytest.mark.parametrize(
    "window", [(-1, 0, 5, 5), (0, 0, WIDTH + 1, 5), (3, HEIGHT, 1, 1), (0, 0, 0, 5), (9, 9, 5, -1)]
)
@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_a_window_beyond_the_image_is_refused(kind: str, window: Window) -> None:
    target = io.BytesIO()
    Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8)).save(target, kind)
    with pytest.raises(RasterError, match=f"a: is {WIDTH} x {HEIGHT} px; asked for") as caught:
        read_bands(target, "a", window=window)
    assert caught.value.category == "image.mismatch"


def test_the_limit_holds_for_the_window_and_for_each_segment() -> None:
    array = np.zeros((1, 100, 100), np.uint8)
    tiles = written(array, compress="LZW", tiled=True, blockxsize=16, blockysize=16)
    assert read_bands(io.BytesIO(tiles), "a", window=(0, 0, 20, 20), max_pixels=400).shape == (1, 20, 20)
    with pytest.raises(RasterError, match="asked for 20 x 21 px with 1 band; at most 400") as caught:
        read_bands(io.BytesIO(tiles), "a", window=(0, 0, 20, 21), max_pixels=400)
    assert caught.value.category == "image.too-large"
    with pytest.raises(RasterError, match="strips of 100 x 100 px with 10000 values; at most 400") as caught:
        read_bands(
            io.BytesIO(written(array, compress="LZW", blockysize=100)), "a", window=(0, 0, 20, 20), max_pixels=400
        )
    assert caught.value.category == "image.too-large"


@pytest.mark.parametrize(
    ("tag", "value", "bands", "height", "listed"),
    [("ImageLength", 160, 2, 160, "16 of the 40"), ("SamplesPerPixel", 4, 4, 64, "16 of the 32")],
)
def test_a_file_with_too_few_strips_is_refused(tag: str, value: int, bands: int, height: int, listed: str) -> None:
    """Else the pixels of those that are not there would be whatever was in memory before."""
    target = io.BytesIO()
    array = np.ones((2, 64, 8), np.uint8)
    tifffile.imwrite(target, array, rowsperstrip=8, compression="zlib", metadata=None, planarconfig="separate")
    data = bytearray(target.getvalue())
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        place = file.pages[0].tags[tag].valueoffset
    data[place : place + 2] = value.to_bytes(2, "little")
    for window in (None, (0, 0, 8, height)):
        with pytest.raises(RasterError, match=f"lists {listed} strips or tiles") as caught:
            read_bands(io.BytesIO(data), "a.tif", window=window)
        assert caught.value.category == "image.corrupt"


@pytest.mark.parametrize(("dtype", "most"), [("uint8", 400), ("uint16", 400), ("float32", 200), ("float64", 100)])
def test_the_limit_is_one_of_memory(dtype: str, most: int) -> None:
    data = written(np.zeros((1, 20, 20), dtype))
    window = (0, 0, most // 20, 20)
    assert read_bands(io.BytesIO(data), "a", window=window, max_pixels=400).size == most
    for window in ((0, 0, most // 20 + 1, 19), None) if most < 400 else ():
        with pytest.raises(RasterError, match=f"at most {most} values of {dtype} are read"):
            read_bands(io.BytesIO(data), "a", window=window, max_pixels=400)


def test_a_header_is_held_against_the_limit_only_where_all_is_to_be_decoded() -> None:
    for data in (written(np.zeros((3, 20, 20), np.uint8)), png(np.zeros((20, 20, 3), np.uint8))):
        assert read_header(io.BytesIO(data), "a").width == 20
        assert read_header(io.BytesIO(data), "a", max_pixels=1200).width == 20
        with pytest.raises(RasterError, match="is 20 x 20 px with 3 bands; at most 1199 values of uint8") as caught:
            read_header(io.BytesIO(data), "a", max_pixels=1199)
        assert caught.value.category == "image.too-large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_pictures_have_windows(kind: str) -> None:
    array = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    target = io.BytesIO()
    Image.fromarray(array).save(target, kind)
    whole, window = read_bands(target, "a"), (7, 3, 20, 30)
    np.testing.assert_array_equal(read_bands(target, "a", window=window), cut(whole, window))
    seen = read_picture(target, "a", window=window)
    if kind == "TIFF":
        assert seen is None
    else:
        np.testing.assert_array_equal(np.moveaxis(seen, -1, 0), cut(whole, window))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_thumbnail_shows_the_window(kind: str) -> None:
    array = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    target = io.BytesIO()
    Image.fromarray(array).save(target, kind)
    job = ThumbnailJob("a_0_0", "image", "a", load_sensor("rgb"), window=(7, 3, 20, 30))
    (layer,) = read_layers(job, lambda path: io.BytesIO(target.getvalue()))
    np.testing.assert_array_equal(layer.content, array[3:33, 7:27])
    with pytest.raises(RasterError, match=r"at most 1,?799 (values|px)"):
        read_layers(replace(job, max_pixels=1799), lambda path: io.BytesIO(target.getvalue()))
