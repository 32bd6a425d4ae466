"""Fetch the summaries of earlier versions of the data set."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from dsdocs.archive.address import check_url, is_url, shown
from dsdocs.config import FILE_NAME
from dsdocs.errors import ConfigError, DsdocsError
from dsdocs.locations import Locations
from dsdocs.safe import writing
from dsdocs.summary.read import read_summary

MOST = 4 * 2**30  # bytes of a fetched summary; ten times that of half a million patches with all that is known of them
_PIECE = 2**20


def fetch_summaries(project: Locations) -> None:
    """Fetch the summaries that have an address, each once: a version that was published does not change.

    Raises
    ------
    ConfigError
        A summary is not there, or what lies there is none.
    """
    for release in project.releases:
        if release.summary is None or release.source is None:
            continue
        try:
            if is_url(release.source) and not release.summary.is_file():
                _fetch(release.source, release.summary)
            read_summary(release.summary)
        except DsdocsError as error:
            problem = str(error).replace(str(release.summary), shown(release.source))
            raise ConfigError(FILE_NAME, "versions.summary", f"of {release.name!r}: {problem}") from error


def _fetch(url: str, target: Path) -> None:
    from dsdocs.archive.remote_file import RemoteFile  # fsspec is slow to import

    check_url(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    with RemoteFile(url).open() as source, writing(target) as sink:
        _copy(source, sink, url)
    try:
        read_summary(target)
    except DsdocsError:
        target.unlink()  # the next build is to fetch it again
        raise


def _copy(source: BinaryIO, sink: BinaryIO, url: str) -> None:
    copied = 0
    while piece := source.read(_PIECE):
        copied += len(piece)
        if copied > MOST:
            raise DsdocsError(f"{shown(url)}: more than {MOST:,} bytes; a summary is smaller")
        sink.write(piece)
