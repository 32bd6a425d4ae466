"""The one place where text becomes HTML: everything that is not `Html` is escaped here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

Attributes = Mapping[str, str | int | float | bool | None]

_VOID = frozenset({"circle", "img", "input", "line", "path", "rect"})
# Followed by a line break: Sphinx's search drops the tags, and the words of neighbouring cells would run together.
_APART = frozenset({"caption", "dd", "dt", "figcaption", "label", "legend", "li", "p", "summary", "td", "text", "th"})
# A parser replaces or refuses these, and a lone surrogate cannot be encoded at all.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


class Html(str):
    """Text that is HTML already; only this module and the drawings of this package make it."""

    __slots__ = ()


def legible(value: str) -> str:
    """Replace the characters that HTML cannot hold."""
    return _NOT_TEXT.sub("\ufffd", value)


def text(value: str) -> Html:
    """Escape a string for HTML text and for attributes in double quotes."""
    return Html(escape(legible(value), quote=True))


def breakable(value: str) -> Html:
    """Escape a string and allow line breaks after the separators of file and patch names."""
    return Html(re.sub(r"(?<=[_/])(?=.)", "<wbr/>", text(value)))


def join(*parts: str, separator: str = "") -> Html:
    """Concatenate, escaping each part that is not `Html` yet."""
    return Html(separator.join(part if isinstance(part, Html) else text(part) for part in parts))


def element(tag: str, attributes: Attributes | None = None, *children: str) -> Html:
    """Build one element.

    Parameters
    ----------
    tag
        Name of the element.
    attributes
        ``None`` and ``False`` leave the attribute out, ``True`` writes it without a value.
    children
        Strings are escaped, `Html` is taken as it is.
    """
    opening = "".join(_attribute(name, value) for name, value in (attributes or {}).items())
    if tag in _VOID:
        # The slash lets the same markup be read as HTML and as XML.
        return Html(f"<{tag}{opening}/>")
    end = "\n" if tag in _APART else ""
    return Html(f"<{tag}{opening}>{join(*children)}</{tag}>{end}")


def _attribute(name: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return f' {name}=""'
    return f' {name}="{text(str(value))}"'


def data_link(path: str) -> str:
    """Return the address of a file in the site's data folder; the site makes it relative to the page."""
    return "dsdocs:" + quote(path, safe="/-_.~")


def embedded_json(value: Any) -> Html:
    """Return JSON that is safe inside a ``<script>`` element: no ``<``, ``>`` or ``&`` is left in it."""
    dumped = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return Html(dumped.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
