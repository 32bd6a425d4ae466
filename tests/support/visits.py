"""Open a page of a built site and gather what the end-to-end tests check, in one visit."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Page

from support.pages import Site

PREFIX = "/repo/pr-preview/pr-7/"  # where a preview of a pull request lies
# Figures whose content is pictures, names or text: there are no numbers to give.
WITHOUT_NUMBERS = frozenset({"ds-answers", "ds-code", "ds-gallery", "ds-hero", "ds-tree"})
# Rounded to about three digits where they are drawn; their CSV has all of them.
ROUNDED = frozenset({"ds-bars", "ds-numbers", "ds-number"})
_WORDS = {"": "\N{EN DASH}", "true": "yes", "false": "no"}  # in a CSV, and in a table

_LOADED = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all(Array.from(document.images, (image) => image.decode().catch(() => undefined)));
  await document.fonts.ready;
}"""
_GATHERED = """() => {
  const text = (node) => (node ? node.textContent.trim() : "");
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const named = (node) => (node.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean)
    .map((id) => text(document.getElementById(id))).join(" ") || node.getAttribute("aria-label") || "";
  const cells = (figure) => {
    const table = [".ds-numbers-table table", "table.ds-table-cells", "table"]
      .map((kind) => figure.querySelector(kind)).find(Boolean);
    // A bar has its share of the whole beside its value, in one cell; the CSV has a column for each.
    const parted = (cell) => {
      const part = text(cell.querySelector(".ds-part"));
      return part ? [text(cell).slice(0, -part.length).trim(), part] : [text(cell)];
    };
    if (table) return all("tbody tr", table).map((row) => Array.from(row.cells).flatMap(parted));
    return all("dl > div", figure).map((card) => [".ds-value", ".ds-unit"].reduce(
      (line, part) => [...line, text(card.querySelector(part))], [text(card.querySelector("dt"))]));
  };
  // The theme lets its columns scroll, so the document alone would not tell.
  const columns = all(":root, body, .page, .main, .content, .article-container, article")
    .filter((column) => column === document.documentElement || getComputedStyle(column).overflowX !== "visible");
  return {
    title: document.title,
    text: document.body.innerText,
    links: all("a[href]").map((link) => link.href),
    navigation: all(".sidebar-tree a[href]").map((link) => link.href),
    broken: document.images.length ? Array.from(document.images).filter((i) => !i.naturalWidth).map((i) => i.src) : [],
    nameless: all("img").filter((i) => !i.alt && !i.closest("[role=img]")).map((image) => image.src),
    figures: all("figure.ds-view").map((figure) => ({
      id: figure.id,
      kind: figure.classList[1],
      name: named(figure),
      csv: figure.querySelector("a[download]") ? figure.querySelector("a[download]").href : null,
      rows: cells(figure),
      shortened: Boolean(figure.querySelector(".ds-shown")),
    })),
    uncopied: all("div.highlight > pre").filter((pre) => !pre.parentElement.querySelector("button.copybtn"))
      .map((pre) => pre.textContent.slice(0, 40)),
    wider: Math.max(...columns.map((column) => column.scrollWidth - column.clientWidth)),
    scheme: getComputedStyle(document.body).backgroundColor,
  };
}"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a page as its reader has it."""

    id: str
    kind: str  # the class that tells figures apart, for example "ds-bars"
    name: str  # accessible name
    csv: str | None  # address of the numbers
    rows: list[list[str]]  # cells of its table, or title, value and unit of its key figures
    shortened: bool  # whether it says that it shows the first rows only


@dataclass(frozen=True, slots=True)
class Visit:
    """What a browser found on a page."""

    title: str
    text: str
    links: list[str]
    navigation: list[str]
    broken: list[str]  # pictures that did not load
    nameless: list[str]  # pictures without a text
    figures: list[Figure]
    uncopied: list[str]  # beginnings of code without a copy button
    wider: int  # px by which the document is wider than the window
    scheme: str  # background of the page

    def problems(self) -> Iterator[str]:
        """Tell what a reader would miss."""
        yield from (f"picture does not load: {address}" for address in self.broken)
        yield from (f"picture has no text: {address}" for address in self.nameless)
        yield from (f"figure {figure.id} has no name" for figure in self.figures if not figure.name)
        yield from (f"code has no copy button: {start!r}" for start in self.uncopied)
        if self.wider > 0:
            yield f"the page is {self.wider} px wider than the window"


def visit(page: Page, address: str) -> Visit:
    """Open a page, wait for all its pictures, and gather what it holds."""
    page.goto(address, wait_until="load")
    page.evaluate(_LOADED)
    found: dict[str, Any] = page.evaluate(_GATHERED)
    return Visit(**{**found, "figures": [Figure(**figure) for figure in found["figures"]]})


def dead_links(visits: Iterable[Visit], folder: Path, base: str) -> list[str]:
    """Return the links within a site that lead nowhere, asked of a server that behaves like GitHub Pages.

    Parameters
    ----------
    visits
        Visits of the pages.
    folder
        The built site.
    base
        Address of its start page, as the visits had it.
    """
    prefix = urlsplit(base).path
    site = Site(folder, prefix)
    found = []
    for link in sorted({link for visited in visits for link in visited.links if link.startswith(base)}):
        parts = urlsplit(link)
        answer = site.answer(parts.path)
        if answer.file is None or answer.status >= 400:
            found.append(f"{link}: nothing is there")
        elif parts.fragment and unquote(parts.fragment) not in anchors(answer.file):
            found.append(f"{link}: there is no such anchor")
    return found


def anchors(file: Path) -> set[str]:
    """Return the ids of a page."""
    collected: set[str] = set()

    class Ids(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            collected.update(value for name, value in attrs if name == "id" and value)

    Ids().feed(file.read_text(encoding="utf-8"))
    return collected


def unequal_numbers(figure: Figure, folder: Path, base: str) -> Iterator[str]:
    """Compare the table of a figure with its CSV, cell by cell."""
    if figure.kind in WITHOUT_NUMBERS:
        return
    if figure.csv is None:
        yield f"figure {figure.id} has no CSV"
        return
    path = folder / unquote(figure.csv.removeprefix(base))
    with path.open(encoding="utf-8", newline="") as source:
        _, *stored = csv.reader(source)
    if figure.shortened and len(stored) > len(figure.rows) > 0:
        stored = stored[: len(figure.rows)]
    if len(stored) != len(figure.rows):
        yield f"figure {figure.id} shows {len(figure.rows)} rows, its CSV has {len(stored)}"
        return
    tolerance = 0.005 if figure.kind in ROUNDED else 0.0
    for shown, kept in zip(figure.rows, stored, strict=True):
        if len(shown) != len(kept) or not all(map(_same, shown, kept, [tolerance] * len(kept))):
            yield f"figure {figure.id} shows {shown}, its CSV has {kept}"


def _same(shown: str, stored: str, tolerance: float) -> bool:
    if shown == stored.strip() or "'" + shown == stored:
        return True
    if stored in _WORDS:
        return shown == _WORDS[stored]
    if shown.endswith(" %"):
        return _same_share(shown[:-2], stored)
    try:
        return math.isclose(float(shown.replace(",", "")), float(stored), rel_tol=tolerance, abs_tol=1e-6)
    except ValueError:
        return False


def _same_share(shown: str, stored: str) -> bool:
    """Compare percent, which are written with one decimal below ten and with none from there on."""
    if shown.startswith("<"):
        return 0 < float(stored) < float(shown[1:])
    return math.isclose(float(shown), float(stored), abs_tol=0.05 if "." in shown or float(shown) < 10 else 0.5)
