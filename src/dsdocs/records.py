"""One patch as a reader tells it, before it is a row of the summary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

Fact = str | int | float | bool | None


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
