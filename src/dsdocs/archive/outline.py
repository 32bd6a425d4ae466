"""The shape of an archive as a short tree, noted member by member while somebody else reads them."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from dsdocs.archive.member import Archive, Member
from dsdocs.records import RecordError

KEEP = 3  # folders of a folder that are shown; the rest is counted
KEEP_FILES = 16  # a patch folder is worth seeing whole: its files are the bands
_DENSE = 2**16  # hashes that are kept without a look for equal ones


@dataclass(slots=True)
class _Folder:
    folders: dict[str, _Folder] = field(default_factory=dict)
    files: list[tuple[str, int]] = field(default_factory=list)
    more_folders: _Distinct = field(default_factory=lambda: _Distinct())
    more_files: int = 0


class _Distinct:
    """Counts different names by their hashes: of a million folders side by side, the names would be 100 MB."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._last = ""
        self._full = _DENSE

    def add(self, name: str) -> None:
        """Take a name into account."""
        if name == self._last:  # as a rule, files of one folder follow one another
            return
        self._last = name
        self._hashes.append(hash(name))
        if len(self._hashes) >= self._full:
            self._full = max(_DENSE, 2 * len(self))

    def __len__(self) -> int:
        import numpy as np  # heavy, and most who open an archive never come here

        hashes = np.sort(np.array(self._hashes, dtype=np.int64))  # np.unique takes many times as long
        self._hashes = array("q", hashes[np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)]].tobytes())
        return len(self._hashes)


class ObservedArchive:
    """An archive that keeps an outline of the members it hands out."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._root = _Folder()
        self._ahead: list[Member | RecordError] = []
        self._rest: Iterator[Member | RecordError] | None = None
        self.name = archive.name
        self.seekable = archive.seekable
        self.n_files = 0
        self.n_bytes = 0
        self.refused: RecordError | None = None  # the first that is no member

    def members(self) -> Iterator[Member | RecordError]:
        """Yield the members of the archive and note each one; what is refused is none."""
        ahead, self._ahead = self._ahead, []
        rest, self._rest = self._rest or self._archive.members(), None
        for entry in chain(_taken(ahead), rest):
            if isinstance(entry, Member):
                self._note(entry)
            else:
                self.refused = self.refused or entry
            yield entry

    def first_names(self, count: int) -> list[str]:
        """Return the paths of the first members without noting them.

        In an archive that is seekable, the pass that comes next begins with what was looked at here.
        """
        names: list[str] = []
        seen: list[Member | RecordError] = []
        members = self._archive.members()
        while len(names) < count and (entry := next(members, None)) is not None:
            if isinstance(entry, Member):
                names.append(entry.path)
            else:
                self.refused = self.refused or entry
            if self.seekable:
                seen.append(entry)
        if self.seekable:
            self._ahead, self._rest = seen, members
        return names

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the members at these paths."""
        return self._archive.fetch(paths)

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
        node = self._root
        top, slash, _ = member.path.partition("/")
        if slash and len(node.folders) == KEEP and top not in node.folders:  # most files of most archives
            node.more_folders.add(top)
            return
        *folders, file = member.path.split("/")
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


def _taken(entries: list[Member | RecordError]) -> Iterator[Member | RecordError]:
    """Yield the entries of a list, which is empty at the end: they are not kept longer than they are needed."""
    entries.reverse()
    while entries:
        yield entries.pop()


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
