"""The files of a tree: plain, harmless, and silent about the machine that made them."""

from __future__ import annotations

import getpass
import gzip
import os
import re
import socket
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from dsdocs.site.check.finding import Finding
from dsdocs.site.stamp import MARKER

_OURS = frozenset({MARKER, ".nojekyll"})  # at the root; both are meant to be there
_VENDOR = "_static/vendor/"  # of pinned packages, which name folders of their own
_TEXT = frozenset(
    {".bib", ".cff", ".css", ".csv", ".geojson", ".html", ".ipynb", ".js", ".json", ".map", ".md", ".mjs", ".py",
     ".svg", ".toml", ".txt", ".xml", ".yaml", ".yml"}
)  # fmt: skip
_HEAD = 1 << 20  # bytes of each end of a file that is no text, and of what a gzip member holds
# Protocols 2 to 5 begin with their number (pickle.PROTO); older ones are told by their end and their opcodes.
_PICKLE = re.compile(rb"\x80[\x02-\x05][\x95c}\](\x8cXKJGNM\x88\x89)]")
_OLD_PICKLE = re.compile(
    rb"\A(?:\(|c[\w.]+\n[\w.]+\n)[\s\S]{0,400}?(?:p0\n|c(?:os|posix|builtins|__builtin__|copy_reg)\n)"
)
_PLACE = re.compile(
    rb"/(?:home|Users)/(?!runner/work/)[A-Za-z0-9_][\w.-]{0,31}/[\w.-]"
    rb"|[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/)\w[\w .-]{0,31}[\\/]"
    rb"|(?<![\w.~-])/root/[\w.-]|(?<![\w.])/(?:tmp|private/tmp|var/folders)/[\w.-]{3}|\bfile:///[\w%]"
)
_SIGNS = (
    b"/home/",
    b"/Users/",
    b"Users",
    b"/root/",
    b"/tmp/",
    b"/var/folders/",
    b"file:///",
)  # found faster than the above
# Names that many machines share say nothing of a person, and are words of any text.
_COMMON = frozenset({"admin", "codespace", "docker", "jovyan", "nobody", "root", "runner", "ubuntu", "user", "vscode"})


def check_files(folder: Path, *, places: Sequence[Path] = (), anywhere: bool = True) -> Iterator[Finding]:
    """Yield files that must not be published.

    Parameters
    ----------
    folder
        The tree.
    places
        Folders of this machine whose paths no file may hold, beside the user's own.
    anywhere
        Whether paths that another machine may have are looked for, too, as ``/home/somebody/``.
    """
    secrets = tuple(_secrets(places))
    names: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        mode = path.lstat().st_mode
        if any(part.startswith(".") for part in name.split("/")) and name not in _OURS:
            yield Finding(name, None, "file", "begins with a dot, so a host may hide it, or take it for its settings")
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            yield Finding(name, None, "file", "is a link or a special file, which no host serves")
            continue
        if re.search(r'[\x00-\x1f\x7f:*?"<>|\\]', name):
            yield Finding(name, None, "file", "has a character in its name that some systems refuse")
        other = names.setdefault(name.lower(), name)
        if other != name:
            yield Finding(name, None, "file", f"differs from {other} in upper and lower case alone")
        if stat.S_ISREG(mode):
            yield from _content(path, name, secrets, anywhere)


def _secrets(places: Sequence[Path]) -> Iterator[bytes]:
    """Yield what would tell this machine or who works on it: paths, and names as they stand in addresses."""
    for place in (Path.home(), Path.cwd(), Path(tempfile.gettempdir()), *places):
        text = str(place)
        if text.count(os.sep) >= 2:  # "/", "/root" and "/tmp" are those of many machines
            yield text.encode()
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a process whose user has no entry
        return
    if user.lower() not in _COMMON:
        yield f"{user}@{socket.gethostname()}".encode()


def _content(path: Path, name: str, secrets: Sequence[bytes], anywhere: bool) -> Iterator[Finding]:
    text = path.suffix.lower() in _TEXT
    with path.open("rb") as file:
        data = file.read() if text else file.read(_HEAD)
        if not text and len(data) == _HEAD:
            file.seek(max(path.stat().st_size - _HEAD, _HEAD))  # where Parquet and zip keep what they say of themselves
            data += file.read()
    if found := _pickled(path, data):
        yield Finding(name, None, "pickle", found)
    if name.startswith(_VENDOR) or f"/{_VENDOR}" in name:
        return
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data)
    hit = next((secret for secret in secrets if secret in data), None)
    looked = anywhere and hit is None and any(sign in data for sign in _SIGNS)
    match = _PLACE.search(data) if looked else None
    if hit is not None or match:
        start = data.index(hit) if hit is not None else match.start() if match else 0
        line = data.count(b"\n", 0, start) + 1 if text else None
        shown = data[start : start + 60].split(b"\n")[0].decode(errors="replace")
        yield Finding(name, line, "machine", f"tells where it was made: {shown!r}", shown)


def _pickled(path: Path, data: bytes) -> str:
    """Say how a file holds a pickle; by its content, as names say nothing."""
    if _PICKLE.match(data) or (_OLD_PICKLE.match(data) and data.rstrip(b"\n").endswith(b".")):
        return "is a pickle, which runs code when it is read; publish JSON, Parquet or safetensors"
    if data.startswith(b"\x93NUMPY") and b"|O" in data[:256]:
        return "is an array of Python objects, which are pickled; publish one of numbers"
    if data.startswith(b"\x1f\x8b") and _PICKLE.match(_unpacked(data)):
        return "is a gzipped pickle, which runs code when it is read"
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(path) as packed:
                for member in packed.namelist():
                    with packed.open(member) as inner:
                        head = inner.read(256)
                    if _PICKLE.match(head) or (head.startswith(b"\x93NUMPY") and b"|O" in head):
                        return f"holds a pickle, {member}, which runs code when it is read"
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
            return f"is a zip that cannot be looked into ({error})"
    return ""


def _unpacked(data: bytes) -> bytes:
    """Return the first bytes that a gzip member holds; none where it is damaged."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data, _HEAD)
    except (zlib.error, gzip.BadGzipFile):
        return b""
