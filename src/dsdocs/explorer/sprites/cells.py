"""Draw some patches: read their files and shrink each rendering to a cell."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import numpy as np

from dsdocs.archive import Member
from dsdocs.errors import MemberError, RasterError
from dsdocs.explorer.sprites.packing import Drawn, Group, pack
from dsdocs.imagery.encode import picture, shrunk
from dsdocs.imagery.model import Rendering
from dsdocs.imagery.rendering import Layer, ThumbnailJob, read_layers
from dsdocs.imagery.stretch import Tone
from dsdocs.pixels.plan import Row
from dsdocs.sensors import Sensor
from dsdocs.summary.frugal import frugal

Array = np.ndarray[Any, Any]
Content = bytes | MemberError  # of a file of a stream, or why it cannot be had


class Opener(Protocol):
    """Opens a path of the archive; ``KeyError`` if there is none."""

    def open(self, path: str) -> BinaryIO: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Look:
    """How the patches of an asset are shown; the same for all of them."""

    asset: str
    sensor: Sensor
    colours: Mapping[int, str]  # of a map: class code -> "#rrggbb"
    tones: Mapping[Rendering, Tone]  # the stretch of the thumbnails


@dataclass(frozen=True, slots=True)
class Task:
    """Patches to be drawn, and all that is needed for it."""

    looks: tuple[Look, ...]
    rows: tuple[tuple[int, Row], ...]  # number of the patch, its files
    files: tuple[Member, ...] | Mapping[str, Content] | Opener
    edge: int  # px of a cell
    max_pixels: int


def draw_part(task: Task) -> bytes:
    """Draw some patches: what `dsdocs.explorer.sprites.packing` unpacks."""
    with frugal():
        return pack(draw(task))


def draw(task: Task) -> Drawn:
    """Draw some patches; a patch whose files cannot be read has no cell of that asset, and its reason is noted."""
    found: dict[Group, list[tuple[int, Array]]] = {}
    problems: list[tuple[int, str, str]] = []
    source = _Files(task.files) if isinstance(task.files, tuple | Mapping) else task.files
    for number, row in task.rows:
        for asset, href in row.assets:
            look = task.looks[asset]
            job = ThumbnailJob(row.id, look.asset, href, look.sensor, look.colours, row.window, task.max_pixels)
            try:
                layers = read_layers(job, source.open)
            except RasterError as error:
                problems.append((number, error.file, error.problem))
                continue
            for layer in layers:
                drawn = cell(layer, look.tones.get(layer.rendering), task.edge)
                found.setdefault((asset, layer.rendering), []).append((number, drawn))
    return Drawn({group: _stacked(cells) for group, cells in sorted(found.items())}, problems)


def cell(layer: Layer, tone: Tone | None, edge: int) -> Array:
    """Return ``(edge, edge, 4)`` of ``uint8``, RGBA; a picture that is no square stands in the middle."""
    image = shrunk(picture(layer, tone), edge, exact=layer.rendering == "map")
    values = np.asarray(image)
    height, width = values.shape[:2]
    result = np.zeros((edge, edge, 4), np.uint8)
    place = result[(edge - height) // 2 :, (edge - width) // 2 :][:height, :width]
    place[..., 3] = 255
    place[..., : values.shape[2]] = values
    return result


def _stacked(cells: Iterable[tuple[int, Array]]) -> tuple[Array, Array]:
    numbers, values = zip(*cells, strict=True)
    return np.array(numbers, np.int32), np.stack(values)


class _Files:
    """Opens what a task brings."""

    def __init__(self, files: tuple[Member, ...] | Mapping[str, Content]) -> None:
        self._files = files if isinstance(files, Mapping) else {member.path: member for member in files}

    def open(self, path: str) -> BinaryIO:
        content: Member | Content = self._files[path]
        if isinstance(content, MemberError):
            raise content
        return io.BytesIO(content.read() if isinstance(content, Member) else content)
