"""Which image a row of a label table is about, and which category both belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.readers.image_files import is_image
from dsdocs.readers.labelled import names
from dsdocs.readers.labelled.names import DIGITS, JOINTS, Numbers, Places
from dsdocs.readers.labelled.rows import Bits, bits_of, labels_at, labels_of
from dsdocs.records import RecordWarning, SideTable


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


class Rows:
    """The rows of all label tables, in their order.

    Attributes
    ----------
    tables
        Paths of the tables.
    table
        Number of the table of each row.
    names, files, stems, problems
        Of each row, as `Row` has them.
    """

    def __init__(self, tables: Sequence[SideTable]) -> None:
        self.tables = [side.path for side in tables]
        self._bits: list[Bits] = []
        self._labels: list[Sequence[str]] = []
        texts, problems = [pa.array([], pa.string())], [pa.array([], pa.string())]
        for side in tables:
            table = side.table  # read from disk where it is stored
            self._bits.append(bits_of(table))
            self._labels.append(labels_of(table))
            texts.append(table["name"].combine_chunks())
            problems.append(table["problem"].combine_chunks())
        self._starts = np.cumsum([0, *map(len, self._bits)])
        self.table = np.repeat(np.arange(len(tables)), list(map(len, self._bits)))
        self.names, self.problems = _named(pa.concat_arrays(texts), pa.concat_arrays(problems), self._starts)
        self.files = names.files(self.names)
        self.stems = pc.if_else(names.are_images(self.names), names.stems(self.names), self.files)
        self.scopes = names.stems(pa.array(self.tables, pa.string()))  # of each table

    def __len__(self) -> int:
        return len(self.names)

    def row(self, number: int) -> Row:
        """Return one row."""
        table = int(self.table[number])
        own = self._bits[table][number - self._starts[table]][None]
        labels = tuple(labels_at(own, self._labels[table])[0].as_py())
        return Row(self.tables[table], self.names[number].as_py(), labels, self.problems[number].as_py())

    def without_label(self) -> Numbers:
        """Return the rows without a label."""
        return np.flatnonzero(~np.concatenate([np.zeros(0, bool), *(bits.any(axis=1) for bits in self._bits)]))

    def labels(self, numbers: Numbers) -> pa.Array:
        """Return the labels of rows, whose numbers must grow."""
        parts = []
        for table, labels in enumerate(self._labels):
            begin, end = np.searchsorted(numbers, self._starts[table : table + 2])
            if begin < end:
                parts.append(labels_at(self._bits[table][numbers[begin:end] - self._starts[table]], labels))
        return pa.concat_arrays(parts)


class Index:
    """Images by name, in the order of their paths.

    Attributes
    ----------
    table
        The images, in the columns of `dsdocs.readers.image_files.IMAGES`.
    paths, folders
        Path of each image, and the name of its folder.
    problems
        Category and reason of each image that cannot be a patch.
    again
        Numbers of images at a path that came before; containers such as tar may hold a path twice.
    """

    def __init__(self, images: pa.Table, rows: Rows, rule: Rule) -> None:
        self.table = images.sort_by([("path", "ascending"), ("size", "ascending")]).combine_chunks()
        self.paths = self.table["path"].combine_chunks()
        self.folders = names.folders(self.paths)
        self.problems: dict[int, tuple[str, str]] = {}
        self.again: set[int] = set()
        self._scoped = rule.scoped
        self._look_for_problems()
        own = np.setdiff1d(np.arange(len(self.paths)), np.fromiter(self.again, np.int64))
        paths = self.paths.take(pa.array(own))
        self._files = Places(names.files(paths), own)
        self._stems = Places(names.stems(paths), own)
        self.scopes = set(rows.scopes.to_pylist())
        self._folders = set(self.folders.unique().to_pylist())
        self.has_categories = rule.scoped and (bool(self._folders & self.scopes) or _named_alike(rows))

    @property
    def known(self) -> set[str]:
        """All categories."""
        return self._folders | self.scopes

    def _look_for_problems(self) -> None:
        broken = np.flatnonzero(self.table["category"].is_valid().to_numpy()).tolist()
        for number in broken:
            category, reason = (self.table[name][number].as_py() for name in ("category", "reason"))
            self.problems[number] = category, reason
        sizes = self.table["size"]
        same = pc.equal(self.paths[1:], self.paths[:-1]) if len(self.paths) else pa.array([], pa.bool_())
        first = -1
        for number in (np.flatnonzero(np.asarray(same)) + 1).tolist():
            first = first if number - 1 in self.again else number - 1
            self.again.add(number)
            self.problems.pop(number, None)
            if sizes[number].as_py() != sizes[first].as_py():
                self.problems[first] = "image.duplicate", "occurs more than once, with different sizes"

    def repetitions(self) -> Iterator[RecordWarning]:
        """Yield a warning for each image that occurs more than once, as often alike."""
        for path in sorted({self.paths[number].as_py() for number in self.again}):
            yield RecordWarning(path, "image.duplicate", "occurs more than once; the first one is read")

    def find(self, rows: Rows) -> tuple[Numbers, dict[int, list[int]]]:
        """Return the image that each row is about, -1 for none, and those of rows whose images cannot be told apart."""
        codes, counts = self._files.find(rows.files)
        found = np.full(len(rows), -1, np.int64)
        ambiguous: dict[int, list[int]] = {}
        by_stem, stem_counts = self._stems.find(rows.files)
        stem_counts[(counts > 0) | np.asarray(names.are_images(rows.names))] = 0
        for places, own, many in ((self._files, codes, counts), (self._stems, by_stem, stem_counts)):
            found[many == 1] = places.first(own[many == 1])
            for number in np.flatnonzero(many > 1).tolist():
                left = self._narrowed(places.all(int(own[number])), rows.row(number))
                if len(left) > 1:
                    ambiguous[number] = left
                else:
                    found[number] = left[0]
        return found, ambiguous

    def other_category(self, group: Group) -> str | None:
        """Return the category that the folder or the name of an image stands for, where its table is of another."""
        row = group.rows[0]
        if not self.has_categories:
            return None
        stem = row.stem.rstrip(DIGITS).rstrip(JOINTS)
        found = [stem] if group.image is None else [self.folders[group.image].as_py(), stem]
        return next((each for each in found if each in self.known and each != row.scope), None)

    def _narrowed(self, found: list[int], row: Row) -> list[int]:
        ending = "/" + row.name.replace("\\", "/").lstrip("./")
        below = [number for number in found if ("/" + self.paths[number].as_py()).endswith(ending)] or found
        if len(below) == 1 or not self._scoped:
            return below
        return [number for number in below if self.folders[number].as_py() == row.scope] or below


def _named(texts: pa.Array, problems: pa.Array, starts: Numbers) -> tuple[pa.Array, pa.Array]:
    """Let rows without a name be called by their numbers, counted in each table."""
    missing = np.flatnonzero(np.asarray(texts.is_null()))
    if not len(missing):
        return texts, problems
    tables = np.searchsorted(starts, missing, side="right") - 1
    numbers = (missing - starts[tables] + 1).tolist()
    mask = texts.is_null()
    own = pa.array([f"row {number}" for number in numbers], pa.string())
    told = pa.array(["has no name"] * len(missing), pa.string())
    return pc.replace_with_mask(texts, mask, own), pc.replace_with_mask(problems, mask, told)


def _named_alike(rows: Rows) -> bool:
    """Tell whether any table has the name that its images begin with, as in ``beach.csv`` and ``beach_00001.jpg``."""
    firsts = np.flatnonzero(np.diff(rows.table, prepend=-1))
    return any(
        _stem(rows.names[first].as_py()).rstrip(DIGITS).rstrip(JOINTS) == rows.scopes[int(rows.table[first])].as_py()
        for first in firsts.tolist()
    )


def _stem(path: str) -> str:
    file = path.replace("\\", "/").rpartition("/")[2]
    return file.rpartition(".")[0] or file
