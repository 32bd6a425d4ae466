"""BigEarthNet version 2 (reBEN): patch folders below products, and one table of metadata for all of them.

Any part may be missing: a table without pixels is a valid archive, and so are pixels without a row in the table, which
are kept with a warning. The table and the pixels are joined at the end, so their order in the archive does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive import Archive, Member
from dsdocs.archive.member import Limits
from dsdocs.errors import MemberError
from dsdocs.readers import Description, Item
from dsdocs.readers.bigearthnet.v2_pixels import PixelFolders, Tree, match_file, trees_of
from dsdocs.readers.bigearthnet.v2_rows import rows_of
from dsdocs.readers.bigearthnet.v2_table import SCHEMA, distinct, read_metadata_table
from dsdocs.records import Ignored, RecordError, RecordWarning, SideTable
from dsdocs.sensors import load_sensor

TABLES = ("metadata.parquet", "metadata_for_patches_with_snow_cloud_or_shadow.parquet")
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
RULE = (
    "Each tile is divided into three nested squares: the patches of the outer frame are for training, those of the "
    "frame inside it for validation, and those of the square in the middle for testing."
)
SAMPLE_RULE = "Of each block of 2 x 2 neighbouring patches, two are for training, one for validation, one for testing."
MARKER = "dsdocs-sample.json"
_BATCH = 20_000  # rows of the table that are worked on at a time


class BigEarthNetV2:
    """BigEarthNet version 2: Sentinel-2, Sentinel-1, reference maps and their metadata."""

    name = "bigearthnet-v2"
    nomenclature = "bigearthnet-19"
    max_pixels = Limits().pixels

    def recognises(self, names: Sequence[str]) -> str | None:
        """Claim archives with a Sentinel-2 patch of version 2 or with its table of metadata."""
        table = next((name for name in names if _file_name(name) in TABLES), None)
        if table is not None:
            return f"{table} is a metadata table of BigEarthNet v2"
        found = [match for match in map(match_file, names) if match]
        first = next((match["patch"] for match in found if match["patch"].startswith("S2")), None)
        if first is None:
            return None
        return f"{len(found)} of the first {len(names)} files lie in patch folders of BigEarthNet v2, such as {first}"

    def read(self, members: Iterable[Member]) -> Iterator[Item]:
        """Yield tables and folders; patches are made of them when all are known."""
        folders = PixelFolders(self.max_pixels)
        for member in members:
            name = _file_name(member.path)
            if name in TABLES:
                table = read_metadata_table(member)
                yield table if isinstance(table, RecordError) else SideTable(member.path, table)
            elif not folders.add(member) and name != MARKER:
                yield Ignored(member.path)
        yield from folders.items()

    def finish(self, fragments: pa.Table, tables: Sequence[SideTable]) -> Iterator[Item]:
        """Join tables and pixels."""
        listed = [side.table for side in tables if "patch_id" in side.table.column_names]
        trees = trees_of(fragments, (side.table for side in tables if "patch_id" not in side.table.column_names))
        for tree in trees.values():
            yield from _same_names(tree)
        table, differing, said = distinct(pa.concat_tables([SCHEMA.empty_table(), *listed]))
        yield from said
        _use(trees, differing)
        yield from _joined(table, trees)
        orphans = trees["sentinel-2"]
        rest = np.flatnonzero(~orphans.used)
        for item in _joined(_unlisted(orphans.table["patch"].take(pa.array(rest))), trees):
            yield item
            if isinstance(item, pa.Table) and listed:
                reason = "has pixels, but no row in a metadata table; kept without labels"
                for path in orphans.paths(orphans.find(item["id"])):
                    yield RecordWarning(path, "meta.missing", reason)
        for tree in trees.values():
            for path in tree.paths(np.flatnonzero(~tree.used)):
                reason = "belongs to no Sentinel-2 patch and to no row of a metadata table"
                yield RecordError(path, "meta.missing", reason)

    def describe(self, summary: pa.Table, archive: Archive) -> Description:
        """Say what is known of BigEarthNet version 2, or of the synthetic archive that has its layout."""
        present = set(pc.unique(summary["assets"].combine_chunks().flatten().field("key")).to_pylist())
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


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


def _holds(archive: Archive, path: str) -> bool:
    try:
        archive.open(path).close()
    except (KeyError, MemberError):
        return False
    return True


def _same_names(tree: Tree) -> Iterator[RecordError]:
    """Refuse folders whose name another folder of the tree has, which comes before them by its path."""
    names = tree.table["patch"]
    if pc.count_distinct(names).as_py() == len(names):
        return
    again = np.flatnonzero(tree.find(names) != np.arange(len(names)))
    tree.used[again] = True
    for path in tree.paths(again):
        reason = "another folder, which comes before it by its path, has the same name; that one is used"
        yield RecordError(path, "name.duplicate", reason)


def _use(trees: dict[str, Tree], rows: pa.Table) -> None:
    """Mark the folders of rows as used."""
    for asset, found in _find(trees, rows).items():
        trees[asset].used[found[found >= 0]] = True


def _find(trees: dict[str, Tree], rows: pa.Table) -> dict[str, np.ndarray]:
    return {asset: tree.find(rows["s1_name" if asset == "sentinel-1" else "patch_id"]) for asset, tree in trees.items()}


def _joined(table: pa.Table, trees: dict[str, Tree]) -> Iterator[Item]:
    found = _find(trees, table)
    for start in range(0, len(table), _BATCH):
        part = {asset: rows[start : start + _BATCH] for asset, rows in found.items()}
        yield from rows_of(table.slice(start, _BATCH), part, trees)


def _unlisted(names: pa.ChunkedArray) -> pa.Table:
    """Return rows of a table for patches that no table lists."""
    columns = {field.name: pa.nulls(len(names), field.type) for field in SCHEMA}
    return pa.table({**columns, "patch_id": names}, schema=SCHEMA)
