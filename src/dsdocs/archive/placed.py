"""A place in something whose bytes can be read from anywhere, as a file."""

from __future__ import annotations

import io


class Placed(io.RawIOBase):
    """What all such files share; ``readinto`` is left to them, and moves ``_position``."""

    def __init__(self, size: int) -> None:
        self._size = size  # bytes
        self._position = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that any place can be read."""
        return True

    def tell(self) -> int:
        """Return the place."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to another place, without reading."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(22, "negative seek position")
        self._position = base + offset
        return self._position
