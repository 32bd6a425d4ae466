"""Let one process at a time work in a folder, and take over what a dead one had locked."""

from __future__ import annotations

import errno
import json
import os
import platform
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from dsdocs.errors import DsdocsError
from dsdocs.safe.processes import boot, runs, started

if sys.platform != "win32":
    import fcntl

_NAME = ".lock"
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}


@dataclass(frozen=True, slots=True)
class _Holder:
    """A process that holds a lock."""

    pid: int
    host: str
    boot: str  # differs for each start of a machine; containers of one machine share it
    started: str  # of the process, in ticks since the machine was started
    since: str  # time of day, UTC

    @property
    def here(self) -> bool:
        """Whether it ran on this machine, so that it can be told if it still does."""
        return self.host == platform.node() or (self.boot != "" and self.boot == boot())

    @property
    def alive(self) -> bool:
        """Whether the very process still runs, for one of this machine."""
        return self.boot == boot() and runs(self.pid) and self.started == started(self.pid)


class Lock:
    """A context in which no other process works in a folder; this one may enter it again.

    The folder is made if it is not there. What a dead process of this machine had locked is taken over.

    Raises
    ------
    DsdocsError
        Another process works there, or did so on a machine from which it cannot be told whether it still does.
    """

    _entered: ClassVar[dict[str, int]] = {}  # lock file -> how often this process has entered

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder.resolve() / _NAME
        self._handle: int | None = None

    def __enter__(self) -> Lock:
        depth = self._entered.get(str(self._path), 0)
        if not depth:
            self._handle = self._acquire()
        self._entered[str(self._path)] = depth + 1
        return self

    def __exit__(self, *error: object) -> None:
        self._entered[str(self._path)] -= 1
        if self._handle is not None:
            del self._entered[str(self._path)]
            with suppress(OSError):  # the folder may be gone
                self._path.unlink()  # while it is held: who has opened this very file finds that it is gone
            os.close(self._handle)
            self._handle = None

    def _acquire(self) -> int:
        made = not self._path.parent.exists()
        try:
            for _ in range(100):  # the holder may remove file and folder at any moment
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):
                    handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
                    if self._take(handle):
                        return handle
        except BaseException:
            if made:
                with suppress(OSError):
                    self._path.parent.rmdir()
            raise
        raise DsdocsError(f"{self._folder}: other processes lock it again and again; wait until they have ended")

    def _take(self, handle: int) -> bool:
        """Lock an open file and write into it who does; False, with the file closed, if it was removed meanwhile."""
        try:
            self._refuse_holder(_flock(handle), _read_holder(handle))
            if os.path.samestat(os.fstat(handle), self._path.stat()):
                self._sign(handle)
                return True
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        return False

    def _refuse_holder(self, free: bool | None, holder: _Holder | None) -> None:
        if free is False or (free is None and holder is not None and holder.alive):
            who = f"process {holder.pid} on {holder.host} since {holder.since}" if holder else "another process"
            raise DsdocsError(f"{self._folder}: in use by {who}; wait until it has ended, or end it")
        if holder is not None and not holder.here:
            raise DsdocsError(
                f"{self._folder}: in use by process {holder.pid} on {holder.host} since {holder.since}; from this "
                f"machine it cannot be told whether it still runs; if it does not, delete {self._path}"
            )

    def _sign(self, handle: int) -> None:
        since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        own = _Holder(os.getpid(), platform.node(), boot(), started(os.getpid()), since)
        try:
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, json.dumps(asdict(own)).encode())
            os.fsync(handle)
        except BaseException as error:
            self._path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                error.filename = str(self._path)
            raise


def _flock(handle: int) -> bool | None:
    """Lock an open file as long as this process lives; None where the file system knows no locks."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return None
    return True


def _read_holder(handle: int) -> _Holder | None:
    """Read who has locked a file; None for one that a process was killed in writing."""
    try:
        return _Holder(**json.loads(os.read(handle, 4096)))
    except (ValueError, TypeError):
        return None
