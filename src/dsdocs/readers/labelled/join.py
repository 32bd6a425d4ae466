"""Images and rows of label tables put together by their names, whatever their order in the archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.readers import Item
from dsdocs.readers.image_files import image_patches, image_warnings
from dsdocs.readers.labelled.index import Group, Index, Row, Rows, Rule
from dsdocs.readers.labelled.names import Numbers, prefixes
from dsdocs.records import RecordError, RecordWarning, SideTable

_SHOWN = 3  # names in a message
_TOGETHER = 10_000  # patches of one table


def join(images: pa.Table, tables: Sequence[SideTable], rule: Rule) -> Iterator[Item]:
    """Yield a patch for each image that has a row, and for each row without an image.

    An image without a row, with rows that contradict one another, or with a row that cannot be used is quarantined.

    Parameters
    ----------
    images
        All images of the archive, in the columns of `dsdocs.readers.image_files.IMAGES`.
    tables
        Rows as `dsdocs.readers.labelled.rows.label_rows` gives them.
    rule
        What the layout says.
    """
    rows = Rows(tables)
    index = Index(images, rows, rule)
    yield from index.repetitions()
    found, ambiguous = index.find(rows)
    yield from _without_row(index, found, ambiguous, rows)
    groups = _Groups(rows, index, found, ambiguous)
    refused = set()
    for number in groups.odd().tolist():
        group = groups.group(number)
        error = _error(group, index)
        if error is not None:
            refused.add(number)
            yield error
            continue
        yield from _warnings(group, index, rule)
    kept = np.delete(groups.first, list(refused))
    yield from _absent(rows, index, kept[found[kept] < 0], groups.first[found[groups.first] < 0])
    if rule.repeated:
        yield from _unequal(tables)
    yield from _patches(rows, index, kept, found[kept], rule)


class _Groups:
    """Rows by what they are about: an image, or a name without one.

    Attributes
    ----------
    first
        The first row of each group, growing.
    """

    def __init__(self, rows: Rows, index: Index, found: Numbers, ambiguous: dict[int, list[int]]) -> None:
        self._rows, self._index, self._found = rows, index, found
        scopes = rows.scopes if index.has_categories else pa.array([""] * len(rows.tables), pa.string())
        named = pc.binary_join_element_wise(scopes.take(pa.array(rows.table)), rows.stems, "/")
        codes = np.asarray(named.dictionary_encode().indices).astype(np.int64)
        key = np.where(found < 0, len(index.paths) + codes, found)
        usable = np.delete(np.arange(len(rows)), list(ambiguous))
        _, first, inverse, counts = np.unique(key[usable], return_index=True, return_inverse=True, return_counts=True)
        order = np.argsort(first)
        self.first = usable[first[order]]
        self._members = usable[np.argsort(inverse, kind="stable")]
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._codes = order  # of each group, in the order of their first rows

    def group(self, number: int) -> Group:
        """Return the rows of one group."""
        code = self._codes[number]
        members = self._members[self._starts[code] : self._starts[code + 1]].tolist()
        own = [self._rows.row(row) for row in members]
        image = int(self._found[members[0]])
        return _bare(own) if image < 0 else Group(own, image, self._index.paths[image].as_py())

    def odd(self) -> Numbers:
        """Return the groups of which something may have to be told."""
        rows, index, first = self._rows, self._index, self.first
        odd = np.diff(self._starts)[self._codes] > 1
        odd |= np.isin(first, np.flatnonzero(np.asarray(rows.problems.is_valid())))
        odd |= np.isin(first, rows.without_label())
        odd |= np.isin(self._found[first], list(index.problems))
        if index.has_categories:
            taken = pa.array(first)
            scope = rows.scopes.take(pa.array(rows.table).take(taken))
            images = pa.array(self._found[first], mask=self._found[first] < 0)
            known = pa.array(sorted(index.known), pa.string())
            for other in (prefixes(rows.stems.take(taken)), index.folders.take(images)):
                odd |= np.asarray(pc.fill_null(pc.and_(pc.is_in(other, known), pc.not_equal(other, scope)), False))
        return np.flatnonzero(odd)


def _without_row(index: Index, found: Numbers, ambiguous: dict[int, list[int]], rows: Rows) -> Iterator[RecordError]:
    """Yield why images that no row is about are no patches."""
    read = ", ".join(rows.tables[:_SHOWN]) + (" ..." if len(rows.tables) > _SHOWN else "")
    told = {image: number for number, images in ambiguous.items() for image in images}
    lacking = np.setdiff1d(np.arange(len(index.paths)), found)
    for image in lacking.tolist():
        if image in index.again:
            continue
        path = index.paths[image].as_py()
        if image in index.problems:
            yield RecordError(path, *index.problems[image])
        elif image in told:
            row = rows.row(told[image])
            reason = f"row {row.name!r} of {row.table} fits this image and others of the same name"
            yield RecordError(path, "name.duplicate", reason)
        else:
            yield RecordError(path, "meta.missing", f"has no row in a label table; read were: {read or 'none'}")


def _bare(rows: list[Row]) -> Group:
    return Group(rows, None, rows[0].table, f"row {rows[0].name!r}: ")


def _error(group: Group, index: Index) -> RecordError | None:
    """Return why there is no patch, or None."""
    for row in group.rows:
        if row.problem is not None:
            return RecordError(group.path, "meta.schema", f"{row.table}: row {row.name!r}: {row.problem}")
    first, *others = group.rows
    for row in others:
        if set(row.labels) != set(first.labels):
            apart = ", ".join(map(repr, sorted(set(row.labels) ^ set(first.labels))[:_SHOWN]))
            reason = f"{group.says}rows of {first.table} and {row.table} differ in {apart}"
            return RecordError(group.path, "label.conflict", reason)
    if group.image in index.problems:
        return RecordError(group.path, *index.problems[group.image])
    return None


def _warnings(group: Group, index: Index, rule: Rule) -> Iterator[RecordWarning]:
    first = group.rows[0]
    tables = Counter(row.table for row in group.rows)
    if max(tables.values()) > 1 or (len(tables) > 1 and not rule.repeated):
        where = ", ".join(sorted(tables)[:_SHOWN])
        reason = f"{group.says}has {len(group.rows)} equal rows in {where}; one is kept"
        yield RecordWarning(group.path, "name.duplicate", reason)
    if not first.labels:
        yield RecordWarning(group.path, "label.empty", f"{group.says}has no label in {first.table}")
    other = index.other_category(group)
    if other is not None:
        reason = f"row {first.name!r} stands in {first.table}, although it belongs to {other!r}; kept"
        yield RecordWarning(group.path, "meta.mismatch", reason)


def _absent(rows: Rows, index: Index, kept: Numbers, every: Numbers) -> Iterator[RecordWarning]:
    """Warn once of the patches that have labels alone; ``every`` are all rows without an image, kept or not."""
    if not len(kept):
        return
    path = min(rows.tables[number] for number in np.unique(rows.table[every]).tolist())
    stem = pc.min(rows.stems.take(pa.array(kept))).as_py()
    if len(index.paths):
        many = "1 row is" if len(kept) == 1 else f"{len(kept):,} rows are"
        reason = f"{many} about images that are not in the archive, such as {stem!r}"
    else:
        reason = f"{len(kept):,} rows, but no image: this is an archive of labels alone"
    yield RecordWarning(path, "image.missing", f"{reason}; kept without pixels")


def _unequal(tables: Sequence[SideTable]) -> Iterator[RecordWarning]:
    """Warn of each table that lacks rows of another."""
    named = {side.path: side.table["name"].drop_null().unique() for side in tables}
    everything = pa.chunked_array(list(named.values()), pa.string()).unique()
    for path, own in sorted(named.items()):
        lacking = everything.filter(pc.invert(pc.is_in(everything, own)))
        if len(lacking):
            reason = f"lacks {len(lacking)} rows that another table has, such as {pc.min(lacking).as_py()!r}"
            yield RecordWarning(path, "meta.missing", f"{reason}; they are kept")


def _patches(rows: Rows, index: Index, kept: Numbers, images: Numbers, rule: Rule) -> Iterator[Item]:
    encoded = rows.stems.take(pa.array(kept)).dictionary_encode()
    codes = np.asarray(encoded.indices)
    several = np.bincount(codes, minlength=1)[codes] > 1
    for start in range(0, len(kept), _TOGETHER):
        chosen = slice(start, start + _TOGETHER)
        own = index.table.take(pa.array(images[chosen], mask=images[chosen] < 0))
        yield from image_warnings(own)
        categories = _categories(rows, index, kept[chosen], images[chosen], rule)
        stems = encoded[chosen].dictionary_decode()
        unclear = pc.or_(pa.array(several[chosen]), pc.utf8_is_decimal(stems))
        whole = pc.binary_join_element_wise(categories, stems, "_")
        ids = pc.if_else(pc.fill_null(pc.and_(unclear, pc.not_equal(categories, "")), False), whole, stems)
        yield image_patches(own, {"id": ids, "labels": rows.labels(kept[chosen]), rule.fact: categories})


def _categories(rows: Rows, index: Index, kept: Numbers, images: Numbers, rule: Rule) -> pa.Array:
    """Return the category of each patch: see `Index.category`."""
    folders = index.folders.take(pa.array(images, mask=images < 0))
    folders = pc.if_else(pc.equal(folders, ""), pa.scalar(None, pa.string()), folders)
    if index.has_categories:
        bare = rows.scopes.take(pa.array(rows.table[kept]))
    else:
        bare = pa.array([rule.category(stem) for stem in rows.stems.take(pa.array(kept)).to_pylist()], pa.string())
    return pc.if_else(pa.array(images < 0), bare, folders)
