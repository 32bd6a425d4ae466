"""What the rasters of one patch folder tell: which bands there are, where the finest lies, and what is wrong with them.

The files of a folder may lie in different parts of an archive, so what one part tells travels as a `Fragment`, and
fragments add up to the folder whatever their order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dsdocs.archive import Member
from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery.raster import RasterHeader, read_header
from dsdocs.records import Fragment, RecordError, RecordWarning


class Grid(NamedTuple):
    """Where the pixels of a north-up raster lie."""

    crs: str  # "EPSG:32633"
    left: float  # units of the CRS, as the three below: outer edges of the outer pixels
    top: float
    right: float
    bottom: float
    gsd: float  # units of the CRS
    width: int  # px
    height: int  # px


@dataclass(slots=True)
class Folder:
    """One patch folder, as far as it was seen."""

    path: str
    sizes: dict[str, int] = field(default_factory=dict)  # bytes of each band
    grid: Grid | None = None  # of the finest band
    faults: list[RecordError] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)  # paths that occur twice, with nothing to tell them apart

    def add_band(self, band: str, member: Member, finest: str) -> None:
        """Take a band into account; of the finest one, the header is read."""
        if not self._add_size(band, member.path, member.size):
            return  # its header was read, or its fault noted
        if band == finest:
            self._add_header(member)
        elif member.size == 0:
            self.faults.append(RecordError(member.path, "image.corrupt", "holds no bytes"))

    def missing(self, bands: Iterable[str]) -> list[str]:
        """Return the bands that were not found, in the order given."""
        return [band for band in bands if band not in self.sizes]

    def fault(self) -> RecordError | None:
        """Return the first of its faults by path, so that the order of the archive does not decide."""
        return min(self.faults, key=lambda error: (error.path, error.category, error.reason), default=None)

    def warnings(self) -> list[RecordWarning]:
        """Say which files occur twice."""
        reason = "occurs twice in the archive, with the same size; the first one is used"
        return [RecordWarning(path, "image.duplicate", reason) for path in sorted(set(self.repeated))]

    def fragment(self, unit: str) -> Fragment:
        """Return what is known of the folder as a fragment."""
        facts = {
            "sizes": self.sizes,
            "grid": None if self.grid is None else list(self.grid),
            "faults": [[error.path, error.category, error.reason] for error in self.faults],
            "repeated": self.repeated,
        }
        return Fragment(unit, self.path, facts)

    def add_fragment(self, facts: Any) -> None:
        """Add what another part of the archive tells of this folder: the facts of what `fragment` returned."""
        start = f"{self.path}/{self.path.rpartition('/')[2]}_"
        for band, size in facts["sizes"].items():
            self._add_size(band, f"{start}{band}.tif", size)
        self.grid = self.grid or (Grid(*facts["grid"]) if facts["grid"] else None)
        self.faults += (RecordError(*each) for each in facts["faults"])
        self.repeated += facts["repeated"]

    def _add_size(self, band: str, path: str, size: int) -> bool:
        """Note the size of a band; return whether it is the first file of that band."""
        if band not in self.sizes:
            self.sizes[band] = size
            return True
        if self.sizes[band] == size:
            self.repeated.append(path)
        else:
            few, many = sorted((self.sizes[band], size))
            reason = f"occurs twice in the archive, once with {few} and once with {many} bytes"
            self.faults.append(RecordError(path, "image.duplicate", reason))
        return False

    def _add_header(self, member: Member) -> None:
        try:
            with member.open() as source:
                self.grid = _grid(read_header(source, member.path))
        except (RasterError, MemberError) as error:
            self.faults.append(RecordError(member.path, error.category, error.problem))
        except _Unplaced as error:
            self.faults.append(RecordError(member.path, error.category, str(error)))


class _Unplaced(Exception):
    """A raster does not say where it lies in the way that all rasters of BigEarthNet do."""

    def __init__(self, category: str, problem: str) -> None:
        self.category = category
        super().__init__(problem)


def folder_of(path: str, fragments: Iterable[Fragment]) -> Folder:
    """Put the fragments of a folder together."""
    folder = Folder(path)
    for fragment in fragments:
        folder.add_fragment(fragment.facts)
    return folder


def _grid(header: RasterHeader) -> Grid:
    if header.transform is None or header.crs is None:
        raise _Unplaced("geo.crs", "the raster has no georeference, or one without a code; expected one in UTM")
    _, b, left, d, _, top = header.transform
    right, bottom = header.ring()[2]
    if not (math.isfinite(right) and math.isfinite(bottom)):
        raise _Unplaced("geo.invalid", "the lower right corner of the raster is infinitely far away")
    if b or d:
        raise _Unplaced("geo.invalid", "the raster is rotated; expected one with north at the top")
    return Grid(header.crs, left, top, right, bottom, header.gsd, header.width, header.height)
