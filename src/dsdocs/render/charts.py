"""Bars and heat maps: tables that the style sheet draws, to be read, searched, copied and printed."""

from __future__ import annotations

from dsdocs.render.format import NOTHING, brief, exact, number, percent
from dsdocs.render.markup import Html, element
from dsdocs.render.parts import empty, frame, legend, scroller
from dsdocs.render.scale import Scale, scale
from dsdocs.views import Bars, Heatmap

_LONG = 24  # rows from which a heat map scrolls within the page


def bars(view: Bars, slug: str) -> Html:
    """Draw one bar per category; its length is the share of the largest value."""
    if not view.values:
        return frame(view, "bars", slug, empty(), numbers=False)
    top = max(view.values)
    # No roles: the style sheet turns the cells into a grid, and browsers have kept a table's own meaning through that
    # since about 2022; a validator refuses roles that repeat it.
    lines = [_bar(name, value, top, view.whole) for name, value in zip(view.categories, view.values, strict=True)]
    header = element(
        "thead",
        {"class": "ds-sr"},
        element(
            "tr",
            None,
            element("th", {"scope": "col"}, "Category"),
            element("th", {"scope": "col"}, view.unit or "Value"),
        ),
    )
    caption = element("caption", {"class": "ds-sr"}, view.title)
    body = element("tbody", None, *lines)
    drawing = element("table", {"class": "ds-bars-table"}, caption, header, body)
    unit = element("p", {"class": "ds-unit-note"}, view.unit) if view.unit else Html("")
    return frame(view, "bars", slug, Html(unit + drawing), numbers=False)


def _bar(name: str, value: float, top: float, whole: float | None) -> Html:
    share = min(max(value / top, 0.0), 1.0) if top > 0 and value == value else 0.0
    return element(
        "tr",
        None,
        element("th", {"scope": "row"}, name),
        element(
            "td",
            None,
            element("span", {"class": "ds-bar", "style": f"--ds-share:{share:.4f}"}),
            element("span", {"class": "ds-value"}, number(value), *_part(value, whole)),
        ),
    )


def _part(value: float, whole: float | None) -> tuple[str, ...]:
    """Write the share of the whole behind a value."""
    return (" ", element("span", {"class": "ds-part"}, percent(value / whole))) if whole else ()


def heatmap(view: Heatmap, slug: str) -> Html:
    """Colour each cell by its value and write the value into it.

    Where the view has a middle, the colour tells how far a value is from it, and on which side it lies.
    """
    if not view.rows or not view.columns:
        return frame(view, "heatmap", slug, empty(), numbers=False)
    known = (value for line in view.values for value in line if value is not None)
    steps = scale(known if view.middle is None else (abs(value - view.middle) for value in known))
    header = element(
        "tr",
        None,
        element("th", {"scope": "col", "class": "ds-corner"}, view.unit or "value"),
        *(element("th", {"scope": "col"}, element("span", None, name)) for name in view.columns),
    )
    body = []
    for name, values in zip(view.rows, view.values, strict=True):
        if len(values) != len(view.columns):
            raise ValueError(
                f"heat map {view.title!r}: row {name!r} has {len(values)} values, expected {len(view.columns)}"
            )
        squares = [element("td", {"class": _colour(steps, value, view.middle)}, _short(value)) for value in values]
        body.append(element("tr", None, element("th", {"scope": "row"}, name), *squares))
    drawing = element(
        "table",
        {"class": "ds-heat ds-heat-upright" if _upright(view) else "ds-heat"},
        element("caption", {"class": "ds-sr"}, view.title),
        element("thead", None, header),
        element("tbody", None, *body),
    )
    shortened = any(_short(value) != exact(value) for line in view.values for value in line if value is not None)
    # Where the names of the columns would leave the screen, they stay and the rows pass below them.
    region = scroller(view.title, drawing, tall=len(view.rows) > _LONG)
    return frame(view, "heatmap", slug, region, numbers=shortened, notes=legend(steps, view.unit, view.middle))


def _colour(steps: Scale, value: float | None, middle: float | None) -> str:
    if value is None or middle is None:
        return f"ds-step-{steps.step(value)}"
    place = steps.step(abs(value - middle))
    return f"ds-under-{place}" if value < middle and place else f"ds-step-{place}"


def _upright(view: Heatmap) -> bool:
    """Tell whether the column names need to stand on end."""
    return len(view.columns) > 12 or max(map(len, view.columns)) > 9


def _short(value: float | None) -> str:
    return NOTHING if value is None else brief(value)
