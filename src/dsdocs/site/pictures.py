"""Choose the patches that the site shows and make their pictures, once for the same data."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from dsdocs.imagery.rendering import map_colours, paths_of
from dsdocs.imagery.thumbnails import ThumbnailJob, choose_examples, make_thumbnails
from dsdocs.project import Project
from dsdocs.safe import write_text

ALSO = 60  # patches with a finding that get a picture
FOLDER = "thumbs"  # below the site's data folder

Problem = tuple[str, str]  # path in the archive, reason


def take_pictures(
    project: Project,
    *,
    also: Sequence[str] = (),
    key: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Problem, ...]:
    """Make the thumbnails of a project unless they are there already.

    Parameters
    ----------
    project
        The project; its summary must be there.
    also
        Ids of patches to show beside those that are chosen; at most `ALSO` of them.
    key
        Digest of the code; part of the stamp that tells whether pictures have to be made again.
    progress
        Called with the number of pictures done and their number.

    Returns
    -------
    tuple of Problem
        Files that could not be shown, with the reason.
    """
    stored = project.state / "thumbnails.json"
    also = tuple(dict.fromkeys(also))[:ALSO]
    stamp = _stamp(project, also, key)
    if stored.is_file() and (project.data / FOLDER).is_dir():
        report = json.loads((project.state / "pictures.json").read_text(encoding="utf-8"))
        if report["stamp"] == stamp:
            return tuple((path, reason) for path, reason in report["problems"])
    jobs = _jobs(project, also)
    out = project.data / FOLDER
    (project.state / "pictures.json").unlink(missing_ok=True)  # until all pictures are there
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    tell = progress or (lambda done, total: None)
    project.archive.keep([path for job in jobs for path in paths_of(job)])  # a stream is gone through once for all
    thumbnails, errors, made = make_thumbnails(
        jobs,
        project.archive.open,
        out,
        budget=project.config.thumbnails.budget,
        progress=lambda done: tell(done, len(jobs)),
    )
    problems = tuple((error.path, error.reason) for error in errors)
    _write(project, "thumbnails.json", [asdict(thumbnail) for thumbnail in thumbnails])
    _write(project, "pictures.json", {"stamp": stamp, "problems": problems, "report": asdict(made)})
    return problems


def _jobs(project: Project, also: Sequence[str]) -> list[ThumbnailJob]:
    """Choose patches that have files, so that each class is seen; name what is shown of each."""
    wanted = project.summary.select(["id", "labels", "assets", "window"])
    rows = [row for batch in wanted.to_batches() for row in _with_files(batch)]
    chosen = choose_examples(
        [row["id"] for row in rows], [row["labels"] for row in rows], n=project.config.thumbnails.count
    )
    shown, wanted_too = set(chosen), set(also)
    chosen = [*chosen, *(n for n, row in enumerate(rows) if row["id"] in wanted_too and n not in shown)]
    return jobs_of(project, [rows[index] for index in chosen])


def jobs_of(project: Project, rows: Sequence[Mapping[str, Any]]) -> list[ThumbnailJob]:
    """Return what is shown of rows of the summary, of which ``id``, ``assets`` and ``window`` are read."""
    return [
        ThumbnailJob(
            row["id"],
            asset["key"],
            asset["href"],
            sensor,
            colours=map_colours(sensor),
            window=None if row["window"] is None else tuple(row["window"]),
            max_pixels=project.config.archive.limits.pixels,
        )
        for row in rows
        for asset in row["assets"]
        if (sensor := project.sensors.get(asset["key"])) is not None
    ]


def _with_files(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    return [row for row in batch.to_pylist() if row["assets"]]


def _stamp(project: Project, also: Sequence[str], key: str) -> str:
    config = project.config.thumbnails.model_dump_json()
    limit = str(project.config.archive.limits.pixels)
    parts = (project.fingerprint, project.archive.stamp(), repr(project.sensors), config, limit, *also, key)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _write(project: Project, name: str, value: object) -> None:
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    write_text(project.state / name, text)
