"""Several containers as one archive, and plain files beside them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from dsdocs.archive.directory import Folder
from dsdocs.archive.file import LocalFile, unreadable
from dsdocs.archive.member import Archive, Member
from dsdocs.archive.split import natural
from dsdocs.records import RecordError

_COUNTED = re.compile(r"[\W_]*(?:part|pt|vol|volume|split)?[\W_]*(?:\d+|[a-z])?[\W_]*", re.IGNORECASE)
_END_OF_STEM = re.compile(r"[\W_]*(?:part|pt|vol|volume|split)?[\W_]*$", re.IGNORECASE)


class PartsArchive:
    """The members of several archives, one archive after the other, in the natural order of their names.

    A path that several parts have comes several times. Where parts are named for what they hold (``Forest.zip``,
    ``River.zip``), and not merely counted (``data-1.tar``, ``data-2.tar``), files at the top of a part come as if they
    lay in a folder of its name.

    Parameters
    ----------
    parts
        The archives; at least one.
    name
        Of all together; default: what the names of the parts begin with.
    """

    def __init__(self, parts: Iterable[Archive], name: str = "") -> None:
        self._parts = sorted(parts, key=lambda part: natural(part.name))
        names = [part.name for part in self._parts if not isinstance(part, LooseFile)] or [self._parts[0].name]
        stem, counted = _stem(names)
        self._folders = ["" if counted or isinstance(part, LooseFile) else f"{part.name}/" for part in self._parts]
        self.name = name or stem or names[0]
        self.seekable = all(part.seekable for part in self._parts)

    def members(self) -> Iterator[Member | RecordError]:
        """Yield every member of every part."""
        for part, folder in zip(self._parts, self._folders, strict=True):
            for entry in part.members():
                yield entry if not folder or "/" in entry.path else replace(entry, path=folder + entry.path)

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the members at these paths, the first of each; unknown ones are skipped."""
        missing = set(paths)
        for part, folder in zip(self._parts, self._folders, strict=True):
            if not missing:
                return
            own = _inside(missing, folder)
            for member in part.fetch(own):
                path = own[member.path]
                if path in missing:
                    missing.remove(path)
                    yield member if path == member.path else replace(member, path=path)

    def open(self, path: str) -> BinaryIO:
        """Open one member; ``KeyError`` if no part has this path."""
        for member in self.fetch((path,)):
            return member.open()
        raise KeyError(path)

    def stamp(self) -> str:
        """Return a digest of the stamps of the parts."""
        return hashlib.sha256("\n".join(f"{part.name} {part.stamp()}" for part in self._parts).encode()).hexdigest()


def _stem(names: Sequence[str]) -> tuple[str, bool]:
    """Return what names begin with, and whether they are merely counted from there on."""
    stem = os.path.commonprefix(names)  # noqa: RUF071  # letter by letter is what is wanted
    rests = [name[len(stem) :] for name in names]
    if any(rest[:1].isdigit() for rest in rests):
        stem = stem.rstrip("0123456789")
    elif any(rest[:1].isalpha() for rest in rests):
        stem = re.sub(r"[^\W_]+$", "", stem)  # not half a word
    return _END_OF_STEM.sub("", stem), all(_COUNTED.fullmatch(rest) for rest in rests)


def _inside(paths: Iterable[str], folder: str) -> dict[str, str]:
    """Return the paths that a part would have to have: own path -> as it is given out."""
    own = {path: path for path in paths if not folder or "/" in path}
    if folder:
        own |= {rest: path for path in paths if (rest := path.removeprefix(folder)) != path and "/" not in rest}
    return own


class LooseFile:
    """A plain file beside containers, for example the metadata of an archive that has several."""

    seekable = True

    def __init__(self, path: str) -> None:
        self._path = path
        self.name = os.path.basename(path)

    def members(self) -> Iterator[Member]:
        """Yield the file."""
        try:
            status = os.stat(self._path)
        except OSError as error:
            raise unreadable(self._path, error) from error
        yield Member(self.name, status.st_size, Folder(os.path.dirname(self._path)), 0, str(status.st_mtime_ns))

    def fetch(self, paths: Collection[str]) -> Iterator[Member]:
        """Yield the file if it is asked for."""
        return self.members() if self.name in paths else iter(())

    def open(self, path: str) -> BinaryIO:
        """Open the file; ``KeyError`` if another is asked for."""
        for member in self.fetch((path,)):
            return member.open()
        raise KeyError(path)

    def stamp(self) -> str:
        """Return size and modification time."""
        return LocalFile(self._path).stamp()
