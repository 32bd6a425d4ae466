"""What the rasters of one patch folder tell: which bands there are, where they lie, and what is wrong with them.

The header of every file is looked at, for 30 us: a band that is junk, cut off, or of another size or place than the
others would else be found by whoever trains on it.

The files of a folder may lie in different parts of an archive, so what one part tells travels as a `Fragment`, and
fragments add up to the folder whatever their order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, TypeVar

from dsdocs.archive import Member
from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery.header import RasterHeader
from dsdocs.imagery.quick_header import member_header
from dsdocs.readers.bigearthnet.names import TOLERANCE
from dsdocs.records import Fragment, RecordError, RecordWarning
from dsdocs.sensors import load_sensor

_Value = TypeVar("_Value")


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


class Raster(NamedTuple):
    """What the header of one band says."""

    grid: Grid
    n_bands: int  # in the file
    dtype: str


@dataclass(slots=True)
class Folder:
    """One patch folder, as far as it was seen."""

    path: str
    sizes: dict[str, int] = field(default_factory=dict)  # bytes of each band
    rasters: dict[str, Raster] = field(default_factory=dict)  # of each band whose header can be used
    grid: Grid | None = None  # of the finest band
    faults: list[RecordError] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)  # paths that occur twice, with nothing to tell them apart

    def add_band(self, band: str, member: Member, finest: str, max_pixels: int) -> None:
        """Take a band into account, and look at its header.

        Parameters
        ----------
        band
            Its name.
        member
            Its file.
        finest
            The band whose header stands for the patch.
        max_pixels
            Most values that an image may have, as for `dsdocs.imagery.quick_header.member_header`.
        """
        if not self._add_size(band, member.path, member.size):
            return  # its header was read, or its fault noted
        try:
            header = member_header(member, max_pixels=max_pixels)
            self.rasters[band] = Raster(_grid(header), header.count, header.dtype)
        except (RasterError, MemberError) as error:
            self.faults.append(RecordError(member.path, error.category, error.problem))
        except _Unplaced as error:
            self.faults.append(RecordError(member.path, error.category, str(error)))
        else:
            if band == finest:
                self.grid = self.rasters[band].grid

    def missing(self, bands: Iterable[str]) -> list[str]:
        """Return the bands that were not found, in the order given."""
        return [band for band in bands if band not in self.sizes]

    def fault(self) -> RecordError | None:
        """Return the first of its faults by path, so that the order of the archive does not decide."""
        found = [*self.faults, *self._mismatches()]
        return min(found, key=lambda error: (error.path, error.category, error.reason), default=None)

    def warnings(self) -> list[RecordWarning]:
        """Say which files occur twice."""
        reason = "occurs twice in the archive, with the same size; the first one is used"
        return [RecordWarning(path, "image.duplicate", reason) for path in sorted(set(self.repeated))]

    def fragment(self, unit: str) -> Fragment:
        """Return what is known of the folder as a fragment."""
        facts = {
            "sizes": self.sizes,
            "grid": None if self.grid is None else list(self.grid),
            "rasters": {band: [list(raster.grid), *raster[1:]] for band, raster in self.rasters.items()},
            "faults": [[error.path, error.category, error.reason] for error in self.faults],
            "repeated": self.repeated,
        }
        return Fragment(unit, self.path, facts)

    def add_fragment(self, facts: Any) -> None:
        """Add what another part of the archive tells of this folder: the facts of what `fragment` returned."""
        for band, size in facts["sizes"].items():
            self._add_size(band, self._file(band), size)
        for band, (grid, *kind) in facts["rasters"].items():
            self.rasters.setdefault(band, Raster(Grid(*grid), *kind))
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

    def _file(self, band: str) -> str:
        return f"{self.path}/{self.path.rpartition('/')[2]}_{band}.tif"

    def _mismatches(self) -> Iterator[RecordError]:
        """Yield the bands that differ from most others in kind, size or place."""
        first, *rest = self.rasters.values() if self.rasters else (None,)
        if not rest or all(raster == first for raster in rest):
            return
        for band, category, reason in _misfits(self.rasters, self.grid):
            yield RecordError(self._file(band), category, reason)


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
    a, b, left, d, e, top = header.transform
    right, bottom = a * header.width + b * header.height + left, d * header.width + e * header.height + top
    if not (math.isfinite(right) and math.isfinite(bottom)):
        raise _Unplaced("geo.invalid", "the lower right corner of the raster is infinitely far away")
    if b or d:
        raise _Unplaced("geo.invalid", "the raster is rotated; expected one with north at the top")
    return Grid(header.crs, left, top, right, bottom, header.gsd, header.width, header.height)


def _misfits(rasters: Mapping[str, Raster], finest: Grid | None) -> Iterator[tuple[str, str, str]]:
    """Yield band, category and reason; of two bands that differ, the one that stands for the patch is right."""
    rasters = dict(sorted(rasters.items(), key=lambda item: (item[1].grid != finest, item[0])))
    for band, own, most in _odd({band: raster[1:] for band, raster in rasters.items()}):
        said, others = (f"{count} x {dtype}" for count, dtype in (own, most))
        yield band, "image.mismatch", f"holds {said} for each pixel; the other bands of the patch hold {others}"
    for band, here, there in _odd({band: raster.grid[:5] for band, raster in rasters.items()}):
        if here[0] != there[0] or max(abs(a - b) for a, b in zip(here[1:], there[1:], strict=True)) > TOLERANCE:
            # The place of the patch itself is in doubt where it is that of the band that stands for it.
            category = "meta.mismatch" if rasters[band].grid == finest else "image.mismatch"
            yield band, category, f"lies at {_place(here)}; the other bands of the patch lie at {_place(there)}"
    grid = next(iter(rasters.values())).grid
    sizes = {band: (raster.grid.width, raster.grid.height) for band, raster in rasters.items()}
    if len(set(sizes.values())) == 1:
        return  # all bands were brought to one grid
    edges = {band: (width * _gsd(band), height * _gsd(band)) for band, (width, height) in sizes.items()}
    for band, edge, usual in _odd(edges, prefer=(grid.right - grid.left, grid.top - grid.bottom)):
        said, asked = (" x ".join(f"{side / _gsd(band):g}" for side in sides) for sides in (edge, usual))
        yield band, "image.mismatch", f"is {said} px; the other bands of the patch ask for {asked} px"


def _odd(values: Mapping[str, _Value], *, prefer: _Value | None = None) -> Iterator[tuple[str, _Value, _Value]]:
    """Yield each band whose value is not the one that most have, with both.

    Of values that equally many have, the preferred one counts, else that of the first band.
    """
    counts = Counter(values.values())
    most = max(counts, key=lambda value: (counts[value], value == prefer))
    return ((band, value, most) for band, value in values.items() if value != most)


def _place(place: tuple[Any, ...]) -> str:
    return f"{place[0]} {place[1:]}"


@cache
def _gsd(band: str) -> float:
    """Return the edge of a pixel of a band as the archive is published, in m."""
    sensors = map(load_sensor, ("sentinel-2-l2a", "sentinel-1-grd", "clc-map"))
    return next(each.gsd for sensor in sensors for each in sensor.bands if each.name == band and each.gsd)
