"""How is a patch loaded? Code for this very archive, run while the site is built."""

from __future__ import annotations

import contextlib
import io
import os
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dsdocs.sensors import Sensor
from dsdocs.views import Code, View

_BAND_FILES = """
from pathlib import Path
import rasterio

folder = Path({folder})
bands = {{}}
for band in {bands}:
    with rasterio.open(folder / f"{{folder.name}}_{{band}}.tif") as source:
        bands[band] = source.read(1)
for band, values in bands.items():
    print(band, values.dtype, values.shape, values.min(), values.max())
"""
_STACK = """
import numpy as np
from PIL import Image

size = max(values.shape for values in bands.values())
stack = np.stack([
    np.asarray(Image.fromarray(values.astype(np.float32)).resize(size[::-1], Image.Resampling.BICUBIC))
    for values in bands.values()
])
print(stack.dtype, stack.shape)
"""
_MULTIBAND = """
import rasterio

with rasterio.open({path}) as source:
    image = source.read()  # (bands, rows, columns)
    print(source.crs, source.res)
print(image.dtype, image.shape, image.min(), image.max())
"""
_PICTURE = """
import numpy as np
from PIL import Image

image = np.asarray(Image.open({path}))  # (rows, columns, channels)
print(image.dtype, image.shape, image.min(), image.max())
"""
_SUMMARY = """
import geopandas

patches = geopandas.read_parquet("summary.parquet")
print(len(patches), "patches,", patches.crs)
print(patches[{columns}].head(3))
"""
_FRAME = """
import pandas

patches = pandas.read_parquet("summary.parquet")
print(len(patches), "patches")
print(patches[{columns}].head(3))
"""


@dataclass(frozen=True, slots=True)
class Loading:
    """Snippets with what they printed."""

    snippets: tuple[tuple[str, str, str], ...]  # title, source, output

    def views(self) -> tuple[View, ...]:
        """Return each snippet followed by its output."""
        views: list[View] = []
        for title, source, output in self.snippets:
            views += [Code(title, source, "python"), Code("Output", output, "text")]
        return tuple(views)


def patch_loading(summary: pa.Table, sensors: Mapping[str, Sensor], archive: Path) -> Loading:
    """Load the first patch of each sensor; paths are relative to the folder of the archive.

    Band files are also stacked on the finest grid, resampled by cubic interpolation as in the BigEarthNet paper.

    Raises
    ------
    ValueError
        No patch has files in the archive.
    """
    snippets: list[tuple[str, str, str]] = []
    for key, sensor in sensors.items():
        href = _first(summary, key)
        if href is None:
            continue
        names: dict[str, object] = {}
        source = _patch_source(href, sensor)
        snippets.append((f"One patch of {sensor.title}", source, _run(source, archive, names)))
        if "{band}" in href and len({band.gsd for band in sensor.bands}) > 1:
            stack = textwrap.dedent(_STACK).strip()
            snippets.append(("All bands on one grid", stack, _run(stack, archive, names)))
    if not snippets:
        raise ValueError("no patch of the summary has files in the archive")
    return Loading(tuple(snippets))


def summary_loading(summary: pa.Table, folder: Path) -> Loading:
    """Load the summary from the folder that holds ``summary.parquet``."""
    placed = summary["geometry"].null_count < summary.num_rows
    wanted = ("id", "labels", "split", "datetime", "country")
    columns = [name for name in wanted if summary[name].null_count < summary.num_rows][:3]
    source = (_SUMMARY if placed else _FRAME).format(columns=columns).strip()
    return Loading((("The summary as a table", source, _run(source, folder, {})),))


def _first(summary: pa.Table, key: str) -> str | None:
    for assets in summary["assets"].to_pylist():
        for asset in assets or ():
            if asset["key"] == key:
                return str(asset["href"])
    return None


def _patch_source(href: str, sensor: Sensor) -> str:
    """Write the code; a path of the archive enters it as a Python literal only."""
    if "{band}" in href:
        folder = href.rpartition("/")[0]
        return _BAND_FILES.format(folder=repr(folder), bands=[band.name for band in sensor.bands]).strip()
    if href.lower().endswith((".tif", ".tiff")):
        return _MULTIBAND.format(path=repr(href)).strip()
    return _PICTURE.format(path=repr(href)).strip()


def _run(source: str, folder: Path, names: dict[str, object]) -> str:
    """Run code in a folder and return what it printed; what it raises is raised."""
    printed = io.StringIO()
    with _inside(folder), contextlib.redirect_stdout(printed):
        exec(compile(source, "<example>", "exec"), names)  # our own code, from the templates above
    return printed.getvalue().rstrip()


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
