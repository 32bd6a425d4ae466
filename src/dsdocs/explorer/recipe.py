"""A selection as a small file that makes the same list of patches again."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsdocs.errors import ExplorerError
from dsdocs.explorer.model import Explorer
from dsdocs.explorer.normal import normalise
from dsdocs.explorer.select import Selected, select

FORMAT = 1
_HEAD = "# A selection of patches. To make the list again: dsdocs subset recipe.toml --archive ARCHIVE --out list.csv"
_KEYS: dict[str, type] = {"format": int, "dataset": str, "fingerprint": str, "patches": int, "select": dict}
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PARTS = ("any", "all", "none", "from", "to")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A selection, and the data set that it was made in."""

    dataset: str  # title
    fingerprint: str  # of the summary
    patches: int  # that it selects there
    selection: Mapping[str, Any]
    source: str  # the file, for messages

    @property
    def asks_findings(self) -> bool:
        """Whether the selection filters by findings, which not every state folder has."""
        filters = self.selection.get("filters")
        return isinstance(filters, dict) and "findings" in filters

    def expect(self, fingerprint: str) -> None:
        """Raise `ExplorerError` unless the recipe is for the summary with this fingerprint."""
        if self.fingerprint != fingerprint:
            raise ExplorerError(
                f"{self.source}: made from the summary {self.fingerprint} of {self.dataset!r}, but this one is "
                f"{fingerprint}; use the archive and the version of dsdocs that its site was built with"
            )

    def replay(self, explorer: Explorer) -> Selected:
        """Select the same patches again.

        Raises
        ------
        ExplorerError
            The explorer is of another summary, does not have what the recipe names, or gives another number of patches.
        """
        self.expect(explorer.fingerprint)
        try:
            found = select(explorer, normalise(explorer, self.selection))
        except ExplorerError as error:
            raise ExplorerError(f"{self.source}: {error}") from error
        if found.count != self.patches:
            raise ExplorerError(
                f"{self.source}: expected {self.patches:,} patches, and got {found.count:,}; the recipe was changed by "
                "hand (then correct `patches`), or its site was built with other findings"
            )
        return found


def recipe_text(explorer: Explorer, selection: Mapping[str, Any], patches: int) -> str:
    """Return a selection in normal form as TOML, in the same bytes as the browser writes it."""
    lines = [_HEAD, f"format = {FORMAT}", f"dataset = {_text(explorer.title)}"]
    lines += [f"fingerprint = {_text(explorer.fingerprint)}", f"patches = {patches}", "", "[select]"]
    if "box" in selection:
        lines.append(f"box = {_numbers(selection['box'])}")
    if "lasso" in selection:
        lines.append(f"lasso = [{', '.join(map(_numbers, selection['lasso']))}]")
    if "text" in selection:
        lines.append(f"text = {_text(selection['text'])}")
    for name, filter_ in selection.get("filters", {}).items():
        key = name if _BARE.fullmatch(name) else _text(name)
        lines += ["", f"[select.filters.{key}]"]
        for part in _PARTS:
            if part in filter_:
                value = filter_[part]
                text = _text(value) if isinstance(value, str) else f"[{', '.join(map(_text, value))}]"
                lines.append(f"{part} = {text}")
        if filter_.get("missing"):
            lines.append("missing = true")
    return "\n".join(lines) + "\n"


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    ExplorerError
        The file is no recipe of a selection, or one of a later format.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExplorerError(f"{path}: is no TOML: {error}") from error
    if "split" in found and "select" not in found:
        raise ExplorerError(f"{path}: is the recipe of a split; make that again with: dsdocs split --recipe {path}")
    for key, kind in _KEYS.items():
        if not isinstance(found.get(key), kind) or isinstance(found[key], bool):
            raise ExplorerError(f"{path}: {key}: found {found.get(key)!r}, expected {kind.__name__}")
    unknown = sorted(set(found) - set(_KEYS))
    if unknown:
        raise ExplorerError(f"{path}: {unknown[0]!r} is unknown; expected {', '.join(_KEYS)}")
    if found["format"] != FORMAT:
        raise ExplorerError(f"{path}: found format {found['format']}, expected {FORMAT}; use a newer dsdocs")
    return Recipe(found["dataset"], found["fingerprint"], found["patches"], found["select"], str(path))


def _text(value: str) -> str:
    # Strings of JSON are those of TOML, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _numbers(values: Sequence[float]) -> str:
    return f"[{', '.join(f'{value:.5f}' for value in values)}]"
