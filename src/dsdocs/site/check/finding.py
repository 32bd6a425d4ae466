"""What a check finds: one line, where it stands, and of which kind it is."""

from __future__ import annotations

from dataclasses import dataclass

# Every kind, with what is asked for; docs/check.md tells more of each, and a test compares both.
KINDS = {
    # configuration, pages and stored results, before a build
    "configuration": "dsdocs.toml names what is there",
    "page": "pages can be read, and all are in the table of contents",
    "results": "stored results of GPU cells are whole",
    "outdated": "the site is there, and of today's inputs",
    # one page of the site
    "link": "every link and address within the site leads to a file",
    "anchor": "every fragment leads to an element",
    "foreign": "nothing is loaded from another host",
    "title": "every page has a title, which no other page has",
    "language": "every page says its language",
    "description": "every page has a description for search engines",
    "heading": "every page has one h1, and no level is left out below it",
    "id": "no two elements of a page have the same id",
    "image": "every picture has a text, a file that can be read, and its size in the page",
    "icon": "every page has an icon",
    "card": "every page has a title, a text and a picture for those who share it",
    "script": "no script and no handler stands within a page",
    "policy": "every page begins with the content security policy",
    "weight": "what a page loads at first is within its budget",
    # the whole tree
    "file": "the tree holds plain files with names that every host serves",
    "pickle": "no file runs code when it is read",
    "machine": "no file tells where, or by whom, it was made",
    "hosting": "the tree fits the limits of GitHub Pages",
    # with --browser
    "request": "a browser asks no other host, and every request is answered",
    "console": "a browser reports no error, and no breach of the policy",
    "wcag": "axe-core finds nothing against WCAG 2.2 AA",
    "no-script": "a page can be read without JavaScript",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong."""

    path: str  # in the tree, with "/"; or the file of the project that it is about
    line: int | None  # in that file, from 1
    kind: str  # one of `KINDS`
    message: str
    hint: str = ""  # words of the source that led to it: an address, a heading, an id

    def __str__(self) -> str:
        """Return the line that a person reads."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message} [{self.kind}]" if place else f"{self.message} [{self.kind}]"
