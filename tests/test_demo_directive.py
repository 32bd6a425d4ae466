"""The directive that puts a demo on a page, built by Sphinx alone."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from dsdocs import assets
from dsdocs.site import demos

PAGES = {"index": "# Start\n\n```{toctree}\ndeep/page\n```\n", "deep/page": "# Page\n\n```{demo} classification\n```\n"}


def build(folder: Path, pages: dict[str, str], state: Path | None = None) -> tuple[Path, str]:
    """Build pages with the directive, and return where the site is and what Sphinx warned of."""
    source, out, warnings = folder / "source", folder / "out", io.StringIO()
    for name, text in pages.items():
        path = source / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    settings = {
        "extensions": ["myst_parser"], "html_theme": "furo", "html_static_path": [str(assets.static_folder())],
        "exclude_patterns": [],
    }  # fmt: skip
    with patch_docutils(source), docutils_namespace():
        app = Sphinx(
            source, None, out, folder / "doctrees", "html", settings, status=None, warning=warnings, freshenv=True
        )
        object.__setattr__(app.config, "dsdocs_project", SimpleNamespace(state=state or folder))
        app.add_node(demos.demo, html=(demos.visit_demo, None))
        app.add_directive("demo", demos.DemoDirective)
        app.connect("html-page-context", demos.use_demos)
        app.connect("build-finished", lambda app, error: demos.leave_out_runtimes(app))
        app.build()
    return out, warnings.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out, warnings = build(tmp_path_factory.mktemp("demo"), PAGES)
    assert warnings == ""
    return out


def test_addresses_are_relative_to_the_page(built: Path) -> None:
    page = (built / "deep" / "page.html").read_text(encoding="utf-8")
    assert 'data-manifest="../_data/classify/manifest.json"' in page
    assert 'data-explorer="../_data/explorer/manifest.json"' in page
    assert re.search(r'data-host="\.\./_static/js-[0-9a-f]{12}/demos/core/host\.js"', page)
    styles = re.findall(r'href="\.\./_static/(css/demos[a-z-]*\.css)', page)
    assert styles == ["css/demos.css", "css/demos-classify.css"]
    assert page.count('<button type="button" class="ds-d-button') == 1


def test_other_pages_load_nothing_of_it(built: Path) -> None:
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "demos" not in page.replace("deep/page", "")


def test_runtimes_are_published_where_a_page_has_a_demo(built: Path, tmp_path: Path) -> None:
    assert (built / "_static/vendor/geotiff/geotiff.js").is_file()
    assert (built / "_static/vendor/onnxruntime-web/ort.wasm.min.mjs").is_file()
    out, _ = build(tmp_path, {"index": "# Start\n"})
    assert not (out / "_static/vendor/onnxruntime-web").exists()
    assert not (out / "_static/vendor/geotiff").exists()
    assert (out / "_static/vendor/leaflet").is_dir()


def test_an_unknown_demo_is_a_problem_of_the_page(tmp_path: Path) -> None:
    _, warnings = build(tmp_path, {"index": "# Start\n\n```{demo} clasification\n```\n"})
    assert "there is no demo 'clasification'; known are: retrieval, classification" in warnings


def test_every_style_and_script_of_a_demo_is_there() -> None:
    root = assets.static_folder()
    for about in demos.DEMOS.values():
        for style in about.styles:
            assert (root / style).is_file(), style
    host = (root / "js/demos/core/host.js").read_text(encoding="utf-8")
    modules: Any = dict(re.findall(r'^  (\w+): \(\) => import\("\.\./([\w/.]+)"\)', host, re.MULTILINE))
    assert set(modules) == set(demos.DEMOS)
    for module in modules.values():
        assert (root / "js/demos" / module).is_file(), module
