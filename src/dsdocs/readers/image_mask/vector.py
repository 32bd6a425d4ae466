"""The outlines of a GeoJSON file, packed for the join, and how much of each window they cover."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyproj
import shapely

from dsdocs.geo.crs import transformer
from dsdocs.imagery.segments import Window
from dsdocs.readers.image_mask.grid import Grid

Array = np.ndarray[Any, Any]
MAX_SIZE = 32 * 2**20  # bytes of a file
CRS84 = "OGC:CRS84"
CLASS_KEYS = ("class", "class_name", "label", "category")  # properties that name the class of a feature
# "urn:ogc:def:crs:EPSG::32616", "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:32616"
_CODE = re.compile(r"(?:urn:ogc:def:crs:)?(EPSG|OGC|ESRI):(?:[\d.]*:)?(\w+)", re.IGNORECASE)
_COLLECTIONS, _AREA = (4, 5, 6, 7), 2  # geometry types, and the dimension of polygons, as GEOS numbers them
_DEGREES = (180.0, 90.0)  # of longitude and latitude, at most


class VectorError(ValueError):
    """A vector file that cannot be used.

    Attributes
    ----------
    category
        ``meta.encoding``, ``meta.syntax``, ``meta.schema``, ``meta.mismatch``, ``geo.crs`` or ``geo.invalid``.
    """

    def __init__(self, category: str, problem: str) -> None:
        self.category = category
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Features:
    """What a vector file holds."""

    crs: str
    names: tuple[str, ...]  # class of each outline
    outlines: Array  # (n,) of shapely geometries


def parse_features(content: bytes, default: str) -> Features:
    """Read a GeoJSON file.

    Parameters
    ----------
    content
        The file. Coordinates are longitude and latitude, as RFC 7946 says, unless a member ``crs`` names another
        system, as the specification of 2008 allowed and SpaceNet does.
    default
        Class of features without a property of `CLASS_KEYS`.

    Raises
    ------
    VectorError
        The file is not GeoJSON, its system is unknown, or its coordinates cannot be degrees where they must be.
    """
    try:
        found = orjson.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise VectorError("meta.encoding", f"is not UTF-8: {error.reason} at byte {error.start}") from error
    except orjson.JSONDecodeError as error:
        raise VectorError("meta.syntax", f"is not JSON: {error}") from error
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list):
        raise VectorError("meta.schema", "expected a GeoJSON FeatureCollection")
    crs = _crs(found.get("crs"))
    usable = [(number, *_parts(each, number, default)) for number, each in enumerate(features)]
    usable = [each for each in usable if each[1] is not None]
    outlines = shapely.from_geojson([orjson.dumps(geometry) for _, geometry, _ in usable], on_invalid="ignore")
    outlines = np.asarray(outlines, dtype=object)
    for (number, _, _), outline in zip(usable, outlines, strict=True):
        if outline is None or not np.isfinite(shapely.get_coordinates(outline)).all():
            raise VectorError("geo.invalid", f"the geometry of feature {number} cannot be used")
    corners = shapely.get_coordinates(outlines)
    if crs == CRS84 and np.any(np.abs(corners) > _DEGREES):
        problem = f"has coordinates from {corners.min(0).tolist()} to {corners.max(0).tolist()} and names no other crs"
        raise VectorError("geo.crs", f"{problem}; without one they must be degrees")
    return Features(crs, tuple(name for _, _, name in usable), outlines)


def pack(features: Features) -> dict[str, object]:
    """Return features as JSON can hold them: WKB, compressed, about a third of the GeoJSON."""
    outlines = shapely.GeometryCollection(list(features.outlines)).wkb
    packed = base64.b85encode(zlib.compress(outlines, 1)).decode("ascii")
    return {"vector_crs": features.crs, "names": features.names, "outlines": packed}


def unpack(facts: Mapping[str, Any]) -> Features:
    """Return what `pack` packed."""
    content = zlib.decompress(base64.b85decode(facts["outlines"]))
    return Features(facts["vector_crs"], tuple(facts["names"]), shapely.get_parts(shapely.from_wkb(content)))


def on_grid(features: Features, grid: Grid) -> Features:
    """Bring outlines into the pixel coordinates of a frame.

    Raises
    ------
    VectorError
        The frame has no georeference, or no outline lies on it although there are some.
    """
    if grid.crs is None or grid.transform is None:
        raise VectorError("geo.crs", f"cannot be laid on an image of {grid}")
    outlines = features.outlines
    if features.crs != grid.crs and len(outlines):
        between = transformer(features.crs, grid.crs)
        outlines = shapely.transform(outlines, lambda corners: np.stack(between.transform(*corners.T), axis=-1))
    a, b, c, d, e, f = grid.transform
    inverse = np.linalg.inv(np.array([[a, b], [d, e]]))
    pixels = shapely.transform(outlines, lambda corners: (corners - (c, f)) @ inverse.T)
    if not np.isfinite(shapely.get_coordinates(pixels)).all():
        raise VectorError("geo.crs", f"cannot be brought from {features.crs} to {grid.crs}")
    pixels, owners = _taken_apart(shapely.make_valid(pixels))
    if len(pixels) and not shapely.intersects(pixels, shapely.box(0, 0, grid.width, grid.height)).any():
        bounds = ", ".join(f"{side:.12g}" for side in shapely.total_bounds(features.outlines))
        raise VectorError("meta.mismatch", f"({bounds}) in {features.crs} does not reach the image: {grid}")
    return Features(grid.crs, tuple(features.names[owner] for owner in owners), pixels)


def covered(features: Features, windows: Sequence[Window], least: float) -> list[tuple[tuple[str, ...], float]]:
    """Tell which classes lie in each window, and how much of it all classes together cover.

    Parameters
    ----------
    features
        As `on_grid` returns them.
    windows
        Windows of the frame.
    least
        Share of the area of a window that the polygons of a class cover at least. Lines and points have no area:
        their class lies in each window that they touch.

    Returns
    -------
    list of tuple of tuple of str and float
        For each window the classes, sorted, and a share from 0 to 1; where outlines overlap, their area counts once.
    """
    places = shapely.box(*np.array([(x, y, x + width, y + height) for x, y, width, height in windows], float).T)
    found: list[list[str]] = [[] for _ in places]
    names = np.array(features.names, dtype=object)
    areas = shapely.get_dimensions(features.outlines) == _AREA
    for name in sorted(set(features.names)):
        own = names == name
        touched = shapely.intersects(_union(features.outlines[own & ~areas]), places)
        shares = _shares(features.outlines[own & areas], places)
        for at in np.flatnonzero(touched | ((shares >= least) & (shares > 0))):
            found[at].append(name)
    every = _shares(features.outlines[areas], places)
    return [(tuple(labels), float(share)) for labels, share in zip(found, every, strict=True)]


def _shares(polygons: Array, places: Array) -> Array:
    shape = _union(polygons)
    shares = np.zeros(len(places))
    touched = np.flatnonzero(shapely.intersects(shape, places))
    shares[touched] = shapely.area(shapely.intersection(shape, places[touched])) / shapely.area(places[touched])
    return np.minimum(shares, 1.0)


def _union(outlines: Array) -> Any:
    shape = shapely.union_all(outlines)
    shapely.prepare(shape)
    return shape


def _taken_apart(outlines: Array) -> tuple[Array, Array]:
    """Split collections, which few operations take, into their parts; also return which outline each comes from.

    Empty parts are left out.
    """
    owners = np.arange(len(outlines))
    while np.isin(shapely.get_type_id(outlines), _COLLECTIONS).any():
        outlines, own = shapely.get_parts(outlines, return_index=True)
        owners = owners[own]
    present = ~shapely.is_empty(outlines)
    return outlines[present], owners[present]


def _crs(member: object) -> str:
    if member is None:
        return CRS84
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    match = _CODE.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        raise VectorError("geo.crs", f"names its system as {str(member)[:200]}; expected for example EPSG:32616")
    code = f"{match[1].upper()}:{match[2]}"
    try:
        pyproj.CRS.from_user_input(code)
    except pyproj.exceptions.CRSError as error:
        raise VectorError("geo.crs", f"names the system {code}, which is unknown") from error
    return code


def _parts(feature: object, number: int, default: str) -> tuple[object, str]:
    """Return geometry and class of a feature; a geometry may be null."""
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict | None):
        raise VectorError("meta.schema", f"feature {number} is no GeoJSON Feature")
    geometry, properties = feature.get("geometry"), feature.get("properties")
    for key in CLASS_KEYS:
        value = properties.get(key) if isinstance(properties, dict) else None
        if isinstance(value, str) and value.strip():
            return geometry, value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return geometry, f"class {value}"
    return geometry, default
