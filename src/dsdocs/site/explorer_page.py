"""The page of the explorer: its own template around the text of ``explorer.md``, and the files that it loads first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from dsdocs import assets
from dsdocs.site.modules import module_address, versioned

PAGE = "explorer"
TEMPLATE = "explorer.html"
TEMPLATES = Path(__file__).with_name("templates")
_STYLES = "css/explorer*.css"  # below _static
_START = "js/explore.js"
# With all that they import they make the first view; other modules follow when the reader asks for what they do.
_FIRST = ("js/explorer/early.js", "js/explorer/core/backend.js", "js/explorer/main.js", "js/explorer/map/map.js")
_SCRIPT = re.compile(r"<script\b[^>]*></script>")
_IMPORT = re.compile(r"^(?:import|export)\b[^;]*?\bfrom \"(\.[^\"]+)\";", re.MULTILINE)


def use_template(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> str | None:
    """Render the page of the explorer without the frame of the theme; other pages as they are.

    Connected after every other handler of the event: Sphinx stops at the first one that names a template.
    """
    if page != PAGE:
        return None
    root = assets.static_folder()
    # What stands below the explorer is for readers without JavaScript, so figures bring no scripts.
    context["body"] = _SCRIPT.sub("", context.get("body", ""))
    context["explorer_styles"] = tuple(versioned(root, _STYLES).values())
    context["explorer_start"] = versioned(root, _START)[_START]
    context["explorer_scripts"] = module_address(root, "js/explorer")
    context["explorer_first"] = tuple(name.removeprefix("js/explorer/") for name in imported(root, _FIRST))
    return TEMPLATE


def imported(root: Path, entries: Iterable[str]) -> tuple[str, ...]:
    """Return modules and all that they import before they run, as paths below a folder, each once.

    A browser learns of a module from the one that imports it; told of all at once, it fetches them side by side.
    """
    found: dict[str, None] = {}
    waiting = list(entries)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found[name] = None
        file = root / name
        targets = _IMPORT.findall(file.read_text(encoding="utf-8"))
        waiting += [(file.parent / target).resolve().relative_to(root.resolve()).as_posix() for target in targets]
    return tuple(found)
