"""One container that was cut into several files, and what the names of containers tell."""

from __future__ import annotations

import hashlib
import io
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO, cast

from dsdocs.archive.file import File
from dsdocs.archive.guard import PACKED
from dsdocs.errors import ArchiveError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_SUFFIX = "|".join(re.escape(suffix) for suffix in sorted(PACKED, key=len, reverse=True))
_PIECE = re.compile(
    rf"(?P<whole>.+(?:{_SUFFIX}))(?:[._-](?:part)?[._-]?(?P<number>\d{{1,5}}|[a-z]{{2}}))", re.IGNORECASE
)
_PACKED = re.compile(rf"(.+)(?:{_SUFFIX})", re.IGNORECASE)
_VOLUME = re.compile(r".+\.[zr]\d\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SplitFile:
    """A container that was cut into pieces at any byte."""

    name: str  # of the whole
    pieces: tuple[File, ...]

    def open(self) -> BinaryIO:
        """Open the whole."""
        return cast(BinaryIO, _Joined(self.pieces))

    def size(self) -> int:
        """Return the bytes of all pieces."""
        return sum(piece.size() for piece in self.pieces)

    def stamp(self) -> str:
        """Return a digest of the stamps of the pieces."""
        return hashlib.sha256("\n".join(piece.stamp() for piece in self.pieces).encode()).hexdigest()


class _Joined(io.RawIOBase):
    """Files read as one."""

    def __init__(self, pieces: Sequence[File]) -> None:
        self._pieces = pieces
        self._ends = list(accumulate(piece.size() for piece in pieces))
        self._position = 0
        self._handle: BinaryIO | None = None
        self._number = -1  # of the piece that is open

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._ends[-1]}[whence] + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read up to the end of a piece."""
        number = bisect_right(self._ends, self._position)
        if number == len(self._ends):
            return 0
        if number != self._number or self._handle is None:
            self._shut()
            self._handle, self._number = self._pieces[number].open(), number
        first = self._ends[number - 1] if number else 0
        view = memoryview(buffer).cast("B")
        self._handle.seek(self._position - first)
        data = self._handle.read(min(len(view), self._ends[number] - self._position))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._shut()
        super().close()

    def _shut(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def joined(files: Iterable[File]) -> list[File]:
    """Put the pieces of containers together (``x.tar.gz.001``, ``x.tar.gz.partaa``, ``x.zip-aa``), in natural order.

    Raises
    ------
    ArchiveError
        A piece is missing.
    """
    whole: dict[str, dict[int, File]] = {}
    result: list[File] = []
    for file in files:
        found = None if file.name.lower().endswith(PACKED) else _PIECE.fullmatch(file.name)
        if found:
            whole.setdefault(found["whole"], {})[_counted(found["number"])] = file
        else:
            result.append(file)
    for name, pieces in whole.items():
        first = min(pieces)
        missing = [number for number in range(first, first + len(pieces)) if number not in pieces]
        if first > 1 or missing:
            raise ArchiveError(
                f"{name}: a piece is missing: {'the first' if first > 1 else f'number {missing[0]}'}; found "
                f"{', '.join(file.name for _, file in sorted(pieces.items()))}; name all of them, as in {name}*",
                "archive.corrupt",
            )
        result.append(SplitFile(name, tuple(pieces[number] for number in sorted(pieces))))
    return sorted(result, key=lambda file: natural(file.name))


def is_packed(name: str) -> bool:
    """Tell from its name whether a file is a container, or a piece of one."""
    return name.lower().endswith(PACKED) or bool(_PIECE.fullmatch(name) or _VOLUME.fullmatch(name))


def is_volume(name: str) -> bool:
    """Tell from its name whether a file is a volume of a zip or rar archive, which are no mere pieces."""
    return bool(_VOLUME.fullmatch(name))


def without_suffix(name: str) -> str:
    """Return the name of a container without what says how it is packed."""
    found = _PACKED.fullmatch(name)
    return found[1] if found else name


def natural(name: str) -> list[tuple[str, int]]:
    """Return a key that sorts names as people do: ``part-2`` before ``part-10``."""
    texts = re.split(r"(\d+)", name)
    numbers = [int(text) for text in texts[1::2]]
    return [*zip(texts[::2], [*numbers, 0], strict=True), (name, 0)]


def _counted(number: str) -> int:
    """Return the place of a piece: of digits, or of letters as ``split`` counts them (aa, ab ... zz)."""
    if number.isdigit():
        return int(number)
    place = 0
    for letter in number.lower():
        place = 26 * place + ord(letter) - ord("a")
    return place
