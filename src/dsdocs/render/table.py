"""The numbers of any view as a table, and that table as CSV."""

from __future__ import annotations

import csv as csv_module
from io import StringIO

from dsdocs.safe import cell_text
from dsdocs.views import (
    Answers,
    Bars,
    Calendar,
    Cell,
    Code,
    Gallery,
    Heatmap,
    Hero,
    Histograms,
    Lines,
    Map,
    Number,
    Numbers,
    Scaling,
    Spectrum,
    Table,
    Tree,
    View,
)

Columns = tuple[str, ...]
Rows = tuple[tuple[Cell, ...], ...]


def rows(view: View) -> tuple[Columns, Rows]:
    """Return the header and the rows of a view's numbers; both are empty for a view without numbers.

    Raises
    ------
    ValueError
        The parts of the view do not have the same length.
    """
    match view:
        case Number():
            return _figures((view,))
        case Numbers() | Hero():
            return _figures(view.items)
        case Bars():
            pairs = tuple(zip(view.categories, view.values, strict=True))
            if not view.whole:
                return ("category", view.unit or "value"), pairs
            shares = tuple((name, value, round(100 * value / view.whole, 6)) for name, value in pairs)
            return ("category", view.unit or "value", "share (%)"), shares
        case Heatmap():
            lines = zip(view.rows, view.values, strict=True)
            return (view.unit or "value", *view.columns), tuple((name, *values) for name, values in lines)
        case Table():
            return view.columns, view.rows
        case Calendar():
            return ("day", view.unit or "value"), tuple(zip(view.days, view.values, strict=True))
        case Spectrum():
            columns = ("band", "centre (nm)", "width (nm)", "resolution (m)")
            return columns, tuple(zip(view.bands, view.centre, view.width, view.gsd, strict=True))
        case Lines():
            return (view.axis or "place", "name", "series", "mean", "standard deviation"), tuple(
                (place, name, series.name, value, spread)
                for series in view.series
                for place, name, value, spread in zip(
                    view.places, view.names, series.values, series.spread, strict=True
                )
            )
        case Histograms():
            return ("name", "from", "to", view.counted), tuple(
                (each.name, each.start + index * each.width, each.start + (index + 1) * each.width, count)
                for each in view.distributions
                for index, count in enumerate(each.counts)
            )
        case Scaling():
            scaled = zip(view.factors, view.values, strict=True)
            return ("Factor", *view.measures), tuple((factor, *values) for factor, values in scaled)
        case Map():
            layers = tuple((layer.group or "whole", layer.name, layer.n_patches) for layer in view.layers)
            return ("group", "layer", "patches"), layers
        case Answers() | Gallery() | Tree() | Code():
            return (), ()


def _figures(items: tuple[Number, ...]) -> tuple[Columns, Rows]:
    return ("figure", "value", "unit"), tuple((item.title, item.value, item.unit) for item in items)


def numeric(lines: Rows, n_columns: int) -> tuple[bool, ...]:
    """Tell for each column whether it holds numbers and nothing else; missing values do not count."""
    found = []
    for place in range(n_columns):
        known = [line[place] for line in lines if line[place] is not None]
        found.append(bool(known) and all(type(value) in (int, float) for value in known))
    return tuple(found)


def grouped(lines: Rows, n_columns: int) -> tuple[bool, ...]:
    """Tell for each column whether its thousands are separated: not where all numbers are as short as a year."""
    return tuple(
        any(type(line[place]) in (int, float) and abs(line[place] or 0) >= 10_000 for line in lines)  # type: ignore[arg-type]
        for place in range(n_columns)
    )


def csv(view: View) -> bytes | None:
    """Return the numbers as UTF-8 CSV (RFC 4180), or None for a view without numbers.

    Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers keep full precision.
    """
    columns, lines = rows(view)
    if not columns:
        return None
    out = StringIO(newline="")
    writer = csv_module.writer(out, lineterminator="\r\n")
    for line in (columns, *lines):
        writer.writerow([_field(value) for value in line])
    return out.getvalue().encode("utf-8", errors="replace")


def _field(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return cell_text(value)
    return repr(value)
