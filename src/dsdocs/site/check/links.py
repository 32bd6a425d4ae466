"""Links lead somewhere within the site, and nothing is loaded from another host."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dsdocs.site.check.finding import Finding
from dsdocs.site.check.pages import Element, Page

# Attributes with addresses. A browser fetches most by itself; links that a reader follows may lead to other hosts.
_ADDRESSES = ("href", "src", "srcset", "data", "poster", "action", "formaction", "background")
_FOLLOWED = frozenset({"a", "area", "form", "button"})
_PASSIVE = frozenset(
    {"canonical", "search", "author", "license", "index", "next", "prev", "up", "alternate", "describedby"}
)
_ELSEWHERE = re.compile(r"""(?:\burl\(\s*|@import\s+)["']?((?:[a-z][a-z0-9+.-]*:)?//[^"')\s;]+)""", re.IGNORECASE)
_UNCHECKED = frozenset({"mailto", "tel", "data"})


def check_links(folder: Path, pages: Mapping[str, Page]) -> Iterator[Finding]:
    """Yield links and addresses that lead nowhere, and those that a browser would fetch from elsewhere."""
    there: dict[str, bool] = {}
    for page in pages.values():
        seen = set()
        for element in page.elements:
            for address in _addresses(element):
                fetched = element.tag not in _FOLLOWED and element.attributes.get("rel") not in _PASSIVE
                if (address, fetched) in seen:
                    continue
                seen.add((address, fetched))
                kind, problem = _problem(folder, page, address, fetched, pages, there)
                if problem:
                    yield Finding(page.name, element.line, kind, f"{address}: {problem}", address)


def check_styles(folder: Path) -> Iterator[Finding]:
    """Yield what style sheets load from another host."""
    for file in sorted(folder.rglob("*.css")):
        text = file.read_text(encoding="utf-8", errors="replace")
        for found in _ELSEWHERE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            said = f"{found[1]}: is loaded from another host"
            yield Finding(file.relative_to(folder).as_posix(), line, "foreign", said)


def _addresses(element: Element) -> Iterator[str]:
    if element.tag in {"base", "use"}:
        return
    for name in _ADDRESSES:
        value = element.attributes.get(name)
        if value is None:
            continue
        if name == "srcset":
            yield from (part.split()[0] for part in value.split(",") if part.strip())
        else:
            yield value.strip()


def _problem(
    folder: Path, page: Page, address: str, fetched: bool, pages: Mapping[str, Page], there: dict[str, bool]
) -> tuple[str, str]:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        return "link", f"is no address ({error})"
    if parts.scheme == "javascript":
        return "script", "scripts in links are not allowed"
    if parts.scheme in _UNCHECKED:
        return "", ""
    if parts.scheme or parts.netloc:
        return ("foreign", "is loaded from another host") if fetched else ("", "")
    if parts.path.startswith("/"):
        return "link", "starts at the root of the host, so it breaks below a sub-path"
    name = posixpath.normpath(posixpath.join(posixpath.dirname(page.name), unquote(parts.path)))
    name = page.name if not parts.path else name
    if name.startswith("../") or name == "..":
        return "link", "leads out of the site"
    name = _file(folder, name, there)
    if not name:
        return "link", "there is no such file"
    target = pages.get(name)
    if parts.fragment and target is not None and unquote(parts.fragment) not in target.anchors:
        # What a page's own script keeps behind the "#" is no anchor.
        return ("", "") if "=" in parts.fragment else ("anchor", "there is no such anchor")
    return "", ""


def _file(folder: Path, name: str, there: dict[str, bool]) -> str:
    """Return the file that a host serves for a path, or nothing; pages are linked by thousands, so it is remembered."""
    for candidate in (name, posixpath.join(name, "index.html")):
        if candidate not in there:
            there[candidate] = (folder / candidate).is_file()
        if there[candidate]:
            return candidate
    return ""
