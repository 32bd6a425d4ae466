"""Tell whether a site is up to date, without loading a heavy library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeGuard

from dsdocs import assets
from dsdocs.locations import Locations
from dsdocs.safe import write_text
from dsdocs.site.history import head_commit
from dsdocs.versions import package_version

MARKER = ".dsdocs-site.json"
STAMP = "site.json"
_UNPUBLISHED = frozenset({"axe-core", "world-atlas"})  # packages that shape no page by their bytes
_RESULTS = "_cache/"  # of GPU cells: those beside the built-in pages belong to a guide of dsdocs itself


def code_key() -> str:
    """Return a digest of everything in dsdocs that shapes a site: code, browser files, pages, templates."""
    folders = (assets.static_folder(), assets.book_folder(), Path(__file__).with_name("templates"))
    lines = (line for folder in folders for line in _files(folder) if not line.startswith(_RESULTS))
    return _digest([package_version("dsdocs"), *lines])


def site_key(project: Locations) -> str:
    """Return a digest of all that a build reads; equal digests mean an equal site.

    Of the archive's files, names, sizes and modification times count, or the entity tags that a server gives.
    """
    nomenclature = project.config.labels.nomenclature
    own = project.config_file.parent / nomenclature if project.config_file and nomenclature else None
    own_text = own.read_bytes().hex() if own and own.is_file() else ""
    pages = _files(project.book) if project.book else ()
    commit = head_commit(project.book) if project.book else ""  # pages say when they were changed last
    compared = [f"{path} {_stamp(path)}" for path in project.summaries_beside]
    errata = [hashlib.sha256(project.errata.read_bytes()).hexdigest()] if _is_file(project.errata) else []
    archive = project.open_archive().stamp()
    return _digest(
        [code_key(), project.config.model_dump_json(), own_text, archive, commit, *compared, *errata, *pages]
    )


def is_current(state: Path, out: Path, key: str) -> bool:
    """Tell whether the site at ``out`` was built with this key and still has the files that were written then."""
    try:
        stored = json.loads((state / STAMP).read_text(encoding="utf-8"))
        marker = (out / MARKER).read_bytes()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    if stored != {"key": key, "out": str(out.resolve()), "marker": hashlib.sha256(marker).hexdigest()}:
        return False
    files: dict[str, list[object]] = json.loads(marker)["files"]
    return all((out / name).is_file() and (out / name).stat().st_size == entry[0] for name, entry in files.items())


def store(state: Path, out: Path, key: str) -> None:
    """Remember that the site at ``out`` was built with this key."""
    marker = hashlib.sha256((out / MARKER).read_bytes()).hexdigest()
    text = json.dumps({"key": key, "out": str(out.resolve()), "marker": marker}, sort_keys=True)
    write_text(state / STAMP, text)


def _is_file(path: Path | None) -> TypeGuard[Path]:
    return path is not None and path.is_file()


def _stamp(path: Path) -> str:
    """Return size and modification time of a file, which may be missing."""
    return f"{path.stat().st_size} {path.stat().st_mtime_ns}" if path.is_file() else ""


def _files(folder: Path) -> Iterable[str]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if path.is_file() and not relative.startswith(("_build/", ".")) and not _UNPUBLISHED & {*relative.split("/")}:
            yield f"{relative} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
