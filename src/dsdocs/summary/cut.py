"""Cut an archive into parts of neighbouring members, at places that depend on their names alone."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from itertools import islice

from dsdocs.archive import Archive, Member
from dsdocs.records import RecordError

LEAST = 4096  # members of a part, where the archive has so many
MOST = 4 * LEAST
ODDS = 64  # beyond LEAST, a part ends before one of so many folders
Entry = Member | RecordError


class Cutter:
    """Says before which member a new part begins.

    A member that is added or taken away moves the border of its own part at most, so that the others are found again.
    """

    def __init__(self) -> None:
        self._count = 0
        self._folder = ""

    def begins(self, path: str) -> bool:
        """Tell whether the member at this path, the next one of the archive, begins a new part."""
        if self._count < LEAST - 1:  # far from enough; the last folder is needed from the next member on
            self._count += 1
            return False
        folder = path.rpartition("/")[0]
        new_folder, self._folder = folder != self._folder, folder
        enough = self._count >= (LEAST if new_folder else 2 * LEAST)  # a folder is cut only where it is large
        if (enough and zlib.crc32(path.encode()) % ODDS == 0) or self._count >= MOST:
            self._count = 1
            return True
        self._count += 1
        return False

    def pass_over(self) -> int:
        """Return how many of the next members begin no part whatever their paths; they are taken for seen."""
        count = max(0, LEAST - 1 - self._count)
        self._count += count
        return count


def parts(archive: Archive) -> Iterator[list[Entry]]:
    """Yield the entries of a seekable archive, part by part."""
    cutter = Cutter()
    entries: list[Entry] = []
    members = archive.members()
    for entry in members:
        if cutter.begins(entry.path) and entries:
            yield entries
            entries = []
        entries.append(entry)
        entries += islice(members, cutter.pass_over())  # a third of the cost of one by one
    if entries:
        yield entries


def streamed_parts(archive: Archive) -> Iterator[Iterator[Entry]]:
    """Yield an iterator for each part of an archive that is read in one go; what is left of it is passed over."""
    cutter = Cutter()
    entries = archive.members()
    ahead = next(entries, None)
    if ahead is not None:
        cutter.begins(ahead.path)

    def part() -> Iterator[Entry]:
        nonlocal ahead
        while ahead is not None:
            # The next member is asked for only when the caller is done with this one.
            yield ahead
            ahead = next(entries, None)
            if ahead is not None and cutter.begins(ahead.path):
                return

    while ahead is not None:
        current = part()
        yield current
        for _ in current:
            pass


def digest(entries: list[Entry], context: str, container: Callable[[], str]) -> str:
    """Return a digest of a part and of what else its rows follow from.

    Parameters
    ----------
    entries
        Of members, path, size and stamp count.
    context
        What the rows follow from besides: the reader and its version.
    container
        Gives the stamp of the whole container, which counts where members have no stamp of their own.
    """
    lines = [
        f"{entry.path}\0{entry.size}\0{entry.stamp or container()}\n"
        if isinstance(entry, Member)
        else f"{entry.path}\0{entry.category}\0{entry.reason}\n"
        for entry in entries
    ]
    return hashlib.sha256("".join([context, *lines]).encode()).hexdigest()[:32]
