"""Verify a drawing that is a file: opened by itself it is a document of the site's origin, without any policy."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from dsdocs.publish.preview import css
from dsdocs.publish.preview.elements import ELEMENTS, LISTENING, SVG, TEXT_ONLY, may_have

_DEPTH = 100  # elements within one another
_MARK = " "  # between namespace and name, as expat is told to write them
# What drawing programs note about themselves; no browser reads it.
_ABOUT = frozenset(
    {
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://creativecommons.org/ns#",
        "http://purl.org/dc/elements/1.1/",
    }
)  # fmt: skip
_DOCTYPE = (
    "svg",
    "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd",
    "-//W3C//DTD SVG 1.1//EN",
)  # as matplotlib writes it


def svg_problems(data: bytes) -> list[str]:
    """Return what is wrong with an SVG file."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", _MARK)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.ProcessingInstructionHandler = reader.instruction
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.entity
    parser.XmlDeclHandler = reader.declaration
    try:
        data.decode("utf-8")
        parser.Parse(data, True)
    except (expat.ExpatError, UnicodeDecodeError) as error:
        return [*dict.fromkeys(reader.problems), f"is not XML in UTF-8: {error}"]
    return list(dict.fromkeys(reader.problems))


class _Reader:
    """Follows a parser and notes what is refused."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._styles = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(_MARK)
        within = self._open[-1] if self._open else None
        self._open.append((namespace, name))
        if len(self._open) > _DEPTH:
            self.problems.append(f"has elements more than {_DEPTH} deep within one another")
            raise expat.ExpatError("too deep")
        about = any(one == (SVG, "metadata") for one in self._open)
        if about and (namespace in _ABOUT or name == "metadata"):
            return
        if (within is None and name != "svg") or name not in ELEMENTS.get(namespace if namespace == SVG else "", ()):
            self.problems.append(f"has the element <{name}>, which drawings may not have")
        elif within is not None and within[1] in TEXT_ONLY:
            self.problems.append(f"has <{name}> within <{within[1]}>")
        for attribute, value in attributes.items():
            self.problems += _attribute_problems(name, attribute, value)

    def text(self, text: str) -> None:
        if self._open and self._open[-1] == (SVG, "style"):
            self._styles += text

    def end(self, tag: str) -> None:
        if self._open.pop() == (SVG, "style"):
            self.problems += _style_problems(self._styles)
            self._styles = ""

    def instruction(self, target: str, data: str) -> None:
        self.problems.append(f"has the instruction <?{target}?>, which may load something")

    def doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        if internal or (name, system, public) != _DOCTYPE:
            self.problems.append("has a document type of its own")

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "utf-8").casefold() != "utf-8":
            self.problems.append(f"is declared to be {encoding!r}; expected utf-8")

    def entity(self, *_: object) -> None:
        self.problems.append("declares entities")


def _attribute_problems(name: str, attribute: str, value: str) -> Iterator[str]:
    namespace, _, plain = attribute.rpartition(_MARK)
    known = f"{{{namespace}}}{plain}" if namespace else plain
    if plain.startswith(LISTENING):
        yield f"has the script {plain} in <{name}>"
    elif not may_have(SVG, name, known):
        yield f"has the attribute {plain} in <{name}>, which drawings may not have"
    elif plain == "href":
        if not value.startswith("#"):
            yield f"refers to {value[:60]!r}; a drawing may refer to its own parts alone"
    elif plain == "style":
        yield from _style_problems(value)
    elif "\\" in value or "url(" in value.casefold().replace("url(#", ""):
        yield f"has {plain}={value[:60]!r}, which may load something"


def _style_problems(text: str) -> Iterator[str]:
    try:
        found = list(css.addresses(text))
    except ValueError as error:
        yield f"has styles that are refused: it {error}"
        return
    if found:
        yield f"has styles that load {found[0]!r}"
