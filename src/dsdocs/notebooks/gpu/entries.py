"""Stored results of GPU cells: folders that hold their own proof.

One entry is ``XX/KEY/`` below the cache, ``XX`` being the first two digits of the key::

    provenance.DIGEST.json   what the key is made of, where and when it ran, what it recorded, and the SHA-256 of each
                             other file; DIGEST is its own SHA-256
    outputs.json             what the cell shows
    exports/NAME             the files that it left

So each byte is covered: files by the provenance, the provenance by its name, the name of the folder by the components
in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dsdocs.errors import CacheError
from dsdocs.notebooks.gpu.components import FORMAT, Components, components_from
from dsdocs.notebooks.gpu.formats import check_file
from dsdocs.notebooks.gpu.outputs import problems_of
from dsdocs.safe import write_bytes

ATTRIBUTES = ".gitattributes"
AS_THEY_ARE = b"* -text\n"  # git must not change the ends of lines, which digests cover
EXPORTS, OUTPUTS = "exports", "outputs.json"
_PROVENANCE = re.compile(r"provenance\.([0-9a-f]{64})\.json")
_KEY = re.compile(r"[0-9a-f]{64}")
_FIELDS = {"format", "components", "files", "values", "made"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """The results of one GPU cell; what its provenance says is whole, its files may not be."""

    folder: Path
    components: Components
    files: Mapping[str, tuple[int, str]]  # path in the folder -> bytes, SHA-256
    values: Json  # what the cell recorded
    made: Json  # device, versions, seconds, date, commit ...

    @property
    def cell(self) -> str:
        """``PAGE/NAME`` of its cell."""
        return f"{self.components.page}/{self.components.cell}"

    @property
    def n_bytes(self) -> int:
        """Size of its files."""
        return sum(size for size, _ in self.files.values())

    @property
    def results(self) -> str:
        """SHA-256 over what cells below, or on other pages, can take from it: files and values."""
        files = {name: digest for name, (_, digest) in self.files.items() if name != OUTPUTS}
        return hashlib.sha256(_bytes({"files": files, "values": self.values})).hexdigest()

    def export(self, name: str) -> Path:
        """Return a file that the cell left, once its content was compared with its digest.

        Raises
        ------
        CacheError
            The cell left no such file, or it is damaged.
        """
        path = f"{EXPORTS}/{name}"
        if path not in self.files:
            known = ", ".join(sorted(Path(each).name for each in self.files if each != OUTPUTS)) or "none"
            raise CacheError(f"{self.cell}: has no export {name!r}; its exports: {known}", cell=self.cell)
        problem = _file_problem(self.folder, path, *self.files[path])
        if problem:
            raise CacheError(f"{self.cell}: {problem}", cell=self.cell)
        return self.folder / path

    def outputs(self) -> list[Json]:
        """Return what the cell shows, once its content was compared with its digest."""
        problem = _file_problem(self.folder, OUTPUTS, *self.files[OUTPUTS])
        if problem:
            raise CacheError(f"{self.cell}: {problem}", cell=self.cell)
        found: list[Json] = json.loads((self.folder / OUTPUTS).read_bytes())
        return found


def entry_folder(cache: Path, key: str) -> Path:
    """Return where the results for a key are."""
    return cache / key[:2] / key


def read_entry(folder: Path) -> Entry:
    """Read the provenance of an entry; its files are looked at when they are used, or by `problems`.

    Raises
    ------
    CacheError
        The provenance is missing or damaged, or it is for another key.
    """
    found = [entry.name for entry in os.scandir(folder) if entry.name.startswith("provenance.")]
    match = _PROVENANCE.fullmatch(found[0]) if len(found) == 1 else None
    if match is None:
        raise CacheError(f"{folder}: expected one provenance.DIGEST.json, found {', '.join(sorted(found)) or 'none'}")
    path = folder / found[0]
    content = _content(path)
    if hashlib.sha256(content).hexdigest() != match[1]:
        raise CacheError(f"{path}: is damaged: its SHA-256 is not the one in its name")
    try:
        stored = json.loads(content)
        if set(stored) != _FIELDS or stored["format"] != FORMAT:
            raise ValueError(f"expected format {FORMAT} with the fields {', '.join(sorted(_FIELDS))}")
        components = components_from(stored["components"])
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in stored["files"].items()}
        values, made = dict(stored["values"]), dict(stored["made"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CacheError(f"{path}: is no provenance of a GPU cell: {error}") from error
    if components.key != folder.name:
        raise CacheError(f"{path}: the key of what it lists is {components.key[:12]}..., not the name of the folder")
    return Entry(folder, components, files, values, made)


def entries(cache: Path) -> Iterator[tuple[Path, Entry | CacheError]]:
    """Yield each entry of a cache, by its folder, or what is wrong with it."""
    for folder in sorted(cache.glob("[0-9a-f][0-9a-f]/*")):
        if _KEY.fullmatch(folder.name) and folder.is_dir():
            try:
                yield folder, read_entry(folder)
            except CacheError as error:
                yield folder, error


def problems(entry: Entry) -> Iterator[str]:
    """Say everything that is wrong with the files of an entry; each begins with the path of a file."""
    expected = {OUTPUTS, *(f"{EXPORTS}/{name}" for name in entry.components.exports)}
    for path in sorted(expected ^ set(entry.files)):
        yield f"{entry.folder / path}: " + ("is not in the provenance" if path in expected else "was not declared")
    for path in sorted(expected & set(entry.files)):
        problem = _file_problem(entry.folder, path, *entry.files[path])
        if problem:
            yield problem
            continue
        try:
            if path == OUTPUTS:
                for found in problems_of(json.loads((entry.folder / path).read_bytes())):
                    yield f"{entry.folder / path}: {found}"
            else:
                check_file(entry.folder / path)
        except ValueError as error:
            yield f"{entry.folder / path}: {error}"
    known = {*entry.files, EXPORTS}
    for other in sorted(entry.folder.rglob("*")):
        name = other.relative_to(entry.folder).as_posix()
        if name not in known and not _PROVENANCE.fullmatch(name):
            yield f"{other}: no provenance names it"


def write_entry(
    cache: Path, components: Components, *, outputs: Sequence[Json], exports: Path, values: Json, made: Json
) -> Entry:
    """Store the results of a cell: all of them, or after an error none.

    Parameters
    ----------
    exports
        Folder with the files that the cell has left; they are copied.
    """
    cache.mkdir(parents=True, exist_ok=True)
    new = cache / f".new-{os.getpid()}"
    shutil.rmtree(new, ignore_errors=True)
    try:
        (new / EXPORTS).mkdir(parents=True)
        (new / OUTPUTS).write_bytes(_bytes(outputs, indent=1))
        for name in components.exports:
            shutil.copyfile(exports / name, new / EXPORTS / name)
        if not components.exports:
            (new / EXPORTS).rmdir()
        paths = (OUTPUTS, *(f"{EXPORTS}/{name}" for name in components.exports))
        files = {path: [(new / path).stat().st_size, _sha256(new / path)] for path in paths}
        stored = {"format": FORMAT, "components": asdict(components), "files": files, "values": values, "made": made}
        content = _bytes(stored, indent=1)
        write_bytes(new / f"provenance.{hashlib.sha256(content).hexdigest()}.json", content)
        wrong = tuple(problems(read_entry_as(new, components.key)))
        if wrong:
            raise CacheError(wrong[0].replace(f"{new}{os.sep}", ""), cell=f"{components.page}/{components.cell}")
        add_attributes(cache)
        place_entry(new, cache, components.key)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return read_entry(entry_folder(cache, components.key))


def clear_unfinished(cache: Path) -> None:
    """Remove what a process has left that was killed while it stored results; the caller holds the lock."""
    for path in cache.glob(".new-*"):
        shutil.rmtree(path, ignore_errors=True)


def add_attributes(cache: Path) -> None:
    """Tell git to leave the files of a cache as they are."""
    if not (cache / ATTRIBUTES).is_file():
        write_bytes(cache / ATTRIBUTES, AS_THEY_ARE)


def read_entry_as(folder: Path, key: str) -> Entry:
    """Read an entry that does not lie in its place yet."""
    place = folder.with_name(key)
    os.rename(folder, place)
    try:
        entry = read_entry(place)
    finally:
        os.rename(place, folder)
    return Entry(folder, entry.components, entry.files, entry.values, entry.made)


def place_entry(new: Path, cache: Path, key: str) -> None:
    """Move a whole entry to its place; one that is there, for the same key, goes."""
    target = entry_folder(cache, key)
    target.parent.mkdir(parents=True, exist_ok=True)
    old = new.with_name(f"{new.name}.old")
    if target.exists():
        os.rename(target, old)
    try:
        os.rename(new, target)
    except OSError:
        if old.exists():
            os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def remove_entry(folder: Path) -> None:
    """Remove an entry, and the folder around it when it was the last one there."""
    shutil.rmtree(folder)
    if not any(folder.parent.iterdir()):
        folder.parent.rmdir()


def folder_size(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _file_problem(folder: Path, path: str, size: int, digest: str) -> str | None:
    file = folder / path
    if file.is_symlink():
        return f"{file}: is a link"
    if not file.is_file():
        return f"{file}: is missing"
    found = file.stat().st_size
    if found != size:
        return f"{file}: is damaged: it has {found:,} bytes, its provenance says {size:,}"
    if _sha256(file) != digest:
        return f"{file}: is damaged: its SHA-256 is not the one in its provenance"
    return None


def _content(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise CacheError(f"{path}: is no file")
    return path.read_bytes()


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _bytes(value: object, indent: int | None = None) -> bytes:
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=indent) + "\n").encode()
