"""Numbers as people read them, the same on every machine."""

from __future__ import annotations

import math

from dsdocs.views import Cell

NOTHING = "\N{EN DASH}"


def number(value: int | float | str) -> str:
    """Write an amount: about three significant digits, thousands separated; text stays as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return NOTHING
        size = abs(value)
        if value != int(value) and size < 1000:
            return _plain(value, 1 if size >= 100 else 2 if size >= 1 else 3)
    return _grouped(round(value))


def exact(value: int | float, *, grouped: bool = True) -> str:
    """Write a number for a table, with up to six decimals; ``grouped`` separates thousands."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return NOTHING
        if value != int(value):
            whole, _, decimals = _plain(value, 6).partition(".")
            # The sign stands apart, because int("-0") would lose it.
            sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
            head = sign + (_grouped(int(digits)) if grouped else digits)
            return f"{head}.{decimals}" if decimals else head
    return _grouped(int(value)) if grouped else str(int(value))


def compact(value: int | float) -> str:
    """Write a number for a narrow cell: ``12.3k``, ``1.2M``."""
    if not math.isfinite(value):
        return NOTHING
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # 999.96 thousand would round to "1000k", which is longer than "1M".
        if abs(value) >= limit * 0.9995 and abs(value) >= 9_999.5:
            scaled = value / limit
            return _plain(scaled, 0 if abs(scaled) >= 100 else 1) + suffix
    return number(value)


def brief(value: int | float) -> str:
    """Write a number for a cell of a heat map: as `compact`, but fractions with two digits, at most two decimals."""
    if not math.isfinite(value) or value == int(value) or abs(value) >= 9_999.5:
        return compact(value)
    size = abs(value)
    return _grouped(round(value)) if size >= 10 else _plain(value, 1 if size >= 1 else 2)


def percent(share: float) -> str:
    """Write a share of 1 in percent, with one decimal below ten percent; what is not nothing is not written as 0."""
    if not math.isfinite(share):
        return NOTHING
    if 0 < abs(share) < 0.0005:
        return "< 0.1 %"
    return f"{_plain(100 * share, 0 if abs(share) >= 0.0995 else 1)} %"


def cell(value: Cell, *, grouped: bool = True) -> str:
    """Write one cell of a table; ``grouped`` separates thousands."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else exact(value, grouped=grouped)


def measured(value: int | float | str, unit: str) -> str:
    """Write a number with its unit."""
    return f"{number(value)} {unit}".rstrip()


def longitude(degrees: float) -> str:
    """Write a longitude, also one beyond the antimeridian, with up to three decimals: ``9.5° W``."""
    return _degrees((degrees + 180) % 360 - 180, "E", "W")


def latitude(degrees: float) -> str:
    """Write a latitude with up to three decimals: ``38.7° N``."""
    return _degrees(degrees, "N", "S")


def _degrees(value: float, positive: str, negative: str) -> str:
    written = _plain(abs(value), 3)
    return f"{written}°" if written in {"0", "180"} else f"{written}° {positive if value > 0 else negative}"


def _grouped(value: int) -> str:
    return f"{value:,}"


def _plain(value: float, decimals: int) -> str:
    """Round half to even on the decimal digits and drop trailing zeros and a negative zero."""
    written = f"{value:.{decimals}f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
