"""What a preview changes against production: pages, numbers, figures, claims, size."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsdocs.publish.contents import Contents, Figure, read_contents
from dsdocs.publish.pictures import picture_pair

PICTURES = 12  # figures that are shown
FOLDER = "_changes"  # of the preview, for their pictures
_PREVIEWS = "pr-preview"
_FACTS, _CLAIMS = "_data/facts.json", "_data/claims.json"
_JSON = 8 * 2**20  # bytes
_LISTED = 500  # entries of each kind that a report holds
_TEXT = 300  # characters of a text that it quotes


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two builds side by side."""

    changes: dict[str, Any]  # values of JSON, for the report
    pictures: dict[str, bytes]  # by file name, to be written to `FOLDER` of the preview


@dataclass(frozen=True, slots=True)
class _Tree:
    """One build, read."""

    root: Path
    pages: dict[str, Contents]

    def figures(self) -> dict[tuple[str, str], Figure]:
        """Return the figures by page and identifier."""
        return {(name, key): one for name, page in self.pages.items() for key, one in page.figures.items()}


def compare(production: Path, preview: Path) -> Comparison:
    """Say what a preview changes.

    Both are read as data; a page or file that cannot be read counts as changed, and never raises.

    Parameters
    ----------
    production, preview
        Two built sites.

    Returns
    -------
    Comparison
        ``pages``: ``added``, ``removed`` and ``changed``, each a list of path and title; ``facts``: key, description,
        before and after (None where a side lacks it); ``figures``: page, title, state, and names of pictures below
        `FOLDER`, empty where there are none; ``claims``: key, what is said, verdict before and after; ``bytes``: sizes
        before and after. Each list is in a fixed order.
    """
    old, new = (_Tree(root, dict(_pages(root))) for root in (production, preview))
    figures, pictures = _figures(old, new)
    changes = {
        "pages": _changed_pages(old, new),
        "facts": _facts(production, preview),
        "figures": figures,
        "claims": _claims(production, preview),
        "bytes": {"before": _size(production), "after": _size(preview)},
    }
    return Comparison(changes, pictures)


def changes(production: Path, preview: Path) -> dict[str, Any]:
    """Say what a preview changes, without its pictures; see `compare`."""
    return compare(production, preview).changes


def _files(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.relative_to(root).parts[0] != _PREVIEWS:
            yield path


def _pages(root: Path) -> Iterator[tuple[str, Contents]]:
    for path in _files(root):
        if path.suffix == ".html":
            name = path.relative_to(root).as_posix()
            yield name, read_contents(root, name)


def _size(root: Path) -> int:
    return sum(path.stat().st_size for path in _files(root))


def _changed_pages(old: _Tree, new: _Tree) -> dict[str, list[dict[str, str]]]:
    both = old.pages.keys() & new.pages.keys()
    differing = {
        name
        for name in both
        if (old.pages[name].digest, old.pages[name].title) != (new.pages[name].digest, new.pages[name].title)
    }
    groups = {
        "added": (new, new.pages.keys() - both),
        "removed": (old, old.pages.keys() - both),
        "changed": (new, differing),
    }
    return {
        state: [{"path": _short(name), "title": _short(tree.pages[name].title)} for name in sorted(names)[:_LISTED]]
        for state, (tree, names) in groups.items()
    }


def _figures(old: _Tree, new: _Tree) -> tuple[list[dict[str, str]], dict[str, bytes]]:
    before, after = old.figures(), new.figures()
    listed: list[dict[str, str]] = []
    pictures: dict[str, bytes] = {}
    shown = 0
    for key in sorted(before.keys() | after.keys()):
        first, second = before.get(key), after.get(key)
        if first is not None and second is not None and first.digest == second.digest:
            continue
        state = "added" if first is None else "removed" if second is None else "changed"
        entry = {"page": _short(key[0]), "title": _short((second or first or Figure(key[1])).title), "state": state}
        entry |= {"before": "", "after": ""}
        if shown < PICTURES:
            there = ((old.root, first) if first else None, (new.root, second) if second else None)
            *pair, suffix = picture_pair(*there)
            shown += any(pair)
            for side, data in zip(("before", "after"), pair, strict=True):
                if data:
                    entry[side] = f"{shown}-{side}{suffix}"
                    pictures[entry[side]] = data
        listed.append(entry)
    return listed[:_LISTED], pictures


def _facts(production: Path, preview: Path) -> list[dict[str, str | None]]:
    before, after = (_objects(root / _FACTS) for root in (production, preview))
    found: list[dict[str, str | None]] = []
    for key in sorted(before.keys() | after.keys()):
        old, new = (None if key not in side else _said(side[key], "text") for side in (before, after))
        if old != new:
            description = _said(after.get(key, before.get(key, {})), "description")
            found.append({"key": _short(key), "description": description, "before": old, "after": new})
    return found[:_LISTED]


def _claims(production: Path, preview: Path) -> list[dict[str, str]]:
    before, after = (_objects(root / _CLAIMS) for root in (production, preview))
    found = []
    for key in sorted(before.keys() & after.keys()):
        old, new = _said(before[key], "verdict"), _said(after[key], "verdict")
        if old != new:
            found.append({"key": _short(key), "says": _said(after[key], "says"), "before": old, "after": new})
    return found[:_LISTED]


def _objects(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Read a JSON object of objects; empty where it is none."""
    try:
        if path.stat().st_size > _JSON:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, dict)}


def _said(entry: Mapping[str, Any], name: str) -> str:
    found = entry.get(name)
    return _short(found) if isinstance(found, str) else ""


def _short(text: str) -> str:
    """Make a text one line that a report can quote."""
    line = " ".join(text.split())
    return line if len(line) <= _TEXT else line[: _TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"
