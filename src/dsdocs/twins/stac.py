"""The data set as a STAC 1.1 collection, and its patches as items in one file of stac-geoparquet 1.0.

Specifications: https://github.com/radiantearth/stac-spec (v1.1.0) and https://github.com/radiantearth/stac-geoparquet-spec
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dsdocs.export.samples import BAND
from dsdocs.sensors import Band, Sensor
from dsdocs.twins.about import About

VERSION = "1.1.0"
EXTENSIONS = {
    "eo": "https://stac-extensions.github.io/eo/v2.0.0/schema.json",
    "projection": "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "scientific": "https://stac-extensions.github.io/scientific/v1.0.0/schema.json",
    "version": "https://stac-extensions.github.io/version/v1.2.0/schema.json",
}
_PROPERTIES = {"gsd": "gsd", "crs": "proj:code", "labels": "labels", "split": "split", "country": "country"}
_PARENT = {"href": "./collection.json", "rel": "collection", "type": "application/json"}
_ROWS = 20_000  # of a row group, and of the items that are held at a time
_GEOTIFF = "image/tiff; application=geotiff"
_TYPES = {".tif": _GEOTIFF, ".tiff": _GEOTIFF, ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


def describable(summary: pa.Table) -> bool:
    """Return whether STAC can describe the data set: it asks for a place and a time."""
    return all(summary[name].null_count < summary.num_rows for name in ("geometry", "datetime"))


def collection(about: About, *, items: str, n_items: int) -> dict[str, Any]:
    """Return the collection.

    Parameters
    ----------
    items
        Path of the items among the published files.
    n_items
        Patches that are items; those without an acquisition time cannot be.

    Raises
    ------
    ValueError
        The data set has no place or no time.
    """
    if about.extent is None or about.period is None:
        raise ValueError("a STAC collection needs footprints and acquisition times")
    left = about.n_patches - n_items
    told = f" {left:,} of {about.n_patches:,} patches have no acquisition time and are no items." if left else ""
    found: dict[str, Any] = {
        "type": "Collection",
        "stac_version": VERSION,
        "stac_extensions": sorted(_extensions(about)),
        "id": about.slug,
        "title": about.title,
        "description": f"{about.description} Paths of assets are those in the archive.{told}",
        "keywords": list(about.keywords) or None,
        "license": about.licence or "other",
        "providers": [{"name": author.name, "roles": ["producer"]} for author in about.authors] or None,
        "extent": {
            "spatial": {"bbox": [list(about.extent)]},
            "temporal": {"interval": [[f"{about.period[0]}T00:00:00Z", f"{about.period[1]}T23:59:59Z"]]},
        },
        "summaries": {
            key: values
            for key, values in (("gsd", list(about.gsd)), ("proj:code", list(about.crs)), ("split", list(about.splits)))
            if values
        },
        "item_assets": item_assets(about),
        "assets": {
            Path(file.path).stem: {
                "href": about.address(file.path) if about.url else _beside(file.path, items),
                "title": file.title,
                "type": file.media_type,
                "roles": ["data"],
            }
            for file in about.files
        },
        "links": _links(about),
        "version": about.version,
        "sci:doi": about.doi,
        "sci:citation": about.citation,
    }
    return {key: value for key, value in found.items() if value is not None}


def item_assets(about: About) -> dict[str, Any]:
    """Return what each asset of an item holds: one for each file, so one for each band where bands are files."""
    return {
        key: {
            "title": f"{sensor.title}, {bands[0].name}" if len(bands) == 1 else sensor.title,
            "roles": ["data"],
            "bands": [_band(band) for band in bands],
        }
        for key, (sensor, bands) in _assets(about).items()
    }


def write_items(summary: pa.Table, about: About, path: Path, *, described: dict[str, Any]) -> None:
    """Write the patches that have an acquisition time as items, in the order of the summary.

    Parameters
    ----------
    described
        The collection, which the file holds too.
    """
    kept = summary.filter(pc.is_valid(summary["datetime"]))
    geo = json.loads(summary.schema.metadata[b"geo"])
    held = {"version": "1.0.0", "collections": {about.slug: described}}
    metadata = {b"geo": json.dumps(geo).encode(), b"stac-geoparquet": json.dumps(held, sort_keys=True).encode()}
    names = {column: name for column, name in _PROPERTIES.items() if kept[column].null_count < kept.num_rows}
    schema = _items(kept.slice(0, 0), about, names).schema.with_metadata(metadata)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, kept.num_rows, _ROWS):
            part = _items(kept.slice(start, _ROWS), about, names)
            writer.write_table(part.replace_schema_metadata(metadata))


def _items(part: pa.Table, about: About, names: Mapping[str, str]) -> pa.Table:
    n = part.num_rows
    return pa.table({
        "type": _constant("Feature", n),
        "stac_version": _constant(VERSION, n),
        "stac_extensions": pa.array([[EXTENSIONS["projection"]]] * n, pa.list_(pa.string())),
        "id": part["id"],
        "geometry": part["geometry"],
        "bbox": part["bbox"],
        "links": pa.array([[_PARENT]] * n, pa.list_(pa.struct([(key, pa.string()) for key in _PARENT]))),
        "assets": _asset_column(part["assets"].combine_chunks(), about),
        "collection": _constant(about.slug, n),
        "datetime": part["datetime"],
        **{name: part[column] for column, name in names.items()},
    })  # fmt: skip


def _asset_column(assets: pa.ListArray, about: About) -> pa.StructArray:
    """Turn lists of asset key and path into a struct with a field for each asset of `item_assets`; null: not there."""
    rows, found = pc.list_parent_indices(assets), assets.flatten()
    keys, hrefs = found.field("key"), found.field("href")
    fields, columns = [], []
    for name, (_, bands) in _assets(about).items():
        key = name.partition("/")[0]
        own = pc.and_(pc.equal(keys, key), pc.equal(pc.match_substring(hrefs, BAND), "/" in name))
        paths = pc.replace_substring(hrefs.filter(own), BAND, bands[0].name)
        places = pc.index_in(pa.array(range(len(assets)), rows.type), rows.filter(own))
        href = paths.take(places)
        types = (_TYPES.get(Path(one).suffix.lower()) if one else None for one in href.to_pylist())
        media = pa.array(types, pa.string())
        roles = pa.array([["data"]] * len(assets), pa.list_(pa.string()))
        columns.append(
            pa.StructArray.from_arrays([href, media, roles], ["href", "type", "roles"], mask=pc.is_null(href))
        )
        fields.append(name)
    return pa.StructArray.from_arrays(columns, fields)


def _assets(about: About) -> dict[str, tuple[Sensor, tuple[Band, ...]]]:
    """Return the assets of an item: those of the archive, and where each band is a file, ``asset/band``."""
    found: dict[str, tuple[Sensor, tuple[Band, ...]]] = {}
    for key, sensor in about.sensors.items():
        if key in about.banded:
            found |= {f"{key}/{band.name}": (sensor, (band,)) for band in sensor.bands}
        if key in about.whole:
            found[key] = (sensor, sensor.bands)
    return found


def _band(band: Band) -> dict[str, Any]:
    found = {
        "name": band.name,
        "description": band.description or None,
        "gsd": band.gsd,
        "unit": band.unit or None,
        "eo:center_wavelength": None if band.centre is None else round(band.centre / 1000, 6),  # um
        "eo:full_width_half_max": None if band.width is None else round(band.width / 1000, 6),  # um
    }
    return {key: value for key, value in found.items() if value is not None}


def _extensions(about: About) -> set[str]:
    wanted = set()
    if any(band.centre is not None for sensor in about.sensors.values() for band in sensor.bands):
        wanted.add(EXTENSIONS["eo"])
    if about.crs:
        wanted.add(EXTENSIONS["projection"])
    if about.doi or about.citation:
        wanted.add(EXTENSIONS["scientific"])
    if about.version:
        wanted.add(EXTENSIONS["version"])
    return wanted


def _links(about: About) -> list[dict[str, str]]:
    found = []
    if about.url:
        found.append({"rel": "about", "href": about.url, "type": "text/html", "title": "Documentation"})
    if about.homepage:
        found.append({"rel": "via", "href": about.homepage, "type": "text/html", "title": "Archive"})
    if about.doi:
        found.append({"rel": "cite-as", "href": f"https://doi.org/{about.doi}"})
    if about.licence:
        found.append({"rel": "license", "href": f"https://spdx.org/licenses/{about.licence}.html", "type": "text/html"})
    return found


def _beside(path: str, items: str) -> str:
    """Return a path as it reads from the folder of the collection, which lies beside the items."""
    return os.path.relpath(path, Path(items).parent)


def _constant(value: str, n: int) -> pa.Array:
    return pa.array([value] * n, pa.string())
