"""What a cell's output depends on, as one digest."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from dsdocs.errors import ConfigError, DsdocsError
from dsdocs.notebooks.pages import Page

FORMAT = 1  # raise it when stored outputs would be read or normalised differently
_TAGS = frozenset({"raises-exception", "skip-execution"})  # the tags that change what a cell puts out


def cell_keys(page: Page, *, data: Mapping[str, str], versions: Mapping[str, str]) -> tuple[str, ...]:
    """Return the key of each cell: SHA-256 over everything that may change its output.

    That is the code of the cell and of those before it, the declared data, and the versions of the declared
    packages and of Python. Prose, and tags which only hide something, are not part of it.

    Parameters
    ----------
    data
        Digest of each known data set by name.
    versions
        Version of each known package by name of the distribution.

    Raises
    ------
    ConfigError
        The page declares data or a package that is not in the mapping.
    """
    header = {
        "format": FORMAT,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "data": {name: _declared(page, "data", name, data) for name in page.data},
        "packages": {name: _declared(page, "packages", name, versions) for name in page.packages},
    }
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    keys = []
    for cell in page.cells:
        digest.update(json.dumps([cell.source, sorted(_TAGS.intersection(cell.tags))]).encode())
        keys.append(digest.hexdigest())
    return tuple(keys)


def _declared(page: Page, kind: str, name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ConfigError(page.path.name, f"dsdocs.{kind}", f"{name!r} is not known here; known: {names}")
    return known[name]


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
    return f"{version}+{source_digest(Path(__file__).resolve().parents[1])}" if name == "dsdocs" else version


def source_digest(root: Path) -> str:
    """Return twelve hexadecimal digits over the Python and TOML files below a folder, names and contents."""
    digest = hashlib.sha256()
    found = (path for path in root.rglob("*") if path.suffix in {".py", ".toml"})
    files = {path.relative_to(root).as_posix(): path for path in found}
    for name in sorted(files):
        content = files[name].read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]
