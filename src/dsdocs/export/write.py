"""Write one format into a folder that is complete or not there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dsdocs.errors import ExportError
from dsdocs.export.formats import Format
from dsdocs.export.samples import Sample, Samples, class_names
from dsdocs.project import Project
from dsdocs.records import RecordError
from dsdocs.safe import Lock, put_back, swap_folder

MARKER = "dataset.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    out: Path
    format: str
    patches: int
    n_bytes: int
    skipped: tuple[RecordError, ...]  # patches with a file that cannot be read, by that file


def export(
    project: Project,
    out: Path,
    to: Format,
    *,
    assets: Sequence[str] = (),
    split: str | None = None,
    limit: int | None = None,
    rows: Sequence[int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Exported:
    """Write patches with their labels in a format that models are trained from.

    Parameters
    ----------
    project
        The project; its summary must be there.
    out
        Folder to write; one that is there is replaced only if it holds an earlier export.
    to
        The format.
    assets
        Keys of the assets to take; default: all that have a sensor.
    split
        Only patches of this split.
    limit
        At most so many patches, spread evenly over the summary.
    rows
        Only these rows of the summary, ascending; default: all.
    progress
        Called with the number of patches done and their number.

    Raises
    ------
    ExportError
        An asset or split does not exist, no patch can be exported, the format cannot hold the patches, or the folder
        holds something else.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())) and not (out / MARKER).is_file():
        raise ExportError(f"{out}: holds files that are no export of dsdocs; name an empty or a new folder")
    samples = choose(project, assets=assets, split=split, limit=limit, rows=rows)
    place = out.resolve()
    work = place.with_name(f".{place.name}.dsdocs")
    with Lock(work):
        put_back(place, aside=work / "old")
        shutil.rmtree(work / "new", ignore_errors=True)
        try:
            new = work / "new" / "export"
            new.mkdir(parents=True)
            found = _write(project, samples, to, new, progress or (lambda done, total: None))
            n_bytes = sum(path.stat().st_size for path in new.rglob("*") if path.is_file())
            swap_folder(new, place, aside=work / "old")
        finally:
            put_back(place, aside=work / "old")
            shutil.rmtree(work, ignore_errors=True)
    return Exported(out, to.name, found[0], n_bytes, tuple(found[1]))


def choose(
    project: Project,
    *,
    assets: Sequence[str] = (),
    split: str | None = None,
    limit: int | None = None,
    rows: Sequence[int] | None = None,
) -> Samples:
    """Return the patches that an export takes; see `export`."""
    summary = project.summary
    keys = tuple(key for key in project.sensors if not assets or key in assets)
    unknown = sorted(set(assets) - set(keys))
    if unknown or not keys:
        found = f"--asset: found {', '.join(map(repr, unknown))}" if unknown else "no asset of the archive is known"
        raise ExportError(f"{found}; the archive has {', '.join(project.sensors) or 'none'}")
    wanted = pa.array(range(summary.num_rows) if rows is None else rows, pa.int64())
    if split is not None:
        column = summary["split"].cast(pa.string())
        wanted = wanted.filter(pc.fill_null(pc.equal(column, split), False).combine_chunks().take(wanted))
        if not len(wanted):
            names = ", ".join(sorted(pc.unique(column.drop_null()).to_pylist())) or "none"
            raise ExportError(f"--split: found {split!r}; the splits of the data set are: {names}")
    chosen = wanted.to_pylist()
    if limit is not None and limit < len(chosen):
        chosen = [chosen[index * len(chosen) // limit] for index in range(limit)]
    return Samples(
        summary,
        project.sensors,
        project.archive,
        keys,
        chosen,
        class_names(summary),
        project.config.archive.limits.pixels,
    )


def _write(
    project: Project, samples: Samples, to: Format, folder: Path, tell: Callable[[int, int], None]
) -> tuple[int, list[RecordError]]:
    rows: list[int] = []
    skipped: list[RecordError] = []
    first: Sample | None = None
    with closing(to.open(folder, samples.classes)) as writer:
        for done, sample in enumerate(samples, 1):
            if isinstance(sample, RecordError):
                skipped.append(sample)
            else:
                writer.add(sample)
                rows.append(sample.row)
                first = first or sample
            tell(done, len(samples.rows))
    if first is None:
        reason = f"; the first: {skipped[0].path}: {skipped[0].reason}" if skipped else ""
        raise ExportError(f"{samples.archive.name}: holds no patch with files that can be exported{reason}")
    pq.write_table(samples.summary.take(pa.array(rows, pa.int64())), folder / "index.parquet", compression="zstd")
    described: dict[str, Any] = {
        "format": to.name,
        "title": project.description.title,
        "fingerprint": project.fingerprint,
        "patches": len(rows),
        "classes": samples.classes,
        "arrays": {
            name: {"dtype": array.dtype.name, "shape": list(array.shape)} for name, array in first.arrays.items()
        },
        "bands": {key: [band.name for band in samples.sensors[key].bands] for key in samples.assets},
        "skipped": [{"path": error.path, "category": error.category, "reason": error.reason} for error in skipped],
    }
    text = json.dumps(described, indent=1, ensure_ascii=False)
    (folder / MARKER).write_text(text + "\n", encoding="utf-8")
    return len(rows), skipped
