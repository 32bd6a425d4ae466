"""The Sphinx configuration of every site: ``book/conf.py`` only calls it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from dsdocs import assets
from dsdocs.project import open_project
from dsdocs.site.switcher import SIDEBARS

EXTENSIONS = ["myst_nb", "sphinx_copybutton", "sphinxcontrib.bibtex", "dsdocs.site.sphinxext"]
NOT_PUBLISHED = [
    "_build", "_cache", "vendor/axe-core/*", "vendor/world-atlas/*", "vendor/manifest.json", "README.md", "myst.yml"
]  # fmt: skip


def configure(start: Path | None = None) -> dict[str, Any]:
    """Return the settings for the project in, or above, a folder; inside a build, for the project being built."""
    project = open_project(start)
    dataset = project.config.dataset
    settings = {
        "project": project.description.title,
        "author": ", ".join(author.name for author in dataset.authors),
        "release": dataset.version or "",
        "language": "en",
        "extensions": EXTENSIONS,
        "exclude_patterns": NOT_PUBLISHED,
        "html_theme": "furo",
        "html_title": escape(project.description.title),  # the theme takes it for HTML
        "html_static_path": [str(assets.static_folder())],
        "html_favicon": str(assets.static_folder() / "favicon.svg"),
        "html_baseurl": project.config.site.url or "",
        "html_theme_options": {"navigation_with_keys": True, "top_of_page_buttons": []},
        "html_show_sphinx": False,
        "html_show_copyright": False,
        "html_copy_source": False,
        "html_use_index": False,
        "html_last_updated_fmt": None,
        "nb_execution_mode": "off",
        "nb_custom_formats": {".md": ["dsdocs.site.reader.read", {}, False]},
        "nb_merge_streams": True,
        "myst_enable_extensions": ["colon_fence", "deflist", "fieldlist"],
        "myst_heading_anchors": 3,
        "bibtex_bibfiles": [path.name for path in sorted(Path(start).glob("*.bib"))] if start else [],
        "bibtex_reference_style": "author_year",
        "copybutton_exclude": ".linenos, .gp",
        "html_math_renderer": "mathml",  # browsers draw it themselves; MathJax would come from another host
        "nitpicky": True,
    }
    if project.locations.releases:
        settings["html_sidebars"] = {"**": [f"sidebar/{name}.html" for name in SIDEBARS]}
    return settings
