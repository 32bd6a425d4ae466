"""The published rows of BigEarthNet version 1 as a summary with footprints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dsdocs.nomenclatures import load_nomenclature
from dsdocs.readers.columns import patch_table, ring_column
from support.summaries import summary_of

SIDE = 1200.0  # m
COUNTRIES = {"Portugal": "PT", "Ireland": "IE", "Austria": "AT"}
SPLITS = {"train": "train", "validation": "val", "test": "test"}


def published_summary(shared_data: Path) -> pa.Table:
    """Return the 198,304 rows, with the splits of version 2 and 19 classes."""
    rows = pq.read_table(shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet")
    left, top = (rows[name].to_numpy().astype(np.float64) for name in ("ulx", "uly"))
    codes = rows["epsg"].to_numpy()
    columns = {
        "id": rows["s2_name"],
        "labels": rows["labels"],
        "split": _mapped(rows["v2_split"], SPLITS),
        "datetime": rows["acquisition_date"].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC")),
        "crs": [f"EPSG:{code}" for code in codes.tolist()],
        "ring": ring_column(left, top, left + SIDE, top - SIDE),
        "tile": rows["tile"].cast(pa.string()),
        "country": _mapped(rows["country"], COUNTRIES),
        "ben:snow": rows["snow"],
        "ben:cloud_or_shadow": rows["cloud"],
    }
    return summary_of(
        [patch_table({name: _whole(values) for name, values in columns.items()}, len(rows))],
        nomenclature=load_nomenclature("bigearthnet-19"),
    ).table


def _mapped(words: pa.ChunkedArray, meaning: dict[str, str]) -> pa.Array:
    return pa.array([meaning.get(word) for word in words.cast(pa.string()).to_pylist()], pa.string())


def _whole(values: object) -> object:
    return pc.cast(values.combine_chunks(), values.type) if isinstance(values, pa.ChunkedArray) else values
