"""Unpack the archive of a build, whose every name and number is a stranger's word."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dsdocs.archive.file import LocalFile
from dsdocs.archive.member import Limits as ArchiveLimits
from dsdocs.archive.member import Member
from dsdocs.archive.zip import ZipArchive
from dsdocs.archive.zip_member import ZipEntry
from dsdocs.errors import ArchiveError, MemberError
from dsdocs.publish.preview.names import IGNORED, check_name, check_unique
from dsdocs.publish.preview.refusal import Reasons, RefusedPreviewError
from dsdocs.records import RecordError

_RATIO, _RATIO_FROM = (
    250,
    1_000_000,
)  # to 1, beyond so many bytes: pages shrink tenfold, what is all zeros a thousandfold
_UNBOUND = ArchiveLimits(path_length=2**16, ratio=2**40)  # bounded here, with words that fit a build
_TO_READ = 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one archive may unpack to."""

    files: int
    bytes: int  # of all files
    file_bytes: int  # of one file


@dataclass(frozen=True, slots=True)
class File:
    """A file of an unpacked build."""

    size: int  # bytes
    sha256: str


Files = Mapping[str, File]  # by path, sorted


def unpack(archive: Path, folder: Path, bounds: Bounds) -> Files:
    """Unpack a zip archive into a folder.

    Parameters
    ----------
    archive
        A zip archive as ``actions/upload-artifact`` makes it.
    folder
        Where it goes; made here.
    bounds
        What it may unpack to. Sizes that the archive states are checked first and hold: no more is ever written.

    Returns
    -------
    Files
        All files but those of `names.IGNORED`.

    Raises
    ------
    RefusedPreviewError
        It is no zip archive, is damaged, or holds what no build makes; nothing is left to be used then.
    """
    reasons = Reasons()
    try:
        with archive.open("rb") as source:
            if source.read(2) != b"PK":  # a program that unpacks itself, or another file with an archive behind it
                raise RefusedPreviewError("The artifact is no zip archive, or has something before it.")
        members = list(_members(archive, bounds, reasons))
        for path, problem in check_unique(member.path for member in members):
            reasons.add(path, problem)
        reasons.settle()
        return {member.path: _written(member, folder / member.path) for member in sorted(members, key=_path)}
    except (ArchiveError, MemberError) as error:
        raise RefusedPreviewError(f"The artifact cannot be unpacked: {error}.") from error


def _path(member: Member) -> str:
    return member.path


def _members(archive: Path, bounds: Bounds, reasons: Reasons) -> Iterator[Member]:
    """Yield the members that may be unpacked, and stop where there are too many or too large ones."""
    count = total = 0
    for entry in ZipArchive(LocalFile(str(archive)), archive.name, _UNBOUND).members():
        if isinstance(entry, RecordError):
            reasons.add(entry.path, entry.reason)
            continue
        count += 1
        total += entry.size
        if count > bounds.files:
            raise RefusedPreviewError(f"The artifact holds more than {bounds.files:,} files.")
        if total > bounds.bytes:
            raise RefusedPreviewError(f"The artifact unpacks to more than {bounds.bytes:,} bytes.")
        if entry.path in IGNORED:
            continue
        problem = _problem(entry, bounds)
        if problem:
            reasons.add(entry.path, problem)
        yield entry


def _problem(member: Member, bounds: Bounds) -> str | None:
    assert isinstance(member.source, ZipEntry)
    if member.size > bounds.file_bytes:
        return f"has {member.size:,} bytes; the host takes {bounds.file_bytes:,} in a file"
    if member.size > max(_RATIO_FROM, _RATIO * member.source.packed):
        return f"{member.source.packed:,} bytes unpack to {member.size:,}, as in a bomb"
    if member.source.name != member.path.encode("utf-8", "surrogateescape"):
        return "the path is written in a way of its own (with backslashes, '.', '//' or not in UTF-8); pack it again"
    return check_name(member.path)


def _written(member: Member, target: Path) -> File:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    # Exclusive: whatever a file system takes for the same name is an error, and no file is written twice.
    with member.open() as source, target.open("xb") as sink:
        while part := source.read(_TO_READ):
            digest.update(part)
            sink.write(part)
    return File(member.size, digest.hexdigest())
