"""Projects whose pixels tests read: small archives of invented pixels, in any container."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tifffile

from dsdocs.config import Config, parse_config
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.summarize import describe, summarize

FILES = ("pixels.json", "pixels.parquet", "pixel-hashes.parquet")


def project_of(archive: Path, state: Path, **config: Mapping[str, object]) -> Project:
    """Summarize an archive; ``config`` holds tables of dsdocs.toml."""
    parsed: Config = parse_config(dict(config))
    project = Project(Locations(parsed, None, (str(archive),), state))
    summarize(project)
    describe(project)
    return project


def write_images(folder: Path, images: Mapping[str, np.ndarray], *, nodata: str | None = None) -> Path:
    """Write each image ``(bands, height, width)`` as a TIFF under its path."""
    tags = [(42113, "s", 0, nodata, True)] if nodata else []
    for name, image in images.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
        planar = None if len(image) == 1 else "contig"
        tifffile.imwrite(path, content, photometric="minisblack", planarconfig=planar, metadata=None, extratags=tags)
    return folder


def packed(folder: Path, target: Path) -> Path:
    """Put a folder into a .tar or .tar.gz."""
    with tarfile.open(target, "w:gz" if target.suffix == ".gz" else "w") as made:
        made.add(folder, arcname=folder.name)
    return target


def results(project: Project) -> list[bytes]:
    """Return the bytes of all that the pass has left."""
    return [(project.state / name).read_bytes() for name in FILES]
