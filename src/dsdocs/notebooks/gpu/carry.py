"""Carry results from one machine to another as one file, and look whether a cache holds nothing else."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dsdocs.errors import CacheError
from dsdocs.notebooks.gpu.components import differences
from dsdocs.notebooks.gpu.entries import (
    AS_THEY_ARE,
    ATTRIBUTES,
    Entry,
    add_attributes,
    clear_unfinished,
    entries,
    entry_folder,
    folder_size,
    place_entry,
    problems,
    read_entry,
    remove_entry,
)
from dsdocs.notebooks.gpu.survey import Found

_MEMBER = re.compile(
    r"([0-9a-f]{2})/(\1[0-9a-f]{62})/(outputs\.json|provenance\.[0-9a-f]{64}\.json|exports/[A-Za-z0-9][\w.-]{0,99})",
    re.ASCII,
)
_MOST = 10_000  # files in a package
Look = Callable[[Sequence[Path]], Sequence[Found]]
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a cache that is not as it should be."""

    path: str  # relative to the folder above the cache, or page and line
    problem: str


def pack(cache: Path, found: Sequence[Found], target: Path) -> tuple[Entry, ...]:
    """Write the results of all cells whose results are those of today into a zip file.

    Raises
    ------
    CacheError
        There are none.
    """
    fresh = tuple(each.entry for each in found if each.state == "fresh" and each.entry)
    if not fresh:
        raise CacheError("no GPU cell has results of today; run them first: dsdocs execute --gpu")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in sorted(fresh, key=lambda one: one.folder.name):
            for path in sorted(path for path in entry.folder.rglob("*") if path.is_file()):
                member = zipfile.ZipInfo(path.relative_to(cache).as_posix(), _TIME)
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, path.read_bytes())
    return fresh


def unpack(cache: Path, look: Look, source: Path, *, budget: int) -> tuple[Entry, ...]:
    """Put the results of a package into a cache, all or none; those that the same cells had before go.

    Parameters
    ----------
    look
        Surveys the cells of today's pages, given the folders of stored results: one may wait for results of another
        that come in the same package.
    budget
        Bytes that all stored results together may take.

    Raises
    ------
    CacheError
        The file is no such package, something in it is damaged or not allowed, or it is for other cells than today's.
    """
    clear_unfinished(cache)
    new = cache / f".new-{os.getpid()}"
    try:
        _extract(source, new, budget)
        fetched = [_read(folder, source) for folder in sorted(new.glob("*/*"))]
        found = look((new, cache))
        for entry in fetched:
            _refuse_other(entry, found, source)
        cells = {entry.cell for entry in fetched}
        old = [path for path, entry in entries(cache) if isinstance(entry, Entry) and entry.cell in cells]
        total = folder_size(cache) - sum(map(folder_size, old))  # what is new lies in the cache already
        if total > budget:
            raise CacheError(
                f"{source.name}: with it, all stored results take {total:,} bytes, more than the budget of {budget:,}; "
                "raise [cache] budget in dsdocs.toml"
            )
        add_attributes(cache)
        for entry in fetched:
            place_entry(entry.folder, cache, entry.folder.name)
        for path in old:
            if path.name not in {entry.folder.name for entry in fetched}:
                remove_entry(path)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return tuple(read_entry(entry_folder(cache, entry.folder.name)) for entry in fetched)


def _extract(source: Path, folder: Path, budget: int) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
            for name in names:
                if not _MEMBER.fullmatch(name):
                    raise CacheError(f"{source.name}: {name!r} is no file of a result")
            if len(set(names)) < len(names) or len(names) > _MOST:
                raise CacheError(f"{source.name}: holds a file twice, or more than {_MOST:,} files")
            size = sum(member.file_size for member in members)
            if size > budget:
                raise CacheError(f"{source.name}: unpacks to {size:,} bytes, more than the budget of {budget:,}")
            for member in members:
                target = folder / member.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as data, target.open("wb") as sink:
                    sink.write(data.read(member.file_size + 1)[: member.file_size])
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise CacheError(f"{source}: cannot be read as a package of results: {error}") from error


def _read(folder: Path, source: Path) -> Entry:
    """Read an entry of a package and look into all of its files."""
    try:
        entry = read_entry(folder)
    except CacheError as error:
        raise CacheError(f"{source.name}: {_relative(str(error), folder)}") from error
    wrong = next(problems(entry), None)
    if wrong:
        raise CacheError(f"{source.name}: {_relative(wrong, folder)}", cell=entry.cell)
    return entry


def _relative(text: str, folder: Path) -> str:
    return text.replace(f"{folder.parent.parent}{os.sep}", "")


def _refuse_other(entry: Entry, found: Sequence[Found], source: Path) -> None:
    today = next((each for each in found if each.name == entry.cell), None)
    if today is None:
        raise CacheError(f"{source.name}: no page of today has the GPU cell {entry.cell!r}", cell=entry.cell)
    if today.components.key != entry.folder.name:
        changed = differences(entry.components, today.components, today.page)
        raise CacheError(
            f"{source.name}: {today.where}: its results are not for the cell of today: {'; '.join(changed)}",
            cell=entry.cell,
            changed=changed,
        )


def verify(cache: Path, found: Sequence[Found], *, budget: int) -> tuple[Finding, ...]:
    """List everything in a cache that no cell of today's pages accounts for, and every cell without its results."""
    return tuple(_findings(cache, found, budget))


def _findings(cache: Path, found: Sequence[Found], budget: int) -> Iterator[Finding]:
    keys = {each.components.key: each for each in found}
    for each in found:
        if each.state == "missing":
            yield Finding(f"{each.page.path.name}:{each.line}", each.problem)
    if not cache.is_dir():
        return
    held: set[Path] = set()  # folders of entries
    for folder, entry in entries(cache):
        place = folder.relative_to(cache.parent).as_posix()
        held.add(folder)
        if isinstance(entry, CacheError):
            yield Finding(place, _below(str(entry), cache))
        elif folder.name not in keys:
            today = next((each for each in found if each.name == entry.cell), None)
            yield Finding(place, _unaccounted(entry, today))
        else:
            for problem in problems(entry):
                yield Finding(place, _below(problem, cache))
    for path in sorted(cache.rglob("*")):
        relative = path.relative_to(cache)
        place = path.relative_to(cache.parent).as_posix()
        if path.is_symlink():
            yield Finding(place, "is a link")
        elif relative.as_posix() == ATTRIBUTES:
            if path.read_bytes() != AS_THEY_ARE:
                yield Finding(place, f"is not what dsdocs writes: {AS_THEY_ARE!r}")
        elif path.is_file() and held.isdisjoint(path.parents):
            yield Finding(place, "belongs to no result of a GPU cell")
    size = folder_size(cache)
    if size > budget:
        yield Finding(cache.name, f"takes {size:,} bytes, more than the budget of {budget:,}")


def _unaccounted(entry: Entry, today: Found | None) -> str:
    if today is None:
        return f"is of the GPU cell {entry.cell!r}, which no page has; remove the folder"
    changed = "; ".join(differences(entry.components, today.components, today.page))
    hint = "run it again" if today.state == "stale" else "remove the folder"
    return f"{today.where}: is not of the cell of today: {changed}; {hint}"


def _below(text: str, cache: Path) -> str:
    return text.replace(f"{cache.parent}{os.sep}", "")
