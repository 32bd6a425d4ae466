r"""Scripts that hold data: their code has to be that of a script of the default branch.

A map is a script, because pages opened from disk may load scripts but no data. A preview may bring new ones, with
other data. Whether the code is the same is told by a normal form, for which a script is cut into tokens: comments,
words, numbers, strings in double quotes, marks. Anything else (regular expressions, templates, escapes) has none. Of
these, only numbers and strings of a few harmless forms are data, and lists of them; all else, ends of lines among it,
is code and stands in the normal form as it is. A script of a map is a row of statements, one for each layer and mark,
so there may be more or fewer of the statements that scripts of the default branch have, between the same beginning and
the same end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

INDEX = "searchindex.js"
MAPS = "_data/maps/"
_TOKEN = re.compile(
    r"""
    (?P<blank>\ +)
  | (?P<line>\n)
  | (?P<comment>/\*[^*\\]*\*/)
  | (?P<string>"[^"\\\x00-\x1f\u2028\u2029]*")
  | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?(?![\w.$]))
  | (?P<word>[A-Za-z_$][\w$]*)
  | (?P<mark>\.\.\.|\|\||[-+(){}\[\].,:;=]) """,
    re.VERBOSE | re.ASCII,
)
# What dsdocs.render.leaflet writes as strings that are data: steps between coordinates and ids of maps; in lists, bits.
_DATA = re.compile(r'"(?:[-0-9 ,]*|map_[0-9a-f]{12}(?:/[0-9]+)?)"')
_BITS = re.compile(r'"[A-Za-z0-9+/]+={0,2}"')
_NUMBERED = re.compile(r"map_[0-9a-f]{12}|(feature_group|circle_marker|polygon|poly_line)(?:_[0-9]+)+")
_SCALAR, _LIST, _LAYERS = "#", "#[]", "#layers"
_BEFORE_LIST = frozenset({"(", ",", ":", "["})  # after a name, brackets are no list but a place
_PREFIX, _SUFFIX = "Search.setIndex(", ")"
Statement = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """The statements of scripts, in their normal form."""

    first: frozenset[Statement]
    middle: frozenset[Statement]
    last: frozenset[tuple[Statement, ...]]  # two of them: what is returned, and what closes all

    def allows(self, text: str) -> bool:
        """Tell whether the code of a script is made of these statements."""
        try:
            found = statements(text)
        except ValueError:
            return False
        return found[0] in self.first and tuple(found[-2:]) in self.last and self.middle.issuperset(found[1:-2])


def code_of(texts: Iterable[str]) -> Code:
    """Gather the statements of the scripts of the default branch; those without a normal form are left out."""
    first: set[Statement] = set()
    middle: set[Statement] = set()
    last: set[tuple[Statement, ...]] = set()
    for text in texts:
        try:
            found = statements(text)
        except ValueError:
            continue
        first.add(found[0])
        middle.update(found[1:-2])
        last.add(tuple(found[-2:]))
    return Code(frozenset(first), frozenset(middle), frozenset(last))


def statements(text: str) -> list[Statement]:
    """Cut a script behind its semicolons, each part in its normal form.

    Raises
    ------
    ValueError
        The script has no normal form, or does not end with a semicolon and a line end.
    """
    parts: list[list[str]] = [[]]
    for token in _tokens(text):
        if token == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    if len(parts) < 2 or parts.pop() != ["\n"]:
        raise ValueError("is not a row of statements")
    return [_folded(part) for part in parts]


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"has something at character {at:,} that no script of data has")
        at = found.end()
        token = found[0]
        match found.lastgroup:
            case "blank":
                continue
            case "number":
                yield _SCALAR
            case "string":
                yield _SCALAR if _DATA.fullmatch(token) else token
            case "word" if named := _NUMBERED.fullmatch(token):
                yield f"{named[1] or 'map'}_#"
            case "word":
                yield _SCALAR if token == "null" else token
            case _:
                yield token


def _folded(tokens: list[str]) -> Statement:
    """Put one mark in the place of each list of data, from the inside out, and of the list of layers."""
    done: list[str] = []
    opened: list[int] = []
    for token in tokens:
        done.append(token)
        if token == "[":
            opened.append(len(done) - 1)
        elif token == "]":
            if not opened:
                raise ValueError("has brackets that do not match")
            start = opened.pop()
            inside = done[start + 1 : -1]
            before = next((token for token in reversed(done[:start]) if token != "\n"), None)
            if before in _BEFORE_LIST and _is_list(inside):
                done[start:] = [_LIST]
            elif _is_row(_layers(inside), {_LAYERS}):
                done[start:] = ["[", _LAYERS, "]"]
    return tuple(done)


def _is_list(tokens: list[str]) -> bool:
    return not tokens or _is_row([_SCALAR if _BITS.fullmatch(one) else one for one in tokens], {_SCALAR, _LIST})


def _is_row(tokens: list[str], items: set[str]) -> bool:
    """Tell whether tokens are some of these, with commas between them."""
    return len(tokens) % 2 == 1 and set(tokens[::2]) <= items and set(tokens[1::2]) <= {","}


def _layers(tokens: list[str]) -> list[str]:
    """Fold the two ways to write a layer in the list that a map's script returns."""
    joined = " ".join(tokens).replace("L . featureGroup ( )", _LAYERS).replace("feature_group_#", _LAYERS)
    return joined.split()


def index_problem(text: str, pages: frozenset[str]) -> str | None:
    """Return what is wrong with the index of the search, or None.

    Parameters
    ----------
    text
        ``searchindex.js``: one call with JSON.
    pages
        Paths of the preview's pages.
    """
    if not (text.startswith(_PREFIX) and text.rstrip("\n").endswith(_SUFFIX)):
        return "is not the index that Sphinx writes"
    try:
        index = json.loads(text.rstrip("\n")[len(_PREFIX) : -len(_SUFFIX)], parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return "is not one call with JSON alone"
    names = index.get("docnames") if isinstance(index, dict) else None
    if not isinstance(names, list) or not all(f"{name}.html" in pages for name in names):
        return "names pages that the site does not have"
    return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
