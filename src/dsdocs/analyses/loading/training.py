"""From the files of the archive to batches: a data set and a loader of PyTorch, with the constants of this archive."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from dsdocs.analyses.loading.raw import files_of, problem_of
from dsdocs.analyses.loading.run import Loading, run_or_say
from dsdocs.pixels.stored import open_pixels
from dsdocs.project import Project
from dsdocs.sensors import Sensor
from dsdocs.views import Code

BATCH = 4  # patches
_SUFFIXES = (".tif", ".tiff")
_HEAD = """
from pathlib import Path

import numpy as np
import pandas as pd
{imports}
import torch
from torch.utils.data import DataLoader, Dataset

archive = Path("archive")  # the folder of the archive
patches = pd.read_parquet("summary.parquet")
hrefs = [
    next((asset["href"] for asset in assets if asset["key"] == {asset!r}), None)
    for assets in patches["assets"]
]
patches = patches.assign(href=hrefs).dropna(subset={needed!r})
"""
_CONSTANTS = """
# Mean and standard deviation of each band over all pixels of the archive
mean = np.float32({mean})[:, None, None]
std = np.float32({std})[:, None, None]
"""
_CLASSES = """
classes = sorted(set(patches["labels"].explode()) - {None})
"""
_BODY = """

class Patches(Dataset):
    def __len__(self):
        return len(patches)

    def __getitem__(self, index):
        patch = patches.iloc[index]
{read}
{normalise}        return {result}


loader = DataLoader(Patches(), batch_size={batch})
{batch_names} = next(iter(loader))
print("images:", images.dtype, tuple(images.shape))
{last}
"""
_READ_BANDS = """
        image = []
        for band in {bands}:
            with rasterio.open(archive / patch["href"].replace("{{band}}", band)) as source:
                image.append(source.read(1{window}, out_shape={size}, resampling=Resampling.cubic))
        image = np.stack(image).astype(np.float32)
"""
_READ_TIFF = """
        with rasterio.open(archive / patch["href"]) as source:
            image = source.read({window}).astype(np.float32)
"""
_READ_PICTURE = """
        picture = Image.open(archive / patch["href"]){crop}
        image = np.moveaxis(np.array(picture.convert("RGB"), np.float32), -1, 0)
"""
_WINDOW = 'Window(*patch["window"].tolist())'  # first column, first row, width, height


def training_loading(project: Project) -> Loading:
    """Make batches of the first sensor that is no map, with constants where the pixels have been looked at.

    Raises
    ------
    ValueError
        No patch of a sensor that is no map has files.
    """
    summary = project.summary
    for key, sensor in project.sensors.items():
        rows = [] if sensor.kind == "map" else _first(summary, key)
        if rows:
            source = _source(summary, key, sensor, rows, _constants(project))
            needs = ("torch",) if rows[0]["href"].lower().endswith(_SUFFIXES) else ("torch", "PIL")
            paths = [path for row in rows for path in files_of(row["href"], sensor)]
            title = f"Batches of {sensor.title} for PyTorch"
            problem = problem_of(paths, None, project.archive)
            if problem:
                return Loading((Code(title, source, "python", f"Not run: {problem}"),))
            with _workplace(project.archive.folder(paths), project.summary_path) as folder:
                return Loading((run_or_say(title, source, folder, {}, needs),))
    raise ValueError("no patch of the summary has images in the archive")


def _constants(project: Project) -> dict[tuple[str, str], tuple[float, float]]:
    """Return mean and standard deviation by asset and name of the band, of the bands that have both."""
    pixels = open_pixels(project)
    return {
        (band.asset, band.band): (band.mean, band.std)
        for band in (pixels.figures.bands if pixels.measured else ())
        if band.mean is not None and band.std is not None
    }


def _source(
    summary: pa.Table,
    key: str,
    sensor: Sensor,
    rows: Sequence[Mapping[str, Any]],
    constants: Mapping[tuple[str, str], tuple[float, float]],
) -> str:
    labelled = summary["labels"].null_count < summary.num_rows
    needed = ["href", "labels"] if labelled else ["href"]
    names = [band.name for band in sensor.bands]
    known = [constants.get((key, name)) for name in names]
    whole = all(pair is not None and pair[1] > 0 for pair in known)
    imports, read = _reading(rows, names)
    parts = [_HEAD.format(imports=imports, asset=key, needed=needed)]
    if whole:
        mean, std = ([float(f"{pair[place]:.6g}") for pair in known if pair] for place in (0, 1))
        parts.append(_CONSTANTS.format(mean=mean, std=std))
    if labelled:
        parts.append(_CLASSES)
    target = 'torch.tensor(np.isin(classes, patch["labels"]), dtype=torch.float32)'
    body = _BODY.format(
        read=read.strip("\n"),
        normalise="        image = (image - mean) / std\n" if whole else "",
        result=f"torch.from_numpy(image), {target}" if labelled else "torch.from_numpy(image)",
        batch=BATCH,
        batch_names="images, labels" if labelled else "images",
        last='print("labels:", labels.dtype, tuple(labels.shape))' if labelled else "",
    )
    return "".join((*parts, body)).strip()


def _reading(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> tuple[str, str]:
    """Return the imports and the lines that read one patch; what the archive says enters them as Python literals."""
    href, window = rows[0]["href"], rows[0]["window"] is not None
    windowed = f", window={_WINDOW}" if window else ""
    if "{band}" in href:
        imports = "import rasterio\nfrom rasterio.enums import Resampling"
        size = (rows[0]["height"], rows[0]["width"])
        read = _READ_BANDS.format(bands=repr(list(names)), window=windowed, size=size)
    elif href.lower().endswith(_SUFFIXES):
        imports, read = "import rasterio", _READ_TIFF.format(window=windowed.removeprefix(", "))
    else:
        crop = ""
        if window:
            crop = ".crop((column, row, column + width, row + height))"
        imports, read = "from PIL import Image", _READ_PICTURE.format(crop=crop)
        if window:
            read = '\n        column, row, width, height = patch["window"].tolist()' + read
    if window and "rasterio" in imports:
        imports += "\nfrom rasterio.windows import Window"
    return imports, read


def _first(summary: pa.Table, key: str) -> list[dict[str, Any]]:
    """Return the rows of the first batch: those that the code comes across first."""
    labelled = summary["labels"].null_count < summary.num_rows
    found = []
    table = summary.select(["assets", "labels", "width", "height", "window"])
    for batch in table.to_batches(max_chunksize=1024):
        for row in batch.to_pylist():
            hrefs = [asset["href"] for asset in row["assets"] or () if asset["key"] == key]
            if hrefs and not (labelled and row["labels"] is None):
                found.append({**row, "href": hrefs[0]})
                if len(found) == BATCH:
                    return found
    return found


@contextmanager
def _workplace(archive: Path, summary: Path) -> Iterator[Path]:
    """Make a folder that looks as the code expects it."""
    with tempfile.TemporaryDirectory(prefix="dsdocs-") as made:
        os.symlink(archive.resolve(), Path(made, "archive"))
        os.symlink(summary.resolve(), Path(made, "summary.parquet"))
        yield Path(made)
