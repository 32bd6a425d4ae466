"""A container file that lies elsewhere, read through fsspec and never downloaded whole."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple, cast

from dsdocs.archive.address import WEB, last_part, scheme, shown
from dsdocs.archive.connection import Options, as_options, connect, speaking
from dsdocs.archive.window import Window, WindowReader
from dsdocs.errors import ArchiveError

# Where file systems tell what changes with the bytes: S3 and web servers, Google, Hugging Face; then mere times.
_MARKS = (
    "ETag", "etag", "VersionId", "generation", "md5Hash", "lfs", "blob_id", "Content-MD5", "Digest",
    "LastModified", "Last-Modified", "updated", "mtime", "created",
)  # fmt: skip


class _Facts(NamedTuple):
    folder: bool
    size: int | None  # bytes; None: the server does not tell
    mark: str
    ranges: bool  # whether any part can be asked for


class RemoteFile:
    """A container with an address.

    Handles in one process share what was read last, so that a member costs a request only where its bytes were not
    read along with those before it. Where a server gives neither an entity tag nor a time, the stamp is address and
    size alone, and a change that keeps the size is not noticed.

    Parameters
    ----------
    url
        Address of the file.
    options
        Options of the file system; ``anon`` and ``region`` mean the same for all of them.
    """

    def __init__(self, url: str, options: Mapping[str, object] | None = None) -> None:
        self.url = url
        self.name = last_part(url)
        self._options = as_options(options)
        self._known: _Facts | None = None

    def open(self) -> BinaryIO:
        """Open the file at its start.

        Where the server gives no parts of a file, it can be read from its start to its end only; going back raises
        `ArchiveError`.
        """
        facts = self._facts()
        if facts.size is not None and facts.ranges:
            shared = _window(self.url, self._options, facts.size, facts.mark)
            return cast(BinaryIO, io.BufferedReader(WindowReader(shared), 2**16))
        return cast(BinaryIO, io.BufferedReader(_Onwards(self.url, self._options, facts.size), 2**20))

    def size(self) -> int:
        """Return the number of bytes; raise `ArchiveError` where the server does not tell."""
        size = self._facts().size
        if size is None:
            raise ArchiveError(f"{shown(self.url)}: the server does not tell its size; download it and give its path")
        return size

    def stamp(self) -> str:
        """Return entity tag, version or time of the last change, with address and size."""
        facts = self._facts()
        return f"{self.url} {facts.size} {facts.mark}"

    def is_folder(self) -> bool:
        """Tell whether there is a folder at this address, and no file."""
        return self._facts().folder

    def ranges(self) -> bool:
        """Tell whether any part of the file can be read without what stands before it."""
        return self._facts().ranges

    def _facts(self) -> _Facts:
        if self._known is None:
            system = connect(self.url, self._options)
            with speaking(self.url):
                path = system._strip_protocol(self.url)
                info = system.info(path)
                size = info.get("size")
                ranges = size is not None and info.get("partial", True)
                if ranges and size > 1 and scheme(self.url) in WEB:
                    ranges = _gives_ranges(system, path, size)
                self._known = _Facts(info["type"] == "directory", size, mark(info), ranges)
        return self._known


def _gives_ranges(system: Any, path: str, size: int) -> bool:
    """Ask a web server for the second byte of a file: many say nothing of ranges and give them, others ignore them."""
    with system.open(path, "rb", cache_type="none", size=size) as handle:
        handle.seek(1)
        try:
            return len(handle.read(1)) == 1
        except ValueError:  # the whole file would have come
            return False


def mark(info: Mapping[str, Any]) -> str:
    """Return what a file system tells of a file that changes with its bytes; empty if there is nothing."""
    found = next((info[name] for name in _MARKS if info.get(name)), "")
    return str(found).strip('"')


@lru_cache(maxsize=2)
def _window(url: str, options: Options, size: int, mark: str) -> Window:
    """Return the window on a file that all handles of this process share; a mark that changed makes a new one."""
    return open_window(url, options, size)


def open_window(url: str, options: Options, size: int, *, below: str = "") -> Window:
    """Open a remote file of a known size on a server that gives parts of it.

    Parameters
    ----------
    url
        An address.
    options
        Options of the file system.
    size
        Bytes of the file.
    below
        What follows after the address, which may be anything that a listing holds.
    """
    system = connect(url, options)
    # Given the size, s3fs would not look at the object again, and not notice if it changes between two requests.
    known = {"size": size} if scheme(url) in WEB else {}
    with speaking(url):
        handle = system.open(system._strip_protocol(url) + below, "rb", cache_type="none", **known)

    def fetch(start: int, end: int) -> bytes:
        with speaking(url):
            handle.seek(start)
            data: bytes = handle.read(end - start)
        if len(data) != end - start:
            raise ArchiveError(
                f"{shown(url)}: the server gave {len(data)} bytes from byte {start} on, but {end - start} were asked "
                "for; try again, or download it and give its path"
            )
        return data

    return Window(fetch, size)


class _Onwards(io.RawIOBase):
    """A file of a server that gives no parts: one request, from the start to the end."""

    def __init__(self, url: str, options: Options, size: int | None) -> None:
        self._url = url
        self._position = 0
        system = connect(url, options)
        with speaking(url):
            self._handle = system.open(system._strip_protocol(url), "rb", block_size=0, size=size)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True  # forwards

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: -1}[whence] + offset
        # A seek from the start is the first of many to members, each of which would read all that stands before.
        if whence == io.SEEK_END or target < self._position or (self._position == 0 and target > 0):
            raise ArchiveError(
                f"{shown(self._url)}: the server gives no parts of a file (byte ranges), so that only a compressed "
                "tar can be read from there; download it and give its path"
            )
        while self._position < target and self.read(min(target - self._position, 2**20)):
            pass
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        with speaking(self._url):
            data = self._handle.read(len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._handle.close()
        super().close()
