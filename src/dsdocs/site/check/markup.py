"""One page by itself: what it says of itself, its outline, its ids, and that no script stands within it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from dsdocs.site.check.finding import Finding
from dsdocs.site.check.pages import Page

_POLICY = "content-security-policy"
_REFUSED = ("'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:", "https:")  # as sources of scripts
_DATA_BLOCKS = frozenset({"application/ld+json", "application/json"})  # never run


def check_markup(pages: Mapping[str, Page]) -> Iterator[Finding]:
    """Yield what is wrong with pages by themselves, and titles that two pages share."""
    titles: dict[tuple[str, str], str] = {}
    for page in pages.values():
        yield from _head(page)
        yield from _outline(page)
        yield from _ids(page)
        yield from _scripts(page)
        yield from _policy(page)
        title = next((text for element, text in page.texts if element.tag == "title"), "")
        if title and titles.setdefault((page.root, title), page.name) != page.name:
            said = f"has the title of {titles[page.root, title]}: {title!r}"
            yield Finding(page.name, None, "title", said, title)


def _head(page: Page) -> Iterator[Finding]:
    if page.doctype != "doctype html":
        yield Finding(page.name, 1, "language", "does not begin with <!doctype html>, so browsers guess what it is")
    language = next((element.attributes.get("lang", "") for element in page.all("html")), "")
    if not language:
        yield Finding(page.name, 1, "language", "<html> has no lang")
    if not any(element.tag == "title" and text for element, text in page.texts):
        yield Finding(page.name, None, "title", "has no title")
    if not page.meta("description"):
        yield Finding(page.name, None, "description", 'has no <meta name="description">')
    if not any("icon" in element.attributes.get("rel", "").split() for element in page.all("link")):
        yield Finding(page.name, None, "icon", 'has no <link rel="icon">')


def _outline(page: Page) -> Iterator[Finding]:
    headings = [(element, int(element.tag[1]), text) for element, text in page.texts if element.tag[0] == "h"]
    tops = [(element, text) for element, level, text in headings if level == 1]
    if len(tops) != 1:
        line = tops[1][0].line if tops else None
        yield Finding(page.name, line, "heading", f"has {len(tops)} h1, expected one", tops[1][1] if tops else "")
    before = 0
    for element, level, text in headings:
        if level > before + 1:
            said = f"h{level} {text!r} follows {f'h{before}' if before else 'no heading'}: a level is left out"
            yield Finding(page.name, element.line, "heading", said, text)
        if not text:
            yield Finding(page.name, element.line, "heading", f"h{level} is empty")
        before = level


def _ids(page: Page) -> Iterator[Finding]:
    counts = Counter(element.attributes["id"] for element in page.elements if "id" in element.attributes)
    repeated = {name for name, count in counts.items() if count > 1}
    for element in page.elements:
        name = element.attributes.get("id")
        if name in repeated:
            repeated.discard(name)
            yield Finding(page.name, element.line, "id", f"{counts[name]} elements have the id {name!r}", name)


def _scripts(page: Page) -> Iterator[Finding]:
    for element, text in page.texts:
        if element.tag == "script" and "src" not in element.attributes:
            kind = element.attributes.get("type", "").lower()
            if kind not in _DATA_BLOCKS:
                yield Finding(page.name, element.line, "script", f"holds a script: {text[:60]!r}", text[:60])
    for element in page.elements:
        for name, value in element.attributes.items():
            if name.startswith("on"):
                yield Finding(page.name, element.line, "script", f"<{element.tag}> has a handler: {name}", value)


def _policy(page: Page) -> Iterator[Finding]:
    first = next(page.all("meta"), None)
    if first is None or first.attributes.get("http-equiv", "").lower() != _POLICY:
        yield Finding(
            page.name, first.line if first else None, "policy", "its first <meta> is no content security policy"
        )
        return
    parts = [part.split() for part in first.attributes.get("content", "").split(";") if part.strip()]
    directives = {part[0].lower(): part[1:] for part in parts}
    sources = directives.get("script-src", directives.get("default-src"))
    if sources is None:
        yield Finding(page.name, first.line, "policy", "its policy has neither script-src nor default-src")
    for source in sources or ():
        if source.lower() in _REFUSED:
            yield Finding(page.name, first.line, "policy", f"its policy lets scripts come from {source}")
