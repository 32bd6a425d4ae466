"""A tar archive, as it is or compressed, without Python's ``tarfile``.

That module takes a cut archive for a shorter one, loops on negative sizes, and needs several times as long.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import BinaryIO

from dsdocs.archive.feed import ChunkFeed, Feed, FileFeed
from dsdocs.archive.file import File, Ranges, Stored, cut_short
from dsdocs.archive.guard import Meter, RefusedError, check_nested, check_size, refused, safe_path, too_large
from dsdocs.archive.index import Index
from dsdocs.archive.member import Limits, Member, Source
from dsdocs.archive.stream import unpacked
from dsdocs.archive.tar_walk import LINKS, REGULAR, SPECIAL, Header, TarWalk
from dsdocs.errors import MemberError
from dsdocs.records import RecordError

_NOWHERE = -1


class Streamed:
    """The bytes of the member that a compressed archive is at."""

    def __init__(self, feed: Feed, limits: Limits) -> None:
        self._feed = feed
        self._limits = limits
        self._data: bytes | None = None
        self.offset = _NOWHERE

    def move_to(self, offset: int) -> None:
        """Forget the member before."""
        self.offset = offset
        self._data = None

    def read(self, member: Member) -> bytes:
        """Read the member whole; it may be read again until the next one is asked for."""
        if member.offset != self.offset:
            problem = "cannot be read any more: the next file of a compressed archive was asked for; read it before"
            raise MemberError(member.path, "archive.unsupported", problem)
        if member.size > self._limits.held:
            raise too_large(member.path, member.size, self._limits)
        if self._data is None:
            self._data = self._feed.take(member.size)
        if len(self._data) != member.size:
            raise cut_short(member, len(self._data))
        return self._data

    def open(self, member: Member) -> BinaryIO:
        """Open the member; what was opened stays readable."""
        return io.BytesIO(self.read(member))


class TarArchive:
    """The files of a tar archive.

    As it is, members are found by their headers alone and can be read at any time. Compressed, they come in one pass,
    and each can be read until the next one is asked for; a pass verifies all that the compression can.

    Parameters
    ----------
    file
        Where it lies.
    name
        Of the archive.
    limits
        What it may ask of the machine.
    compression
        A key of `dsdocs.archive.stream.MAGIC`; None: it is not compressed.
    """

    def __init__(self, file: File, name: str, limits: Limits, compression: str | None = None) -> None:
        self.name = name
        self.seekable = compression is None
        self._file = file
        self._limits = limits
        self._compression = compression

    def members(self) -> Iterator[Member | RecordError]:
        """Yield every file once; links, devices and other refused members as errors."""
        stamp = self.stamp()  # of the whole file: a tar has no checksums, and its times may be set to anything
        meter = Meter(self._file.name, self._limits)
        stream: Streamed | None = None
        source: Source
        if self._compression is None:
            ranges = Ranges(self._file)
            source = Stored(ranges)
            feed: Feed = FileFeed(ranges, self._file.size())
        else:
            feed = ChunkFeed(unpacked(self._file, self._compression, self._limits))
            source = stream = Streamed(feed, self._limits)
        for header in TarWalk(feed, self._file.name):
            meter.count(header.size)
            try:
                path = self._checked(header)
            except RefusedError as error:
                yield refused(header.path, error)
                continue
            if stream is not None:
                stream.move_to(header.start)
            yield Member(path, header.size, source, header.start, stamp)
        if stream is not None:
            stream.move_to(_NOWHERE)

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the members at these paths, the first of each, in the order of the archive."""
        if self.seekable:
            found = ((path, self._index.find(path)) for path in set(paths))
            places = sorted((place, path) for path, place in found if place is not None)
            source, stamp = Stored(Ranges(self._file)), self.stamp()
            for (offset, size), path in places:
                yield Member(path, size, source, offset, stamp)
            return
        missing = set(paths)
        for entry in self.members() if missing else ():
            if isinstance(entry, Member) and entry.path in missing:
                missing.remove(entry.path)
                yield entry
                if not missing:
                    return

    def open(self, path: str) -> BinaryIO:
        """Open one member; ``KeyError`` if there is none at this path."""
        for member in self.fetch((path,)):
            return member.open()
        raise KeyError(path)

    def stamp(self) -> str:
        """Return the stamp of the file."""
        return self._file.stamp()

    @cached_property
    def _index(self) -> Index:
        return Index((entry.path, entry.offset, entry.size) for entry in self.members() if isinstance(entry, Member))

    def _checked(self, header: Header) -> str:
        if header.kind in LINKS:
            raise RefusedError("archive.link", "is a link, and links are not followed; pack the file itself")
        if header.kind in SPECIAL:
            raise RefusedError("fs.special", "is a device or pipe; expected a file")
        path = safe_path(header.path, self._limits)
        if header.kind not in REGULAR:
            raise RefusedError(
                "archive.unsupported",
                f"is no plain file but of the type {header.kind.decode('ascii', 'backslashreplace')!r} (sparse, cut "
                "over volumes, or of another writer); pack it as a plain file",
            )
        check_size(header.size, self._limits)
        check_nested(path)
        return path
