"""The members of a tar archive, header by header, with every byte of the format accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dsdocs.archive.feed import Feed
from dsdocs.archive.guard import shown
from dsdocs.archive.tar_header import (
    BLOCK,
    ZEROS,
    HeaderError,
    is_header,
    long_path,
    path_of,
    pax_records,
    pax_size,
    size_of,
)  # fmt: skip
from dsdocs.errors import ArchiveError

REGULAR, FOLDER, LABEL = b"07\x00", b"5D", b"V"
HARD_LINK, LINKS, SPECIAL = b"1", b"12", b"346"
_EXTENDED, _LONG_PATH, _LONG_LINK, _SPARSE = b"xX", b"L", b"K", b"S"
_WITHOUT_DATA = LINKS + SPECIAL + b"5"
_LONGEST = 2**20  # bytes of an extended header


class Header(NamedTuple):
    """A member as its headers tell it."""

    kind: bytes  # type flag of the format
    path: str  # as it is written there; bytes that are not UTF-8 as lone surrogates
    size: int  # bytes of data
    start: int  # of the data in the archive


class TarWalk:
    """Goes through a tar archive; whoever asks for the next member need not have read the last one.

    Parameters
    ----------
    feed
        The archive, at a header.
    name
        Of the archive, for messages.
    """

    def __init__(self, feed: Feed, name: str) -> None:
        self._feed = feed
        self._name = name
        self._last = ""
        self._shared: dict[str, str] = {}  # of global extended headers
        self._own: dict[str, str] = {}  # of those before the next header

    def __iter__(self) -> Iterator[Header]:
        """Yield every member that is no folder.

        Raises
        ------
        ArchiveError
            The archive is cut, damaged, has no end, or is followed by something else.
        """
        feed = self._feed
        while True:
            if len(feed.data) - feed.at < BLOCK and not feed.fill(BLOCK):
                raise self._fault("ends without the two empty blocks of an end")
            at = feed.at
            block = feed.data[at : at + BLOCK]
            if block == ZEROS:
                self._end()
                return
            if not is_header(block):
                raise self._no_header(block)
            feed.at = at + BLOCK
            try:
                header = self._header(block)
            except HeaderError as error:
                raise self._fault(str(error)) from error
            if header is not None:
                if not feed.may_reach(header.start + header.size):
                    raise self._cut_in(header)
                if header.kind not in FOLDER and header.kind not in LABEL:
                    yield header
                self._pass(header)

    def _header(self, block: bytes) -> Header | None:
        """Return the member that a header stands for; None for one that tells more of the next member."""
        kind, size = block[156:157], size_of(block)
        if kind in REGULAR and not self._own and not self._shared:
            path = path_of(block)
        else:
            if kind in _EXTENDED or kind in (b"g", _LONG_PATH, _LONG_LINK):
                self._extend(kind, size)
                return None
            told = {**self._shared, **self._own}
            self._own = {}
            path = told.get("GNU.sparse.name") or told.get("path") or path_of(block)
            size = pax_size(told["size"]) if told.get("size") else size
            if any(key.startswith("GNU.sparse.") for key in told):
                kind = _SPARSE
            elif kind == _SPARSE:
                self._pass_map(block)
        if kind in REGULAR and path.endswith("/"):
            kind = b"5"  # before ustar, a folder was told by its slash
        # Writers disagree on whether links and folders with a size are followed by data, so the next block decides.
        if size and kind in _WITHOUT_DATA and self._header_follows():
            size = 0
        return Header(kind, path, size, self._feed.position)

    def _extend(self, kind: bytes, size: int) -> None:
        if size > _LONGEST:
            raise HeaderError(f"an extended header of {size:,} bytes; expected {_LONGEST:,} at most")
        start = self._feed.position
        data = self._feed.take(size)
        if len(data) < size or not self._feed.skip_to(start + _padded(size)):
            raise self._fault("ends in the middle of an extended header")
        if kind == b"g":
            self._shared.update(pax_records(data))
        elif kind in _EXTENDED:
            self._own.update(pax_records(data))
        elif kind == _LONG_PATH:
            self._own["path"] = long_path(data)

    def _pass_map(self, block: bytes) -> None:
        """Pass over the blocks that tell where the data of a sparse file of GNU tar belong."""
        more = block[482]
        while more:
            data = self._feed.take(BLOCK)
            if len(data) < BLOCK:
                raise self._fault("ends in the middle of a header")
            more = data[504]

    def _header_follows(self) -> bool:
        feed = self._feed
        if not feed.fill(BLOCK):
            return False
        block = feed.data[feed.at : feed.at + BLOCK]
        return block == ZEROS or is_header(block)

    def _pass(self, header: Header) -> None:
        if not self._feed.skip_to(header.start + _padded(header.size)):
            raise self._cut_in(header)
        self._last = header.path

    def _cut_in(self, header: Header) -> ArchiveError:
        return self._fault(f"ends in the middle of {shown(header.path)!r}, which has {header.size:,} bytes")

    def _end(self) -> None:
        feed = self._feed
        if self._own:
            raise self._fault("ends after an extended header, without the member that it belongs to")
        if not feed.fill(2 * BLOCK):
            raise self._fault("ends without the second of two empty blocks")
        if feed.data[feed.at + BLOCK : feed.at + 2 * BLOCK] != ZEROS:
            raise self._fault("has one empty block; expected two, or the header of a member")
        while feed.fill(1):
            if feed.data[feed.at :].strip(b"\0"):
                raise self._fault("goes on after its end; parts of an archive are named one by one")
            feed.skip_to(feed.base + len(feed.data))

    def _no_header(self, block: bytes) -> ArchiveError:
        if self._feed.position == 0 and block[257:262] != b"ustar":
            return ArchiveError(f"{self._name}: holds no tar archive; expected one, or a folder or .zip", "input.type")
        return self._fault("expected the header of a member, and found something else")

    def _fault(self, problem: str) -> ArchiveError:
        last = f"the last file that is whole is {shown(self._last)!r}" if self._last else "not one file is whole"
        message = f"{self._name}: is damaged at byte {self._feed.position:,} of the tar: {problem}; {last}"
        return ArchiveError(f"{message}; get the file again", "archive.corrupt")


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
