"""The bytes of one member of a zip archive, unpacked and verified."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import BinaryIO, cast

from dsdocs.archive.feed import CHUNK
from dsdocs.archive.file import Ranges, Span, cut_short
from dsdocs.archive.guard import too_large
from dsdocs.archive.member import Limits, Member
from dsdocs.archive.zstd import ZstdError, frames
from dsdocs.errors import MemberError

STORED, DEFLATED, BZIP2, LZMA, ZSTANDARD = 0, 8, 12, 14, 93
METHODS = frozenset({STORED, DEFLATED, BZIP2, LZMA, ZSTANDARD})
_LOCAL = Struct("<4s5H3L2H")
_EXTRA = 64  # bytes of the extra field of most local headers, at most
_LARGE = 2**26  # bytes; from here on a stored member is not held in memory
_WRONG_END = "its packed bytes do not end where they should"
_Decoder = bz2.BZ2Decompressor | lzma.LZMADecompressor
_ERRORS = (zlib.error, lzma.LZMAError, ZstdError, EOFError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Zip:
    """What all members of one archive share."""

    ranges: Ranges
    limits: Limits


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """Reads one member, whose local header lies at its offset."""

    zip: Zip
    name: bytes  # as it is written in the archive
    packed: int  # bytes
    crc: int
    method: int

    def read(self, member: Member) -> bytes:
        """Read a member whole and verify it."""
        return self._held(member).getvalue()

    def open(self, member: Member) -> BinaryIO:
        """Open a member, all of which is verified before."""
        if self.method != STORED or member.size <= _LARGE:
            return self._held(member)
        start, _ = self._data(member, 0)
        total = 0
        for place in range(0, member.size, CHUNK):
            total = zlib.crc32(self.zip.ranges.read(start + place, min(CHUNK, member.size - place)), total)
        if total != self.crc:
            raise _damaged(member, "its checksum is wrong")
        return cast(BinaryIO, io.BufferedReader(Span(self.zip.ranges, start, member.size)))

    def _held(self, member: Member) -> io.BytesIO:
        if member.size > self.zip.limits.held:
            raise too_large(member.path, member.size, self.zip.limits)
        start, first = self._data(member, min(self.packed, CHUNK))
        sink = io.BytesIO()
        total = 0
        try:
            # Some writers say "deflated" of an empty file, and write nothing.
            method = self.method if self.packed else STORED
            for chunk in _unpacked(method, self._pieces(start, first), member.size):
                total = zlib.crc32(chunk, total)
                sink.write(chunk)
        except _ERRORS as error:
            raise _damaged(member, str(error)) from error
        if sink.tell() != member.size or total != self.crc:
            problem = "its checksum is wrong" if sink.tell() == member.size else "it has another size than it should"
            raise _damaged(member, problem)
        sink.seek(0)
        return sink

    def _data(self, member: Member, ahead: int) -> tuple[int, bytes]:
        """Return the place of the packed bytes and the first of them, after a look at the local header."""
        head = _LOCAL.size + len(self.name)
        data = self.zip.ranges.read(member.offset, head + _EXTRA + ahead)
        if len(data) < head:
            raise cut_short(member, 0)
        signature, _, flags, method, _, _, _, _, _, n_name, n_extra = _LOCAL.unpack_from(data)
        if signature != b"PK\3\4":
            raise _damaged(member, "its local header is not where it should be")
        if n_name != len(self.name) or data[_LOCAL.size : head] != self.name or method != self.method or flags & 1:
            raise _damaged(member, "its local header and the central directory disagree")
        start = member.offset + head + n_extra
        return start, data[head + n_extra : head + n_extra + ahead]

    def _pieces(self, start: int, first: bytes) -> Iterator[bytes]:
        if first:
            yield first
        done = len(first)
        while done < self.packed:
            piece = self.zip.ranges.read(start + done, min(CHUNK, self.packed - done))
            if not piece:
                return
            done += len(piece)
            yield piece


def _unpacked(method: int, pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield what a member holds, and no more than one byte beyond its size, in chunks of at most 1 MiB."""
    if method == STORED:
        return pieces
    if method == DEFLATED:
        return _inflated(pieces, size)
    if method == BZIP2:
        return _decoded(bz2.BZ2Decompressor(), pieces, size)
    if method == LZMA:
        return _decoded_lzma(pieces, size)
    return _limited(frames(_Pieces(pieces)), size)


def _inflated(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    decoder = zlib.decompressobj(-15)
    left = size + 1
    ended = False
    for piece in pieces:
        if ended:
            raise ValueError(_WRONG_END)
        data = piece
        while left:
            chunk = decoder.decompress(data, min(CHUNK, left))
            left -= len(chunk)
            data = decoder.unconsumed_tail
            yield chunk
            ended = decoder.eof
            if ended or (not data and len(chunk) < CHUNK):
                break
    if not ended or decoder.unused_data:
        raise ValueError(_WRONG_END)


def _decoded(decoder: _Decoder, pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    left = size + 1
    ended = False
    for piece in pieces:
        if ended:
            raise ValueError(_WRONG_END)
        data = piece
        while left:
            chunk = decoder.decompress(data, min(CHUNK, left))
            left -= len(chunk)
            data = b""
            yield chunk
            ended = decoder.eof
            if ended or decoder.needs_input:
                break
    if left != 1 or decoder.unused_data:
        raise ValueError(_WRONG_END)


def _decoded_lzma(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Unpack method 14: two bytes of version, the length of the properties, these, and raw LZMA."""
    head = next(pieces, b"")
    if len(head) < 9 or head[2:4] != b"\5\0":
        raise ValueError("its LZMA properties are none")
    # Asked from the first filter alone, the decoder would take any size of a dictionary for granted.
    properties, dictionary = head[4], int.from_bytes(head[5:9], "little")
    if dictionary > 2**27 or properties >= 9 * 5 * 5:
        raise ValueError(f"its LZMA dictionary of {dictionary:,} bytes is too large")
    lzma1 = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(dictionary, 4096),
        "lc": properties % 9,
        "lp": properties // 9 % 5,
        "pb": properties // 45,
    }
    yield from _decoded(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[lzma1]), _chain(head[9:], pieces), size)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _limited(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    done = 0
    for chunk in chunks:
        done += len(chunk)
        yield chunk
        if done > size:
            return


class _Pieces:
    """Pieces as the reader of zstandard frames wants them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, most: int = CHUNK) -> bytes:
        return next(self._pieces, b"")

    def put_back(self, data: bytes) -> None:
        if data:
            raise ValueError(_WRONG_END)


def _damaged(member: Member, problem: str) -> MemberError:
    return MemberError(member.path, "archive.corrupt", f"is damaged: {problem}; get the archive again")
