"""Areas on the ground, in the cylindrical equal-area projection EPSG:6933 (WGS 84 / NSIDC EASE-Grid 2.0 Global)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import shapely

from dsdocs.geo.crs import from_crs84
from dsdocs.geo.grids import Floats, Shapes
from dsdocs.geo.planes import plain_rings

EQUAL_AREA = "EPSG:6933"
_BLOCK = 16_384  # footprints that are worked on at a time, so that they stay in the cache of the processor


def areas(wkb: pa.Array | pa.ChunkedArray) -> Floats:
    """Return the area (n,) in square metres of footprints given as well-known binary in OGC:CRS84, none null.

    Sides are taken as straight in the projection; for patches of a few kilometres, that is right to 0.01 percent.
    """
    column = wkb.combine_chunks() if isinstance(wkb, pa.ChunkedArray) else wkb
    plain, rings = plain_rings(column)
    found = np.empty(len(plain))
    found[plain] = np.concatenate(
        [np.empty(0), *(_shoelace(rings[start : start + _BLOCK]) for start in range(0, len(rings), _BLOCK))]
    )
    others = np.flatnonzero(~plain)
    found[others] = shapely.area(flat(shapely.from_wkb(column.take(pa.array(others)).to_numpy(zero_copy_only=False))))
    return found


def _shoelace(rings: Floats) -> Floats:
    x, y = from_crs84(EQUAL_AREA, rings[..., 0], rings[..., 1])
    x, y = x - x[:, :1], y - y[:, :1]
    return np.asarray(np.abs((x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)) / 2)


def flat(shapes: Shapes) -> Shapes:
    """Return shapes of OGC:CRS84 in the equal-area projection."""
    return np.asarray(
        shapely.transform(shapes, lambda corners: np.column_stack(from_crs84(EQUAL_AREA, *corners.T))), dtype=object
    )


def area_of(shape: shapely.Geometry) -> float:
    """Return the area in square metres of a shape in OGC:CRS84 whose sides are short."""
    return float(shapely.area(flat(np.array([shape], dtype=object)))[0])
