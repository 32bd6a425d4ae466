"""Pictures: with a text, a file that can be read, and their size in the page; and the card of a page that is shared."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PIL import Image, UnidentifiedImageError

from dsdocs.site.check.finding import Finding
from dsdocs.site.check.pages import Element, Page

Size = tuple[int, int]
CARD: Size = (1200, 630)  # px; what those who show cards ask for (The Open Graph protocol; 1.91 : 1)
_RASTER = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif"})


def check_pictures(folder: Path, pages: Mapping[str, Page]) -> Iterator[Finding]:
    """Yield pictures that a reader would miss, or that would push the text aside when they arrive."""
    sizes: dict[str, Size | str] = {}
    for page in pages.values():
        for image in page.all("img"):
            source = image.attributes.get("src", "")
            if "alt" not in image.attributes:
                yield Finding(page.name, image.line, "image", f"{source}: has no alternative text", source)
            name = posixpath.normpath(posixpath.join(posixpath.dirname(page.name), unquote(urlsplit(source).path)))
            if Path(name).suffix.lower() in _RASTER and (folder / name).is_file():
                problem = _size_problem(image, sizes.setdefault(name, sizes.get(name) or _size(folder / name)))
                if problem:
                    yield Finding(page.name, image.line, "image", f"{source}: {problem}", source)
        yield from _card(folder, page)


def _size(file: Path) -> Size | str:
    try:
        with Image.open(file) as opened:
            return opened.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return "cannot be read as a picture"


def _size_problem(image: Element, found: Size | str) -> str:
    if isinstance(found, str):
        return found
    try:
        width, height = (int(image.attributes.get(name, "")) for name in ("width", "height"))
    except ValueError:
        return "has no width and height, so the text below it jumps when it arrives"
    # Whole pixels: one of them may be half a pixel off.
    if abs(width * found[1] - height * found[0]) > max(found) + 0.02 * width * found[1]:
        return f"is given {width} x {height} px, its file has {found[0]} x {found[1]}"
    return ""


def _card(folder: Path, page: Page) -> Iterator[Finding]:
    for name in ("og:title", "og:description", "og:type"):
        if not page.meta(name):
            yield Finding(page.name, None, "card", f'has no <meta property="{name}">')
    address, picture = page.meta("og:url"), page.meta("og:image")
    if not address:
        return  # the address of the site is not known, and a card names its picture by its whole address
    base = address.removesuffix(page.name.removeprefix(page.root)).removesuffix("index.html")
    if not picture:
        yield Finding(page.name, None, "card", 'has no <meta property="og:image">')
    elif not picture.startswith("https://"):
        yield Finding(page.name, None, "card", f"{picture}: is no whole address with https", picture)
    elif picture.startswith(base):
        size = _size(folder / unquote(picture.removeprefix(base)))
        if size != CARD:
            said = size if isinstance(size, str) else f"has {size[0]} x {size[1]} px, expected {CARD[0]} x {CARD[1]}"
            yield Finding(page.name, None, "card", f"{picture}: {said}", picture)
