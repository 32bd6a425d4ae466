"""Write the files of the explorer, and the manifest that lists them; docs/explorer.md describes the format."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dsdocs.errata import Erratum, stored_errata
from dsdocs.errata.model import as_row
from dsdocs.errata.store import STORED as ERRATA
from dsdocs.explorer.bands import band_entries
from dsdocs.explorer.build import explorer_of
from dsdocs.explorer.loading import loading_templates, thumbnail_entry
from dsdocs.explorer.model import Column, Explorer, Places
from dsdocs.explorer.shards import (
    CHUNK,
    DETAILS,
    NAMES,
    QUICK,
    Entry,
    chunks,
    code_type,
    compact,
    details,
    place_stream,
    planes,
    write_json,
    write_shard,
)
from dsdocs.explorer.sprites import sprite_entries
from dsdocs.findings.check import STORED
from dsdocs.geo.basemap import basemap
from dsdocs.pixels.publish import FILE as STATISTICS
from dsdocs.pixels.stored import open_pixels
from dsdocs.project import Project
from dsdocs.safe import renewed, write_text

FORMAT = 1
FOLDER = "explorer"  # in the state folder
MANIFEST = "manifest.json"
# Beside summary and configuration; the stamp of the summary knows of every file of the archive.
_READ = (STORED, "description.json", "pixels.json", "summary.stamp", "pictures.json", "sprites.json")
_HALF = 180.0
_AROUND = 0.75  # of the extent: what the base map shows beyond it, as far as one can pan and zoom out
_PARTS = 10_000  # of a degree: 11 m


def write_explorer(project: Project, *, key: str = "") -> Path:
    """Write the files of the explorer into the state folder, and return their folder.

    They appear all at once; nothing is written where nothing has changed.

    Parameters
    ----------
    project
        The project; summary, description and, if they are to be shown, findings must be there.
    key
        Digest of the code.
    """
    folder = project.state / FOLDER
    with renewed(folder, lambda: _key(project, key), last=MANIFEST) as new:
        if new is not None:
            explorer = explorer_of(project)
            manifest = write_files(explorer, project.summary, new)
            manifest |= {
                "sprites": sprite_entries(project, explorer, new),
                "bands": band_entries(project, explorer, new),
                "statistics": f"../{STATISTICS}" if open_pixels(project).measured else None,
                "repository": project.config.dataset.repository,
                "loading": loading_templates(project),
                "thumbnails": thumbnail_entry(project, explorer, new),
                "errata": _errata(stored_errata(project).errata, new),
            }
            write_text(new / MANIFEST, compact(manifest))
    return folder


def _key(project: Project, key: str) -> str:
    """Return a digest of all that the files depend on."""
    parts = [key, project.fingerprint, project.config.model_dump_json()]
    for name in (STORED, ERRATA, "description.json", "pixels.json", "sprites.json", "thumbnails.json"):
        path = project.state / name
        parts.append(hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def write_files(explorer: Explorer, summary: pa.Table, folder: Path, *, chunk: int = CHUNK) -> dict[str, Any]:
    """Write columns, places, names, details and base map, and return the manifest without pictures and bands.

    Parameters
    ----------
    explorer
        What there is to show.
    summary
        The table that it was made of.
    folder
        Where the files go.
    chunk
        Rows of a file of codes or places.
    """
    ordered = summary.take(pa.array(explorer.order))
    extent = extent_of(explorer)
    return {
        "format": FORMAT,
        "title": explorer.title,
        "fingerprint": explorer.fingerprint,
        "rows": explorer.n,
        "chunk": chunk,
        "extent": extent,
        "columns": [_column(column, folder, chunk) for column in explorer.columns],
        "positions": _positions(explorer.places, explorer.n, folder, chunk) if explorer.places else None,
        "basemap": _basemap(extent, folder).as_json() if extent else None,
        "names": {
            "rows_per_file": NAMES,
            "files": [
                write_shard(folder, "names", "\n".join(explorer.ids[rows]).encode("utf-8", "replace")).as_json()
                for rows in chunks(explorer.n, NAMES)
            ],
        },
        "details": {
            "rows_per_file": DETAILS,
            "files": _details(ordered, folder),
        },
        "sprites": [],
        "bands": None,
        "statistics": None,
        "repository": None,
        "loading": None,
        "errata": None,
    }


def _errata(errata: Sequence[Erratum], folder: Path) -> dict[str, Any] | None:
    """Write all errata by patch; None: there are none."""
    if not errata:
        return None
    by_patch: dict[str, list[dict[str, Any]]] = {}
    for one in errata:
        row = {key: str(value) for key, value in as_row(one).items() if value is not None and key != "patch"}
        by_patch.setdefault(one.patch, []).append(row)
    return write_json(folder, "errata", by_patch).as_json()


def _details(ordered: pa.Table, folder: Path) -> list[dict[str, Any]]:
    def written(rows: slice) -> dict[str, Any]:
        return write_shard(folder, "details", details(ordered[rows.start : rows.stop]), level=QUICK).as_json()

    with ThreadPoolExecutor(2) as threads:  # zlib lets other threads run
        return list(threads.map(written, chunks(ordered.num_rows, DETAILS)))


def _column(column: Column, folder: Path, chunk: int) -> dict[str, Any]:
    histogram = column.histogram()
    missing = int(histogram[-1])
    dtype = code_type(column.n_codes + (missing > 0))
    stem = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in column.name)
    files = [
        write_shard(folder, f"column-{stem}", planes(column.codes[rows], dtype)).as_json()
        for rows in chunks(len(column.codes), chunk)
    ]
    counts = (histogram @ column.membership().astype(np.int64)).tolist()
    written: dict[str, Any] = {
        "name": column.name, "title": column.title, "description": column.description, "kind": column.kind,
        "dtype": dtype, "files": files, "counts": counts, "missing": missing,
    }  # fmt: skip
    if column.kind == "set":
        written["terms"] = [
            {key: value for key, value in asdict(term).items() if value is not None} for term in column.terms
        ]
        written["sets"] = write_json(folder, f"sets-{stem}", column.sets).as_json()
    else:
        written["values"] = column.values
        if column.titles:
            written["titles"] = column.titles
    return written


def _positions(places: Places, n: int, folder: Path, chunk: int) -> dict[str, Any]:
    placed = len(places.x)
    files = [write_shard(folder, "places", place_stream(places, rows)).as_json() for rows in chunks(placed, chunk)]
    groups: list[dict[str, Any]] = [asdict(group) for group in places.groups]
    if n > placed:
        groups.append({"rows": n - placed, "none": True})
    return {"files": files, "groups": groups, "error_m": places.error_m}


def extent_of(explorer: Explorer) -> list[float] | None:
    """Return west, south, east and north of all footprints, in degrees; east is beyond 180 across the antimeridian."""
    if explorer.places is None:
        return None
    placed = len(explorer.places.x)
    lon, lat = explorer.lon[:placed], explorer.lat[:placed]
    east = np.sort(lon)
    gaps = np.append(np.diff(east), east[0] + 360.0 - east[-1])
    widest = int(np.argmax(gaps))
    west, stop = (east[0], east[-1]) if gaps[widest] <= gaps[-1] + _HALF else (east[widest + 1], east[widest] + 360.0)
    # Half a diagonal, because footprints are turned against the north.
    side = max(math.hypot(*group.metres) for group in explorer.places.groups) / 2 / 111_195.0  # m of a degree
    across = side / max(np.cos(np.radians(np.abs(lat).max())), 0.01)
    bounds = (west - across, max(lat.min() - side, -90.0), stop + across, min(lat.max() + side, 90.0))
    return [
        float(outwards(bound * _PARTS)) / _PARTS
        for outwards, bound in zip((np.floor, np.floor, np.ceil, np.ceil), bounds, strict=True)
    ]


def _basemap(extent: list[float], folder: Path) -> Entry:
    west, south, east, north = extent
    if west < -_HALF or east > _HALF:
        west, east = -_HALF, _HALF
    land = basemap((west, south, east, north), _AROUND)
    return write_json(folder, "basemap", {"land": land.land, "borders": land.borders, "source": land.source})


def size_of(manifest: dict[str, Any]) -> dict[str, int]:
    """Return the bytes of each part that a first view and all filters need: positions, base map, columns."""
    found = {f"column {one['name']}": sum(file["bytes"] for file in one["files"]) for one in manifest["columns"]}
    found |= {f"sets {one['name']}": one["sets"]["bytes"] for one in manifest["columns"] if "sets" in one}
    if manifest["positions"]:
        found["positions"] = sum(file["bytes"] for file in manifest["positions"]["files"])
    if manifest["basemap"]:
        found["basemap"] = manifest["basemap"]["bytes"]
    return found


def files_of(manifest: dict[str, Any]) -> list[str]:
    """Return the paths of all files that a manifest names."""

    def walk(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["path"]] if "path" in value and "sha256" in value else []
            return own + [path for part in value.values() for path in walk(part)]
        return [path for part in value for path in walk(part)] if isinstance(value, list) else []

    return sorted(set(walk(manifest)))
