"""A zip archive."""

from __future__ import annotations

import stat
from array import array
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import BinaryIO

from dsdocs.archive.file import File, Ranges
from dsdocs.archive.guard import Meter, RefusedError, check_nested, check_size, refused, safe_path
from dsdocs.archive.index import Index
from dsdocs.archive.member import Limits, Member
from dsdocs.archive.zip_directory import End, Record, find_end, records
from dsdocs.archive.zip_member import METHODS, STORED, Zip, ZipEntry
from dsdocs.errors import ArchiveError
from dsdocs.records import RecordError

_LOCAL = 30  # bytes of a local header without name and extra field
_ENCRYPTED = 0x41  # flags: the bytes, or the central directory as well


class ZipArchive:
    """The files of a zip archive, in the order of its central directory; every one that is read is verified.

    Names with backslashes and no slash are those of Windows tools that did not follow the format; the backslashes are
    taken for slashes. Members that lie in one another are a bomb (Fifield, 2019, "A better zip bomb", WOOT '19).

    Parameters
    ----------
    file
        Where it lies.
    name
        Of the archive.
    limits
        What it may ask of the machine.
    """

    seekable = True

    def __init__(self, file: File, name: str, limits: Limits) -> None:
        self.name = name
        self._file = file
        self._limits = limits
        self._zip = Zip(Ranges(file), limits)

    def members(self) -> Iterator[Member | RecordError]:
        """Yield every file once; links and other refused members as errors."""
        for _, entry in self._entries():
            yield entry

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the members at these paths, the first of each, in the order of the archive."""
        found = map(self._index.find, set(paths))
        for place in sorted(numbers[0] for numbers in found if numbers is not None):
            entry = self._entry(next(records(self._zip.ranges, self._end, place)))
            if isinstance(entry, Member):
                yield entry

    def open(self, path: str) -> BinaryIO:
        """Open one member; ``KeyError`` if there is none at this path."""
        for member in self.fetch((path,)):
            return member.open()
        raise KeyError(path)

    def stamp(self) -> str:
        """Return the stamp of the file."""
        return self._file.stamp()

    @cached_property
    def _end(self) -> End:
        return find_end(self._zip.ranges, self._file.size())

    @cached_property
    def _index(self) -> Index:
        return Index((entry.path, place, 0) for place, entry in self._entries() if isinstance(entry, Member))

    def _entries(self) -> Iterator[tuple[int, Member | RecordError]]:
        meter = Meter(self._file.name, self._limits)
        meter.expect(self._end.members)
        free = 0  # everything before lies in members
        in_order = True
        for record in records(self._zip.ranges, self._end):
            if in_order:
                if record.start < free:
                    self._check_overlaps()
                    in_order = False
                free = record.start + _LOCAL + len(record.name) + record.packed
            if record.name[-1:] == b"/" and not record.size:
                continue
            entry = self._entry(record)
            if entry is not None:
                meter.count(record.size)
                yield record.place, entry

    def _entry(self, record: Record) -> Member | RecordError | None:
        """Return a member, or why it is refused; None for a folder."""
        try:
            if record.mode:
                kind = stat.S_IFMT(record.mode)
                if kind == stat.S_IFDIR:
                    return None
                if kind == stat.S_IFLNK:
                    raise RefusedError("archive.link", "is a link, and links are not followed; pack the file itself")
                if kind not in (stat.S_IFREG, 0):
                    raise RefusedError("fs.special", "is a device, pipe or socket; expected a file")
            path = record.path
            if "\\" in path and "/" not in path:
                path = path.replace("\\", "/")
                if path.endswith("/") and not record.size:
                    return None
            path = safe_path(path, self._limits)
            self._check(record)
            check_nested(path)
        except RefusedError as error:
            return refused(record.path, error)
        source = ZipEntry(self._zip, record.name, record.packed, record.crc, record.method)
        return Member(path, record.size, source, record.start, f"{record.crc:08x}")

    def _check(self, record: Record) -> None:
        if record.flags & _ENCRYPTED:
            raise RefusedError("archive.encrypted", "is encrypted; pack it without a password")
        if record.method not in METHODS:
            raise RefusedError(
                "archive.unsupported",
                f"is packed by method {record.method}; expected deflate, bzip2, LZMA, Zstandard, or stored as it is",
            )
        if record.method == STORED and record.packed != record.size:
            problem = f"is stored as it is, but takes {record.packed:,} bytes for {record.size:,}"
            raise RefusedError("archive.corrupt", problem)
        check_size(record.size, self._limits, record.packed)

    def _check_overlaps(self) -> None:
        """Look at all members, in the order of their places: those of most archives are written in it."""
        starts, ends = array("q"), array("q")
        for record in records(self._zip.ranges, self._end):
            starts.append(record.start)
            ends.append(record.start + _LOCAL + len(record.name) + record.packed)
        free = 0
        for row in sorted(range(len(starts)), key=starts.__getitem__):
            if starts[row] < free:
                raise ArchiveError(
                    f"{self._file.name}: two of its members lie in one another at byte {starts[row]:,}, as in a bomb; "
                    "pack it again",
                    "archive.bomb",
                )
            free = ends[row]
