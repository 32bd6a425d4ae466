"""Measures beside a slider that scales the scores they are computed from."""

from __future__ import annotations

from dsdocs.render.markup import Attributes, Html, element, join
from dsdocs.render.parts import cells, empty, frame, scroller
from dsdocs.render.table import rows
from dsdocs.views import Scaling

_LOWEST, _HIGHEST, _STEP = 0.1, 1.5, 0.05  # of the slider


def scaling(view: Scaling, slug: str) -> Html:
    """Draw the measures of the unscaled scores as bars, which the script moves, above a table of some factors."""
    if not view.scores or 1.0 not in view.factors:
        return frame(view, "scaling", slug, empty(), numbers=False)
    first = view.values[view.factors.index(1.0)]
    lines = [_line(name, value) for name, value in zip(view.measures, first, strict=True)]
    header = element(
        "thead",
        {"class": "ds-sr"},
        element(
            "tr",
            None,
            element("th", {"scope": "col"}, "Measure"),
            element("th", {"scope": "col"}, "Value, and its change"),
        ),
    )
    bars = element(
        "table",
        {"class": "ds-bars-table"},
        element("caption", {"class": "ds-sr"}, f"{view.title}: now"),
        header,
        element("tbody", None, *lines),
    )
    data: Attributes = {
        "class": "ds-scaling-panel",
        "data-ds-truth": ";".join(" ".join(row) for row in view.truth),
        "data-ds-scores": ";".join(" ".join(f"{score:g}" for score in row) for row in view.scores),
        "data-ds-threshold": view.threshold,
    }
    columns, table = rows(view)
    below = scroller(view.title, cells(f"{view.title}: some factors", columns, table))
    return frame(view, "scaling", slug, join(element("div", data, _slider(slug), bars), "\n", below), numbers=False)


def _slider(slug: str) -> Html:
    """Build the control; it stays hidden where no script shows it."""
    field: Attributes = {
        "type": "range", "id": f"{slug}-factor", "min": _LOWEST, "max": _HIGHEST, "step": _STEP, "value": 1,
        "autocomplete": "off",
    }  # fmt: skip
    label = element("label", {"for": f"{slug}-factor"}, "All scores times")
    output = element("output", {"for": f"{slug}-factor"}, "\N{MULTIPLICATION SIGN} 1.00")
    return element("div", {"class": "ds-slider", "hidden": True}, label, element("input", field), output)


def _line(name: str, value: float) -> Html:
    return element(
        "tr",
        {"data-ds-measure": name},
        element("th", {"scope": "row"}, name),
        element(
            "td",
            None,
            element("span", {"class": "ds-bar", "style": f"--ds-share:{value:.4f}"}),
            element("span", {"class": "ds-value"}, f"{value:.3f}"),
            element("span", {"class": "ds-change"}),
        ),
    )
