"""The same files written into every kind of container."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import zstandard

CONTAINERS = ("directory", "tar", "tar.gz", "tar.zst", "zip", "parts")
TIME = 1_500_000_000  # s since 1970; the same for each member, so that equal files give equal bytes


def write_container(
    kind: str, files: Mapping[str, bytes], target: Path, *, order: Iterable[str] | None = None, top: str = ""
) -> list[Path]:
    """Write files into a container and return what `dsdocs.archive.open_archive` takes.

    Parameters
    ----------
    kind
        One of `CONTAINERS`; ``parts`` is a .tar with the first half of the files and a .tar with the others.
    files
        Bytes by path; paths have forward slashes.
    target
        Where a directory is written; of other kinds, the path without the suffix. Folders above it are made.
    order
        Paths in the order that they are written in; as the mapping has them if not given.
    top
        Folder inside the container that holds all files, such as ``"BigEarthNet-v1.0"``.
    """
    paths = list(files if order is None else order)
    if sorted(paths) != sorted(files):
        raise ValueError("order: expected the paths of all files, each once")
    entries = [(f"{top.rstrip('/')}/{path}" if top else path, files[path]) for path in paths]
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind == "directory":
        return [_write_directory(entries, target)]
    if kind == "parts":
        half = (len(entries) + 1) // 2
        return [
            _write_file(target, f"-{number}.tar", tar_bytes(part))
            for number, part in enumerate((entries[:half], entries[half:]), start=1)
        ]
    return [_write_file(target, f".{kind}", _packed(kind, entries))]


def tar_bytes(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a .tar with these files."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in entries:
            info = tarfile.TarInfo(path)
            info.size, info.mtime = len(data), TIME
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def zip_bytes(entries: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a .zip with these files."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for path, data in entries:
            info = zipfile.ZipInfo(path)
            info.compress_type = method
            archive.writestr(info, data)
    return sink.getvalue()


def _packed(kind: str, entries: list[tuple[str, bytes]]) -> bytes:
    match kind:
        case "tar":
            return tar_bytes(entries)
        case "tar.gz":
            return gzip.compress(tar_bytes(entries), mtime=0)
        case "tar.zst":
            return zstandard.ZstdCompressor(write_checksum=True).compress(tar_bytes(entries))
        case "zip":
            return zip_bytes(entries)
    raise ValueError(f"{kind!r}: expected one of {', '.join(CONTAINERS)}")


def _write_file(target: Path, suffix: str, data: bytes) -> Path:
    path = target.with_name(target.name + suffix)
    path.write_bytes(data)
    return path


def _write_directory(entries: list[tuple[str, bytes]], target: Path) -> Path:
    target.mkdir()
    for path, data in entries:
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return target
