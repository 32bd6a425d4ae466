"""Selected patches as a table: CSV in the same bytes as the browser writes it, or GeoParquet."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dsdocs import safe
from dsdocs.errors import ExplorerError
from dsdocs.explorer.model import Column, Explorer, Flags
from dsdocs.safe import cell_text, write_bytes
from dsdocs.summary.write import SIDES, Extent

ENDINGS = (".csv", ".parquet")
_SPECIAL = re.compile(r'[",\n\r]')
_BETWEEN = "|"  # classes of a set in CSV


def check_ending(path: Path) -> None:
    """Refuse a file whose name says no format.

    Raises
    ------
    ExplorerError
        It ends in neither ``.csv`` nor ``.parquet``.
    """
    safe.check_ending(path, ENDINGS, "a list", ExplorerError)


def write_list(explorer: Explorer, mask: Flags, path: Path, summary: pa.Table) -> None:
    """Write the selected patches in the order of the explorer.

    Parameters
    ----------
    explorer
        Of this summary.
    mask
        Which patches to list, (n,).
    path
        File to write; its ending tells the format.
    summary
        Where GeoParquet has its columns from.
    """
    check_ending(path)
    data = list_csv(explorer, mask) if path.suffix == ".csv" else list_parquet(explorer, mask, summary)
    write_bytes(path, data)


def list_csv(explorer: Explorer, mask: Flags) -> bytes:
    """Return a line for each patch: id, every column, and longitude and latitude of its centre to 6 decimals.

    Classes of a set stand between bars, days are ISO 8601, what is missing is empty. A text that a spreadsheet would
    run as a formula gets a leading apostrophe. UTF-8, lines end in a line feed.
    """
    rows = np.flatnonzero(mask)
    fields: list[Sequence[str]] = [[_field(explorer.ids[row]) for row in rows]]
    for column in explorer.columns:
        texts = _texts(column)
        fields.append([texts[code] for code in column.codes[rows].tolist()])
    fields += [[_degrees(value) for value in degrees[rows].tolist()] for degrees in (explorer.lon, explorer.lat)]
    head = map(_field, ("id", *(column.name for column in explorer.columns), "lon", "lat"))
    lines = [",".join(head), *map(",".join, zip(*fields, strict=True)), ""]
    return "\n".join(lines).encode("utf-8", errors="replace")


def _field(value: str) -> str:
    # By hand: which characters the csv module quotes differs between versions of Python.
    guarded = cell_text(value)
    return '"' + guarded.replace('"', '""') + '"' if _SPECIAL.search(guarded) else guarded


def _texts(column: Column) -> list[str]:
    """Return the field of each code of a column, the missing one last."""
    if column.kind != "set":
        return [*map(_field, column.values), ""]
    names = [term.key for term in column.terms]
    return [*(_field(_BETWEEN.join(names[term] for term in members)) for members in column.sets), ""]


def _degrees(value: float) -> str:
    # Halves upwards, as the browser does it; the two languages round otherwise each.
    return "" if math.isnan(value) else f"{math.floor(value * 1e6 + 0.5) / 1e6:.6f}"


def list_parquet(explorer: Explorer, mask: Flags, summary: pa.Table) -> bytes:
    """Return the rows of the summary as GeoParquet 1.1, with all its columns."""
    rows = summary.take(pa.array(explorer.order[mask]))
    extent = Extent()
    bbox = rows["bbox"].combine_chunks()
    extent.add(pa.table({"geometry": rows["geometry"], **{side: pc.struct_field(bbox, side) for side in SIDES}}))
    geo = json.dumps(extent.metadata(), sort_keys=True).encode()
    sink = io.BytesIO()
    metadata = {**(rows.schema.metadata or {}), b"geo": geo}
    pq.write_table(rows.replace_schema_metadata(metadata), sink, compression="zstd")
    return sink.getvalue()
