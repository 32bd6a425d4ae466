"""Decode TopoJSON: arcs that several shapes share, stored as differences on an integer grid.

The format is described at https://github.com/topojson/topojson-specification.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from dsdocs.geo.antimeridian import cut_polygon

Floats = npt.NDArray[np.float64]
Rings = list[list[int]]  # numbers of arcs; ~number: walked backwards

_ARCS = b'"arcs":[[['
_POLYGON = 3  # type number of GEOS
_HALF, _TURN, _POLE = 180.0, 360.0, 90.0  # degrees
_NOISE = 1e-9  # degrees by which rounding may move a corner
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
        outlines = self.outlines(name)
        pieces = [self.polygons(polygon) for _, polygon in outlines]
        owner = np.array([place for place, _ in outlines], dtype=np.int64)
        return Features(
            tuple(shape.get("id") for shape in shapes),
            tuple(shape.get("properties", {}) for shape in shapes),
            np.concatenate([np.empty(0, dtype=object), *pieces]),
            np.repeat(owner, [len(piece) for piece in pieces]),
        )

    def outlines(self, name: str) -> list[tuple[int, Rings]]:
        """Return the polygons of an object as rings of arcs, each with the place of its shape in the object.

        Raises
        ------
        KeyError
            The topology has no object of that name.
        """
        shapes = self.objects[name]["geometries"]
        return [(place, polygon) for place, shape in enumerate(shapes) for polygon in _polygons(shape)]

    def polygons(self, rings: Rings) -> npt.NDArray[np.object_]:
        """Return what rings of arcs enclose, outline first, as polygons cut at the antimeridian."""
        outline, *holes = [self._ring(ring) for ring in rings]
        # On the integer grid a rock or a pond may have shrunk to a point or a line.
        if len(outline) < _RING:
            return np.empty(0, dtype=object)
        pieces = shapely.get_parts(cut_polygon([outline, *(hole for hole in holes if len(hole) >= _RING)]))
        return np.asarray(pieces[shapely.get_type_id(pieces) == _POLYGON])

    def boxes(self, outlines: Sequence[Rings]) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Return boxes around polygons without making them.

        Parameters
        ----------
        outlines
            Polygons as rings of arcs, the outline first.

        Returns
        -------
        tuple of ndarray
            West, south, east and north, shape (k, 4); and the polygon of each, shape (k,): one box, or two for a
            polygon across the antimeridian. A polygon around a pole has one around all of the Earth.
        """
        arcs = [[_arc(index) for index in rings[0]] for rings in outlines]
        flat, ends = np.array(list(chain.from_iterable(arcs))), _starts(arcs)
        low, high, jumps = self._extents()
        boxes = np.column_stack(
            [np.minimum.reduceat(low[flat], ends) - _NOISE, np.maximum.reduceat(high[flat], ends) + _NOISE]
        )
        across = np.logical_or.reduceat(jumps[flat], ends) | (np.abs(boxes[:, ::2]).max(axis=1) > _HALF)
        pairs = [
            (row, box)
            for row in np.flatnonzero(across).tolist()
            for box in _on_both_sides(self._ring(outlines[row][0]))
        ]
        rows, more = np.array([row for row, _ in pairs], dtype=np.int64), np.array([box for _, box in pairs])
        return (
            np.concatenate([boxes[~across], more.reshape(-1, 4)]),
            np.concatenate([np.flatnonzero(~across), rows]),
        )

    def _extents(self) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Return the lower left and the upper right corner of each arc, and whether it steps over 180 degrees."""
        points, starts = np.concatenate(self.arcs), _starts(self.arcs)
        step = np.abs(np.diff(points[:, 0], append=points[-1:, 0]))
        step[starts[1:] - 1] = 0.0
        return (
            np.minimum.reduceat(points, starts),
            np.maximum.reduceat(points, starts),
            np.maximum.reduceat(step, starts) > _HALF,
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
    text = path.read_bytes()
    data, points, lengths = _compact(text) or _any(text)
    ends = np.cumsum(lengths)
    if "transform" in data and len(ends):
        # One sum over all arcs, less what the arcs before have added: whole numbers, so nothing is rounded.
        np.cumsum(points, axis=0, out=points)
        points -= np.repeat(np.concatenate([np.zeros((1, 2)), points[ends[:-1] - 1]]), lengths, axis=0)
        points *= np.array(data["transform"]["scale"])
        points += np.array(data["transform"]["translate"])
    starts = [0, *ends.tolist()]
    return Topology(data["objects"], tuple(points[start:end] for start, end in pairwise(starts)))


def _any(text: bytes) -> tuple[dict[str, Any], Floats, list[int]]:
    data = json.loads(text)
    arcs = [np.array(arc, dtype=np.float64).reshape(-1, 2) for arc in data["arcs"]]
    return data, np.concatenate([np.empty((0, 2)), *arcs]), list(map(len, arcs))


def _compact(text: bytes) -> tuple[dict[str, Any], Floats, list[int]] | None:
    """Read a file whose arcs are whole numbers without spaces, behind the objects; None: it is written otherwise.

    Nested lists of Python numbers would take five times the time, and ten times the memory.
    """
    begin, end = text.rfind(_ARCS), text.rfind(b"]]]")
    if begin < 0 or end < begin:
        return None
    rest = json.loads(text[:begin] + b'"arcs":null' + text[end + 3 :])
    inner = text[begin + len(_ARCS) : end]
    if rest.get("arcs", ...) is not None or inner.translate(None, b"0123456789-,[]"):
        return None
    flat = np.fromstring(inner.translate(None, b"[]"), dtype=np.int64, sep=",").astype(np.float64)
    return rest, flat.reshape(-1, 2), [arc.count(b"],[") + 1 for arc in inner.split(b"]],[[")]


def _polygons(shape: Mapping[str, Any]) -> Iterator[Rings]:
    match shape["type"]:
        case "Polygon":
            yield shape["arcs"]
        case "MultiPolygon":
            yield from shape["arcs"]


def _starts(pieces: Sequence[Sequence[int] | Floats]) -> npt.NDArray[np.int64]:
    return np.cumsum([0, *map(len, pieces)])[:-1]


def _on_both_sides(ring: Floats) -> list[tuple[float, float, float, float]]:
    """Return the boxes of what a ring across the antimeridian, or around a pole, encloses."""
    lon = np.unwrap(ring[:, 0], period=_TURN)
    south, north = float(ring[:, 1].min()) - _NOISE, float(ring[:, 1].max()) + _NOISE
    if abs(lon[-1] - lon[0]) > _HALF:
        pole = float(np.copysign(_POLE, ring[:, 1].mean()))
        return [(-_HALF, min(south, pole), _HALF, max(north, pole))]
    ends = [
        (max(lon.min() - _NOISE + turn * _TURN, -_HALF), min(lon.max() + _NOISE + turn * _TURN, _HALF))
        for turn in (-1, 0, 1)
    ]
    return [(west, south, east, north) for west, east in ends if west < east]


def _arc(index: int) -> int:
    return index if index >= 0 else ~index
