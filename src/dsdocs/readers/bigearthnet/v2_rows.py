"""From rows of the metadata table and folders with pixels of BigEarthNet version 2 to patches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.geo.countries import country_code
from dsdocs.readers import Item
from dsdocs.readers.bigearthnet.labels import odd_labels, once
from dsdocs.readers.bigearthnet.names import PATCH_SIZE, PATTERNS, TOLERANCE, moment_of, places_of
from dsdocs.readers.bigearthnet.v2_pixels import Indices, Tree
from dsdocs.readers.columns import ASSETS, patch_table, ring_column
from dsdocs.records import RecordError

SPLITS = {"train": "train", "validation": "val", "test": "test"}
GSD, WIDTH = 10.0, 120  # m and px of the finest bands, where no raster says it
_FACTS = {
    "ben:snow": "contains_seasonal_snow",
    "ben:cloud_or_shadow": "contains_cloud_or_shadow",
    "ben:s1_name": "s1_name",
    "ben:v1_name": "s2v1_name",
}


@dataclass(frozen=True, slots=True)
class _Named:
    """What the names of patches say; shape ``(n,)`` each."""

    fits: npt.NDArray[np.bool_]  # whether the name follows the convention, and its tile exists
    tile: pa.Array
    moment: pa.Array
    epsg: npt.NDArray[np.int32]  # 0 where the tile does not exist
    left: npt.NDArray[np.float64]  # m, as `top`; NaN where the tile does not exist
    top: npt.NDArray[np.float64]

    @property
    def sides(self) -> npt.NDArray[np.float64]:
        """Left, upper, right and lower edge, shape ``(4, n)``."""
        return np.stack([self.left, self.top, self.left + PATCH_SIZE, self.top - PATCH_SIZE])


def rows_of(table: pa.Table, found: Mapping[str, Indices], trees: Mapping[str, Tree]) -> Iterator[Item]:
    """Yield the patches of some rows of the metadata table, and mark their folders as used.

    Parameters
    ----------
    table
        Of the schema of `dsdocs.readers.bigearthnet.v2_table`.
    found
        By asset: the row of its tree, or -1, for each row of the table.
    trees
        All patch folders by asset, in the order in which they are asked for the size of a patch.
    """
    names = _parse(table["patch_id"].combine_chunks())
    problems = _problems(table, names, found, trees)
    for asset, tree in trees.items():
        own = found[asset]
        tree.used[own[(own >= 0) & names.fits]] = True
    yield from problems.values()
    keep = np.ones(len(table), dtype=bool)
    keep[list(problems)] = False
    chosen = pa.array(np.flatnonzero(keep))
    table, found = table.take(chosen), {asset: rows[keep] for asset, rows in found.items()}
    for asset, tree in trees.items():
        for row in tree.warnings.keys() & set(found[asset].tolist()):
            yield from tree.warnings[row]
    labels = table["labels"].combine_chunks()
    yield from odd_labels(labels, lambda row: str(table["patch_id"][row]))
    if len(table):
        yield _patches(table, once(labels), _take(names, keep), found, trees)


def _parse(ids: pa.Array) -> _Named:
    found = pc.extract_regex(ids, f"^{PATTERNS['v2-s2']}$")
    day, time, tile, column, row = (found.field(name) for name in ("day", "time", "tile", "column", "row"))
    fits = found.is_valid().to_numpy(zero_copy_only=False)
    numbers = [pc.if_else(pa.array(fits), part, "0").cast(pa.int64()).to_numpy() for part in (column, row)]
    epsg, left, top = places_of(pc.if_else(pa.array(fits), tile, "").to_pylist(), *numbers)
    moments = pc.binary_join_element_wise(day, time, "T").dictionary_encode()
    distinct = [moment_of(*text.split("T")) if len(text) > 1 else None for text in moments.dictionary.to_pylist()]
    moment = pa.array(distinct, pa.timestamp("us", "UTC")).take(moments.indices)
    return _Named(fits & (epsg > 0), tile, moment, epsg, left, top)


def _take(names: _Named, keep: npt.NDArray[np.bool_]) -> _Named:
    mask = pa.array(keep)
    return _Named(
        names.fits[keep], names.tile.filter(mask), names.moment.filter(mask), names.epsg[keep], names.left[keep],
        names.top[keep],
    )  # fmt: skip


def _problems(
    table: pa.Table, names: _Named, found: Mapping[str, Indices], trees: Mapping[str, Tree]
) -> dict[int, RecordError]:
    """Return, by row, why there is no patch of it."""
    ids = table["patch_id"]
    problems: dict[int, RecordError] = {}
    for row in np.flatnonzero(~names.fits).tolist():
        reason = "patch_id does not follow the naming convention of version 2, or names a tile that does not exist"
        problems[row] = RecordError(str(ids[row].as_py()), "name.unsafe", reason)
    for asset, tree in trees.items():
        for row, error in _misfits(found[asset], tree, names):
            problems.setdefault(row, error)
    for row, error in _odd_maps(found, trees):
        problems.setdefault(row, error)
    splits = table["split"].cast(pa.string())
    known = pc.or_(splits.is_null(), pc.is_in(splits, pa.array(list(SPLITS))))
    for row in np.flatnonzero(pc.invert(known)).tolist():
        reason = f"split: found {splits[row].as_py()!r}; expected one of {', '.join(SPLITS)}"
        problems.setdefault(row, RecordError(str(ids[row].as_py()), "meta.schema", reason))
    return problems


def _misfits(rows: Indices, tree: Tree, names: _Named) -> Iterator[tuple[int, RecordError]]:
    """Yield the patches whose folder has a problem, or lies elsewhere than the name of the patch says."""
    present = np.flatnonzero(rows >= 0)
    if not len(present):
        return
    own = tree.table.take(pa.array(rows[present]))
    here = np.stack([own[side].to_numpy() for side in ("left", "top", "right", "bottom")])
    there = names.sides[:, present]
    codes = pa.array([f"EPSG:{code}" for code in names.epsg[present].tolist()], pa.string())
    same = pc.fill_null(pc.equal(own["crs"].cast(pa.string()), codes), False).to_numpy()
    near = (np.abs(here - there) <= TOLERANCE).all(axis=0)
    known = np.isin(rows[present], list(tree.problems))
    for at in np.flatnonzero(known | ~(same & near)).tolist():
        error = tree.problems.get(int(rows[present[at]]))
        if error is None:
            raster = f"{own['crs'][at]} ({here[0, at]}, {here[1, at]})"
            name = f"{codes[at]} ({there[0, at]}, {there[1, at]})"
            path = tree.paths(rows[present[at : at + 1]])[0]
            error = RecordError(path, "meta.mismatch", f"the raster says {raster}, the name {name}")
        yield int(present[at]), error


def _odd_maps(found: Mapping[str, Indices], trees: Mapping[str, Tree]) -> Iterator[tuple[int, RecordError]]:
    """Yield the patches whose map has another number of pixels than their finest band."""
    image, chart = (asset for asset in trees if asset in ("sentinel-2", "reference-map"))
    both = np.flatnonzero((found[image] >= 0) & (found[chart] >= 0))
    sizes = [
        trees[asset].table.select(["width", "height"]).take(pa.array(found[asset][both])) for asset in (image, chart)
    ]
    differ = [pc.fill_null(pc.not_equal(*(size[side] for size in sizes)), False) for side in ("width", "height")]
    for at in np.flatnonzero(pc.or_(*differ)).tolist():
        here, there = (" x ".join(str(size[side][at]) for side in ("width", "height")) for size in sizes)
        path = trees[chart].paths(found[chart][both[at : at + 1]])[0]
        yield (
            int(both[at]),
            RecordError(path, "image.mismatch", f"is {there} px; the finest band of its patch is {here}"),
        )


def _patches(
    table: pa.Table, labels: pa.Array, names: _Named, found: Mapping[str, Indices], trees: Mapping[str, Tree]
) -> pa.Table:
    columns: dict[str, object] = {
        "id": table["patch_id"],
        "labels": labels,
        "split": _mapped(table["split"], SPLITS),
        "datetime": names.moment,
        "crs": [f"EPSG:{code}" for code in names.epsg.tolist()],
        "ring": ring_column(*names.sides),
        "tile": names.tile,
        "country": _countries(table["country"]),
        "assets": _assets(found, trees),
        **_sizes(found, trees),
        **{fact: table[column] for fact, column in _FACTS.items()},
    }
    return patch_table(columns, len(table))


def _sizes(found: Mapping[str, Indices], trees: Mapping[str, Tree]) -> dict[str, pa.ChunkedArray]:
    """Return ``gsd``, ``width`` and ``height``: of the first tree that has the patch, else what they are everywhere."""
    sizes: dict[str, pa.ChunkedArray] = {}
    for name, usual in (("gsd", GSD), ("width", WIDTH), ("height", WIDTH)):
        said = [tree.table[name].take(pa.array(found[asset], mask=found[asset] < 0)) for asset, tree in trees.items()]
        sizes[name] = pc.coalesce(*said, usual)
    return sizes


def _assets(found: Mapping[str, Indices], trees: Mapping[str, Tree]) -> pa.Array:
    """Return the column ``assets``, sorted by key."""
    keys = sorted(trees)
    present = np.stack([found[key] >= 0 for key in keys], axis=1)
    hrefs = pa.concat_arrays([trees[key].hrefs(found[key]) for key in keys])
    # Of patch i, the asset number k stands at k n + i.
    patch, key = np.nonzero(present)
    chosen = hrefs.take(pa.array(key * len(present) + patch))
    entries = pa.StructArray.from_arrays([pa.array(keys).take(pa.array(key)), chosen], ["key", "href"])
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), entries).cast(ASSETS)


def _mapped(words: pa.ChunkedArray, meaning: Mapping[str, str]) -> pa.Array:
    coded = words.cast(pa.string()).combine_chunks().dictionary_encode()
    return pa.array([meaning.get(word) for word in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _countries(names: pa.ChunkedArray) -> pa.Array:
    distinct: Sequence[str] = [name for name in names.unique().to_pylist() if name]
    return _mapped(names, {name: code for name in distinct if (code := country_code(name))})
