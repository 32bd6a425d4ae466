"""A folder as an archive."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from dsdocs.archive.member import Member


class DirectoryArchive:
    """The regular files below a folder, in the order of their paths.

    Links are not followed: what they point to may lie outside the archive. Names that start with a dot belong to
    the operating system or to version control, not to the data set.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.name = self.root.name

    def members(self) -> Iterator[Member]:
        """Yield every member once, sorted by path within each folder, files before folders."""
        for path, entry in self._walk(str(self.root), ""):
            yield Member(path, entry.stat(follow_symlinks=False).st_size, partial(_open, entry.path))

    def open(self, path: str) -> BinaryIO:
        """Open one member; ``KeyError`` if there is none at this path."""
        target = self.root.joinpath(*path.split("/"))
        inside = not (path.startswith("/") or ".." in path.split("/"))
        if not (inside and target.is_file() and not target.is_symlink()):
            raise KeyError(path)
        return target.open("rb")

    def stamp(self) -> str:
        """Return a digest of paths, sizes and modification times."""
        digest = hashlib.sha256()
        for path, entry in self._walk(str(self.root), ""):
            stat = entry.stat(follow_symlinks=False)
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def _walk(self, folder: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        with os.scandir(folder) as scan:
            entries = sorted((entry for entry in scan if not entry.name.startswith(".")), key=lambda entry: entry.name)
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield prefix + entry.name, entry
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(entry.path, f"{prefix}{entry.name}/")


def _open(path: str) -> BinaryIO:
    return open(path, "rb")
