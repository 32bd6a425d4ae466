"""Georeference of a TIFF: its tags as an affine transform, a CRS and a nodata value.

Tag and key numbers: OGC GeoTIFF 1.1 (OGC 19-008r4), Annex B and C; the nodata tag is an addition of GDAL.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import tifffile

Affine = tuple[float, float, float, float, float, float]

PIXEL_SCALE, TIEPOINTS, TRANSFORMATION = 33550, 33922, 34264
KEY_DIRECTORY, KEY_DOUBLES, KEY_ASCII = 34735, 34736, 34737
GDAL_NODATA = 42113
_MODEL_TYPE, _RASTER_TYPE, _GEOGRAPHIC, _PROJECTED = 1024, 1025, 2048, 3072
_GEOGRAPHIC_MODEL, _PIXEL_IS_POINT = 2, 2
# GDAL looks at no file beside the one it is given, and at no other machine.
ALONE = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none", "PROJ_NETWORK": "OFF",
}  # fmt: skip
_CODES = range(1024, 32767)  # EPSG codes of GeoTIFF; 32767 is "user-defined", below 1024 nothing was ever assigned


def affine_of(tags: Mapping[int, Any]) -> Affine | None:
    """Return the transform from the outer corner of pixel ``(col, row)`` to ``(x, y)``.

    Follows GDAL where the standard leaves a choice: pixel scale and first tiepoint go before the matrix, rows
    always run down, and several tiepoints without a scale (ground control points) are no transform.

    Returns
    -------
    Affine or None
        ``(a, b, c, d, e, f)`` with ``x = a col + b row + c`` and ``y = d col + e row + f``; None without a
        georeference.

    Raises
    ------
    ValueError
        A number is not finite, or the pixels have no area.
    """
    scale, ties, matrix = tags.get(PIXEL_SCALE, ()), tags.get(TIEPOINTS, ()), tags.get(TRANSFORMATION, ())
    if len(scale) >= 2 and len(ties) >= 6:
        a, b, d, e = float(scale[0]), 0.0, 0.0, -abs(float(scale[1]))
        c, f = ties[3] - ties[0] * a, ties[4] - ties[1] * e
    elif len(matrix) == 16:
        a, b, c, d, e, f = (float(matrix[index]) for index in (0, 1, 3, 4, 5, 7))
    else:
        return None
    if _keys(tuple(tags.get(KEY_DIRECTORY, ()))).get(_RASTER_TYPE) == _PIXEL_IS_POINT:
        # Coordinates are those of the pixel centre; a footprint needs the outer corner.
        c, f = c - (a + b) / 2, f - (d + e) / 2
    if not all(map(math.isfinite, (a, b, c, d, e, f))) or a * e == b * d:
        raise ValueError(f"the transform {(a, b, c, d, e, f)} is not finite or its pixels have no area")
    return a, b, c, d, e, f


def crs_of(tags: Mapping[int, Any]) -> str | None:
    """Return ``EPSG:<code>`` of the horizontal CRS, another registered name (``ESRI:102039``), or None.

    A CRS that is spelled out rather than named is looked up among the registered ones; None if it is none of
    them.
    """
    directory, doubles = tags.get(KEY_DIRECTORY, ()), tags.get(KEY_DOUBLES, ())
    keys = _keys(tuple(directory))
    code = keys.get(_PROJECTED)
    if code is None and keys.get(_MODEL_TYPE) == _GEOGRAPHIC_MODEL:
        code = keys.get(_GEOGRAPHIC)
    if code in _CODES:
        return _registered(code)
    if not keys.keys() - {_MODEL_TYPE, _RASTER_TYPE}:
        return None
    ascii_values = tags.get(KEY_ASCII, "")
    return _identified(tuple(directory), tuple(np.atleast_1d(doubles).tolist()), str(ascii_values))


def nodata_of(tags: Mapping[int, Any]) -> float | None:
    """Return the value that stands for no data; None if there is none, or if the tag holds no number."""
    try:
        return float(str(tags[GDAL_NODATA]).strip(" \0"))
    except (KeyError, ValueError):
        return None


@lru_cache(maxsize=256)  # the bands of an archive have the same few
def _keys(directory: tuple[int, ...]) -> Mapping[int, int]:
    """Return the short integer of each key, and 32767 for keys whose value is kept elsewhere."""
    entries = zip(*(directory[start::4] for start in (4, 5, 7)), strict=False)
    return {key: value if location == 0 else 32767 for key, location, value in entries if key}


@lru_cache(maxsize=1024)
def _registered(code: int) -> str | None:
    try:
        pyproj.CRS.from_epsg(code)
    except pyproj.exceptions.CRSError:
        return None
    return f"EPSG:{code}"


@lru_cache(maxsize=256)
def _identified(directory: tuple[int, ...], doubles: tuple[float, ...], ascii_values: str) -> str | None:
    """Look up a CRS that is spelled out in projection parameters or as ESRI WKT.

    GDAL alone knows all the dialects. It sees no byte of the file, only these three tags on a blank pixel,
    and the driver is pinned: under another one a disguised file could open connections.
    """
    # Takes 0.3 s, and hardly any archive comes here.
    import rasterio  # type: ignore[import-untyped]

    blank = io.BytesIO()
    tags: list[tuple[int, str, int, object, bool]] = [
        (PIXEL_SCALE, "d", 3, (1.0, 1.0, 0.0), True),
        (TIEPOINTS, "d", 6, (0.0, 0.0, 0.0, 1.0, 1.0, 0.0), True),
        (KEY_DIRECTORY, "H", len(directory), directory, True),
    ]
    if doubles:
        tags.append((KEY_DOUBLES, "d", len(doubles), doubles, True))
    if ascii_values:
        tags.append((KEY_ASCII, "s", 0, ascii_values, True))
    try:
        tifffile.imwrite(blank, np.zeros((1, 1), np.uint8), extratags=tags, metadata=None)
        with (
            rasterio.Env(**ALONE),
            rasterio.MemoryFile(blank.getvalue()) as file,
            file.open(driver="GTiff") as dataset,
        ):
            authority = dataset.crs.to_authority() if dataset.crs else None
    except (rasterio.errors.RasterioError, ValueError):
        return None
    return ":".join(authority) if authority else None
