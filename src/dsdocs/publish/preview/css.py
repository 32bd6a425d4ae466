r"""Style sheets that load nothing from elsewhere, and that cannot hide the banner of a preview.

A small reader of the tokens of CSS Syntax Level 3, section 4, that knows comments, strings and functions; whatever it
does not know exactly is refused, escapes outside of strings among it: ``@\69mport`` is an import.

What the style sheets of the default branch say may be said again, rule by rule. Other rules, and ``style`` attributes,
may set what is listed here: looks, but neither places (``position: fixed``) nor text (``content``).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

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
_LOOKS = """
background background-color border border-block border-bottom border-bottom-color border-bottom-style
border-bottom-width border-collapse border-color border-inline border-left border-left-color border-left-style
border-left-width border-radius border-right border-right-color border-right-style border-right-width border-spacing
border-style border-top border-top-color border-top-style border-top-width border-width caption-side color
empty-cells fill fill-opacity fill-rule font font-family font-size font-style font-variant
font-variant-numeric font-weight height hyphens letter-spacing line-height list-style list-style-position
list-style-type max-height max-width min-height min-width overflow-wrap padding padding-block padding-bottom
padding-inline padding-left padding-right padding-top stroke stroke-dasharray stroke-dashoffset stroke-linecap
stroke-linejoin stroke-miterlimit stroke-opacity stroke-width tab-size table-layout text-align text-anchor
text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent text-transform
vertical-align white-space width word-break word-spacing word-wrap
"""
# Of one element, which is not the banner nor what it lies in, but never above it.
_OF_ELEMENTS = """
align-items align-self aspect-ratio bottom box-sizing clear column-count column-gap display flex flex-basis
flex-direction flex-flow flex-grow flex-shrink flex-wrap float gap grid-area grid-column grid-row
grid-template-columns grid-template-rows inset justify-content justify-items left margin margin-block margin-bottom
margin-inline margin-left margin-right margin-top object-fit object-position opacity order overflow overflow-x
overflow-y right row-gap top visibility
"""
LOOKS = frozenset(_LOOKS.split())
OF_ELEMENTS = LOOKS | frozenset(_OF_ELEMENTS.split())
_OWN = "--ds-"  # of our figures: lengths of bars and the like


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


def rules(text: str) -> Iterator[str]:
    """Yield the rules of a style sheet, each with blanks and comments in one form; `addresses` has read it before."""
    depth, tokens = 0, list[str]()
    for found in _TOKEN.finditer(text):
        token = "/**/" if found["comment"] else " " if found[0].isspace() else found[0]
        if token != " " or (tokens and tokens[-1] != " "):
            tokens.append(token)
        depth = max(0, depth + (token == "{") - (token == "}"))
        if not depth and token in (";", "}"):
            yield "".join(tokens)
            tokens.clear()
    if any(token != " " for token in tokens):
        yield "".join(tokens)


def hiding(rule: str, allowed: Container[str]) -> str | None:
    """Return the first property that a rule, or the value of an attribute, sets and may not, or None."""
    # The value of an attribute begins with the name of a property, a rule with a selector.
    before, name = ";" if allowed is OF_ELEMENTS else "", ""
    for found in _TOKEN.finditer(rule):
        token = found[0]
        if found["comment"] or token.isspace():
            continue
        own = allowed is OF_ELEMENTS and name.startswith(_OWN)
        if token == ":" and name and not own and name.casefold() not in allowed:
            return name
        # Of what is set, the name comes first; where a selector does, as in "tr:hover", its element is taken for one.
        name = token if found["word"] and before in ("{", "}", ";") else ""
        before = token
    return None


def rule_problems(text: str, known: Container[str]) -> Iterator[str]:
    """Yield what the rules of a style sheet set and may not, unless the default branch has these rules."""
    for rule in rules(text):
        if rule not in known and (name := hiding(rule, LOOKS)):
            yield f"sets {name} in the rule {rule[:60]!r}, which the default branch has not; it may set looks alone"


def _is_inline(address: str) -> bool:
    # A picture in a style sheet is drawn as one: scripts in an SVG do not run, and it loads nothing (SVG 2, 2.7).
    return is_picture(address) or address.startswith(("data:image/svg+xml", "#"))
