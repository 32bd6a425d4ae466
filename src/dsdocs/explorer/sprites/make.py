"""Sprites of a project: choose patches for a budget, draw them, write sheets, and say what lies where."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from dsdocs.engine import Engine, InProcess
from dsdocs.explorer.model import Explorer
from dsdocs.explorer.order import lay_out
from dsdocs.explorer.shards import planes, write_file, write_shard
from dsdocs.explorer.sprites.cells import Look
from dsdocs.explorer.sprites.choice import Choice, Chooser, edge_of, looks_of
from dsdocs.explorer.sprites.drawn import Cells
from dsdocs.explorer.sprites.packing import Group
from dsdocs.explorer.sprites.parts import Part, Parts, code_digest, rows_of
from dsdocs.explorer.sprites.sheets import SheetTask, grid_of, write_sheet
from dsdocs.imagery.rendering import renderings
from dsdocs.project import Project
from dsdocs.safe import write_text

Array = np.ndarray[Any, Any]
FOLDER, SHEETS = "sprites", "sheets"  # in the state folder, and in that one beside the parts
STORED = "sprites.json"  # in the state folder
EMPTY = 1000  # rows without a picture that are listed
TITLES = {
    "true-colour": "true colour", "false-colour": "false colour", "radar": "radar", "map": "classes", "image": "image",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MadeSprites:
    """What was made."""

    entries: tuple[dict[str, Any], ...]  # `sprites` of the explorer's manifest
    problems: tuple[tuple[str, str], ...]  # path in the archive, reason: patches with an empty cell
    size: int  # bytes of all files


def sprite_entries(project: Project, explorer: Explorer, folder: Path) -> list[dict[str, Any]]:
    """Copy the sheets of a project into the folder of an explorer, and return its `sprites` of the manifest.

    They are made if they are not there; there are none where the project has no thumbnails.
    """
    if not (project.state / "pictures.json").is_file():
        return []
    made = _stored(project, _order_digest(explorer.order)) or make_sprites(project)
    for name in _files(made):
        shutil.copyfile(project.state / FOLDER / SHEETS / name, folder / name)
    return list(made.entries)


def make_sprites(
    project: Project,
    *,
    engine: Engine | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> MadeSprites:
    """Make the sprites of a project unless they are there already.

    Parameters
    ----------
    project
        The project; its thumbnails must be there, for sprites have their stretch.
    engine
        Where files are read and sheets are written; default: in this process. The bytes do not depend on it.
    progress
        Called with the number of patches drawn and their number.

    Returns
    -------
    MadeSprites
        In the order of the sensors. A patch that cannot be read has an empty cell and is listed.
    """
    looks = looks_of(project)
    if not looks or project.config.explorer.sprites == 0:
        return MadeSprites((), (), 0)
    tell = progress or (lambda done, total: None)
    edge = edge_of(project)
    chooser = Chooser(project, looks, edge)
    choice = chooser.first()
    limit = project.config.archive.limits.pixels
    parts = Parts(project.archive, looks, edge=edge, max_pixels=limit, folder=project.state / FOLDER / "parts")
    rows = list(rows_of(project.summary, choice.rows, looks))
    keys = parts.draw(rows, engine or InProcess(), lambda done: tell(done, len(rows)))
    parts.keep(keys)
    order = lay_out(project.summary).order
    stamp = _stamp(project, keys, choice)
    earlier = _stored(project, _order_digest(order), stamp)
    if earlier is not None:
        return earlier
    place = np.empty(len(order), np.int64)  # row of the summary -> row of the explorer
    place[order] = np.arange(len(order))
    folder = project.state / FOLDER / SHEETS
    folder.mkdir(exist_ok=True)
    sheets = _Sheets(project, looks, Cells(parts, keys, place[choice.rows]), chooser, folder, engine or InProcess())
    made = sheets.written(choice, place, edge)
    while made.size > project.config.explorer.sprites and len(choice.rows) > 1:
        choice = chooser.smaller(choice, made.size)
        made = sheets.written(choice, place, edge)
    for path in set(folder.iterdir()) - {folder / name for name in _files(made)}:
        path.unlink()
    found = {"fingerprint": project.fingerprint, "order": _order_digest(order), "stamp": stamp, "made": asdict(made)}
    write_text(project.state / STORED, json.dumps(found, ensure_ascii=False))
    return made


class _Sheets:
    """Writes the sheets of a choice."""

    def __init__(
        self, project: Project, looks: Sequence[Look], cells: Cells, chooser: Chooser, folder: Path, engine: Engine
    ) -> None:
        self._looks, self._cells, self._chooser, self._folder, self._engine = looks, cells, chooser, folder, engine
        self._assets = project.summary["assets"].combine_chunks()

    def written(self, choice: Choice, place: Array, edge: int) -> MadeSprites:
        entries, size = [], 0
        for number, look in enumerate(self._looks):
            rows = np.sort(place[self._with(look.asset, choice.rows)])
            for rendering in renderings(look.sensor):
                if (number, rendering) in self._cells.groups():
                    entry = self._entry(look, (number, rendering), rows, choice.quality, edge)
                    entry["rows"] = None if len(rows) == len(place) else self._rows(look.asset, rows)
                    size += sum(sheet["bytes"] for sheet in entry["sheets"])
                    entries.append(entry)
        listed = {entry["rows"]["path"]: entry["rows"]["bytes"] for entry in entries if entry["rows"]}
        return MadeSprites(tuple(entries), self._cells.problems, size + sum(listed.values()))

    def _with(self, asset: str, rows: Array) -> Array:
        """Return which rows of the summary have an asset."""
        own = pc.equal(self._assets.flatten().field("key"), asset).to_numpy(zero_copy_only=False)
        return np.intersect1d(rows, pc.list_parent_indices(self._assets).to_numpy()[own])

    def _entry(self, look: Look, group: Group, rows: Array, quality: int, edge: int) -> dict[str, Any]:
        grid = grid_of(edge, self._chooser.bytes_per_cell(group, quality))

        def tasks() -> Iterator[SheetTask]:
            for start in range(0, len(rows), grid.per_sheet):
                cells = self._cells.of(group, rows[start : start + grid.per_sheet], edge)
                yield SheetTask(grid, cells, group[1] == "map", quality)

        sheets = [
            self._file(f"{look.asset}-{group[1]}-{index}", data)
            for index, data in enumerate(self._engine.map(write_sheet, tasks()))
        ]
        return {
            "asset": look.asset, "rendering": group[1], "title": f"{look.sensor.title}, {TITLES[group[1]]}",
            "edge": grid.edge, "columns": grid.columns, "per_sheet": grid.per_sheet, "rows": None, "count": len(rows),
            "empty": self._cells.missing(group, rows)[:EMPTY], "sheets": sheets,
        }  # fmt: skip

    def _rows(self, asset: str, rows: Array) -> dict[str, Any]:
        return write_shard(self._folder, f"sprites-{asset}-rows", planes(rows, "uint32")).as_json()

    def _file(self, stem: str, data: bytes) -> dict[str, Any]:
        return write_file(self._folder, f"sprites-{stem}", "webp", data).as_json()


def _stamp(project: Project, keys: Sequence[Part], choice: Choice) -> str:
    found = hashlib.sha256(f"{code_digest()} {project.config.explorer!r} {keys!r} {choice.quality}".encode())
    found.update(choice.rows.astype("<i8").tobytes())
    return found.hexdigest()


def _order_digest(order: Array) -> str:
    return hashlib.sha256(np.asarray(order, "<i8").tobytes()).hexdigest()


def _files(made: MadeSprites) -> set[str]:
    sheets = {sheet["path"] for entry in made.entries for sheet in entry["sheets"]}
    return sheets | {entry["rows"]["path"] for entry in made.entries if entry["rows"]}


def _stored(project: Project, order: str, stamp: str | None = None) -> MadeSprites | None:
    """Return what was made earlier, if it is of this order of the patches and all files are there."""
    path, folder = project.state / STORED, project.state / FOLDER / SHEETS
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    if (found["fingerprint"], found["order"]) != (project.fingerprint, order) or stamp not in (None, found["stamp"]):
        return None
    problems = tuple((path, reason) for path, reason in found["made"]["problems"])
    made = MadeSprites(tuple(found["made"]["entries"]), problems, found["made"]["size"])
    return made if all((folder / name).is_file() for name in _files(made)) else None
