"""Vectors of some patches: made by a worker, kept as a file."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import dsdocs.imagery
from dsdocs.archive import Member
from dsdocs.archive.rooted import RootedArchive
from dsdocs.features.inputs import Array, read_table
from dsdocs.features.model import Encoder, Input, Vectors
from dsdocs.records import RecordError
from dsdocs.sensors import Sensor
from dsdocs.summary.frugal import frugal
from dsdocs.versions import code_of

BAND = "{band}"
PIXELS = 2**22  # values of the patches that are encoded at a time


@dataclass(frozen=True, slots=True)
class Task:
    """Patches to be encoded, and all that is needed for it."""

    encoder: Encoder
    sensor: Sensor
    table: pa.Table  # id, labels, assets, window of the patches
    members: tuple[Member, ...]  # their files, under their paths in the summary
    max_pixels: int


@dataclass(slots=True)
class Part:
    """Vectors of some patches."""

    rows: NDArray[np.int64]  # (k,): numbers of the patches that have a vector, counted from the first one of the part
    vectors: Vectors  # (k, dimensions)
    problems: list[tuple[str, str]]  # path in the archive, reason: patches that have none


def encode_part(task: Task) -> bytes:
    """Encode some patches: what `unpack` reads."""
    archive = RootedArchive(_Members(task.members), "", Path())
    wanted, rows = task.encoder.input, range(task.table.num_rows)
    with frugal():
        found = read_table(task.table, archive, task.sensor, wanted, rows, max_pixels=task.max_pixels)
        return pack(encode_all(task.encoder, found))


def encode_all(encoder: Encoder, found: Iterable[tuple[int, Array] | RecordError]) -> Part:
    """Encode patches as they are read, some at a time."""
    height, width = encoder.input.size
    at_once = max(1, PIXELS // (len(encoder.input.bands) * height * width))
    rows: list[int] = []
    held: list[Array] = []
    vectors = [np.zeros((0, encoder.dimensions), np.float32)]
    problems: list[tuple[str, str]] = []
    for one in found:
        if isinstance(one, RecordError):
            problems.append((one.path, one.reason))
            continue
        rows.append(one[0])
        held.append(one[1])
        if len(held) == at_once:
            vectors.append(encoder.encode(np.stack(held)))
            held.clear()
    if held:
        vectors.append(encoder.encode(np.stack(held)))
    return Part(np.array(rows, np.int64), np.concatenate(vectors), problems)


def pack(part: Part) -> bytes:
    """Return the bytes of a part."""
    sink = io.BytesIO()
    problems = np.frombuffer(json.dumps(part.problems).encode(), np.uint8)
    np.savez(sink, rows=part.rows, vectors=part.vectors, problems=problems)
    return sink.getvalue()


def unpack(data: bytes) -> Part:
    """Return a part of its bytes."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        problems = [(path, reason) for path, reason in json.loads(arrays["problems"].tobytes())]
        return Part(arrays["rows"], arrays["vectors"], problems)


@dataclass(frozen=True, slots=True)
class _Members:
    """An archive of the members that a task brings."""

    all: tuple[Member, ...]
    name: str = "part"
    seekable: bool = True
    _by_path: dict[str, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_path.update((member.path, member) for member in self.all)

    def members(self) -> Iterator[Member | RecordError]:
        yield from self.all

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        return (member for member in self.all if member.path in paths)

    def open(self, path: str) -> BinaryIO:
        return self._by_path[path].open()

    def stamp(self) -> str:
        return ""


def paths_of(table: pa.Table, wanted: Input) -> set[str]:
    """Return the files of patches that an input is read from."""
    paths: set[str] = set()
    for assets in table["assets"].to_pylist():
        for asset in assets or ():
            if asset["key"] == wanted.asset:
                # str.replace, never str.format: names of an archive may hold braces.
                bands = wanted.bands if BAND in asset["href"] else wanted.bands[:1]
                paths |= {asset["href"].replace(BAND, band) for band in bands}
    return paths


@cache
def code_digest() -> str:
    """Return a digest of the code that decodes and encodes."""
    return code_of(Path(dsdocs.imagery.__path__[0]), Path(__file__).parent)
