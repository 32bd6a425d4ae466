"""End at once when the system says so, with everything cleaned up and the exit code that tells why."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

GRACE = 10.0  # seconds in which a process that was told to end may clean up
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(SystemExit):
    """The process was told to end; 128 and the number of the signal is its exit code.

    No `KeyboardInterrupt`, which libraries turn into exit codes of their own. Event loops let both through.
    """


@dataclass(slots=True)
class Interruption:
    """The signal that came, if one did."""

    code: int | None = None
    _held: int = 0  # how many `uninterrupted` are open
    _waiting: int | None = None  # a signal that came meanwhile

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """End what runs: once, and for good if it does not end by itself."""
        if self._held:
            self._waiting = number
            return
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_IGN)  # some programs send each signal twice; cleaning up goes on
        self.code = 128 + number
        timer = threading.Timer(GRACE, os._exit, (self.code,))
        timer.daemon = True
        timer.start()
        raise Interrupted(self.code)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let signals wait."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._waiting is not None and not self._held:
                self(self._waiting, None)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Let SIGINT and SIGTERM raise `Interrupted` in the main thread, so that all that is open is cleaned up."""
    interruption = Interruption()
    before = [signal.signal(number, interruption) for number in _SIGNALS]
    try:
        yield interruption
    finally:
        if interruption.code is None:
            for number, handler in zip(_SIGNALS, before, strict=True):
                signal.signal(number, handler)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a signal wait for the end of something short, such as the start of a process that is to end with this one."""
    handler = signal.getsignal(signal.SIGTERM)
    with handler.hold() if isinstance(handler, Interruption) else nullcontext():
        yield


def guard_streams() -> None:
    """Let a reader of this process go, and standard error be anything, without an error."""
    for name, harmless in (("stdout", BrokenPipeError), ("stderr", OSError)):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started this; a file that is opened next must not take its number
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (to the end)
        elif isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _Guarded(stream, name, harmless))


class _Guarded(io.TextIOWrapper):
    """A standard stream which, after an error, drops the rest instead of trying again at the end of the process.

    What cannot be encoded, such as a file name that is no text, is written with escapes.
    """

    def __init__(self, stream: io.TextIOWrapper, name: str, harmless: type[OSError]) -> None:
        super().__init__(stream.buffer, stream.encoding, "backslashreplace", line_buffering=stream.line_buffering)
        self._title = f"<{name}>"
        self._harmless = harmless

    def write(self, text: str) -> int:
        """Write text."""
        with self._dropping():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._dropping():
            super().flush()

    @contextmanager
    def _dropping(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            if not isinstance(error, self._harmless):
                error.filename = self._title
                raise


def plain(text: str) -> str:
    """Return text with what would steer a terminal, such as in the name of a file, written out."""
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text)
