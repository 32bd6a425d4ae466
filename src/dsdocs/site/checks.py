"""What must be true of a published tree: every link leads somewhere, and nothing is loaded from another host."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dsdocs.errors import SiteError

# Attributes whose target a browser fetches by itself; links that a reader follows may lead to other hosts.
_FETCHED = {
    ("img", "src"),
    ("script", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "srcset"),
    ("video", "src"),
}
_PASSIVE_LINKS = {"canonical", "search", "author", "license", "index", "next", "prev", "up"}


@dataclass(slots=True)
class _Found(HTMLParser):
    """The targets and anchors of one page."""

    targets: list[tuple[str, bool]] = field(default_factory=list)  # address, fetched without being asked
    anchors: set[str] = field(default_factory=set)
    without_alt: int = 0

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what matters of one element."""
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "img" and "alt" not in given:
            self.without_alt += 1
        for name in ("href", "src", "srcset", "data"):
            if name in given and tag not in {"base", "use"}:
                fetched = (tag, name) in _FETCHED and given.get("rel") not in _PASSIVE_LINKS
                self.targets.append((given[name], fetched))


def find_problems(folder: Path) -> tuple[str, ...]:
    """List broken links, missing anchors and files, pictures without text, and requests to other hosts."""
    pages = {path: _parse(path) for path in sorted(folder.rglob("*.html"))}
    problems: list[str] = []
    for path, found in pages.items():
        name = path.relative_to(folder).as_posix()
        if found.without_alt:
            problems.append(f"{name}: {found.without_alt} pictures have no alternative text")
        for target, fetched in dict.fromkeys(found.targets):
            problem = _problem(path, target, fetched, folder, pages)
            if problem:
                problems.append(f"{name}: {target}: {problem}")
    return tuple(problems)


def check_tree(folder: Path) -> None:
    """Raise `SiteError` with every problem of a published tree."""
    problems = find_problems(folder)
    if problems:
        raise SiteError("the site does not pass its checks:\n" + "\n".join(problems))


def _parse(path: Path) -> _Found:
    found = _Found()
    found.feed(path.read_text(encoding="utf-8"))
    return found


def _problem(page: Path, target: str, fetched: bool, folder: Path, pages: dict[Path, _Found]) -> str | None:
    parts = urlsplit(target)
    if parts.scheme in {"data", "mailto", "javascript"}:
        return "scripts in links are not allowed" if parts.scheme == "javascript" else None
    if parts.scheme or parts.netloc:
        return "is loaded from another host" if fetched else None
    if parts.path.startswith("/"):
        return "starts at the root of the host, so it breaks below a sub-path"
    file = (page.parent / unquote(parts.path)).resolve() if parts.path else page.resolve()
    if file.is_dir():
        file /= "index.html"
    if not (file.is_file() and file.is_relative_to(folder.resolve())):
        return "there is no such file"
    anchors = next((found.anchors for path, found in pages.items() if path.resolve() == file), None)
    if parts.fragment and anchors is not None and unquote(parts.fragment) not in anchors:
        return "there is no such anchor"
    return None
