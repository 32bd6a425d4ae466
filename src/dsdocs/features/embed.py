"""Embed the patches of a project: what is new is encoded in parts, and all vectors become one file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain, count, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dsdocs.archive import Member
from dsdocs.engine import Engine, InProcess
from dsdocs.errors import FeatureError
from dsdocs.features.encoders import slug
from dsdocs.features.files import read_embeddings, write_embeddings
from dsdocs.features.inputs import read_inputs, rows_with
from dsdocs.features.model import Embeddings, Encoder
from dsdocs.features.parts import Part, Task, code_digest, encode_all, encode_part, pack, paths_of, unpack
from dsdocs.pixels.sample import lots
from dsdocs.project import Project
from dsdocs.safe import write_bytes
from dsdocs.sensors import Sensor

FOLDER = "features"  # in the state folder
PATCHES = 256  # of a part at least, where there are so many
MOST = 2 * PATCHES
ODDS = 16  # beyond PATCHES, a part ends before one of so many patches
LISTED = 1000  # patches without a vector that the provenance names
Rows = NDArray[np.int64]  # of the summary
Progress = Callable[[int, int], None]


def embed(
    project: Project, encoder: Encoder, *, engine: Engine | None = None, progress: Progress | None = None
) -> Embeddings:
    """Encode the patches of a project that were not encoded before.

    Parameters
    ----------
    project
        The project; its summary and description must be there.
    encoder
        What encodes; see `dsdocs.features.encoders.encoder`.
    engine
        Where patches are read and encoded; default: in this process. The vectors do not depend on it.
    progress
        Called with the number of patches done and their number.

    Returns
    -------
    Embeddings
        Also kept in the state folder, as ``features/<name>.parquet``.
    """
    work = _Work(project, encoder, progress or (lambda done, total: None))
    n = project.summary.num_rows
    vectors = np.zeros((n, encoder.dimensions), np.float32)
    valid = np.zeros(n, bool)
    unreadable: set[tuple[str, str]] = set()
    for rows, part in work.read(engine or InProcess()) if project.archive.seekable else work.stream():
        vectors[rows[part.rows]] = part.vectors
        valid[rows[part.rows]] = True
        unreadable.update(part.problems)
    work.keep()
    problems = sorted(unreadable)
    provenance = {
        "name": encoder.name,
        "title": encoder.title,
        "kind": encoder.kind,
        "digest": encoder.digest,
        "input": encoder.input.as_json(),
        "dimensions": encoder.dimensions,
        "fingerprint": project.fingerprint,
        "patches": n,
        "with_asset": len(work.rows),
        "encoded": int(valid.sum()),
        "unreadable": len(problems),
        "problems": [{"path": path, "reason": reason} for path, reason in problems[:LISTED]],
    }  # fmt: skip
    embeddings = Embeddings(tuple(project.summary["id"].to_pylist()), vectors, valid, provenance)
    write_embeddings(embeddings, project.state / FOLDER / f"{encoder.name}.parquet")
    return embeddings


def stored_embeddings(project: Project, text: str) -> Embeddings:
    """Read the vectors that an earlier `embed` has left.

    Parameters
    ----------
    project
        The project.
    text
        The encoder as the configuration names it.

    Raises
    ------
    FeatureError
        There are none, or they are of another summary.
    """
    path = project.state / FOLDER / f"{slug(text)}.parquet"
    if not path.is_file():
        raise FeatureError(f"{text}: the patches are not embedded yet; run: dsdocs build")
    found = read_embeddings(path)
    if found.provenance["fingerprint"] != project.fingerprint:
        raise FeatureError(f"{text}: the vectors are of another summary; run: dsdocs build")
    return found


class _Work:
    """What is to be encoded of a project, and the parts of it."""

    def __init__(self, project: Project, encoder: Encoder, tell: Progress) -> None:
        sensor = project.sensors.get(encoder.input.asset)
        if sensor is None:
            known = ", ".join(project.sensors) or "none"
            raise FeatureError(f"{encoder.name}: takes the asset {encoder.input.asset!r}; the archive has {known}")
        self._sensor: Sensor = sensor
        self._project, self._encoder, self._tell = project, encoder, tell
        self._limit = project.config.archive.limits.pixels
        self._folder = project.state / FOLDER / encoder.name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._context = f"{code_digest()} {encoder.digest} {encoder.input!r} {self._limit}"
        self._kept: set[Path] = set()
        self.rows = rows_with(project.summary, encoder.input.asset)

    def read(self, engine: Engine) -> Iterator[tuple[Rows, Part]]:
        """Encode the parts that are not there yet; yield the rows of the patches of each part, and the part."""
        waiting: list[Path] = []
        done: list[tuple[Rows, Path]] = []
        container = cache(self._project.archive.stamp)

        def tasks() -> Iterator[Task]:
            for rows, table in self._chunks():
                self._tell(int(np.searchsorted(self.rows, rows[0])), len(self.rows))
                members = tuple(self._project.archive.fetch(paths_of(table, self._encoder.input)))
                path = self._place(self._digest(table, members, container))
                done.append((rows, path))
                if not path.is_file():
                    waiting.append(path)
                    yield Task(self._encoder, self._sensor, table, members, self._limit)

        for packed in engine.map(encode_part, tasks()):
            write_bytes(waiting.pop(0), packed)
        self._tell(len(self.rows), len(self.rows))
        for rows, path in done:
            yield rows, unpack(path.read_bytes())

    def stream(self) -> Iterator[tuple[Rows, Part]]:
        """Go once through a stream; parts that are there already are not encoded again."""
        project, n, done = self._project, len(self.rows), 0
        everything = np.arange(project.summary.num_rows)
        found = read_inputs(project, self._encoder.input, self.rows.tolist())
        context = f"{self._context} {project.archive.stamp()} {project.fingerprint}"
        for number in count():
            first = next(found, None)
            if first is None:
                break
            own = chain([first], islice(found, PATCHES - 1))
            path = self._place(_hashed(f"{context} {number}"))
            if path.is_file():
                for _ in own:
                    pass
            else:
                write_bytes(path, pack(encode_all(self._encoder, own)))
            done = min(done + PATCHES, n)
            self._tell(done, n)
            yield everything, unpack(path.read_bytes())

    def keep(self) -> None:
        """Remove all parts that were not asked for."""
        for path in set(self._folder.iterdir()) - self._kept:
            path.unlink()

    def _place(self, key: str) -> Path:
        path = self._folder / f"{key[:32]}.npz"
        self._kept.add(path)
        return path

    def _chunks(self) -> Iterator[tuple[Rows, pa.Table]]:
        """Cut the patches into parts at places that depend on their names, so that a new one changes its own."""
        table = self._project.summary.select(["id", "labels", "assets", "window"])
        table = table.set_column(1, "labels", pa.nulls(len(table), table.schema.field("labels").type))
        table = table.take(pa.array(self.rows))
        start = 0
        for place, lot in enumerate(lots(table["id"]).tolist()):
            if place - start >= MOST or (place - start >= PATCHES and lot % ODDS == 0):
                yield self.rows[start:place], table.slice(start, place - start)
                start = place
        if start < len(table):
            yield self.rows[start:], table.slice(start)

    def _digest(self, table: pa.Table, members: Sequence[Member], container: Callable[[], str]) -> str:
        found = hashlib.sha256(self._context.encode())
        for row in table.to_pylist():
            found.update(repr(row).encode())
        for member in members:
            found.update(f"{member.path}\0{member.size}\0{member.stamp or container()}\n".encode())
        return found.hexdigest()


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
