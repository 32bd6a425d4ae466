"""One file of an archive, the limits that hold for all containers, and what a container answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from typing import BinaryIO, Protocol

from dsdocs.records import RecordError


class Source(Protocol):
    """Where the bytes of members lie; small, and sent to other processes together with them.

    A member may have been given another path meanwhile, with other folders, so sources rely on its last part at most.
    """

    def open(self, member: Member) -> BinaryIO:
        """Open a member as a seekable stream; raise `dsdocs.errors.MemberError` if its bytes cannot be had."""

    def read(self, member: Member) -> bytes:
        """Read a member whole; raise `dsdocs.errors.MemberError` if its bytes cannot be had."""


@dataclass(slots=True, unsafe_hash=True)  # frozen, it would take four times as long to make, and there are millions
class Member:
    """A file of an archive.

    Members of a stream (``Archive.seekable`` is false) can be read until the next one is asked for.
    """

    path: str  # forward slashes, no leading one, never "." or ".."
    size: int  # bytes, uncompressed
    source: Source
    offset: int = 0  # of the bytes in the container, where it has such a thing
    stamp: str = ""  # changes when the bytes may have changed: modification time, CRC or entity tag

    def __reduce__(self) -> tuple[type[Member], tuple[str, int, Source, int, str]]:
        # Half the cost of what a dataclass does by itself, and members are sent to other processes by the million.
        return Member, (self.path, self.size, self.source, self.offset, self.stamp)

    def open(self) -> BinaryIO:
        """Open the member as a seekable stream; raise `dsdocs.errors.MemberError` if its bytes cannot be had."""
        return self.source.open(self)

    def read(self) -> bytes:
        """Read the whole member; raise `dsdocs.errors.MemberError` if its bytes cannot be had."""
        return self.source.read(self)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may ask of the machine; more is taken for a decompression bomb."""

    members: int = 50_000_000  # files
    size: int = 16 * 2**40  # bytes of all members, uncompressed
    member_size: int = 64 * 2**30  # bytes of one member, uncompressed
    ratio: int = 250  # uncompressed to compressed bytes, looked at beyond `ratio_from`
    ratio_from: int = 64 * 2**20  # bytes; a black picture may well shrink a thousandfold
    path_length: int = 4096  # bytes of a path
    held: int = 256 * 2**20  # bytes of a packed member, which memory has to hold: twice the metadata of a large archive
    pixels: int = 100_000_000  # width x height x bands of one image

    def __post_init__(self) -> None:
        for each in fields(self):
            if getattr(self, each.name) < 1:
                raise ValueError(f"{each.name}: expected a number above 0")


class Archive(Protocol):
    """A readable container of members."""

    @property
    def name(self) -> str:
        """Name of the archive, without the folder that it lies in and without the suffix of its container."""

    @property
    def seekable(self) -> bool:
        """Whether members can be read in any order, at any time and in another process."""

    def members(self) -> Iterator[Member | RecordError]:
        """Yield every member once, in the order of the container, and what is refused as an error that names it.

        Raises
        ------
        ArchiveError
            The container is damaged beyond the member at hand, or breaks a limit; it may come after some members.
        """

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the members at these paths, in one pass, in the order of the container; unknown paths are skipped."""

    def open(self, path: str) -> BinaryIO:
        """Open one member by its path, which a stream has to be read for up to there.

        Raises
        ------
        KeyError
            The archive has no such member.
        MemberError
            Its bytes cannot be had.
        """

    def stamp(self) -> str:
        """Return a digest that is equal when nothing was touched: of names, sizes, times, or entity tags."""
