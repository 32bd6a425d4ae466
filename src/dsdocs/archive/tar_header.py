"""Headers of tar archives: old (v7), POSIX ustar and pax, and GNU.

Facts from POSIX.1-2017, "pax", sections "ustar Interchange Format" and "pax Extended Header", and from the manual of
GNU tar, "Basic Tar Format" and "GNU Extensions to the Archive Format".
"""

from __future__ import annotations

from zlib import adler32

BLOCK = 512
ZEROS = bytes(BLOCK)
_LARGEST = 2**63 - 1
_SPACES = 8 * 32  # the field of the checksum counts as eight spaces
_SIGNED = bytes(range(128, 256))


class HeaderError(Exception):
    """What is wrong with a header."""


def is_header(block: bytes) -> bool:
    """Tell whether the checksum of a block is right: of unsigned bytes, or of signed ones as old writers have it."""
    # The low half of Adler-32 is one more than the sum of the bytes, modulo 65521, which no piece reaches. It takes
    # a tenth of the time of sum().
    pieces = (adler32(block[:148]) & 0xFFFF) + (adler32(block[156:345]) & 0xFFFF) + (adler32(block[345:]) & 0xFFFF)
    total = pieces - 3 + _SPACES
    field = block[148:156].strip(b" \0")
    try:
        claimed = int(field, 8) if field.isdigit() else -1
    except ValueError:
        return False
    if claimed == total:
        return True
    high = len(block) - len(block.translate(None, _SIGNED)) - sum(byte > 127 for byte in block[148:156])
    return claimed == total - 256 * high


def size_of(block: bytes) -> int:
    """Return the bytes of data that a header announces.

    Raises
    ------
    HeaderError
        The field is no number, negative or beyond all measure.
    """
    field = block[124:136]
    digits = field[:11]
    try:
        if digits.isdigit() and field[11] in b" \0":
            return int(digits, 8)
        if field[0] & 0x80:  # GNU, star: a binary number, for sizes of 8 GiB and more
            size = int.from_bytes(field) - (0x80 << 88)
        else:
            text = field.partition(b"\0")[0].strip(b" ")
            if text and not text.isdigit():
                raise ValueError
            size = int(text or b"0", 8)
    except ValueError as error:
        raise HeaderError(f"the size {_quoted(field)} is no number") from error
    if not 0 <= size <= _LARGEST:
        raise HeaderError(f"the size {_quoted(field)} is negative or too large")
    return size


def path_of(block: bytes) -> str:
    """Return the path of a header; bytes that are not UTF-8 as lone surrogates (``surrogateescape``)."""
    path = _text(block[:100])
    if block[345] and block[257:263] == b"ustar\0":  # GNU tar has times there
        path = _text(block[345:500]) + b"/" + path
    return path.decode("utf-8", "surrogateescape")


def long_path(data: bytes) -> str:
    """Return the path that a GNU header of type L has as its data."""
    return _text(data).decode("utf-8", "surrogateescape")


def pax_records(data: bytes) -> dict[str, str]:
    """Return the records of a pax extended header.

    Raises
    ------
    HeaderError
        A record is not ``length key=value`` and a line feed.
    """
    records = {}
    at = 0
    while at < len(data) and data[at]:
        space = data.find(b" ", at, at + 20)
        digits = data[at : max(space, at)]
        end = at + int(digits) if digits.isdigit() else 0
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if end <= space or end > len(data) or data[end - 1] != 0x0A or not equals:
            raise HeaderError("a record of the extended header is none")
        records[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        at = end
    return records


def pax_size(text: str) -> int:
    """Return the size that a pax extended header announces; raise `HeaderError` if it is no such number."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _LARGEST):
        raise HeaderError(f"the size {text[:40]!r} of the extended header is no number, or too large")
    return int(text)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _quoted(field: bytes) -> str:
    return repr(field.decode("ascii", "backslashreplace"))
