"""Put parts together and write what follows from them into the state folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dsdocs.pixels import stored
from dsdocs.pixels.evidence import Evidence
from dsdocs.pixels.merge import Totals
from dsdocs.pixels.model import BAND_COLUMNS, HASH_COLUMNS, PixelFigures, Unreadable
from dsdocs.pixels.order import check_order
from dsdocs.pixels.packing import ROWS
from dsdocs.pixels.plan import AssetPlan
from dsdocs.pixels.store import PixelParts
from dsdocs.project import Project
from dsdocs.safe import writing
from dsdocs.sensors import Sensor

Array = np.ndarray[Any, Any]
_GROUP = 120_000  # rows of a row group, of whole patches


@dataclass(frozen=True, slots=True)
class Places:
    """The parts, and where their patches belong."""

    keys: tuple[tuple[str, int], ...]  # key, and the place of patch number 0 among the patches that were to be read
    in_order: bool  # whether a part holds whole patches, and all parts follow one another in the order of the summary


def write_results(
    project: Project, plans: Sequence[AssetPlan], sensors: Sequence[Sensor], rows: Array, places: Places,
    unseen: Sequence[Unreadable], parts: PixelParts,
) -> PixelFigures:  # fmt: skip
    """Write ``pixels.parquet``, ``pixel-hashes.parquet`` and ``pixels.json``; the figures last.

    Parameters
    ----------
    project
        The project.
    plans, sensors
        What was read of each asset, and its sensor.
    rows
        Rows of the summary that were to be read; the parts number them from 0.
    places
        The parts.
    unseen
        Files that no part knows of.
    parts
        Where the parts lie.
    """
    totals = Totals(project.summary, plans, _expected(project.summary, plans))
    unreadable, evidence = list(unseen), list[Evidence]()
    schema = pa.schema([column.field() for column in BAND_COLUMNS])
    path = project.state / stored.TABLE
    with writing(path) as sink, pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for table in _grouped(_tables(totals, places, rows, parts, unreadable, evidence)):
            writer.write_table(table)
    _write_hashes(project.state / stored.HASHES, project.summary["id"], totals)
    found = PixelFigures(
        int(_with_files(project.summary).sum()), totals.read, len(rows) < int(_with_files(project.summary).sum()),
        totals.bands(sensors), totals.classes(),
        tuple(sorted(set(unreadable), key=lambda one: (one.path, one.category, one.reason))),
        tuple(
            check_order(plan.key, sensor, [one for one in evidence if one.asset == number])
            for number, (plan, sensor) in enumerate(zip(plans, sensors, strict=True))
            if sensor.kind == "optical" and any(one.asset == number for one in evidence)
        ),
    )  # fmt: skip
    stored.store_figures(project.state, found)
    return found


def _tables(
    totals: Totals, places: Places, rows: Array, parts: PixelParts, unreadable: list[Unreadable],
    evidence: list[Evidence],
) -> Iterator[pa.Table]:  # fmt: skip
    """Yield the rows of ``pixels.parquet``, whole patches at a time."""
    rest: list[pa.Table] = []
    for key, start in places.keys:
        part = parts.read(key)
        unreadable += part.unreadable
        evidence += [_moved(one, rows, start) for one in part.evidence]
        own = _renumbered(part.rows, rows, start)
        totals.add_rest(part, rows[start:] if places.in_order else rows)
        if places.in_order:
            yield totals.add_rows(own)
        else:
            rest.append(own)
    if rest:
        # Of a stream, the files of a patch may lie in any parts; their rows take 100 bytes for each file.
        whole = pa.concat_tables(rest).sort_by([(name, "ascending") for name in ("number", "asset", "band")])
        numbers = whole["number"].to_numpy()
        start = 0
        while start < len(numbers):
            end = start + _GROUP
            end = len(numbers) if end >= len(numbers) else int(np.searchsorted(numbers, numbers[end]))
            yield totals.add_rows(whole.slice(start, end - start))
            start = end


def _renumbered(table: pa.Table, rows: Array, start: int) -> pa.Table:
    """Let numbers of patches be their rows of the summary."""
    numbers = rows[start + table["number"].to_numpy()].astype(np.int32) if len(table) else np.zeros(0, np.int32)
    return table.set_column(0, ROWS.field(0), pa.array(numbers, pa.int32()))


def _moved(one: Evidence, rows: Array, start: int) -> Evidence:
    return Evidence(
        int(rows[start + one.number]), one.asset, one.band, one.width, one.height, one.first, one.second, one.blocks,
        one.grid,
    )  # fmt: skip


def _grouped(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Join tables into groups of about `_GROUP` rows."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(map(len, waiting)) >= _GROUP:
            yield pa.concat_tables(waiting).unify_dictionaries()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).unify_dictionaries()


def _write_hashes(path: Path, ids: pa.ChunkedArray, totals: Totals) -> None:
    hashes = pa.array(totals.hashes, mask=~totals.hashed)
    known = pa.py_buffer(np.packbits(totals.whole, bitorder="little"))
    contents = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(ids), [known, pa.py_buffer(totals.contents.tobytes())]
    )
    schema = pa.schema([column.field() for column in HASH_COLUMNS])
    table = pa.table([ids, hashes, contents], schema=schema)
    with writing(path) as sink:
        pq.write_table(table, sink, compression="zstd")


def _with_files(summary: pa.Table) -> Array:
    lengths = pa.compute.fill_null(pa.compute.list_value_length(summary["assets"]), 0)
    found: Array = lengths.to_numpy() > 0
    return found


def _expected(summary: pa.Table, plans: Sequence[AssetPlan]) -> Array:
    """Return for each row of the summary how many bands its assets have, maps left out."""
    assets = summary["assets"].combine_chunks()
    keys = assets.flatten().field("key")
    sizes = {plan.key: 0 if plan.kind == "map" else len(plan.bands) for plan in plans}
    names = sorted(sizes)
    place = pa.compute.index_in(keys, pa.array(names, pa.string()))
    bands = np.array([*(sizes[name] for name in names), 0])[pa.compute.fill_null(place, len(names)).to_numpy()]
    found = np.zeros(len(assets), np.int64)
    np.add.at(found, pa.compute.list_parent_indices(assets).to_numpy(), bands)
    return found
