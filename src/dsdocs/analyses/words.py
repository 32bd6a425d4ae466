"""Counts as words of a sentence."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: ``1 country``, ``2,100 patches``.

    Parameters
    ----------
    number
        How many.
    one
        The noun in the singular.
    many
        The noun in the plural; default: the singular with an s.
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
