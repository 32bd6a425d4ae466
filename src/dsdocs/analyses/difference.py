"""What has changed between two versions of a data set?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyproj import Geod

from dsdocs.analyses.words import counted
from dsdocs.views import Cell, Number, Numbers, Table, View

_WGS84 = Geod(ellps="WGS84")
NONE = "(none)"  # in place of a label, where none went or came
LISTED = 50_000  # lines of a list, 3 MB; the program lists them all
_SHOWN = 20  # lines of a list on the page; the CSV has all
_TAKEN = frozenset({"id", "labels", "split", "geometry", "bbox"})  # told by themselves


@dataclass(frozen=True, slots=True)
class Relabelled:
    """A patch whose labels are others now."""

    id: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A patch whose footprint is another now."""

    id: str
    metres: float | None  # geodesic distance of the middles of the bounding boxes; None: it had or has no footprint


@dataclass(frozen=True, slots=True)
class Difference:
    """Patches that came and went, and what changed of those that stayed; lists are in the order of names."""

    n_before: int
    n_after: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    relabelled: tuple[Relabelled, ...]
    moved: tuple[Moved, ...]
    resplit: tuple[tuple[str, str | None, str | None], ...]  # patch, split before, split after
    other: Mapping[str, int]  # column -> patches whose value is another now; columns of both versions
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    classes: Mapping[str, tuple[int, int]]  # class -> patches before and after, where they differ

    @property
    def unchanged(self) -> bool:
        """Whether the two are the same."""
        lists = (self.added, self.removed, self.relabelled, self.moved, self.resplit, self.other)
        return not any((*lists, self.columns_added, self.columns_removed))

    def views(self) -> tuple[View, ...]:
        """Return the counts, and a list for each kind of change that there is."""
        counts = (
            ("Added", self.added), ("Removed", self.removed), ("Relabelled", self.relabelled), ("Moved", self.moved),
            ("In another split", self.resplit),
        )  # fmt: skip
        items = tuple(Number(name, len(found), "patches") for name, found in counts)
        found: list[View] = [Numbers("What has changed", items)]
        if self.classes:
            ranked = sorted(self.classes.items(), key=lambda item: (-abs(item[1][1] - item[1][0]), item[0]))
            rows = tuple((name, before, after, after - before) for name, (before, after) in ranked)
            head = ("Class", "Before", "After", "Change")
            found.append(Table("Classes with more or fewer patches", head, rows, self._classes_finding(ranked[0])))
        lists: tuple[tuple[str, tuple[str, ...], tuple[tuple[Cell, ...], ...]], ...] = (
            ("Added patches", ("Patch",), tuple((name,) for name in self.added)),
            ("Removed patches", ("Patch",), tuple((name,) for name in self.removed)),
            (
                "Relabelled patches", ("Patch", "No longer", "New"),
                tuple((one.id, " | ".join(one.gone), " | ".join(one.new)) for one in self.relabelled),
            ),
            (
                "Labels exchanged", ("No longer", "New", "Patches"),
                tuple((*pair, count) for pair, count in self.exchanged().items()),
            ),
            ("Moved patches", ("Patch", "Metres"), tuple((one.id, _rounded(one.metres)) for one in self.moved)),
            ("Patches in another split", ("Patch", "Before", "After"), self.resplit),
            ("Other columns", ("Column", "Patches"), tuple(self.other.items())),
        )  # fmt: skip
        found += [_list(title, head, rows) for title, head, rows in lists if rows]
        return tuple(found)

    def exchanged(self) -> dict[tuple[str, str], int]:
        """Count the patches that lost one label and got another, for each pair of labels; most frequent first.

        A patch counts for each pair of a label that is gone and one that is new; where it lost or got none, `NONE`
        stands for it.
        """
        pairs = Counter(pair for one in self.relabelled for pair in product(one.gone or (NONE,), one.new or (NONE,)))
        return dict(sorted(pairs.items(), key=lambda item: (-item[1], item[0])))

    def _classes_finding(self, first: tuple[str, tuple[int, int]]) -> str:
        name, (before, after) = first
        return (
            f"{counted(len(self.classes), 'class', 'classes')} changed in number; {name} most, "
            f"from {before:,} to {after:,} patches."
        )


def difference(before: pa.Table, after: pa.Table) -> Difference:
    """Compare two summaries of a data set, patch by patch.

    Parameters
    ----------
    before, after
        Summaries, one row per patch; patches are matched by ``id``.

    Returns
    -------
    Difference
        A patch is relabelled if the set of its labels differs, and moved if its footprint does, to the bit.
    """
    old, new = (table.sort_by("id").combine_chunks() for table in (before, after))
    old_ids, new_ids = (table["id"].combine_chunks() for table in (old, new))
    added = new_ids.filter(pc.invert(pc.is_in(new_ids, old_ids)))
    removed = old_ids.filter(pc.invert(pc.is_in(old_ids, new_ids)))
    kept_old = old.filter(pc.is_in(old_ids, new_ids))
    kept_new = new.filter(pc.is_in(new_ids, old_ids))
    ids = kept_old["id"].to_pylist()
    both = [name for name in before.column_names if name in after.column_names]
    other = {name: len(_differing(kept_old[name], kept_new[name])) for name in both if name not in _TAKEN}
    return Difference(
        before.num_rows,
        after.num_rows,
        tuple(added.to_pylist()),
        tuple(removed.to_pylist()),
        _relabelled(ids, kept_old["labels"], kept_new["labels"]),
        _moved(ids, kept_old, kept_new),
        _resplit(ids, kept_old["split"], kept_new["split"]),
        {name: count for name, count in other.items() if count},
        tuple(name for name in after.column_names if name not in before.column_names),
        tuple(name for name in before.column_names if name not in after.column_names),
        _classes(before, after),
    )


def _differing(old: pa.ChunkedArray, new: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the rows in which two columns differ; two nulls are equal."""
    plain = [_comparable(column) for column in (old, new)]
    if plain[0].type != plain[1].type or pa.types.is_nested(plain[0].type):
        pairs = zip(plain[0].to_pylist(), plain[1].to_pylist(), strict=True)
        return np.array([row for row, (one, two) in enumerate(pairs) if one != two], dtype=np.int64)
    same = pc.fill_null(pc.equal(*plain), False)
    neither = pc.and_(pc.is_null(plain[0]), pc.is_null(plain[1]))
    found: NDArray[np.int64] = np.flatnonzero(~pc.or_(same, neither).to_numpy(zero_copy_only=False))
    return found


def _comparable(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.cast(whole.type.value_type) if pa.types.is_dictionary(whole.type) else whole


def _relabelled(ids: list[str], old: pa.ChunkedArray, new: pa.ChunkedArray) -> tuple[Relabelled, ...]:
    found = []
    for row, (one, two) in enumerate(zip(old.to_pylist(), new.to_pylist(), strict=True)):
        gone, come = set(one or ()) - set(two or ()), set(two or ()) - set(one or ())
        if gone or come or (one is None) != (two is None):
            found.append(Relabelled(ids[row], tuple(sorted(gone)), tuple(sorted(come))))
    return tuple(found)


def _moved(ids: list[str], old: pa.Table, new: pa.Table) -> tuple[Moved, ...]:
    rows = _differing(old["geometry"], new["geometry"])
    if not len(rows):
        return ()
    taken = pa.array(rows)
    ends = [_middles(table["bbox"].combine_chunks().take(taken)) for table in (old, new)]
    placed = ~np.isnan(ends[0][0] + ends[1][0])
    metres = np.full(len(rows), np.nan)
    if placed.any():
        (lon, lat), (to_lon, to_lat) = ends
        _, _, metres[placed] = _WGS84.inv(lon[placed], lat[placed], to_lon[placed], to_lat[placed])
    return tuple(
        Moved(ids[row], None if np.isnan(value) else float(value)) for row, value in zip(rows, metres, strict=True)
    )


def _middles(boxes: pa.StructArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    west, south, east, north = (
        np.asarray(pc.struct_field(boxes, side).to_numpy(zero_copy_only=False), dtype=np.float64)
        for side in ("xmin", "ymin", "xmax", "ymax")
    )
    width = np.where(east < west, east + 360 - west, east - west)  # across the antimeridian
    return west + width / 2, (south + north) / 2


def _resplit(
    ids: list[str], old: pa.ChunkedArray, new: pa.ChunkedArray
) -> tuple[tuple[str, str | None, str | None], ...]:
    rows = _differing(old, new)
    before, after = (_comparable(column).take(pa.array(rows)).to_pylist() for column in (old, new))
    return tuple((ids[row], one, two) for row, one, two in zip(rows, before, after, strict=True))


def _classes(before: pa.Table, after: pa.Table) -> dict[str, tuple[int, int]]:
    old, new = (_label_counts(table) for table in (before, after))
    names = sorted(old.keys() | new.keys())
    pairs = {name: (old.get(name, 0), new.get(name, 0)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _label_counts(summary: pa.Table) -> dict[str, int]:
    found = pc.value_counts(summary["labels"].combine_chunks().flatten()).to_pylist()
    return {one["values"]: one["counts"] for one in found}


def _list(title: str, head: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...]) -> Table:
    said = f"The first {LISTED:,} of {len(rows):,}; dsdocs diff --json lists all." if len(rows) > LISTED else ""
    return Table(title, head, rows[:LISTED], said, shown=min(len(rows), _SHOWN))


def _rounded(metres: float | None) -> Cell:
    return None if metres is None else round(metres, 1)
