"""Images that are patches of their own: their headers as a table, one row for each file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive import Archive, Member
from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery.quick_header import member_header
from dsdocs.imagery.raster import read_header
from dsdocs.readers.columns import RING, asset_column, patch_table
from dsdocs.readers.image_mask.grid import Grid
from dsdocs.records import RecordError, RecordWarning
from dsdocs.sensors import Sensor, generic_sensor, load_sensor

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
ASSET = "image"
# Names of folders that are splits, whatever the layout.
SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
# What says nothing beyond a number is given to other images in other folders too.
_NUMBERED = re.compile(r"(?:img|image|im|patch|tile|chip|sample|scene|photo|frame)?[\W\d_]*", re.IGNORECASE)
IMAGES = pa.schema(
    [
        ("path", pa.string()),
        ("size", pa.int64()),  # bytes
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("crs", pa.string()),
        ("ring", RING),
        ("gsd", pa.float64()),
        ("unplaced", pa.bool_()),  # it lies somewhere, in a system without a code
        ("category", pa.string()),  # of what is wrong with it; null: nothing
        ("reason", pa.string()),
    ]
)
_UNPLACED = "is placed in a coordinate reference system that is missing or has no code; kept without a footprint"
_RGB = 3  # bands


def is_image(path: str) -> bool:
    """Tell whether a file is an image by its suffix."""
    return path.lower().endswith(SUFFIXES) and not path.rpartition("/")[2].startswith(".")


def split_of(folder: str) -> str | None:
    """Return the split that a folder is named after, by the last part of its path."""
    return SPLITS.get(folder.rpartition("/")[2].lower())


def image_name(stem: str, *folders: str | None) -> str:
    """Name a patch after its file; after the folders too where the file has little more than a number.

    It follows from the path alone, so that no other file of the archive can change it.
    """
    if not _NUMBERED.fullmatch(stem):
        return stem
    return "_".join(part for part in (*folders, stem) if part)


def image_row(member: Member, max_pixels: int) -> dict[str, object]:
    """Read the header of an image of at most so many values; what is wrong stands in ``category`` and ``reason``."""
    row: dict[str, object] = {"path": member.path, "size": member.size}
    try:
        header = member_header(member, max_pixels=max_pixels)
    except (RasterError, MemberError) as error:
        return row | {"category": error.category, "reason": error.problem}
    grid = Grid.of(header)
    footprint = grid.footprint((0, 0, header.width, header.height))
    return row | {
        "width": header.width,
        "height": header.height,
        "crs": footprint and footprint.crs,
        "ring": footprint and [value for corner in footprint.ring for value in corner],
        "gsd": grid.gsd(),
        "unplaced": header.transform is not None and footprint is None,
    }


def image_table(rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """Return rows of `image_row` as a table of the schema `IMAGES`."""
    return pa.Table.from_pylist([dict(row) for row in rows], IMAGES)


def image_errors(images: pa.Table) -> Iterator[RecordError]:
    """Yield what is wrong with the images that cannot be read."""
    broken = images.filter(images["category"].is_valid()).select(["path", "category", "reason"])
    yield from (RecordError(**row) for row in broken.to_pylist())


def image_warnings(images: pa.Table) -> Iterator[RecordWarning]:
    """Yield a warning for each image that cannot be placed, although it says where it lies."""
    paths = images["path"].filter(pc.fill_null(images["unplaced"], False))
    yield from (RecordWarning(path, "geo.crs", _UNPLACED) for path in paths.to_pylist())


def image_patches(images: pa.Table, columns: Mapping[str, object]) -> pa.Table:
    """Return patches of images, with more columns; a row of nulls is a patch without an image."""
    own = {name: images[name].combine_chunks() for name in ("width", "height", "crs", "ring", "gsd")}
    assets = asset_column(ASSET, images["path"].combine_chunks())
    return patch_table({**own, "assets": assets, **columns}, images.num_rows)


def sensor_of(summary: pa.Table, archive: Archive) -> dict[str, Sensor]:
    """Return the sensor of the first image, by its asset; none if there is no image."""
    href = _first_image(summary["assets"].chunks)
    if href is None:
        return {}
    with archive.open(href) as source:
        header = read_header(source, href)
    if header.count == _RGB and header.dtype == "uint8":
        return {ASSET: load_sensor("rgb")}
    return {ASSET: generic_sensor(header.count, Grid.of(header).gsd())}


def _first_image(chunks: Sequence[pa.Array]) -> str | None:
    for chunk in chunks:
        entries = chunk.flatten()
        if len(entries):
            return str(entries[0]["href"].as_py())
    return None
