"""From a path or an address to an archive: what lies there is told by its first bytes, never by its name."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from dsdocs.archive.address import is_url, last_part
from dsdocs.archive.directory import DirectoryArchive
from dsdocs.archive.file import File, LocalFile, unreadable
from dsdocs.archive.member import Archive, Limits
from dsdocs.archive.parts import LooseFile, PartsArchive
from dsdocs.archive.split import is_packed, is_volume, joined, natural, without_suffix
from dsdocs.archive.stream import MAGIC
from dsdocs.archive.tar import TarArchive
from dsdocs.archive.tar_header import BLOCK, ZEROS, is_header
from dsdocs.archive.zip import ZipArchive
from dsdocs.errors import ArchiveError

READ = "a folder, .tar, .tar.gz, .tar.zst, .tar.bz2, .tar.xz or .zip"
# Written beside the files by the systems that show folders, and no reason to take containers for plain files.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_OTHERS = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "RAR"}
_ZIPS = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
Options = Mapping[str, object]


def open_archive(
    sources: Sequence[str | Path] | str | Path, *, limits: Limits | None = None, options: Options | None = None
) -> Archive:
    """Open an archive.

    Parameters
    ----------
    sources
        A path or URL of a folder or container file; or several that are one archive: containers, pieces of containers,
        folders, and plain files beside them. Their order does not matter. A folder that holds nothing but containers
        is the archive that these are together.
    limits
        What the archive may ask of the machine.
    options
        Of the file system of fsspec, for URLs.

    Raises
    ------
    ArchiveError
        Nothing lies at a path, it cannot be read, or it is nothing that dsdocs reads.
    """
    given = [sources] if isinstance(sources, str | Path) else list(sources)
    limits = limits or Limits()
    if not given:
        raise ArchiveError("no archive is named; give a path or URL with --archive")
    opened: list[Archive] = []
    files: list[File] = []
    for source in map(str, given):
        place = _remote(source, options, limits) if is_url(source) else _local(source, limits)
        if isinstance(place, list):
            files += place
        else:
            opened.append(place)
    opened += _containers(joined(files), limits, alone=len(given) == 1)
    if len(opened) == 1:
        return opened[0]
    return PartsArchive(opened, _name(str(given[0])) if len(given) == 1 else "")


def _local(path: str, limits: Limits) -> Archive | list[File]:
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise ArchiveError(f"{path}: nothing lies there; give the path of the archive with --archive") from None
    except (OSError, ValueError) as error:  # a null character in the path is the latter
        raise ArchiveError(f"{path!r}: cannot be looked at: {error}") from error
    if stat.S_ISDIR(status.st_mode):
        return _packed_in(path) or DirectoryArchive(path, limits)
    if not stat.S_ISREG(status.st_mode):
        raise ArchiveError(f"{path}: is a device, pipe or socket; expected {READ}", "input.type")
    return [LocalFile(os.path.realpath(path))]


def _packed_in(folder: str) -> list[File]:
    """Return the containers of a folder that holds nothing else; else none."""
    found: list[File] = []
    try:
        with os.scandir(folder) as scan:
            for entry in scan:
                if entry.name in _LITTER:
                    continue
                if not (is_packed(entry.name) and entry.is_file(follow_symlinks=False)):
                    return []
                found.append(LocalFile(os.path.realpath(entry.path)))
    except OSError as error:
        raise unreadable(folder, error) from error
    return found


def _remote(url: str, options: Options | None, limits: Limits) -> Archive | list[File]:
    from dsdocs.archive.remote import open_remote  # fsspec is slow to import

    return open_remote(url, options, limits)


def _containers(files: list[File], limits: Limits, *, alone: bool) -> list[Archive]:
    found: list[Archive] = []
    for file in files:
        archive = _container(file, limits)
        if archive is None and not alone and isinstance(file, LocalFile) and not is_packed(file.name):
            archive = LooseFile(file.path)
        if archive is None:
            raise ArchiveError(f"{_place(file)}: is no archive; expected {READ}", "input.type")
        found.append(archive)
    return sorted(found, key=lambda archive: natural(archive.name))


def _container(file: File, limits: Limits) -> Archive | None:
    """Open a container; None if the file is none."""
    head = _head(file)
    name = without_suffix(file.name)
    if is_volume(file.name):
        problem = "is a volume of a zip or RAR archive, which only their own programs can join; unpack it"
        raise ArchiveError(f"{_place(file)}: {problem}", "archive.unsupported")
    if not head:
        raise ArchiveError(f"{_place(file)}: is empty; get the file again", "input.empty")
    if _is_tar(head):  # first, because it begins with the name of a file, which may be any
        return TarArchive(file, name, limits)
    for compression, magic in MAGIC.items():
        if head.startswith(magic):
            return TarArchive(file, name, limits, compression)
    if head.startswith(_ZIPS):
        return ZipArchive(file, name, limits)
    for magic, format_name in _OTHERS.items():
        if head.startswith(magic):
            problem = f"is a {format_name} archive, which dsdocs does not read; unpack it"
            raise ArchiveError(f"{_place(file)}: {problem}", "archive.unsupported")
    return ZipArchive(file, name, limits) if _ends_as_zip(file) else None


def _head(file: File) -> bytes:
    try:
        with file.open() as handle:
            head = b""
            while len(head) < BLOCK and (piece := handle.read(BLOCK - len(head))):
                head += piece
            return head
    except OSError as error:
        raise unreadable(_place(file), error) from error


def _is_tar(head: bytes) -> bool:
    return len(head) == BLOCK and (head == ZEROS or head[257:262] == b"ustar" or is_header(head))


def _ends_as_zip(file: File) -> bool:
    """Tell whether a file that begins with something else, for example a program, is a zip archive."""
    size = file.size()
    with file.open() as handle:
        handle.seek(max(0, size - 0xFFFF - 22))
        return b"PK\5\6" in handle.read(0xFFFF + 22)


def _name(source: str) -> str:
    """Return the name of a folder."""
    return last_part(source) if is_url(source) else os.path.basename(os.path.realpath(source))


def _place(file: File) -> str:
    return file.path if isinstance(file, LocalFile) else file.name
