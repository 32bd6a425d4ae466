"""Maps against labels: where a patch comes with its CORINE Land Cover map, the two must name the same classes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dsdocs.export.samples import Sample, Samples
from dsdocs.findings.finding import Finding, first_ids
from dsdocs.nomenclatures import Nomenclature, load_nomenclature
from dsdocs.project import Project
from dsdocs.safe import writing

CORINE = "clc-map"  # the sensor whose values are codes of CORINE Land Cover
CODED, MERGED = "bigearthnet-43", "bigearthnet-19"  # the first has the codes, and maps to the second
STORED = "map-classes.parquet"  # in the state folder
_SCHEMA = pa.schema([("row", pa.int32()), ("codes", pa.list_(pa.int64()))])


def map_findings(project: Project, rows: Sequence[int]) -> Iterator[Finding]:
    """Compare the classes of maps with labels in the classes of BigEarthNet.

    Parameters
    ----------
    project
        The project; its summary must be there.
    rows
        Rows of the summary whose maps are read, ascending.
    """
    key = next((key for key, sensor in project.sensors.items() if sensor.id == CORINE), None)
    nomenclature = project.nomenclature
    if key is None or nomenclature is None or nomenclature.name not in (CODED, MERGED):
        return
    found = _codes(project, key, rows)
    table = project.summary.select(["id", "labels"]).take(found["row"])
    yield from compare(
        table["id"].to_pylist(), table["labels"].to_pylist(), found["codes"].to_pylist(), _classes(nomenclature)
    )


def compare(
    ids: Sequence[str],
    labels: Sequence[Sequence[str] | None],
    codes: Sequence[Sequence[int]],
    classes: Mapping[int, str | None],
) -> Iterator[Finding]:
    """Compare labels with the codes of the pixels; patches without a label list are passed over.

    Parameters
    ----------
    ids, labels, codes
        One entry for each patch; ``codes`` are the distinct values of its map.
    classes
        Class of each code, None where it has been dropped; codes that are not in it are no classes.
    """
    absent: list[tuple[str, str]] = []
    unlabelled: list[tuple[str, str]] = []
    for name, given, values in zip(ids, labels, codes, strict=True):
        if given is None:
            continue
        mapped = {label for value in values if (label := classes.get(value)) is not None}
        absent += [(name, label) for label in given if label not in mapped]
        unlabelled += [(name, label) for label in sorted(mapped - set(given))]
    for rows, ending, title, meaning in (
        (absent, "absent", "Labels name classes that the map of the patch does not show",
         "Not one pixel of the land-cover map has the class."),
        (unlabelled, "unlabelled", "Maps show classes that the labels of the patch do not name",
         "At least one pixel of the land-cover map has the class."),
    ):  # fmt: skip
        if rows:
            yield Finding(
                f"maps-{ending}",
                "error",
                title,
                f"{meaning} Codes of CORINE Land Cover are translated as the nomenclature does. Either map or labels "
                "are those of another patch, or of another year.",
                len(rows),
                "labels",
                ("Patch", "Label"),
                tuple(rows),
                first_ids(list(dict.fromkeys(row[0] for row in rows))),
            )


def _classes(nomenclature: Nomenclature) -> dict[int, str | None]:
    coded = load_nomenclature(CODED)
    walk = coded.crosswalk(MERGED)
    merged = nomenclature.name == MERGED
    return {int(entry.code): walk[entry.name] if merged else entry.name for entry in coded.classes if entry.code}


def _codes(project: Project, key: str, rows: Sequence[int]) -> pa.Table:
    """Return the distinct values of each map, read once for the same archive."""
    path = project.state / STORED
    parts = (project.fingerprint, project.archive.stamp(), key, repr(list(rows)))
    stamp = hashlib.sha256("\0".join(parts).encode()).hexdigest().encode()
    if path.is_file():
        stored = pq.read_table(path)
        if (stored.schema.metadata or {}).get(b"stamp") == stamp:
            return stored
    samples = Samples(
        project.summary, project.sensors, project.archive, (key,), rows, (), project.config.archive.limits.pixels
    )
    found = [_distinct(sample, key) for sample in samples if isinstance(sample, Sample)]
    found.sort(key=lambda entry: entry[0])  # of a stream, in the order of the archive
    columns = [[row for row, _ in found], [values for _, values in found]]
    table = pa.table(columns, schema=_SCHEMA.with_metadata({b"stamp": stamp}))
    _write(path, table)
    return table


def _distinct(sample: Sample, key: str) -> tuple[int, list[int]]:
    array = next(array for name, array in sample.arrays.items() if name.partition("/")[0] == key)
    return sample.row, np.unique(array).astype(np.int64).tolist()


def _write(path: Path, table: pa.Table) -> None:
    with writing(path) as sink:
        pq.write_table(table, sink, compression="zstd")
