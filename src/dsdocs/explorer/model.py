"""What the explorer shows: the patches in its own order, their columns as codes, and their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Kind = Literal["category", "set", "day"]


@dataclass(frozen=True, slots=True)
class Term:
    """One member that a set can have, or a group of such members."""

    key: str  # what a selection calls it; unique in its column
    name: str  # what a reader sees
    members: tuple[int, ...]  # numbers of the classes that it stands for; of a class itself, its own number
    level: int = 0  # 0: a class; else the depth of a group below the root, 1 for the highest
    level_name: str = ""
    colour: str | None = None  # "#rrggbb"
    parent: int | None = None  # number of the group above


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One attribute of all patches, as a code for each."""

    name: str
    title: str
    description: str
    kind: Kind
    codes: Codes  # (n,) place in `values`, or of a set in `sets`; as many as there are: missing
    values: tuple[str, ...] = ()  # of a category or a day
    titles: tuple[str, ...] = ()  # what a reader sees for each value, where that is not the value itself
    terms: tuple[Term, ...] = ()  # of a set: classes first, then groups
    sets: tuple[tuple[int, ...], ...] = ()  # of a set: numbers of classes, ascending; most frequent first

    @property
    def n_codes(self) -> int:
        """Codes that stand for something, and the code that stands for nothing."""
        return len(self.sets) if self.kind == "set" else len(self.values)

    @property
    def options(self) -> tuple[str, ...]:
        """What a selection can name: values, or keys of terms."""
        return tuple(term.key for term in self.terms) if self.kind == "set" else self.values

    def membership(self) -> Flags:
        """Tell which code has which option, (codes, options); the last code is the missing one and has none."""
        found = np.zeros((self.n_codes + 1, len(self.options)), dtype=bool)
        if self.kind != "set":
            np.fill_diagonal(found, True)
            return found
        sizes = [len(members) for members in self.sets]
        flat = [member for members in self.sets for member in members]
        found[np.repeat(np.arange(len(sizes)), sizes), flat] = True
        for number, term in enumerate(self.terms):
            if term.level:
                found[:, number] = found[:, list(term.members)].any(axis=1)
        return found

    def histogram(self, rows: Flags | None = None) -> Integers:
        """Count the rows of each code, the missing one last, (codes + 1,)."""
        return np.bincount(self.codes if rows is None else self.codes[rows], minlength=self.n_codes + 1)


@dataclass(frozen=True, slots=True)
class Group:
    """Patches whose places follow from whole numbers by one polynomial.

    With ``u = x * scale[0] + scale[1]`` and ``v = y * scale[2] + scale[3]``, longitude and latitude are the sums of the
    coefficients with 1, u, v, uu, uv, vv, uuu, uuv, uvv and vvv. x grows to the east, y to the north.
    """

    rows: int
    scale: tuple[float, float, float, float] | None  # None: the rows have no place
    lon: tuple[float, ...] = ()  # (10,) degrees
    lat: tuple[float, ...] = ()
    size: tuple[float, float] = (0.0, 0.0)  # width and height of a footprint, in steps of x and y
    metres: tuple[float, float] = (0.0, 0.0)  # the same on the ground, in m
    error_m: float = 0.0  # m, largest distance of a centre that was decoded from the true one


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the patches are, in the order of the explorer."""

    x: Integers  # (p,) of the patches that have a place; they come first
    y: Integers
    groups: tuple[Group, ...]

    @property
    def error_m(self) -> float:
        """Largest error of a centre in metres."""
        return max((group.error_m for group in self.groups), default=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Explorer:
    """A data set as the explorer has it; everything is in the explorer's order."""

    title: str
    fingerprint: str  # of the summary
    ids: tuple[str, ...]
    columns: tuple[Column, ...]
    places: Places | None  # None: no patch has a footprint
    lon: Reals  # (n,) degrees, of the centre as it is decoded; NaN without a footprint
    lat: Reals
    order: Integers  # (n,) row of the summary

    @property
    def n(self) -> int:
        """Number of patches."""
        return len(self.ids)

    def column(self, name: str) -> Column:
        """Return a column; `KeyError` if there is none of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def row(self, index: int) -> dict[str, Any]:
        """Return what is known of one patch: values, names of classes as a list, None where it is missing."""
        found: dict[str, Any] = {"id": self.ids[index]}
        for column in self.columns:
            code = int(column.codes[index])
            if code == column.n_codes:
                found[column.name] = None
            elif column.kind == "set":
                found[column.name] = [column.terms[term].key for term in column.sets[code]]
            else:
                found[column.name] = column.values[code]
        return found
