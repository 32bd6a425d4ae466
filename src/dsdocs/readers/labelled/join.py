"""Images and rows of label tables put together by their names, whatever their order in the archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from dsdocs.readers import Item
from dsdocs.readers.image_files import image_patches, image_warnings
from dsdocs.readers.labelled.index import Group, Index, Row, Rule, rows_of
from dsdocs.records import RecordError, RecordWarning, SideTable

_SHOWN = 3  # names in a message


@dataclass(slots=True)
class _Kept:
    """The patches to be, column by column."""

    images: list[int | None] = field(default_factory=list)  # number of the image
    names: list[tuple[str, str | None]] = field(default_factory=list)  # stem and category
    labels: list[tuple[str, ...]] = field(default_factory=list)


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
    index = Index(images, tables, rule)
    yield from index.repetitions()
    groups, ambiguous = _grouped(tables, index)
    yield from _without_row(index, groups, ambiguous, tables)
    kept = _Kept()
    for key, rows in groups.items():
        group = Group(rows, key, index.paths[key]) if isinstance(key, int) else _bare(rows)
        error = _error(group, index)
        if error is not None:
            yield error
            continue
        yield from _warnings(group, index, rule)
        kept.images.append(group.image)
        kept.names.append((group.rows[0].stem, index.category(group)))
        kept.labels.append(group.rows[0].labels)
    yield from _absent(kept, groups, index)
    if rule.repeated:
        yield from _unequal(tables)
    if kept.images:
        yield from _patches(index.table, kept, rule)


Groups = dict[int | tuple[str, str], list[Row]]


def _grouped(tables: Sequence[SideTable], index: Index) -> tuple[Groups, dict[int, Row]]:
    """Return rows by what they are about, and the images that a row may be about together with others."""
    groups: Groups = {}
    ambiguous: dict[int, Row] = {}
    for row in rows_of(tables):
        found = index.find(row)
        if len(found) > 1:
            ambiguous |= dict.fromkeys(found, row)
            continue
        scope = row.scope if index.has_categories else ""
        groups.setdefault(found[0] if found else (scope, row.stem), []).append(row)
    return groups, ambiguous


def _without_row(
    index: Index, groups: Groups, ambiguous: Mapping[int, Row], tables: Sequence[SideTable]
) -> Iterator[RecordError]:
    """Yield why images that no row is about are no patches."""
    read = ", ".join(side.path for side in tables[:_SHOWN]) + (" ..." if len(tables) > _SHOWN else "")
    for image, path in enumerate(index.paths):
        if image in groups or image in index.again:
            continue
        row = ambiguous.get(image)
        if image in index.problems:
            yield RecordError(path, *index.problems[image])
        elif row is not None:
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


def _absent(kept: _Kept, groups: Groups, index: Index) -> Iterator[RecordWarning]:
    """Warn once of the patches that have labels alone."""
    bare = [stem for (stem, _), image in zip(kept.names, kept.images, strict=True) if image is None]
    if not bare:
        return
    path = min(rows[0].table for key, rows in groups.items() if not isinstance(key, int))
    if index.paths:
        many = "1 row is" if len(bare) == 1 else f"{len(bare):,} rows are"
        reason = f"{many} about images that are not in the archive, such as {min(bare)!r}"
    else:
        reason = f"{len(bare):,} rows, but no image: this is an archive of labels alone"
    yield RecordWarning(path, "image.missing", f"{reason}; kept without pixels")


def _unequal(tables: Sequence[SideTable]) -> Iterator[RecordWarning]:
    """Warn of each table that lacks rows of another."""
    names = {side.path: set(side.table["name"].to_pylist()) for side in tables}
    everything = set[str | None]().union(*names.values())
    for path, own in sorted(names.items()):
        lacking = sorted(map(str, everything - own))
        if lacking:
            reason = f"lacks {len(lacking)} rows that another table has, such as {lacking[0]!r}; they are kept"
            yield RecordWarning(path, "meta.missing", reason)


def _patches(images: pa.Table, kept: _Kept, rule: Rule) -> Iterator[Item]:
    own = images.take(pa.array(kept.images, pa.int64()))
    yield from image_warnings(own)
    times = Counter(stem for stem, _ in kept.names)
    ids = [
        f"{category}_{stem}" if category and (times[stem] > 1 or stem.isdecimal()) else stem
        for stem, category in kept.names
    ]
    facts: Mapping[str, Iterable[str | None]] = {rule.fact: [category for _, category in kept.names]}
    yield image_patches(own, {"id": ids, "labels": kept.labels, **facts})
