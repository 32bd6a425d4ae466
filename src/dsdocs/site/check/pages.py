"""Read the pages of a published tree once, for all checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

_PREVIEW = re.compile(r"pr-preview/pr-\d+/")
_HEADING = re.compile(r"h[1-6]")


@dataclass(frozen=True, slots=True)
class Element:
    """A start tag."""

    tag: str
    attributes: dict[str, str]
    line: int  # from 1


@dataclass(slots=True)
class Page(HTMLParser):
    """The elements of a page, in their order, and the text of those that count."""

    name: str  # path in the tree, with "/"
    file: Path
    elements: list[Element] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    texts: list[tuple[Element, str]] = field(default_factory=list)  # title, headings and scripts with what they hold
    doctype: str = ""
    _open: list[tuple[Element, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    @property
    def root(self) -> str:
        """Where the site of this page begins in the tree: empty, or the folder of a preview."""
        found = _PREVIEW.match(self.name)
        return found[0] if found else ""

    def all(self, *tags: str) -> Iterator[Element]:
        """Yield the elements with one of these tags."""
        return (element for element in self.elements if element.tag in tags)

    def meta(self, name: str) -> str:
        """Return what a ``<meta>`` with this name or property holds; empty where there is none."""
        for element in self.all("meta"):
            if name in (element.attributes.get("name"), element.attributes.get("property")):
                return element.attributes.get("content", "").strip()
        return ""

    def handle_decl(self, decl: str) -> None:
        """Note the document type."""
        self.doctype = decl.lower()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        element = Element(tag, {name: value or "" for name, value in attrs}, self.getpos()[0])
        self.elements.append(element)
        self.anchors.update(element.attributes[name] for name in ("id", "name") if name in element.attributes)
        if tag in {"title", "script"} or _HEADING.fullmatch(tag):
            self._open.append((element, []))

    def handle_data(self, data: str) -> None:
        """Add to the texts that are open."""
        for _, parts in self._open:
            parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Close a text."""
        if self._open and self._open[-1][0].tag == tag:
            element, parts = self._open.pop()
            self.texts.append((element, " ".join("".join(parts).split())))


def read_pages(folder: Path) -> dict[str, Page]:
    """Parse every page below a folder; by path in the tree."""
    found = {}
    for file in sorted(folder.rglob("*.html")):
        page = Page(file.relative_to(folder).as_posix(), file)
        page.feed(file.read_text(encoding="utf-8"))
        page.close()
        found[page.name] = page
    return found
