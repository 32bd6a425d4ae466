"""BigEarthNet version 2 (reBEN): patch folders below products, and one table of metadata for all of them.

Any part may be missing: a table without pixels is a valid archive, and so are pixels without a row in the table, which
are kept with a warning. The table and the pixels are joined at the end, so their order in the archive does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dsdocs.archive import Archive, Member
from dsdocs.errors import RasterError
from dsdocs.geo.countries import country_code
from dsdocs.imagery.raster import RasterHeader, read_header
from dsdocs.readers import Description, Item
from dsdocs.readers.bigearthnet_names import S1_BANDS, S2_BANDS, parse_name, same_place
from dsdocs.records import Footprint, Ignored, PatchRecord, RecordError, RecordWarning
from dsdocs.sensors import load_sensor

TABLES = ("metadata.parquet", "metadata_for_patches_with_snow_cloud_or_shadow.parquet")
COLUMNS = (
    "patch_id", "labels", "split", "country", "s1_name", "s2v1_name", "contains_seasonal_snow",
    "contains_cloud_or_shadow",
)  # fmt: skip
FIELDS = {
    "patch_id": "Name of the Sentinel-2 patch; it ends in tile, column and row.",
    "labels": "Class names of the 19-class nomenclature.",
    "split": "train, validation or test.",
    "country": "Country in which the patch lies.",
    "s1_name": "Name of the Sentinel-1 patch of the same place.",
    "s2v1_name": "Name of the same patch in version 1 of the archive.",
    "contains_seasonal_snow": "Whether the patch shows seasonal snow.",
    "contains_cloud_or_shadow": "Whether the patch shows cloud or cloud shadow.",
}
SPLITS = {"train": "train", "validation": "val", "test": "test"}
RULE = (
    "Each tile is divided into three nested squares: the patches of the outer frame are for training, those of the "
    "frame inside it for validation, and those of the square in the middle for testing."
)
SAMPLE_RULE = "Of each block of 2 x 2 neighbouring patches, two are for training, one for validation, one for testing."
MARKER = "dsdocs-sample.json"
GSD, WIDTH = 10.0, 120  # m and px of the finest bands, where no raster says it
_REFERENCE_MAP = "reference_map"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the three trees of the archive."""

    asset: str
    names: str  # kind of the patch names, see bigearthnet_names
    bands: tuple[str, ...]  # file suffixes that make a patch folder complete
    finest: str


_KINDS = (
    _Kind("sentinel-2", "v2-s2", S2_BANDS, "B02"),
    _Kind("sentinel-1", "s1", S1_BANDS, "VV"),
    _Kind("reference-map", "v2-s2", (_REFERENCE_MAP,), _REFERENCE_MAP),
)


@dataclass(slots=True)
class _Folder:
    """One patch folder with pixels."""

    path: str
    kind: _Kind
    bands: set[str] = field(default_factory=set)
    header: RasterHeader | None = None
    failure: RecordError | None = None

    def href(self) -> str:
        patch = self.path.rpartition("/")[2]
        return f"{self.path}/{patch}_{_REFERENCE_MAP if self.kind.finest == _REFERENCE_MAP else '{band}'}.tif"

    def problem(self) -> RecordError | None:
        missing = [band for band in self.kind.bands if band not in self.bands]
        if missing:
            found = len(self.kind.bands) - len(missing)
            reason = f"found {found} of {len(self.kind.bands)} files; missing: {', '.join(missing)}"
            return RecordError(self.path, "image.missing", reason)
        return self.failure


class BigEarthNetV2:
    """BigEarthNet version 2: Sentinel-2, Sentinel-1, reference maps and their metadata."""

    name = "bigearthnet-v2"
    nomenclature = "bigearthnet-19"

    def recognises(self, names: Sequence[str]) -> bool:
        """Claim archives with a patch of version 2 or with its table of metadata."""
        return any(name.rpartition("/")[2] in TABLES or _claimed_as(name) == "sentinel-2" for name in names)

    def read(self, archive: Archive) -> Iterator[Item]:
        """Look at every member once, then join tables and pixels."""
        folders: dict[tuple[str, str], _Folder] = {}
        tables: list[pa.Table] = []
        for member in archive.members():
            if member.path.rpartition("/")[2] in TABLES:
                table = _read_table(member)
                if isinstance(table, RecordError):
                    yield table
                else:
                    tables.append(table)
            elif not _add(folders, member) and member.path != MARKER:
                yield Ignored(member.path)
        yield from _join(tables, folders)

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Say what is known of BigEarthNet version 2, or of the synthetic archive that has its layout."""
        present = set(pa.compute.unique(summary["assets"].combine_chunks().flatten().field("key")).to_pylist())
        sensors = {
            "sentinel-2": load_sensor("sentinel-2-l2a"),
            "sentinel-1": load_sensor("sentinel-1-grd"),
            "reference-map": load_sensor("clc-map"),
        }
        if present:
            sensors = {key: sensor for key, sensor in sensors.items() if key in present}
        else:
            del sensors["reference-map"]
        described = Description(
            "BigEarthNet v2.0", self.nomenclature, sensors, "https://bigearth.net",
            ("clasen2024reben", "sumbul2019bigearthnet", "sumbul2021bigearthnetmm"),
            RULE,
            TABLES[0] if _holds(archive, TABLES[0]) else None,
            FIELDS,
        )  # fmt: skip
        if _holds(archive, MARKER):
            return replace(
                described,
                title="dsdocs sample archive",
                homepage=None,
                references=("clasen2024reben",),
                split_rule=SAMPLE_RULE,
            )
        return described


def _holds(archive: Archive, path: str) -> bool:
    try:
        archive.open(path).close()
    except KeyError:
        return False
    return True


def _place(path: str) -> tuple[_Kind, str, str] | None:
    """Return the tree, the patch folder and the file suffix that a path stands for."""
    folder, _, file = path.rpartition("/")
    patch = folder.rpartition("/")[2]
    if not (patch and file.startswith(patch + "_") and file.endswith(".tif")):
        return None
    suffix = file[len(patch) + 1 : -len(".tif")]
    for kind in _KINDS:
        if suffix in kind.bands:
            return (kind, folder, suffix) if parse_name(patch, kind.names) else None
    return None


def _claimed_as(path: str) -> str | None:
    place = _place(path)
    return place[0].asset if place else None


def _add(folders: dict[tuple[str, str], _Folder], member: Member) -> bool:
    place = _place(member.path)
    if place is None:
        return False
    kind, path, suffix = place
    folder = folders.setdefault((kind.asset, path.rpartition("/")[2]), _Folder(path, kind))
    folder.bands.add(suffix)
    if suffix == kind.finest:
        try:
            with member.open() as source:
                folder.header = read_header(source, member.path)
        except RasterError as error:
            folder.failure = RecordError(member.path, error.category, str(error))
    return True


def _read_table(member: Member) -> pa.Table | RecordError:
    with member.open() as source:
        content = source.read()
    try:
        table = pq.read_table(BytesIO(content))
    except (pa.ArrowInvalid, OSError) as error:
        return RecordError(member.path, "meta.syntax", f"is no Parquet file: {error}")
    missing = [column for column in COLUMNS if column not in table.column_names]
    if missing:
        return RecordError(member.path, "meta.schema", f"lacks the columns {', '.join(missing)}")
    return table.select(COLUMNS)


def _join(tables: list[pa.Table], folders: dict[tuple[str, str], _Folder]) -> Iterator[Item]:
    for table in tables:
        for batch in table.to_batches(max_chunksize=20_000):
            for row in batch.to_pylist():
                yield _record(row, folders)
    # What is left has pixels, but no row in a table.
    orphans = [folder for (asset, _), folder in folders.items() if asset == "sentinel-2"]
    for folder in orphans:
        patch = folder.path.rpartition("/")[2]
        record = _record({"patch_id": patch}, folders)
        yield record
        if isinstance(record, PatchRecord) and tables:
            yield RecordWarning(
                folder.path, "meta.missing", "has pixels, but no row in a metadata table; kept without labels"
            )
    for folder in folders.values():
        yield RecordError(
            folder.path, "meta.missing", "belongs to no Sentinel-2 patch and to no row of a metadata table"
        )


def _record(row: dict[str, Any], folders: dict[tuple[str, str], _Folder]) -> PatchRecord | RecordError:
    """Make one patch of its row and take its folders out of ``folders``."""
    patch = row["patch_id"]
    name = parse_name(patch, "v2-s2") if isinstance(patch, str) else None
    if name is None:
        return RecordError(str(patch), "name.unsafe", "patch_id does not follow the naming convention of version 2")
    footprint = name.footprint()
    found = [folders.pop(("sentinel-2", patch), None), folders.pop(("reference-map", patch), None)]
    if row.get("s1_name"):
        found.append(folders.pop(("sentinel-1", row["s1_name"]), None))
    present = [folder for folder in found if folder is not None]
    for folder in present:
        problem = folder.problem() or _misplaced(folder, footprint)
        if problem:
            return problem
    split = row.get("split")
    if split is not None and split not in SPLITS:
        return RecordError(patch, "meta.schema", f"split: found {split!r}; expected one of {', '.join(SPLITS)}")
    facts = {
        "ben:snow": row.get("contains_seasonal_snow"),
        "ben:cloud_or_shadow": row.get("contains_cloud_or_shadow"),
        "ben:s1_name": row.get("s1_name"),
        "ben:v1_name": row.get("s2v1_name"),
    }
    record = PatchRecord(
        patch,
        None if row.get("labels") is None else tuple(row["labels"]),
        SPLITS.get(split) if split else None,
        name.datetime,
        footprint,
        name.tile,
        GSD,
        WIDTH,
        WIDTH,
        country_code(row["country"]) if row.get("country") else None,
        {folder.kind.asset: folder.href() for folder in present},
        facts,
    )
    header = next((folder.header for folder in present if folder.header), None)
    return record if header is None else replace(record, gsd=header.gsd, width=header.width, height=header.height)


def _misplaced(folder: _Folder, expected: Footprint | None) -> RecordError | None:
    """Compare the raster with the place that the name of the Sentinel-2 patch stands for."""
    header = folder.header
    if header is None or header.crs is None or expected is None:
        return RecordError(folder.path, "geo.crs", "the raster has no georeference")
    raster = Footprint(header.crs, header.ring())
    if same_place(raster, expected):
        return None
    reason = f"the raster says {raster.crs} {raster.ring[0]}, the name {expected.crs} {expected.ring[0]}"
    return RecordError(folder.path, "meta.mismatch", reason)
