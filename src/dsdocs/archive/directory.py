"""A folder as an archive."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import BinaryIO

from dsdocs.archive.file import cut_short, unreadable
from dsdocs.archive.guard import Meter, RefusedError, check_nested, check_size, refused, safe_path, shown
from dsdocs.archive.member import Limits, Member
from dsdocs.errors import MemberError
from dsdocs.records import RecordError

# What tools keep about a folder: version control, and the state of dsdocs, which changes while the folder is read.
NOT_DATA = frozenset({".git", ".dsdocs"})
# A link is refused, and a pipe that took the place of a file does not make us wait for its other end.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_MOST = 2**30  # bytes of one system call
AHEAD = 4096  # bytes; of smaller files with metadata, reading costs less than to look for them once more
_AHEAD = ".json"
_FEW = 64  # entries of a folder that are not worth a second look at which of them are folders


@dataclass(slots=True, unsafe_hash=True)  # not frozen, as there may be one for each `Member`
class Folder:
    """The files of one folder."""

    path: str

    def __reduce__(self) -> tuple[type[Folder], tuple[str]]:
        return Folder, (self.path,)  # a fifth of what the general way costs, and there may be one for each member

    def read(self, member: Member) -> bytes:
        """Read a file whole, as large as it was listed."""
        path = self._place(member)
        try:
            handle = os.open(path, _FLAGS)
            try:
                # One byte more than there should be: whatever has another size, or none, is looked at.
                data = os.read(handle, min(member.size + 1, _MOST))
                if len(data) != member.size or not data:
                    _check(handle, member)
                    data = (data + _rest(handle, max(0, member.size - len(data))))[: member.size]
            finally:
                os.close(handle)
        except OSError as error:
            raise _failed(member, error) from error
        if len(data) != member.size:
            raise cut_short(member, len(data))
        return data

    def open(self, member: Member) -> BinaryIO:
        """Open a file."""

        def opened(path: str, _: int) -> int:
            handle = os.open(path, _FLAGS)
            try:
                _check(handle, member)
            except BaseException:
                os.close(handle)
                raise
            return handle

        try:
            return open(self._place(member), "rb", opener=opened)
        except OSError as error:
            raise _failed(member, error) from error

    def _place(self, member: Member) -> str:
        return f"{self.path}/{member.path.rpartition('/')[2]}"


@dataclass(slots=True, unsafe_hash=True)
class Held(Folder):
    """The folder of one file that was read as it was listed; another process reads it anew."""

    content: bytes = field(default=b"", compare=False, repr=False)

    def read(self, member: Member) -> bytes:
        """Return what was read."""
        return self.content


def read_each(members: Iterable[Member]) -> list[bytes]:
    """Read small members of any archive; of those in folders, at two thirds of the cost of `Member.read`.

    Raises
    ------
    MemberError
        The bytes of a member cannot be had.
    """
    found = []
    for member in members:
        source = member.source
        if type(source) is Held:
            found.append(source.content)
            continue
        if type(source) is not Folder:
            found.append(source.read(member))
            continue
        try:
            handle = os.open(f"{source.path}/{member.path.rpartition('/')[2]}", _FLAGS)
            try:
                data = os.read(handle, member.size + 1)
            finally:
                os.close(handle)
        except OSError as error:
            raise _failed(member, error) from error
        # Whatever has another size than it was listed with, or none, is looked at.
        found.append(data if data and len(data) == member.size else source.read(member))
    return found


class DirectoryArchive:
    """The regular files below a folder, by name within each folder, files before folders.

    Links are not followed: what they point to may lie outside the archive. ``.git`` and ``.dsdocs`` are passed over.
    """

    seekable = True

    def __init__(self, root: str | os.PathLike[str], limits: Limits | None = None) -> None:
        self.root = os.path.realpath(root)
        self.name = os.path.basename(self.root)
        self._limits = limits or Limits()
        self._ahead: Callable[[], bool] = bool  # no

    def reading_ahead(self, ahead: Callable[[], bool]) -> DirectoryArchive:
        """Return the same archive, which reads small files of metadata as it lists them.

        That is a quarter quicker, because the system has just looked for them, and of use where all will be read soon
        and in this process.

        Parameters
        ----------
        ahead
            Asked before each file.
        """
        archive = DirectoryArchive(self.root, self._limits)
        archive._ahead = ahead
        return archive

    def members(self) -> Iterator[Member | RecordError]:
        """Yield every file once; links, devices and what cannot be looked at as errors."""
        meter = Meter(self.name, self._limits)
        base = self.root if self.root != "/" else ""
        try:
            below = yield from self._files(self.root, "", meter)
        except OSError as error:
            raise unreadable(self.root, error) from error
        above = [("", _one_by_one(below))]  # folders that are not done with, and those in them still to come
        while above:
            prefix, names = above[-1]
            for name in names:
                path = f"{prefix}{name}"
                try:
                    below = yield from self._files(f"{base}/{path}", f"{path}/", meter)
                except OSError as error:
                    meter.count()
                    yield _unlisted(path, error)
                    continue
                if below:
                    above.append((f"{path}/", _one_by_one(below)))
                    break
            else:
                above.pop()

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the files at these paths; unknown ones are skipped."""
        # Files of one folder come one after another, and it is looked at once whether a link leads there.
        folder = None
        for path in sorted(paths, key=_place_in_order):
            found = self._find(path, folder)
            if found is not None:
                member, folder = found
                yield member

    def open(self, path: str) -> BinaryIO:
        """Open one file; ``KeyError`` if there is none at this path."""
        found = self._find(path)
        if found is None:
            raise KeyError(path)
        return found[0].open()

    def stamp(self) -> str:
        """Return a digest of paths, sizes and modification times."""
        digest = hashlib.sha256()
        for entry in self.members():
            line = f"{entry.size}\0{entry.stamp}" if isinstance(entry, Member) else entry.category
            digest.update(f"{entry.path}\0{line}\n".encode())
        return digest.hexdigest()

    def _files(self, folder: str, prefix: str, meter: Meter) -> Generator[Member | RecordError, None, list[str]]:
        """Yield the files of a folder, and return the names of those in it; `OSError` if it cannot be listed."""
        names, below = _listed(folder)
        source = Folder(folder)
        for name in names:
            found: Member | RecordError
            try:
                status = os.lstat(place := f"{folder}/{name}")
                if stat.S_ISDIR(status.st_mode):
                    below += () if name in NOT_DATA else (name,)
                    continue
                found = self._member(status, prefix + name, source)
                meter.count(found.size)
                if name.endswith(_AHEAD) and found.size <= AHEAD and self._ahead():
                    _hold(found, folder, place)
            except OSError as error:
                meter.count()
                found = _unlisted(prefix + name, error)
            except RefusedError as error:
                meter.count()
                found = refused(prefix + name, error)
            yield found
        return below

    def _member(self, status: os.stat_result, path: str, source: Folder) -> Member:
        if not stat.S_ISREG(status.st_mode):
            raise _not_regular(status.st_mode)
        size = status.st_size
        if size > self._limits.member_size:
            check_size(size, self._limits)
        if path != safe_path(path, self._limits):
            raise RefusedError("name.unsafe", "the name is not a plain one; rename the file")
        check_nested(path)
        return Member(path, size, source, 0, str(status.st_mtime_ns))

    def _find(self, path: str, known: Folder | None = None) -> tuple[Member, Folder] | None:
        """Return the file at a path, and its folder; ``known`` is one that no link leads to."""
        try:
            if path != safe_path(path, self._limits):
                return None
            place = os.path.join(self.root, path)
            status = os.lstat(place)
        except (RefusedError, OSError):
            return None
        if not stat.S_ISREG(status.st_mode):
            return None
        folder = os.path.dirname(place)
        if known is None or known.path != folder:
            # No folder on the way may be a link either.
            if os.path.realpath(folder) != folder:
                return None
            known = Folder(folder)
        return Member(path, status.st_size, known, 0, str(status.st_mtime_ns)), known


def _hold(member: Member, folder: str, place: str) -> None:
    """Read a member that was just listed; one that cannot be read as it was listed is left for those who need it."""
    try:
        handle = os.open(place, _FLAGS)
        try:
            data = os.read(handle, member.size + 1)
        finally:
            os.close(handle)
    except OSError:
        return
    if data and len(data) == member.size:
        member.source = Held(folder, data)


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Return the names of a folder that are to be looked at one by one, and those known to be folders, both sorted."""
    names = os.listdir(folder)
    if len(names) <= _FEW:  # as a rule files alone, of which the status is needed anyway
        names.sort()
        return names, []
    # Names alone: entries take five times their memory, and there are archives with a million folders side by side.
    names.clear()
    folders: list[str] = []
    with os.scandir(folder) as scan:
        for entry in scan:
            if not entry.is_dir(follow_symlinks=False):
                names.append(entry.name)
            elif entry.name not in NOT_DATA:
                folders.append(entry.name)
    names.sort()
    folders.sort()
    return names, folders


def _one_by_one(names: list[str]) -> Iterator[str]:
    """Yield names of folders, which are kept as one text meanwhile: a quarter of the memory of many small ones."""
    return map(itemgetter(0), re.finditer("[^/]+", "/".join(names)))


def _place_in_order(path: str) -> list[tuple[bool, str]]:
    *folders, file = path.split("/")
    return [*((True, name) for name in folders), (False, file)]


def _not_regular(mode: int) -> RefusedError:
    if stat.S_ISLNK(mode):
        return RefusedError("fs.symlink", "is a link, and links are not followed; put the file itself there")
    return RefusedError("fs.special", "is a device, pipe or socket; expected a file")


def _check(handle: int, member: Member) -> None:
    """Look at what was opened: it may have changed since it was listed."""
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        error = _not_regular(status.st_mode)
        raise MemberError(member.path, error.category, error.reason)
    if status.st_size != member.size:
        problem = f"has {status.st_size:,} bytes, but had {member.size:,} when it was listed; try again"
        raise MemberError(member.path, "archive.corrupt", problem)


def _rest(handle: int, missing: int) -> bytes:
    pieces = []
    while missing and (piece := os.read(handle, min(missing, _MOST))):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _failed(member: Member, error: OSError) -> MemberError:
    if error.errno == errno.ELOOP:
        return MemberError(member.path, "fs.symlink", "has become a link, and links are not followed")
    if isinstance(error, PermissionError):
        return MemberError(member.path, "fs.permission", "may not be read; give this user the right to")
    if error.errno == errno.ENXIO:
        return MemberError(member.path, "fs.special", "has become a pipe or socket; expected a file")
    return MemberError(member.path, "archive.corrupt", f"cannot be read: {error.strerror or error}")


def _unlisted(path: str, error: OSError) -> RecordError:
    if isinstance(error, PermissionError):
        return RecordError(shown(path), "fs.permission", "may not be looked into; give this user the right to")
    return RecordError(shown(path), "archive.corrupt", f"cannot be looked at: {error.strerror or error}")
