"""Decode TopoJSON: arcs that several shapes share, stored as differences on an integer grid.

The format is described at https://github.com/topojson/topojson-specification.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from dsdocs.geo.antimeridian import cut_polygon

_POLYGON = 3  # type number of GEOS
_RING = 4  # corners of the smallest ring, the first one repeated at the end


@dataclass(frozen=True, slots=True)
class Features:
    """The shapes of one object of a topology."""

    ids: tuple[str | None, ...]
    properties: tuple[Mapping[str, Any], ...]
    parts: npt.NDArray[np.object_]  # shapely polygons, in the coordinates of the topology
    owner: npt.NDArray[np.int64]  # parts[i] belongs to ids[owner[i]]


@dataclass(frozen=True, slots=True)
class Topology:
    """A TopoJSON file with its arcs in plain coordinates."""

    objects: Mapping[str, Any]
    arcs: tuple[npt.NDArray[np.float64], ...]  # each (n, 2): longitude and latitude in degrees

    def features(self, name: str) -> Features:
        """Return the polygons of an object, cut at the antimeridian.

        Raises
        ------
        KeyError
            The topology has no object of that name.
        """
        shapes = self.objects[name]["geometries"]
        parts: list[shapely.Geometry] = []
        owner: list[int] = []
        for place, shape in enumerate(shapes):
            for polygon in _polygons(shape):
                outline, *holes = [self._ring(ring) for ring in polygon]
                # On the integer grid a rock or a pond may have shrunk to a point or a line.
                if len(outline) >= _RING:
                    rings = [outline, *(hole for hole in holes if len(hole) >= _RING)]
                    parts.append(cut_polygon(rings))
                    owner.append(place)
        pieces, part = shapely.get_parts(parts, return_index=True)
        kept = shapely.get_type_id(pieces) == _POLYGON
        return Features(
            tuple(shape.get("id") for shape in shapes),
            tuple(shape.get("properties", {}) for shape in shapes),
            pieces[kept],
            np.array(owner, dtype=np.int64)[part[kept]],
        )

    def borders(self, name: str) -> list[npt.NDArray[np.float64]]:
        """Return the arcs that separate two shapes of an object, each once, in the order of the file."""
        users: Counter[int] = Counter()
        for shape in self.objects[name]["geometries"]:
            users.update({_arc(index) for polygon in _polygons(shape) for index in chain(*polygon)})
        return [self.arcs[arc] for arc in sorted(users) if users[arc] > 1]

    def _ring(self, indices: list[int]) -> npt.NDArray[np.float64]:
        # A negative index walks the arc backwards, and each arc starts where the one before it ended.
        arcs = (self.arcs[index] if index >= 0 else self.arcs[~index][::-1] for index in indices)
        return np.concatenate([arc if place == 0 else arc[1:] for place, arc in enumerate(arcs)])


def read_topology(path: Path) -> Topology:
    """Read a TopoJSON file, on an integer grid (``transform``) or with plain coordinates."""
    data = json.loads(path.read_bytes())
    lengths = [len(arc) for arc in data["arcs"]]
    numbers = np.fromiter(chain.from_iterable(chain.from_iterable(data["arcs"])), dtype=np.float64)
    points = numbers.reshape(-1, 2)
    ends = np.cumsum(lengths)
    if "transform" in data:
        # One running sum over everything, less what had been reached before the arc began.
        total = np.vstack([np.zeros((1, 2)), np.cumsum(points, axis=0)])
        before = np.repeat(total[ends - lengths], lengths, axis=0)
        points = (total[1:] - before) * data["transform"]["scale"] + data["transform"]["translate"]
    return Topology(data["objects"], tuple(np.split(points, ends[:-1])))


def _polygons(shape: Mapping[str, Any]) -> Iterator[list[list[int]]]:
    match shape["type"]:
        case "Polygon":
            yield shape["arcs"]
        case "MultiPolygon":
            yield from shape["arcs"]


def _arc(index: int) -> int:
    return index if index >= 0 else ~index
