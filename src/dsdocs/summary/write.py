"""Write the summary as GeoParquet 1.1, group by group: same rows, same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dsdocs.safe import writing
from dsdocs.summary.schema import VERSION, Column

ROW_GROUP = 20_000  # rows; with a Hilbert order, a reader of a small region needs few groups
SIDES = ("xmin", "ymin", "xmax", "ymax")
_KINDS = {3: "Polygon", 6: "MultiPolygon"}  # type numbers of well-known binary


@dataclass(slots=True)
class Extent:
    """What the metadata of GeoParquet says of all geometries, before any is written."""

    kinds: set[str] = field(default_factory=set)
    bounds: list[float] | None = None  # xmin, ymin, xmax, ymax in degrees

    def add(self, rows: pa.Table) -> None:
        """Look at the columns ``geometry``, ``xmin``, ``ymin``, ``xmax``, ``ymax`` of some rows."""
        present = rows["geometry"].drop_null()
        if not len(present):
            return
        # The type is a little-endian number behind the byte that says so.
        self.kinds |= {_KINDS[kind[0]] for kind in pc.unique(pc.binary_slice(present, 1, 2)).to_pylist()}
        sides = np.stack([rows[side].drop_null().to_numpy() for side in SIDES])
        found = [*sides[:2].min(axis=1).tolist(), *sides[2:].max(axis=1).tolist()]
        if self.bounds is not None:
            found = [*map(min, found[:2], self.bounds[:2]), *map(max, found[2:], self.bounds[2:])]
        self.bounds = found

    def metadata(self) -> dict[str, Any]:
        """Return the ``geo`` metadata of GeoParquet 1.1; the default CRS is OGC:CRS84."""
        column: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted(self.kinds),
            "edges": "planar",
            "orientation": "counterclockwise",
            "covering": {"bbox": {side: ["bbox", side] for side in SIDES}},
        }
        if self.bounds is not None:
            column["bbox"] = self.bounds
        return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def write_summary(
    path: Path, groups: Iterable[pa.Table], columns: Sequence[Column], extent: Extent, notes: Mapping[str, str]
) -> None:
    """Write row groups; the file is whole or not there.

    Parameters
    ----------
    path
        Target; an existing file is replaced at once.
    groups
        The rows in their order, a table for each row group, with the given columns.
    columns
        Columns of the summary.
    extent
        What all geometries have in common.
    notes
        Facts about the file as a whole for its metadata: reader, nomenclature, source of the country boundaries.
    """
    with _writer(path, columns, extent, notes) as writer:
        for rows in groups:
            writer.write_table(rows, row_group_size=ROW_GROUP)
            del rows  # else it is there until the next one is made


@contextmanager
def _writer(
    path: Path, columns: Sequence[Column], extent: Extent, notes: Mapping[str, str]
) -> Iterator[pq.ParquetWriter]:
    described = dict(sorted({**notes, "version": VERSION}.items()))
    metadata = {
        "geo": json.dumps(extent.metadata(), sort_keys=True),
        "dsdocs": json.dumps(described, sort_keys=True),
    }
    schema = pa.schema([column.field() for column in columns], metadata=metadata)
    with writing(path) as sink, pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        yield writer
