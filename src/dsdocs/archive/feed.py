"""A container from front to back, as one buffer that is filled when something is missing."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator

from dsdocs.archive.file import Ranges

CHUNK = 2**20  # bytes that are read at once
_LEAST = 2**14  # bytes that are read at once where large members are passed over


class Feed(ABC):
    """What was read and not yet used; parsers take from ``data`` directly, which a call for each member would slow."""

    def __init__(self) -> None:
        self.data = b""
        self.at = 0  # of the next byte in `data`; beyond its end where bytes are passed over that were not read yet
        self.base = 0  # of `data` in the container

    @property
    def position(self) -> int:
        """Place of the next byte in the container."""
        return self.base + self.at

    @abstractmethod
    def fill(self, count: int) -> bool:
        """Make sure that ``data`` holds so many bytes from ``at`` on; false if the container ends before."""

    @abstractmethod
    def skip_to(self, position: int) -> bool:
        """Pass over everything before a place; false if the container ends before it."""

    def may_reach(self, position: int) -> bool:
        """Tell whether the container can have this place, as far as is known without reading on."""
        return True

    def take(self, count: int) -> bytes:
        """Return the next bytes, fewer only where the container ends."""
        if self.at + count <= len(self.data) or (count <= CHUNK and self.fill(count)):
            self.at += count
            return self.data[self.at - count : self.at]
        sink = io.BytesIO()  # its value is given out without another copy
        while count and self.fill(1):
            piece = self.data[self.at : self.at + count]
            self.at += len(piece)
            count -= len(piece)
            sink.write(piece)
        return sink.getvalue()


class FileFeed(Feed):
    """Reads a file at the places that are needed: all of it where members are small, and headers alone where not."""

    def __init__(self, ranges: Ranges, size: int) -> None:
        super().__init__()
        self._ranges = ranges
        self._size = size
        self._step = _LEAST

    def fill(self, count: int) -> bool:
        """Make sure that ``data`` holds so many bytes from ``at`` on; false if the file ends before."""
        passed = self.at - len(self.data)
        if passed <= -count:
            return True
        self._step = min(2 * self._step, CHUNK) if 4 * passed <= self._step else _LEAST
        rest = self.data[self.at :]
        self.base, self.at = self.base + self.at, 0
        self.data = rest + self._ranges.read(self.base + len(rest), max(self._step, count))
        return len(self.data) >= count

    def may_reach(self, position: int) -> bool:
        """Tell whether the file has this place."""
        return position <= self._size

    def skip_to(self, position: int) -> bool:
        """Pass over everything before a place, without reading it."""
        self.at = position - self.base
        return position <= self._size


class ChunkFeed(Feed):
    """Takes what it is given, for example by a decompressor; forwards only."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks

    def fill(self, count: int) -> bool:
        """Make sure that ``data`` holds so many bytes from ``at`` on; false if the chunks end before."""
        if len(self.data) - self.at >= count:
            return True
        pieces = [self.data[self.at :]]
        missing = count - len(pieces[0])
        for chunk in self._chunks:
            pieces.append(chunk)
            missing -= len(chunk)
            if missing <= 0:
                break
        self.base, self.at = self.base + self.at, 0
        self.data = b"".join(pieces)
        return missing <= 0

    def skip_to(self, position: int) -> bool:
        """Pass over everything before a place."""
        while position > self.base + len(self.data):
            self.base, self.at, self.data = self.base + len(self.data), 0, b""
            if not self.fill(1):
                return False
        self.at = position - self.base
        return True
