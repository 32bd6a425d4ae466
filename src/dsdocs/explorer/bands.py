"""A few patches with all their bands, for the band lab of the explorer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dsdocs.errors import MemberError, RasterError
from dsdocs.explorer.band_files import BandArray, Source, packed_bands
from dsdocs.explorer.model import Explorer
from dsdocs.explorer.shards import write_file
from dsdocs.imagery.choose import choose_examples
from dsdocs.imagery.raster import Window
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.pixels.sample import chosen_rows
from dsdocs.project import Project
from dsdocs.sensors import Sensor

BAND = "{band}"
STEM = "bands"
CORINE = "clc-map"  # the sensor whose values are codes of CORINE Land Cover
_DRAWN = 4096  # patches among which the shown ones are chosen, so that a million of them take no longer


@dataclass(frozen=True, slots=True)
class _Asset:
    """One asset of a chosen patch."""

    row: int  # of the summary
    key: str
    href: str
    sensor: Sensor
    window: Window | None

    def sources(self) -> list[Source]:
        names = [band.name for band in self.sensor.bands]
        if BAND not in self.href:
            return [Source(self.href, tuple(names), tuple(range(len(names))))]
        # str.replace, never str.format: names of an archive may hold braces.
        return [Source(self.href.replace(BAND, name), (name,), (0,)) for name in names]


def band_entries(project: Project, explorer: Explorer, folder: Path) -> dict[str, Any] | None:
    """Write the bands of a stratified sample of patches.

    Parameters
    ----------
    project
        Reads the summary, the sensors, the archive, and ``[explorer] bands``: how many patches; 0 for none.
    explorer
        Its order says which row of the explorer a patch has.
    folder
        Where the files go: one for each asset of each patch.

    Returns
    -------
    dict or None
        The manifest's ``bands``. ``sensors``: asset, title, kind, quantity, the bands with their wavelengths, and of a
        map ``classes`` (code -> name and colour). ``patches``, by row of the explorer: row, asset, path in the archive,
        file, and bands; a band has ``window`` where it is not its whole file, and ``nodata`` where that is declared.
        ``left_out``: files that cannot be read, with the reason; each leaves out its asset of its patch. None where
        there is nothing to show.
    """
    rows = sampled_rows(project.summary, project.config.explorer.bands)
    assets = list(_assets(project, rows))
    project.archive.keep([source.path for asset in assets for source in asset.sources()])
    place = np.empty(explorer.n, np.int64)
    place[explorer.order] = np.arange(explorer.n)
    limit = project.config.archive.limits.pixels
    patches: list[dict[str, Any]] = []
    left_out: list[dict[str, str]] = []
    for asset in assets:
        sources = asset.sources()
        try:
            bands, data = packed_bands(sources, project.archive.open, window=asset.window, max_pixels=limit)
        except (MemberError, RasterError, KeyError, OSError) as error:
            left_out.append(_problem(error, asset.href))
            continue
        inflated = sum(band.values.nbytes for band in bands)
        patches.append(
            {
                "row": int(place[asset.row]),
                "asset": asset.key,
                "path": asset.href,
                "file": write_file(folder, STEM, "gz", data, inflated=inflated).as_json(),
                "bands": [_band(band) for band in bands],
            }
        )
    if not patches and not left_out:
        return None
    shown = {patch["asset"] for patch in patches}
    sensors = [_sensor(key, sensor) for key, sensor in project.sensors.items() if key in shown]
    patches.sort(key=lambda patch: (patch["row"], list(project.sensors).index(patch["asset"])))
    return {"sensors": sensors, "patches": patches, "left_out": left_out}


def sampled_rows(summary: pa.Table, n: int) -> list[int]:
    """Choose rows of the summary so that each class, split, season and asset is seen, as far as ``n`` allows.

    Parameters
    ----------
    summary
        Reads ``id``, ``labels``, ``split``, ``season`` and ``assets``; rows without files are passed over.
    n
        Number of rows; 0 for none.

    Returns
    -------
    list of int
        Ascending. What is chosen does not depend on the order of the rows.
    """
    if n == 0:
        return []
    drawn = chosen_rows(summary, _DRAWN)
    some = summary.select(["id", "labels", "split", "season", "assets"]).take(pa.array(drawn)).to_pylist()
    # A set for each row, in which a class cannot be taken for a split of the same name.
    seen = [
        [
            *(f"class {name}" for name in row["labels"] or ()),
            *(f"{column} {row[column]}" for column in ("split", "season") if row[column] is not None),
            *(f"asset {asset['key']}" for asset in row["assets"]),
        ]
        for row in some
    ]
    chosen = choose_examples([row["id"] for row in some], seen, n=n)
    return sorted(int(drawn[place]) for place in chosen)


def _assets(project: Project, rows: list[int]) -> Iterator[_Asset]:
    entries = project.summary.select(["assets", "window"]).take(pa.array(rows, pa.int64())).to_pylist()
    for row, entry in zip(rows, entries, strict=True):
        window = None if entry["window"] is None else tuple(entry["window"])
        for asset in entry["assets"]:
            if (sensor := project.sensors.get(asset["key"])) is not None:
                yield _Asset(row, asset["key"], asset["href"], sensor, window)


def _band(band: BandArray) -> dict[str, Any]:
    height, width = band.values.shape
    entry: dict[str, Any] = {"name": band.name, "width": width, "height": height, "dtype": band.values.dtype.name}
    if band.window is not None:
        entry["window"] = list(band.window)
    if band.nodata is not None:
        # JSON knows no NaN; a pixel that is none counts as without data anyway.
        entry |= {"nodata": band.nodata} if np.isfinite(band.nodata) else {}
    return entry


def _sensor(key: str, sensor: Sensor) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "asset": key,
        "title": sensor.title,
        "kind": sensor.kind,
        "quantity": sensor.quantity,
        "bands": [
            {
                "name": band.name,
                "description": band.description,
                "centre": band.centre,
                "gsd": band.gsd,
                "unit": band.unit,
            }
            for band in sensor.bands
        ],
        "true_colour": _names(sensor.true_colour),
        "false_colour": _names(sensor.false_colour),
    }
    if sensor.id == CORINE:
        classes = load_nomenclature("clc").classes
        entry["classes"] = {one.code: {"name": one.name, "colour": one.colour} for one in classes if one.code}
    return entry


def _names(colours: tuple[str, str, str] | None) -> list[str] | None:
    return None if colours is None else list(colours)


def _problem(error: Exception, path: str) -> dict[str, str]:
    """Say which file it is and why; a path of the archive, with {band} where one of its bands is meant."""
    if isinstance(error, RasterError):
        return {"path": error.file, "reason": error.problem}
    if isinstance(error, MemberError):
        return {"path": error.path, "reason": error.problem}
    if isinstance(error, KeyError):
        return {"path": path, "reason": "is not in the archive"}
    return {"path": path, "reason": f"cannot be opened: {getattr(error, 'strerror', None) or error}"}
