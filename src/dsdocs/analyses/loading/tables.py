"""The summary as a table: with geopandas or pandas, and as a data set of Hugging Face."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from dsdocs.analyses.loading.run import Loading, run, run_or_say

_SUMMARY = """
import geopandas

patches = geopandas.read_parquet("summary.parquet")
print(len(patches), "patches,", patches.crs)
print(patches.iloc[0][{columns}])
"""
_FRAME = """
import pandas

patches = pandas.read_parquet("summary.parquet")
print(len(patches), "patches")
print(patches.iloc[0][{columns}])
"""
_HUGGING_FACE = """
from datasets import Dataset
import pyarrow.parquet as pq

patches = Dataset(pq.read_table("summary.parquet"))
print(patches.num_rows, "patches")
print({{name: patches[0][name] for name in {columns}}})
"""


def summary_loading(summary: pa.Table, folder: Path) -> Loading:
    """Load the summary from the folder that holds ``summary.parquet``."""
    placed = summary["geometry"].null_count < summary.num_rows
    wanted = ("id", "labels", "split", "datetime", "country")
    columns = [name for name in wanted if summary[name].null_count < summary.num_rows][:3]
    source = (_SUMMARY if placed else _FRAME).format(columns=columns).strip()
    other = _HUGGING_FACE.format(columns=columns).strip()
    title = "With the datasets library of Hugging Face"
    return Loading(
        (
            run("The summary as a table", source, folder, {}),
            run_or_say(title, other, folder, {}, ("datasets",)),
        )
    )
