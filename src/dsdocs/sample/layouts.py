"""Put the files of a patch where BigEarthNet v1 and v2 have them, and write the tables beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyproj import CRS

from dsdocs.sample.geotiff import write_geotiff
from dsdocs.sample.labels import label_codes, labels_19, labels_43
from dsdocs.sample.noise import F32
from dsdocs.sample.plan import PIXELS, Patch
from dsdocs.sample.radar import POLARISATIONS

Layout = Literal["bigearthnet-v2", "bigearthnet-v1-s2", "bigearthnet-v1-s1"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

_SIDE = 1200  # m
_SCHEMA = pa.schema(
    [
        ("patch_id", pa.string()),
        ("labels", pa.list_(pa.string())),
        ("split", pa.string()),
        ("country", pa.string()),
        ("s1_name", pa.string()),
        ("s2v1_name", pa.string()),
        ("contains_seasonal_snow", pa.bool_()),
        ("contains_cloud_or_shadow", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class PatchData:
    """The pixels of one patch."""

    cover: NDArray[np.uint16]  # (120, 120), CORINE level 3 codes
    bands: Mapping[str, NDArray[np.uint16]]  # by name, each at its own resolution
    radar: F32  # (2, 120, 120), dB
    snow: bool
    cloud: bool  # or shadow of a cloud


def _write_bands(folder: Path, name: str, patch: Patch, data: PatchData, nodata: int | None) -> None:
    folder.mkdir(parents=True)
    for band, values in data.bands.items():
        pixel = _SIDE / values.shape[0]
        write_geotiff(folder / f"{name}_{band}.tif", values, patch.corner, pixel=pixel, nodata=nodata)


def _write_radar(folder: Path, patch: Patch, data: PatchData) -> None:
    folder.mkdir(parents=True)
    for number, polarisation in enumerate(POLARISATIONS):
        path = folder / f"{patch.radar_name}_{polarisation}.tif"
        write_geotiff(path, data.radar[number], patch.corner, pixel=_SIDE / PIXELS)


def write_v2(root: Path, patch: Patch, data: PatchData) -> None:
    """Write one patch as BigEarthNet v2 does: optical bands, radar, reference map."""
    _write_bands(root / "BigEarthNet-S2" / patch.product / patch.name, patch.name, patch, data, 0)
    _write_radar(root / "BigEarthNet-S1" / patch.scene / patch.radar_name, patch, data)
    folder = root / "Reference_Maps" / patch.product / patch.name
    folder.mkdir(parents=True)
    path = folder / f"{patch.name}_reference_map.tif"
    write_geotiff(path, data.cover, patch.corner, pixel=_SIDE / PIXELS, nodata=0, predictor=True)


@lru_cache(maxsize=8)
def _projection(crs: str) -> str:
    # BigEarthNet's text names the two axes of the geographic part, as older versions of GDAL wrote them.
    code = 'AUTHORITY["EPSG","4326"]'
    return CRS(crs).to_wkt("WKT1_GDAL").replace(code, f'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],{code}')


def _write_json(path: Path, facts: Mapping[str, object]) -> None:
    path.write_text(json.dumps(facts), encoding="utf-8", newline="\n")


def write_v1_s2(root: Path, patch: Patch, data: PatchData) -> None:
    """Write one patch as the Sentinel-2 part of BigEarthNet v1 does."""
    folder = root / patch.name_v1
    _write_bands(folder, patch.name_v1, patch, data, None)
    crs, x, y = patch.corner
    facts = {
        "labels": labels_43(label_codes(data.cover)),
        "coordinates": {"ulx": int(x), "uly": int(y), "lrx": int(x) + _SIDE, "lry": int(y) - _SIDE},
        "projection": _projection(crs),
        "tile_source": patch.tile_source,
        "acquisition_date": patch.block.view.time.isoformat(sep=" "),
    }
    _write_json(folder / f"{patch.name_v1}_labels_metadata.json", facts)


def write_v1_s1(root: Path, patch: Patch, data: PatchData) -> None:
    """Write one patch as the Sentinel-1 part of BigEarthNet v1 does; its JSON says ``lly`` for ``lry``."""
    folder = root / patch.radar_name
    _write_radar(folder, patch, data)
    crs, x, y = patch.corner
    facts = {
        "labels": labels_43(label_codes(data.cover)),
        "coordinates": {"ulx": int(x), "uly": int(y), "lrx": int(x) + _SIDE, "lly": int(y) - _SIDE},
        "projection": _projection(crs),
        "corresponding_s2_patch": patch.name_v1,
        "scene_source": patch.scene_source,
        "acquisition_time": patch.radar_time.isoformat(),
    }
    _write_json(folder / f"{patch.radar_name}_labels_metadata.json", facts)


WRITERS: Mapping[Layout, Callable[[Path, Patch, PatchData], None]] = {
    "bigearthnet-v2": write_v2,
    "bigearthnet-v1-s2": write_v1_s2,
    "bigearthnet-v1-s1": write_v1_s1,
}


def metadata_row(patch: Patch, data: PatchData) -> dict[str, object]:
    """Return the row of v2's metadata table for one patch."""
    return {
        "patch_id": patch.name,
        "labels": labels_19(label_codes(data.cover)),
        "split": patch.split,
        "country": patch.block.region.country,
        "s1_name": patch.radar_name,
        "s2v1_name": patch.name_v1,
        "contains_seasonal_snow": data.snow,
        "contains_cloud_or_shadow": data.cloud,
    }


def write_metadata(root: Path, rows: list[dict[str, object]]) -> None:
    """Write v2's two tables: patches under snow, cloud or shadow have one of their own."""
    rows = sorted(rows, key=lambda row: str(row["patch_id"]))
    hidden = [bool(row["contains_seasonal_snow"] or row["contains_cloud_or_shadow"]) for row in rows]
    for name, excluded in (("metadata", False), ("metadata_for_patches_with_snow_cloud_or_shadow", True)):
        chosen = [row for row, flag in zip(rows, hidden, strict=True) if flag is excluded]
        table = pa.Table.from_pylist(chosen, schema=_SCHEMA)
        pq.write_table(table, root / f"{name}.parquet", compression="zstd")
