"""How much a page loads before its reader does anything, as a host sends it, and how much it may."""

from __future__ import annotations

import gzip
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dsdocs.site import DATA
from dsdocs.site.check.finding import Finding
from dsdocs.site.check.pages import Page

# Bytes as GitHub Pages sends them: text is gzipped. A page and its styles keep the first picture waiting; both take
# 1.3 s on the connection that Lighthouse assumes for a telephone (1.6 Mbit/s). Scripts are deferred; the data of a map
# (2.1 MB for ten million patches) and pictures come after them.
BUDGET = {"page": 200_000, "styles": 60_000, "scripts": 250_000, "data": 2_500_000, "images": 1_000_000}
_PACKED = frozenset({".avif", ".gif", ".gz", ".jpeg", ".jpg", ".png", ".webp", ".woff2", ".zip"})  # sent as they are


@dataclass(frozen=True, slots=True)
class Weight:
    """What one page loads at first, in bytes as they are sent."""

    page: str  # path in the tree
    parts: Mapping[str, int]  # as `BUDGET`

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.parts.values())


def weigh(folder: Path, pages: Mapping[str, Page]) -> tuple[Weight, ...]:
    """Weigh every page, by path: itself, and each style, script and picture that it loads, once."""
    sent = cache(_sent)
    return tuple(Weight(page.name, _parts(folder, page, sent)) for page in pages.values())


def check_weight(weights: tuple[Weight, ...]) -> Iterator[Finding]:
    """Yield the pages that are over their budget."""
    for weight in weights:
        for part, size in weight.parts.items():
            if size > BUDGET[part]:
                said = f"loads {size / 1e3:,.0f} kB of {part} at first, the budget is {BUDGET[part] / 1e3:,.0f} kB"
                yield Finding(weight.page, None, "weight", said)


def _parts(folder: Path, page: Page, sent: Callable[[Path], int]) -> dict[str, int]:
    found: dict[str, set[Path]] = {part: set() for part in BUDGET if part != "page"}
    for part, address in _loaded(page):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page.name), unquote(urlsplit(address).path)))
        if not name.startswith("../") and (folder / name).is_file():
            found[part].add(folder / name)
    return {"page": sent(page.file), **{part: sum(map(sent, files)) for part, files in found.items()}}


def _loaded(page: Page) -> Iterator[tuple[str, str]]:
    for element in page.elements:
        given = element.attributes
        rel = given.get("rel", "").split()
        if element.tag == "link" and "stylesheet" in rel:
            yield "styles", given.get("href", "")
        elif element.tag == "link" and "modulepreload" in rel:
            yield "scripts", given.get("href", "")
        elif element.tag == "script" and "src" in given:
            yield "data" if DATA in given["src"].split("/") else "scripts", given["src"]
            # The explorer's modules, which its first script asks for.
            yield from (("scripts", f"{given['data-scripts']}/{name}") for name in given.get("data-first", "").split())
        elif element.tag == "img" and given.get("loading") != "lazy":
            yield "images", given.get("src", "")


def _sent(file: Path) -> int:
    data = file.read_bytes()
    return len(data) if file.suffix.lower() in _PACKED else len(gzip.compress(data, 6))
