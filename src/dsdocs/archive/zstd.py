"""Zstandard, block by block: a frame that is cut is noticed, and no input unpacks to more than a megabyte at once.

The library alone does neither. What is looked at here is the frame format of RFC 8878, section 3.1; the blocks
themselves, the content size and the checksum are its work.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

FRAME = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"  # after a byte of 0x50 to 0x5f
_WINDOW = 2**27  # bytes; `zstd --long` needs them
_BLOCK = 2**17  # bytes, which no block exceeds, packed or not
_BLOCKS = 8  # that are unpacked at once
_RAW, _RLE, _COMPRESSED = range(3)


class ZstdError(Exception):
    """What is wrong with compressed bytes."""


class _Packed(Protocol):
    def read(self, most: int = ...) -> bytes: ...
    def put_back(self, data: bytes) -> None: ...


class _Exact:
    """Reads so many bytes, not fewer."""

    def __init__(self, packed: _Packed) -> None:
        self._packed = packed
        self._data = b""
        self._at = 0

    def ahead(self, count: int) -> bytes:
        """Return the next bytes without taking them; fewer at the end."""
        while len(self._data) - self._at < count and (more := self._packed.read()):
            self._data, self._at = self._data[self._at :] + more, 0
        return self._data[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        data = self.ahead(count)
        if len(data) < count:
            raise ZstdError("ends in the middle")
        self._at += count
        return data

    def skip(self, count: int) -> None:
        while count:
            count -= len(self.take(min(count, _BLOCK)))

    def leave(self) -> None:
        self._packed.put_back(self._data[self._at :])


def frames(packed: _Packed) -> Iterator[bytes]:
    """Yield what the frames hold, in chunks of at most 1 MiB, and leave what follows them.

    Raises
    ------
    ZstdError
        A frame is cut, was changed, or needs more memory than it may.
    """
    source = _Exact(packed)
    while head := source.ahead(4):
        if head == FRAME:
            yield from _frame(source)
        elif head[1:] == _SKIPPABLE and head[0] & 0xF0 == 0x50:
            source.skip(4)
            source.skip(int.from_bytes(source.take(4), "little"))
        else:
            break
    source.leave()


def _frame(source: _Exact) -> Iterator[bytes]:
    import zstandard  # only here, where it is needed

    decoder = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    header = _header(source)
    checksum = 4 if header[4] & 0x04 else 0
    waiting = [header]
    last = False
    try:
        while not last:
            last, block = _block(source)
            waiting.append(block)
            if last:
                waiting.append(source.take(checksum))
            if last or len(waiting) >= _BLOCKS:
                chunk = decoder.decompress(b"".join(waiting))
                waiting.clear()
                if chunk:
                    yield chunk
    except zstandard.ZstdError as error:
        raise ZstdError(str(error)) from error
    if not decoder.eof:
        raise ZstdError("a frame has no end")


def _header(source: _Exact) -> bytes:
    descriptor = source.ahead(5)[4:]
    if not descriptor:
        raise ZstdError("ends in the middle")
    single = bool(descriptor[0] & 0x20)
    content = (1 if single else 0, 2, 4, 8)[descriptor[0] >> 6]
    dictionary = (0, 1, 2, 4)[descriptor[0] & 3]
    return source.take(5 + (not single) + dictionary + content)


def _block(source: _Exact) -> tuple[bool, bytes]:
    header = source.take(3)
    value = int.from_bytes(header, "little")
    kind, size = value >> 1 & 3, value >> 3
    if kind > _COMPRESSED or size > _BLOCK:
        raise ZstdError(f"a block of {size:,} bytes, type {kind}, is none")
    return bool(value & 1), header + source.take(1 if kind == _RLE else size)
