"""Where bytes live: containers as a stream of members, read in place and never extracted.

A container knows paths and bytes; it never knows what a patch or a label is. Anything right of it may import it.
"""

from __future__ import annotations

from dsdocs.archive.directory import DirectoryArchive
from dsdocs.archive.file import File, LocalFile
from dsdocs.archive.member import Archive, Limits, Member, Source
from dsdocs.archive.opening import open_archive
from dsdocs.archive.parts import PartsArchive
from dsdocs.archive.split import SplitFile
from dsdocs.archive.tar import TarArchive
from dsdocs.archive.zip import ZipArchive

__all__ = [
    "Archive",
    "DirectoryArchive",
    "File",
    "Limits",
    "LocalFile",
    "Member",
    "PartsArchive",
    "Source",
    "SplitFile",
    "TarArchive",
    "ZipArchive",
    "open_archive",
]
