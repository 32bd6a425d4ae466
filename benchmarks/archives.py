"""Write archives for the benchmarks: metadata of BigEarthNet version 1 as folders or in a container, or all bands.

The form is that of the published files: one folder for each patch, in it a JSON of about 1.3 kB with its keys in the
published order. Everything in them is invented: where patches lie, when they were taken, and what is in them.
Patches lie as in the real archive: on the 1,200 m grids of Sentinel-2 tiles, whose edges overlap, taken on one to four
days, with ragged holes where an area was left out. A smaller archive is the beginning of a larger one.
"""

from __future__ import annotations

import argparse
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import tifffile

from dsdocs.geo.mgrs import patch_corners
from dsdocs.nomenclatures import load_nomenclature

WHOLE = 590_326  # patches of the real archive
SIDE, CELLS = 1200, 90  # m, side of a patch; patches along the side of a tile
_NAMES = (
    "29SNB 29SNC 29SND 29SPC 29TNE 29TNF 29TPE 29UPU 29UPV 29UNU 31UES 31UER 31UFS 31UFR 32TLT 32TMT 32TNT 32ULU "
    "32UMU 33TWM 33TWN 33TXN 33UUP 33UVP 33UWP 33UXP 34TCS 34TDR 34TCR 34TDQ 34VDM 34VEM 34VER 34VEQ 34UEG 34UFG "
    "34WFT 34WFU 35VLG 35VMG 35VLJ 35VML 35WMP 35WNQ 35VPK 35VNL"
)
TILES = tuple(_NAMES.split())
BANDS = {
    "B02": 10, "B03": 10, "B04": 10, "B08": 10, "B05": 20, "B06": 20, "B07": 20, "B8A": 20, "B11": 20, "B12": 20,
    "B01": 60, "B09": 60,
}  # fmt: skip
_NOISE = 12  # patches, size of the largest patch-free areas
_KEPT = 0.66  # share of the places of a tile that hold patches at all
_LABELS = (1, 9)  # fewest and most labels of a patch


@dataclass(frozen=True, slots=True)
class Plan:
    """What an archive holds, one entry for each patch."""

    tile: np.ndarray  # (n,) number in TILES
    day: np.ndarray  # (n,) number of the flight
    column: np.ndarray
    row: np.ndarray
    epsg: np.ndarray
    ulx: np.ndarray  # m
    uly: np.ndarray
    seed: int

    def __len__(self) -> int:
        return len(self.tile)

    @property
    def rings(self) -> np.ndarray:
        """Return the corners (n, 4, 2) in the native CRS, clockwise from the upper left."""
        west, north = self.ulx, self.uly
        east, south = west + SIDE, north - SIDE
        x, y = np.stack([west, east, east, west], axis=1), np.stack([north, north, south, south], axis=1)
        return np.stack([x, y], axis=-1)

    @property
    def crs(self) -> np.ndarray:
        """Return ``EPSG:<code>`` of each patch."""
        names, number = np.unique(self.epsg, return_inverse=True)
        return np.array([f"EPSG:{code}" for code in names])[number]

    def name(self, patch: int) -> str:
        """Return the name of a patch, as the archive forms it."""
        return f"{self._flight(patch)[1]}_{self.column[patch]}_{self.row[patch]}"

    def metadata(self, patch: int) -> bytes:
        """Return the JSON of a patch."""
        when, name = self._flight(patch)
        classes = _classes()
        random = np.random.default_rng((self.seed, patch))
        # Few classes are common and many are rare, as Zipf's law has it.
        chosen = np.unique((len(classes) * random.random(random.integers(*_LABELS)) ** 3).astype(int))
        left, top = int(self.ulx[patch]), int(self.uly[patch])
        content = {
            "labels": [classes[number] for number in chosen],
            "coordinates": {"ulx": left, "uly": top, "lrx": left + SIDE, "lry": top - SIDE},
            "projection": _projection(int(self.epsg[patch])),
            "tile_source": f"{name.replace('MSIL2A', 'MSIL1C')}_N0205_R080_T{TILES[self.tile[patch]]}_"
            f"{when:%Y%m%dT%H%M%S}.SAFE",
            "acquisition_date": f"{when:%Y-%m-%d %H:%M:%S}",
        }
        return json.dumps(content).encode()

    def _flight(self, patch: int) -> tuple[datetime, str]:
        """Return the time of a flight over a tile, different for each, and the beginning of its names."""
        tile, day = int(self.tile[patch]), int(self.day[patch])
        when = datetime(2017, 6, 3, 9, 20, 31) + timedelta(days=83 * day + tile % 7, minutes=3 * tile, seconds=day)
        return when, f"S2{'AB'[tile % 2]}_MSIL2A_{when:%Y%m%dT%H%M%S}"


def plan(patches: int, *, seed: int = 0) -> Plan:
    """Choose places and days of so many patches."""
    parts: list[np.ndarray] = []
    found = 0
    for tile, day in _flights():
        if found >= patches:
            break
        random = np.random.default_rng((seed, tile))
        column, row = np.meshgrid(np.arange(CELLS), np.arange(CELLS))
        height = _smooth(random)
        land = height < np.quantile(height, _KEPT)
        seen = land & (np.random.default_rng((seed, tile, day)).random(land.shape) < 0.998)
        cells = np.column_stack([column[seen], row[seen]])
        parts.append(np.column_stack([np.full(len(cells), tile), np.full(len(cells), day), cells]))
        found += len(cells)
    if found < patches:
        raise SystemExit(f"{patches:,} patches are asked for, and the tiles hold {found:,}")
    tile, day, column, row = np.concatenate(parts)[:patches].T
    epsg, ulx, uly = patch_corners(np.array(TILES)[tile], column, row)
    return Plan(tile, day, column, row, epsg, ulx, uly, seed)


def write_folders(archive: Plan, folder: Path) -> Path:
    """Write one folder with a JSON for each patch."""
    for path, content in files(archive):
        target = folder / path
        target.parent.mkdir(parents=True)
        target.write_bytes(content)
    return folder


def write_tar(archive: Plan, path: Path) -> Path:
    """Write a .tar, or a .tar.gz when the name ends so."""
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w", format=tarfile.GNU_FORMAT) as target:
        for name, content in files(archive):
            member = tarfile.TarInfo(f"archive/{name}")
            member.size = len(content)
            target.addfile(member, io.BytesIO(content))
    return path


def write_zip(archive: Plan, path: Path) -> Path:
    """Write a .zip with every file deflated."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files(archive):
            target.writestr(f"archive/{name}", content)
    return path


def files(archive: Plan) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of the JSON of each patch."""
    for patch in range(len(archive)):
        name = archive.name(patch)
        yield f"{name}/{name}_labels_metadata.json", archive.metadata(patch)


def write_bands(archive: Plan, folder: Path) -> Path:
    """Write the twelve bands of each patch beside its JSON, uncompressed in strips of 8 kB as the published ones."""
    write_folders(archive, folder)
    for patch in range(len(archive)):
        random = np.random.default_rng((archive.seed, patch, 1))
        name = archive.name(patch)
        coarse = random.normal(0.0, 1.0, (5, 5))
        for number, (band, pixel) in enumerate(BANDS.items()):
            width = SIDE // pixel
            field = np.kron(coarse, np.ones((width // 5, width // 5)))
            values = 900 + 120 * number + 250 * field + random.normal(0.0, 40.0, field.shape)
            tifffile.imwrite(
                folder / name / f"{name}_{band}.tif",
                np.clip(values, 1, 20_000).astype(np.uint16),
                photometric="minisblack",
                rowsperstrip=8192 // (2 * width),
                metadata=None,
                extratags=_geo_tags(archive, patch, pixel),
            )
    return folder


def _geo_tags(archive: Plan, patch: int, pixel: int) -> list[tuple[int, str, int, tuple[float, ...]]]:
    """Return size of a pixel, upper left corner and CRS, as tags of GeoTIFF 1.0."""
    corner = (0.0, 0.0, 0.0, float(archive.ulx[patch]), float(archive.uly[patch]), 0.0)
    keys = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, int(archive.epsg[patch]))
    return [
        (33550, "d", 3, (float(pixel), float(pixel), 0.0)),
        (33922, "d", 6, corner),
        (34735, "H", len(keys), keys),
    ]


def _flights() -> Iterator[tuple[int, int]]:
    """Yield tiles and days; every tile is seen twice, and two thirds of them up to four times.

    For archives larger than the real one, more days follow.
    """
    for tile in range(len(TILES)):
        yield from ((tile, day) for day in range(2 + tile % 3))
    for tile in range(len(TILES)):
        yield from ((tile, day) for day in range(2 + tile % 3, 6))


def _smooth(random: np.random.Generator) -> np.ndarray:
    """Return a field of CELLS x CELLS with soft spots and slightly ragged edges."""
    nodes = random.normal(0.0, 1.0, (CELLS // _NOISE + 2, CELLS // _NOISE + 2))
    at = np.arange(CELLS) / _NOISE
    low, part = at.astype(int), at % 1.0
    rows = nodes[low] * (1 - part)[:, None] + nodes[low + 1] * part[:, None]
    smooth = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return smooth + random.normal(0.0, 0.04, smooth.shape)


@cache
def _classes() -> tuple[str, ...]:
    return tuple(entry.name for entry in load_nomenclature("bigearthnet-43").classes)


@cache
def _projection(epsg: int) -> str:
    """Return a UTM zone as well-known text, in the spelling of GDAL 2 that the archive has."""
    zone = epsg - 32_600
    degree = 'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]]'
    datum = (
        'DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]]'
    )
    geographic = (
        f'GEOGCS["WGS 84",{datum},PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],{degree},'
        'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
    )
    numbers = {
        "latitude_of_origin": 0, "central_meridian": 6 * zone - 183, "scale_factor": 0.9996, "false_easting": 500_000,
        "false_northing": 0,
    }  # fmt: skip
    parameters = ",".join(f'PARAMETER["{name}",{value}]' for name, value in numbers.items())
    return (
        f'PROJCS["WGS 84 / UTM zone {zone}N",{geographic},PROJECTION["Transverse_Mercator"],{parameters},'
        'UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],AXIS["Northing",NORTH],'
        f'AUTHORITY["EPSG","{epsg}"]]'
    )


WRITERS = {"folders": write_folders, "tar": write_tar, "tar.gz": write_tar, "zip": write_zip, "bands": write_bands}


def main() -> None:
    """Write one archive."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, help="folder or file to write; it must not be there")
    parser.add_argument("--patches", type=int, default=10_000, help="default: %(default)s")
    parser.add_argument("--form", choices=sorted(WRITERS), default="folders", help="default: %(default)s")
    given = parser.parse_args()
    WRITERS[given.form](plan(given.patches), given.target)


if __name__ == "__main__":
    main()
