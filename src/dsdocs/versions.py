"""Versions of packages, and of dsdocs itself down to its last line."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

from dsdocs.errors import DsdocsError


@cache
def package_version(name: str) -> str:
    """Return the version of an installed distribution; for dsdocs a digest of its source files is appended.

    A checkout keeps its version number while its code changes, so dsdocs is looked at more closely. A package whose
    name ends in a question mark may be missing.

    Raises
    ------
    DsdocsError
        No such distribution is installed.
    """
    if name.endswith("?"):
        try:
            return metadata.version(name[:-1])
        except metadata.PackageNotFoundError:
            return "missing"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError as error:
        if name != "dsdocs":
            message = f"a page declares the package {name!r}, which is not installed: pip install {name}"
            raise DsdocsError(message) from error
        version = "source"
    return f"{version}+{source_digest(Path(__file__).resolve().parent)}" if name == "dsdocs" else version


def code_of(*folders: Path) -> str:
    """Return a digest of the code in folders, for what is kept as long as that stays the same."""
    return "-".join(map(source_digest, folders))


def source_digest(root: Path) -> str:
    """Return twelve hexadecimal digits over the Python and TOML files below a folder, names and contents."""
    digest = hashlib.sha256()
    found = (path for path in root.rglob("*") if path.suffix in {".py", ".toml"})
    files = {path.relative_to(root).as_posix(): path for path in found}
    for name in sorted(files):
        content = files[name].read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]
