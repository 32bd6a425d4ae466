"""Draw the views that notebooks stored, when MyST-NB meets their MIME type."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from docutils import nodes

from dsdocs.render.chart_json import Origin
from dsdocs.render.files import page_scripts, page_styles, side_files
from dsdocs.render.html import html
from dsdocs.site import badge
from dsdocs.site.marks import PAGE as ERRATA
from dsdocs.site.marks import with_marks
from dsdocs.views import MIME, View, from_json

FILES = "dsdocs_files"  # attribute of the Sphinx environment: path below the data folder -> content
LOADS = "dsdocs_loads"  # attribute of the Sphinx environment: page -> scripts and style sheets
MARKS = "dsdocs_marks"  # attribute of the Sphinx environment: path of a picture -> what it is marked with
_SLUG_LENGTH = 60


class ViewRenderer:
    """The plug-in that MyST-NB finds under the entry-point group ``myst_nb.mime_renderers``."""

    mime_priority_overrides: ClassVar[list[tuple[str, str, int | None]]] = [
        ("*", MIME, 1),
        ("*", badge.MIME, 1),
    ]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """Return a view, or the badge of a GPU cell, as raw HTML; None for anything else."""
        if inline or data.mime_type not in (MIME, badge.MIME):
            return None
        content = json.loads(data.content) if isinstance(data.content, str) else data.content
        if data.mime_type == badge.MIME:
            _loads(renderer.renderer.sphinx_env)[1][badge.STYLE] = None
            return [nodes.raw("", badge.badge_html(content), format="html", classes=["ds-output"])]
        environment = renderer.renderer.sphinx_env
        view = _marked(from_json(content), environment)
        if not hasattr(environment, FILES):
            # MyST-NB finds this plug-in in any project; without our extension there are no files to link to.
            return [nodes.raw("", html(view, slug="figure"), format="html")]
        slug = _slug(view, environment.docname, getattr(environment, FILES))
        origin = Origin(environment.docname, environment.config.dsdocs_project.fingerprint)
        getattr(environment, FILES)[slug] = side_files(view, slug=slug, origin=origin)
        scripts, styles = _loads(environment)
        scripts.update(dict.fromkeys(page_scripts(view)))
        styles.update(dict.fromkeys(page_styles(view)))
        return [nodes.raw("", html(view, slug=slug), format="html", classes=["ds-output"])]


def _marked(view: View, environment: Any) -> View:
    """Mark the pictures of patches with an erratum, whatever cell shows them."""
    link = f"{'../' * environment.docname.count('/')}{ERRATA}.html" if ERRATA in environment.found_docs else ""
    return with_marks(view, getattr(environment, MARKS, {}), link)


def _loads(environment: Any) -> tuple[dict[str, None], dict[str, None]]:
    """Return the scripts and style sheets of the page that is being read."""
    loads: dict[str, tuple[dict[str, None], dict[str, None]]] = getattr(environment, LOADS)
    return loads.setdefault(environment.docname, ({}, {}))


def _slug(view: View, page: str, taken: dict[str, object]) -> str:
    """Name a figure after its page and title, with a number where that name is taken."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{page} {view.title}".lower()).strip("-")[:_SLUG_LENGTH].strip("-")
    base = words if words[:1].isalpha() else f"figure-{words}"
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
