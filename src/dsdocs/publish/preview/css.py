r"""Style sheets that load nothing from elsewhere.

A small reader of the tokens of CSS Syntax Level 3, section 4, that knows comments, strings and functions; whatever it
does not know exactly is refused, escapes outside of strings among it: ``@\69mport`` is an import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsdocs.publish.preview.links import is_picture

_TOKEN = re.compile(
    r"""
    (?P<comment>/\*.*?\*/)
  | (?P<string>"(?:[^"\\\n\r\f]|\\[^\n\r\f])*"|'(?:[^'\\\n\r\f]|\\[^\n\r\f])*')
  | (?P<url>url\(\s*(?:(?P<quoted>"[^"\\\n\r\f]*"|'[^'\\\n\r\f]*')|(?P<bare>[^"'()\\\s]*))\s*\))
  | (?P<function>[-\w]+\()
  | (?P<at>@[-\w]+)
  | (?P<word>[-\w]+)
  | (?P<other>(?!/\*)[^"'\\]) """,
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
# Rules that load nothing. @import loads, @namespace and @charset change how the rest is read.
_RULES = frozenset(
    {
        "@media",
        "@supports",
        "@font-face",
        "@keyframes",
        "@-webkit-keyframes",
        "@layer",
        "@container",
        "@page",
        "@property",
    }
)
# Functions that take an address as a string, or ran programs in old browsers.
_LOADING = frozenset({"url(", "src(", "image(", "image-set(", "-webkit-image-set(", "expression(", "element("})
_PROGRAMS = frozenset({"behavior", "-moz-binding"})


def addresses(text: str) -> Iterator[str]:
    """Yield the addresses that a style sheet, or the value of a ``style`` attribute, loads.

    Raises
    ------
    ValueError
        It holds what is refused; the message says what.
    """
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"has an escape or an open string or comment at character {at:,}: {text[at : at + 20]!r}")
        at = found.end()
        word = found[0].casefold()
        if found["url"]:
            address = found["bare"] if found["quoted"] is None else found["quoted"][1:-1]
            if not _is_inline(address):
                yield address
        elif found["at"] and word not in _RULES:
            raise ValueError(f"has the rule {found[0]}, which loads other style sheets or changes how this one is read")
        elif (found["function"] and word in _LOADING) or (found["word"] and word in _PROGRAMS):
            raise ValueError(f"has {found[0]!r}, which loads or runs something")


def _is_inline(address: str) -> bool:
    # A picture in a style sheet is drawn as one: scripts in an SVG do not run, and it loads nothing (SVG 2, 2.7).
    return is_picture(address) or address.startswith(("data:image/svg+xml", "#"))
