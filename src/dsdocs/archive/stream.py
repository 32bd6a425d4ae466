"""Decompression that notices what is cut, changed or unreasonable: gzip, zstandard, bzip2 and xz."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from dsdocs.archive.feed import CHUNK
from dsdocs.archive.file import File, unreadable
from dsdocs.archive.guard import RAISE, broken_limit
from dsdocs.archive.member import Limits
from dsdocs.archive.zstd import FRAME as ZSTD_FRAME
from dsdocs.archive.zstd import ZstdError, frames
from dsdocs.errors import ArchiveError

MAGIC = {"gzip": b"\x1f\x8b", "zstandard": ZSTD_FRAME, "bzip2": b"BZh", "xz": b"\xfd7zXZ\0"}
_XZ_MEMORY = 2**27  # bytes; `xz -9` needs 65 MiB


class _Failed(Exception):
    """What is wrong with compressed bytes."""


class Packed:
    """Compressed bytes, handed out piece by piece and counted."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._back = b""
        self.count = 0

    def read(self, most: int = CHUNK // 4) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        if self._back:
            data, self._back = self._back[:most], self._back[most:]
        else:
            data = self._handle.read(most)
        self.count += len(data)
        return data

    def put_back(self, data: bytes) -> None:
        """Return bytes that belong to what follows."""
        self._back = data + self._back
        self.count -= len(data)


def unpacked(file: File, kind: str, limits: Limits) -> Iterator[bytes]:
    """Yield the content of a compressed file in chunks of at most 1 MiB.

    Parameters
    ----------
    file
        Where it lies.
    kind
        A key of `MAGIC`.
    limits
        Of these, ``size``, ``ratio`` and ``ratio_from`` are looked at while it is unpacked.

    Raises
    ------
    ArchiveError
        The bytes are cut or were changed, something else follows them, or a limit is broken.
    """
    with file.open() as handle:
        packed = Packed(handle)
        done = 0
        try:
            for chunk in _CODECS[kind](packed):
                done += len(chunk)
                _check(file.name, done, packed.count, limits)
                yield chunk
        except (zlib.error, lzma.LZMAError, ZstdError, _Failed, EOFError) as error:
            raise _damaged(file.name, kind, packed.count, done, error) from error
        except OSError as error:
            if error.errno is None:  # bzip2 has no exception of its own
                raise _damaged(file.name, kind, packed.count, done, error) from error
            raise unreadable(file.name, error) from error


def _damaged(name: str, kind: str, taken: int, done: int, error: Exception) -> ArchiveError:
    return ArchiveError(
        f"{name}: is damaged: {kind}, after {taken:,} bytes that unpack to {done:,}: {error}; get the file again",
        "archive.corrupt",
    )


def _check(name: str, done: int, taken: int, limits: Limits) -> None:
    if done > limits.size:
        raise broken_limit(name, "size", f"more than {limits.size:,} bytes when it is unpacked")
    if done > limits.ratio_from and done > limits.ratio * taken:
        raise ArchiveError(
            f"{name}: its first {taken:,} bytes unpack to {done:,}, the limit 'ratio' is {limits.ratio} to 1 beyond "
            f"{limits.ratio_from:,} bytes; {RAISE}",
            "archive.bomb",
        )


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflate:
    """The decompressor of gzip with the interface of the others; it verifies CRC-32 and length."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        result = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail
        return result


def _joined(magic: bytes, decoder: Callable[[], _Decoder]) -> Callable[[Packed], Iterator[bytes]]:
    """Return the decompression of one or more streams, one after the other."""

    def chunks(packed: Packed) -> Iterator[bytes]:
        while True:
            current = decoder()
            while not current.eof:
                data = packed.read() if current.needs_input else b""
                if current.needs_input and not data:
                    raise _Failed("ends in the middle")
                chunk = current.decompress(data, CHUNK)
                if chunk:
                    yield chunk
            packed.put_back(current.unused_data)
            if not _another(packed, magic):
                return

    return chunks


def _another(packed: Packed, magic: bytes) -> bool:
    """Pass over zeros, with which tapes are padded, and tell whether another stream follows."""
    while data := packed.read():
        rest = data.lstrip(b"\0")
        if rest:
            packed.put_back(rest)
            if _head(packed, len(magic)) != magic:
                raise _Failed("is followed by bytes that are no part of it")
            return True
    return False


def _head(packed: Packed, count: int) -> bytes:
    head = b""
    while len(head) < count and (piece := packed.read(count - len(head))):
        head += piece
    packed.put_back(head)
    return head


def _zstd(packed: Packed) -> Iterator[bytes]:
    while True:
        yield from frames(packed)
        rest = b""
        while not rest and (data := packed.read()):
            rest = data.lstrip(b"\0")
        if not rest:
            return
        raise _Failed("is followed by bytes that are no part of it")


_CODECS: dict[str, Callable[[Packed], Iterator[bytes]]] = {
    "gzip": _joined(MAGIC["gzip"], _Inflate),
    "bzip2": _joined(MAGIC["bzip2"], bz2.BZ2Decompressor),
    "xz": _joined(MAGIC["xz"], lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)),
    "zstandard": _zstd,
}
