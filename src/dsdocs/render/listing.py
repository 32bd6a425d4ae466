"""Tables, trees of names, code and key figures."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from struct import unpack

from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from dsdocs.render.format import measured, number
from dsdocs.render.markup import Attributes, Html, data_link, element, join, legible, text
from dsdocs.render.parts import cells, empty, frame, scroller
from dsdocs.views import Code, Number, Numbers, Table, Tree

_LONG = 24  # rows from which a table scrolls within the page


def table(view: Table, slug: str) -> Html:
    """Show a table; the script sorts it where there is one to run."""
    if not view.columns or not view.rows:
        return frame(view, "table", slug, empty(), numbers=False)
    lines = view.rows[: view.shown]
    body = cells(view.title, view.columns, lines, sortable=True, links=view.links)
    rest = len(view.rows) - len(lines)
    said = f"The first {len(lines):,} of {len(view.rows):,} rows; the CSV has all."
    note = element("p", {"class": "ds-note ds-shown"}, said)
    return frame(
        view,
        "table",
        slug,
        scroller(view.title, body, tall=len(lines) > _LONG),
        numbers=False,
        notes=note if rest else None,
    )


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
        said = join(" ", element("span", {"class": "ds-tree-note"}, note)) if note else Html("")
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
    lexer = get_lexer_by_name(view.language, stripnl=False, ensurenl=False)
    # Not Pygments' own formatter: text becomes HTML in one place only, and that formatter leaves quotes as they are.
    spans = [_token(kind, value) for kind, value in lexer.get_tokens(legible(view.text))]
    # A parser drops a line break right after <pre>; the empty element in between keeps it.
    pre = element("pre", {"tabindex": 0, "role": "group", "aria-label": view.title}, element("span"), *spans)
    inner = element("div", {"class": "highlight"}, pre)
    outer = element("div", {"class": f"highlight-{view.language} notranslate"}, inner)
    return frame(view, "code", slug, join(outer, *_results(view, slug)), numbers=False)


def _results(view: Code, slug: str) -> Iterator[Html]:
    """Show what the code printed and drew."""
    if view.output:
        yield element(
            "pre",
            {"class": "ds-output-text", "tabindex": 0, "role": "group", "aria-label": f"Output of {view.title}"},
            legible(view.output),
        )
    if view.drawing:
        width, height = unpack(">II", b64decode(view.drawing)[16:24])  # of the PNG's first chunk
        size: Attributes = {"width": width, "height": height, "loading": "lazy"}
        source = data_link(f"figures/{slug}.png")
        yield element("img", {"class": "ds-drawing", "src": source, "alt": view.summary, **size})


def _token(kind: _TokenType, value: str) -> Html:
    """Build the span of a token with the short class of Pygments' style sheets, or bare text where it has none."""
    # A lexer's own kinds have no class; their nearest ancestor has. The root has an empty one.
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    name = STANDARD_TYPES.get(kind, "")
    return element("span", {"class": name}, value) if name else text(value)


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
