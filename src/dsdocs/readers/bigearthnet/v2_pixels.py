"""Patch folders with pixels of BigEarthNet version 2: three trees, in which patches are looked up by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive import Member
from dsdocs.readers.bigearthnet.folders import Folder, folder_of
from dsdocs.readers.bigearthnet.names import S1_BANDS, S2_BANDS, file_pattern
from dsdocs.readers.columns import grouped
from dsdocs.records import Fragment, RecordError, RecordWarning, SideTable

REFERENCE_MAP = "reference_map"
SCHEMA = pa.schema(
    [
        ("asset", pa.dictionary(pa.int32(), pa.string())),
        ("above", pa.dictionary(pa.int32(), pa.string())),  # path of the folder that holds the patch folder, with "/"
        ("patch", pa.string()),
        ("crs", pa.dictionary(pa.int32(), pa.string())),
        ("left", pa.float64()),  # m, as the three below; null if the rasters cannot be used
        ("top", pa.float64()),
        ("right", pa.float64()),
        ("bottom", pa.float64()),
        ("gsd", pa.float64()),  # m
        ("width", pa.int32()),  # px
        ("height", pa.int32()),  # px
    ]
)
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the three trees of the archive."""

    asset: str
    bands: tuple[str, ...]  # file suffixes that make a patch folder complete
    finest: str

    @property
    def file(self) -> str:
        """What stands for the band in the name of a file."""
        return self.finest if self.bands == (REFERENCE_MAP,) else "{band}"


# In the order in which they are asked for the size of a patch.
KINDS = (
    Kind("sentinel-2", S2_BANDS, "B02"),
    Kind("reference-map", (REFERENCE_MAP,), REFERENCE_MAP),
    Kind("sentinel-1", S1_BANDS, "VV"),
)
_KIND_OF = {band: kind for kind in KINDS for band in kind.bands}
_BY_ASSET = {kind.asset: kind for kind in KINDS}
_S2 = file_pattern("v2-s2", (f"{band}.tif" for band in (*S2_BANDS, REFERENCE_MAP)))
_S1 = file_pattern("s1", (f"{band}.tif" for band in S1_BANDS))


def match_file(path: str) -> re.Match[str] | None:
    """Match the path of a raster in a patch folder; see `dsdocs.readers.bigearthnet.names.file_pattern`."""
    return _S2.fullmatch(path) or _S1.fullmatch(path)


class PixelFolders:
    """The patch folders in one part of an archive, whose images may have so many values at most."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._folders: dict[tuple[str, str], Folder] = {}  # by asset and path

    def add(self, member: Member) -> bool:
        """Take a file into account; return whether it is a raster of a patch."""
        match = match_file(member.path)
        if match is None:
            return False
        path, _, ending = match.groups()
        band = ending.removesuffix(".tif")
        kind = _KIND_OF[band]
        folder = self._folders.get((kind.asset, path))
        if folder is None:
            folder = self._folders[kind.asset, path] = Folder(path)
        folder.add_band(band, member, kind.finest, self._max_pixels)
        return True

    def items(self) -> Iterator[SideTable | Fragment]:
        """Yield complete folders as a table, and what is known of the others."""
        complete = []
        for (asset, path), folder in self._folders.items():
            if folder.fault() or folder.repeated or folder.missing(_BY_ASSET[asset].bands):
                yield folder.fragment(f"{asset}:{path}")
            else:
                complete.append((asset, folder))
        if complete:
            yield SideTable(min(folder.path for _, folder in complete), _table(complete))


@dataclass(slots=True)
class Tree:
    """All patch folders of one kind, in the order of their paths; of two with one name, the first is used."""

    kind: Kind
    table: pa.Table  # of `SCHEMA`
    problems: Mapping[int, RecordError]  # by row
    warnings: Mapping[int, Sequence[RecordWarning]]
    used: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.used = np.zeros(len(self.table), dtype=bool)

    def find(self, names: pa.ChunkedArray) -> Indices:
        """Return the row of each patch; -1 for those that have no folder here."""
        if not len(self.table):
            return np.full(len(names), -1)
        found = pc.index_in(names, self.table["patch"].combine_chunks())
        missing = pc.fill_null(found, -1).to_numpy().astype(np.int64)
        return np.where(names.is_null().to_numpy(), -1, missing)

    def paths(self, rows: Indices) -> list[str]:
        """Return the paths of folders."""
        some = self.table.select(["above", "patch"]).take(pa.array(rows))
        return [above + patch for above, patch in zip(*some.to_pydict().values(), strict=True)]

    def hrefs(self, rows: Indices) -> pa.Array:
        """Return the assets of folders; null for -1."""
        some = self.table.select(["above", "patch"]).take(pa.array(rows, mask=rows < 0))
        above, patch = some["above"].cast(pa.string()), some["patch"]
        end = f"_{self.kind.file}.tif"
        return pc.binary_join_element_wise(above, patch, "/", patch, end, "").combine_chunks()


def trees_of(fragments: pa.Table, tables: Iterable[pa.Table]) -> dict[str, Tree]:
    """Put the patch folders of all parts together, by asset."""
    rest: dict[str, list[Folder]] = {kind.asset: [] for kind in KINDS}
    for unit, group in grouped(fragments):
        asset, _, path = unit.partition(":")
        rest[asset].append(folder_of(path, group))
    tables = list(tables)
    return {kind.asset: _tree(kind, tables, rest[kind.asset]) for kind in KINDS}


def _tree(kind: Kind, tables: Sequence[pa.Table], rest: Sequence[Folder]) -> Tree:
    own = [table.filter(pc.equal(table["asset"], kind.asset)) for table in tables]
    table = pa.concat_tables([*own, _table([(kind.asset, folder) for folder in rest])])
    # Sorted by path, so that the order of the parts decides nothing.
    keys = {"above": table["above"].cast(pa.string()), "patch": table["patch"]}
    table = table.take(pc.sort_indices(pa.table(keys), [("above", "ascending"), ("patch", "ascending")]))
    row_of = {}
    if rest:
        paths = pc.binary_join_element_wise(table["above"].cast(pa.string()), table["patch"], "")
        found = pc.index_in(pa.array([folder.path for folder in rest]), paths.combine_chunks()).to_pylist()
        row_of = dict(zip(found, rest, strict=True))
    problems = {row: error for row, folder in row_of.items() if (error := _problem(kind, folder))}
    return Tree(kind, table, problems, {row: folder.warnings() for row, folder in row_of.items() if folder.repeated})


def _problem(kind: Kind, folder: Folder) -> RecordError | None:
    missing = folder.missing(kind.bands)
    if missing:
        found = len(kind.bands) - len(missing)
        reason = f"found {found} of {len(kind.bands)} files; missing: {', '.join(missing)}"
        return RecordError(folder.path, "image.missing", reason)
    return folder.fault()


def _table(folders: Sequence[tuple[str, Folder]]) -> pa.Table:
    halves = [folder.path.rpartition("/") for _, folder in folders]
    grids = [folder.grid or [None] * 8 for _, folder in folders]
    columns = [
        [asset for asset, _ in folders],
        [above + slash for above, slash, _ in halves],
        [patch for *_, patch in halves],
        *(list(column) for column in zip(*grids, strict=True)),
    ]
    columns += [[]] * (len(SCHEMA) - len(columns))
    arrays = []
    for values, kind in zip(columns, SCHEMA.types, strict=True):
        coded = pa.types.is_dictionary(kind)
        arrays.append(pa.array(values, pa.string()).dictionary_encode() if coded else pa.array(values, kind))
    return pa.table(arrays, schema=SCHEMA)
