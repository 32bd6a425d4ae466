"""Small drawings side by side: lines along an axis, and histograms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dsdocs.render.format import number
from dsdocs.render.markup import Html, element, join
from dsdocs.render.parts import empty, frame
from dsdocs.views import Distribution, Histograms, Lines, Series

_WIDTH, _HEIGHT = 240, 132  # drawing units of one panel
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 16, 18
_GROUND = _HEIGHT - _BOTTOM
_MOST_NAMES = 4  # names of places below an axis without numbers
_APART = 40  # drawing units between the numbers of an axis
_LEVELS = 3  # lines behind a panel at most

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    start: float  # drawing units
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.5
        return self.start + share * (self.end - self.start)


def lines(view: Lines, slug: str) -> Html:
    """Draw a panel for each series: its values, their spread as a ribbon, and what all are compared with in grey.

    Raises
    ------
    ValueError
        A series does not have a value and a spread for each place.
    """
    count = len(view.places)
    shared: list[Values] = [view.common] if view.common else []
    if any(
        len(each) != count for each in (view.names, *shared, *(v for s in view.series for v in (s.values, s.spread)))
    ):
        raise ValueError(f"lines {view.title!r}: expected {count} values of each series, as there are places")
    if not view.series or not count:
        return frame(view, "lines", slug, empty(), numbers=False)
    ends = [end for series in view.series for end in _ends(series)] or [0.0]
    across = _Scale(view.places[0], view.places[-1], _LEFT, _WIDTH - _RIGHT)
    up = _Scale(min(0.0, *ends) if len(ends) > 1 else 0.0, max(ends), _GROUND, _TOP)
    items = [_panel(series.name, series.note, *_line(series, view, across, up)) for series in view.series]
    return frame(view, "lines", slug, _grid(items), notes=_line_notes(view))


def _ends(series: Series) -> Iterator[float]:
    for value, spread in zip(series.values, series.spread, strict=True):
        if value is not None:
            yield value + (spread or 0.0)
            yield value - (spread or 0.0)


def _line(series: Series, view: Lines, across: _Scale, up: _Scale) -> Iterator[Html]:
    yield _rule(up(0.0) if up.low < 0 < up.high else _GROUND)
    for value in _round_numbers(up.low, up.high, _LEVELS):
        if value:
            yield _rule(up(value), "ds-grid-line")
            yield _text(_LEFT, up(value) - 3, number(value), "start")
    yield from _axis(view, across)
    for run in _runs(series):
        places = [across(view.places[index]) for index in run]
        middle = [series.values[index] or 0.0 for index in run]
        spread = [series.spread[index] or 0.0 for index in run]
        upper = [up(value + size) for value, size in zip(middle, spread, strict=True)]
        lower = [up(value - size) for value, size in zip(middle, spread, strict=True)]
        ribbon = [*zip(places, upper, strict=True), *reversed(list(zip(places, lower, strict=True)))]
        yield element("path", {"d": _path(ribbon) + "Z", "class": "ds-ribbon"})
        if view.common:
            grey = [(across(view.places[i]), up(v)) for i in run if (v := view.common[i]) is not None]
            yield element("path", {"d": _path(grey), "class": "ds-common"})
        points = list(zip(places, (up(value) for value in middle), strict=True))
        yield element("path", {"d": _path(points), "class": "ds-curve"})
        for x, y in points:
            yield element("circle", {"cx": _short(x), "cy": _short(y), "r": 1.7, "class": "ds-dot"})


def _runs(series: Series) -> list[list[int]]:
    """Return the places with values, cut where one is missing."""
    runs: list[list[int]] = [[]]
    for index, value in enumerate(series.values):
        if value is not None:
            runs[-1].append(index)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _axis(view: Lines, across: _Scale) -> Iterator[Html]:
    if not view.axis:
        step = max(1, math.ceil(len(view.names) / _MOST_NAMES))
        for index in range(0, len(view.names), step):
            yield _tick(across(view.places[index]), view.names[index])
        return
    for value in _round_numbers(across.low, across.high, (_WIDTH - _LEFT - _RIGHT) // _APART):
        yield _tick(across(value), f"{value:g}")


def _line_notes(view: Lines) -> Html:
    what = [f"{view.axis[:1].upper()}{view.axis[1:]} to the right" if view.axis else "Bands to the right"]
    what.append(f"{view.unit} upwards, on one scale in all panels" if view.unit else "values upwards, on one scale")
    spread = any(size is not None for series in view.series for size in series.spread)
    drawn = ["Line: mean; ribbon: mean ± standard deviation"] if spread else []
    drawn += [f"dashed: {view.common_name}"] if view.common else []
    note = f"{', '.join(what)}."
    if drawn:
        note += f" {'; '.join(drawn)[:1].upper()}{'; '.join(drawn)[1:]}."
    return element("p", {"class": "ds-note"}, note)


def histograms(view: Histograms, slug: str) -> Html:
    """Draw a panel for each distribution, as tall as its fullest bin, with its marks.

    Raises
    ------
    ValueError
        A distribution does not have all marks.
    """
    if any(len(each.marks) != len(view.mark_names) for each in view.distributions):
        raise ValueError(f"histograms {view.title!r}: expected {len(view.mark_names)} marks of each distribution")
    if not view.distributions:
        return frame(view, "histograms", slug, empty(), numbers=False)
    items = [_panel(each.name, each.note, *_histogram(each)) for each in view.distributions]
    marks = f" Dotted: {', '.join(view.mark_names)}." if view.mark_names else ""
    unit = f" ({view.unit})" if view.unit else ""
    note = f"Value{unit} to the right, {view.counted} upwards; each panel has its own scales.{marks}"
    return frame(view, "histograms", slug, _grid(items), notes=element("p", {"class": "ds-note"}, note))


def _histogram(each: Distribution) -> Iterator[Html]:
    end = each.start + each.width * len(each.counts)
    across = _Scale(each.start, end, _LEFT, _WIDTH - _RIGHT)
    up = _Scale(0.0, float(max(each.counts, default=0)) or 1.0, _GROUND, _TOP)
    points = [(across(each.start), float(_GROUND))]
    for index, count in enumerate(each.counts):
        left, right = (across(each.start + each.width * place) for place in (index, index + 1))
        points += [(left, up(count)), (right, up(count))]
    points.append((across(end), float(_GROUND)))
    yield element("path", {"d": _path(points) + "Z", "class": "ds-area"})
    yield _rule(_GROUND)
    for mark in each.marks:
        if across.low <= mark <= across.high:
            place = _short(across(mark))
            yield element("line", {"x1": place, "y1": _TOP - 4, "x2": place, "y2": _GROUND, "class": "ds-mark"})
    for value in _round_numbers(across.low, across.high, (_WIDTH - _LEFT - _RIGHT) // _APART):
        yield _tick(across(value), number(value))


def _grid(items: Sequence[Html]) -> Html:
    return element("ul", {"class": "ds-panels", "role": "list"}, *items)


def _panel(name: str, note: str, *drawn: Html) -> Html:
    head = element(
        "p",
        {"class": "ds-panel-head"},
        element("span", {"class": "ds-panel-name"}, name),
        join("\n", element("span", {"class": "ds-panel-note"}, note)) if note else Html(""),
    )
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    drawing = element("svg", {"viewBox": box, "aria-hidden": "true", "focusable": "false"}, *drawn)
    return element("li", {"class": "ds-panel"}, head, drawing)


def _round_numbers(low: float, high: float, most: int) -> list[float]:
    """Return at most so many round numbers from one end of an axis to the other."""
    if not high > low:
        return [low]
    raw = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    first = math.ceil(low / step - 1e-9)
    return [round(place * step, 12) for place in range(first, math.floor(high / step + 1e-9) + 1)]


def _tick(x: float, label: str) -> Html:
    # A label at an end of the axis leans inwards, so that it is not cut off.
    anchor = "start" if x < _LEFT + 12 else "end" if x > _WIDTH - _RIGHT - 12 else "middle"
    return _text(x, _HEIGHT - 4, label, anchor)


def _text(x: float, y: float, label: str, anchor: str) -> Html:
    return element("text", {"x": _short(x), "y": _short(y), "text-anchor": anchor, "class": "ds-tick"}, label)


def _rule(y: float, kind: str = "ds-rule") -> Html:
    return element("line", {"x1": 0, "y1": _short(y), "x2": _WIDTH, "y2": _short(y), "class": kind})


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "".join(f"{'L' if index else 'M'}{_short(x)} {_short(y)}" for index, (x, y) in enumerate(points))


def _short(value: float) -> str:
    return f"{value:.1f}"
