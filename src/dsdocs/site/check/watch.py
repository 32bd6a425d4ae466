"""Note what an open page asks for and reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from dsdocs.site.check.finding import Finding

_WITHIN = frozenset({"about", "blob", "data"})  # no request leaves the browser


@dataclass(slots=True)
class Watch:
    """What went wrong while a page was open."""

    base: str
    problems: dict[tuple[str, str], None] = field(default_factory=dict)  # kind, message
    left: bool = False  # the page is about to be closed: requests under way come to nothing

    def note(self, kind: str, message: str) -> None:
        """Keep a problem once."""
        self.problems[kind, message] = None

    def findings(self, name: str) -> Iterator[Finding]:
        """Yield what was noted."""
        return (Finding(name, None, kind, message) for kind, message in self.problems)

    def asked(self, url: str) -> None:
        """Note a request to another origin."""
        here, there = urlsplit(self.base), urlsplit(url)
        if there.scheme not in _WITHIN and (there.scheme, there.netloc) != (here.scheme, here.netloc):
            self.note("request", f"{url}: is asked of another host")

    def shown(self, url: str) -> str:
        """Return an address as it is below the root of the tree, where it lies there."""
        return url.removeprefix(self.base)


@contextmanager
def watching(page: Any, base: str) -> Iterator[Watch]:
    """Watch a page of Playwright while the block runs; open it within."""
    watch = Watch(base)

    def on_console(message: Any) -> None:
        # A request that failed is reported by itself, with its address.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            watch.note("console", message.text.splitlines()[0].replace(base, ""))

    def on_failed(request: Any) -> None:
        if not watch.left and request.failure != "net::ERR_ABORTED":
            watch.note("request", f"{watch.shown(request.url)}: {request.failure}")

    def on_response(response: Any) -> None:
        if response.status >= 400:
            watch.note("request", f"{watch.shown(response.url)}: is answered with {response.status}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: watch.note("console", str(error).splitlines()[0].replace(base, "")))
    page.on("request", lambda request: watch.asked(request.url))
    page.on("websocket", lambda socket: watch.note("request", f"{socket.url}: is asked of another host"))
    page.on("requestfailed", on_failed)
    page.on("response", on_response)
    yield watch
