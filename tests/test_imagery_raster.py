"""Headers and pixels, checked against GDAL (through rasterio) on every raster of the real samples."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine

from dsdocs.errors import RasterError
from dsdocs.imagery.raster import RasterHeader, read_bands, read_header, read_picture, read_raster

CORRUPT = "rasterio_testdata/corrupt.tif"  # 298,232 bytes; its last tile ends at byte 307,086


@pytest.fixture(autouse=True)
def _quiet_gdal() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def header_of(path: Path) -> RasterHeader:
    with path.open("rb") as source:
        return read_header(source, path.name)


def bands_of(path: Path, bands: list[int] | None = None) -> np.ndarray[Any, Any]:
    with path.open("rb") as source:
        return read_bands(source, path.name, bands)


def gdal_header(dataset: Any) -> RasterHeader:
    """Say what GDAL says; its identity transform stands for none, and a CRS without a code has no name."""
    authority = dataset.crs.to_authority() if dataset.crs else None
    transform = None if dataset.transform == Affine.identity() else tuple(dataset.transform)[:6]
    return RasterHeader(
        dataset.width,
        dataset.height,
        dataset.count,
        dataset.dtypes[0],
        ":".join(authority) if authority else None,
        transform,
        dataset.nodata,
    )


def written(array: np.ndarray[Any, Any], **profile: Any) -> io.BytesIO:
    """Return a GeoTIFF that GDAL wrote."""
    count, height, width = array.shape
    with rasterio.MemoryFile() as file:
        options = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": array.dtype}
        with file.open(**{**options, **profile}) as dataset:
            dataset.write(array)
        return io.BytesIO(file.read())


def test_every_real_tiff_reads_as_gdal_reads_it(shared_data: Path) -> None:
    paths = [path for path in sorted(shared_data.rglob("*.tif")) if not path.match(CORRUPT)]
    assert len(paths) > 250
    for path in paths:
        with rasterio.open(path, driver="GTiff") as dataset:
            expected, pixels = gdal_header(dataset), dataset.read()
        found, array = header_of(path), bands_of(path)
        # repr, because a nodata value of NaN does not equal itself.
        assert repr(found) == repr(expected), path
        assert array.dtype == pixels.dtype, path
        np.testing.assert_array_equal(array, pixels, err_msg=str(path))


@pytest.mark.parametrize(
    ("file", "crs", "corner"),
    [
        ("bigearthnet_v1/tiny/S2A_MSIL2A_20170617T113321_4_55/S2A_MSIL2A_20170617T113321_4_55_B02.tif",
         "EPSG:32629", (604800.0, 5834040.0)),
        ("rasterio_testdata/rotated.tif", None, (100.0, 200.0)),
        ("rasterio_testdata/test_esri_wkt.tif", "ESRI:102039", (-14065.0, 2368525.0)),
        ("spacenet/sample_geotiff_custom_proj.tif", None, (-673425.0, 2130165.0)),
        ("spacenet/road_mask_input.tif", "EPSG:4326", (-115.2338076, 36.1423376998)),
    ],
)  # fmt: skip
def test_known_corners_and_reference_systems(
    shared_data: Path, file: str, crs: str | None, corner: tuple[float, float]
) -> None:
    header = header_of(shared_data / file)
    assert header.crs == crs
    assert header.ring()[0] == corner


def test_a_bigearthnet_patch_is_1200_m_wide(shared_data: Path) -> None:
    name = "S2A_MSIL2A_20170617T113321_4_55"
    for band, gsd in (("B02", 10.0), ("B05", 20.0), ("B01", 60.0)):
        header = header_of(shared_data / "bigearthnet_v1" / "tiny" / name / f"{name}_{band}.tif")
        assert header.gsd == gsd
        left, top = 604800.0, 5834040.0
        right, bottom = left + 1200, top - 1200
        assert header.ring() == ((left, top), (right, top), (right, bottom), (left, bottom))


def test_the_ring_of_a_rotated_raster_is_rotated(shared_data: Path) -> None:
    header = header_of(shared_data / "rasterio_testdata" / "rotated.tif")  # 10 x 15 px of 20 m x 10 m
    (ulx, uly), (urx, ury), (lrx, lry), (llx, lly) = header.ring()
    assert math.isclose(math.hypot(urx - ulx, ury - uly), 10 * 20)
    assert math.isclose(math.hypot(llx - ulx, lly - uly), 15 * 10)
    assert (round(lrx - urx, 9), round(lry - ury, 9)) == (round(llx - ulx, 9), round(lly - uly, 9))
    assert math.isclose(header.gsd, math.sqrt(20 * 10))


def test_pictures_have_no_georeference(shared_data: Path) -> None:
    path = shared_data / "eurosat/EuroSAT_RGB/Pasture/Pasture_300.jpg"
    header = header_of(path)
    assert header == RasterHeader(64, 64, 3, "uint8")
    np.testing.assert_array_equal(bands_of(path), np.moveaxis(np.asarray(Image.open(path)), -1, 0))
    with pytest.raises(ValueError, match="no transform"):
        header.ring()


def test_bands_come_in_the_order_asked_for(shared_data: Path) -> None:
    path = shared_data / "eurosat/EuroSAT_MS/Pasture/Pasture_300.tif"
    every = bands_of(path)
    assert every.shape == (13, 64, 64)
    np.testing.assert_array_equal(bands_of(path, [3, 1]), every[[3, 1]])
    with pytest.raises(RasterError, match="has 13 bands") as caught:
        bands_of(path, [13])
    assert caught.value.category == "image.missing"


def test_a_corrupt_tiff_is_named(shared_data: Path) -> None:
    with pytest.raises(RasterError, match=r"corrupt.tif: is cut off: has 298232 bytes") as caught:
        header_of(shared_data / CORRUPT)
    assert caught.value.category == "image.corrupt"


@pytest.mark.parametrize("compress", ["NONE", "LZW", "DEFLATE", "PACKBITS", "ZSTD"])
@pytest.mark.parametrize("interleave", ["pixel", "band"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64", "complex64"])
def test_what_gdal_writes_reads_back_equal(compress: str, interleave: str, dtype: str) -> None:
    array = (np.arange(2 * 21 * 34).reshape(2, 21, 34) % 251).astype(dtype)
    source = written(array, compress=compress, interleave=interleave)
    header, pixels = read_raster(source, "a.tif")
    assert (header.width, header.height, header.count, header.dtype) == (34, 21, 2, dtype)
    np.testing.assert_array_equal(pixels, array)


@pytest.mark.parametrize(
    "profile",
    [
        {"ENDIANNESS": "BIG"},
        {"BIGTIFF": "YES"},
        {"tiled": True, "blockxsize": 16, "blockysize": 16, "compress": "LZW", "predictor": 2},
        {"SPARSE_OK": "TRUE"},
    ],
)
def test_variants_of_the_container_read_equal(profile: dict[str, Any]) -> None:
    array = (np.arange(40 * 50).reshape(1, 40, 50) * 31 % 65521).astype(np.uint16)
    pixels = read_bands(written(array, **profile), "a.tif")
    assert pixels.dtype == np.dtype("uint16")
    np.testing.assert_array_equal(pixels, array)


def test_one_bit_images_are_uint8() -> None:
    array = (np.indices((20, 30)).sum(axis=0, keepdims=True) % 2).astype(np.uint8)
    header, pixels = read_raster(written(array, NBITS=1), "mask.tif")
    assert header.dtype == pixels.dtype.name == "uint8"
    np.testing.assert_array_equal(pixels, array)


@pytest.mark.parametrize("transform", [Affine(10, 0, 400000, 0, -10, 5e6), Affine(8, 2, 4e5, 3, -9, 5e6)])
@pytest.mark.parametrize("area_or_point", ["Area", "Point"])
def test_point_rasters_are_shifted_to_the_outer_corner(transform: Affine, area_or_point: str) -> None:
    with rasterio.MemoryFile() as file:
        options = {"driver": "GTiff", "count": 1, "height": 3, "width": 4, "dtype": "uint8"}
        with file.open(**options, crs="EPSG:32633", transform=transform) as dataset:
            dataset.update_tags(AREA_OR_POINT=area_or_point)
            dataset.write(np.ones((1, 3, 4), np.uint8))
        with file.open() as dataset:
            assert dataset.tags()["AREA_OR_POINT"] == area_or_point
        header = read_header(io.BytesIO(file.read()), "a.tif")
    assert header.crs == "EPSG:32633"
    assert header.transform == pytest.approx(tuple(transform)[:6], abs=1e-9)


@pytest.mark.parametrize(
    ("crs", "expected"),
    [
        ("EPSG:3035", "EPSG:3035"),
        ("EPSG:4258", "EPSG:4258"),
        ("+proj=utm +zone=33 +datum=WGS84", "EPSG:32633"),
        ("ESRI:54009", "ESRI:54009"),
        ("+proj=laea +lat_0=12.5 +lon_0=7 +datum=WGS84", None),
    ],
)
def test_reference_systems_have_the_name_of_their_register(crs: str, expected: str | None) -> None:
    transform = Affine(10, 0, 0, 0, -10, 0)
    source = written(np.ones((1, 2, 2), np.uint8), crs=crs, transform=transform)
    assert read_header(source, "a.tif").crs == expected


@pytest.mark.parametrize(("mode", "bands"), [("L", 1), ("RGB", 3), ("RGBA", 4), ("P", 1), ("1", 1), ("LA", 2)])
def test_png_modes(mode: str, bands: int) -> None:
    target = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").convert(mode).save(target, "PNG")
    header, pixels = read_raster(target, "a.png")
    assert (header.count, header.dtype) == (bands, "uint8")
    assert pixels.shape == (bands, 256, 256)
    picture = read_picture(target, "a.png")
    assert picture is not None
    assert picture.shape == (256, 256, 3)


def test_png_of_16_bit_keeps_its_values() -> None:
    values = np.arange(6, dtype=np.uint16).reshape(2, 3) * 10_000
    target = io.BytesIO()
    Image.fromarray(values).save(target, "PNG")
    header, pixels = read_raster(target, "a.png")
    assert header.dtype == "uint16"
    np.testing.assert_array_equal(pixels[0], values)
    assert read_picture(target, "a.png") is None


def test_the_source_stays_open() -> None:
    for source in (written(np.ones((1, 2, 2), np.uint8)), io.BytesIO(_png())):
        read_header(source, "a")
        read_bands(source, "a")
        assert not source.closed


def _png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (4, 4)).save(target, "PNG")
    return target.getvalue()
