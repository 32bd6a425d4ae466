"""What a nomenclature is: classes in their declared order, spellings, ancestors and mappings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from dsdocs.errors import NomenclatureError


@dataclass(frozen=True, slots=True)
class LabelClass:
    """One class of a nomenclature."""

    name: str  # as the data set spells it
    code: str | None = None  # for example "324" of CORINE
    parent: str | None = None  # code or name of the class above, here or in the nomenclature of the parents
    aliases: tuple[str, ...] = ()  # other spellings of the same class
    colour: str | None = None  # "#rrggbb", where the nomenclature has official colours


@dataclass(frozen=True, slots=True)
class Nomenclature:
    """A list of classes.

    ``parents`` is the nomenclature that holds the classes above; None: they are in this one. Where a name is
    on two levels (CORINE's "Pastures"), it means the lowest class, and the code tells the two apart.
    """

    name: str
    title: str
    source: str
    classes: tuple[LabelClass, ...]
    parents: Nomenclature | None = None
    crosswalks: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict, hash=False)
    _spellings: Mapping[str, LabelClass] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index every spelling and code; a later class, which stands lower, wins over an earlier one."""
        index = {entry.code: entry for entry in self.classes if entry.code is not None}
        index |= {alias: entry for entry in self.classes for alias in entry.aliases}
        index |= {entry.name: entry for entry in self.classes}
        object.__setattr__(self, "_spellings", index)

    def find(self, label: str) -> LabelClass | None:
        """Return the class with this name, alias or code, spelled exactly so."""
        return self._spellings.get(label)

    def canonical(self, label: str) -> str | None:
        """Return the declared name of a class from its name, an alias or its code; None if unknown."""
        entry = self.find(label)
        return None if entry is None else entry.name

    def nearest(self, label: str) -> str | None:
        """Return the declared name that looks most like an unknown label, or None; for error messages."""
        folded: dict[str, str] = {}
        for spelling, entry in self._spellings.items():
            folded.setdefault(spelling.casefold(), entry.name)
        near = difflib.get_close_matches(label.casefold(), folded, n=1, cutoff=0.6)
        return folded[near[0]] if near else None

    def crosswalk(self, other: str) -> Mapping[str, str | None]:
        """Return the class of another nomenclature for each class, None where it was dropped.

        Raises
        ------
        NomenclatureError
            No mapping to that nomenclature is declared.
        """
        mapping = self.crosswalks.get(other)
        if mapping is None:
            known = ", ".join(sorted(self.crosswalks)) or "none"
            raise NomenclatureError(f"{self.name} has no crosswalk to {other!r} (declared: {known})")
        return mapping

    def lineage(self, label: str) -> tuple[str, ...]:
        """Return the names from the top of the hierarchy down to the class itself.

        Raises
        ------
        NomenclatureError
            The label is no class of this nomenclature.
        """
        entry = self.find(label)
        if entry is None:
            near = self.nearest(label)
            hint = f" (nearest: {near!r})" if near else ""
            raise NomenclatureError(f"{label!r} is not in {self.name}{hint}")
        if entry.parent is None:
            return (entry.name,)
        return (*(self.parents or self).lineage(entry.parent), entry.name)
