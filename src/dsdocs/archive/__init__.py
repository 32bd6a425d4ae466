"""Where bytes live: containers as a stream of members, read in place and never extracted.

A container knows paths and bytes; it never knows what a patch or a label is. Anything right of it may import it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from dsdocs.archive.directory import DirectoryArchive
from dsdocs.archive.member import Member
from dsdocs.errors import ArchiveError

__all__ = ["Archive", "DirectoryArchive", "Member", "open_archive"]


class Archive(Protocol):
    """A readable container of members."""

    @property
    def name(self) -> str:
        """Name of the archive without the folder that it lies in."""

    def members(self) -> Iterator[Member]:
        """Yield every member once, in the order of the container."""

    def open(self, path: str) -> BinaryIO:
        """Open one member by its path.

        Raises
        ------
        KeyError
            The archive has no such member.
        """

    def stamp(self) -> str:
        """Return a digest of names, sizes and modification times: equal when nothing was touched."""


def open_archive(path: Path) -> Archive:
    """Open a container.

    Raises
    ------
    ArchiveError
        Nothing lies at the path, or it is no container that dsdocs reads.
    """
    if path.is_dir():
        return DirectoryArchive(path)
    if not path.exists():
        raise ArchiveError(f"{path}: nothing lies there; give the path of an archive folder with --archive")
    raise ArchiveError(f"{path}: is a file; expected a folder that holds the patches, so unpack it first")
