"""Write a page anew from what a browser makes of it, so that no other reading of its bytes is left.

The rules are those of HTML, section 13.3 ("Serializing HTML fragments"), with more escapes than it asks for: no ``<``
or ``>`` is written within an attribute, which takes away the ways in which text gets out of one (mXSS: Heiderich et
al., 2013, "mXSS attacks: attacking well-secured web-applications by using innerHTML mutations", CCS).
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

from dsdocs.publish.preview.elements import HTML

_VOID = frozenset(("br", "col", "hr", "img", "input", "link", "meta", "wbr"))  # of those that pages may have
_RAW = frozenset({"script", "style"})
_LEADING = frozenset({"pre"})  # a parser drops the line end that they begin with
_PREFIX = {
    "{http://www.w3.org/1999/xlink}": "xlink:", "{http://www.w3.org/XML/1998/namespace}": "xml:",
    "{http://www.w3.org/2000/xmlns/}": "",
}  # fmt: skip
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\u00a0": "&nbsp;", "\r": "&#13;"})
_VALUE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\u00a0": "&nbsp;", "\r": "&#13;"})


def parse(text: str) -> tuple[Element, list[str]]:
    """Parse a page as browsers do.

    Returns
    -------
    tree
        The ``html`` element; names of elements as ``{namespace}name``.
    errors
        What is wrong with its syntax, with the line.
    """
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=True)
    tree: Element = parser.parse(text)
    return tree, [f"line {place[0]}: {code}" for place, code, _ in parser.errors]


def is_comment(node: Element) -> bool:
    """Tell whether a node is a comment; the tag of such is a function."""
    return not isinstance(node.tag, str)


def split_name(tag: str) -> tuple[str, str]:
    """Return namespace and name of an element."""
    namespace, _, name = tag.removeprefix("{").rpartition("}")
    return namespace, name


def serialise(tree: Element) -> str:
    """Write a page.

    Raises
    ------
    ValueError
        The text of a script or style would end it; nothing that was parsed from text has such.
    """
    return "<!DOCTYPE html>\n" + "".join(_element(tree))


def _element(node: Element) -> Iterator[str]:
    if is_comment(node):
        return
    namespace, name = split_name(node.tag)
    attributes = "".join(f' {_name(key)}="{value.translate(_VALUE)}"' for key, value in node.attrib.items())
    yield f"<{name}{attributes}>"
    if namespace == HTML and name in _VOID:
        return
    if namespace == HTML and name in _RAW:
        text = "".join(node.itertext())
        if f"</{name}" in text.casefold() or "<!--" in text:
            raise ValueError(f"the text of <{name}> would end it")
        yield text
    else:
        if namespace == HTML and name in _LEADING and (node.text or "").startswith("\n"):
            yield "\n"
        yield (node.text or "").translate(_TEXT)
        for child in node:
            yield from _element(child)
            yield (child.tail or "").translate(_TEXT)
    yield f"</{name}>"


def _name(key: str) -> str:
    """Return the name of an attribute as it is written."""
    namespace, _, name = key.rpartition("}")
    if not namespace:
        return name
    prefix = _PREFIX[namespace + "}"]
    return f"xmlns:{name}" if not prefix and name != "xmlns" else prefix + name


def same(one: Element, other: Element) -> bool:
    """Tell whether two pages are the same to a browser: elements, attributes, text; comments do not count."""
    return list(_events(one)) == list(_events(other))


def _events(node: Element) -> Iterator[tuple[object, ...]]:
    """Yield what a tree holds in its order, neighbouring texts as one."""
    texts: list[str] = []
    for event in _walked(node):
        if event[0] == "text":
            texts.append(str(event[1]))
            continue
        if text := "".join(texts):
            yield "text", text
        texts.clear()
        yield event


def _walked(node: Element) -> Iterator[tuple[object, ...]]:
    if is_comment(node):
        return
    yield "start", node.tag, tuple(sorted(node.attrib.items()))
    yield "text", node.text or ""
    for child in node:
        yield from _walked(child)
        yield "text", child.tail or ""
    yield "end", node.tag
