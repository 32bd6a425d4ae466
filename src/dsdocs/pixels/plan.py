"""Which bands of which files are to be read, and for which patch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dsdocs.archive import Member
from dsdocs.imagery.raster import Window

BAND = "{band}"


@dataclass(frozen=True, slots=True)
class AssetPlan:
    """What is read of one asset of a patch."""

    key: str  # "sentinel-2"
    kind: str  # optical, radar, map
    bands: tuple[str, ...]  # names, in the order of the sensor
    grey: tuple[int, ...]  # bands whose mean is the grey picture that is hashed; none for a map
    saturated: float | None = None  # value from which a pixel is saturated, where the sensor declares one


@dataclass(frozen=True, slots=True)
class Wanted:
    """Bands of a file, or of a window of it, for one patch."""

    number: int  # of the patch
    asset: int  # number of its plan
    bands: tuple[int, ...]  # in the order of the file
    window: Window | None = None
    closely: bool = False  # whether the band-order test looks at this patch


@dataclass(frozen=True, slots=True)
class Row:
    """A patch and its files."""

    id: str
    assets: tuple[tuple[int, str], ...]  # number of the plan, path with {band}
    window: Window | None
    closely: bool


@dataclass(frozen=True, slots=True)
class Task:
    """Patches to be read, and all that is needed for it."""

    plans: tuple[AssetPlan, ...]
    rows: tuple[Row, ...]  # numbered from 0
    members: tuple[Member, ...]  # their files, under their paths in the summary
    max_pixels: int


def files_of(plans: tuple[AssetPlan, ...], row: Row, number: int) -> Iterator[tuple[str, Wanted]]:
    """Yield the files of a patch and what is wanted of each."""
    for asset, href in row.assets:
        names = plans[asset].bands
        if BAND in href:
            # str.replace, never str.format: names of an archive may hold braces.
            for band, name in enumerate(names):
                yield href.replace(BAND, name), Wanted(number, asset, (band,), row.window, row.closely)
        else:
            yield href, Wanted(number, asset, tuple(range(len(names))), row.window, row.closely)


def plan_of(
    key: str,
    kind: str,
    bands: tuple[str, ...],
    shown: tuple[str, ...] | None,
    saturated: float | None = None,
) -> AssetPlan:
    """Choose the bands of the grey picture: those shown in true colour, else the first one; none of a map."""
    names: Mapping[str, int] = {name: index for index, name in enumerate(bands)}
    grey = tuple(sorted({names[name] for name in shown or () if name in names})) or (0,)
    return AssetPlan(key, kind, bands, () if kind == "map" else grey, saturated)


def saturation(dtype: np.dtype[Any], declared: float | None) -> float | None:
    """Return the value from which pixels of a kind of number are saturated.

    That is what the sensor declares, where the kind of number can hold it, else the largest whole number of the kind;
    None for other numbers.
    """
    if dtype.kind not in "iu":
        return declared
    top = int(np.iinfo(dtype).max)
    return top if declared is None or declared > top else declared
