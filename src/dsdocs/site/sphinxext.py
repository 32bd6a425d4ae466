"""The Sphinx extension: roles for facts, figures from views, links to the data folder."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.util.logging import getLogger

from dsdocs import assets
from dsdocs.claims import check_claims, said
from dsdocs.notebooks.gpu.shelf import open_shelf
from dsdocs.project import Project, open_project
from dsdocs.render.chart_json import chart_files
from dsdocs.render.files import STYLES
from dsdocs.site import DATA, badge, demos, explorer_page, foot, formulas, mime, modules, reader
from dsdocs.site.accessible import mend
from dsdocs.site.marks import picture_marks
from dsdocs.site.policy import content_policy
from dsdocs.site.sharing import add_meta
from dsdocs.site.sizes import give_sizes
from dsdocs.site.switcher import add_switcher
from dsdocs.twins.about import about
from dsdocs.twins.schema_org import schema_org
from dsdocs.versions import package_version

logger = getLogger(__name__)
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_START = "js/start.js"  # below _static; of every page
_SEARCH = "js/search.js"


class FactRole(SphinxRole):
    """Insert a number from ``facts.json``, as in ``n_patches`` or ``n_patches patch|patches``.

    An unknown key is a warning, which fails the build.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the text of the fact, with the noun that fits the number if the role gives both forms."""
        known = _project(self.env.app).facts
        self.text, _, forms = self.text.strip().partition(" ")
        one, _, many = forms.partition("|")
        texts = {
            key: f"{fact['text']} {one if fact['value'] == 1 else many}" if forms else fact["text"]
            for key, fact in known.items()
        }
        return _looked_up(self, "fact", texts)


class DatasetRole(SphinxRole):
    """Insert what the author or the reader says of the data set: title, licence and so on."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the text of the field."""
        project = _project(self.env.app)
        dataset = project.config.dataset.model_dump()
        dataset["authors"] = ", ".join(author.name for author in project.config.dataset.authors)
        description = project.description
        known = {"title": description.title, "homepage": description.homepage, "split_rule": description.split_rule}
        values = {key: str(value) for key, value in {**dataset, **known}.items() if value}
        return _looked_up(self, "dataset", values, allowed={*dataset, *known})


class ClaimRole(SphinxRole):
    """Insert a published figure by its key under ``claims.figures``, and in brackets whether the archive agrees."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the figure as it was published, with its unit and the verdict."""
        config = self.env.app.config
        if not hasattr(config, "dsdocs_claims"):
            checked = check_claims(_project(self.env.app))
            object.__setattr__(config, "dsdocs_claims", {each.claim.key: said(each) for each in checked})
        return _looked_up(self, "claim", config.dsdocs_claims)


def _looked_up(
    role: SphinxRole, kind: str, values: Mapping[str, str], allowed: set[str] | None = None
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    key = role.text.strip()
    if key in values:
        # Quotation marks of the data are not to be made typographic.
        found = nodes.inline("", "", classes=[f"ds-{kind}"], support_smartquotes=False)
        text = nodes.Text(values[key])
        found += nodes.reference("", "", text, refuri=values[key]) if _ADDRESS.fullmatch(values[key]) else text
        return [found], []
    if allowed and key in allowed:
        return [nodes.inline("", "not stated", classes=[f"ds-{kind}", "ds-missing"])], []
    near = difflib.get_close_matches(key, allowed or values, n=1, cutoff=0.0)
    hint = f" (nearest: {near[0]!r})" if near else ""
    logger.warning("unknown %s %r%s", kind, key, hint, location=role.get_location(), type="dsdocs", subtype=kind)
    return [nodes.inline("", f"{kind} {key}?", classes=["ds-missing"])], []


def _project(app: Sphinx) -> Project:
    project: Project = app.config.dsdocs_project
    return project


def _start(app: Sphinx, config: Any) -> None:
    # The value is kept out of the pickled configuration: it holds open tables.
    project = open_project(Path(app.confdir) if app.confdir else None)
    object.__setattr__(config, "dsdocs_project", project)
    config.exclude_patterns += reader.unsupported(project, Path(app.srcdir))
    config.templates_path.append(str(explorer_page.TEMPLATES))


def _prepare(app: Sphinx) -> None:
    reader.prepare(_project(app), Path(app.srcdir))
    setattr(app.env, mime.FILES, {})
    setattr(app.env, mime.LOADS, {})
    setattr(app.env, mime.MARKS, picture_marks(_project(app)))
    for style in (*STYLES, foot.STYLE):
        app.add_css_file(style)


def _page_context(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Point links to the data folder, and load what the figures of this page need."""
    depth = page.count("/")
    context["content_policy"] = content_policy()
    context["start_script"] = modules.versioned(assets.static_folder(), _START)[_START]
    if "body" in context:
        context["body"] = context["body"].replace('="dsdocs:', f'="{"../" * depth}{DATA}/')
    scripts, styles = getattr(app.env, mime.LOADS, {}).get(page, ({}, {}))
    for style in styles:
        app.add_css_file(style)
    for script in scripts:
        app.add_js_file(script, loading_method="defer")
    if page == app.config.root_doc and "body" in context:
        _say_outdated(app, page, context)
        context["metatags"] = context.get("metatags", "") + _linked_data(_project(app))


def _linked_data(project: Project) -> str:
    """Return the data set as JSON-LD for search engines; what stands in a script of this type is never run."""
    text = json.dumps(schema_org(about(project, data=DATA)), ensure_ascii=False)
    return f'<script type="application/ld+json">{text.replace("<", chr(92) + "u003c")}</script>'


def _say_outdated(app: Sphinx, page: str, context: dict[str, Any]) -> None:
    """Put a banner on the start page where results that the site shows are outdated."""
    shelf = open_shelf(_project(app).state)
    stale = [cell for cell in sorted(shelf.cells) if shelf.stale(cell)]
    if stale:
        places = {name.rpartition("/")[2]: app.builder.get_relative_uri(page, name) for name in app.env.found_docs}
        context["body"] = badge.banner_html(stale, places.get) + context["body"]
        app.add_css_file(badge.STYLE)


def _mend_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    mend(context)
    if page == "search":
        app.add_js_file(_SEARCH)


def _finish(app: Sphinx, error: Exception | None) -> None:
    """Write the tables and map scripts of all figures, and give the modules their folder."""
    if error is not None:
        return
    modules.name_modules(assets.static_folder(), Path(app.outdir) / "_static")
    demos.leave_out_runtimes(app)
    figures = getattr(app.env, mime.FILES)
    charts = chart_files([content for files in figures.values() for content in files.items()])
    for files in (*figures.values(), charts):
        for name, content in files.items():
            path = Path(app.outdir) / DATA / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register roles and events; reading in parallel is off, because figures are named in reading order."""
    app.add_role("fact", FactRole())
    app.add_html_math_renderer("mathml", (formulas.visit_math, None), (formulas.visit_math_block, None))
    app.add_role("dataset", DatasetRole())
    app.add_role("claim", ClaimRole())
    app.add_node(demos.demo, html=(demos.visit_demo, None))
    app.add_directive("demo", demos.DemoDirective)
    app.connect("config-inited", _start)
    app.connect("builder-inited", _prepare)
    app.connect("html-page-context", _page_context)
    app.connect("html-page-context", demos.use_demos)
    app.connect("html-page-context", foot.add_foot)
    app.connect("html-page-context", add_switcher)
    app.connect("html-page-context", add_meta)
    app.connect("html-page-context", give_sizes)
    app.connect("html-page-context", _mend_page, priority=900)  # when the theme has put in its navigation
    app.connect("html-page-context", explorer_page.use_template, priority=950)  # the last: it ends the event
    app.connect("build-finished", _finish)
    return {"version": package_version("dsdocs"), "parallel_read_safe": False, "parallel_write_safe": True}
