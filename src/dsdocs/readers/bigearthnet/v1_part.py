"""The patch folders in one part of an archive of BigEarthNet version 1: their metadata and their rasters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dsdocs.archive import Member
from dsdocs.readers.bigearthnet.folders import Folder
from dsdocs.readers.bigearthnet.metadata import Fault, Keys, Metadata
from dsdocs.readers.bigearthnet.v1_rows import metadata_path
from dsdocs.records import RecordError


class Part:
    """What the members of one part tell."""

    def __init__(self, keys: Keys) -> None:
        self.metadata = Metadata(keys)
        self.rows: dict[str, int | None] = {}  # folder -> number of its metadata; None: these cannot be used
        self.folders: dict[str, Folder] = {}  # all but those of which nothing but good metadata were seen

    def folder(self, path: str) -> Folder:
        """Return a folder, which is a new one if it was not seen before."""
        found = self.folders.get(path)
        if found is None:
            found = self.folders[path] = Folder(path)
        return found

    def add_metadata(self, folder: str, member: Member) -> None:
        """Read a metadata file."""
        if folder in self.rows:
            self._add_again(folder, member)
            return
        self.rows[folder] = len(self.metadata.folders)
        try:
            self.metadata.add(folder, member)
        except Fault as fault:
            self._refuse(folder, RecordError(member.path, fault.category, str(fault)))

    def add_alone(self, folders: Sequence[str], members: Sequence[Member]) -> bool:
        """Read metadata files of folders that were not seen before; false, and nothing is done, if that is not so.

        False too where one of them cannot be used: one by one, `add_metadata` tells which.
        """
        start = len(self.metadata.folders)
        rows = dict(zip(folders, range(start, start + len(folders)), strict=True))
        new = len(rows) == len(folders) and self.rows.keys().isdisjoint(rows)
        if not new or not self.metadata.add_all(folders, members):
            return False
        self.rows |= rows
        return True

    def check(self) -> None:
        """Look at the values of all metadata; to be called once, after the last member."""
        for row, error in self.metadata.faults().items():
            self._refuse(self.metadata.folders[row], error)

    def good(self, folders: Iterable[str]) -> list[int]:
        """Return the numbers of the metadata of these folders, as far as they have any that can be used."""
        return [row for folder in folders if (row := self.rows.get(folder)) is not None]

    def _add_again(self, folder: str, member: Member) -> None:
        row = self.rows[folder]
        if row is not None and self.metadata.same(row, member):
            self.folder(folder).repeated.append(member.path)
        else:
            self.folder(folder).faults.append(contradiction(folder))

    def _refuse(self, folder: str, error: RecordError) -> None:
        self.rows[folder] = None
        self.folder(folder).faults.append(error)


def contradiction(folder: str) -> RecordError:
    """Say that a folder has two metadata files which differ."""
    reason = "occurs twice in the archive, with different content"
    return RecordError(metadata_path(folder), "meta.mismatch", reason)
