"""The pass over all pixels: read what is new, keep it in parts, and write figures and tables into the state folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple
from functools import cache
from itertools import chain, count, islice
from pathlib import Path

import numpy as np
import pyarrow as pa

import dsdocs.imagery
import dsdocs.pixels
from dsdocs.archive import Member
from dsdocs.engine import Engine, InProcess
from dsdocs.pixels import stored
from dsdocs.pixels.model import Unreadable
from dsdocs.pixels.packing import pack_part
from dsdocs.pixels.part import measure_part, read_files
from dsdocs.pixels.plan import BAND, Row, Task, Wanted, files_of, plan_of
from dsdocs.pixels.sample import chosen_rows, closest_rows, lots
from dsdocs.pixels.store import PixelParts
from dsdocs.pixels.streamed import FileIndex
from dsdocs.pixels.write import Places, write_results
from dsdocs.project import Project
from dsdocs.versions import code_of

FILES = 2048  # of a part at least, where there are so many
MOST = 2 * FILES
ODDS = 16  # beyond FILES, a part ends before one of so many patches
Progress = Callable[[int, int], None]


def measure_pixels(
    project: Project, *, engine: Engine | None = None, progress: Progress | None = None
) -> tuple[Unreadable, ...]:
    """Read the pixels of a project unless that was done already.

    Parameters
    ----------
    project
        The project; its summary and description must be there.
    engine
        Where files are read; default: in this process. Results do not depend on it.
    progress
        Called with the number of patches done and their number.

    Returns
    -------
    tuple of Unreadable
        Files whose pixels could not be read, with the reason.
    """
    wanted = project.config.pixels.patches
    rows = chosen_rows(project.summary, None if wanted == "all" else int(wanted))
    work = _Work(project, rows, progress or (lambda done, total: None))
    keys = list(work.read(engine or InProcess()) if project.archive.seekable else work.stream())
    stamp = _hashed("\0".join((code_digest(), project.fingerprint, repr(work.sensors), str(wanted), *work.keys(keys))))
    earlier = stored.earlier(project.state, stamp)
    if earlier is None:
        stored.forget(project.state)  # until all files are those of these parts
        earlier = write_results(project, work.plans, work.sensors, rows, work.places(keys), work.unseen, work.parts)
        stored.store_stamp(project.state, stamp)
    work.parts.keep(key for key, _ in keys)
    return earlier.unreadable


class _Work:
    """What is to be read of a project, and the parts of it."""

    def __init__(self, project: Project, rows: np.ndarray, tell: Progress) -> None:
        self.sensors = list(project.sensors.values())
        self.plans = tuple(
            plan_of(key, sensor.kind, tuple(band.name for band in sensor.bands), sensor.true_colour, sensor.saturated)
            for key, sensor in project.sensors.items()
        )
        self.parts = PixelParts(project.state / "pixels")
        self.unseen: list[Unreadable] = []  # files that a stream does not hold
        self._project, self._rows, self._tell = project, rows, tell
        self._closely = closest_rows(project.summary["id"], rows)
        self._limit = project.config.archive.limits.pixels
        self._context = f"{code_digest()} {self.plans!r} {self._limit}"

    def keys(self, keys: Sequence[tuple[str, int]]) -> Iterator[str]:
        """Yield what all results follow from."""
        yield from (f"{key} {start}" for key, start in keys)
        yield from (one.path for one in self.unseen)

    def places(self, keys: Sequence[tuple[str, int]]) -> Places:
        """Say where the rows of each part belong."""
        return Places(tuple(keys), in_order=self._project.archive.seekable)

    def read(self, engine: Engine) -> Iterator[tuple[str, int]]:
        """Read the parts that are not there yet; yield the key of each and the place of its first patch in ``rows``."""
        waiting: list[str] = []
        done: list[tuple[str, int]] = []
        container = cache(self._project.archive.stamp)

        def tasks() -> Iterator[Task]:
            for start, rows in self._chunks():
                self._tell(start, len(self._rows))
                paths = {path for row in rows for path, _ in files_of(self.plans, row, 0)}
                task = Task(self.plans, rows, tuple(self._project.archive.fetch(paths)), self._limit)
                key = self._digest(task, container)
                done.append((key, start))
                if not self.parts.has(key):
                    waiting.append(key)
                    yield task

        for packed in engine.map(measure_part, tasks()):
            self.parts.add(waiting.pop(0), packed)
        self._tell(len(self._rows), len(self._rows))
        yield from done

    def stream(self) -> Iterator[tuple[str, int]]:
        """Go once through a stream; parts that are there already are passed over."""
        index = FileIndex(self.plans, (row for _, rows in self._chunks() for row in rows))
        files = self._streamed_files(index)
        archive = self._project.archive
        context = f"{self._context} {archive.stamp()} {self._project.fingerprint} {len(self._rows)}"
        for number in count():
            first = next(files, None)
            if first is None:
                break
            own = chain([first], islice(files, FILES - 1))
            key = _hashed(f"{context} {number}")[:32]
            if self.parts.has(key):
                for _ in own:
                    pass
            else:
                found = read_files(own, self.plans, self._limit)
                self.parts.add(key, pack_part(found.batches, found.evidence, found.unreadable))
            self._tell(min(len(self._rows), int(index.share_seen() * len(self._rows))), len(self._rows))
            yield key, 0
        self.unseen += [Unreadable(path, "image.missing", "is not in the archive") for path in index.unseen()]

    def _streamed_files(self, index: FileIndex) -> Iterator[tuple[Member, list[Wanted]]]:
        for entry in self._project.archive.members():
            if isinstance(entry, Member) and (wanted := index.take(entry.path)):
                yield entry, wanted

    def _chunks(self) -> Iterator[tuple[int, tuple[Row, ...]]]:
        """Cut the patches into parts at places that depend on their names, so that a new one changes its own."""
        summary = self._project.summary.select(["id", "assets", "window"])
        numbers = {plan.key: number for number, plan in enumerate(self.plans)}
        chunk: list[Row] = []
        start = files = 0
        for first in range(0, len(self._rows), FILES):
            some = self._rows[first : first + FILES]
            table = summary.take(pa.array(some))
            drawn = lots(table["id"])
            for place, (row, lot, entry) in enumerate(zip(some, drawn, table.to_pylist(), strict=True), first):
                if files >= MOST or (files >= FILES and lot % ODDS == 0):
                    yield start, tuple(chunk)
                    chunk, start, files = [], place, 0
                assets = tuple(
                    (numbers[asset["key"]], asset["href"]) for asset in entry["assets"] if asset["key"] in numbers
                )
                window = None if entry["window"] is None else tuple(entry["window"])
                chunk.append(Row(entry["id"], tuple(sorted(assets)), window, bool(self._closely[row])))
                files += sum(len(self.plans[asset].bands) if BAND in href else 1 for asset, href in assets)
        if chunk:
            yield start, tuple(chunk)

    def _digest(self, task: Task, container: Callable[[], str]) -> str:
        found = hashlib.sha256(self._context.encode())
        for row in task.rows:
            found.update(repr(astuple(row)).encode())
        for member in task.members:
            found.update(f"{member.path}\0{member.size}\0{member.stamp or container()}\n".encode())
        return found.hexdigest()[:32]


@cache
def code_digest() -> str:
    """Return a digest of the code that decodes and counts: pages may change without a new look at all pixels."""
    return code_of(Path(dsdocs.imagery.__path__[0]), Path(dsdocs.pixels.__path__[0]))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
