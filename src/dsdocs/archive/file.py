"""Where a container file lies: on this machine, in one file or cut into several."""

from __future__ import annotations

import io
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from dsdocs.archive.member import Member
from dsdocs.archive.placed import Placed
from dsdocs.errors import ArchiveError, MemberError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 2**16  # bytes that a member is read ahead by; the header of most images lies in them


class File(Protocol):
    """A file that holds a container; small, and sent to other processes together with members."""

    @property
    def name(self) -> str:
        """Last part of its path, with the suffix."""

    def open(self) -> BinaryIO:
        """Open the file as a seekable stream, at its start; raise `ArchiveError` if it cannot be read."""

    def size(self) -> int:
        """Return the number of bytes; raise `ArchiveError` if the file cannot be reached."""

    def stamp(self) -> str:
        """Return a text that changes when the bytes may have changed: size and time, or entity tag."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine."""

    path: str

    @property
    def name(self) -> str:
        """Last part of the path."""
        return os.path.basename(self.path)

    def open(self) -> BinaryIO:
        """Open the file, unbuffered: containers read in large pieces or at given places."""
        try:
            return open(self.path, "rb", buffering=0)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def size(self) -> int:
        """Return the number of bytes."""
        return self._stat().st_size

    def stamp(self) -> str:
        """Return size and modification time."""
        stat = self._stat()
        return f"{stat.st_size} {stat.st_mtime_ns}"

    def _stat(self) -> os.stat_result:
        try:
            return os.stat(self.path)
        except OSError as error:
            raise unreadable(self.path, error) from error


class Ranges:
    """Reads a file at any place, from any thread, and after it was sent to another process."""

    def __init__(self, file: File) -> None:
        self.file = file
        self._handle: BinaryIO | None = None
        self._number: int | None = None  # file descriptor, where there is one
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Ranges], tuple[File]]:
        return type(self), (self.file,)

    def __del__(self) -> None:
        if self._handle is not None:
            self._handle.close()

    def read(self, start: int, size: int) -> bytes:
        """Return the bytes from a place on, fewer only at the end of the file.

        Raises
        ------
        ArchiveError
            The file cannot be read.
        """
        if self._handle is None:
            self._open()
        try:
            data = self._read(start, size)
            if len(data) == size:
                return data
            pieces = [data]  # one system call gives 2 GiB at most, and a file in pieces stops at each border
            missing = size - len(data)
            while data and missing:
                data = self._read(start + size - missing, missing)
                pieces.append(data)
                missing -= len(data)
        except OSError as error:
            raise unreadable(self.file.name, error) from error
        return b"".join(pieces)

    def _read(self, start: int, size: int) -> bytes:
        if self._number is not None:
            return os.pread(self._number, size, start)
        with self._lock:
            handle = cast(BinaryIO, self._handle)
            handle.seek(start)
            return handle.read(size)

    def _open(self) -> None:
        with self._lock:
            if self._handle is None:
                handle = self.file.open()
                if isinstance(handle, io.FileIO):
                    self._number = handle.fileno()
                self._handle = handle


class Span(Placed):
    """Some bytes of a file, as a file."""

    def __init__(self, ranges: Ranges, start: int, size: int) -> None:
        super().__init__(size)
        self._ranges = ranges
        self._start = start

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read up to as many bytes as fit."""
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self._size - self._position))
        data = self._ranges.read(self._start + self._position, count)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


@dataclass(frozen=True, slots=True)
class Stored:
    """Members that lie in a container as they are, each at its offset."""

    ranges: Ranges

    def read(self, member: Member) -> bytes:
        """Read a member whole."""
        data = self.ranges.read(member.offset, member.size)
        if len(data) != member.size:
            raise cut_short(member, len(data))
        return data

    def open(self, member: Member) -> BinaryIO:
        """Open a member: one that is small is read at once."""
        if member.size <= _BUFFER:
            return io.BytesIO(self.read(member))
        return cast(BinaryIO, io.BufferedReader(Span(self.ranges, member.offset, member.size), _BUFFER))


def cut_short(member: Member, found: int) -> MemberError:
    """Return the error of a member that has fewer bytes than its container says."""
    problem = f"ends after {found:,} of {member.size:,} bytes; get the archive again, or wait until it is written"
    return MemberError(member.path, "archive.corrupt", problem)


def unreadable(path: str, error: OSError) -> ArchiveError:
    """Return the error for a file or folder that the machine does not let us read."""
    category = "fs.permission" if isinstance(error, PermissionError) else ""
    problem = f"cannot be read: {error.strerror or error}"
    return ArchiveError(f"{path}: {problem}; look that it is there, and that you may read it", category)
