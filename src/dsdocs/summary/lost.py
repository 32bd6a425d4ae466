"""Which warnings are about patches that were left out after all: a warning is about something that was kept."""

from __future__ import annotations

from collections.abc import Collection

_BAND = "{band}"


class Lost:
    """Files and names of patches that are left out.

    Parameters
    ----------
    tables
        Paths of tables. They tell of many patches, so an error in one says nothing of a warning about it.
    """

    def __init__(self, tables: Collection[str]) -> None:
        self._tables = frozenset(tables)
        self._paths: set[str] = set()
        self._starts: dict[str, list[str]] = {}  # folder -> what the names of all files of a patch begin with
        self._names: set[str] = set()

    def add_path(self, path: str) -> None:
        """Add a file, or all bands of an image, with ``{band}`` in the place of their names."""
        before, found, _ = path.partition(_BAND)
        if found:
            folder, _, start = before.rpartition("/")
            self._starts.setdefault(folder, []).append(start)
        elif path not in self._tables:
            self._paths.add(path)

    def add_name(self, name: str) -> None:
        """Add a patch without files, which has a folder of its name at most."""
        self._names.add(name)

    def concerns(self, path: str) -> bool:
        """Tell whether a path is that of a patch that is left out, or of one of its files."""
        folder, _, file = path.rpartition("/")
        return (
            path in self._paths
            or folder in self._paths  # the folder of a patch
            or not self._names.isdisjoint((file, folder.rpartition("/")[2]))
            or any(file.startswith(start) for start in self._starts.get(folder, ()))
            or any(start.startswith(file) for start in self._starts.get(path, ()))
        )
