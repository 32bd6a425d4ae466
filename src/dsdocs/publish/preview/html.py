"""Verify a page of a preview: only elements, attributes and addresses that can do no harm, and one reading of it."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from dsdocs.publish.preview import css
from dsdocs.publish.preview.elements import (
    ELEMENTS,
    HTML,
    INPUTS,
    LISTENING,
    LOADED_RELATIONS,
    NAMED,
    RELATIONS,
    SVG,
    TEXT_ONLY,
    may_have,
)  # fmt: skip
from dsdocs.publish.preview.links import Local, WrongAddressError, is_picture, leads_away, local
from dsdocs.publish.preview.write import is_comment, parse, split_name

SEARCH = "search.html"
COMMENTS = "data-ds-comments"
SCRIPTS = frozenset({".js", ".mjs"})
_PAGE, _DEPTH = 5_000_000, 200  # bytes; elements within one another
_XMLNS = "{http://www.w3.org/2000/xmlns/}"
_JAVASCRIPT = frozenset({"", "module", "text/javascript"})
_LINKED_DATA = "application/ld+json"
# What our scripts take for addresses; the folder of modules is known by the module that every one has.
_READ_BY_SCRIPTS = {
    "data-manifest": "",
    "data-explorer": "",
    "data-similar": "",
    "data-host": "",
    "data-scripts": "/main.js",
}
_SCRIPTS = frozenset({"data-host", "data-scripts"})
_ROOT = "data-content_root"
_WHOLE, _HIDING = frozenset({"html", "head", "body", "title"}), frozenset({"class", "hidden", "inert", "style"})
_UPWARDS = re.compile(r"(\./)?(\.\./)*")
_PLACE = re.compile(r"#[^\s\\]*")
_PAINT = re.compile(r"url\(#[\w.:-]+\)")


@dataclass(frozen=True, slots=True)
class Reference:
    """An attribute that holds the address of a file of the preview."""

    node: Element
    attribute: str
    target: Local
    ending: str = ""  # of the path, which the attribute leaves out

    def point(self, page: str, place: str) -> None:
        """Let it lead to another place, given from the root of the preview."""
        self.node.set(self.attribute, self.target.address(page, place).removesuffix(self.ending))


@dataclass(slots=True)
class Page:
    """A page that was verified."""

    tree: Element
    references: list[Reference] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)  # files that styles within the page load
    policy: str = ""  # what it had for a content security policy


def read_page(
    path: str, data: bytes, files: Container[str], styles: Container[str] = frozenset()
) -> tuple[Page | None, list[str]]:
    """Parse and verify a page.

    Parameters
    ----------
    path
        Of the page in the preview.
    data
        Its bytes.
    files
        Paths of the preview.
    styles
        Rules of the style sheets of the default branch, as `css.rules` writes them.

    Returns
    -------
    page
        None where something is wrong. Comments for readers (``data-ds-comments``) are taken out.
    problems
        What is wrong, without the path.
    """
    if len(data) > _PAGE:
        return None, [f"has {len(data):,} bytes; a page may have {_PAGE:,}"]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [f"is not UTF-8 at byte {error.start:,}"]
    if "\0" in text:
        return None, ["holds a null character, which browsers read in different ways"]
    tree, errors = parse(text)
    if errors:
        return None, [f"is not valid HTML, so browsers guess ({error}); dsdocs check says more" for error in errors[:3]]
    if _depth(tree) > _DEPTH:
        return None, [f"has elements more than {_DEPTH} deep within one another"]
    _without_comments(tree)
    page = Page(tree)
    problems = list(_Check(path, files, page, styles).problems(tree, None))
    return (None if problems else page), list(dict.fromkeys(problems))


def _depth(tree: Element) -> int:
    """Return how deep elements lie within one another; without recursion, which has its own limit."""
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for node in level for child in node]
    return depth


def _without_comments(node: Element) -> None:
    """Remove the elements that hold comments of readers, with all that is in them; the text after them stays."""
    before: Element | None = None
    for child in list(node):
        if COMMENTS in child.attrib:
            if before is None:
                node.text = (node.text or "") + (child.tail or "")
            else:
                before.tail = (before.tail or "") + (child.tail or "")
            node.remove(child)
        else:
            before = child
            _without_comments(child)


@dataclass(frozen=True, slots=True)
class _Check:
    path: str
    files: Container[str]
    page: Page
    styles: Container[str]

    def problems(self, node: Element, parent: Element | None) -> Iterator[str]:
        """Yield what is wrong with an element and with all in it."""
        if is_comment(node):
            return  # it is not written again
        namespace, name = split_name(node.tag)
        if name not in ELEMENTS.get(namespace, ()):
            yield f"has the element <{name}>, which previews may not have"
            return
        if parent is not None and not _fits(namespace, name, *split_name(parent.tag)):
            yield f"has <{name}> within <{split_name(parent.tag)[1]}>, which browsers read in different ways"
            return
        for attribute, value in node.attrib.items():
            yield from self._attribute(node, namespace, name, attribute, value)
        if namespace == HTML:
            yield from self._element(node, name)
        elif name == "style":
            yield from self._sheet(node.text or "")
        for child in node:
            yield from self.problems(child, node)

    def _attribute(self, node: Element, namespace: str, name: str, attribute: str, value: str) -> Iterator[str]:
        if attribute.startswith(_XMLNS):
            return
        said = f'<{name} {attribute}="{value[:60]}">'
        if attribute.startswith(LISTENING):
            yield f"has the script {said}; scripts are files that the default branch has"
        elif not may_have(namespace, name, attribute):
            yield f"has the attribute {attribute} in <{name}>, which previews may not have"
        elif name in _WHOLE and attribute in _HIDING and (attribute, name) != ("class", "html"):
            yield f"has {said}, which may hide the banner of the preview"
        elif attribute == "style":
            yield from self._styles(value, said)
            if hiding := css.hiding(value, css.OF_ELEMENTS):
                yield f"sets {hiding} in {said}, which styles of a preview may not"
        elif namespace != HTML and ("\\" in value or ("url" in value.casefold() and not _PAINT.fullmatch(value))):
            if attribute not in ("id", "class") and not attribute.startswith(("aria-", "data-")):
                yield f"has {said}, which may load something"
        elif attribute.rpartition("}")[2] == "href" and namespace != HTML:
            if not _PLACE.fullmatch(value):
                yield f"has {said}; a drawing may refer to its own parts alone"
        elif attribute == _ROOT:
            # Steps upwards alone: https://HOST/../../ seems to end at the start of the site, too.
            if not _UPWARDS.fullmatch(value) or (
                posixpath.normpath(posixpath.join(posixpath.dirname(self.path), value)) != "."
            ):
                yield f"has {said}, which is not the start of the site"
        elif attribute in _READ_BY_SCRIPTS and value:
            kinds = SCRIPTS if attribute in _SCRIPTS else None
            yield from self._local(node, attribute, _READ_BY_SCRIPTS[attribute], kinds)
        elif attribute == "name" and name not in NAMED:
            yield f"has {said}; a name there hides parts of the page from scripts"

    def _element(self, node: Element, name: str) -> Iterator[str]:
        match name:
            case "script":
                yield from self._script(node)
            case "style":
                # Within <noscript>, a browser that runs scripts reads text until </noscript>, and goes on behind it.
                if "</" in (node.text or ""):
                    yield "has </ in the element <style>, which browsers read in different ways"
                yield from self._sheet(node.text or "")
            case "meta":
                yield from self._meta(node)
            case "link":
                yield from self._link(node)
            case "a":
                if "href" in node.attrib and not leads_away(node.attrib["href"]):
                    yield from self._local(node, "href")
            case "img":
                if not is_picture(node.attrib.get("src", "")):
                    yield from self._local(node, "src")
            case "form":
                yield from self._form(node)
            case "input":
                if node.attrib.get("type", "text").casefold() not in INPUTS:
                    yield f"asks its readers for something: <input type={node.attrib['type']!r}>"

    def _script(self, node: Element) -> Iterator[str]:
        kind = node.attrib.get("type", "").casefold()
        text = "".join(node.itertext())
        if kind == _LINKED_DATA and "src" not in node.attrib:
            try:
                json.loads(text)
            except (ValueError, RecursionError):
                yield f"has <script type={_LINKED_DATA!r}> with something else than JSON"
            # The same JSON: a mark of HTML may stand within strings only.
            node.text = text.replace("<", "\\u003c")
        elif kind not in _JAVASCRIPT:
            yield f"has <script type={kind!r}>, which previews may not have"
        elif text.strip() or "src" not in node.attrib:
            yield "has a script within the page; scripts are files that the default branch has"
        else:
            # Browsers run what a script element names, whatever type the host announces.
            yield from self._local(node, "src", kinds=SCRIPTS)

    def _meta(self, node: Element) -> Iterator[str]:
        kind = node.attrib.get("http-equiv", "").casefold().strip()
        if kind == "content-security-policy":
            self.page.policy = node.attrib.get("content", "")
        elif kind:
            yield f"has <meta http-equiv={kind!r}>, which acts like a header of the host"
        if node.attrib.get("charset", "utf-8").casefold() != "utf-8":
            yield f"is declared to be {node.attrib['charset']!r}; expected utf-8"

    def _link(self, node: Element) -> Iterator[str]:
        relations = set(node.attrib.get("rel", "").casefold().split())
        if not relations or not relations <= RELATIONS:
            yield f"has <link rel={' '.join(sorted(relations))!r}>, which previews may not have"
        elif relations & LOADED_RELATIONS or not leads_away(node.attrib.get("href", "")):
            kinds = frozenset({".css"}) if "stylesheet" in relations else None
            yield from self._local(node, "href", kinds=SCRIPTS if "modulepreload" in relations else kinds)

    def _form(self, node: Element) -> Iterator[str]:
        if node.attrib.get("method", "get").casefold() != "get":
            yield "has a form that sends what readers write; the search is the only one"
            return
        try:
            target = local(node.attrib.get("action", ""), self.path, self.files)
        except WrongAddressError as error:
            yield f"has a form that leads to {node.attrib['action'][:60]!r}, which {error}"
            return
        leads = self.path if target is None else target.path
        if posixpath.basename(leads) != SEARCH:
            yield f"has a form that leads to {leads}; the search is the only one"

    def _sheet(self, text: str) -> Iterator[str]:
        yield from self._styles(text, "the element <style>")
        for problem in css.rule_problems(text, self.styles):
            yield f"has the element <style>, which {problem}"

    def _styles(self, text: str, where: str) -> Iterator[str]:
        try:
            for address in css.addresses(text):
                target = local(address, self.path, self.files)
                if target is not None:
                    self.page.beside.add(target.path)
        except ValueError as error:
            yield f"has styles in {where} that are refused: {error}"

    def _local(
        self, node: Element, attribute: str, ending: str = "", kinds: frozenset[str] | None = None
    ) -> Iterator[str]:
        address = node.attrib.get(attribute, "")
        try:
            target = local(address + ending, self.path, self.files)
        except WrongAddressError as error:
            yield f"has the address {address[:80]!r}, which {error}"
            return
        if target is None:
            return
        if kinds is not None and posixpath.splitext(target.path)[1] not in kinds:
            yield f"takes {target.path} for a script or a style sheet, which its name does not say"
        else:
            self.page.references.append(Reference(node, attribute, target, ending))


def _fits(namespace: str, name: str, parent_namespace: str, parent: str) -> bool:
    """Tell whether an element may stand in another one: drawings and formulas hold their own kind only."""
    if parent_namespace == HTML:
        return namespace == HTML or name in ("svg", "math")
    return namespace == parent_namespace and not (namespace == SVG and parent in TEXT_ONLY)
