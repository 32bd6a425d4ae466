"""Copy the files of selected patches out of an archive, under the paths that they have in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dsdocs.errors import ExplorerError, MemberError
from dsdocs.project import Project
from dsdocs.records import RecordError
from dsdocs.sensors import Sensor

BAND = "{band}"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied."""

    files: int
    n_bytes: int
    missing: tuple[tuple[str, str], ...]  # path, reason: files that cannot be had


def copy_patches(
    project: Project, rows: NDArray[np.int64], folder: Path, *, progress: Callable[[int, int], None] | None = None
) -> Copied:
    """Copy the files of some patches into a new folder, in one pass through the archive.

    They are the files that the summary names and, where a patch has a folder of its own, whatever else is in there.

    Parameters
    ----------
    project
        The project; its summary must be there.
    rows
        Rows of the summary, ``(k,)``.
    folder
        Where the files go; not there yet, or empty.
    progress
        Called with the number of files copied and the number of files that the summary names.

    Raises
    ------
    ExplorerError
        The folder holds files.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExplorerError(f"{folder}: is not empty; name a new folder with --copy")
    wanted, folders = files_of(project.summary["assets"].take(pa.array(rows)), project.sensors)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.resolve().with_name(f".{folder.resolve().name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    found: set[str] = set()
    n_bytes, failed = 0, []
    tell = progress or (lambda done, total: None)
    try:
        partial.mkdir()
        for member in project.archive.members():
            if isinstance(member, RecordError) or not (
                member.path in wanted or str(PurePosixPath(member.path).parent) in folders
            ):
                continue
            try:
                data = member.read()
            except MemberError as error:
                failed.append((error.path, error.problem))
                continue
            target = partial.joinpath(*member.path.split("/"))  # members have safe paths only
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            found.add(member.path)
            n_bytes += len(data)
            tell(len(found), len(wanted))
        if folder.exists():
            folder.rmdir()
        os.rename(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    lost = wanted - found - {path for path, _ in failed}
    return Copied(len(found), n_bytes, (*failed, *((path, "is not in the archive") for path in sorted(lost))))


def files_of(assets: pa.ChunkedArray, sensors: Mapping[str, Sensor]) -> tuple[set[str], set[str]]:
    """Return the paths that assets name, and the folders that belong to one patch each."""
    wanted: set[str] = set()
    folders: set[str] = set()
    for chunk in assets.chunks:
        for entries in chunk.to_pylist():
            for entry in entries or ():
                wanted.update(_paths(entry["href"], sensors.get(entry["key"])))
                place = PurePosixPath(entry["href"])
                # As in patch/patch_B02.tif; a folder of another name holds other patches as well.
                if place.parent.name and place.name.startswith(place.parent.name):
                    folders.add(str(place.parent))
    return wanted, folders


def _paths(href: str, sensor: Sensor | None) -> Iterator[str]:
    if BAND not in href:
        yield href
    elif sensor is not None:
        for band in sensor.bands:
            yield href.replace(BAND, band.name)
