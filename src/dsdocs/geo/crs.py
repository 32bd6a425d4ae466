"""Transform coordinates to OGC:CRS84 with one transformer for each CRS."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyproj

Floats = npt.NDArray[np.float64]


@lru_cache(maxsize=256)
def transformer(source: str, target: str = "OGC:CRS84") -> pyproj.Transformer:
    """Return the transformer between two CRS; axes are ``(x, y)`` = (east, north) on both sides.

    Raises
    ------
    pyproj.exceptions.CRSError
        A CRS is unknown.
    """
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_crs84(crs: str, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Transform native coordinates to longitude and latitude in degrees; impossible points become infinite.

    Parameters
    ----------
    crs
        Native CRS such as ``EPSG:32633``.
    x, y
        Coordinates in the unit of the CRS, easting and northing or longitude and latitude, of the same shape.
    """
    return _transform(transformer(str(crs)), x, y)


def from_crs84(crs: str, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Transform longitude and latitude in degrees to the coordinates of a CRS; the inverse of `to_crs84`."""
    return _transform(transformer("OGC:CRS84", str(crs)), lon, lat)


def _transform(between: pyproj.Transformer, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    first, second = between.transform(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
    return np.asarray(first), np.asarray(second)


@lru_cache(maxsize=256)
def is_geographic(crs: str) -> bool:
    """Tell whether the coordinates of a CRS are degrees."""
    return bool(pyproj.CRS.from_user_input(crs).is_geographic)
