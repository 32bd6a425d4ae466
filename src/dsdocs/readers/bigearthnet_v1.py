"""BigEarthNet version 1: one folder for each patch, with a GeoTIFF for each band and a JSON of labels and metadata."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyproj

from dsdocs.archive import Archive, Member
from dsdocs.errors import RasterError
from dsdocs.imagery.raster import RasterHeader, read_header
from dsdocs.readers import Description, Item
from dsdocs.readers.bigearthnet_names import S1_BANDS, S2_BANDS, PatchName, parse_name, same_place
from dsdocs.records import Fact, Footprint, Ignored, PatchRecord, RecordError
from dsdocs.sensors import load_sensor

METADATA = "_labels_metadata.json"
MAX_METADATA = 1_000_000  # bytes; a real file has about 1,300
FIELDS = {
    "labels": "Names of the level-3 CORINE classes that occur in the patch.",
    "coordinates.ulx": "Easting of the left edge, in metres.",
    "coordinates.uly": "Northing of the upper edge, in metres.",
    "coordinates.lrx": "Easting of the right edge, in metres.",
    "projection": "Coordinate reference system as well-known text (WKT).",
}
_TILE = re.compile(r"_T(\d{2}[A-Z]{3})_")


@dataclass(slots=True)
class _Parts:
    """What has been seen of one patch folder so far."""

    bands: set[str] = field(default_factory=set)
    header: RasterHeader | None = None
    metadata: dict[str, Any] | None = None
    failure: RecordError | None = None


class _PatchFolders:
    """What both sensors share: ``<patch>/<patch>_<band>.tif`` and ``<patch>/<patch>_labels_metadata.json``."""

    name: str
    nomenclature = "bigearthnet-43"
    kind: str  # of the patch name, see bigearthnet_names
    asset: str
    sensor: str
    bands: tuple[str, ...]
    finest: str  # the band whose header stands for the patch
    time_key: str
    corner_key: str  # the key of the lower edge differs between the sensors
    title: str
    fact_keys: Mapping[str, str]  # column of the summary -> key of the metadata
    own_fields: Mapping[str, str]  # key that only this sensor's metadata has -> meaning

    def recognises(self, names: Sequence[str]) -> bool:
        """Claim archives with a patch folder of this sensor that holds its metadata file."""
        return any(name.endswith(METADATA) and self._place(name) is not None for name in names)

    def read(self, archive: Archive) -> Iterator[Item]:
        """Yield a patch as soon as its last file was seen; what is incomplete at the end is an error."""
        pending: dict[str, _Parts] = {}
        for member in archive.members():
            place = self._place(member.path)
            if place is None:
                yield Ignored(member.path)
                continue
            folder, kind = place
            parts = pending.setdefault(folder, _Parts())
            self._add(parts, member, kind)
            if parts.metadata is not None and len(parts.bands) == len(self.bands):
                yield self._finish(folder, pending.pop(folder))
        for folder, parts in pending.items():
            yield parts.failure or RecordError(folder, "image.missing", self._incomplete(parts))

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Say what is known of BigEarthNet version 1."""
        return Description(
            self.title,
            self.nomenclature,
            {self.asset: load_sensor(self.sensor)},
            "https://bigearth.net",
            ("sumbul2019bigearthnet", "sumbul2021bigearthnetmm"),
            metadata_path=_first_href(summary).replace("_{band}.tif", METADATA),
            metadata_fields={**FIELDS, **self.own_fields},
        )

    def _place(self, path: str) -> tuple[str, str] | None:
        """Return the patch folder and the band (or ``METADATA``) that a path stands for."""
        folder, _, file = path.rpartition("/")
        patch = folder.rpartition("/")[2]
        if not patch or not file.startswith(patch) or parse_name(patch, self.kind) is None:
            return None
        rest = file[len(patch) :]
        if rest == METADATA:
            return folder, METADATA
        band = rest[1:].removesuffix(".tif")
        return (folder, band) if rest == f"_{band}.tif" and band in self.bands else None

    def _add(self, parts: _Parts, member: Member, kind: str) -> None:
        if kind == METADATA:
            parts.metadata, failure = _read_metadata(member)
            parts.failure = parts.failure or failure
            return
        parts.bands.add(kind)
        if kind == self.finest:
            try:
                with member.open() as source:
                    parts.header = read_header(source, member.path)
            except RasterError as error:
                parts.failure = parts.failure or RecordError(member.path, error.category, str(error))

    def _finish(self, folder: str, parts: _Parts) -> PatchRecord | RecordError:
        if parts.failure is not None:
            return parts.failure
        patch = folder.rpartition("/")[2]
        name, metadata, header = parse_name(patch, self.kind), parts.metadata, parts.header
        if name is None or metadata is None or header is None:
            return RecordError(folder, "meta.missing", self._incomplete(parts))
        try:
            footprint = self._footprint(metadata)
            moment = datetime.fromisoformat(metadata[self.time_key]).replace(tzinfo=UTC)
            labels = tuple(metadata["labels"])
        except (KeyError, TypeError, ValueError) as error:
            return RecordError(folder + "/" + patch + METADATA, "meta.schema", f"cannot be used: {error!r}")
        if not all(isinstance(label, str) for label in labels):
            return RecordError(folder + "/" + patch + METADATA, "meta.schema", "labels: expected a list of names")
        problem = _disagreement(footprint, header, name)
        if problem:
            return RecordError(folder, "meta.mismatch", problem)
        return PatchRecord(
            patch,
            labels,
            datetime=moment,
            footprint=footprint,
            tile=name.tile or _tile(metadata),
            gsd=header.gsd,
            width=header.width,
            height=header.height,
            assets={self.asset: f"{folder}/{patch}_{{band}}.tif"},
            facts={column: _text(metadata.get(key)) for column, key in self.fact_keys.items()},
        )

    def _footprint(self, metadata: Mapping[str, Any]) -> Footprint:
        corners = metadata["coordinates"]
        left, top, right, bottom = (float(corners[key]) for key in ("ulx", "uly", "lrx", self.corner_key))
        return Footprint.from_corners(_epsg(metadata["projection"]), left, top, right, bottom)

    def _incomplete(self, parts: _Parts) -> str:
        missing = [band for band in self.bands if band not in parts.bands]
        if parts.metadata is None:
            missing.append(METADATA)
        return f"found {len(parts.bands)} of {len(self.bands)} bands; missing: {', '.join(missing)}"


class BigEarthNetV1S2(_PatchFolders):
    """BigEarthNet version 1, Sentinel-2."""

    name = "bigearthnet-v1-s2"
    kind, asset, sensor, bands, finest = "v1-s2", "sentinel-2", "sentinel-2-l2a", S2_BANDS, "B02"
    time_key, corner_key = "acquisition_date", "lry"
    title = "BigEarthNet-S2"
    fact_keys = MappingProxyType({"ben:tile_source": "tile_source"})
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
    time_key, corner_key = "acquisition_time", "lly"
    title = "BigEarthNet-S1"
    fact_keys = MappingProxyType({"ben:scene_source": "scene_source", "ben:s2_name": "corresponding_s2_patch"})
    own_fields = MappingProxyType(
        {
            "coordinates.lly": "Northing of the lower edge, in metres; the Sentinel-2 files call it lry.",
            "corresponding_s2_patch": "Sentinel-2 patch of the same place.",
            "scene_source": "Sentinel-1 scene that the patch was cut from.",
            "acquisition_time": "Date and time of the acquisition, UTC.",
        }
    )


def _read_metadata(member: Member) -> tuple[dict[str, Any], RecordError | None]:
    if member.size > MAX_METADATA:
        reason = f"has {member.size} bytes; a metadata file may have {MAX_METADATA}"
        return {}, RecordError(member.path, "meta.too-large", reason)
    with member.open() as source:
        content = source.read()
    try:
        metadata = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        return {}, RecordError(member.path, "meta.encoding", f"is not UTF-8: {error.reason} at byte {error.start}")
    except json.JSONDecodeError as error:
        return {}, RecordError(member.path, "meta.syntax", f"is not JSON: {error}")
    if not isinstance(metadata, dict):
        return {}, RecordError(member.path, "meta.schema", "expected a JSON object")
    return metadata, None


@lru_cache(maxsize=256)
def _epsg(wkt: str) -> str:
    """Return ``EPSG:<code>`` of a WKT; the archive repeats a handful of texts, so each is read once."""
    try:
        code = pyproj.CRS.from_wkt(wkt).to_epsg()
    except pyproj.exceptions.CRSError as error:
        raise ValueError(f"projection: not a coordinate reference system: {error}") from error
    if code is None:
        raise ValueError("projection: has no EPSG code")
    return f"EPSG:{code}"


def _first_href(summary: pa.Table) -> str:
    href: str = summary["assets"][0].as_py()[0]["href"]
    return href


def _text(value: object) -> Fact:
    return value if isinstance(value, str) else None


def _tile(metadata: Mapping[str, Any]) -> str | None:
    match = _TILE.search(str(metadata.get("tile_source", "")))
    return match.group(1) if match else None


def _disagreement(footprint: Footprint, header: RasterHeader, name: PatchName) -> str | None:
    """Compare the corners of the metadata with those of the raster and, where it has a tile, of the name."""
    if header.crs is None or header.transform is None:
        return "the raster has no georeference, the metadata has"
    raster = Footprint(header.crs, header.ring())
    if not same_place(footprint, raster):
        return f"the metadata says {footprint.crs} {footprint.ring[0]}, the raster {raster.crs} {raster.ring[0]}"
    named = name.footprint()
    if named is not None and not same_place(footprint, named):
        return f"the metadata says {footprint.crs} {footprint.ring[0]}, the name {named.crs} {named.ring[0]}"
    return None
