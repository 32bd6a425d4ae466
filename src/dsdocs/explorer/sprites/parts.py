"""The pass over the archive: draw what is new, and keep it in parts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import astuple
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import dsdocs.imagery
from dsdocs.archive import Member
from dsdocs.archive.rooted import RootedArchive
from dsdocs.engine import Engine
from dsdocs.explorer.sprites.cells import Look, Task, draw_part
from dsdocs.explorer.sprites.packing import Drawn, open_part
from dsdocs.explorer.sprites.waiting import Waiting
from dsdocs.imagery.rendering import renderings
from dsdocs.pixels.plan import AssetPlan, Row, files_of
from dsdocs.pixels.sample import lots
from dsdocs.pixels.streamed import FileIndex
from dsdocs.safe import write_bytes
from dsdocs.versions import code_of

PATCHES = 256  # of a part at least, where there are so many
MOST = 2 * PATCHES
ODDS = 16  # beyond PATCHES, a part ends before one of so many patches
Progress = Callable[[int], None]  # patches done
Part = tuple[str, int]  # key, number that its patches are counted from


class Parts:
    """Parts of the pictures of some patches.

    Parameters
    ----------
    archive
        The archive, under the paths of the summary.
    looks
        How the patches of each asset are shown.
    edge, max_pixels
        Of a cell in px; values of a file that are decoded.
    folder
        Where parts are kept; made if it is not there.
    """

    def __init__(
        self, archive: RootedArchive, looks: Sequence[Look], *, edge: int, max_pixels: int, folder: Path
    ) -> None:
        self._archive, self._looks, self._edge, self._limit = archive, tuple(looks), edge, max_pixels
        self.plans = tuple(AssetPlan(look.asset, look.sensor.kind, _bands(look), ()) for look in looks)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._context = f"{code_digest()} {self._looks!r} {edge} {max_pixels}"

    def draw(self, rows: Iterable[Row], engine: Engine, tell: Progress) -> list[Part]:
        """Draw the patches that are not in a part yet; return the parts of all."""
        draw = self._read if self._archive.seekable else self._stream
        return list(draw(list(rows), engine, tell))

    def open(self, part: Part) -> tuple[Drawn, int]:
        """Open a part; its patches are counted from the number that is returned as well."""
        return open_part(self._path(part[0])), part[1]

    def keep(self, parts: Iterable[Part]) -> None:
        """Remove all other parts."""
        wanted = {self._path(key) for key, _ in parts}
        for path in self._folder.iterdir():
            if path not in wanted:
                path.unlink()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.part"

    def _read(self, rows: Sequence[Row], engine: Engine, tell: Progress) -> Iterator[Part]:
        waiting: list[str] = []
        done: list[Part] = []
        container = cache(self._archive.stamp)

        def tasks() -> Iterator[Task]:
            for start, some in _chunks(rows):
                tell(start)
                paths = {path for row in some for path, _ in files_of(self.plans, row, 0)}
                members = tuple(self._archive.fetch(paths))
                key = self._digest(some, members, container)
                done.append((key, start))
                if not self._path(key).is_file():
                    waiting.append(key)
                    yield Task(self._looks, tuple(enumerate(some)), members, self._edge, self._limit)

        for packed in engine.map(draw_part, tasks()):
            write_bytes(self._path(waiting.pop(0)), packed)
        tell(len(rows))
        yield from done

    def _stream(self, rows: Sequence[Row], engine: Engine, tell: Progress) -> Iterator[Part]:
        """Go once through a stream; patches that are in a part already are not read again."""
        ids = hashlib.sha256("\0".join(repr(astuple(row)) for row in rows).encode()).hexdigest()
        context = _hashed(f"{self._context} {self._archive.stamp()} {ids}")[:24]
        there = sorted(path.stem for path in self._folder.glob(f"{context}-*.part"))
        drawn = {number for key in there for number in _numbers(open_part(self._path(key)))}
        left = [number for number in range(len(rows)) if number not in drawn]
        done, keys = len(drawn), [(key, 0) for key in there]
        for packed in engine.map(draw_part, self._streamed_tasks(rows, left)) if left else ():
            key = f"{context}-{len(keys):06d}"
            write_bytes(self._path(key), packed)
            keys.append((key, 0))
            done += len(_numbers(open_part(self._path(key))))
            tell(min(done, len(rows)))
        tell(len(rows))
        yield from keys

    def _streamed_tasks(self, rows: Sequence[Row], left: Sequence[int]) -> Iterator[Task]:
        index = FileIndex(self.plans, (rows[number] for number in left))
        counts = [sum(1 for _ in files_of(self.plans, rows[number], 0)) for number in left]
        with Waiting(counts) as waiting:

            def task(places: Collection[int]) -> Task:
                some = tuple((left[place], rows[left[place]]) for place in places)
                return Task(self._looks, some, waiting.take(places), self._edge, self._limit)

            for entry in self._archive.members():
                if isinstance(entry, Member) and (wanted := index.take(entry.path)):
                    waiting.add(entry, [one.number for one in wanted])
                    if len(waiting.complete) >= PATCHES:
                        yield task(waiting.complete)
            rest = waiting.rest()  # files that are missing are so for `draw_part` too, which says it
            for start in range(0, len(rest), PATCHES):
                yield task(rest[start : start + PATCHES])

    def _digest(self, rows: Sequence[Row], members: Sequence[Member], container: Callable[[], str]) -> str:
        found = hashlib.sha256(self._context.encode())
        for row in rows:
            found.update(repr(astuple(row)).encode())
        for member in members:
            found.update(f"{member.path}\0{member.size}\0{member.stamp or container()}\n".encode())
        return found.hexdigest()[:32]


def rows_of(summary: pa.Table, chosen: np.ndarray[Any, Any], looks: Sequence[Look]) -> Iterator[Row]:
    """Yield the files of chosen rows of the summary, those of assets that are shown."""
    numbers = {look.asset: number for number, look in enumerate(looks)}
    table = summary.select(["id", "assets", "window"])
    for start in range(0, len(chosen), 4096):
        for entry in table.take(pa.array(chosen[start : start + 4096])).to_pylist():
            assets = ((numbers[one["key"]], one["href"]) for one in entry["assets"] or () if one["key"] in numbers)
            window = None if entry["window"] is None else tuple(entry["window"])
            yield Row(entry["id"], tuple(sorted(assets)), window, closely=False)


def _chunks(rows: Sequence[Row]) -> Iterator[tuple[int, Sequence[Row]]]:
    """Cut the patches into parts at places that depend on their names, so that a new one changes its own."""
    drawn = lots(pa.chunked_array([[row.id for row in rows]], pa.string()))
    start = 0
    for place, lot in enumerate(drawn.tolist()):
        if place - start >= MOST or (place - start >= PATCHES and lot % ODDS == 0):
            yield start, rows[start:place]
            start = place
    if start < len(rows):
        yield start, rows[start:]


def _bands(look: Look) -> tuple[str, ...]:
    return tuple(sorted({name for names in renderings(look.sensor).values() for name in names}))


def _numbers(drawn: Drawn) -> set[int]:
    found = {int(number) for numbers, _ in drawn.groups.values() for number in numbers}
    return found | {number for number, _, _ in drawn.problems}


@cache
def code_digest() -> str:
    """Return a digest of the code that decodes and draws."""
    return code_of(Path(dsdocs.imagery.__path__[0]), Path(__file__).parent)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
