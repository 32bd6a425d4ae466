"""What figures share: the frame with title, finding, numbers and links; tables; the legend of a scale."""

from __future__ import annotations

import re
from collections.abc import Collection

from dsdocs.render.chart_json import chart_path
from dsdocs.render.format import cell, number
from dsdocs.render.markup import Html, breakable, data_link, element, join
from dsdocs.render.scale import Scale
from dsdocs.render.table import Columns, Rows, grouped, numeric, rows
from dsdocs.render.text import finding
from dsdocs.views import Cell, View

_SHORT = 32  # characters up to which a cell stays on one line
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_NOTHING_TO_SHOW = "Nothing to show: the data set holds no values for this."


def frame(view: View, kind: str, slug: str, drawing: Html, *, numbers: bool = True, notes: Html | None = None) -> Html:
    """Put a drawing into its figure.

    Parameters
    ----------
    view
        Gives the title, the finding and the numbers.
    kind
        Ends the class ``ds-<kind>`` of the figure.
    slug
        Becomes the id of the figure and the start of every id in it.
    drawing
        What stands between the title and the links.
    numbers
        Whether the numbers follow as a table of their own; not needed where the drawing is that table.
    notes
        A legend or the source of a base map.
    """
    said = finding(view)
    caption = element(
        "figcaption",
        {"class": "ds-caption"},
        element("span", {"class": "ds-title", "id": f"{slug}-title"}, view.title),
        "\n",
        element("span", {"class": "ds-finding", "id": f"{slug}-finding"}, said) if said else Html(""),
    )
    attributes = {"class": f"ds-view ds-{kind}", "id": slug, "aria-labelledby": f"{slug}-title"}
    return element("figure", attributes, caption, drawing, notes or Html(""), _tools(view, slug, numbers=numbers))


def empty() -> Html:
    """Say that there is nothing to draw."""
    return element("p", {"class": "ds-empty"}, _NOTHING_TO_SHOW)


def described_by(view: View, slug: str) -> str | None:
    """Return the id of the finding, for the drawing that it stands for."""
    return f"{slug}-finding" if finding(view) else None


def scroller(label: str, *children: Html, tall: bool = False) -> Html:
    """Wrap what may be wider than the page: it scrolls on its own, by keyboard too."""
    kind = "ds-scroll ds-scroll-tall" if tall else "ds-scroll"
    return element("div", {"class": kind, "role": "group", "aria-label": label, "tabindex": 0}, *children)


def cells(caption: str, columns: Columns, lines: Rows, *, sortable: bool = False, links: Collection[int] = ()) -> Html:
    """Build a table whose first column names the rows and whose numbers are aligned right.

    In the columns of ``links``, what is an address of the web becomes a link that lends the target no weight.
    """
    wide = grouped(lines, len(columns))
    kinds = [_kind(lines, place, at_right) for place, at_right in enumerate(numeric(lines, len(columns)))]
    header = [
        element("th", {"scope": "col", "class": kind}, name or " ") for name, kind in zip(columns, kinds, strict=True)
    ]
    body = [
        element(
            "tr",
            None,
            *(
                element(
                    "td" if place else "th",
                    {"scope": None if place else "row", "class": kinds[place]},
                    _linked(value) if place in links else breakable(cell(value, grouped=wide[place])),
                )
                for place, value in enumerate(line)
            ),
        )
        for line in lines
    ]
    return element(
        "table",
        {"class": "ds-table-cells", "data-ds-sortable": sortable and len(lines) > 1},
        element("caption", {"class": "ds-sr"}, caption),
        element("thead", None, element("tr", None, *header)),
        element("tbody", None, *body),
    )


def _linked(value: Cell) -> Html:
    said = breakable(cell(value))
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return element("a", {"href": value, "rel": "nofollow noopener noreferrer"}, said)
    return said


def _kind(lines: Rows, place: int, at_right: bool) -> str | None:
    if at_right:
        return "ds-num"
    longest = max((len(value) for line in lines if isinstance(value := line[place], str)), default=0)
    return "ds-short" if longest <= _SHORT else None


def legend(scale: Scale, unit: str, middle: float | None = None) -> Html:
    """Print the limits of the steps beside their colours; with a middle, the limits are distances from it."""
    if not scale.limits:
        return Html("")
    sides = ("step",) if middle is None else ("under", "step")
    entries = [
        element(
            "li",
            None,
            *(
                element("span", {"class": f"ds-swatch ds-{side}-{scale.step(limit)}", "aria-hidden": "true"})
                for side in sides
            ),
            f"≤ {number(limit)}",
        )
        for limit in scale.limits
    ]
    if middle is not None:
        ends = (("under", f"below {number(middle)}"), ("step", f"above {number(middle)}"))
        for place, (side, said) in enumerate(ends):
            swatch = element("span", {"class": f"ds-swatch ds-{side}-4", "aria-hidden": "true"})
            entries.insert(place, element("li", None, swatch, said))
    label = element("span", {"class": "ds-legend-unit"}, unit) if unit else Html("")
    return element("div", {"class": "ds-legend"}, label, element("ul", {"role": "list"}, *entries))


def _tools(view: View, slug: str, *, numbers: bool) -> Html:
    columns, lines = rows(view)
    parts: list[Html] = []
    if columns and numbers:
        table = cells(f"Numbers: {view.title}", columns, lines)
        summary = element("summary", None, "Numbers", element("span", {"class": "ds-sr"}, f" of {view.title}"))
        label = f"Numbers of {view.title}"
        parts.append(element("details", {"class": "ds-numbers-table"}, summary, scroller(label, table, tall=True)))
    if columns:
        hidden = element("span", {"class": "ds-sr"}, f" with the numbers of {view.title}")
        link = {"href": data_link(f"csv/{slug}.csv"), "download": f"{slug}.csv"}
        parts.append(element("a", link, "CSV", hidden))
        parts.append(element("a", {"href": data_link(chart_path(slug))}, "JSON", hidden))
    hidden = element("span", {"class": "ds-sr"}, f" to {view.title}")
    parts.append(element("a", {"href": f"#{slug}", "class": "ds-permalink"}, "Link", hidden))
    return element("div", {"class": "ds-tools"}, join(*parts))
