"""Which files a GPU cell may leave: such that can be read without running anything that they hold."""

from __future__ import annotations

import csv
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from dsdocs.notebooks.declared import check_name
from dsdocs.notebooks.gpu.onnx import external_files

_PICTURE_PIXELS = 40_000_000
_HEADER = 100_000_000  # bytes that the header of a safetensors file may have, as its own library says
_PICKLED = ("arrow.py_extension_type",)  # types of Arrow columns


def check_file(path: Path) -> None:
    """Refuse a file that is not what its name says, or that could run something.

    Raises
    ------
    ValueError
        The message begins with the name of the file.
    """
    check_name(path.name)
    try:
        _CHECKS[path.suffix](path)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    except Exception as error:  # parsers of six formats, over what may be anything
        raise ValueError(f"{path.name}: cannot be read as {path.suffix}: {type(error).__name__}: {error}") from error


def _npz(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names):
            raise ValueError("holds two arrays of the same name")
        for entry in archive.infolist():
            if not entry.filename.endswith(".npy") or "/" in entry.filename or "\\" in entry.filename:
                raise ValueError(f"holds {entry.filename!r}, which is no array")
            with archive.open(entry) as source:
                version = np.lib.format.read_magic(source)
                read = {
                    (1, 0): np.lib.format.read_array_header_1_0,
                    (2, 0): np.lib.format.read_array_header_2_0,
                }.get(version)
                if read is None:
                    raise ValueError(f"{entry.filename}: version {version} of the format is not read")
                shape, _, dtype = read(source)
                start = source.tell()
            if dtype.hasobject:
                raise ValueError(f"{entry.filename}: holds Python objects, which are a pickle; store numbers or texts")
            if entry.file_size != start + int(np.prod(shape, dtype=object)) * dtype.itemsize:
                raise ValueError(f"{entry.filename}: its size does not fit its shape {shape}")


def _safetensors(path: Path) -> None:
    with path.open("rb") as source:
        (size,) = struct.unpack("<Q", source.read(8))
        if size > min(_HEADER, path.stat().st_size - 8):
            raise ValueError("the header is longer than the file")
        header = json.loads(source.read(size))
    if not isinstance(header, dict):
        raise ValueError("the header is no table")
    header.pop("__metadata__", None)
    spans = sorted(tuple(entry["data_offsets"]) for entry in header.values())
    end = 0
    for first, last in spans:
        if first != end or last < first:
            raise ValueError("its tensors do not lie one behind the other")
        end = last
    if 8 + size + end != path.stat().st_size:
        raise ValueError("its size does not fit its header")


def _parquet(path: Path) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        for group in range(file.num_row_groups):
            file.read_row_group(group)
    for field in schema:
        kind = (field.metadata or {}).get(b"ARROW:extension:name", b"").decode("utf-8", "replace")
        if kind in _PICKLED:
            raise ValueError(f"column {field.name!r} is of a type that holds a pickle")


def _onnx(path: Path) -> None:
    outside = external_files(path.read_bytes())
    if outside:
        raise ValueError(f"keeps weights in another file, {outside[0]!r}; save it with all of them inside")


def _json(path: Path) -> None:
    def refused(text: str) -> None:
        raise ValueError(f"{text} is no JSON")

    json.loads(path.read_text(encoding="utf-8"), parse_constant=refused)


def _csv(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    if "\0" in text:
        raise ValueError("holds the character NUL")
    widths = {len(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row}
    if len(widths) > 1:
        raise ValueError("its rows differ in their number of cells")


def _picture(path: Path) -> None:
    from PIL import Image

    formats = [path.suffix[1:].upper()]
    with Image.open(path, formats=formats) as picture:
        picture.verify()  # of a PNG, the checksums of all chunks; it cannot be decoded after that
    with Image.open(path, formats=formats) as picture:
        if picture.width * picture.height > _PICTURE_PIXELS:
            raise ValueError(f"has more than {_PICTURE_PIXELS:,} pixels")
        picture.load()


_CHECKS: Mapping[str, Callable[[Path], None]] = {
    ".csv": _csv, ".json": _json, ".npz": _npz, ".onnx": _onnx, ".parquet": _parquet, ".png": _picture,
    ".safetensors": _safetensors, ".webp": _picture,
}  # fmt: skip
