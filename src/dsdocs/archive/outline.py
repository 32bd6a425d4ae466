"""The shape of an archive as a short tree, noted member by member while somebody else reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from dsdocs.archive.member import Member

KEEP = 3  # folders of a folder that are shown; the rest is counted
KEEP_FILES = 16  # a patch folder is worth seeing whole: its files are the bands


@dataclass(slots=True)
class _Folder:
    folders: dict[str, _Folder] = field(default_factory=dict)
    files: list[tuple[str, int]] = field(default_factory=list)
    more_folders: set[str] = field(default_factory=set)
    more_files: int = 0


class _Readable(Protocol):
    @property
    def name(self) -> str: ...
    def members(self) -> Iterator[Member]: ...
    def open(self, path: str) -> BinaryIO: ...
    def stamp(self) -> str: ...


class ObservedArchive:
    """An archive that keeps an outline of the members it hands out."""

    def __init__(self, archive: _Readable) -> None:
        self._archive = archive
        self._root = _Folder()
        self.name = archive.name
        self.n_files = 0
        self.n_bytes = 0

    def members(self) -> Iterator[Member]:
        """Yield the members of the archive and note each one."""
        for member in self._archive.members():
            self._note(member)
            yield member

    def open(self, path: str) -> BinaryIO:
        """Open one member; ``KeyError`` if there is none at this path."""
        return self._archive.open(path)

    def stamp(self) -> str:
        """Return the stamp of the archive."""
        return self._archive.stamp()

    def outline(self) -> list[tuple[int, str, str]]:
        """Return ``(depth, name, note)`` for the entries to show; sizes are in bytes, names end in / for folders."""
        return [(0, f"{self.name}/", f"{self.n_files:,} files, {self.n_bytes:,} bytes"), *_lines(self._root, 1)]

    def _note(self, member: Member) -> None:
        self.n_files += 1
        self.n_bytes += member.size
        *folders, file = member.path.split("/")
        node = self._root
        for name in folders:
            if name not in node.folders:
                if len(node.folders) == KEEP:
                    node.more_folders.add(name)
                    return
                node.folders[name] = _Folder()
            node = node.folders[name]
        if len(node.files) < KEEP_FILES:
            node.files.append((file, member.size))
        else:
            node.more_files += 1


def _lines(folder: _Folder, depth: int) -> Iterator[tuple[int, str, str]]:
    first = True
    for name, child in folder.folders.items():
        yield depth, f"{name}/", ""
        if first or depth == 1:
            yield from _lines(child, depth + 1)
        first = False
    if folder.more_folders:
        yield depth, "...", f"{len(folder.more_folders):,} more folders"
    for name, size in folder.files:
        yield depth, name, f"{size:,} bytes"
    if folder.more_files:
        yield depth, "...", f"{folder.more_files:,} more files"
