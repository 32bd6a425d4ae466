"""Which image a row of a label table is about, and which category both belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from dsdocs.readers.image_files import is_image
from dsdocs.records import RecordWarning, SideTable

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a layout says about its tables."""

    fact: str  # name of the fact that holds the category of a patch
    scoped: bool = True  # each table is named after the folder that holds its images
    repeated: bool = False  # all tables list all images
    category: Callable[[str], str | None] = lambda name: None  # of a patch without an image, from its name


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a label table."""

    table: str  # path
    name: str  # as the table has it
    labels: tuple[str, ...]
    problem: str | None

    @property
    def scope(self) -> str:
        """Name of the table without its suffix."""
        return _stem(self.table)

    @property
    def file(self) -> str:
        """Name of the image without folders."""
        return self.name.replace("\\", "/").rpartition("/")[2]

    @property
    def stem(self) -> str:
        """Name of the image without folders and suffix."""
        return _stem(self.name) if is_image(self.name) else self.file


@dataclass(frozen=True, slots=True)
class Group:
    """All rows about one patch."""

    rows: list[Row]
    image: int | None
    path: str  # of the image, or of the table
    says: str = ""  # the row, where the path does not


class Index:
    """Images by name, in the order of their paths.

    Attributes
    ----------
    table
        The images, in the columns of `dsdocs.readers.image_files.IMAGES`.
    paths
        Path of each image.
    problems
        Category and reason of each image that cannot be a patch.
    again
        Numbers of images at a path that came before; containers such as tar may hold a path twice.
    """

    def __init__(self, images: pa.Table, tables: Sequence[SideTable], rule: Rule) -> None:
        self.table = images.sort_by([("path", "ascending"), ("size", "ascending")]).combine_chunks()
        self.paths: list[str] = self.table["path"].to_pylist()
        self.problems: dict[int, tuple[str, str]] = {}
        self.again: set[int] = set()
        self._rule = rule
        self._files: dict[str, list[int]] = defaultdict(list)
        self._stems: dict[str, list[int]] = defaultdict(list)
        self._add_images()
        self._folders = {_folder(path) for path in self.paths}
        self._scopes = {_stem(side.path) for side in tables}
        self.has_categories = rule.scoped and (bool(self._folders & self._scopes) or _named_alike(tables))

    def _add_images(self) -> None:
        columns = (self.table[name].to_pylist() for name in ("path", "size", "category", "reason"))
        first = 0
        for number, (path, size, category, reason) in enumerate(zip(*columns, strict=True)):
            if number and path == self.paths[first]:
                self.again.add(number)
                if size != self.table["size"][first].as_py():
                    self.problems[first] = "image.duplicate", "occurs more than once, with different sizes"
                continue
            first = number
            if category is not None:
                self.problems[number] = category, reason
            self._files[path.rpartition("/")[2]].append(number)
            self._stems[_stem(path)].append(number)

    def repetitions(self) -> Iterator[RecordWarning]:
        """Yield a warning for each image that occurs more than once, as often alike."""
        for path in sorted({self.paths[number] for number in self.again}):
            yield RecordWarning(path, "image.duplicate", "occurs more than once; the first one is read")

    def find(self, row: Row) -> list[int]:
        """Return the images that a row is about: one, none, or several that cannot be told apart."""
        found = self._files.get(row.file) or ([] if is_image(row.name) else self._stems.get(row.file, []))
        for fits in (self._below(row), self._within(row)):
            if len(found) > 1:
                found = [number for number in found if fits(self.paths[number])] or found
        return found

    def category(self, group: Group) -> str | None:
        """Return the folder of an image; without one, the name of the table if it stands for a folder."""
        if group.image is not None:
            return _folder(group.path) or None
        row = group.rows[0]
        return row.scope if self.has_categories else self._rule.category(row.stem)

    def other_category(self, group: Group) -> str | None:
        """Return the category that the folder or the name of an image stands for, where its table is of another."""
        row = group.rows[0]
        if not self.has_categories:
            return None
        found = [_prefix(row.stem)] if group.image is None else [_folder(group.path), _prefix(row.stem)]
        known = self._folders | self._scopes
        return next((each for each in found if each in known and each != row.scope), None)

    def _below(self, row: Row) -> Callable[[str], bool]:
        ending = "/" + row.name.replace("\\", "/").lstrip("./")
        return lambda path: ("/" + path).endswith(ending)

    def _within(self, row: Row) -> Callable[[str], bool]:
        return lambda path: self._rule.scoped and _folder(path) == row.scope


def rows_of(tables: Sequence[SideTable]) -> Iterator[Row]:
    """Yield the rows of all tables, in their order."""
    for side in tables:
        names, labels, problems = (side.table[name].to_pylist() for name in ("name", "labels", "problem"))
        for number, (name, own, problem) in enumerate(zip(names, labels, problems, strict=True), 1):
            if name is None:
                yield Row(side.path, f"row {number}", tuple(own), "has no name")
            else:
                yield Row(side.path, name, tuple(own), problem)


def _named_alike(tables: Sequence[SideTable]) -> bool:
    """Tell whether any table has the name that its images begin with, as in ``beach.csv`` and ``beach_00001.jpg``."""
    return any(
        name is not None and _prefix(_stem(name) or name) == _stem(side.path)
        for side in tables
        for name in side.table["name"].slice(0, 1).to_pylist()
    )


def _prefix(stem: str) -> str:
    return stem.rstrip(_DIGITS).rstrip(" _-")


def _stem(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]


def _folder(path: str) -> str:
    return path.rpartition("/")[0].rpartition("/")[2]
