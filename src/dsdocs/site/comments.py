"""Comments below a page, from a service that is not asked before the reader presses a button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sphinx.application import Sphinx

from dsdocs.config import Comments, Config
from dsdocs.render.markup import Html, element
from dsdocs.site.explorer_page import PAGE as EXPLORER
from dsdocs.site.policy import content_policy

SCRIPT = "js/comments.js"  # below _static
GISCUS, HYPOTHESIS = "https://giscus.app", "https://hypothes.is"
_HOSTS = {"giscus": "giscus.app", "hypothesis": "hypothes.is"}
# giscus is a frame and nothing else; hypothes.is a script that brings styles, fonts, pictures and a frame of its own.
_SOURCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "giscus": {"frame-src": (GISCUS,)},
    "hypothesis": {
        directive: (HYPOTHESIS, "https://*.hypothes.is")
        for directive in ("script-src", "style-src", "img-src", "font-src", "connect-src", "frame-src")
    },
}


def sources(config: Config) -> Mapping[str, tuple[str, ...]]:
    """Return what a page with comments may load from another host: directive of the policy -> sources."""
    comments = config.site.comments
    return _SOURCES[comments.provider] if comments else {}


def comments_html(app: Sphinx, page: str, context: dict[str, Any]) -> Html:
    """Draw the place of the comments with the button that loads them, and open the policy of this page for their host.

    The explorer has none: it fills the window.
    """
    config: Config = app.config.dsdocs_project.config
    comments = config.site.comments
    if comments is None or page == EXPLORER:
        return Html("")
    context["content_policy"] = content_policy(wasm="wasm" in context.get("content_policy", ""), more=sources(config))
    app.add_js_file(SCRIPT, loading_method="defer")
    return draw(comments, page)


def draw(comments: Comments, page: str) -> Html:
    """Draw the place of the comments of a page."""
    host = _HOSTS[comments.provider]
    address = f"{HYPOTHESIS}/embed.js"
    if comments.provider == "giscus":
        # As the script of giscus asks for its frame; the rest is known in the browser.
        asked = {
            "repo": comments.repository, "repoId": comments.repository_id, "category": comments.category,
            "categoryId": comments.category_id, "term": page, "strict": "1", "reactionsEnabled": "1",
            "emitMetadata": "0", "inputPosition": "top",
        }  # fmt: skip
        address = f"{GISCUS}/en/widget?{urlencode(asked)}"
    where = f"the discussions of {comments.repository} on GitHub" if comments.repository else "public annotations"
    told = (
        f"Comments are kept by {host}, in {where}. It is asked for them when you press the button, and not before; "
        "then it learns your IP address and which page you read."
    )
    tick = element("input", {"type": "checkbox", "data-remember": True})
    attributes = {
        "class": "ds-comments", "data-ds-comments": comments.provider, "data-address": address,
        "aria-labelledby": "ds-comments",
    }  # fmt: skip
    return element(
        "section",
        attributes,
        element("h2", {"id": "ds-comments"}, "Comments"),
        element("p", {"data-told": True}, told),
        element(
            "p",
            {"data-ask": True, "hidden": True},
            element("button", {"type": "button"}, f"Load comments from {host}"),
            element("label", None, tick, " Remember this on this device"),
        ),
        element("p", {"data-fallback": True}, "That needs JavaScript, and a page that was not opened from disk."),
        element(
            "p",
            {"data-forget": True, "hidden": True},
            element("button", {"type": "button"}, "Do not load them by themselves any more"),
        ),
        element("div", {"data-stage": True}),
        element("p", {"class": "ds-sr", "role": "status"}),
    )
