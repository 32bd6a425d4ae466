"""Files of a declared layout: which image of which patch each one is, and what its header says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive import Member
from dsdocs.errors import ConfigError, MemberError, RasterError
from dsdocs.imagery.header import RasterHeader
from dsdocs.imagery.quick_header import member_header
from dsdocs.layout import Layout, Pattern, parse
from dsdocs.layout.section import BAND, SENSOR
from dsdocs.readers.columns import RING
from dsdocs.readers.image_mask.grid import metres

FIELD = "field:"  # what the name of a column of path texts begins with
PLACEHOLDER = f"{{{BAND}}}"
ASSET = "image"
HEADER = pa.schema(
    [
        ("band", pa.string()),  # whose header it is; null: the image is one file, or that band is not there
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("crs", pa.string()),
        ("ring", RING),
        ("gsd", pa.float64()),
        ("unplaced", pa.bool_()),  # placed in a CRS without a code
    ]
)
# What is wrong with the first file, by band, that cannot be used; null: all is well.
FAULT = pa.schema(
    [
        ("faulty", pa.string()),  # its band; null too where the image is one file
        ("fault", pa.string()),  # category
        ("reason", pa.string()),
    ]
)
# One row for each image of a patch, or for what one part of the archive holds of it.
IMAGES = pa.schema(
    [
        ("id", pa.string()),
        ("rank", pa.int32()),  # of the asset, in the order of the layout
        ("key", pa.string()),
        ("href", pa.string()),  # with {band} where each band is a file
        ("bands", pa.list_(pa.string())),
        ("sizes", pa.list_(pa.int64())),  # bytes, of each band, or of the one file
        *HEADER,
        *FAULT,
    ]
)
_Texts = tuple[str | None, str, str]  # of FAULT
_NOTHING: tuple[Any, ...] = (None,) * (len(HEADER) + len(FAULT))
_BANDS, _SIZES, _BAND, _FAULTY, _FAULT = (
    IMAGES.get_field_index(name) for name in ("bands", "sizes", "band", "faulty", "fault")
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One pattern, with what its asset asks for."""

    pattern: Pattern
    rank: int
    key: str | None  # None: the field {sensor} tells it
    bands: frozenset[str]  # empty: any
    finest: str | None
    id: Callable[[tuple[str, ...]], str]
    order: tuple[int | None, ...]  # of the fields of the layout: where each one is among those of the pattern


class Places:
    """Tells which image of which patch a path is; made once for a layout.

    Attributes
    ----------
    fields
        Fields of all patterns but ``band``, in the order of the patterns.
    expected
        By rank of the asset: bands that each patch must have, where the layout says so.
    single
        Whether every patch is one file.
    """

    def __init__(self, layout: Layout) -> None:
        found = layout.compiled()
        names = [name for _, pattern in found for name in pattern.fields if name != BAND]
        self.fields = tuple(dict.fromkeys(names))
        self.single = len({asset.key if asset else None for asset, _ in found}) == 1 and not any(
            BAND in pattern.fields or (asset is None and SENSOR in pattern.fields) for asset, pattern in found
        )
        self.expected: dict[int, frozenset[str]] = {}
        self._sensors = layout.values.get(SENSOR, {})
        kinds = []
        for asset, pattern in found:
            own = asset or layout
            key = asset.key if asset else None if SENSOR in pattern.fields else ASSET
            rank = 0 if asset is None else 1 + layout.assets.index(asset)
            if own.bands:
                self.expected[rank] = frozenset(own.bands)
            order = tuple(pattern.fields.index(name) if name in pattern.fields else None for name in self.fields)
            name = _joined(layout.name_pattern(), pattern)
            kinds.append(_Kind(pattern, rank, key, frozenset(own.bands), own.finest, name, order))
        # The pattern with more folders says more, so it comes first.
        self._kinds = sorted(kinds, key=lambda kind: -kind.pattern.depth)

    def find(self, path: str) -> tuple[_Kind, tuple[str, ...], str | None, str] | None:
        """Return the pattern that a path fits, the texts of its fields, the band, and the path without the band.

        Raises
        ------
        ConfigError
            Two patterns with equally many folders fit.
        """
        found = None
        for kind in self._kinds:
            if found is not None and kind.pattern.depth < found[0].pattern.depth:
                break
            match = kind.pattern.match(path)
            values = kind.pattern.values(match) if match else ()
            band = values[kind.pattern.fields.index(BAND)] if match and BAND in kind.pattern.fields else None
            if match is None or (kind.bands and band not in kind.bands):
                continue
            if found is not None:
                problem = (
                    f"{found[0].pattern.text!r} and {kind.pattern.text!r} both fit {path!r}; write more of the path "
                    "into one of them, or fields such as {patch:d}"
                )
                raise ConfigError("dsdocs.toml", "layout.files", problem)
            found = kind, values, band, path if band is None else kind.pattern.without(match, BAND)
        return found

    def key(self, kind: _Kind, values: tuple[str, ...]) -> str:
        """Return the key of the asset that a file belongs to."""
        if kind.key is not None:
            return kind.key
        sensor = values[kind.pattern.fields.index(SENSOR)]
        return self._sensors.get(sensor, sensor)


class Images:
    """The images of a part of an archive, to which files are added; each may have so many values at most."""

    def __init__(self, places: Places, max_pixels: int) -> None:
        self._places = places
        self._max_pixels = max_pixels
        self._rows: list[list[Any]] = []
        self._banded: dict[tuple[str, str, str], list[Any]] = {}

    def add(self, member: Member) -> bool:
        """Take a file and read its header; False if it is no part of the layout."""
        found = self._places.find(member.path)
        if found is None:
            return False
        kind, values, band, href = found
        key = self._places.key(kind, values)
        name = kind.id(values)
        own = None if band is None else self._banded.get((name, key, href))
        if own is None:
            fields = [None if at is None else values[at] for at in kind.order]
            own = [name, kind.rank, key, href, [], [], *_NOTHING, *fields]
            self._rows.append(own)
            if band is not None:
                self._banded[name, key, href] = own
        own[_SIZES].append(member.size)
        if band is not None:
            own[_BANDS].append(band)
        try:
            header = self._header(member)
        except (RasterError, MemberError) as error:
            if own[_FAULT] is None or (band or "") < own[_FAULTY]:
                own[_FAULTY : _FAULTY + len(FAULT)] = band, error.category, error.problem
            return True
        if band is None or (band == kind.finest if kind.finest else own[_BAND] is None or band < own[_BAND]):
            own[_BAND : _BAND + len(HEADER)] = _cells(band, header)
        return True

    def _header(self, member: Member) -> RasterHeader:
        if PLACEHOLDER in member.path:
            reason = f"its path holds {PLACEHOLDER}, which stands for the name of a band in dsdocs; rename the file"
            raise MemberError(member.path, "name.unsafe", reason)
        return member_header(member, max_pixels=self._max_pixels)

    def table(self) -> pa.Table:
        """Return a row for each image."""
        schema = image_schema(self._places.fields)
        columns = zip(*self._rows, strict=True) if self._rows else ([] for _ in schema)
        return pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema)


def image_schema(fields: tuple[str, ...]) -> pa.Schema:
    """Return the columns of images whose paths have these fields."""
    return pa.schema([*IMAGES, *(pa.field(FIELD + name, pa.string()) for name in fields)])


def _joined(text: str, pattern: Pattern) -> Callable[[tuple[str, ...]], str]:
    """Return a function that puts a name together of the fields of a pattern."""
    parts = parse(text)
    places = [pattern.fields.index(part.name) for part in parts if not isinstance(part, str)]
    form = "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in parts)
    if form == "%s":
        return itemgetter(places[0])
    return lambda values: form % tuple([values[at] for at in places])


def _cells(band: str | None, header: RasterHeader) -> tuple[Any, ...]:
    placed = header.crs is not None
    ring = [value for corner in header.ring() for value in corner] if placed else None
    unplaced = header.transform is not None and not placed
    return (band, header.width, header.height, header.crs, ring, _gsd(header), unplaced)


def _gsd(header: RasterHeader) -> float | None:
    unit = metres(header.crs) if header.crs else None  # of a geographic CRS no length follows
    return round(header.gsd * unit, 4) if unit else None


def expected_bands(images: pa.Table, declared: Mapping[int, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return the bands that each patch must have, by key: what the layout says, else all that were found."""
    found: dict[str, frozenset[str]] = {}
    for key in pc.unique(images["key"]).to_pylist():
        own = images.filter(pc.equal(images["key"], key))
        bands = pc.unique(own["bands"].combine_chunks().flatten()).to_pylist()
        found[key] = declared.get(pc.min(own["rank"]).as_py(), frozenset(bands)) if bands else frozenset()
    return found
