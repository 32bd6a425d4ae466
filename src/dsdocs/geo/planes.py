"""Footprints of a summary in planes whose unit is the metre: their own CRS where it is one, else a UTM zone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely

from dsdocs.geo.crs import from_crs84
from dsdocs.geo.grids import Flags, Floats, Footprints, Ints, Texts, on_grids

_CORNERS = 4
_PLAIN = 93  # bytes of a polygon with one ring of five corners as well-known binary (OGC 06-103r4, section 8.2)
_HEAD = bytes.fromhex("01030000000100000005000000")  # little-endian, polygon, one ring, five corners
_ZONE = 6.0  # degrees


def on_planes(crs: Sequence[str] | Texts | pa.Array, wkb: pa.Array | pa.ChunkedArray) -> Footprints:
    """Place footprints of OGC:CRS84 in planes, and sort them into the grids that they were cut on.

    The plane of a footprint is its native CRS if that is projected, in metres, and true to scale to within a few
    thousandths; degrees and Mercator's projection are not, and such footprints go to the WGS 84 / UTM zone of their
    first corner. `Footprints.loose_crs` names the plane of each footprint.

    Parameters
    ----------
    crs
        Native CRS of each footprint, shape ``(n,)``.
    wkb
        Footprints in OGC:CRS84 as well-known binary, shape ``(n,)``, none null.
    """
    column = wkb.combine_chunks() if isinstance(wkb, pa.ChunkedArray) else wkb
    plain, rings = plain_rings(column)
    others = np.flatnonzero(~plain)
    shapes = shapely.from_wkb(column.take(pa.array(others)).to_numpy(zero_copy_only=False))
    first = np.empty((len(plain), 2))
    first[plain] = rings[:, 0]
    if len(others):
        first[others] = [shapely.get_coordinates(shape)[0] for shape in shapes]
    names, plane = _planes(*numbered(crs), first)
    native, kept = np.empty_like(rings), plane[plain]
    for number, name in enumerate(names.tolist()):
        rows = np.flatnonzero(kept == number)
        native[rows] = np.stack(from_crs84(name, rings[rows, :, 0], rings[rows, :, 1]), axis=-1)
    found = on_grids(names.astype(str)[kept], native)
    if not len(others):
        return found
    grid, cell = np.full(len(plane), -1, dtype=np.int64), np.zeros((len(plane), 2), dtype=np.int64)
    loose = np.full(len(plane), None, dtype=object)
    grid[plain], cell[plain], loose[plain] = found.grid, found.cell, found.loose
    for row, shape in zip(others.tolist(), shapes, strict=True):
        name = names[plane[row]]
        loose[row] = shapely.transform(
            shape,
            lambda corners, name=name: np.column_stack(from_crs84(name, *corners.T)),  # type: ignore[misc]
        )
    return Footprints(found.grids, grid, cell, loose, names[plane])


def plain_rings(wkb: pa.Array) -> tuple[Flags, Floats]:
    """Tell which polygons (n,) are quadrilaterals, and return the corners (m, 4, 2) of these in degrees.

    They are read from the bytes, at a tenth of the cost of an object for each.
    """
    if not len(wkb):
        return np.zeros(0, dtype=bool), np.empty((0, _CORNERS, 2))
    _, offsets, content = wkb.buffers()
    start = np.frombuffer(offsets, dtype=np.int32, count=wkb.offset + len(wkb) + 1)[wkb.offset :]
    data = np.frombuffer(content, dtype=np.uint8)
    fitting = np.diff(start) == _PLAIN
    if fitting.all():
        texts = data[start[0] : start[-1]].reshape(-1, _PLAIN)
    else:
        texts = data[start[:-1][fitting][:, None] + np.arange(_PLAIN)]
    plain = fitting.copy()
    known = (texts[:, : len(_HEAD)] == np.frombuffer(_HEAD, dtype=np.uint8)).all(axis=1)
    plain[fitting] = known
    corners = np.ascontiguousarray(texts[known, len(_HEAD) :]).view("<f8").reshape(-1, _CORNERS + 1, 2)
    return plain, corners[:, :_CORNERS]


def _planes(names: Texts, code: Ints, first: Floats) -> tuple[Texts, Ints]:
    """Return the distinct planes, and the number of the plane of each footprint."""
    apart = np.isin(code, np.flatnonzero([not is_metric(name) for name in names.tolist()]))
    if not apart.any():
        return names, code
    planes = names[code]
    zone = np.floor((first[apart, 0] + 180.0) / _ZONE).astype(np.int64) % 60 + 1
    epsg = np.where(first[apart, 1] < 0, 32_700, 32_600) + zone
    planes[apart] = [f"EPSG:{number}" for number in epsg.tolist()]
    return numbered(planes)


@lru_cache(maxsize=256)
def is_metric(crs: str) -> bool:
    """Tell whether distances in a CRS are metres on the ground, near the region that it is meant for."""
    known = pyproj.CRS.from_user_input(crs)
    if not known.is_projected or known.axis_info[0].unit_conversion_factor != 1.0:
        return False
    method = known.coordinate_operation.method_name if known.coordinate_operation else ""
    return "Transverse" in method or not any(word in method for word in ("Mercator", "Equidistant Cylindrical"))


def middles(footprints: Footprints) -> Floats:
    """Return the middle (n, 2) of each footprint in its plane: of a cell, or of a bounding box."""
    found = np.empty((len(footprints.grid), 2))
    for number, grid in enumerate(footprints.grids):
        rows = np.flatnonzero(footprints.grid == number)
        found[rows] = grid.origin + (footprints.cell[rows] + 0.5) * grid.size
    apart = np.flatnonzero(footprints.grid < 0)
    bounds = shapely.bounds(footprints.loose[apart])
    found[apart] = (bounds[:, :2] + bounds[:, 2:]) / 2
    return found


def numbered(texts: Sequence[str] | Texts | pa.Array) -> tuple[Texts, Ints]:
    """Return the distinct names, sorted, and the number of the name of each footprint."""
    coded = pc.dictionary_encode(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string()))
    names = np.array(coded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(names)
    return names[order], np.argsort(order)[coded.indices.to_numpy()]
