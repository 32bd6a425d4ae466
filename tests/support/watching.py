"""Note what goes wrong while a page is open, and let axe-core look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response

from dsdocs import assets
from dsdocs.site.check.browser import TAGS

AXE = assets.static_folder() / "vendor" / "axe-core" / "axe.min.js"
INLINE = frozenset({"about", "blob", "data"})


@dataclass(slots=True)
class Watch:
    """What a page did since the watch began; each list is empty when all is well."""

    console_errors: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)  # exceptions that no script caught
    foreign_requests: list[str] = field(default_factory=list)  # to another origin than the first page's
    failed_requests: list[str] = field(default_factory=list)  # no answer, or one of 400 and above
    origin: str | None = None  # scheme://host:port of the first request

    @property
    def problems(self) -> list[str]:
        """Everything noted, each with its kind in front."""
        return [
            f"{kind}: {text}"
            for kind, texts in (
                ("console error", self.console_errors),
                ("page error", self.page_errors),
                ("foreign request", self.foreign_requests),
                ("failed request", self.failed_requests),
            )
            for text in texts
        ]

    def saw_request(self, url: str) -> None:
        """Note a request to another origin than the first one's."""
        parts = urlsplit(url)
        if parts.scheme in INLINE:
            return
        origin = f"{parts.scheme}://{parts.netloc}"
        self.origin = self.origin or origin
        if origin != self.origin:
            self.foreign_requests.append(url)


def watch(page: Page) -> Watch:
    """Begin to watch a page; call it before the first ``page.goto``, whose origin is the one allowed."""
    watched = Watch()

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            watched.console_errors.append(message.text)

    def on_response(response: Response) -> None:
        if response.status >= 400:
            watched.failed_requests.append(f"{response.status} {response.url}")

    def on_failed(request: Request) -> None:
        # A page that is left while it loads aborts what is under way; nothing is wrong with that.
        if request.failure != "net::ERR_ABORTED":
            watched.failed_requests.append(f"{request.failure} {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: watched.page_errors.append(str(error)))
    page.on("request", lambda request: watched.saw_request(request.url))
    page.on("websocket", lambda socket: watched.foreign_requests.append(socket.url))
    page.on("response", on_response)
    page.on("requestfailed", on_failed)
    return watched


def axe(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 AA on the page as it is now, one line per element.

    Raises
    ------
    FileNotFoundError
        axe-core is not there; ``python hatch_build.py`` fetches it.
    """
    page.evaluate(_axe_source())
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}}
    results: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{finding['impact']} {finding['id']}: {finding['help']}: {' '.join(map(str, node['target']))}"
        for finding in results["violations"]
        for node in finding["nodes"]
    ]


@cache
def _axe_source() -> str:
    if not AXE.is_file():
        raise FileNotFoundError(f"{AXE} is missing; fetch it with: python hatch_build.py")
    return AXE.read_text(encoding="utf-8")
