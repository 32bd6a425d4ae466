"""Write the summary as GeoParquet 1.1: same rows, same bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from dsdocs.summary.schema import VERSION

ROW_GROUP = 20_000  # rows; with a Hilbert order, a reader of a small region needs few groups
_SIDES = ("xmin", "ymin", "xmax", "ymax")


def write_summary(table: pa.Table, path: Path, *, notes: Mapping[str, str]) -> None:
    """Write the table; the file is whole or not there.

    Parameters
    ----------
    table
        As `dsdocs.summary.build_summary` returns it.
    path
        Target; an existing file is replaced at once.
    notes
        Facts about the file as a whole for its metadata: reader, nomenclature, source of the country boundaries.
    """
    described = dict(sorted({**notes, "version": VERSION}.items()))
    metadata = {"geo": json.dumps(geo_metadata(table), sort_keys=True), "dsdocs": json.dumps(described, sort_keys=True)}
    final = table.replace_schema_metadata(metadata)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as sink:
        pq.write_table(final, sink, compression="zstd", row_group_size=ROW_GROUP)
        sink.flush()
        os.fsync(sink.fileno())
    os.replace(partial, path)


def geo_metadata(table: pa.Table) -> dict[str, Any]:
    """Return the ``geo`` metadata of GeoParquet 1.1 for the geometry column; the default CRS is OGC:CRS84."""
    geometry = shapely.from_wkb(table["geometry"].to_numpy())
    present = geometry[~shapely.is_missing(geometry)]
    names = {3: "Polygon", 6: "MultiPolygon"}
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({names[int(kind)] for kind in set(shapely.get_type_id(present))}),
        "edges": "planar",
        "orientation": "counterclockwise",
        "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
    }
    if len(present):
        column["bbox"] = [float(value) for value in shapely.total_bounds(present)]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
