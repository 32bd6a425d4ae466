"""How are the formats of an export read, and how fast? Measured on patches of this archive, in one run."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dsdocs.analyses.loading.run import executed, inside
from dsdocs.errors import ExportError
from dsdocs.export.formats import FORMATS
from dsdocs.export.samples import Sample, Samples
from dsdocs.export.write import choose, export
from dsdocs.imagery.geokeys import ALONE
from dsdocs.project import Project
from dsdocs.views import Code, Table, View

ROUNDS = 3
# Each defines a generator of the arrays of one patch after the other.
READING = {
    "lmdb": """
import lmdb
from safetensors.numpy import load

environment = lmdb.open("patches.lmdb", readonly=True, lock=False)

def patches():
    with environment.begin() as transaction:
        for name, value in transaction.cursor():
            yield load(value)
""",
    "safetensors": """
from pathlib import Path
from safetensors import safe_open

def patches():
    for path in sorted(Path().glob("patches-*.safetensors")):
        with safe_open(path, framework="numpy") as file:
            names = {}
            for key in file.keys():
                number, name = key.split("/", 1)
                names.setdefault(int(number), {})[name] = key
            for number in sorted(names):
                yield {name: file.get_tensor(key) for name, key in names[number].items()}
""",
    "zarr": """
import zarr

group = zarr.open_group("patches.zarr", mode="r")
arrays = {name: item for name, item in group.members(max_depth=None) if isinstance(item, zarr.Array)}

def patches(block=64):
    count = arrays["labelled"].shape[0]
    for start in range(0, count, block):
        part = {name: array[start : start + block] for name, array in arrays.items()}
        for place in range(min(block, count - start)):
            yield {name: values[place] for name, values in part.items()}
""",
    "webdataset": """
import tarfile
from pathlib import Path
from safetensors.numpy import load

def patches():
    for path in sorted(Path().glob("patches-*.tar")):
        with tarfile.open(path, "r|") as tar:
            for member in tar:
                if member.name.endswith(".safetensors"):
                    yield load(tar.extractfile(member).read())
""",
    "parquet": """
from pathlib import Path
import pyarrow.parquet as pq

def patches():
    for path in sorted(Path().glob("patches-*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(batch_size=64):
            arrays = {name: batch[name].to_numpy_ndarray() for name in batch.schema.names[2:]}
            for place in range(batch.num_rows):
                yield {name: values[place] for name, values in arrays.items()}
""",
}
_SHOW = """
patch = next(patches())
for name in sorted(patch)[:3]:
    print(name, patch[name].dtype, patch[name].shape)
"""


@dataclass(frozen=True, slots=True)
class Speed:
    """One pass over some patches in one form."""

    title: str
    n_bytes: int
    seconds: float  # the least of some rounds
    ways: str  # in which orders patches can be read


@dataclass(frozen=True, slots=True)
class Throughput:
    """How the formats are read, and how fast."""

    title: str  # of the sensor
    patches: int
    snippets: tuple[Code, ...]
    speeds: tuple[Speed, ...]  # the files of the archive first

    def views(self) -> tuple[View, ...]:
        """Return the table, where something was measured, then the code of each format."""
        if not self.speeds:
            return self.snippets
        raw = self.speeds[0]
        rows = tuple(
            (
                speed.title,
                round(self.patches / speed.seconds),
                round(raw.seconds / speed.seconds, 1),
                round(speed.n_bytes / raw.n_bytes, 2),
                speed.ways,
            )
            for speed in self.speeds
        )
        best = min(self.speeds[1:], key=lambda speed: speed.seconds)
        finding = (
            f"{best.title} gives {raw.seconds / best.seconds:.1f} times as many patches a second as the archive's own "
            f"files: {self.patches} patches of {self.title}, the fastest of {ROUNDS} passes, all in memory."
        )
        columns = ("Form", "Patches a second", "Times the archive", "Size to the archive", "Order")
        return (Table("Reading speed", columns, rows, finding), *self.snippets)


_WAYS = {"webdataset": "front to back", "parquet": "by row group", "safetensors": "any", "lmdb": "any", "zarr": "any"}


def format_loading(project: Project) -> Throughput:
    """Write some patches in every format that is installed, read them back, and measure one pass over each.

    How many patches are taken says ``loading.throughput`` of the configuration. Speeds differ from run to run; at 0
    nothing is measured, and the code is shown with what four patches give.

    Raises
    ------
    ValueError
        No patch of a sensor that is no map has files in the archive.
    """
    wanted = project.config.loading.throughput
    for key, sensor in project.sensors.items():
        if sensor.kind == "map":
            continue
        samples = _with_files(project, key, wanted or 4)
        if samples is None:
            continue
        return _measured(project, key, sensor.title, samples, measure=bool(wanted))
    raise ValueError("no patch of the summary has images in the archive")


def _measured(project: Project, key: str, title: str, samples: Samples, *, measure: bool) -> Throughput:
    snippets: list[Code] = []
    speeds: list[Speed] = []
    count = len(samples.rows)
    with tempfile.TemporaryDirectory(prefix="dsdocs-") as scratch:
        if measure:
            raw, n_bytes = _raw(samples)
            speeds.append(Speed("the archive's files", n_bytes, _least(raw), "any"))
        for name, form in FORMATS.items():
            if form.missing():
                continue
            folder = Path(scratch, name)
            source = f"# After: dsdocs export data --to {name}\n{READING[name].strip()}"
            try:
                made = export(project, folder, form, assets=[key], rows=samples.rows)
            except ExportError as error:
                snippets.append(Code(form.title, source, "python", f"Not for this archive: {error}"))
                continue
            names: dict[str, Any] = {}
            with inside(folder):
                printed = executed(source + _SHOW, names)
                if measure:
                    speeds.append(Speed(form.title, made.n_bytes, _least(names["patches"]), _WAYS[name]))
            snippets.append(Code(form.title, source + "\n" + _SHOW.rstrip(), "python", printed))
    return Throughput(title, count, tuple(snippets), tuple(speeds))


def _with_files(project: Project, key: str, count: int) -> Samples | None:
    """Choose patches that the sensor has seen, spread evenly over the summary."""
    rows = [
        position
        for position, assets in enumerate(project.summary["assets"].to_pylist())
        if any(asset["key"] == key for asset in assets or ())
    ]
    if not rows:
        return None
    count = min(count, len(rows))
    samples = choose(project, assets=[key], rows=[rows[index * len(rows) // count] for index in range(count)])
    # Decoded before libraries open it: they would follow the references of what only pretends to be an image.
    whole = [sample.row for sample in samples if isinstance(sample, Sample)]
    return replace(samples, rows=whole) if whole else None


def _raw(samples: Samples) -> tuple[Callable[[], Iterable[Mapping[str, Any]]], int]:
    """Return a pass over the files of the patches as they are, with rasterio or Pillow, and their size in bytes."""
    import numpy as np
    import rasterio  # type: ignore[import-untyped]
    from PIL import Image

    listed = [dict(files) for files in samples.files()]
    folder = samples.archive.folder([path for files in listed for path in files.values()])
    n_bytes = sum((folder / path).stat().st_size for path in {p for files in listed for p in files.values()})

    def patches() -> Iterable[Mapping[str, Any]]:
        with rasterio.Env(**ALONE, GDAL_PAM_ENABLED="NO"):
            for files in listed:
                patch = {}
                for name, path in files.items():
                    if path.lower().endswith((".tif", ".tiff")):
                        patch[name] = _tiff(folder / path)
                    else:
                        with Image.open(folder / path) as picture:
                            patch[name] = np.asarray(picture)
                yield patch

    return patches, n_bytes


def _tiff(path: Path) -> Any:
    """Return all bands; a warning that there is no georeference would put a path of this machine on the page."""
    import rasterio

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Dataset has no geotransform")
        with rasterio.open(path, driver="GTiff") as source:
            return source.read()


def _least(patches: Callable[[], Iterable[Mapping[str, Any]]]) -> float:
    """Return the seconds of the fastest of some passes."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _patch in patches():
            pass
        found.append(time.perf_counter() - start)
    return min(found)
