"""The versions of the data set in the sidebar of every page, and the list of pages by which other versions find theirs.

``_data/versions.json`` of a site holds::

    format    1
    name      of the version that the site is about; null: it has none
    date      on which it was published, ISO 8601, or null
    versions  earlier ones, the oldest first: name, date and url (start page, or null)
    pages     paths of the site's pages
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from dsdocs.analyses.version_history import CURRENT
from dsdocs.project import Project
from dsdocs.render.markup import Html, element

FILE = "versions.json"  # in a site's data folder
STYLE, SCRIPT = "css/versions.css", "js/versions.js"  # below _static
SIDEBARS = ("brand", "search", "versions", "scroll-start", "navigation", "scroll-end")  # of the theme, with ours
_PAGE = "versions"  # that tells what has changed


def write_versions(project: Project, data: Path, pages: Iterable[str]) -> None:
    """Write the list of versions and pages into a site's data folder."""
    said = project.config.dataset
    found = {
        "format": 1,
        "name": said.version,
        "date": said.published.isoformat() if said.published else None,
        "versions": [{"name": one.name, "date": one.date, "url": one.url} for one in project.locations.releases],
        "pages": sorted(pages),
    }
    (data / FILE).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def switcher(project: Project, *, page: str, changes: str | None) -> Html:
    """Return the list of versions as it stands in the sidebar; it is whole without a script.

    Parameters
    ----------
    page
        Path of the page in the site; the script looks for it in other versions.
    changes
        Address of the page that tells what has changed; None: there is none.
    """
    said = project.config.dataset
    name, date = said.version or CURRENT, said.published.isoformat() if said.published else None
    entries = [element("li", None, element("span", {"aria-current": "true"}, name), *_day(date))]
    for one in reversed(project.locations.releases):
        shown = element("a", {"href": one.url, "rel": "external"}, one.name) if one.url else one.name
        entries.append(element("li", None, shown, *_day(one.date)))
    if changes is not None:
        entries.append(element("li", {"class": "ds-versions-changes"}, element("a", {"href": changes}, "What changed")))
    summary = element("summary", None, element("span", {"class": "ds-versions-label"}, "Version "), name)
    listed = element("details", None, summary, element("ul", {"role": "list"}, *entries))
    return element("nav", {"class": "ds-versions", "aria-label": "Versions of the data set", "data-page": page}, listed)


def add_switcher(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Give the template of the sidebar what it shows, where there are other versions."""
    project: Project = app.config.dsdocs_project
    if not project.locations.releases:
        return
    builder: Any = app.builder
    changes = builder.get_relative_uri(page, _PAGE) if _PAGE in app.env.found_docs else None
    context["dsdocs_versions"] = switcher(project, page=builder.get_target_uri(page), changes=changes)
    app.add_css_file(STYLE)
    app.add_js_file(SCRIPT, loading_method="defer")


def _day(date: str | None) -> tuple[str, ...]:
    return (" ", element("span", {"class": "ds-versions-day"}, date)) if date else ()
