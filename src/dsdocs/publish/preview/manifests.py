"""Let the manifests of a preview name files where they lie: beside them, in production, or among shared data."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dsdocs.publish.preview.links import WrongAddressError, local
from dsdocs.publish.preview.moves import PRODUCTION
from dsdocs.publish.preview.zips import Files

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"[a-z0-9-]+/")
_LISTED = "_data/thumbs/"  # what the list of thumbnails names, from where it lies


@dataclass(slots=True)
class Rewritten:
    """A manifest of a preview."""

    data: bytes
    beside: set[str] = field(default_factory=set)  # files that have to lie in the preview
    problems: list[str] = field(default_factory=list)


def rewrite(path: str, data: bytes, files: Files, places: Mapping[str, str]) -> Rewritten:
    """Rewrite a manifest.

    Parameters
    ----------
    path
        Of the manifest in the preview.
    data
        Its bytes, JSON.
    files
        Files of the preview.
    places
        Where files lie that do not lie in the preview; see `moves`.
    """
    value = json.loads(data)
    done = Rewritten(b"")
    if not isinstance(value, dict):
        done.problems.append("is no manifest")
        return done
    writer = _Writer(path, files, places, done)
    kept = writer.thumbnails(value)
    for entry in _entries(value):
        if not (kept and entry is value["thumbnails"]):
            writer.point(entry, "path")
    if isinstance(value.get("statistics"), str):
        writer.point(value, "statistics")
    for encoder in value.get("encoders") or []:
        writer.folder(encoder)
    done.data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return done


def _entries(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects that name a file with its digest."""
    if isinstance(value, dict):
        if isinstance(value.get("path"), str) and _SHA256.fullmatch(str(value.get("sha256"))):
            yield value
        for one in value.values():
            yield from _entries(one)
    elif isinstance(value, list):
        for one in value:
            yield from _entries(one)


@dataclass(frozen=True, slots=True)
class _Writer:
    path: str
    files: Files
    places: Mapping[str, str]
    done: Rewritten

    def point(self, holder: dict[str, Any], key: str) -> None:
        """Let an address lead to where its file lies."""
        try:
            target = local(holder[key], self.path, self.files)
        except WrongAddressError as error:
            self.done.problems.append(f"names {holder[key][:80]!r}, which {error}")
            return
        if target is not None and target.path in self.places:
            holder[key] = self._relative(self.places[target.path])

    def thumbnails(self, value: dict[str, Any]) -> bool:
        """Keep the list of thumbnails here, with all that it names, unless production has just these."""
        entry = value.get("thumbnails")
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
            return False
        own = posixpath.join(posixpath.dirname(self.path), entry["path"])
        named = {one for one in self.files if one.startswith(_LISTED)} | {own}
        if self._all_in_production(named):
            return False
        self.done.beside |= named
        return True

    def folder(self, encoder: Any) -> None:
        """Move all files of a folder, whose names stand in a file of numbers, or none."""
        name = encoder.get("folder") if isinstance(encoder, dict) else None
        if name is None:
            return
        if not isinstance(name, str) or not _FOLDER.fullmatch(name):
            self.done.problems.append(f"names the folder {str(name)[:80]!r}; expected one beside it")
            return
        own = posixpath.join(posixpath.dirname(self.path), name)
        named = {one for one in self.files if one.startswith(own)}
        if self._all_in_production(named):
            encoder["folder"] = self._relative(PRODUCTION + own) + "/"
        else:
            self.done.beside |= named

    def _all_in_production(self, paths: set[str]) -> bool:
        return all(self.places.get(one) == PRODUCTION + one for one in paths)

    def _relative(self, place: str) -> str:
        return posixpath.relpath(place, posixpath.dirname(self.path))
