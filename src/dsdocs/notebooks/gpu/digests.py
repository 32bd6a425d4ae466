"""Digests of the data that a GPU cell declares: of what it says, so that they are the same on every machine.

The files of the state folder will not do: a newer Arrow writes other bytes for the same table, and a newer PROJ moves a
corner by a nanometre.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from dsdocs.export.samples import Sample, Samples
from dsdocs.pixels.stored import open_pixels
from dsdocs.project import Project
from dsdocs.safe import write_text

_DECIMALS = 7  # of a degree: a centimetre
_DERIVED = ("bbox",)
_STORED = "archive-digest.json"
Array = np.ndarray[Any, Any]


def summary_digest(table: pa.Table) -> str:
    """Return SHA-256 over the rows of a summary: every column, in the order of the names of patches.

    Real numbers and coordinates count to seven decimals.
    """
    digest = hashlib.sha256()
    table = table.sort_by("id")
    for name in sorted(set(table.column_names) - set(_DERIVED)):
        digest.update(f"{name}\0".encode())
        column = table[name].combine_chunks()
        for part in _geometry(column) if name == "geometry" else _parts(column):
            digest.update(part)
    return digest.hexdigest()


def archive_digest(project: Project) -> str:
    """Return SHA-256 over all pixels of all patches, as they are decoded, whatever files and container they are in.

    It comes from the pass over all pixels, as far as that has looked at everything; the rest, and maps of classes, is
    read here, once for an archive. Of a file that cannot be read, its path counts.
    """
    hashes = open_pixels(project).hashes
    stamp = hashlib.sha256(f"{project.archive.stamp()} {project.fingerprint}".encode()).hexdigest()
    stored = project.state / _STORED
    earlier = _earlier(stored, stamp)
    if earlier:
        return earlier
    sensors = [[key, sensor.kind, [band.name for band in sensor.bands]] for key, sensor in project.sensors.items()]
    digest = hashlib.sha256(json.dumps(sorted(sensors)).encode())
    order = pc.sort_indices(hashes["id"]).to_pylist()
    ids, contents = hashes["id"].to_pylist(), hashes["content"].to_pylist()
    maps = tuple(key for key, sensor in project.sensors.items() if sensor.kind == "map")
    others = tuple(key for key in project.sensors if key not in maps)
    unread = [row for row in range(len(ids)) if contents[row] is None]
    lost: list[str] = []
    pixels = _read(project, others, unread, lost)
    of_maps = _read(project, maps, range(len(ids)), lost)
    for row in order:
        known = contents[row].hex() if contents[row] else ""
        digest.update(json.dumps([ids[row], known, pixels.get(row), of_maps.get(row)]).encode())
    digest.update(json.dumps(sorted(lost)).encode())
    value = digest.hexdigest()
    write_text(stored, json.dumps({"stamp": stamp, "digest": value}))
    return value


def _earlier(path: Path, stamp: str) -> str | None:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return str(stored["digest"]) if stored["stamp"] == stamp else None
    except (OSError, ValueError, KeyError):
        return None


def _read(project: Project, assets: tuple[str, ...], rows: Sequence[int], lost: list[str]) -> dict[int, str]:
    """Return a digest of the decoded files of some patches, by row; those without any such file are left out.

    The paths of files that cannot be read are added to ``lost``.
    """
    if not assets or not rows:
        return {}
    found: dict[int, str] = {}
    samples = Samples(
        project.summary, project.sensors, project.archive, assets, rows, (), project.config.archive.limits.pixels
    )
    for sample in samples:
        if isinstance(sample, Sample):
            found[sample.row] = hashlib.sha256(b"".join(_arrays(sample))).hexdigest()
        else:
            lost.append(sample.path)
    return found


def _arrays(sample: Sample) -> Iterator[bytes]:
    for name, array in sorted(sample.arrays.items()):
        yield json.dumps([name, array.dtype.name, array.shape]).encode()
        yield array.astype(array.dtype.newbyteorder("<")).tobytes()


def _geometry(column: pa.Array) -> Iterator[bytes]:
    shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    coordinates, rows = shapely.get_coordinates(shapes, return_index=True)
    yield from _numbers((column.is_valid().to_numpy(zero_copy_only=False), rows, coordinates.ravel()))


def _numbers(arrays: Iterable[Array]) -> Iterator[bytes]:
    for array in arrays:
        if array.dtype.kind == "f":
            array = np.round(array.astype("<f8"), _DECIMALS) + 0.0  # no minus zero
        yield len(array).to_bytes(8, "little")
        yield array.astype("<f8" if array.dtype.kind == "f" else "<i8").tobytes()


def _parts(column: pa.Array) -> Iterator[bytes]:
    """Yield the content of a column, the same however Arrow lays it out."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    yield from _numbers([column.is_valid().to_numpy(zero_copy_only=False)])
    column = column.drop_null()
    if pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_string(kind):
        yield from _numbers([pc.binary_length(column).to_numpy(zero_copy_only=False)])
        yield b"".join(item if isinstance(item, bytes) else item.encode() for item in column.to_pylist())
    elif pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _numbers([pc.list_value_length(column).to_numpy(zero_copy_only=False)])
        yield from _parts(column.flatten())
    elif pa.types.is_struct(kind):
        for field, part in zip(kind, column.flatten(), strict=True):
            yield f"{field.name}\0".encode()
            yield from _parts(part)
    elif pa.types.is_timestamp(kind):
        yield from _numbers([column.cast(pa.int64()).to_numpy(zero_copy_only=False)])
    else:
        yield from _numbers([column.to_numpy(zero_copy_only=False)])
