"""An archive as the summary speaks of it: paths begin below the folder that all files share."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from dsdocs.archive.directory import DirectoryArchive
from dsdocs.archive.member import Archive, Member
from dsdocs.records import RecordError
from dsdocs.safe import write_bytes

KEPT = 2**26  # bytes; larger members of a stream are looked for again each time


class RootedArchive:
    """Opens members by paths of the summary.

    A stream has to be read from its start for every member that is opened, so the few that pages ask for are kept.

    Parameters
    ----------
    archive
        The container.
    root
        The folders that all files share, ending in "/"; "" if there are none.
    kept
        Folder for members of streams; files in it are named by digests.
    """

    def __init__(self, archive: Archive, root: str, kept: Path) -> None:
        self._archive = archive
        self._root = root
        self._kept = kept
        self.name = archive.name
        self.seekable = archive.seekable

    def members(self) -> Iterator[Member | RecordError]:
        """Yield every member once, under its path below the root."""
        for entry in self._archive.members():
            yield replace(entry, path=entry.path.removeprefix(self._root))

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the members at these paths, in one pass."""
        for member in self._archive.fetch({self._root + path for path in paths}):
            yield replace(member, path=member.path.removeprefix(self._root))

    def keep(self, paths: Collection[str]) -> None:
        """Make sure that members which will be opened need no pass through the stream each."""
        if self.seekable:  # asked first: the stamp that names a kept file walks through the whole archive
            return
        missing = {path for path in paths if not self._place(path).is_file()}
        if not missing:
            return
        self._kept.mkdir(parents=True, exist_ok=True)
        for member in self._archive.fetch({self._root + path for path in missing}):
            if member.size <= KEPT:
                write_bytes(self._place(member.path.removeprefix(self._root)), member.read())

    def open(self, path: str) -> BinaryIO:
        """Open one member; ``KeyError`` if there is none at this path."""
        if self.seekable:
            return self._archive.open(self._root + path)
        self.keep([path])
        place = self._place(path)
        return io.BytesIO(place.read_bytes()) if place.is_file() else self._archive.open(self._root + path)

    def folder(self, paths: Collection[str]) -> Path:
        """Return a folder in which files of the archive lie under their own paths, for code that opens them there.

        That is the archive itself where it is a folder of this machine; else these files alone are copied.
        """
        if isinstance(self._archive, DirectoryArchive):
            return Path(self._archive.root, self._root)
        self.keep(paths)
        target = self._kept / "example"
        for path in sorted(paths):
            place = target.joinpath(*path.split("/"))  # members have safe paths only
            place.parent.mkdir(parents=True, exist_ok=True)
            with self.open(path) as source:
                write_bytes(place, source.read())
        return target

    def stamp(self) -> str:
        """Return the stamp of the container."""
        return self._archive.stamp()

    def _place(self, path: str) -> Path:
        return self._kept / hashlib.sha256(f"{self.stamp()}\0{path}".encode()).hexdigest()
