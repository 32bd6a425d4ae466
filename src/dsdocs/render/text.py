"""Views as plain text: for terminals and ``text/plain``, and as the sentence that stands for a drawing."""

from __future__ import annotations

import re

from dsdocs.render.format import cell, latitude, longitude, measured, number
from dsdocs.render.projection import extent
from dsdocs.render.table import grouped, numeric, rows
from dsdocs.views import (
    Answers,
    Bars,
    Calendar,
    Code,
    Gallery,
    Map,
    Number,
    Numbers,
    Spectrum,
    Tree,
    View,
)

_MOST_LINES = 30
# A label must not move the cursor of a terminal or change its colours.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def finding(view: View) -> str:
    """Return the sentence that says what the drawing shows: the view's own, else one from the numbers."""
    match view:
        case Number() | Numbers() | Code():
            return ""
        case Bars(summary="") if view.values:
            pairs = list(zip(view.categories, view.values, strict=True))
            most, least = max(pairs, key=lambda pair: pair[1]), min(pairs, key=lambda pair: pair[1])
            if len(pairs) == 1:
                return f"{most[0]}: {measured(most[1], view.unit)}."
            first = f"{most[0]} has the most: {measured(most[1], view.unit)}"
            return f"{first}; {least[0]} the fewest: {number(least[1])}."
        case Calendar(summary="") if view.days:
            total = measured(sum(view.values), view.unit)
            if len(view.days) == 1:
                return f"{total} on one day, {view.days[0]}."
            return f"{total} on {number(len(view.days))} days, from {view.days[0]} to {view.days[-1]}."
        case Spectrum(summary="") if view.bands:
            low = min(centre - width / 2 for centre, width in zip(view.centre, view.width, strict=True))
            high = max(centre + width / 2 for centre, width in zip(view.centre, view.width, strict=True))
            return f"{len(view.bands)} bands between {number(low)} and {number(high)} nm."
        case Map(summary="") if view.layers:
            _, box = extent(view)
            span = min(box.north - box.south, box.east - box.west)
            digits = 1 if span >= 0.2 else 2 if span >= 0.02 else 3  # so that both ends of a small place differ
            lats, lons = (
                (latitude(round(box.south, digits)), latitude(round(box.north, digits))),
                (longitude(round(box.west, digits)), longitude(round(box.east, digits))),
            )
            patches = measured(view.layers[0].n_patches, "patches")
            return f"{patches} between {lats[0]} and {lats[1]}, {lons[0]} and {lons[1]}."
        case _:
            return view.summary


def plain(view: View) -> str:
    """Write a view for a terminal: title, finding, and up to 30 lines of its numbers."""
    match view:
        case Number():
            return _CONTROL.sub("\ufffd", f"{view.title}: {measured(view.value, view.unit)}")
        case Code():
            body = [*view.text.splitlines(), *view.output.splitlines()]
        case Answers():
            body = [f"{one.question} {one.said or one.computed or 'Not answered yet.'}" for one in view.questions]
        case Tree():
            body = ["  " * depth + name + (f"  {note}" if note else "") for depth, name, note in view.entries]
        case Gallery():
            body = [" · ".join((picture.caption, *picture.chips)) for picture in view.pictures]
        case _:
            body = _aligned(view)
    if len(body) > _MOST_LINES:
        body = [*body[:_MOST_LINES], f"... {len(body) - _MOST_LINES} more lines"]
    return _CONTROL.sub("\ufffd", "\n".join(line for line in (view.title, finding(view), *body) if line))


def _aligned(view: View) -> list[str]:
    columns, lines = rows(view)
    wide = grouped(lines, len(columns))
    written = [tuple(cell(value, grouped=split) for value, split in zip(line, wide, strict=True)) for line in lines]
    table = [columns, *written]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    right = numeric(lines, len(columns))
    return [
        "  ".join(
            text.rjust(width) if at_right else text.ljust(width)
            for text, width, at_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in table
    ]
