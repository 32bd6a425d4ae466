"""Classes of the labels, and the groups above them, as terms of a column."""

from __future__ import annotations

from collections.abc import Sequence

from dsdocs.explorer.model import Term
from dsdocs.nomenclatures import Nomenclature


def label_terms(names: Sequence[str], nomenclature: Nomenclature | None) -> tuple[Term, ...]:
    """Return the classes that occur, in the order of the nomenclature, and then every group that holds some of them.

    A label that the nomenclature does not know comes last and is in no group.
    """
    if nomenclature is None:
        return tuple(Term(name, name, (number,)) for number, name in enumerate(names))
    known = [entry.name for entry in nomenclature.classes if entry.name in names]
    order = [*known, *(name for name in names if name not in known)]
    above = [_above(name, nomenclature) for name in order]
    nodes = {path[:depth] for path in above for depth in range(1, len(path) + 1)}
    # Level by level; those of a level as their first class stands.
    members = {node: tuple(n for n, path in enumerate(above) if path[: len(node)] == node) for node in nodes}
    ranked = sorted(nodes, key=lambda node: (len(node), members[node], node))
    number = {node: len(order) + place for place, node in enumerate(ranked)}
    terms = []
    taken: set[str] = set()
    for place, name in enumerate(order):
        entry = nomenclature.find(name)
        parent = number[above[place]] if above[place] else None
        taken.add(name)
        terms.append(Term(name, name, (place,), colour=entry.colour if entry else None, parent=parent))
    repeated = [node[-1] for node in ranked]
    for node in ranked:
        level = f"Level {len(node)}"
        key = f"{level}/{node[-1] if repeated.count(node[-1]) == 1 else ' / '.join(node)}"
        while key in taken:
            key += "'"
        taken.add(key)
        parent = number[node[:-1]] if len(node) > 1 else None
        terms.append(Term(key, node[-1], members[node], len(node), level, None, parent))
    return tuple(terms)


def _above(name: str, nomenclature: Nomenclature) -> tuple[str, ...]:
    """Return the names of the groups above a class, highest first."""
    return nomenclature.lineage(name)[:-1] if nomenclature.find(name) is not None else ()
