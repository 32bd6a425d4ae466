"""What was drawn of some patches, as bytes: a header in JSON, then plain arrays that are read where they lie."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dsdocs.imagery.model import Rendering

Array = np.ndarray[Any, Any]
Group = tuple[int, Rendering]  # number of the asset, rendering
_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Cells of some patches."""

    groups: Mapping[Group, tuple[Array, Array]]  # numbers (n,) of int32, cells (n, edge, edge, 3 or 4) of uint8
    problems: Sequence[tuple[int, str, str]]  # number of the patch, path, reason


def pack(drawn: Drawn) -> bytes:
    """Return the bytes of a part; a group in which all is opaque keeps three channels."""
    entries, arrays = [], []
    for (asset, rendering), (numbers, cells) in drawn.groups.items():
        kept = cells[..., :3] if bool((cells[..., 3] == 255).all()) else cells
        entries.append([asset, rendering, *kept.shape])
        arrays += [numbers.astype("<i4").tobytes(), np.ascontiguousarray(kept).tobytes()]
    header = json.dumps({"groups": entries, "problems": list(drawn.problems)}, ensure_ascii=False).encode()
    return b"".join([_LENGTH.pack(len(header)), header, *arrays])


def open_part(path: Path) -> Drawn:
    """Open a part; its cells stay on disk until they are looked at."""
    with path.open("rb") as source:
        (length,) = _LENGTH.unpack(source.read(_LENGTH.size))
        header = json.loads(source.read(length))
    content = np.memmap(path, np.uint8, "r") if header["groups"] else np.zeros(0, np.uint8)
    groups: dict[Group, tuple[Array, Array]] = {}
    start = _LENGTH.size + length
    for asset, rendering, count, height, width, channels in header["groups"]:
        middle, end = start + 4 * count, start + 4 * count + count * height * width * channels
        numbers = np.frombuffer(content[start:middle].tobytes(), "<i4")
        groups[asset, rendering] = (numbers, content[middle:end].reshape(count, height, width, channels))
        start = end
    return Drawn(groups, [(number, path, reason) for number, path, reason in header["problems"]])
