"""Names that mean the same file on every system, lead nowhere else, and have no meaning to a host."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

# Of a build, without meaning for the site; they are left out.
IGNORED = frozenset({".nojekyll", ".dsdocs-site.json"})
OURS = "pr-preview"  # where previews lie; no build may bring it
_RESERVED = frozenset({"cname"})  # hosts take it for the name of a domain
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: reserved with any suffix, too
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
)
_FORBIDDEN = frozenset('\\:*?"<>|%#')
_LENGTH, _PART, _DEPTH = 400, 200, 12  # bytes of a path and of one name; folders: generous for what a build writes


def check_name(path: str) -> str | None:
    """Return what is wrong with the path of a file, or None."""
    if not path.isprintable() or unicodedata.normalize("NFC", path) != path:
        return "the name holds a control character or is not in Unicode's normal form C; rename the file"
    parts = path.split("/")
    if len(parts) > _DEPTH or len(path.encode("utf-8", "surrogatepass")) > _LENGTH:
        return f"the path is longer than {_LENGTH} bytes or deeper than {_DEPTH} folders"
    for part in parts:
        if part in ("", ".", ".."):
            return "the path leads upwards, or begins at the root of a machine; expected one inside the site"
        if set(part) & _FORBIDDEN:
            return "the name holds a character with a meaning of its own on some systems or in addresses; rename it"
        if part[0] == "." or part[-1] in ". ":
            return "the name begins with a dot, or ends with a dot or a blank; a site holds no hidden files"
        if len(part.encode("utf-8", "surrogatepass")) > _PART:
            return f"the name has more than {_PART} bytes"
        if part.split(".")[0].casefold() in _DEVICES:
            return "the name is that of a device on Windows; rename the file"
        if part.casefold() in _RESERVED:
            return "the name has a meaning to the host of the site; it can be changed in its settings only"
    if parts[0].casefold() == OURS:
        return f"the folder {OURS} is for previews; a build may not bring one"
    return None


def check_unique(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the paths, with a reason, that some system would take for another one's."""
    spelt: dict[str, str] = {}
    files = set()
    for path in paths:
        if path in files:
            yield path, "the archive holds it twice"
        files.add(path)
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            here = "/".join(parts[:depth])
            before = spelt.setdefault(unicodedata.normalize("NFC", here.casefold()), here)
            if before != here:
                yield path, f"differs from {before} in upper and lower case alone"
                break
    folders = {path.rsplit("/", depth)[0] for path in files for depth in range(1, path.count("/") + 1)}
    yield from ((path, "is a file and a folder at once") for path in files & folders)
