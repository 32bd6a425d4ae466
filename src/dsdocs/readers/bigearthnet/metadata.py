"""The JSON file of labels and metadata in each patch folder of BigEarthNet version 1, many at a time.

Checks look at whole columns first; only where something is wrong, each row is looked at by itself.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter, lt
from typing import Any, NoReturn

import numpy as np
import orjson
import pyarrow as pa
import pyproj

from dsdocs.archive import Member
from dsdocs.archive.directory import read_each
from dsdocs.errors import MemberError
from dsdocs.records import RecordError

MAX_SIZE = 1_000_000  # bytes of a file; a real one has about 1,300
SIDES = ("left", "top", "right", "bottom")
_MAX_LABELS = 100  # of one patch; the nomenclature has 43
_MAX_TEXT = 200  # characters of a label or a name; real ones have up to 90
_MAX_PROJECTION = 20_000  # characters; real ones have about 700
_FARTHEST = 21_000_000.0  # m; half of the way around the Earth is 20,004 km
_EARLIEST = datetime(2014, 4, 3, tzinfo=UTC)  # launch of Sentinel-1A; Sentinel-2A followed in June 2015
_NUMBERS = frozenset({int, float})  # bool, which is a subclass of int, is none
_BRIEF = reprlib.Repr()
_BRIEF.maxlevel, _BRIEF.maxlist, _BRIEF.maxstring, _BRIEF.maxother, _BRIEF.maxdict = 2, 12, 100, 60, 6


@dataclass(frozen=True, slots=True)
class Keys:
    """How the metadata of one sensor name what both have."""

    moment: str
    bottom: str  # of the lower edge, below "coordinates"
    facts: Mapping[str, str]  # column of the summary -> key


class Fault(Exception):
    """A metadata file cannot be used."""

    def __init__(self, category: str, problem: str) -> None:
        self.category = category
        super().__init__(problem)


class Metadata:
    """The metadata files of one part of an archive; rows of the same number belong together."""

    def __init__(self, keys: Keys) -> None:
        self.folders: list[str] = []
        self._keys = keys
        self._get = itemgetter("labels", "projection", keys.moment, "coordinates")
        self._corners = itemgetter("ulx", "uly", "lrx", keys.bottom)
        self._facts = tuple(keys.facts.values())
        self._paths: list[str] = []
        self._columns: list[list[Any]] = [[] for _ in range(6 + len(self._facts))]  # labels, moment, corners, facts
        self._crs: list[str] = []

    def add(self, folder: str, member: Member) -> None:
        """Read a file.

        Raises
        ------
        Fault
            The file cannot be used. What concerns single values is told by `faults` later.
        """
        try:
            row, crs = self._row(_content(member))
        except MemberError as error:
            raise Fault(error.category, error.problem) from error
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        self._crs.append(crs)
        self.folders.append(folder)
        self._paths.append(member.path)

    def add_all(self, folders: Sequence[str], members: Sequence[Member]) -> bool:
        """Read files at less than half the cost of one by one; false, and nothing is added, where one is at fault."""
        try:
            if max([member.size for member in members]) > MAX_SIZE:
                return False
            contents = read_each(members)
            if max(map(len, contents)) > MAX_SIZE:
                return False
            found = list(map(orjson.loads, contents))
            labels, projections, moments, places = zip(*map(self._get, found), strict=True)
            known = {wkt: _epsg(wkt) for wkt in set(projections)}
            corners = zip(*map(self._corners, places), strict=True)
            columns = [labels, moments, *corners, *([each.get(key) for each in found] for key in self._facts)]
        except (Fault, MemberError, LookupError, TypeError, ValueError):
            return False
        if not set(map(type, known)) == set(map(type, known.values())) == {str}:
            return False
        for column, values in zip(self._columns, columns, strict=True):
            column += values
        self._crs += map(known.__getitem__, projections)  # type: ignore[arg-type]  # all are texts, as was seen
        self.folders += folders
        self._paths += (member.path for member in members)
        return True

    def same(self, row: int, member: Member) -> bool:
        """Tell whether a file says what the file of a row says."""
        try:
            known = tuple(column[row] for column in self._columns)
            return self._row(_content(member)) == (known, self._crs[row])
        except (Fault, MemberError, RecursionError):
            return False

    def faults(self) -> dict[int, RecordError]:
        """Return, by row, why its values cannot be used."""
        if not self._paths or self._sound():
            return {}
        found = {}
        for number, (path, *row) in enumerate(zip(self._paths, *self._columns, strict=True)):
            try:
                self._check(row)
            except Fault as fault:
                found[number] = RecordError(path, fault.category, str(fault))
        return found

    def table(self, rows: Sequence[int]) -> pa.Table:
        """Return rows as a table; none of them may be among the `faults`.

        Columns: folder, labels, crs, left, top, right, bottom (units of the CRS), datetime, and facts by their names.
        Texts that repeat are kept in dictionaries, so that many rows are small.
        """
        # As a rule all rows are asked for, in their order.
        whole = len(rows) == len(self.folders) and all(map(lt, rows, islice(rows, 1, None)))
        every = (self.folders, self._crs, *self._columns)
        folders, crs, *columns = every if whole else ([column[row] for row in rows] for column in every)
        corners = np.array(columns[2:6], dtype=np.float64).reshape(4, -1)
        arrays = {
            "folder": pa.array(folders, pa.string()),
            "labels": _coded_lists(columns[0]),
            "crs": pa.array(crs, pa.string()).dictionary_encode(),
            **dict(zip(SIDES, map(pa.array, corners), strict=True)),
            "datetime": _moments(columns[1]),
        }
        for name, values in zip(self._keys.facts, columns[6:], strict=True):
            arrays[name] = pa.array(values, pa.string()).dictionary_encode()
        return pa.table(arrays)

    def _row(self, content: bytes) -> tuple[tuple[Any, ...], str]:
        try:
            found = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            _explain_syntax(content, error)
        try:
            labels, projection, moment, coordinates = self._get(found)
            corners = self._corners(coordinates)
        except (KeyError, TypeError) as error:
            _explain_schema(found, error)
        if type(projection) is not str:
            raise Fault("meta.schema", f"projection: found {_shown(projection)}; expected well-known text (WKT)")
        crs = _epsg(projection)
        if type(crs) is not str:
            raise Fault("geo.crs", f"projection: {crs[0]}")
        return (labels, moment, *corners, *map(found.get, self._facts)), crs

    def _sound(self) -> bool:
        """Tell whether all values of all rows can be used."""
        labels, moments, *rest = self._columns
        if set(map(type, labels)) != {list} or max(map(len, labels)) > _MAX_LABELS:
            return False
        texts = list(chain.from_iterable(labels))
        names = list(chain.from_iterable(rest[4:]))
        if not (set(map(type, texts)) <= {str} and set(map(type, names)) <= {str, type(None)}):
            return False
        if not (all(map(_is_label, set(texts))) and all(map(_is_name, set(names)))):
            return False
        return _are_corners(rest[:4]) and set(map(type, moments)) == {str} and _are_moments(moments)

    def _check(self, row: Sequence[Any]) -> None:
        """Look at the values of one row, and raise what is wrong with the first that is."""
        labels, moment, *rest = row
        _check_labels(labels)
        _check_corners(rest[:4], ("ulx", "uly", "lrx", self._keys.bottom))
        if type(moment) is not str or not _are_moments([moment]):
            expected = f"expected a date and time between {_EARLIEST:%Y-%m-%d} and now, such as 2017-06-17 11:33:21"
            raise Fault("meta.schema", f"{self._keys.moment}: found {_shown(moment)}; {expected}")
        for key, value in zip(self._facts, rest[4:], strict=True):
            if not _is_name(value):
                expected = f"expected a text of up to {_MAX_TEXT} characters"
                raise Fault("meta.schema", f"{key}: found {_shown(value)}; {expected}")


def _content(member: Member) -> bytes:
    """Read a file; the size that its container states is not taken for true."""
    size = member.size
    if size <= MAX_SIZE:
        content = member.read()
        size = len(content)
    if size > MAX_SIZE:
        raise Fault("meta.too-large", f"has {size} bytes; a metadata file may have {MAX_SIZE}")
    return content


def _explain_syntax(content: bytes, error: orjson.JSONDecodeError) -> NoReturn:
    if content.startswith(b"\xef\xbb\xbf"):
        raise Fault("meta.encoding", "begins with a byte order mark; expected UTF-8 without one") from error
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as found:
        raise Fault("meta.encoding", f"is not UTF-8: {found.reason} at byte {found.start}") from found
    if _has_infinite_corner(content):
        raise Fault("geo.invalid", "coordinates: found NaN or an infinite number; expected metres") from error
    raise Fault("meta.syntax", f"is not JSON: {error}") from error


def _has_infinite_corner(content: bytes) -> bool:
    """Tell whether that is why a file is no JSON: Python's own library writes NaN and Infinity, and reads them."""
    try:
        corners = json.loads(content)["coordinates"].values()
        return any(type(value) is float and not math.isfinite(value) for value in corners)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return False


def _explain_schema(found: Any, error: Exception) -> NoReturn:
    if not isinstance(found, dict):
        raise Fault("meta.schema", f"found {_shown(found)}; expected a JSON object") from error
    if isinstance(error, KeyError):
        raise Fault("meta.schema", f"lacks the key {error.args[0]!r}; found {_shown(sorted(found))}") from error
    raise Fault("meta.schema", f"coordinates: found {_shown(found['coordinates'])}; expected an object") from error


@lru_cache(maxsize=256)
def _epsg(wkt: str) -> str | tuple[str]:
    """Return ``EPSG:<code>`` of a WKT, or in a tuple why there is none; an archive repeats a handful of texts."""
    if len(wkt) > _MAX_PROJECTION:
        return (f"has {len(wkt)} characters; expected at most {_MAX_PROJECTION}",)
    try:
        code = pyproj.CRS.from_wkt(wkt).to_epsg()
    except pyproj.exceptions.CRSError:
        return (f"found {_shown(wkt)}; expected a coordinate reference system as well-known text (WKT)",)
    return (f"found {_shown(wkt)}, which has no EPSG code",) if code is None else f"EPSG:{code}"


def _check_labels(labels: Any) -> None:
    if type(labels) is not list or not all(type(label) is str for label in labels):
        raise Fault("meta.schema", f"labels: found {_shown(labels)}; expected a list of class names")
    if not all(label.strip() for label in labels):
        raise Fault("label.empty", f"labels: found {_shown(labels)}, of which one is an empty text")
    if len(labels) > _MAX_LABELS or not all(map(_is_label, labels)):
        expected = f"expected up to {_MAX_LABELS} names of up to {_MAX_TEXT} characters"
        raise Fault("meta.schema", f"labels: found {_shown(labels)}; {expected}")


def _check_corners(corners: Sequence[Any], keys: Sequence[str]) -> None:
    for key, value in zip(keys, corners, strict=True):
        if type(value) not in _NUMBERS:
            raise Fault("meta.schema", f"coordinates.{key}: found {_shown(value)}; expected a number")
    if not _are_corners([[value] for value in corners]):
        found = ", ".join(f"{key} {value:.10g}" for key, value in zip(keys, corners, strict=True))
        raise Fault("geo.invalid", f"coordinates: found {found}, in metres; these corners enclose no place on Earth")


def _are_corners(sides: Sequence[Sequence[Any]]) -> bool:
    if not set(map(type, chain.from_iterable(sides))) <= _NUMBERS:
        return False
    left, top, right, bottom = corners = np.array(sides, dtype=np.float64)
    return bool(((np.abs(corners) <= _FARTHEST).all(axis=0) & (right > left) & (top > bottom)).all())


def _are_moments(texts: Sequence[str]) -> bool:
    try:
        found = _moments(texts)
    except pa.ArrowInvalid:
        return False
    # Compared as microseconds, because Arrow holds years that Python's datetime does not.
    values = found.cast(pa.int64()).to_numpy()
    latest = datetime.now(UTC) + timedelta(days=1)
    return bool(((values >= _microseconds(_EARLIEST)) & (values <= _microseconds(latest))).all())


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def _moments(texts: Sequence[str]) -> pa.Array:
    """Return times in UTC; ISO 8601 without an offset, with a space or a ``T`` before the time of day."""
    return pa.array(texts, pa.string()).cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))


def _coded_lists(lists: Sequence[list[str]]) -> pa.Array:
    """Return lists of texts; each different text is stored once."""
    values = pa.array(list(chain.from_iterable(lists)), pa.string()).dictionary_encode()
    offsets = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum(list(map(len, lists)), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _is_label(text: str) -> bool:
    return len(text) <= _MAX_TEXT and bool(text.strip())


def _is_name(value: Any) -> bool:
    return value is None or (type(value) is str and len(value) <= _MAX_TEXT)


def _shown(value: Any) -> str:
    return _BRIEF.repr(value)
