"""What a page says of itself to search engines and to those who show a card of a page that is shared."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from dsdocs.project import Project
from dsdocs.site import DATA
from dsdocs.site.card import CARD, SIZE

_LENGTH = 160  # characters; search engines cut what is longer
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\s*')  # Sphinx adds one to the theme's own
_TAGS = re.compile(r"<[^>]+>")


def add_meta(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Add description and card to the head of a page.

    What the author's own front matter says (``html_meta``) is left as it is.
    """
    project: Project = app.config.dsdocs_project
    given = _VIEWPORT.sub("", context.get("metatags", ""))
    name = project.description.title
    title = unescape(_TAGS.sub("", context.get("title") or "")) or "Search"
    title = name if page == app.config.root_doc else title
    said = _shortened(_description(project, page == app.config.root_doc, title, doctree))
    named = {} if 'name="description"' in given else {"description": said}
    graph = {"og:type": "website", "og:site_name": name, "og:title": title, "og:description": said}
    base = project.config.site.url
    if base:
        # Those who show a card know no relative address.
        base = base if base.endswith("/") else f"{base}/"
        graph |= {
            "og:url": base + app.builder.get_target_uri(page),
            "og:image": f"{base}{DATA}/{CARD}",
            "og:image:width": str(SIZE[0]),
            "og:image:height": str(SIZE[1]),
            "og:image:alt": f"{name}: its figures and some of its patches",
        }
        named["twitter:card"] = "summary_large_image"
    lines = [f'<meta name="{key}" content="{escape(value)}">' for key, value in named.items()]
    lines += [f'<meta property="{key}" content="{escape(value)}">' for key, value in graph.items()]
    context["metatags"] = "\n    ".join([given.strip(), *lines]).strip()


def _description(project: Project, start: bool, title: str, doctree: nodes.document | None) -> str:
    """Return what the data set is, or the first paragraph of a page, or else what page it is."""
    if start:
        facts = project.facts
        counts = [f"{facts[key]['text']} {noun}" for key, noun in _COUNTED if key in facts]
        return ". ".join(part for part in (", ".join(counts), project.config.dataset.description or "") if part)
    first = next((_text(one) for one in doctree.findall(nodes.paragraph) if _text(one)), "") if doctree else ""
    return first or f"{title} of {project.description.title}"


_COUNTED = (("n_patches", "patches"), ("n_classes", "classes"), ("n_countries", "countries"))


def _text(paragraph: nodes.paragraph) -> str:
    return " ".join(paragraph.astext().split())


def _shortened(text: str) -> str:
    """Cut a text after a word."""
    if len(text) <= _LENGTH:
        return text
    return text[: _LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "\N{HORIZONTAL ELLIPSIS}"
