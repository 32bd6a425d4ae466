"""One patch of each sensor, from the files of the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import pyarrow as pa

from dsdocs.analyses.loading.run import Loading, run, run_or_say, string_lines
from dsdocs.archive.rooted import RootedArchive
from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery.raster import read_bands
from dsdocs.imagery.segments import Window
from dsdocs.sensors import Sensor
from dsdocs.views import Code

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
_XARRAY = """
import rioxarray

path = (
{path}
)
image = rioxarray.open_rasterio(path)
print(image.dims, image.shape, image.dtype)
print(image.rio.crs, image.rio.resolution())
"""


def patch_loading(summary: pa.Table, sensors: Mapping[str, Sensor], archive: RootedArchive) -> Loading:
    """Load the first patch of each sensor that can be read; paths are relative to the folder of the unpacked archive.

    Band files are also stacked on the finest grid, resampled by cubic interpolation as in the BigEarthNet paper, and
    drawn. The first georeferenced file is also opened with its coordinates.

    Raises
    ------
    ValueError
        No patch has files in the archive.
    """
    snippets: list[Code] = []
    placed = summary["crs"].null_count < summary.num_rows
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
        folder = archive.folder(files_of(href, sensor))
        snippets.append(run(f"One patch of {sensor.title}", _patch_source(href, window, sensor), folder, names))
        if "{band}" in href and len({band.gsd for band in sensor.bands}) > 1:
            snippets.append(run("All bands on one grid", _STACK.strip(), folder, names))
            if sensor.true_colour:
                source = _DRAW.format(colours=_strings(sensor.true_colour)).strip()
                snippets.append(run("A picture of it", source, folder, names, shows="The patch in true colour."))
        if placed and href.lower().endswith((".tif", ".tiff")) and window is None:
            example = href.replace("{band}", sensor.bands[0].name)
            title, source = "With its coordinates, in xarray", _XARRAY.format(path=string_lines(example)).strip()
            snippets.append(run_or_say(title, source, folder, {}, ("rioxarray",)))
            placed = False  # once is enough
    if not snippets:
        raise ValueError("no patch of the summary has files in the archive")
    return Loading(tuple(snippets))


def _first_whole(
    summary: pa.Table, key: str, sensor: Sensor, archive: RootedArchive
) -> tuple[str, Window | None, str] | None:
    """Return path and window of the first patch that the sensor has seen and all of whose files can be decoded.

    If none of the first few is so, the very first is returned with what is wrong with it. What libraries are to open
    has been looked at before, because they would follow the references of a file that only pretends to be an image.
    """
    first = None
    for href, window in islice(_seen(summary, key), _TRIED):
        problem = problem_of(files_of(href, sensor), window, archive)
        if not problem:
            return href, window, ""
        first = first or (href, window, problem)
    return first


def problem_of(paths: Sequence[str], window: Window | None, archive: RootedArchive) -> str:
    """Say why files cannot be decoded; empty if all can."""
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


def files_of(href: str, sensor: Sensor) -> list[str]:
    """Return the files of an asset."""
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
            return _BAND_FILES.format(folder=string_lines(folder), bands=names).strip()
        return _OTHER_BAND_FILES.format(path=string_lines(href), bands=names).strip()
    template = _MULTIBAND if href.lower().endswith((".tif", ".tiff")) else _PICTURE
    if window is None:
        return _whole(template).format(path=string_lines(href)).strip()
    column, row, width, height = window
    box = (column, row, column + width, row + height)
    return template.format(path=string_lines(href), window=window, box=box).strip()


def templates() -> dict[str, str]:
    """Return the code for every kind of path, with ``@name@`` where `_patch_source` fills in what is of one patch."""
    part = {"window": "@window@", "box": "@box@"}
    return {
        "folder": _BAND_FILES.format(folder="@folder@", bands="@bands@").strip(),
        "path": _OTHER_BAND_FILES.format(path="@path@", bands="@bands@").strip(),
        "raster": _whole(_MULTIBAND).format(path="@path@").strip(),
        "raster-part": _MULTIBAND.format(path="@path@", **part).strip(),
        "picture": _whole(_PICTURE).format(path="@path@").strip(),
        "picture-part": _PICTURE.format(path="@path@", **part).strip(),
    }


def _whole(template: str) -> str:
    """Take out what reads a part of a file."""
    kept = [line for line in template.split("\n") if not line.startswith(("patch = ", "from rasterio.windows"))]
    return "\n".join(kept).replace("window=patch", "").replace(".crop(patch)", "")


def _strings(names: tuple[str, ...]) -> str:
    return f"[{', '.join(repr(name) for name in names)}]"
