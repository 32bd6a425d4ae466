"""Tables as JSON: a list of objects, an object of columns, JSON lines, or GeoJSON with its geometries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import shapely

from dsdocs.readers.tables.columns import LeftOut, TableError, check_width, finished, with_left_out
from dsdocs.readers.tables.records import MOST
from dsdocs.readers.tables.text import plain_utf8

GEOMETRY, CRS84 = "geometry", "OGC:CRS84"
# Bytes that CPython takes for an object with a few keys, a list, and a value; upper bounds, measured.
_OBJECT, _LIST, _VALUE = 250, 80, 60
# Names as GeoJSON of 2008 has them: "urn:ogc:def:crs:EPSG::32616", "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:32616".
_CODE = re.compile(r"(?:urn:ogc:def:crs:)?(EPSG|OGC|ESRI):(?:[\d.]*:)?(\w+)", re.IGNORECASE)
_EXPECTED = "expected a list of objects, an object of equally long lists, JSON lines, or a GeoJSON FeatureCollection"


def read_json(content: bytes, limit: int) -> pa.Table:
    """Read a table from JSON of any of the shapes above; ``limit`` bounds the memory that its values take.

    Raises
    ------
    TableError
        The text is no JSON, of another shape, or too large.
    """
    data = _checked(content, limit)
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if _looks_like_lines(data):
            return _lines(data)
        raise TableError("meta.syntax", f"is no JSON: {error}") from error
    match found:
        case {"type": "FeatureCollection", "features": list(features)}:
            return _features(features, found.get("crs"))
        case list():
            return _records(found)
        case dict() if found and all(isinstance(column, list) for column in found.values()):
            return _columns(found)
    raise TableError("meta.schema", f"holds {_kind(found)}; {_EXPECTED}")


def read_json_lines(content: bytes, limit: int) -> pa.Table:
    """Read a table from JSON with one object on each line; see `read_json`."""
    return _lines(_checked(content, limit))


def _checked(content: bytes, limit: int) -> bytes:
    data = plain_utf8(content)
    needed = _OBJECT * data.count(b"{") + _LIST * data.count(b"[") + _VALUE * data.count(b",") + len(data)
    if needed > limit:
        problem = f"may take {needed} bytes once it is read; a table may take {limit}: save it as Parquet or CSV"
        raise TableError("meta.too-large", problem)
    if not data.strip():
        raise TableError("input.empty", "holds no text")
    return data


def _looks_like_lines(data: bytes) -> bool:
    """Tell whether the first line is an object of its own."""
    first = data.lstrip().partition(b"\n")[0]
    try:
        return isinstance(orjson.loads(first), dict)
    except orjson.JSONDecodeError:
        return False


def _lines(data: bytes) -> pa.Table:
    found, broken = [], []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            broken.append(LeftOut("meta.syntax", f"line {number} is no JSON: {error}"))
    if broken and (len(broken) > MOST or len(broken) >= len(found)):
        raise TableError(*broken[0])
    return with_left_out(_records(found), broken)


def _records(found: Sequence[Any]) -> pa.Table:
    odd = next((number for number, each in enumerate(found) if not isinstance(each, dict)), None)
    if odd is not None:
        raise TableError("meta.schema", f"entry {odd}, counted from 0, is {_kind(found[odd])}; {_EXPECTED}")
    names = _names(found)
    return finished(names, [_column([each.get(name) for each in found]) for name in names])


def _columns(found: Mapping[str, Sequence[Any]]) -> pa.Table:
    lengths = {name: len(column) for name, column in found.items()}
    if len(set(lengths.values())) > 1:
        (one, many), *_ = sorted(lengths.items(), key=lambda item: item[1])
        other, most = max(lengths.items(), key=lambda item: item[1])
        problem = f"{one!r} has {many} values and {other!r} has {most}; {_EXPECTED}"
        raise TableError("meta.schema", problem)
    check_width(len(found))
    return finished(list(found), [_column(column) for column in found.values()])


def _names(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return all keys in the order in which they are met."""
    names: dict[str, None] = {}
    for each in found:
        if not each.keys() <= names.keys():
            names.update(dict.fromkeys(each))
            check_width(len(names))
    if len(found) * len(names) > 10 * sum(map(len, found)) + 10_000:
        problem = f"{len(found)} objects have {len(names)} different keys, and most lack most of them"
        raise TableError("meta.schema", f"{problem}; expected one kind of object")
    return list(names)


def _column(values: Sequence[Any]) -> pa.Array:
    """Return values under the one type that holds them all; what has none is text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return pa.array(values, pa.string())
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pa.array(values, pa.int64())
    if kinds <= {int, float} and float in kinds:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if kinds == {list} and (inner := _inner({type(each) for value in values if value is not None for each in value})):
        return pa.array(values, pa.list_(inner))
    return pa.array([_text(value) for value in values], pa.string())


def _inner(kinds: set[type]) -> pa.DataType | None:
    if kinds <= {str}:
        return pa.string()
    return pa.float64() if kinds <= {int, float} else None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _features(features: Sequence[Any], crs: object) -> pa.Table:
    for number, each in enumerate(features):
        if not isinstance(each, dict) or not isinstance(each.get("properties") or {}, dict):
            problem = f"feature {number}, counted from 0, is no object with properties"
            raise TableError("meta.schema", f"{problem}; expected GeoJSON as RFC 7946 describes it")
    rows = [each.get("properties") or {} for each in features]
    if any("id" in each for each in features) and not any("id" in row for row in rows):
        rows = [{"id": each.get("id"), **row} for each, row in zip(features, rows, strict=True)]
    names = _names(rows)
    columns = [_column([row.get(name) for row in rows]) for name in names]
    table = finished([*names, GEOMETRY], [*columns, _geometries(features)])
    field = pa.field(GEOMETRY, pa.binary(), metadata={"crs": _system(crs)})
    place = table.column_names.index(GEOMETRY)
    return table.set_column(place, field, table[GEOMETRY])


def _geometries(features: Sequence[Mapping[str, Any]]) -> pa.Array:
    texts = [None if each.get("geometry") is None else orjson.dumps(each["geometry"]) for each in features]
    shapes = np.atleast_1d(shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore"))
    # What is no geometry stays the text that it is, so that whoever uses the column can say so of that row alone.
    found = zip(texts, shapes, shapely.to_wkb(shapes), strict=True)
    return pa.array([text if shape is None else wkb for text, shape, wkb in found], pa.binary())


def _system(crs: object) -> str:
    """Return the system that a member ``crs`` names; without one, RFC 7946 section 4 says longitude and latitude."""
    match crs:
        case None:
            return CRS84
        case {"properties": {"name": str(name)}} if code := _CODE.fullmatch(name.strip()):
            return f"{code[1].upper()}:{code[2].upper()}"
    raise TableError("geo.crs", f"crs: found {str(crs)[:100]}; expected a name such as urn:ogc:def:crs:EPSG::32633")


def _kind(found: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return kinds.get(type(found), "a number")
