"""From images to patches: files with one name belong together, must be complete, and must agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.readers.columns import ASSETS
from dsdocs.readers.declared.columns import Problem
from dsdocs.readers.declared.files import FAULT, FIELD, HEADER, PLACEHOLDER
from dsdocs.records import RecordWarning

BATCH = 20_000  # rows of images that are put together at a time
# What the paths of all files of a patch have to agree on; other fields are those of its first image.
_SHARED = tuple(FIELD + name for name in ("split", "class", "label", "tile", "country"))
_HEADER = tuple(HEADER.names)


def single_units(images: pa.Table) -> pa.Table:
    """Return the patches of images that are one patch each."""
    hrefs = images["href"].combine_chunks()
    entries = pa.StructArray.from_arrays([images["key"].combine_chunks(), hrefs], ["key", "href"])
    assets = pa.ListArray.from_arrays(pa.array(np.arange(images.num_rows + 1), pa.int32()), entries)
    kept = images.drop_columns(["rank", "key", "href", "bands", "sizes", "band", FAULT.names[0]])
    return kept.append_column("path", hrefs).append_column("assets", assets.cast(ASSETS))


def combined_units(images: pa.Table, expected: Mapping[str, frozenset[str]]) -> Iterator[pa.Table | RecordWarning]:
    """Yield patches, many at a time, whose images lie in any rows of the table.

    Parameters
    ----------
    images
        In the columns of `dsdocs.readers.declared.files.IMAGES`, and fields.
    expected
        Bands that an image must have, by the key of its asset.
    """
    order = [(name, "ascending") for name in ("id", "rank", "key", "href", "band")]
    images = images.take(pc.sort_indices(images, order)).combine_chunks()
    if not images.num_rows:
        return
    ids = images["id"].combine_chunks()
    starts = np.flatnonzero(np.concatenate([[True], np.asarray(pc.not_equal(ids[1:], ids[:-1]))]))
    begin = 0
    for end in [*starts[np.flatnonzero(np.diff(starts // BATCH)) + 1].tolist(), images.num_rows]:
        own = starts[(starts >= begin) & (starts < end)] - begin
        yield from _units(images.slice(begin, end - begin), own.tolist(), expected)
        begin = end


def _units(
    images: pa.Table, starts: list[int], expected: Mapping[str, frozenset[str]]
) -> Iterator[pa.Table | RecordWarning]:
    cells = {name: images[name].to_pylist() for name in images.column_names if name != "ring"}
    fields = [name for name in cells if name.startswith(FIELD)]
    ends = [*starts[1:], images.num_rows]
    heads: list[int] = []  # the row whose header counts
    paths, assets, faults, reasons = [], [], [], []
    filled: dict[str, list[Any]] = {name: [] for name in fields}
    for start, end in zip(starts, ends, strict=True):
        groups = _groups(cells["key"], start, end)
        rows = [group[0] for group in groups]
        head = rows[0] if len(rows) == 1 else min(rows, key=lambda row: _fineness(cells["gsd"][row]))
        problem = _problem(cells, groups, expected)
        if problem is None and len(rows) > 1:
            problem = _disagreement(cells, rows, images["ring"])
        if problem is None and any(len(group) > 1 or len(cells["sizes"][group[0]]) > 1 for group in groups):
            yield from _repeated(cells, groups)
        heads.append(head)
        paths.append(_faulty(cells, groups, problem) or _path(cells, rows[0]))
        assets.append(
            [
                {"key": cells["key"][row], "href": cells["href"][row]}
                for row in sorted(rows, key=cells["key"].__getitem__)
            ]
        )
        faults.append(problem and problem[0])
        reasons.append(problem and problem[1])
        for name in fields:
            column = cells[name]
            filled[name].append(column[head] if len(rows) == 1 else _first(column, rows))
    kept = images.select(["id", *_HEADER[1:]]).take(pa.array(heads, pa.int64()))
    columns = {name: kept[name] for name in kept.column_names}
    columns |= {
        "fault": pa.array(faults, pa.string()),
        "reason": pa.array(reasons, pa.string()),
        "path": pa.array(paths, pa.string()),
        "assets": pa.array(assets, ASSETS),
        **{name: pa.array(values, pa.string()) for name, values in filled.items()},
    }
    yield pa.table(columns)


def _groups(keys: Sequence[str], start: int, end: int) -> list[list[int]]:
    """Return the rows of each asset of a patch; the first of them has the header."""
    groups: dict[str, list[int]] = {}
    for row in range(start, end):
        groups.setdefault(keys[row], []).append(row)
    return list(groups.values())


def _fineness(gsd: float | None) -> float:
    return np.inf if gsd is None else gsd


def _first(column: Sequence[Any], rows: Sequence[int]) -> Any:
    return next((column[row] for row in rows if column[row] is not None), None)


def _path(cells: Mapping[str, Sequence[Any]], row: int) -> str:
    """Return the path of a file of an image."""
    bands = cells["bands"][row]
    href = str(cells["href"][row])
    return href.replace(PLACEHOLDER, min(bands)) if bands else href


def _problem(
    cells: Mapping[str, Sequence[Any]], groups: Sequence[list[int]], expected: Mapping[str, frozenset[str]]
) -> Problem | None:
    """Return what is wrong with an image of a patch."""
    for group in groups:
        row = group[0]
        key = cells["key"][row]
        hrefs = sorted({cells["href"][each] for each in group})
        if len(hrefs) > 1:
            return "image.duplicate", f"its image {key!r} lies in several places: {', '.join(hrefs[:3])}; expected one"
        sizes = _sizes(cells, group)
        for band, found in sizes.items():
            named = f"{key!r}, band {band}," if band else f"{key!r}"
            if len(set(found)) > 1:
                sized = " and ".join(map(str, sorted(set(found))))
                return "image.duplicate", f"its image {named} is there {len(found)} times, with {sized} bytes"
        missing = sorted(expected[key] - sizes.keys())
        if missing:
            n = len(expected[key])
            found_ = f"found {n - len(missing)} of {n} bands of {key!r}"
            return "image.missing", f"{found_}; missing: {', '.join(missing)}"
        bad = _bad(cells, group)
        if bad is not None:
            return cells["fault"][bad], cells["reason"][bad]
        if cells["width"][row] is None:
            return "image.missing", f"the band of {key!r} that size and place are read from is not there"
    return None


def _bad(cells: Mapping[str, Sequence[Any]], group: Sequence[int]) -> int | None:
    """Return the row with the first file of an image that cannot be used, by its band."""
    return min((row for row in group if cells["fault"][row]), key=lambda row: cells["faulty"][row] or "", default=None)


def _faulty(cells: Mapping[str, Sequence[Any]], groups: Sequence[list[int]], problem: Problem | None) -> str | None:
    """Return the path of the file that a problem is about, where it is about one."""
    for row in (_bad(cells, group) for group in groups):
        if row is not None and problem == (cells["fault"][row], cells["reason"][row]):
            return str(cells["href"][row]).replace(PLACEHOLDER, cells["faulty"][row] or PLACEHOLDER)
    return None


def _sizes(cells: Mapping[str, Sequence[Any]], group: Sequence[int]) -> dict[str, list[int]]:
    """Return the sizes in bytes of all files of each band; "" stands for an image of one file."""
    sizes: dict[str, list[int]] = {}
    for row in group:
        for band, size in zip(cells["bands"][row] or [""], cells["sizes"][row], strict=True):
            sizes.setdefault(band, []).append(size)
    return sizes


def _repeated(cells: Mapping[str, Sequence[Any]], groups: Sequence[list[int]]) -> Iterator[RecordWarning]:
    for group in groups:
        for band, found in sorted(_sizes(cells, group).items()):
            if len(found) > 1:
                path = cells["href"][group[0]].replace(PLACEHOLDER, band)
                reason = f"is there {len(found)} times, with equally many bytes; one of them is taken"
                yield RecordWarning(path, "image.duplicate", reason)


def _disagreement(cells: Mapping[str, Sequence[Any]], rows: Sequence[int], rings: pa.ChunkedArray) -> Problem | None:
    """Return what the images of a patch say differently."""
    for name in _SHARED:
        said = sorted({cells[name][row] for row in rows if cells[name][row] is not None}) if name in cells else []
        if len(said) > 1:
            return "meta.mismatch", f"{name.removeprefix(FIELD)}: the paths of its files say {' and '.join(said)}"
    placed = [row for row in rows if cells["crs"][row] is not None]
    for one, other in pairwise(placed):
        if cells["crs"][one] == cells["crs"][other] and _apart(rings[one].as_py(), rings[other].as_py()):
            keys = f"{cells['key'][one]!r} and {cells['key'][other]!r}"
            return "image.mismatch", f"its images {keys} do not overlap; expected pictures of one place"
    return None


def _apart(first: Sequence[float], second: Sequence[float]) -> bool:
    return any(
        max(first[axis::2]) <= min(second[axis::2]) or max(second[axis::2]) <= min(first[axis::2]) for axis in (0, 1)
    )
