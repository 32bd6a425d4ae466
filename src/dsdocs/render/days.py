"""A calendar: one block per month with a column per week, or a table of months for many years."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from itertools import groupby

from dsdocs.render.charts import heatmap
from dsdocs.render.format import NOTHING, compact, measured, number
from dsdocs.render.markup import Html, element, join
from dsdocs.render.parts import empty, frame, legend
from dsdocs.render.scale import Scale, scale
from dsdocs.views import Calendar, Heatmap

_MOST_MONTHS = 72  # beyond six years the blocks would bury the pattern
_CELL, _GAP = 10, 2  # drawing units
# The names in `calendar` follow the locale of the machine, and a site has to be the same on all of them.
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Month = tuple[int, int]


def calendar_figure(view: Calendar, slug: str) -> Html:
    """Draw the days of each month between the first and the last day, years below each other.

    Raises
    ------
    ValueError
        A day is not an ISO 8601 date.
    """
    counts = {date.fromisoformat(day): value for day, value in zip(view.days, view.values, strict=True)}
    if not counts:
        return frame(view, "calendar", slug, empty(), numbers=False)
    months = _months(min(counts), max(counts))
    if len(months) > _MOST_MONTHS:
        return heatmap(_by_month(view, counts), slug)
    steps = scale(counts.values())
    years = [
        _year(year, list(members), counts, steps, view.unit) for year, members in groupby(months, key=lambda m: m[0])
    ]
    note = element("p", {"class": "ds-note"}, "Each column is a week from Monday to Sunday.")
    return frame(view, "calendar", slug, join(*years), notes=join(legend(steps, view.unit), note))


def _months(first: date, last: date) -> list[Month]:
    places = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [(place // 12, place % 12 + 1) for place in places]


def _year(year: int, months: list[Month], counts: Mapping[date, int], steps: Scale, unit: str) -> Html:
    total = sum(value for day, value in counts.items() if day.year == year)
    heading = element(
        "p",
        {"class": "ds-year"},
        element("strong", None, str(year)),
        element("span", None, f" {measured(total, unit)}"),
    )
    blocks = [_month(month, counts, steps) for month in months]
    return element("div", {"class": "ds-year-block"}, heading, element("ul", {"class": "ds-months"}, *blocks))


def _month(month: Month, counts: Mapping[date, int], steps: Scale) -> Html:
    year, place = month
    total = sum(value for day, value in counts.items() if (day.year, day.month) == month)
    squares = []
    for week, days in enumerate(calendar.Calendar().monthdatescalendar(year, place)):
        for weekday, day in enumerate(days):
            if day.month == place:
                squares.append(
                    element(
                        "rect",
                        {
                            "x": week * (_CELL + _GAP),
                            "y": weekday * (_CELL + _GAP),
                            "width": _CELL,
                            "height": _CELL,
                            "rx": 2,
                            "class": f"ds-step-{steps.step(counts.get(day))}",
                        },
                    )
                )
    # Six columns for every month, so that the squares of all blocks have one size.
    box = f"0 0 {6 * (_CELL + _GAP) - _GAP} {7 * (_CELL + _GAP) - _GAP}"
    drawing = element("svg", {"viewBox": box, "aria-hidden": "true", "focusable": "false"}, *squares)
    name = element("span", {"class": "ds-month-name"}, _NAMES[place - 1])
    amount = element("span", {"class": "ds-month-total"}, _amount(total))
    return element("li", None, element("p", None, name, " ", amount), drawing)


def _amount(total: int) -> str:
    return NOTHING if not total else number(total) if total < 1_000_000 else compact(total)


def _by_month(view: Calendar, counts: Mapping[date, int]) -> Heatmap:
    sums: defaultdict[Month, int] = defaultdict(int)
    for day, value in counts.items():
        sums[day.year, day.month] += value
    years = range(min(counts).year, max(counts).year + 1)
    return Heatmap(
        view.title,
        tuple(str(year) for year in years),
        _NAMES,
        tuple(tuple(sums.get((year, month)) for month in range(1, 13)) for year in years),
        view.unit,
        view.summary,
    )
