"""How is a patch loaded? Code for this very archive, run while the site is built."""

from __future__ import annotations

import base64
import contextlib
import io
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from dsdocs.archive.rooted import RootedArchive
from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery.geokeys import ALONE
from dsdocs.imagery.raster import read_bands
from dsdocs.imagery.segments import Window
from dsdocs.sensors import Sensor
from dsdocs.views import Code, View

_TRIED = 8  # patches; a stream is gone through once for each
_BAND_FILES = """
from pathlib import Path
import rasterio

folder = Path(
{folder}
)
names = {bands}.split()
bands = {{}}
for name in names:
    with rasterio.open(folder / f"{{folder.name}}_{{name}}.tif") as source:
        bands[name] = source.read(1)
for name, values in bands.items():
    print(name, values.dtype, values.shape, values.min(), values.max())
"""
_OTHER_BAND_FILES = """
import rasterio

path = (
{path}
)
names = {bands}.split()
bands = {{}}
for name in names:
    with rasterio.open(path.replace("{{band}}", name)) as source:
        bands[name] = source.read(1)
for name, values in bands.items():
    print(name, values.dtype, values.shape, values.min(), values.max())
"""
_STACK = """
import numpy as np
from PIL import Image

rows, columns = max(values.shape for values in bands.values())
stack = np.stack([
    Image.fromarray(values.astype(np.float32))
    .resize((columns, rows), Image.Resampling.BICUBIC)
    for values in bands.values()
])
print(stack.dtype, stack.shape)
"""
_DRAW = """
import matplotlib.pyplot as plt
import numpy as np

red, green, blue = (names.index(name) for name in {colours})
image = np.moveaxis(stack[[red, green, blue]], 0, -1)
low, high = np.percentile(image, [2, 98])
plt.figure(figsize=(4, 4), layout="tight")
plt.imshow(np.clip((image - low) / (high - low), 0, 1))
plt.axis("off")
"""
_MULTIBAND = """
import rasterio
from rasterio.windows import Window

path = (
{path}
)
patch = Window{window}  # first column, first row, width, height
with rasterio.open(path) as source:
    image = source.read(window=patch)  # (bands, rows, columns)
    if source.crs:
        print(source.crs, source.res)
print(image.dtype, image.shape, image.min(), image.max())
"""
_PICTURE = """
import numpy as np
from PIL import Image

path = (
{path}
)
patch = {box}  # first column, first row, and those behind the last ones
image = np.asarray(Image.open(path).crop(patch))  # (rows, columns, channels)
print(image.dtype, image.shape, image.min(), image.max())
"""
_SUMMARY = """
import geopandas

patches = geopandas.read_parquet("summary.parquet")
print(len(patches), "patches,", patches.crs)
print(patches.iloc[0][{columns}])
"""
_FRAME = """
import pandas

patches = pandas.read_parquet("summary.parquet")
print(len(patches), "patches")
print(patches.iloc[0][{columns}])
"""


@dataclass(frozen=True, slots=True)
class Loading:
    """Snippets with what they printed and drew."""

    snippets: tuple[Code, ...]

    def views(self) -> tuple[View, ...]:
        """Return the snippets."""
        return self.snippets


def patch_loading(summary: pa.Table, sensors: Mapping[str, Sensor], archive: RootedArchive) -> Loading:
    """Load the first patch of each sensor that can be read; paths are relative to the folder of the unpacked archive.

    Band files are also stacked on the finest grid, resampled by cubic interpolation as in the BigEarthNet paper, and
    drawn.

    Raises
    ------
    ValueError
        No patch has files in the archive.
    """
    snippets: list[Code] = []
    for key, sensor in sensors.items():
        found = _first_whole(summary, key, sensor, archive)
        if found is None:
            continue
        href, window, problem = found
        if problem:
            source = _patch_source(href, window, sensor)
            snippets.append(Code(f"One patch of {sensor.title}", source, "python", f"Not run: {problem}"))
            continue
        names: dict[str, object] = {}
        folder = archive.folder(_files(href, sensor))
        snippets.append(_run(f"One patch of {sensor.title}", _patch_source(href, window, sensor), folder, names))
        if "{band}" in href and len({band.gsd for band in sensor.bands}) > 1:
            snippets.append(_run("All bands on one grid", _STACK.strip(), folder, names))
            if sensor.true_colour:
                source = _DRAW.format(colours=_strings(sensor.true_colour)).strip()
                snippets.append(_run("A picture of it", source, folder, names, shows="The patch in true colour."))
    if not snippets:
        raise ValueError("no patch of the summary has files in the archive")
    return Loading(tuple(snippets))


def summary_loading(summary: pa.Table, folder: Path) -> Loading:
    """Load the summary from the folder that holds ``summary.parquet``."""
    placed = summary["geometry"].null_count < summary.num_rows
    wanted = ("id", "labels", "split", "datetime", "country")
    columns = [name for name in wanted if summary[name].null_count < summary.num_rows][:3]
    source = (_SUMMARY if placed else _FRAME).format(columns=columns).strip()
    return Loading((_run("The summary as a table", source, folder, {}),))


def _first_whole(
    summary: pa.Table, key: str, sensor: Sensor, archive: RootedArchive
) -> tuple[str, Window | None, str] | None:
    """Return path and window of the first patch that the sensor has seen and all of whose files can be decoded.

    If none of the first few is so, the very first is returned with what is wrong with it. What libraries are to open
    has been looked at before, because they would follow the references of a file that only pretends to be an image.
    """
    first = None
    for href, window in islice(_seen(summary, key), _TRIED):
        problem = _problem(_files(href, sensor), window, archive)
        if not problem:
            return href, window, ""
        first = first or (href, window, problem)
    return first


def _problem(paths: Sequence[str], window: Window | None, archive: RootedArchive) -> str:
    archive.keep(paths)
    for path in paths:
        try:
            with archive.open(path) as source:
                read_bands(source, path, window=window)
        except (RasterError, MemberError) as error:
            return str(error)
        except KeyError:
            return f"{path}: is not in the archive"
    return ""


def _files(href: str, sensor: Sensor) -> list[str]:
    return [href.replace("{band}", band.name) for band in sensor.bands] if "{band}" in href else [href]


def _seen(summary: pa.Table, key: str) -> Iterator[tuple[str, Window | None]]:
    """Yield paths and windows of the patches that the sensor has seen."""
    for row in summary.select(["assets", "window"]).to_batches():
        for assets, window in zip(*(column.to_pylist() for column in row.columns), strict=True):
            for asset in assets or ():
                if asset["key"] == key:
                    yield str(asset["href"]), tuple(window) if window else None


def _patch_source(href: str, window: Window | None, sensor: Sensor) -> str:
    """Write the code; a path of the archive enters it as Python literals only."""
    if "{band}" in href:
        names = repr(" ".join(band.name for band in sensor.bands))
        folder, _, file = href.rpartition("/")
        if file == f"{folder.rpartition('/')[2]}_{{band}}.tif":
            return _BAND_FILES.format(folder=_parts(folder), bands=names).strip()
        return _OTHER_BAND_FILES.format(path=_parts(href), bands=names).strip()
    template = _MULTIBAND if href.lower().endswith((".tif", ".tiff")) else _PICTURE
    if window is None:
        return _whole(template).format(path=_parts(href)).strip()
    column, row, width, height = window
    box = (column, row, column + width, row + height)
    return template.format(path=_parts(href), window=window, box=box).strip()


def _whole(template: str) -> str:
    """Take out what reads a part of a file."""
    kept = [line for line in template.split("\n") if not line.startswith(("patch = ", "from rasterio.windows"))]
    return "\n".join(kept).replace("window=patch", "").replace(".crop(patch)", "")


def _parts(path: str) -> str:
    """Write a path as string literals, one for each folder, which Python joins; long names stay readable so."""
    *folders, last = path.split("/")
    return "\n".join(f"    {part!r}" for part in (*(f"{folder}/" for folder in folders), last))


def _strings(names: tuple[str, ...]) -> str:
    return f"[{', '.join(repr(name) for name in names)}]"


def _run(title: str, source: str, folder: Path, names: dict[str, object], *, shows: str = "") -> Code:
    """Run code in a folder and keep what it printed and drew; what it raises is raised."""
    import rasterio  # type: ignore[import-untyped]  # the code needs it anyway

    printed = io.StringIO()
    alone = rasterio.Env(**ALONE, GDAL_PAM_ENABLED="NO")
    with alone, _inside(folder), contextlib.redirect_stdout(printed), warnings.catch_warnings():
        # A warning would put the path of a library on the page; that a picture has no georeference is no surprise.
        warnings.filterwarnings("ignore", "Dataset has no geotransform")
        exec(compile(source, "<example>", "exec"), names)  # our own code, from the templates above
    return Code(title, source, "python", printed.getvalue().rstrip(), _drawing() if shows else "", shows)


def _drawing() -> str:
    """Return the current figure as a PNG in base64, without the date and version that matplotlib would add."""
    import matplotlib.pyplot as plt

    target = io.BytesIO()
    plt.savefig(target, format="png", dpi=120, transparent=True, metadata={"Software": None})
    plt.close()
    return base64.b64encode(target.getvalue()).decode()


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
