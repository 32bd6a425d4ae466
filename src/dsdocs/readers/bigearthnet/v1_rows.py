"""From metadata and rasters of BigEarthNet version 1 to rows: what two of name, metadata and raster say must agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.readers import Item
from dsdocs.readers.bigearthnet.folders import Folder
from dsdocs.readers.bigearthnet.labels import odd_labels, once
from dsdocs.readers.bigearthnet.metadata import SIDES
from dsdocs.readers.bigearthnet.names import PATCH_SIZE, PATTERNS, TOLERANCE, places_of
from dsdocs.readers.columns import asset_column, patch_table, ring_column
from dsdocs.records import RecordError, RecordWarning

METADATA = "labels_metadata.json"
GSD, WIDTH = 10.0, 120  # m and px of the finest band, where no raster says it
_TILE = r"_T(?P<tile>[0-9]{2}[A-Z]{3})_"
_DAY = (11, 19)  # its digits in the name of a Sentinel-2 patch, which begins with a text of fixed length
_FIXED = {"folder", "labels", "crs", "datetime", *SIDES}
_Problem = tuple[int, str, str]  # row, category, reason


def patches(metadata: pa.Table, folders: Sequence[Folder] | None, kind: str, asset: str) -> Iterator[Item]:
    """Yield the patches of some folders as one table, and what is wrong or odd about them.

    Parameters
    ----------
    metadata
        As `dsdocs.readers.bigearthnet.metadata.Metadata.table` has them, texts plain.
    folders
        The folder of each row; None, as a folder without a grid, where there are no rasters.
    kind
        Of the patch names, see `dsdocs.readers.bigearthnet.names`.
    asset
        Key of the asset.
    """
    names = _names(metadata["folder"], kind)
    problems = _problems(metadata, names, folders)
    yield from problems.values()
    if problems:
        keep = np.ones(len(metadata), dtype=bool)
        keep[list(problems)] = False
        metadata, names = metadata.filter(pa.array(keep)), names.filter(pa.array(keep))
        folders = None if folders is None else [folder for folder, kept in zip(folders, keep, strict=True) if kept]
    for folder in folders or ():
        yield from folder.warnings()
    yield from _other_days(metadata, names)
    labels = metadata["labels"].combine_chunks()
    yield from odd_labels(labels, lambda row: metadata_path(metadata["folder"][row].as_py()))
    if len(metadata):
        yield _table(metadata, names, once(labels), folders, asset)


def plain(metadata: pa.Table) -> pa.Table:
    """Return metadata without dictionaries, so that tables can be put together."""
    fields = []
    for field in metadata.schema:
        if field.name == "labels":
            fields.append(field.with_type(pa.list_(pa.string())))
        else:
            fields.append(field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field)
    return metadata.cast(pa.schema(fields)).combine_chunks()


def metadata_path(folder: str) -> str:
    """Return the path of the metadata file of a patch folder."""
    return f"{folder}/{folder.rpartition('/')[2]}_{METADATA}"


def _names(folders: pa.ChunkedArray, kind: str) -> pa.Table:
    """Take the names of folders apart: columns patch and day; with a tile in the names, time, column, row and tile."""
    if kind == "v1-s2":  # not a third of the cost of what follows
        patch = pc.replace_substring_regex(folders, "(?s)^.*/", "") if _any_slash(folders) else folders
        return pa.table({"patch": patch, "day": pc.utf8_slice_codeunits(patch, *_DAY)}).combine_chunks()
    found = pc.extract_regex(folders, rf"(?s)^(?:.*/)?(?P<patch>{PATTERNS[kind]})$").combine_chunks()
    return pa.table(dict(zip((field.name for field in found.type), found.flatten(), strict=True)))


def _any_slash(folders: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.match_substring(folders, "/")).as_py())


def _problems(metadata: pa.Table, names: pa.Table, folders: Sequence[Folder] | None) -> dict[int, RecordError]:
    """Return, by row, where name, metadata and raster disagree."""
    stated = _Places(metadata["crs"].to_pylist(), np.stack([metadata[side].to_numpy() for side in SIDES]))
    found: dict[int, tuple[str, str]] = {}
    for row, category, reason in (
        *_against_rasters(stated, folders or ()),
        *(_against_names(stated, names) if "tile" in names.column_names else ()),
        *_odd_sizes(stated),
    ):
        found.setdefault(row, (category, reason))
    return {row: RecordError(metadata["folder"][row].as_py(), *found[row]) for row in sorted(found)}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where patches lie."""

    crs: Sequence[str]
    sides: npt.NDArray[np.float64]  # (4, n): left, upper, right and lower edge in units of the CRS

    def unlike(self, other: _Places) -> list[int]:
        """Return the rows in which two sources disagree."""
        near = (np.abs(self.sides - other.sides) <= TOLERANCE).all(axis=0)
        same = [here == there for here, there in zip(self.crs, other.crs, strict=True)]
        return np.flatnonzero(~(near & np.array(same, dtype=bool))).tolist()

    def text(self, row: int) -> str:
        """Return CRS and upper left corner."""
        return f"{self.crs[row]} {tuple(self.sides[:2, row].tolist())}"


def _against_rasters(stated: _Places, folders: Sequence[Folder]) -> Iterator[_Problem]:
    rows = [row for row, folder in enumerate(folders) if folder.grid]
    grids = [folder.grid for folder in folders if folder.grid]
    sides = np.array([grid[1:5] for grid in grids], dtype=np.float64).reshape(-1, 4).T
    rasters = _Places([grid.crs for grid in grids], sides)
    own = _Places([stated.crs[row] for row in rows], stated.sides[:, rows])
    for at in own.unlike(rasters):
        yield rows[at], "meta.mismatch", f"the metadata says {own.text(at)}, the raster {rasters.text(at)}"


def _against_names(stated: _Places, names: pa.Table) -> Iterator[_Problem]:
    column, row = (names[name].cast(pa.int64()).to_numpy() for name in ("column", "row"))
    epsg, left, top = places_of(names["tile"].to_pylist(), column, row)
    named = _Places(
        [f"EPSG:{code}" for code in epsg.tolist()], np.stack([left, top, left + PATCH_SIZE, top - PATCH_SIZE])
    )
    for at in stated.unlike(named):
        if epsg[at]:
            yield at, "meta.mismatch", f"the metadata says {stated.text(at)}, the name {named.text(at)}"
        else:
            yield at, "name.unsafe", f"its name says tile {names['tile'][at]}, which does not exist"


def _odd_sizes(stated: _Places) -> Iterator[_Problem]:
    left, top, right, bottom = stated.sides
    sizes = np.stack([right - left, top - bottom])
    for row in np.flatnonzero((np.abs(sizes - PATCH_SIZE) > TOLERANCE).any(axis=0)).tolist():
        size = " x ".join(f"{value:.10g}" for value in sizes[:, row])
        reason = f"the corners in its metadata are {size} apart; expected {PATCH_SIZE:g} x {PATCH_SIZE:g} m"
        yield row, "geo.invalid", reason


def _other_days(metadata: pa.Table, names: pa.Table) -> Iterator[RecordWarning]:
    moments = metadata["datetime"].combine_chunks().dictionary_encode()  # all patches of one flight have the same
    days = pa.chunked_array([pc.strftime(moments.dictionary, "%Y%m%d").take(moments.indices)])
    differ = pc.not_equal(days, names["day"])
    if pc.any(differ).as_py():
        rows = zip(metadata["folder"].filter(differ), days.filter(differ), names["day"].filter(differ), strict=True)
        for folder, day, named in rows:
            reason = f"says that the patch is of {day}, its name says {named}; kept with the day of the metadata"
            yield RecordWarning(metadata_path(folder.as_py()), "meta.mismatch", reason)


def _table(
    metadata: pa.Table, names: pa.Table, labels: pa.Array, folders: Sequence[Folder] | None, asset: str
) -> pa.Table:
    n = len(metadata)
    grids = [folder.grid for folder in folders] if folders is not None else [None] * n
    hrefs = pc.binary_join_element_wise(metadata["folder"], "/", names["patch"], "_{band}.tif", "").combine_chunks()
    tile = names["tile"] if "tile" in names.column_names else _tiles(metadata["ben:tile_source"].combine_chunks())
    placed = pa.array(np.array([grid is not None for grid in grids], dtype=bool))
    columns = {
        "id": names["patch"],
        "labels": labels,
        "datetime": metadata["datetime"],
        "crs": metadata["crs"],
        "ring": ring_column(*(metadata[side].to_numpy() for side in SIDES)),
        "tile": tile,
        "gsd": np.array([grid.gsd if grid else GSD for grid in grids], dtype=np.float64),
        "width": np.array([grid.width if grid else WIDTH for grid in grids], dtype=np.int32),
        "height": np.array([grid.height if grid else WIDTH for grid in grids], dtype=np.int32),
        "assets": asset_column(asset, pc.if_else(placed, hrefs, None)),
        **{name: metadata[name] for name in metadata.column_names if name not in _FIXED},
    }
    return patch_table(columns, n)


def _tiles(products: pa.Array) -> pa.Array:
    """Return the tiles in the names of Sentinel-2 products."""
    coded = products.dictionary_encode()
    return pc.struct_field(pc.extract_regex(coded.dictionary, _TILE), "tile").take(coded.indices)
