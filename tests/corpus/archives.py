"""Small good archives of every layout as path -> bytes, for cases to break."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from dsdocs.imagery.raster import read_header
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.sample import write_sample
from dsdocs.sample.geotiff import write_geotiff

Files = dict[str, bytes]


def good(layout: str) -> Files:
    """Return a fresh copy of the good archive of a layout."""
    return dict(_GOOD[layout]())


@cache
def _sample(layout: str, patches: int) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        root = write_sample(Path(folder) / "archive", patches=patches, layout=layout)
        notes = {root / "README.md", root / "dsdocs-sample.json"}
        paths = sorted(path for path in root.rglob("*") if path.is_file() and path not in notes)
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


@cache
def _eurosat() -> Files:
    classes = ("AnnualCrop", "Forest", "River")
    return {f"{name}/{name}_{number}.jpg": jpeg(number) for name in classes for number in (1, 2, 3)}


@cache
def _flat() -> Files:
    return {f"patch_{number}.tif": geotiff(64, x=500_000.0 + 640 * number) for number in range(4)}


@cache
def _mlrsnet() -> Files:
    names = sorted(entry.name for entry in load_nomenclature("mlrsnet").classes)
    files: Files = {}
    for category in ("airplane", "airport"):
        rows = [["image", *names]]
        for number in range(1, 4):
            image = f"{category}_{number:05}.jpg"
            files[f"Images/{category}/{image}"] = jpeg(number)
            rows.append([image, *("1" if name in {category, "pavement"} else "0" for name in names)])
        files[f"Labels/{category}.csv"] = table(rows)
    return files


@cache
def _ucmerced() -> Files:
    names = (
        "airplane", "bare-soil", "buildings", "cars", "chaparral", "court", "dock", "field", "grass", "mobile-home",
        "pavement", "sand", "sea", "ship", "tanks", "trees", "water",
    )  # fmt: skip
    files: Files = {}
    rows = [["IMAGE\\LABEL", *names]]
    for category, own in (("agricultural", {"field"}), ("beach", {"sand", "sea"})):
        for number in range(3):
            files[f"UCMerced_LandUse/Images/{category}/{category}{number:02}.tif"] = plain_tiff()
            rows.append([f"{category}{number:02}", *("1" if name in own else "0" for name in names)])
    files["LandUse_Multilabeled.txt"] = table(rows, "\t", "\r\n")
    return files


@cache
def _image_mask() -> Files:
    files: Files = {}
    for number in range(2):
        mask = np.zeros((600, 600), np.uint8)
        mask[: 200 + number, :300] = 1
        files[f"images/frame_{number}.tif"] = geotiff(600, x=500_000.0 + 6000 * number)
        files[f"masks/frame_{number}.tif"] = geotiff(600, x=500_000.0 + 6000 * number, pixels=mask)
    return files


_GOOD = {
    "bigearthnet-v1-s2": lambda: _sample("bigearthnet-v1-s2", 4),
    "bigearthnet-v1-s1": lambda: _sample("bigearthnet-v1-s1", 4),
    "bigearthnet-v2": lambda: _sample("bigearthnet-v2", 4),
    "class-folder": _eurosat,
    "flat-images": _flat,
    "multihot-csv": _mlrsnet,
    "ucmerced-multilabel": _ucmerced,
    "image-mask": _image_mask,
}
LAYOUTS = tuple(_GOOD)


def jpeg(number: int = 0, size: int = 32) -> bytes:
    """Return a JPEG of noise."""
    pixels = np.random.default_rng(number).integers(0, 255, (size, size, 3), dtype=np.uint8)
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "JPEG", quality=60)
    return sink.getvalue()


def geotiff(size: int, *, x: float, y: float = 5_000_000.0, pixels: np.ndarray | None = None) -> bytes:
    """Return a GeoTIFF of 10 m pixels in UTM zone 33."""
    values = np.arange(size * size, dtype=np.uint16).reshape(size, size) if pixels is None else pixels
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.tif"
        write_geotiff(path, values, ("EPSG:32633", x, y), pixel=10.0)
        return path.read_bytes()


def band(size: int, *, pixel: float, shift: float = 0.0, like: bytes, dtype: str = "uint16") -> bytes:
    """Return a GeoTIFF with the upper left corner of another one, in metres moved by a shift."""
    header = read_header(io.BytesIO(like), "x")
    left, top = header.ring()[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.tif"
        write_geotiff(path, np.ones((size, size), dtype), (str(header.crs), left + shift, top), pixel=pixel)
        return path.read_bytes()


def png(size: int = 32) -> bytes:
    """Return a grey PNG."""
    sink = io.BytesIO()
    Image.fromarray(np.zeros((size, size), np.uint8)).save(sink, "PNG")
    return sink.getvalue()


def plain_tiff() -> bytes:
    """Return an RGB TIFF without georeference."""
    sink = io.BytesIO()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(sink, "TIFF")
    return sink.getvalue()


def table(rows: list[list[str]], separator: str = ",", end: str = "\n") -> bytes:
    """Return rows as text."""
    return "".join(separator.join(row) + end for row in rows).encode()


def edited_json(content: bytes, **changes: object) -> bytes:
    """Return JSON with some keys set; None removes a key, and ``a__b`` reaches into the object at ``a``."""
    value = json.loads(content)
    for key, new in changes.items():
        *path, last = key.split("__")
        target = value
        for part in path:
            target = target[part]
        if new is None:
            del target[last]
        else:
            target[last] = new
    return json.dumps(value).encode()


def edited_parquet(content: bytes, change: object) -> bytes:
    """Return a Parquet table after a change of its rows, which are dictionaries."""
    rows = pq.read_table(io.BytesIO(content))
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(change(rows.to_pylist()), schema=rows.schema), sink)  # type: ignore[operator]
    return sink.getvalue()


def only(files: Mapping[str, bytes], ending: str, number: int = 0) -> str:
    """Return the path that ends so; of several, the one with this number."""
    return sorted(path for path in files if path.endswith(ending))[number]
