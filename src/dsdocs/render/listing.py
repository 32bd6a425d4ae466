"""Tables, trees of names, code and key figures."""

from __future__ import annotations

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from dsdocs.render.format import measured, number
from dsdocs.render.markup import Html, element
from dsdocs.render.parts import cells, empty, frame, scroller
from dsdocs.views import Code, Number, Numbers, Table, Tree

_LONG = 24  # rows from which a table scrolls within the page


def table(view: Table, slug: str) -> Html:
    """Show a table; the script sorts it where there is one to run."""
    if not view.columns or not view.rows:
        return frame(view, "table", slug, empty(), numbers=False)
    body = cells(view.title, view.columns, view.rows, sortable=True)
    return frame(view, "table", slug, scroller(view.title, body, tall=len(view.rows) > _LONG), numbers=False)


def tree(view: Tree, slug: str) -> Html:
    """Show names as nested lists; a depth that jumps down by more than one counts as one."""
    if not view.entries:
        return frame(view, "tree", slug, empty(), numbers=False)
    return frame(view, "tree", slug, scroller(view.title, _branch(list(view.entries))), numbers=False)


def _branch(entries: list[tuple[int, str, str]]) -> Html:
    """Nest the entries that are deeper than the one before them below it."""
    parents: list[tuple[tuple[int, str, str], list[tuple[int, str, str]]]] = []
    for entry in entries:
        if parents and entry[0] > parents[-1][0][0]:
            parents[-1][1].append(entry)
        else:
            parents.append((entry, []))
    items = []
    for (_, name, note), below in parents:
        said = element("span", {"class": "ds-tree-note"}, note) if note else Html("")
        kind = "ds-tree-folder" if below or name.endswith("/") else None
        items.append(
            element(
                "li",
                {"class": kind},
                element("code", None, name),
                said,
                _branch(below) if below else Html(""),
            )
        )
    return element("ul", {"class": "ds-tree-list", "role": "list"}, *items)


def code(view: Code, slug: str) -> Html:
    """Show text with the theme's highlighting; the classes are those that the copy button looks for."""
    # Pygments escapes the text itself: it is the one writer of HTML beside markup.py.
    lexer = get_lexer_by_name(view.language, stripnl=False, ensurenl=False)
    lines = Html(highlight(view.text, lexer, HtmlFormatter(nowrap=True)))
    pre = element("pre", {"tabindex": 0, "aria-label": view.title}, Html("<span></span>"), lines)
    inner = element("div", {"class": "highlight"}, pre)
    outer = element("div", {"class": f"highlight-{view.language} notranslate"}, inner)
    return frame(view, "code", slug, outer, numbers=False)


def numbers(view: Numbers, slug: str) -> Html:
    """Show key figures side by side."""
    return frame(view, "numbers", slug, cards(view.items) if view.items else empty(), numbers=False)


def one_number(view: Number, slug: str) -> Html:
    """Show one figure in a sentence's height."""
    return frame(
        view,
        "number",
        slug,
        element("p", {"class": "ds-value"}, measured(view.value, view.unit)),
        numbers=False,
    )


def cards(items: tuple[Number, ...]) -> Html:
    """Build the list of key figures: what it is, how much, of what."""
    pairs = [
        element(
            "div",
            None,
            element("dt", None, item.title),
            element(
                "dd",
                None,
                element("span", {"class": "ds-value ds-words" if _wordy(item) else "ds-value"}, number(item.value)),
                element("span", {"class": "ds-unit"}, " ", item.unit) if item.unit else Html(""),
            ),
        )
        for item in items
    ]
    # Rows of three or four, whichever leaves no card alone.
    wide = 4 if len(items) % 4 == 0 or len(items) % 4 > len(items) % 3 > 0 else 3
    return element("dl", {"class": f"ds-cards ds-cards-{wide}"}, *pairs)


def _wordy(item: Number) -> bool:
    return isinstance(item.value, str) and len(item.value) > 8
