"""One file of an archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: its path with forward slashes, its size, and a way to its bytes."""

    path: str
    size: int  # bytes
    open: Callable[[], BinaryIO]
