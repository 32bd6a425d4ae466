"""Class lists and their mappings, as TOML files with their source.

Readers, analyses, pages and the site may import it; it imports errors alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources

from dsdocs.errors import NomenclatureError
from dsdocs.nomenclatures.model import LabelClass, Nomenclature
from dsdocs.nomenclatures.parse import parse_nomenclature, read_nomenclature

__all__ = [
    "LabelClass",
    "Nomenclature",
    "load_nomenclature",
    "nomenclature_for",
    "nomenclature_names",
    "read_nomenclature",
]


@lru_cache(maxsize=1)
def nomenclature_names() -> tuple[str, ...]:
    """Return the names of the built-in nomenclatures, sorted."""
    files = (entry.name for entry in resources.files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


@lru_cache(maxsize=64)
def load_nomenclature(name: str) -> Nomenclature:
    """Return a built-in nomenclature.

    Raises
    ------
    NomenclatureError
        There is none of that name; the message names the nearest one.
    """
    if name not in nomenclature_names():
        near = difflib.get_close_matches(name, nomenclature_names(), n=1)
        hint = f"nearest: {near[0]!r}" if near else f"known: {', '.join(nomenclature_names())}"
        raise NomenclatureError(f"nomenclature {name!r} is not built in ({hint}); name a file for your own")
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return parse_nomenclature(text, name, f"{name}.toml")


def nomenclature_for(labels: Iterable[str]) -> Nomenclature | None:
    """Return the built-in nomenclature that knows all labels, or None.

    Of several the one with the fewest classes is taken, of those the first by name. No labels, no answer.
    """
    wanted = set(labels)
    known = (load_nomenclature(name) for name in nomenclature_names())
    fits = [entry for entry in known if all(entry.canonical(label) is not None for label in wanted)]
    return min(fits, key=lambda entry: (len(entry.classes), entry.name)) if wanted and fits else None
