"""From the files of a patch to its pictures: which bands a rendering shows, read once and put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery import composite
from dsdocs.imagery.composite import Band, Composite
from dsdocs.imagery.model import Rendering
from dsdocs.imagery.quick_tiff import read_pixels
from dsdocs.imagery.raster import MAX_PIXELS, Window, read_picture, read_raster
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.sensors import Sensor

Array = np.ndarray[Any, Any]
OpenMember = Callable[[str], BinaryIO]

BAND = "{band}"
CORINE = "clc-map"  # the sensor whose values are codes of CORINE Land Cover


@dataclass(frozen=True, slots=True)
class ThumbnailJob:
    """One asset of one patch, to be shown in every rendering that its sensor allows."""

    id: str  # of the patch
    asset: str  # key of the asset, "sentinel-2"
    path: str  # in the archive; "{band}" stands for the name of the band where each band is a file of its own
    sensor: Sensor
    colours: Mapping[int, str] = field(default_factory=dict)  # of a map: class code -> "#rrggbb"
    window: Window | None = None  # px: first column and row, width, height of the patch in its files; None: the whole
    max_pixels: int = MAX_PIXELS  # values of one file that are decoded


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture of one rendering, before it is made smaller."""

    rendering: Rendering
    content: Composite | Array  # an array is final: (height, width, 3) of uint8
    valid: Array  # (height, width) of bool


def renderings(sensor: Sensor) -> dict[Rendering, tuple[str, ...]]:
    """Return what is shown of a sensor: each rendering with the names of its bands, red, green and blue.

    Optical bands of unknown wavelength are an ``image``; so are files with fewer than three bands, as grey.
    """
    names = tuple(band.name for band in sensor.bands)
    if sensor.kind == "map":
        return {"map": names[:1]}
    if sensor.kind == "radar":
        pair = ("VV", "VH") if {"VV", "VH"} <= set(names) else names[:2]
        return {"radar": pair}
    if sensor.true_colour is None:
        return {"image": names[:1]}
    if any(band.centre is None for band in sensor.bands if band.name in sensor.true_colour):
        return {"image": sensor.true_colour}
    shown: dict[Rendering, tuple[str, ...]] = {"true-colour": sensor.true_colour}
    if sensor.false_colour is not None:
        shown["false-colour"] = sensor.false_colour
    return shown


def map_colours(sensor: Sensor) -> dict[int, str]:
    """Return the official colour of each class code of a map, ``#rrggbb``; none where the codes are not known."""
    if sensor.id != CORINE:
        return {}
    classes = load_nomenclature("clc").classes
    return {int(entry.code): entry.colour for entry in classes if entry.colour and entry.code}


def paths_of(job: ThumbnailJob) -> list[str]:
    """Return the files that a job is made of."""
    if BAND not in job.path:
        return [job.path]
    return [
        job.path.replace(BAND, name)
        for name in sorted({name for names in renderings(job.sensor).values() for name in names})
    ]


def read_layers(job: ThumbnailJob, open_member: OpenMember) -> list[Layer]:
    """Read the bands that a job needs, each once, and make its layers.

    Raises
    ------
    RasterError
        A file is missing or cannot be read, or the patch has no pixel with data.
    """
    plan = renderings(job.sensor)
    if "image" in plan and BAND not in job.path:
        with _opened(job.path, open_member) as source:
            picture = read_picture(source, job.path, window=job.window, max_pixels=job.max_pixels)
        if picture is not None:
            return [Layer("image", picture, np.ones(picture.shape[:2], bool))]
    bands = _read(job, sorted({name for names in plan.values() for name in names}), open_member)
    layers = [_layer(job, rendering, [bands[name] for name in names]) for rendering, names in plan.items()]
    if not all(layer.valid.any() for layer in layers):
        raise RasterError(job.path, "image.missing", "holds no data in any pixel")
    return layers


def _layer(job: ThumbnailJob, rendering: Rendering, bands: list[Band]) -> Layer:
    first, last = bands[0], bands[-1]
    if rendering == "map":
        return Layer("map", composite.class_map(first.values, job.colours), first.valid)
    if rendering == "radar":
        mixed = composite.radar(first, last)
        return Layer("radar", mixed, mixed.valid)
    mixed = composite.optical(first, bands[len(bands) // 2], last)
    if all(band.values.dtype == np.uint8 for band in bands):
        # Photographs come with a contrast of their own, made for the eye.
        whole = [np.nan_to_num(channel).astype(np.uint8) for channel in mixed.channels]
        return Layer(rendering, np.stack(whole, axis=-1), mixed.valid)
    return Layer(rendering, mixed, mixed.valid)


def _read(job: ThumbnailJob, names: list[str], open_member: OpenMember) -> dict[str, Band]:
    if BAND in job.path:
        # str.replace, never str.format: names of an archive may hold braces.
        paths = {name: job.path.replace(BAND, name) for name in names}
        return {name: _read_file(path, [0], job, open_member)[0] for name, path in paths.items()}
    positions = [index for index, band in enumerate(job.sensor.bands) if band.name in names]
    found = _read_file(job.path, positions, job, open_member)
    return {job.sensor.bands[index].name: band for index, band in zip(positions, found, strict=True)}


def _read_file(path: str, positions: list[int], job: ThumbnailJob, open_member: OpenMember) -> list[Band]:
    with _opened(path, open_member) as source:
        if job.window is None and BAND in job.path:  # a file of one band, which is decoded several times as fast
            arrays, nodata = read_pixels(source.read(), path, max_pixels=job.max_pixels)
            return [Band.of(arrays[0], nodata)]
        header, arrays = read_raster(source, path, positions, window=job.window, max_pixels=job.max_pixels)
    return [Band.of(values, header.nodata) for values in arrays]


def _opened(path: str, open_member: OpenMember) -> BinaryIO:
    try:
        return open_member(path)
    except KeyError as error:
        raise RasterError(path, "image.missing", "is not in the archive") from error
    except MemberError as error:
        raise RasterError(path, error.category, error.problem) from error
    except OSError as error:
        raise RasterError(path, "image.missing", f"cannot be opened: {error.strerror or error}") from error
