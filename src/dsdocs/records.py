"""One patch as a reader tells it, before it is a row of the summary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa  # heavy, and most that imports records has no table


Fact = str | int | float | bool | None

# The words for what is wrong with an input: part of the archive, then what about it; and what was found.
CATEGORIES = {
    "archive.bomb": "a file that unpacks to more than a limit allows; the message names the limit and the key for it",
    "archive.corrupt": "bytes that do not fit their checksum, or an archive that is cut off",
    "archive.encrypted": "a file behind a password",
    "archive.link": "a link inside an archive; links are never followed",
    "archive.nested": "an archive inside an archive; unpack it, or name it with --archive",
    "archive.unsafe-path": "a path that is absolute, leads upwards, or cannot be a path",
    "archive.unsupported": "a kind of entry or compression that is not read",
    "fs.permission": "a file or folder that may not be read",
    "fs.special": "a device, pipe or socket",
    "fs.symlink": "a symbolic link in a folder; links are never followed",
    "geo.antimeridian": "a footprint across 180 degrees; as a warning, for it is kept and cut there as RFC 7946 asks",
    "geo.crs": "a raster without georeference where the layout promises one, or a CRS that cannot be transformed",
    "geo.invalid": "corners that enclose no place on Earth",
    "image.corrupt": "a file that is damaged or cut off",
    "image.duplicate": "two files that stand for the same band",
    "image.mismatch": "files that belong together and differ in size, place or kind",
    "image.missing": "a band or file that is not there",
    "image.too-large": "a header that claims more pixels than any patch has",
    "image.unsupported": "a format or compression that is not read",
    "input.empty": "an archive, table or file that holds nothing",
    "input.junk": "a file with the name of one kind and the content of another",
    "input.type": "something that is no archive, or has no layout that a reader knows",
    "label.conflict": "two sources that give one patch different labels",
    "label.duplicate": "a label that is given twice; as a warning, for it is kept once",
    "label.empty": "a label that is an empty text; as a warning, a patch without any label",
    "label.unknown": "a label that is not in the nomenclature; the nearest one is named if there is one",
    "meta.encoding": "metadata that is not UTF-8",
    "meta.mismatch": "two sources that disagree on the place of a patch; both are quoted",
    "meta.missing": "a patch without its metadata file",
    "meta.schema": "metadata that lacks a field, or holds one of the wrong kind",
    "meta.syntax": "metadata that is not JSON, not Parquet, or not a table",
    "meta.too-large": "a metadata file far larger than any honest one",
    "name.duplicate": "a second patch of the same name; the first one by path is kept",
    "name.unsafe": "a name that does not follow the convention of its layout, or that no system could hold",
}


@dataclass(frozen=True, slots=True)
class Footprint:
    """The outline of a patch in its native CRS.

    The ring has no closing corner and starts at the upper left, then upper right, lower right, lower left;
    coordinates are ``(x, y)`` = (easting, northing) or (longitude, latitude) in the unit of the CRS.
    """

    crs: str  # "EPSG:32633"
    ring: tuple[tuple[float, float], ...]

    @classmethod
    def from_corners(cls, crs: str, ulx: float, uly: float, lrx: float, lry: float) -> Footprint:
        """Build a north-up rectangle from its upper left and lower right corner."""
        return cls(crs, ((ulx, uly), (lrx, uly), (lrx, lry), (ulx, lry)))


@dataclass(frozen=True, slots=True)
class PatchRecord:
    """Everything that the archive says about one patch.

    ``assets`` maps the key of a sensor or map (``sentinel-2``, ``sentinel-1``, ``reference-map``, ``image``) to a path
    in the archive. Where each band is a file of its own, the path holds ``{band}`` in its place.
    ``facts`` are facts of one data set; their names carry a prefix, as in ``ben:snow``.
    """

    id: str
    labels: tuple[str, ...] | None = None  # class names as the archive spells them; None: the archive has no labels
    split: str | None = None  # train, val, test
    datetime: dt.datetime | None = None  # acquisition time, UTC
    footprint: Footprint | None = None
    tile: str | None = None  # source granule, for example the MGRS tile
    gsd: float | None = None  # m, of the finest band
    width: int | None = None  # px, of the finest band
    height: int | None = None  # px, of the finest band
    country: str | None = None  # ISO 3166-1 alpha-2, where the archive itself names the country
    window: tuple[int, int, int, int] | None = None  # px: first column and row, width, height in the files of a frame
    assets: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordError:
    """One input that did not become a patch, and why."""

    path: str  # in the archive
    category: str  # for example "meta.syntax"
    reason: str  # what was read, found and expected


@dataclass(frozen=True, slots=True)
class RecordWarning:
    """Something odd about an input that was kept all the same."""

    path: str
    category: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that is no part of the layout."""

    path: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one file tells of a patch that other files, perhaps far away in the archive, tell more of."""

    unit: str  # files with the same unit belong together
    path: str  # of the file, or of the folder that holds the files
    facts: Mapping[str, object] = field(default_factory=dict)  # anything that JSON can hold


@dataclass(frozen=True, slots=True)
class SideTable:
    """A table that stands beside the patches: labels, splits or metadata, joined when all files are known."""

    path: str
    table: pa.Table
