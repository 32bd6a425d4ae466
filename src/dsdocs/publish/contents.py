"""What a reader sees of a published page: its title, its text and its figures, to be compared with another build."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_VIEW = "ds-view"
_SILENT = frozenset({"script", "style", "template"})
_ASIDE = frozenset({"data-ds-comments", "data-ds-foot"})  # what tells of the build, not of the data set
_LONGEST = 16 * 2**20  # characters of a page


@dataclass(slots=True)
class Figure:
    """A figure of a page, as `dsdocs.render` draws it."""

    id: str
    title: str = ""
    digest: str = ""  # of its text and markup
    images: list[str] = field(default_factory=list)  # paths in the tree
    table: str = ""  # path of its CSV in the tree; empty if there is none


@dataclass(slots=True)
class Contents:
    """The main part of a page, without what surrounds it on every page."""

    title: str = ""
    digest: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)  # by identifier


def read_contents(root: Path, page: str) -> Contents:
    """Read a page of a tree; of one that cannot be taken apart, there is a digest alone.

    Parameters
    ----------
    root
        The tree.
    page
        Path of the page below it, with slashes.
    """
    text = (root / page).read_text(encoding="utf-8", errors="replace")
    if not _is_plain(text):
        return Contents(digest=hashlib.sha256(text.encode()).hexdigest())
    parser = _Parser(page)
    parser.feed(text)
    parser.close()
    return parser.finished()


def _is_plain(text: str) -> bool:
    """Decide whether a page has nothing that makes html.parser look to its end again and again."""
    return (
        len(text) <= _LONGEST
        and "<![" not in text
        and text.rfind("<!--") <= text.rfind("-->")
        and text.rfind("<") <= text.rfind(">")
    )


class _Parser(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self._page = page
        self._found = Contents()
        self._main = hashlib.sha256()
        self._whole = hashlib.sha256()  # where nothing says what the main part is
        self._depth = {"main": 0, "figure": 0, "title": 0, "silent": 0}
        self._figure: Figure | None = None
        self._of_figure = hashlib.sha256()
        self._aside = ""  # tag of what is left out
        self._naming = ""  # tag whose text is the title of the figure
        self._has_main = False

    def finished(self) -> Contents:
        self._end_figure()
        title = " ".join(self._found.title.split())
        self._found.title = title.rpartition(" - ")[0] or title  # the name of the site follows
        self._found.digest = (self._main if self._has_main else self._whole).hexdigest()
        return self._found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._aside:
            self._depth["silent"] += tag == self._aside
        elif tag in _SILENT or not _ASIDE.isdisjoint(given):
            self._aside, self._depth["silent"] = tag, 1
        if tag == "title" and not self._found.title:
            self._depth["title"] = 1
        if self._depth["main"] or (tag in ("article", "main") and given.get("role") == "main"):
            self._has_main = True
            self._depth["main"] += tag in ("article", "main")
        if self._figure is not None:
            self._depth["figure"] += tag == "figure"
        elif tag == "figure" and _VIEW in given.get("class", "").split() and given.get("id"):
            self._figure, self._depth["figure"] = Figure(given["id"]), 1
            self._of_figure = hashlib.sha256()
        self._take("<", tag, *(part for pair in sorted(given.items()) for part in pair))
        if self._figure is not None:
            self._look(self._figure, tag, given)

    def handle_endtag(self, tag: str) -> None:
        self._take("/", tag)
        if tag == self._aside:
            self._depth["silent"] -= 1
            self._aside = tag if self._depth["silent"] else ""
        if tag == "title":
            self._depth["title"] = 0
        if tag == self._naming:
            self._naming = ""
        if tag == "figure" and self._figure is not None:
            self._depth["figure"] -= 1
            if not self._depth["figure"]:
                self._end_figure()
        if tag in ("article", "main") and self._depth["main"]:
            self._depth["main"] -= 1

    def handle_data(self, data: str) -> None:
        if self._depth["title"] and not self._depth["main"]:
            self._found.title += data
        if self._naming and self._figure is not None:
            self._figure.title += data
        if words := data.split():
            self._take(" ", *words)

    def _take(self, *parts: str) -> None:
        """Count something in, unless it is left out."""
        if self._depth["silent"]:
            return
        said = "\0".join((*parts, "")).encode("utf-8", "replace")
        self._whole.update(said)
        if self._depth["main"]:
            self._main.update(said)
        if self._figure is not None:
            self._of_figure.update(said)

    def _look(self, figure: Figure, tag: str, given: dict[str, str]) -> None:
        if given.get("id") == f"{figure.id}-title" and not figure.title:
            self._naming = tag
        if tag == "img" and (place := self._place(given.get("src", ""))):
            figure.images.append(place)
        if tag == "a" and not figure.table and (place := self._place(given.get("href", ""))).endswith(".csv"):
            figure.table = place

    def _place(self, address: str) -> str:
        """Return the path in the tree that a relative address names; empty if it is none."""
        try:
            parts = urlsplit(address)
        except ValueError:  # https://[ is none
            return ""
        if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
            return ""
        place = posixpath.normpath(posixpath.join(posixpath.dirname(self._page), unquote(parts.path)))
        return "" if place.startswith("..") or "\0" in place or "\\" in place else place

    def _end_figure(self) -> None:
        if self._figure is not None:
            self._figure.title = " ".join(self._figure.title.split())
            self._figure.digest = self._of_figure.hexdigest()
            self._found.figures.setdefault(self._figure.id, self._figure)
        self._figure, self._naming = None, ""
