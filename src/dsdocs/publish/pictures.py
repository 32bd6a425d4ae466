"""Small pictures of a figure before and after: drawn from the numbers of its CSV, or an image of it as it is.

Nothing of a data set or a pull request is in the drawings but numbers: they are SVG without text.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from dsdocs.publish.contents import Figure
from dsdocs.render.markup import Html, element

LARGEST = 200_000  # bytes of an image that is shown as it is
_IMAGES = frozenset({".avif", ".jpeg", ".jpg", ".png", ".webp"})
_WIDTH, _HEIGHT = 240, 120  # px
_ROWS, _COLUMNS = 60, 40
_CSV = 2**20  # bytes
_SAME, _OTHER = "#6b7f94", "#d9822b"  # 3:1 on white and on black


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of a table: a row for each label."""

    labels: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]


def picture_pair(before: tuple[Path, Figure] | None, after: tuple[Path, Figure] | None) -> tuple[bytes, bytes, str]:
    """Make the pictures of a figure in two builds.

    Parameters
    ----------
    before, after
        Tree and figure; None where a build lacks it.

    Returns
    -------
    tuple
        Bytes of the two pictures, empty where there is none or where they would be the same, and the suffix of their
        files.
    """
    there = (before, after)
    first, second = (None if one is None else _numbers(one[0], one[1].table) for one in there)
    if first != second and (first or not before) and (second or not after):
        return _drawn(first, second), _drawn(second, first), ".svg"
    images = [[] if one is None else one[1].images for one in there]
    for index in range(max(map(len, images))):
        names = [one[index] if index < len(one) else "" for one in images]
        data = [_image(one[0], name) if one else b"" for one, name in zip(there, names, strict=True)]
        suffixes = {Path(name).suffix.lower() for name, found in zip(names, data, strict=True) if found}
        if data[0] != data[1] and len(suffixes) == 1:
            return data[0], data[1], suffixes.pop()
    return b"", b"", ""


def _inside(root: Path, name: str) -> Path | None:
    path = root / name
    try:
        return path if name and path.is_file() and path.resolve().is_relative_to(root.resolve()) else None
    except OSError:  # a name that no file can have
        return None


def _image(root: Path, name: str) -> bytes:
    path = _inside(root, name)
    if path is None or path.suffix.lower() not in _IMAGES or path.stat().st_size > LARGEST:
        return b""
    return path.read_bytes()


def _numbers(root: Path, name: str) -> _Numbers | None:
    """Read the columns of a CSV that hold numbers alone; None where there are none."""
    path = _inside(root, name)
    if path is None or path.stat().st_size > _CSV:
        return None
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.reader(lines) if row][1 : _ROWS + 1]
    except (csv.Error, UnicodeDecodeError):
        return None
    if not rows or len({len(row) for row in rows}) != 1:
        return None
    columns = [column for column in zip(*rows, strict=True) if all(_number(cell) is not None for cell in column)]
    if not columns:
        return None
    kept = [tuple(_number(cell) or 0.0 for cell in column) for column in columns[:_COLUMNS]]
    return _Numbers(tuple(row[0] for row in rows), tuple(zip(*kept, strict=True)))


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < 1e300 else None  # which is no number that is not finite either


def _drawn(table: _Numbers | None, other: _Numbers | None) -> bytes:
    """Draw bars of the first column, or cells where there are many; what differs has another colour."""
    if table is None:
        return b""
    apart = dict(zip(other.labels, other.rows, strict=True)) if other else {}
    both = [*table.rows, *(other.rows if other else ())]
    marks = _cells(table, apart, both) if len(table.rows[0]) > 3 else _bars(table, apart, both)
    size = {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "width": f"{_WIDTH}", "height": f"{_HEIGHT}"}
    return (element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size}, *marks) + "\n").encode()


def _bars(table: _Numbers, apart: dict[str, tuple[float, ...]], both: list[tuple[float, ...]]) -> list[Html]:
    highest, lowest = (limit(0.0, limit(row[0] for row in both)) for limit in (max, min))
    scale = (_HEIGHT - 4) / ((highest - lowest) or 1.0)
    step = _WIDTH / len(table.rows)
    marks = []
    for index, (label, row) in enumerate(zip(table.labels, table.rows, strict=True)):
        colour = _SAME if apart.get(label, (None,))[0] == row[0] else _OTHER
        top = 2 + (highest - max(row[0], 0.0)) * scale
        size = {"width": f"{step * 0.8:.2f}", "height": f"{max(abs(row[0]) * scale, 0.5):.2f}"}
        marks.append(element("rect", {"x": f"{index * step:.2f}", "y": f"{top:.2f}", **size, "fill": colour}))
    return marks


def _cells(table: _Numbers, apart: dict[str, tuple[float, ...]], both: list[tuple[float, ...]]) -> list[Html]:
    largest = max(abs(value) for row in both for value in row) or 1.0
    width, height = _WIDTH / len(table.rows[0]), _HEIGHT / len(table.rows)
    marks = []
    for line, (label, row) in enumerate(zip(table.labels, table.rows, strict=True)):
        for place, value in enumerate(row):
            there = apart.get(label, ())
            colour = _SAME if place < len(there) and there[place] == value else _OTHER
            box = {"x": f"{place * width:.2f}", "y": f"{line * height:.2f}"}
            size = {"width": f"{width:.2f}", "height": f"{height:.2f}"}
            marks.append(
                element("rect", {**box, **size, "fill": colour, "opacity": f"{0.1 + 0.9 * abs(value) / largest:.3f}"})
            )
    return marks
