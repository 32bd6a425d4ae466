"""Read a remote file at any place with few requests: what is read on and on is asked for in ever larger pieces."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from dsdocs.archive.placed import Placed

Fetch = Callable[[int, int], bytes]
LEAST = 2**18  # bytes of a first request, which also reads the directory of most zip files
MOST = 2**24  # bytes of a request; up to three pieces are held at a time
AHEAD = 2**22  # bytes; from here on the next piece is on its way while this one is worked on


class Window:
    """Two pieces of a file around the place that was last read, shared by all who read it in this process.

    A request begins where something is missing. If that is where the last one ended, or soon after, it is twice as
    large, so that a file of 66 GB takes about 4,000 requests and one of 100 MB about 12; else it is small again. The
    piece before stays, because a parser reads ahead of those who read what it found.

    Parameters
    ----------
    fetch
        Returns the bytes from a first place up to a second one, all of them; called by one thread at a time.
    size
        Bytes of the file.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self.size = size
        self._fetch = fetch
        self._lock = threading.Lock()
        self._start = 0
        self._data = b""
        self._before = (0, b"")
        self._step = LEAST
        self._ahead: tuple[int, Future[bytes]] | None = None

    def read_into(self, start: int, target: memoryview) -> int:
        """Copy bytes from a place of the file, and return how many; fewer than asked for at the end of a piece."""
        with self._lock:
            first, data = self._before
            if not first <= start < first + len(data):
                if not self._start <= start < self._start + len(self._data):
                    self._move(start)
                first, data = self._start, self._data
            found = memoryview(data)[start - first : start - first + len(target)]
            target[: len(found)] = found
            return len(found)

    def _move(self, start: int) -> None:
        skipped = start - (self._start + len(self._data))
        onwards = 0 <= skipped < self._step and bool(self._data)
        self._step = min(2 * self._step, MOST) if onwards else LEAST
        self._before = self._start, self._data
        first, data = self._taken()
        if not first <= start < first + len(data):
            first, data = start, self._fetch(start, min(start + self._step, self.size))
        self._start, self._data = first, data
        end = first + len(data)
        if onwards and self._step >= AHEAD and end < self.size:
            self._ahead = end, _begun(self._fetch, end, min(end + self._step, self.size))

    def _taken(self) -> tuple[int, bytes]:
        """Wait for the piece that is on its way, if there is one."""
        if self._ahead is None:
            return 0, b""
        (first, piece), self._ahead = self._ahead, None
        return first, piece.result()


def _begun(fetch: Fetch, start: int, end: int) -> Future[bytes]:
    piece: Future[bytes] = Future()

    def run() -> None:
        try:
            piece.set_result(fetch(start, end))
        except BaseException as error:  # raised again by whoever asks for the result
            piece.set_exception(error)

    threading.Thread(target=run, daemon=True).start()  # a daemon: a program that is interrupted does not wait for it
    return piece


class WindowReader(Placed):
    """A place in a window, as a file."""

    def __init__(self, window: Window) -> None:
        super().__init__(window.size)
        self._window = window

    def readinto(self, buffer: Any) -> int:
        """Read up to as many bytes as fit."""
        if self._position >= self._size:
            return 0
        count = self._window.read_into(self._position, memoryview(buffer).cast("B"))
        self._position += count
        return count
