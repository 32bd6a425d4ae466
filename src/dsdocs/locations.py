"""Where the parts of a project lie: configuration, archive, pages, state. Cheap to find out."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from dsdocs.config import FILE_NAME, Config, load_config
from dsdocs.errors import ConfigError

STATE_FOLDER = ".dsdocs"


@dataclass(frozen=True, slots=True)
class Locations:
    """The configuration of a project and the folders that follow from it."""

    config: Config
    config_file: Path | None  # None: no configuration at all
    archive: Path
    state: Path

    @property
    def book(self) -> Path | None:
        """Folder of the author's own pages; None: there are none."""
        folder = self.config_file.parent / self.config.site.book if self.config_file else None
        return folder if folder is not None and folder.is_dir() else None


def find_project(folder: Path, *, archive: Path | None = None, reader: str | None = None) -> Locations:
    """Find the project of a folder, or make one up for an archive without configuration.

    Parameters
    ----------
    folder
        Folder with a ``dsdocs.toml``.
    archive
        Path of the archive; it counts before the one that the configuration names. Without a configuration, the state
        is kept in the user's cache folder, under a name made of the archive's path.
    reader
        Name of the reader; it counts before the one that the configuration names.

    Raises
    ------
    ConfigError
        There is no configuration and no archive, or the configuration is wrong.
    """
    file = (folder / FILE_NAME).resolve()
    if file.is_file():
        found = from_file(file, archive)
        return Locations(_with_reader(found.config, reader), file, found.archive, found.state)
    if archive is None:
        raise ConfigError(
            str(folder / FILE_NAME),
            "",
            "no such file; name an archive with --archive, or write the file with: dsdocs init",
        )
    digest = hashlib.sha256(str(archive.resolve()).encode()).hexdigest()[:12]
    return Locations(_with_reader(Config(), reader), None, archive, _cache() / f"{archive.resolve().name}-{digest}")


def from_file(file: Path, archive: Path | None = None) -> Locations:
    """Return the locations of a configuration file; see `find_project`."""
    config = load_config(file)
    if archive is None:
        if config.archive.path is None:
            raise ConfigError(str(file), "archive.path", "is missing; name the archive there or with --archive")
        archive = file.resolve().parent / config.archive.path
    return Locations(config, file.resolve(), archive, file.resolve().parent / STATE_FOLDER)


def _with_reader(config: Config, reader: str | None) -> Config:
    if reader is None:
        return config
    return config.model_copy(update={"archive": config.archive.model_copy(update={"reader": reader})})


def _cache() -> Path:
    """Return the cache folder of the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "dsdocs"
