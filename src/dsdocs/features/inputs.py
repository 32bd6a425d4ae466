"""Patches on the grid of an encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.archive.rooted import RootedArchive
from dsdocs.errors import FeatureError
from dsdocs.export.samples import Sample, Samples
from dsdocs.features.model import Input
from dsdocs.features.resample import resample
from dsdocs.imagery.raster import MAX_PIXELS
from dsdocs.project import Project
from dsdocs.records import RecordError
from dsdocs.sensors import Sensor

Array = np.ndarray[Any, np.dtype[np.float32]]
EDGE = 256  # px; larger patches are shrunk to it
UNKNOWN = 128  # px, where the summary has no sizes
KINDS = ("optical", "radar")


def default_input(project: Project) -> Input:
    """Choose what is seen of a data set: all bands of its main asset, on the grid that most patches have.

    The main asset is the first optical one that patches have, else the first radar image. A side of more than 256 px
    becomes one of 256.

    Raises
    ------
    FeatureError
        No asset is an image.
    """
    keys = set(pc.unique(project.summary["assets"].combine_chunks().flatten().field("key")).to_pylist())
    for kind in KINDS:
        for key, sensor in project.sensors.items():
            if sensor.kind == kind and key in keys:
                return Input(key, tuple(band.name for band in sensor.bands), _usual_size(project.summary))
    known = ", ".join(project.sensors) or "none"
    raise FeatureError(f"no patch has an optical or radar image that could be encoded; assets of the archive: {known}")


def read_inputs(project: Project, wanted: Input, rows: Sequence[int]) -> Iterator[tuple[int, Array] | RecordError]:
    """Read patches on the grid of an input.

    Parameters
    ----------
    project
        The project; its summary and description must be there.
    wanted
        Asset, bands and size.
    rows
        Rows of the summary, ascending.

    Yields
    ------
    tuple of int and numpy.ndarray, or RecordError
        Row and ``(bands, height, width)`` of float32, values as they are stored; or why a patch has none. A patch
        without the asset is passed over. Of a stream, they come in its order.

    Raises
    ------
    FeatureError
        The project has no such asset or band.
    """
    sensor = project.sensors.get(wanted.asset)
    if sensor is None:
        raise FeatureError(f"asset {wanted.asset!r}: the archive has {', '.join(project.sensors) or 'none'}")
    limit = project.config.archive.limits.pixels
    yield from read_table(project.summary, project.archive, sensor, wanted, rows, max_pixels=limit)


def read_table(
    summary: pa.Table,
    archive: RootedArchive,
    sensor: Sensor,
    wanted: Input,
    rows: Sequence[int],
    *,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[tuple[int, Array] | RecordError]:
    """Read patches of a table with the columns ``id``, ``labels``, ``assets`` and ``window``; see `read_inputs`."""
    names = [band.name for band in sensor.bands]
    try:
        places = [names.index(band) for band in wanted.bands]
    except ValueError:
        unknown = next(band for band in wanted.bands if band not in names)
        raise FeatureError(f"{wanted.asset}: has no band {unknown!r}; it has {', '.join(names)}") from None
    # Only files of bands that are wanted are opened.
    sensors = {wanted.asset: replace(sensor, bands=tuple(sensor.bands[place] for place in places))}
    for sample in Samples(summary, sensors, archive, (wanted.asset,), rows, (), max_pixels):
        if isinstance(sample, RecordError):
            yield sample
            continue
        try:
            yield sample.row, on_grid(_bands(sample, wanted, places), wanted.size)
        except ValueError as error:
            assets = summary["assets"][sample.row].as_py()
            path = next(asset["href"] for asset in assets if asset["key"] == wanted.asset)
            yield RecordError(path, "image.mismatch", str(error))


def on_grid(bands: Sequence[np.ndarray[Any, Any]], size: tuple[int, int]) -> Array:
    """Resample bands of any size to one grid.

    Parameters
    ----------
    bands
        Each ``(rows, columns)``.
    size
        Rows and columns of the result, in px.

    Returns
    -------
    numpy.ndarray
        ``(bands, *size)`` of float32; values that are no finite number are 0.
    """
    result = np.empty((len(bands), *size), np.float32)
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, band in enumerate(bands):
        groups.setdefault(band.shape, []).append(number)
    for numbers in groups.values():
        values = np.stack([bands[number] for number in numbers])
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            values = np.where(np.isfinite(values), values, 0)
        result[numbers] = resample(values, size)
    return result


def rows_with(summary: pa.Table, asset: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the rows of a summary that have an asset, ascending."""
    assets = summary["assets"].combine_chunks()
    own = pc.equal(assets.flatten().field("key"), asset).to_numpy(zero_copy_only=False)
    return np.unique(pc.list_parent_indices(assets).to_numpy()[own]).astype(np.int64)


def _bands(sample: Sample, wanted: Input, places: Sequence[int]) -> list[np.ndarray[Any, Any]]:
    whole: Mapping[str, np.ndarray[Any, Any]] = sample.arrays
    if wanted.asset not in whole:
        return [whole[f"{wanted.asset}/{band}"] for band in wanted.bands]
    bands = whole[wanted.asset]
    if len(bands) <= max(places):
        raise ValueError(f"has {len(bands)} bands; {max(places) + 1} are needed")
    return [bands[place] for place in places]


def _usual_size(summary: pa.Table) -> tuple[int, int]:
    """Return rows and columns that most patches have; of equally many, the smaller."""
    pairs = summary.select(["height", "width"]).drop_null().group_by(["height", "width"]).aggregate([([], "count_all")])
    if not pairs.num_rows:
        return UNKNOWN, UNKNOWN
    _, height, width = max((row["count_all"], -row["height"], -row["width"]) for row in pairs.to_pylist())
    return min(EDGE, -height), min(EDGE, -width)
