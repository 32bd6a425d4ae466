"""BigEarthNet version 1: one folder for each patch, with a GeoTIFF for each band and a JSON of labels and metadata.

An archive in which not one patch has a raster is one of metadata alone, and its patches are kept; as soon as there is a
raster, patches without are incomplete. That is known only when all parts are, so metadata of patches without a raster
wait in side tables until then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive import Archive, Member
from dsdocs.archive.member import Limits
from dsdocs.errors import MemberError
from dsdocs.readers import Description, Item
from dsdocs.readers.bigearthnet.folders import Folder, folder_of
from dsdocs.readers.bigearthnet.metadata import Keys
from dsdocs.readers.bigearthnet.names import S1_BANDS, S2_BANDS, file_pattern
from dsdocs.readers.bigearthnet.v1_part import Part, contradiction
from dsdocs.readers.bigearthnet.v1_rows import METADATA, metadata_path, patches, plain
from dsdocs.readers.columns import grouped
from dsdocs.records import Fragment, Ignored, RecordError, RecordWarning, SideTable
from dsdocs.sensors import load_sensor

FIELDS = {
    "labels": "Names of the level-3 CORINE classes that occur in the patch.",
    "coordinates.ulx": "Easting of the left edge, in metres.",
    "coordinates.uly": "Northing of the upper edge, in metres.",
    "coordinates.lrx": "Easting of the right edge, in metres.",
    "projection": "Coordinate reference system as well-known text (WKT).",
}
_RASTERS = ""  # unit of the note that a part has rasters; no folder has this name
_AT_ONCE = 512  # metadata files that are read in one go, as long as nothing is wrong with any
_BATCH = 10_000  # patches that are put together at a time


class _PatchFolders:
    """What both sensors share: ``<patch>/<patch>_<band>.tif`` and ``<patch>/<patch>_labels_metadata.json``."""

    name: str
    nomenclature = "bigearthnet-43"
    kind: str  # of the patch name, see `dsdocs.readers.bigearthnet.names`
    asset: str
    sensor: str
    bands: tuple[str, ...]
    finest: str  # the band whose header stands for the patch
    keys: Keys  # the sensors call some things by different names
    title: str
    satellite: str
    own_fields: Mapping[str, str]  # key that only this sensor's metadata has -> meaning
    max_pixels = Limits().pixels

    def recognises(self, names: Sequence[str]) -> str | None:
        """Claim archives with a patch folder of this sensor that holds its metadata file."""
        found = [match for match in map(self._pattern.fullmatch, names) if match]
        first = next((match for match in found if match["ending"] == METADATA), None)
        if first is None:
            return None
        share = f"{len(found)} of the first {len(names)} files"
        return f"{share} lie in patch folders of BigEarthNet v1, {self.satellite}, such as {first['patch']}"

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield complete patches at once, and what is known of the others."""
        part = Part(self.keys)
        if isinstance(members, Sequence):  # all can be read at any time, so that several may be tried at once
            for start in range(0, len(members), _AT_ONCE):
                some = members[start : start + _AT_ONCE]
                if not self._read_alone(some, part):
                    yield from self._read(some, part)
        else:
            yield from self._read(members, part)
        part.check()
        yield from self._told(part)

    def _read_alone(self, members: Sequence[Member], part: Part) -> bool:
        """Read members if all are metadata and none is at fault, as they nearly always are in archives of metadata."""
        if not members[-1].path.endswith(METADATA):
            return False
        found = [match for member in members if (match := self._pattern.fullmatch(member.path))]
        folders = [folder for folder, _, ending in map(re.Match.groups, found) if ending == METADATA]
        return len(folders) == len(members) and part.add_alone(folders, members)

    def _read(self, members: Iterable[Member], part: Part) -> Iterator[Item]:
        fullmatch = self._pattern.fullmatch
        for member in members:
            match = fullmatch(member.path)
            if match is None:
                yield Ignored(member.path)
                continue
            folder, _, ending = match.groups()
            if ending == METADATA:
                part.add_metadata(folder, member)
            else:
                part.folder(folder).add_band(ending.removesuffix(".tif"), member, self.finest, self.max_pixels)

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Yield the patches whose files lie in several parts, and those without rasters."""
        is_note = pc.equal(fragments["unit"], _RASTERS)
        rasters = bool(pc.any(is_note).as_py())
        fragments = fragments.filter(pc.invert(is_note))
        units = pc.unique(fragments["unit"])
        # Tables are read when they are looked at, and an archive of metadata alone has all its patches in them.
        joined = [plain(_rows_of(side.table, units)) for side in tables] if len(units) else []
        bare = (_rows_of(side.table, units, others=True) for side in tables)
        alone = _Alone()
        for item in chain(self._join(fragments, joined, rasters), self._bare(bare, rasters)):
            alone.see(item)
            yield item
        yield from alone.warning()

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Say what is known of BigEarthNet version 1."""
        return Description(
            self.title,
            self.nomenclature,
            {self.asset: load_sensor(self.sensor)},
            "https://bigearth.net",
            ("sumbul2019bigearthnet", "sumbul2021bigearthnetmm"),
            metadata_path=_some_metadata(summary, archive),
            metadata_fields={**FIELDS, **self.own_fields},
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return file_pattern(self.kind, (METADATA, *(f"{band}.tif" for band in self.bands)))

    def _told(self, part: Part) -> Iterator[Item]:
        complete, bare = [], [folder for folder in part.rows if folder not in part.folders]
        for path, folder in part.folders.items():
            if path in part.rows and not folder.missing(self.bands):
                fault = folder.fault()
                if fault:
                    yield fault
                else:
                    complete.append(folder)
            else:
                yield folder.fragment(path)
                bare.append(path)
        if complete:
            metadata = part.metadata.table(part.good(folder.path for folder in complete))
            yield from patches(plain(metadata), complete, self.kind, self.asset)
        rows = part.good(bare)
        if rows:
            yield SideTable(min(bare), part.metadata.table(rows))
        if any(folder.sizes for folder in part.folders.values()):
            yield Fragment(_RASTERS, "")

    def _join(self, fragments: pa.Table, tables: Sequence[pa.Table], rasters: bool) -> Iterator[Item]:
        """Yield what becomes of folders with fragments; their metadata are in the tables."""
        metadata = pa.concat_tables(tables).combine_chunks() if tables else None
        rows = _rows_by_folder(metadata)
        ready: list[tuple[int, Folder]] = []
        for unit, group in grouped(fragments):
            folder, own = folder_of(unit, group), rows.get(unit, [])
            if metadata is not None:
                _compare(folder, metadata, own)
            error = folder.fault() or self._incomplete(folder, bool(own), rasters)
            if error is not None:
                yield error
                continue
            ready.append((own[0], folder))
            if len(ready) == _BATCH:
                yield from self._patches(metadata, ready)
                ready = []
        yield from self._patches(metadata, ready)

    def _patches(self, metadata: pa.Table | None, ready: Sequence[tuple[int, Folder]]) -> Iterator[Item]:
        if metadata is not None and ready:
            rows = metadata.take(pa.array([row for row, _ in ready]))
            yield from patches(rows, [folder for _, folder in ready], self.kind, self.asset)

    def _bare(self, tables: Iterable[pa.Table], rasters: bool) -> Iterator[Item]:
        """Yield what becomes of folders of which nothing but metadata were seen."""
        for table in tables:
            if not rasters:
                yield from patches(plain(table), None, self.kind, self.asset)
                continue
            for path in table["folder"].to_pylist():
                yield RecordError(path, "image.missing", self._lacking(Folder(path), True))

    def _incomplete(self, folder: Folder, metadata: bool, rasters: bool) -> RecordError | None:
        if not folder.missing(self.bands):
            if metadata:
                return None
            return RecordError(folder.path, "meta.missing", f"lacks {metadata_path(folder.path).rpartition('/')[2]}")
        if metadata and not rasters:
            return None
        return RecordError(folder.path, "image.missing", self._lacking(folder, metadata))

    def _lacking(self, folder: Folder, metadata: bool) -> str:
        missing = folder.missing(self.bands)
        found = len(self.bands) - len(missing)
        names = [*missing, *([] if metadata else [METADATA])]
        return f"found {found} of {len(self.bands)} bands; missing: {', '.join(names)}"


class _Alone:
    """Counts patches without rasters."""

    def __init__(self) -> None:
        self._count = 0
        self._first = ""

    def see(self, item: Item) -> None:
        """Look at what is yielded."""
        if isinstance(item, pa.Table):
            names = item["id"].filter(pc.equal(pc.list_value_length(item["assets"]), 0))
            if len(names):
                self._count += len(names)
                self._first = min(self._first or names[0].as_py(), pc.min(names).as_py())

    def warning(self) -> Iterator[RecordWarning]:
        """Say how many there were, if any."""
        if self._count:
            reason = (
                f"is one of {self._count} patches with metadata but no raster; as there is no raster at all, the "
                "archive is taken for one of metadata alone, and they are kept"
            )
            yield RecordWarning(self._first, "image.missing", reason)


class BigEarthNetV1S2(_PatchFolders):
    """BigEarthNet version 1, Sentinel-2."""

    name = "bigearthnet-v1-s2"
    kind, asset, sensor, bands, finest = "v1-s2", "sentinel-2", "sentinel-2-l2a", S2_BANDS, "B02"
    keys = Keys("acquisition_date", "lry", {"ben:tile_source": "tile_source"})
    title, satellite = "BigEarthNet-S2", "Sentinel-2"
    own_fields = MappingProxyType(
        {
            "coordinates.lry": "Northing of the lower edge, in metres.",
            "tile_source": "Sentinel-2 product that the patch was cut from.",
            "acquisition_date": "Date and time of the acquisition, UTC.",
        }
    )


class BigEarthNetV1S1(_PatchFolders):
    """BigEarthNet version 1, Sentinel-1."""

    name = "bigearthnet-v1-s1"
    kind, asset, sensor, bands, finest = "s1", "sentinel-1", "sentinel-1-grd", S1_BANDS, "VV"
    keys = Keys(
        "acquisition_time", "lly", {"ben:scene_source": "scene_source", "ben:s2_name": "corresponding_s2_patch"}
    )
    title, satellite = "BigEarthNet-S1", "Sentinel-1"
    own_fields = MappingProxyType(
        {
            "coordinates.lly": "Northing of the lower edge, in metres; the Sentinel-2 files call it lry.",
            "corresponding_s2_patch": "Sentinel-2 patch of the same place.",
            "scene_source": "Sentinel-1 scene that the patch was cut from.",
            "acquisition_time": "Date and time of the acquisition, UTC.",
        }
    )


def _rows_of(metadata: pa.Table, units: pa.Array, *, others: bool = False) -> pa.Table:
    """Return the metadata of these folders, or of all others."""
    if others and not len(units):
        return metadata
    known = pc.is_in(metadata["folder"], units)
    return metadata.filter(pc.invert(known) if others else known)


def _rows_by_folder(metadata: pa.Table | None) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, folder in enumerate(metadata["folder"].to_pylist() if metadata is not None else ()):
        found.setdefault(folder, []).append(row)
    return found


def _compare(folder: Folder, metadata: pa.Table, rows: Sequence[int]) -> None:
    """Note in a folder whether its metadata were found in several parts, and whether they are the same."""
    for row in rows[1:]:
        if metadata.slice(row, 1).equals(metadata.slice(rows[0], 1)):
            folder.repeated.append(metadata_path(folder.path))
        else:
            folder.faults.append(contradiction(folder.path))


def _some_metadata(summary: pa.Table, archive: Archive) -> str | None:
    """Return the path of one metadata file of the archive."""
    assets = summary["assets"][0].as_py()
    path = metadata_path(assets[0]["href"].rpartition("/")[0] if assets else summary["id"][0].as_py())
    try:
        archive.open(path).close()
    except (KeyError, MemberError):
        return None
    return path
