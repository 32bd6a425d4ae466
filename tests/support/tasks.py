"""Tasks for engines: they lie in a module of their own, so that other processes can import them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def square(number: int) -> int:
    """Return the square."""
    return number * number


def die(number: int) -> int:
    """Kill the process at the fourth task."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def sleep(folder: str) -> None:
    """Say that the process runs, and stay."""
    Path(folder, str(os.getpid())).touch()
    time.sleep(600)


def process(_: object) -> int:
    """Return the number of the process that does this."""
    return os.getpid()
