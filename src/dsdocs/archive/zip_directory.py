"""The central directory of a zip archive, read in pieces: `zipfile` holds all of it, about 700 bytes for each member.

Facts from APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3 and 4.4, and for names from Info-ZIP's extra field 0x7075.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from dsdocs.archive.feed import FileFeed
from dsdocs.archive.file import Ranges
from dsdocs.archive.guard import shown
from dsdocs.errors import ArchiveError

_END = Struct("<4s4H2LH")
_END64 = Struct("<4sQ2H2L4Q")
_LOCATOR = Struct("<4sLQL")
_RECORD = Struct("<4s6H3L5H2L")
_EXTRA = Struct("<2H")
_FULL, _FULL_SHORT = 0xFFFFFFFF, 0xFFFF  # the number stands in a zip64 field
_TAIL = _END.size + 0xFFFF + _LOCATOR.size  # bytes that the end of the archive may take
UNIX = frozenset({3, 19})  # systems whose attributes are those of Unix: it, and macOS


class End(NamedTuple):
    """What the end of the archive says."""

    members: int
    start: int  # of the central directory in the file
    size: int  # bytes of it
    shift: int  # bytes before the archive, for example of a program that unpacks itself


class Record(NamedTuple):
    """One member, as the central directory has it."""

    name: bytes
    path: str  # decoded; bytes that are not UTF-8 but should be as lone surrogates
    place: int  # of the record in the file
    start: int  # of the local header in the file
    packed: int  # bytes
    size: int  # bytes, unpacked
    crc: int
    method: int
    flags: int
    mode: int  # of Unix, 0 where another system wrote the record


def find_end(ranges: Ranges, size: int) -> End:
    """Find the central directory.

    Raises
    ------
    ArchiveError
        There is no end of a zip archive, it makes no sense, or the archive is cut into volumes.
    """
    name = ranges.file.name
    tail = ranges.read(max(0, size - _TAIL), min(size, _TAIL))
    at = tail.rfind(b"PK\5\6")
    while at >= 0 and not _fits(tail, at):
        at = tail.rfind(b"PK\5\6", 0, at)
    if at < 0:
        raise _damaged(name, "has no end record, so it is cut, or something was added to it")
    _, disk, first, here, members, length, start, _ = _END.unpack_from(tail, at)
    place = size - len(tail) + at
    if _FULL_SHORT in (disk, first, here, members) or _FULL in (length, start):
        found = _end64(ranges, tail, at, place)
        if found is not None:
            place, disk, first, here, members, length, start = found
    if disk or first or here != members:
        raise ArchiveError(f"{name}: is cut into volumes (.z01 ...); join them with: zip -s 0", "archive.unsupported")
    shift = place - length - start
    if shift < 0:
        raise _damaged(name, "its central directory is not where it should be")
    return End(members, start + shift, length, shift)


def _fits(tail: bytes, at: int) -> bool:
    after = at + _END.size
    return after <= len(tail) and after + int.from_bytes(tail[after - 2 : after], "little") == len(tail)


def _end64(ranges: Ranges, tail: bytes, at: int, place: int) -> tuple[int, ...] | None:
    before = at - _LOCATOR.size
    if before < 0 or tail[before : before + 4] != b"PK\6\7":
        return None
    _, _, offset, volumes = _LOCATOR.unpack_from(tail, before)
    # Where something stands before the archive, the offset is too small, but the record ends before the locator.
    for start in (offset, place - _LOCATOR.size - _END64.size):
        data = ranges.read(start, _END64.size) if 0 <= start < place else b""
        if len(data) == _END64.size and data.startswith(b"PK\6\6"):
            _, _, _, _, disk, first, here, members, length, first_record = _END64.unpack(data)
            return start, disk or volumes > 1, first, here, members, length, first_record
    raise _damaged(ranges.file.name, "its zip64 end record is not where it should be")


def records(ranges: Ranges, end: End, place: int | None = None) -> Iterator[Record]:
    """Yield the members of the central directory.

    Parameters
    ----------
    ranges
        The file.
    end
        What its end says.
    place
        Of the first record that is wanted; default: all.

    Raises
    ------
    ArchiveError
        A record makes no sense, or there are more or fewer than the end says.
    """
    name = ranges.file.name
    stop = end.start + end.size
    feed = FileFeed(ranges, stop)
    feed.skip_to(end.start if place is None else place)
    count = 0
    while (here := feed.position) < stop:
        if len(feed.data) - feed.at < _RECORD.size and not feed.fill(_RECORD.size):
            raise _damaged(name, "its central directory is cut")
        (
            signature, made, _, flags, method, _, _, crc, packed, size, n_name, n_extra, n_comment, _, _,
            attributes, start,
        ) = _RECORD.unpack_from(feed.data, feed.at)  # fmt: skip
        length = _RECORD.size + n_name + n_extra + n_comment
        if signature != b"PK\1\2" or here + length > stop or not feed.fill(length):
            raise _damaged(name, f"record {count + 1:,} of its central directory, at byte {here:,}, is none")
        at = feed.at + _RECORD.size
        raw = feed.data[at : at + n_name]
        extra = feed.data[at + n_name : at + n_name + n_extra] if n_extra else b""
        feed.at += length
        count += 1
        path = _decoded(raw, flags, extra)
        if packed == _FULL or size == _FULL or start == _FULL:
            size, packed, start = _wide(name, path, extra, size, packed, start)
        start += end.shift
        if start + packed > end.start:
            raise _damaged(name, f"{shown(path)!r} should lie where the central directory does, or after it")
        mode = attributes >> 16 if made >> 8 in UNIX else 0
        yield Record(raw, path, here, start, packed, size, crc, method, flags, mode)
    # Old writers let the number of members begin again at 65,536.
    if place is None and count != end.members and (count < 0x10000 or count & 0xFFFF != end.members):
        raise _damaged(name, f"its central directory has {count:,} records, but should have {end.members:,}")


def _decoded(raw: bytes, flags: int, extra: bytes) -> str:
    if raw.isascii():
        return raw.decode("ascii")
    if flags & 0x800:
        return raw.decode("utf-8", "surrogateescape")
    told = _field(extra, 0x7075)
    if told and told[0] == 1 and int.from_bytes(told[1:5], "little") == crc32(raw):
        return told[5:].decode("utf-8", "surrogateescape")
    try:  # many writers on Linux and macOS forget the flag
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _wide(name: str, path: str, extra: bytes, *numbers: int) -> list[int]:
    """Return unpacked size, packed size and start, of which those that are too large stand in a zip64 field."""
    field = _field(extra, 1) or b""
    result = []
    for number in numbers:
        if number == _FULL:
            if len(field) < 8:
                raise _damaged(name, f"the zip64 field of {shown(path)!r} is missing or too short")
            number, field = int.from_bytes(field[:8], "little"), field[8:]
        result.append(number)
    return result


def _field(extra: bytes, wanted: int) -> bytes | None:
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        if kind == wanted:
            return extra[at + _EXTRA.size : at + _EXTRA.size + length]
        at += _EXTRA.size + length
    return None


def _damaged(name: str, problem: str) -> ArchiveError:
    return ArchiveError(f"{name}: is damaged: {problem}; get the file again", "archive.corrupt")
