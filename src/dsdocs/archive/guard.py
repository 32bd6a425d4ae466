"""What every container asks of its members, so that the same file is refused for the same reason wherever it lies."""

from __future__ import annotations

import re

from dsdocs.archive.member import Limits
from dsdocs.errors import ArchiveError, MemberError
from dsdocs.records import RecordError

# Files that hold files. Not here: .npz, .xlsx and others that are zips inside, but one thing to their users.
PACKED = (
    ".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".7z", ".rar",
)  # fmt: skip
_LAST = frozenset(suffix[-3:] for suffix in PACKED)  # a look at these is quick, and tells that most files are none
RAISE = "if that is right, raise it under [archive.limits] in dsdocs.toml"
_SHOWN = 255  # characters of a path that is refused
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPED = re.compile(r"[\x00-\x1f\x7f-\x9f\udc80-\udcff]")  # the last are bytes that are not UTF-8
# What nearly all paths look like; to see that takes a tenth of a closer look.
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*+(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*+)*+")
_DRIVE = re.compile(r"[A-Za-z]:(/|$)")


class RefusedError(Exception):
    """A member that cannot be given out, and why."""

    def __init__(self, category: str, reason: str) -> None:
        self.category = category
        self.reason = reason
        super().__init__(reason)


class Meter:
    """Counts what a container gives out, against its limits."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._members = 0
        self._size = 0

    def count(self, size: int = 0) -> None:
        """Count one member more.

        Raises
        ------
        ArchiveError
            The container holds more members or bytes than it may.
        """
        self._members += 1
        self._size += size
        if self._members > self._limits.members:
            raise broken_limit(self._name, "members", f"more than {self._limits.members:,} files")
        if self._size > self._limits.size:
            raise broken_limit(self._name, "size", f"more than {self._limits.size:,} bytes of files")

    def expect(self, members: int) -> None:
        """Refuse a container that says itself that it holds more members than it may."""
        if members > self._limits.members:
            raise broken_limit(self._name, "members", f"{members:,} files, more than {self._limits.members:,}")


def broken_limit(name: str, limit: str, found: str) -> ArchiveError:
    """Return the error of a container that asks too much of the machine."""
    return ArchiveError(f"{name}: holds {found}, the limit {limit!r}; {RAISE}", "archive.bomb")


def check_size(size: int, limits: Limits, packed: int | None = None) -> None:
    """Refuse a member that is too large, or that unpacks to more than any picture does.

    Parameters
    ----------
    size
        Bytes of the member, unpacked.
    packed
        Bytes of it in the container; None where it is not packed by itself.

    Raises
    ------
    RefusedError
        A limit is broken; the reason names it.
    """
    if size > limits.member_size:
        raise RefusedError(
            "archive.bomb", f"holds {size:,} bytes, the limit 'member_size' is {limits.member_size:,}; {RAISE}"
        )
    if packed is not None and size > limits.ratio_from and size > packed * limits.ratio:
        raise RefusedError(
            "archive.bomb",
            f"{packed:,} bytes unpack to {size:,}, the limit 'ratio' is {limits.ratio} to 1 beyond "
            f"{limits.ratio_from:,} bytes; {RAISE}",
        )


def too_large(path: str, size: int, limits: Limits) -> MemberError:
    """Return the error of a packed member that memory should not hold."""
    problem = (
        f"holds {size:,} bytes, which would have to be unpacked into memory, and the limit 'held' is {limits.held:,}; "
        "unpack the archive, or raise the limit under [archive.limits] in dsdocs.toml"
    )
    return MemberError(path, "archive.bomb", problem)


def safe_path(path: str, limits: Limits) -> str:
    """Return the path of a member with single slashes and without "." in it.

    Parameters
    ----------
    path
        As the container has it; bytes that are not UTF-8 stand as lone surrogates (``surrogateescape``).

    Raises
    ------
    RefusedError
        ``archive.unsafe-path``: the path leads out of the archive, or would on some machine, or nowhere;
        ``name.unsafe``: it is too long, or cannot be shown.
    """
    if _PLAIN.fullmatch(path) and len(path) <= limits.path_length:
        return path
    return _looked_at(path, limits)


def _looked_at(path: str, limits: Limits) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or "\0" in path:
        raise RefusedError("archive.unsafe-path", "the path is empty, or holds a null character")
    if path.startswith("/") or _DRIVE.match(path):
        raise RefusedError("archive.unsafe-path", "the path begins at the root of a machine; expected a relative one")
    if ".." in parts:
        raise RefusedError("archive.unsafe-path", "the path leads upwards with '..'; expected one inside the archive")
    if "\\" in path:
        raise RefusedError("archive.unsafe-path", "the path holds a backslash, which parts folders on some machines")
    return _named("/".join(parts), limits)


def _named(path: str, limits: Limits) -> str:
    try:
        length = len(path.encode())
    except UnicodeEncodeError as error:
        raise RefusedError("name.unsafe", "the name is not UTF-8; rename the file") from error
    if _CONTROL.search(path):
        raise RefusedError("name.unsafe", "the name holds a control character; rename the file")
    if length > limits.path_length:
        raise RefusedError(
            "name.unsafe", f"the path has {length:,} bytes, the limit 'path_length' is {limits.path_length:,}; {RAISE}"
        )
    return path


def check_nested(path: str) -> None:
    """Refuse a container inside a container."""
    if path[-3:].lower() in _LAST and path.lower().endswith(PACKED):
        raise RefusedError(
            "archive.nested", "archives inside an archive are not opened; unpack it, or name it with --archive"
        )


def refused(path: str, error: RefusedError) -> RecordError:
    """Return what is reported of a member that is refused."""
    return RecordError(shown(path), error.category, error.reason)


def shown(path: str) -> str:
    """Return any path as text for a report: control characters and what is no UTF-8 escaped, long ones cut."""
    text = _ESCAPED.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", path)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
