"""Parts on disk: written whole, found again by the digest of what they were made of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dsdocs.pixels.packing import Part, unpack_part
from dsdocs.safe import write_bytes


class PixelParts:
    """A folder of parts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def has(self, key: str) -> bool:
        """Tell whether the part with this key is there; it is whole then, for it got its name last."""
        return self._path(key).is_file()

    def add(self, key: str, packed: bytes) -> None:
        """Write a part."""
        write_bytes(self._path(key), packed)

    def read(self, key: str) -> Part:
        """Read the part with this key."""
        return unpack_part(self._path(key).read_bytes())

    def keep(self, keys: Iterable[str]) -> None:
        """Remove all other parts."""
        wanted = {self._path(key) for key in keys}
        for path in self._folder.iterdir():
            if path not in wanted:
                path.unlink()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.part"
