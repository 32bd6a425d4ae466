"""Draw the views that notebooks stored, when MyST-NB meets their MIME type."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from docutils import nodes

from dsdocs.render.files import page_scripts, page_styles, side_files
from dsdocs.render.html import html
from dsdocs.views import MIME, View, from_json

FILES = "dsdocs_files"  # attribute of the Sphinx environment: path below the data folder -> content
LOADS = "dsdocs_loads"  # attribute of the Sphinx environment: page -> scripts and style sheets
_SLUG_LENGTH = 60


class ViewRenderer:
    """The plug-in that MyST-NB finds under the entry-point group ``myst_nb.mime_renderers``."""

    mime_priority_overrides: ClassVar[list[tuple[str, str, int | None]]] = [("*", MIME, 1)]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """Return the view as raw HTML; None for anything that is not a view."""
        if inline or data.mime_type != MIME:
            return None
        content = json.loads(data.content) if isinstance(data.content, str) else data.content
        view = from_json(content)
        environment = renderer.renderer.sphinx_env
        if not hasattr(environment, FILES):
            # MyST-NB finds this plug-in in any project; without our extension there are no files to link to.
            return [nodes.raw("", html(view, slug="figure"), format="html")]
        slug = _slug(view, environment.docname, getattr(environment, FILES))
        getattr(environment, FILES)[slug] = side_files(view, slug=slug)
        scripts, styles = getattr(environment, LOADS).setdefault(environment.docname, ({}, {}))
        scripts.update(dict.fromkeys(page_scripts(view)))
        styles.update(dict.fromkeys(page_styles(view)))
        return [nodes.raw("", html(view, slug=slug), format="html", classes=["ds-output"])]


def _slug(view: View, page: str, taken: dict[str, object]) -> str:
    """Name a figure after its page and title, with a number where that name is taken."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{page} {view.title}".lower()).strip("-")[:_SLUG_LENGTH].strip("-")
    base = words if words[:1].isalpha() else f"figure-{words}"
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
