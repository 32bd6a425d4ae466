"""The picture that others show with a link to the site: title, counts and some patches, drawn from facts."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from dsdocs.analyses.overview import Overview, overview
from dsdocs.project import Project
from dsdocs.render.markup import legible

CARD = "card.jpg"  # below the site's data folder
SIZE = (1200, 630)  # px; 1.91 : 1, as the Open Graph protocol's users crop it
_PAPER, _INK, _SOFT = "#0b2226", "#ffffff", "#86c1c8"  # as the start page in the dark
_MARGIN, _EDGE = 64, 210  # px; three rows of patches fill the height
_COLUMNS = 2
_SIZES, _LINES = (64, 52, 42, 34), 3  # of the title: px, and at most so many lines
_WIDTH = SIZE[0] - _COLUMNS * _EDGE - 2 * _MARGIN  # of the text beside them
_BOLD, _PLAIN = "DejaVuSans-Bold.ttf", "DejaVuSans.ttf"
_FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")  # the same on every machine, unlike those of a system


def draw_card(project: Project) -> bytes:
    """Return the card of a project as JPEG, which every service reads; equal facts give equal bytes."""
    found = overview(project)
    return _jpeg(_drawn(legible(project.description.title), found, project.data))


def _drawn(title: str, found: Overview, data: Path) -> Image.Image:
    card = Image.new("RGB", SIZE, _PAPER)
    for place, file in enumerate(_files(found, data)):
        with Image.open(file) as opened:
            patch = _square(opened.convert("RGB"))
        column, row = divmod(place, SIZE[1] // _EDGE)
        card.paste(patch, (SIZE[0] - (column + 1) * _EDGE, row * _EDGE))
    pen = ImageDraw.Draw(card)
    pen.fontmode = "L"
    y = float(_MARGIN)
    size, lines = _fitted(pen, title)
    for line in lines:
        pen.text((_MARGIN, y), line, _INK, _font(_BOLD, size))
        y += size * 1.25
    y += 24
    for figure in found.figures[:5]:
        pen.text((_MARGIN, y), f"{figure.value}", _INK, _font(_BOLD, 34))
        pen.text((_MARGIN + 250, y + 5), figure.title, _SOFT, _font(_PLAIN, 28))
        y += 52
    return card


def _files(found: Overview, data: Path) -> Iterator[Path]:
    """Yield the thumbnails that fill the right of the card."""
    yield from (data / picture.src for picture in found.pictures[: _COLUMNS * (SIZE[1] // _EDGE)])


def _square(patch: Image.Image) -> Image.Image:
    """Cut the middle out of a patch and let it fill its place."""
    edge = min(patch.size)
    left, top = (patch.width - edge) // 2, (patch.height - edge) // 2
    return patch.resize((_EDGE, _EDGE), Image.Resampling.LANCZOS, (left, top, left + edge, top + edge))


def _fitted(pen: ImageDraw.ImageDraw, title: str) -> tuple[int, Sequence[str]]:
    """Return the largest size (px) at which a title takes three lines, and these; what is longer is cut off."""
    lines: list[str] = []
    for size in _SIZES:
        lines = _wrapped(pen, title, size)
        if len(lines) <= _LINES and all(pen.textlength(line, _font(_BOLD, size)) <= _WIDTH for line in lines):
            return size, lines
    kept = [*lines[: _LINES - 1], " ".join(lines[_LINES - 1 :])]
    return _SIZES[-1], [_cut(pen, line) for line in kept if line]


def _wrapped(pen: ImageDraw.ImageDraw, title: str, size: int) -> list[str]:
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and pen.textlength(longer, _font(_BOLD, size)) > _WIDTH:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _cut(pen: ImageDraw.ImageDraw, line: str) -> str:
    """Shorten a line to the width of the text, in the smallest size."""
    if pen.textlength(line, _font(_BOLD, _SIZES[-1])) <= _WIDTH:
        return line
    line = line[:200]  # more never fits
    while pen.textlength(f"{line}\N{HORIZONTAL ELLIPSIS}", _font(_BOLD, _SIZES[-1])) > _WIDTH:
        line = line[:-1]
    return f"{line}\N{HORIZONTAL ELLIPSIS}"


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # The layout engine that Pillow always has: the other one depends on a library of the system.
    return ImageFont.truetype(_FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


def _jpeg(card: Image.Image) -> bytes:
    written = io.BytesIO()
    card.save(written, "JPEG", quality=85, optimize=True)
    return written.getvalue()
