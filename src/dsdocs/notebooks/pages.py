"""Read a page: front matter and code cells of a MyST notebook, without loading Sphinx or Jupyter.

MyST-NB's own reader takes two seconds to import, this one forty milliseconds. Both must find the same cells;
`dsdocs.notebooks.document` compares them for each page that is rendered.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dsdocs.errors import ConfigError
from dsdocs.notebooks.declared import Declared, declaration

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})(.*)")
_CELL = re.compile(r"[\s>*+-]*(?:`{3,}|~{3,}|:{3,})\{code-cell\}")
_DEFAULTS: dict[str, tuple[str, ...]] = {"requires": (), "data": ("summary",), "packages": ("dsdocs",)}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is eight times as fast


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell of a page."""

    source: str
    tags: tuple[str, ...]
    line: int  # of the opening fence, counted from 1
    gpu: Declared | None = None  # what a GPU cell declares; None: an ordinary cell


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the book, as its author wrote it."""

    name: str  # file name without its suffix
    path: Path
    text: str
    requires: tuple[str, ...]  # what the data must have for the page to appear
    data: tuple[str, ...]  # names of the declared data
    packages: tuple[str, ...]  # distributions whose version matters to the outputs
    cells: tuple[Cell, ...]


def read_page(path: Path) -> Page:
    """Read a MyST notebook, or a plain Markdown page, which has no cells.

    Raises
    ------
    ConfigError
        The front matter is wrong, or MyST-NB would publish a cell without running it: it stands inside a list
        or a directive, its fence is not closed, or the page does not say ``file_format: mystnb``.
    """
    return parse_page(path, read_text(path).replace("\r\n", "\n"))


def parse_page(path: Path, text: str) -> Page:
    """Read the text of a page, with line feeds at the ends of lines; see `read_page`."""
    lines = text.split("\n")
    end = _front_matter_end(lines)
    front = _front_matter(path.name, "\n".join(lines[1 : end - 1])) if end else {}
    cells = tuple(_read_cell(path, *found) for found in _cells(path.name, lines, end))
    if cells and (front.get("file_format") != "mystnb" or _kernel(front) != "python3"):
        raise ConfigError(
            path.name,
            "file_format" if front.get("file_format") != "mystnb" else "kernelspec",
            "the page has code cells, so its front matter must hold 'file_format: mystnb' and "
            "'kernelspec: {name: python3, display_name: python3}'; without them the cells would not run",
        )
    names = [cell.gpu.name for cell in cells if cell.gpu]
    if len(set(names)) < len(names):
        raise ConfigError(path.name, "", f"two GPU cells have the name {max(names, key=names.count)!r}")
    settings = _settings(path.name, front.get("dsdocs", {}))
    return Page(path.stem, path, text, settings["requires"], settings["data"], settings["packages"], cells)


def read_text(path: Path) -> str:
    """Read a text file of the book.

    Raises
    ------
    ConfigError
        The file is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            path.name, "", f"is not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8"
        ) from None


def _front_matter_end(lines: list[str]) -> int:
    """Return the index of the first line after the front matter, 0 where there is none."""
    if lines[0].rstrip() != "---":
        return 0
    return next((number + 1 for number, line in enumerate(lines) if number and line.rstrip() == "---"), 0)


def _front_matter(page: str, text: str) -> Mapping[str, Any]:
    try:
        front = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise ConfigError(page, "", f"the front matter is no YAML: {error}") from error
    if not isinstance(front, Mapping | None):
        raise ConfigError(page, "", "the front matter is no mapping of keys to values")
    return front or {}


def _kernel(front: Mapping[str, Any]) -> object:
    spec = front.get("kernelspec")
    return spec.get("name") if isinstance(spec, Mapping) else None


def _settings(page: str, given: object) -> dict[str, tuple[str, ...]]:
    """Check the table ``dsdocs`` of the front matter and fill in the defaults."""
    if not isinstance(given, Mapping):
        raise ConfigError(page, "dsdocs", "expected a mapping with the keys requires, data, packages")
    for key, value in given.items():
        if key not in _DEFAULTS:
            near = difflib.get_close_matches(str(key), _DEFAULTS, n=1, cutoff=0.0)[0]
            raise ConfigError(page, f"dsdocs.{key}", f"unknown key (nearest: {near!r})")
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(page, f"dsdocs.{key}", f"expected a list of names, found {value!r}")
    return {key: tuple(given.get(key, default)) for key, default in _DEFAULTS.items()}


def _cells(page: str, lines: list[str], start: int) -> Iterator[tuple[int, str]]:
    """Yield the line number, from 1, and the content of each code cell."""
    number = start
    while number < len(lines):
        line = lines[number]
        if line.startswith("<!--"):
            while number < len(lines) and "-->" not in lines[number]:
                number += 1
            number += 1
            continue
        fence = _FENCE.fullmatch(line)
        is_cell = fence is not None and not fence[1] and fence[3].startswith("{code-cell}")
        if not is_cell and _CELL.match(line):
            problem = "a code cell must start at the left margin, outside lists and directives"
            raise ConfigError(page, "", f"line {number + 1}: {problem}")
        if fence is None or (fence[2][0] == "`" and "`" in fence[3]):
            number += 1
            continue
        closing = re.compile(rf" {{0,3}}{fence[2][0]}{{{len(fence[2])},}}[ \t]*")
        end = number + 1
        while end < len(lines) and not closing.fullmatch(lines[end]):
            end += 1
        if is_cell:
            if end == len(lines):
                raise ConfigError(page, "", f"line {number + 1}: the code cell is not closed")
            yield number + 1, "".join(f"{line}\n" for line in lines[number + 1 : end])
        number = end + 1


def _read_cell(path: Path, line: int, content: str) -> Cell:
    """Split a cell into its options and its source, by the rules of MyST directives."""
    body = content.splitlines()
    block: list[str] = []
    if content.startswith("---"):
        end = next((i for i, text in enumerate(body) if i and text.startswith("---")), len(body))
        block, body = body[1:end], body[end + 1 :]
    elif content.lstrip().startswith(":"):
        while body and body[0].lstrip().startswith(":") and not body[0].lstrip().startswith(":::"):
            block.append(body.pop(0).lstrip()[1:])
    if body and not body[0].strip():
        del body[0]
    try:
        options = yaml.load("\n".join(block), Loader=_LOADER) or {}
        tags = options.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise ValueError(f"tags: expected a list of names, found {tags!r}")
        if "load" in options:
            raise ValueError("load: a page holds its code itself; move longer code into a module")
        gpu = declaration(options, tags)
    except (yaml.YAMLError, AttributeError, ValueError) as error:
        raise ConfigError(path.name, "", f"line {line}: options of the code cell: {error}") from error
    return Cell("\n".join(body), tuple(tags), line, gpu)
