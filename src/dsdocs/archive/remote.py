"""Archives that lie elsewhere, by their address."""

from __future__ import annotations

from collections.abc import Mapping

from dsdocs.archive.address import WEB, check_url, scheme, shown
from dsdocs.archive.file import File
from dsdocs.archive.member import Limits
from dsdocs.archive.remote_directory import RemoteDirectory
from dsdocs.archive.remote_file import RemoteFile
from dsdocs.errors import ArchiveError

__all__ = ["RemoteDirectory", "RemoteFile", "open_remote"]


def open_remote(
    url: str, options: Mapping[str, object] | None = None, limits: Limits | None = None
) -> list[File] | RemoteDirectory:
    """Return the folder at an address, or the container that lies there, or those of a folder that holds no more.

    Parameters
    ----------
    url
        Address of a container file or of a folder; with a slash at its end it is a folder, and nothing is asked.
    options
        Options of the file system; ``anon`` and ``region`` mean the same for all of them.
    limits
        What a folder may ask of the machine.

    Raises
    ------
    ArchiveError
        The address is refused, nothing lies there, it cannot be reached, or it is a folder of a web server.
    """
    check_url(url)
    if scheme(url) in WEB:
        if url.endswith("/"):
            raise ArchiveError(
                f"{shown(url)}: a web server does not tell what lies in a folder; give the address of a container file "
                "(.tar, .tar.gz, .tar.zst, .zip)"
            )
        return [RemoteFile(url, options)]
    if not url.endswith("/"):
        file = RemoteFile(url, options)
        if not file.is_folder():
            return [file]
    folder = RemoteDirectory(url, options, limits)
    return list(folder.containers()) or folder
