"""Which patches get a sprite, and how good: as many as the budget has room for, chosen so that each kind is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from dsdocs.explorer.sprites.cells import Look, Task, draw
from dsdocs.explorer.sprites.packing import Group
from dsdocs.explorer.sprites.parts import rows_of
from dsdocs.explorer.sprites.sheets import bytes_per_cell
from dsdocs.imagery.rendering import map_colours
from dsdocs.imagery.stretch import Tone
from dsdocs.pixels.sample import chosen_rows
from dsdocs.project import Project

Array = np.ndarray[Any, Any]
QUALITIES = (75, 60)  # of WebP; where the last is too large for all patches, there are fewer of them
MARGIN = 0.97  # of the budget, because the bytes of all are first estimated from some
PER_CELL = 400.0  # bytes, where there is no picture to measure
STRATA = ("split", "season")  # beside the rarest class of a patch


@dataclass(frozen=True, slots=True)
class Choice:
    """What is tried."""

    rows: Array  # of the summary, ascending
    quality: int


def looks_of(project: Project) -> tuple[Look, ...]:
    """Return how each asset is shown: with the stretch of its thumbnails."""
    tones: dict[str, dict[Any, Tone]] = {}
    for one in project.pictures["tones"]:
        limits = tuple((low, high) for low, high in one["tone"]["limits"])
        tones.setdefault(one["asset"], {})[one["rendering"]] = Tone(limits, one["tone"]["exponent"])
    return tuple(Look(key, sensor, map_colours(sensor), tones.get(key, {})) for key, sensor in project.sensors.items())


def edge_of(project: Project) -> int:
    """Return the edge of a cell in px: no larger than the patches are, for the page enlarges what is small."""
    wanted = project.config.explorer.edge
    sides = (project.summary[name].combine_chunks().drop_null().to_numpy() for name in ("width", "height"))
    longest = max(int(side.max(initial=0)) for side in sides)
    return min(wanted, longest) if longest else wanted


class Chooser:
    """Finds a choice that fits a budget.

    Parameters
    ----------
    project
        Its thumbnails must be there: bytes are estimated from the patches that have one, whose files are at hand even
        where the archive is a stream.
    looks, edge
        How patches are drawn.
    """

    def __init__(self, project: Project, looks: Sequence[Look], edge: int) -> None:
        self._project, self._budget = project, project.config.explorer.sprites
        self._cells = _measured(project, looks, edge)
        keys = project.summary["assets"].combine_chunks().flatten().field("key")
        counts = {one["values"]: one["counts"] for one in keys.value_counts().to_pylist()}
        self._patches = [counts.get(look.asset, 0) for look in looks]

    def bytes_per_cell(self, group: Group, quality: int) -> float:
        """Estimate what a cell takes in a sheet."""
        cells = self._cells.get(group)
        return bytes_per_cell(cells, exact=group[1] == "map", quality=quality) if cells else PER_CELL

    def first(self) -> Choice:
        """Choose all patches at the best quality that fits, else as many as fit at the least."""
        everything = self._rows(None)
        for quality in QUALITIES:
            size = sum(self.bytes_per_cell(group, quality) * self._patches[group[0]] for group in self._cells)
            if (size or PER_CELL * len(everything)) <= MARGIN * self._budget:
                return Choice(everything, quality)
        return Choice(self._rows(_part(len(everything), MARGIN * self._budget / size)), quality)

    def smaller(self, choice: Choice, size: int) -> Choice:
        """Choose again where the files have turned out too large; rows are some of those before."""
        later = QUALITIES[QUALITIES.index(choice.quality) + 1 :]
        if later:
            return Choice(choice.rows, later[0])
        return Choice(self._rows(_part(len(choice.rows), MARGIN * self._budget / size)), choice.quality)

    def _rows(self, count: int | None) -> Array:
        return chosen_rows(self._project.summary, count, by=STRATA)


def _part(count: int, share: float) -> int:
    return max(1, int(count * share))


def _measured(project: Project, looks: Sequence[Look], edge: int) -> Mapping[Group, list[Array]]:
    names = {one.id for one in project.thumbnails}
    wanted = [row for row, name in enumerate(project.summary["id"].to_pylist()) if name in names]
    found: dict[Group, list[Array]] = {}
    for row in rows_of(project.summary, np.array(wanted, np.int64), looks):
        task = Task(tuple(looks), ((0, row),), _Opened(project), edge, project.config.archive.limits.pixels)
        for group, (_, cells) in draw(task).groups.items():
            found.setdefault(group, []).extend(cells)
    return found


@dataclass(frozen=True, slots=True)
class _Opened:
    """Files of the archive, one at a time."""

    project: Project

    def open(self, path: str) -> BinaryIO:
        return self.project.archive.open(path)
