"""The directive ``demo``: a frame on a page that becomes a tool when the reader starts it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from dsdocs import assets
from dsdocs.project import Project
from dsdocs.site import DATA
from dsdocs.site.modules import module_address
from dsdocs.site.policy import content_policy

EXPLORER = "explorer/manifest.json"  # below _data; a demo shows pictures, labels and places of the explorer
_HOST = "js/demos/core/host.js"  # below _static
_START = "js/demo.js"
_STYLE = "css/demos.css"
_RUNTIMES = ("geotiff", "onnxruntime-web")  # below _static/vendor; megabytes that demos alone need
_USED = "dsdocs_demos"  # attribute of the environment: a page has a demo


@dataclass(frozen=True, slots=True)
class Demo:
    """What a page says of a demo before it runs, and where its data are."""

    name: str
    title: str
    offer: str  # one sentence: what the reader can do with it
    manifest: str  # below _data
    styles: tuple[str, ...]  # below _static, beside those that all demos share


DEMOS = {
    demo.name: demo
    for demo in (
        Demo(
            "retrieval",
            "Search by example",
            "Choose a patch, or a picture of your own, and find the patches that look most like it.",
            "retrieval/manifest.json",
            # The explorer's are for its filters and its map.
            (
                "css/explorer.css",
                "css/explorer-filters.css",
                "css/explorer-map.css",
                _STYLE,
                "css/demos-retrieval.css",
            ),
        ),
        Demo(
            "classification",
            "Try the classifier",
            "Choose a patch, or a picture of your own, and see which labels the model gives it, and why.",
            "classify/manifest.json",
            (_STYLE, "css/demos-classify.css"),
        ),
    )
}
# Browsers load modules and read data over http alone, so the frame says so where it is opened from disk.
_TEMPLATE = """\
<section class="ds-demo" id="demo-{name}" data-demo="{name}" data-manifest="{manifest}" data-explorer="{explorer}" \
aria-label="{title}">
<div class="ds-d-poster">
<p class="ds-d-title">{title}</p>
<p>{offer}</p>
<p class="ds-d-privacy">Everything is computed in your browser: nothing that you choose or open leaves your machine.</p>
<p class="ds-d-start" hidden><button type="button" class="ds-d-button ds-d-button-strong">Start</button>
<span class="ds-d-note">{size}</span></p>
<p class="ds-d-fallback ds-d-no-script">This part of the page needs JavaScript. The figures on this page do without.</p>
<p class="ds-d-fallback ds-d-from-disk" hidden>This part of the page cannot run from disk, where browsers keep a page
from reading the files beside it. Run <code>dsdocs serve</code> and open the address that it prints.</p>
</div>
<div class="ds-d-stage" hidden></div>
<p class="ds-d-sr" role="status" aria-live="polite"></p>
</section>
"""


class demo(nodes.General, nodes.Element):
    """The place of a demo on a page."""


class DemoDirective(SphinxDirective):
    """Put a demo on the page: its one argument is the name, ``retrieval`` or ``classification``."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Return the frame."""
        name = self.arguments[0]
        if name not in DEMOS:
            raise self.error(f"there is no demo {name!r}; known are: {', '.join(DEMOS)}")
        setattr(self.env, _USED, True)
        return [demo(name=name)]


def visit_demo(translator: HTML5Translator, node: demo) -> None:
    """Write the frame with a button to start, and with what stands in its place where it cannot run."""
    # Any: the type of a translator's builder is that of any output, of which the one for HTML has more.
    builder: Any = translator.builder
    up = "../" * builder.current_docname.count("/")
    about = DEMOS[node["name"]]
    parts = {
        "name": about.name,
        "title": about.title,
        "offer": about.offer,
        "manifest": f"{up}{DATA}/{about.manifest}",
        "explorer": f"{up}{DATA}/{EXPLORER}",
        "size": first_load(builder.config.dsdocs_project, about),
    }
    translator.body.append(_TEMPLATE.format(**{key: escape(value) for key, value in parts.items()}))
    raise nodes.SkipNode


def first_load(project: Project, about: Demo) -> str:
    """Say how much a demo loads before the reader asks for more; nothing where its data are not there yet."""
    try:
        manifest = json.loads((project.state / about.manifest).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    if about.name == "classification":
        test = [entry["test"] for entry in manifest["models"][:1] if entry["test"]]
        size = sum(one[part]["bytes"] for one in test for part in ("rows", "scores", "truth"))
    else:
        size = sum(entry["bytes"]["open"] for entry in manifest["encoders"][:1])
    size += _explorer_size(project)
    return f"Loads {_said(size)} and small pictures; more only when you ask for it."


def _explorer_size(project: Project) -> int:
    """Return the bytes of what any demo reads of the explorer: codes, places and the first names."""
    manifest: dict[str, Any] = json.loads((project.state / EXPLORER).read_text(encoding="utf-8"))
    columns = [file for column in manifest["columns"] for file in (*column["files"], column.get("sets"))]
    places = manifest["positions"]["files"] if manifest["positions"] else []
    entries = [*columns, *places, manifest["basemap"], *manifest["names"]["files"][:1]]
    return sum(entry["bytes"] for entry in entries if entry)


def _said(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size // 1000, 1)} kB"


def use_demos(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Give a page that holds a demo its styles and the script that starts it."""
    found = [DEMOS[node["name"]] for node in doctree.findall(demo)] if doctree else []
    if not found:
        return
    root = assets.static_folder()
    up = "../" * page.count("/")
    static = f"{up}_static/"
    for style in dict.fromkeys(style for each in found for style in each.styles):
        app.add_css_file(style)
    # Needed where a browser has no workers made of modules, and the page runs the models itself.
    context["content_policy"] = content_policy(wasm=True)
    attributes: dict[str, Any] = {"data-host": f"{static}{module_address(root, _HOST)}"}
    app.add_js_file(_START, loading_method="defer", **attributes)


def leave_out_runtimes(app: Sphinx) -> None:
    """Remove from a new site what only demos need, where no page has one."""
    if not hasattr(app.env, _USED):
        for name in _RUNTIMES:
            shutil.rmtree(Path(app.outdir) / "_static" / "vendor" / name, ignore_errors=True)
