"""What a cell's output depends on, as one digest."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping

from dsdocs.errors import ConfigError
from dsdocs.notebooks.pages import Page

FORMAT = 1  # raise it when stored outputs would be read or normalised differently
OUTPUT_TAGS = frozenset({"raises-exception", "skip-execution"})  # the tags that change what a cell puts out


def cell_keys(page: Page, *, data: Mapping[str, str], versions: Mapping[str, str]) -> tuple[str, ...]:
    """Return the key of each cell: SHA-256 over everything that may change its output.

    That is the code of the cell and of those before it, the declared data, the stored results of GPU cells before it,
    and the versions of the declared packages and of Python. Prose, and tags which only hide something, are not part
    of it.

    Parameters
    ----------
    data
        Digest of each known data set by name; of the results of a GPU cell, the name is ``cell:PAGE/NAME``.
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
        digest.update(json.dumps([cell.source, sorted(OUTPUT_TAGS.intersection(cell.tags))]).encode())
        keys.append(digest.hexdigest())
        if cell.gpu is not None:  # what stands below it sees its stored results, not its code, at work
            results = _declared(page, "data", f"cell:{page.name}/{cell.gpu.name}", data)
            digest.update(json.dumps(["results", results]).encode())
    return tuple(keys)


def _declared(page: Page, kind: str, name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ConfigError(page.path.name, f"dsdocs.{kind}", f"{name!r} is not known here; known: {names}")
    return known[name]
