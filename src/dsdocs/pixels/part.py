"""Read one part of the files: every band once, and what is kept of it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dsdocs.archive import Member
from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery.quick_tiff import read_pixels
from dsdocs.imagery.raster import open_raster
from dsdocs.pixels.batch import Batches
from dsdocs.pixels.evidence import Evidence, evidence_of
from dsdocs.pixels.model import Unreadable
from dsdocs.pixels.packing import pack_part
from dsdocs.pixels.plan import AssetPlan, Task, Wanted, files_of
from dsdocs.summary.frugal import frugal

Array = np.ndarray[Any, Any]


def measure_part(task: Task) -> bytes:
    """Read the files of some patches: what `dsdocs.pixels.packing` unpacks."""
    wanted: dict[str, list[Wanted]] = {}
    for number, row in enumerate(task.rows):
        for path, one in files_of(task.plans, row, number):
            wanted.setdefault(path, []).append(one)
    files = ((member, wanted.pop(member.path, [])) for member in task.members)
    with frugal():
        part = read_files(files, task.plans, task.max_pixels)
        part.unreadable += [Unreadable(path, "image.missing", "is not in the archive") for path in wanted]
        return pack_part(part.batches, part.evidence, part.unreadable)


def read_files(
    files: Iterable[tuple[Member, list[Wanted]]], plans: tuple[AssetPlan, ...], max_pixels: int
) -> MeasuredPart:
    """Read files in their order, each once."""
    part = MeasuredPart(Batches(plans))
    for member, wanted in files:
        try:
            _read(member, wanted, part, max_pixels)
        except (RasterError, MemberError) as error:
            part.unreadable.append(Unreadable(member.path, error.category, error.problem))
        except OSError as error:
            problem = f"cannot be opened: {error.strerror or error}"
            part.unreadable.append(Unreadable(member.path, "image.missing", problem))
    part.batches.flush()
    return part


@dataclass(slots=True)
class MeasuredPart:
    """What was found in some files."""

    batches: Batches
    evidence: list[Evidence] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def _read(member: Member, wanted: list[Wanted], part: MeasuredPart, max_pixels: int) -> None:
    data = member.read()
    if all(one.window is None for one in wanted):
        array, nodata = read_pixels(data, member.path, max_pixels=max_pixels)
        for one in wanted:
            _take(array, nodata, one, part, member.path)
        return
    with open_raster(io.BytesIO(data), member.path, max_pixels=max_pixels) as raster:
        for one in wanted:
            _take(raster.read(None, one.window), raster.header.nodata, one, part, member.path)


def _take(array: Array, nodata: float | None, wanted: Wanted, part: MeasuredPart, path: str) -> None:
    if len(array) < len(wanted.bands):
        problem = f"has {len(array)} bands; its sensor has {len(wanted.bands)}"
        raise RasterError(path, "image.missing", problem)
    for channel, band in zip(array, wanted.bands, strict=False):
        part.batches.add(channel, nodata, wanted.number, wanted.asset, band, path)
        if wanted.closely:
            part.evidence.append(evidence_of(channel, wanted.number, wanted.asset, band))
