"""Decode the files of an explorer, as a browser does; every file is checked against the manifest first."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsdocs.errors import DsdocsError, ExplorerError
from dsdocs.explorer.model import Column, Explorer, Group, Integers, Places, Term
from dsdocs.explorer.positions import decode

FORMAT = 1
MANIFEST = "manifest.json"


def read_manifest(
    folder: Path,
    *,
    what: str = "the manifest of an explorer",
    number: int = FORMAT,
    error: type[DsdocsError] = ExplorerError,
) -> dict[str, Any]:
    """Read the manifest of an explorer, or of other files for the browser.

    Parameters
    ----------
    what
        What it should be, in words.
    number
        The format that is read.
    error
        What is raised.

    Raises
    ------
    DsdocsError
        There is none, or it is of another format.
    """
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise error(f"{path}: cannot be read as {what}: {problem}") from problem
    if not isinstance(found, dict) or found.get("format") != number:
        other = found.get("format") if isinstance(found, dict) else None
        raise error(f"{path}: found format {other!r}, expected {number}; build the site again")
    return found


def read_file(folder: Path, entry: Mapping[str, Any]) -> bytes:
    """Return the bytes of a file, unpacked.

    Raises
    ------
    ExplorerError
        The file is missing, or its length, its digest or what it unpacks to differ from the entry.
    """
    path = folder / entry["path"]
    try:
        data: bytes = path.read_bytes()
    except OSError as error:
        raise ExplorerError(f"{path}: cannot be read: {error.strerror}") from error
    _expect(path, "bytes", len(data), entry["bytes"])
    _expect(path, "SHA-256", hashlib.sha256(data).hexdigest(), entry["sha256"])
    if "inflated" not in entry:
        return data
    try:
        data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ExplorerError(f"{path}: is no gzip: {error}") from error
    _expect(path, "bytes inflated", len(data), entry["inflated"])
    return data


def _expect(path: Path, what: str, found: object, expected: object) -> None:
    if found != expected:
        raise ExplorerError(f"{path}: found {found} {what}, expected {expected}; build the site again")


def read_explorer(folder: Path) -> Explorer:
    """Read what an explorer shows back from its files; only the rows of the summary are not in them (`order` is empty).

    Raises
    ------
    ExplorerError
        A file is not what the manifest says.
    """
    manifest = read_manifest(folder)
    n = manifest["rows"]
    ids = [
        name
        for entry in (manifest["names"]["files"] if n else ())
        for name in read_file(folder, entry).decode().split("\n")
    ]
    _expect(folder / MANIFEST, "names", len(ids), n)
    columns = tuple(read_column(folder, described) for described in manifest["columns"])
    for column in columns:
        _expect(folder / MANIFEST, f"codes of {column.name}", len(column.codes), n)
    lon, lat = np.full(n, np.nan), np.full(n, np.nan)
    places = read_places(folder, manifest["positions"], manifest["chunk"]) if manifest["positions"] else None
    if places is not None:
        lon[: len(places.x)], lat[: len(places.x)] = decode(places)
    nothing = np.empty(0, dtype=np.int64)
    return Explorer(manifest["title"], manifest["fingerprint"], tuple(ids), columns, places, lon, lat, nothing)


def read_column(folder: Path, described: Mapping[str, Any]) -> Column:
    """Read one column."""
    codes = [joined(read_file(folder, entry), described["dtype"]) for entry in described["files"]]
    terms = tuple(
        Term(
            term["key"], term["name"], tuple(term["members"]), term["level"], term["level_name"], term.get("colour"),
            term.get("parent"),
        )
        for term in described.get("terms", ())
    )  # fmt: skip
    sets = json.loads(read_file(folder, described["sets"])) if "sets" in described else ()
    return Column(
        described["name"], described["title"], described["description"], described["kind"],
        np.concatenate(codes).astype(np.uint32), tuple(described.get("values", ())),
        tuple(described.get("titles", ())), terms, tuple(map(tuple, sets)),
    )  # fmt: skip


def joined(data: bytes, dtype: str) -> NDArray[Any]:
    """Put byte planes together again."""
    width = np.dtype(dtype).itemsize
    bytes_of = np.frombuffer(data, dtype=np.uint8).reshape(width, -1)
    return np.ascontiguousarray(bytes_of.T).view(np.dtype(dtype).newbyteorder("<")).ravel()


def read_places(folder: Path, described: Mapping[str, Any], chunk: int) -> Places:
    """Read where the patches are."""
    groups = tuple(
        Group(
            group["rows"], tuple(group["scale"]), tuple(group["lon"]), tuple(group["lat"]), tuple(group["size"]),
            tuple(group["metres"]), group["error_m"],
        )
        for group in described["groups"]
        if "none" not in group
    )  # fmt: skip
    starts = {0, *np.cumsum([group.rows for group in groups]).tolist()}
    steps = []
    for entry in described["files"]:
        data = read_file(folder, entry)
        first = 4 + int.from_bytes(data[:4], "little")
        steps.append(np.stack([signed(data[4:first]), signed(data[first:])]))
    x, y = np.concatenate(steps, axis=1)
    starts |= set(range(0, len(x), chunk))
    borders = np.array(sorted(start for start in starts if start < len(x)))
    return Places(_summed(x, borders), _summed(y, borders), groups)


def signed(data: bytes) -> Integers:
    """Return the numbers of a run of variable bytes; the inverse of `dsdocs.explorer.shards.leb128`."""
    read = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(read < 128)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    place = np.arange(len(read)) - np.repeat(starts, ends - starts + 1)
    parts = (read.astype(np.uint64) & np.uint64(127)) << (7 * place).astype(np.uint64)
    whole = np.add.reduceat(parts, starts) if len(ends) else parts
    return np.asarray((whole >> np.uint64(1)).astype(np.int64) ^ -(whole & np.uint64(1)).astype(np.int64))


def _summed(steps: Integers, borders: Integers) -> Integers:
    """Add steps up, from zero again at each border."""
    total = np.cumsum(steps)
    before = total[borders] - steps[borders]
    return np.asarray(total - np.repeat(before, np.diff(np.append(borders, len(steps)))))
