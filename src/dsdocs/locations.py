"""Where the parts of a project lie: configuration, archive, pages, state. Cheap to find out."""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsdocs.archive import Archive, open_archive
from dsdocs.archive.address import check_url, is_url, last_part, shown
from dsdocs.config import FILE_NAME, Config, load_config
from dsdocs.errors import ArchiveError, ConfigError

STATE_FOLDER = ".dsdocs"
VERSIONS = "versions"  # in the state folder: summaries of earlier versions that were fetched
ELSEWHERE = f"put it below the folder of {FILE_NAME}, or name a URL in archive.path"
ERRATA = ("errata.parquet", "errata.csv")  # beside the configuration, unless it names another file
Sources = str | Path | Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Release:
    """A version of the data set."""

    name: str
    date: str | None  # ISO 8601
    url: str | None  # start page of its site, ends with a slash
    source: str | None = None  # path or address of the summary, as the configuration has it
    summary: Path | None = None  # its file on this machine; one with an address has to be fetched first


@dataclass(frozen=True, slots=True)
class Locations:
    """The configuration of a project, its archive, and the folders that follow from it."""

    config: Config
    config_file: Path | None  # None: no configuration at all
    archive: tuple[str, ...]  # absolute paths and URLs; more than one where the archive has several parts
    state: Path

    @property
    def book(self) -> Path | None:
        """Folder of the author's own pages; None: there are none."""
        folder = self.config_file.parent / self.config.site.book if self.config_file else None
        return folder if folder is not None and folder.is_dir() else None

    @property
    def compared(self) -> tuple[tuple[str, Path], ...]:
        """Names and summaries of the data sets that this one is compared with."""
        folder = self.config_file.parent if self.config_file else Path()
        return tuple((name, folder / path) for name, path in self.config.compare.summaries.items())

    @property
    def errata(self) -> Path | None:
        """The table of what is wrong with single patches; None: there is none.

        Raises
        ------
        ConfigError
            There are two.
        """
        if self.config_file is None:
            return None
        folder, named = self.config_file.parent, self.config.dataset.errata
        if named is not None:
            return folder / named
        found = [folder / name for name in ERRATA if (folder / name).is_file()]
        if len(found) > 1:
            raise ConfigError(
                str(self.config_file), "dataset.errata", f"is missing, and there are both {' and '.join(ERRATA)}"
            )
        return found[0] if found else None

    @property
    def releases(self) -> tuple[Release, ...]:
        """Earlier versions of the data set, the oldest first; of one day by name."""
        folder = self.config_file.parent if self.config_file else Path()
        found = []
        for version in self.config.versions:
            place = version.summary
            summary = None if place is None else folder / place
            if place is not None and is_url(place):
                summary = self.state / VERSIONS / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}.parquet"
            url = None if version.url is None else f"{version.url.rstrip('/')}/"
            found.append(Release(version.name, version.date.isoformat(), url, place, summary))
        return tuple(sorted(found, key=lambda one: (one.date or "", one.name)))

    @property
    def summaries_beside(self) -> tuple[Path, ...]:
        """Summaries of other data sets and versions on this machine; what has an address is taken not to change."""
        earlier = (one.summary for one in self.releases if one.summary and one.source and not is_url(one.source))
        return (*(path for _, path in self.compared), *earlier)

    @property
    def shown_archive(self) -> str:
        """The archive's sources as text for a person."""
        return ", ".join(map(shown, self.archive))

    def open_archive(self) -> Archive:
        """Open the archive as the configuration says: with its limits and options.

        Raises
        ------
        ArchiveError
            Nothing lies there, it cannot be reached, or it is nothing that dsdocs reads.
        """
        section = self.config.archive
        self._need_here()
        return open_archive(self.archive, limits=section.limits.as_limits(), options=section.options)

    def _need_here(self) -> None:
        """Say more than that nothing lies there, where a clone of a repository cannot have it."""
        if self.config_file is None:
            return
        for source in self.archive:
            inside = is_url(source) or Path(source).is_relative_to(self.config_file.parent)
            if not inside and not os.path.lexists(source):
                problem = f"{source}: nothing lies there, and a clone of this repository cannot have it: {ELSEWHERE}"
                raise ConfigError(str(self.config_file), "archive.path", problem)


def find_project(folder: Path, *, archive: Sources | None = None, reader: str | None = None) -> Locations:
    """Find the project of a folder, or make one up for an archive without configuration.

    Parameters
    ----------
    folder
        Folder with a ``dsdocs.toml``.
    archive
        Paths and URLs of the archive; they count before what the configuration names. Without a configuration, the
        state is kept in the user's cache folder, under a name made of them.
    reader
        Name of the reader; it counts before the one that the configuration names.

    Raises
    ------
    ConfigError
        There is no configuration and no archive, or the configuration is wrong.
    ArchiveError
        The archive has an address that dsdocs does not read, or that holds a secret.
    """
    file = (folder / FILE_NAME).resolve()
    if file.is_file():
        found = from_file(file, archive)
        return Locations(_with_reader(found.config, reader), file, found.archive, found.state)
    sources = find_sources(archive or (), Path())
    if not sources:
        raise ConfigError(
            str(folder / FILE_NAME),
            "",
            "no such file; name an archive with --archive, or write the file with: dsdocs init",
        )
    return Locations(_with_reader(Config(), reader), None, sources, _cache() / _state_name(sources))


def from_file(file: Path, archive: Sources | None = None) -> Locations:
    """Return the locations of a configuration file; see `find_project`."""
    config = load_config(file)
    folder = file.resolve().parent
    sources = find_sources(archive or (), Path())
    if not sources:
        if not config.archive.sources:
            raise ConfigError(str(file), "archive.path", "is missing; name the archive there or with --archive")
        try:
            sources = find_sources(config.archive.sources, folder)
        except ArchiveError as error:
            raise ConfigError(str(file), "archive.path", str(error)) from None
    return Locations(config, file.resolve(), sources, folder / STATE_FOLDER)


def without_archive(folder: Path) -> Locations:
    """Return the locations of a folder for what needs no archive, which need not be there.

    Raises
    ------
    ConfigError
        There is no configuration in the folder, or it is wrong.
    """
    file = (folder / FILE_NAME).resolve()
    return Locations(load_config(file), file, (), file.parent / STATE_FOLDER)


def find_sources(given: Sources, folder: Path) -> tuple[str, ...]:
    """Return absolute paths and URLs for what an archive was given as.

    Parameters
    ----------
    given
        Paths, and URLs. A ``*`` stands for any characters of a name, unless there is a file of that very name; what
        it finds is sorted.
    folder
        Folder that relative paths begin in.

    Raises
    ------
    ArchiveError
        A pattern finds nothing, a path is not UTF-8, or an address is refused; see
        `dsdocs.archive.address.check_url`.
    """
    sources: list[str] = []
    for source in [given] if isinstance(given, (str, Path)) else given:
        text = str(source)
        if is_url(text):
            check_url(text)
            sources.append(text)
        else:
            # Resolved as far as it exists: the name of "." is that of the folder, and the state follows the target.
            sources += map(os.path.realpath, _matching(text, str(folder)))
    for source in sources:
        if not source.isascii() and source != source.encode("utf-8", "ignore").decode():
            raise ArchiveError(f"{source!r}: the path is not UTF-8, so no report could name it; rename what lies there")
    return tuple(sources)


def _matching(path: str, folder: str) -> list[str]:
    place = os.path.join(folder, path)
    if "*" not in path or os.path.lexists(place):
        return [place]
    found = glob.glob(re.sub(r"([?[])", r"[\1]", path), root_dir=folder)
    if not found:
        raise ArchiveError(f"{path}: no file or folder in {os.path.abspath(folder)} has such a name")
    return [os.path.join(folder, name) for name in sorted(found)]


def _with_reader(config: Config, reader: str | None) -> Config:
    if reader is None:
        return config
    return config.model_copy(update={"archive": config.archive.model_copy(update={"reader": reader})})


def _state_name(sources: Sequence[str]) -> str:
    """Return a name for the state of an archive: what a person knows it by, and a digest of where it lies."""
    name = last_part(sources[0]) if is_url(sources[0]) else os.path.basename(sources[0])
    plain = re.sub(r"[^\w.-]+", "_", name)[:60]
    digest = hashlib.sha256("\0".join(sources).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"{plain}-{digest}"


def _cache() -> Path:
    """Return the cache folder of the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "dsdocs"
