"""Preview a site on this machine: rebuild when an input changes, and tell the open pages to reload."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape

from dsdocs.archive.address import is_url
from dsdocs.errors import DsdocsError
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.site.build import build_site, refuse_foreign
from dsdocs.site.stamp import is_current, site_key

RELOAD = "/-/version"
SCRIPT = "/-/reload.js"
# A file of its own, as the policy of a page runs no script within it. It is never part of the published site.
_TAG = b'<script src="%s?%d" defer></script></body>'
# Asks once a second for the number of the build. The number of the page stands in the address of this script.
_SCRIPT = b"""\
const version = new URL(document.currentScript.src).search.slice(1);
setInterval(async () => {
  const answer = await fetch("/-/version").catch(() => undefined);
  if (answer && await answer.text() !== version) location.reload();
}, 1000);
"""
console = Console(stderr=True)


class Preview:
    """The site being previewed and the number of its last build."""

    def __init__(self, locate: Callable[[], Locations], out: Path) -> None:
        self.locate = locate
        self.out = out
        self.version = 0

    def rebuild(self) -> None:
        """Build the site if anything has changed; a mistake on a page is printed and the old site stays."""
        try:
            found = self.locate()
            if is_current(found.state, self.out, site_key(found)):
                return
            built = build_site(Project(found), self.out)
        except DsdocsError as error:
            console.print(escape(f"dsdocs: {error}"), soft_wrap=True)
        else:
            run = sum(execution.run for execution in built.executions)
            console.print(f"built in {sum(built.seconds.values()):.1f} s, {run} cells run")
            self.version += 1


class Handler(SimpleHTTPRequestHandler):
    """Serve the built files; pages get the reload script."""

    def __init__(self, *args: object, preview: Preview, **options: object) -> None:
        self.preview = preview
        super().__init__(*args, directory=str(preview.out), **options)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with the number of the build, a page or a file."""
        if self.path == RELOAD:
            self._answer(str(self.preview.version).encode(), "text/plain")
            return
        if urlsplit(self.path).path == SCRIPT:
            self._answer(_SCRIPT, "text/javascript; charset=utf-8")
            return
        tag = _TAG % (
            SCRIPT.encode(),
            self.preview.version,
        )  # asked for before the page is read, which may be a newer one
        path = Path(self.translate_path(self.path))
        page = path / "index.html" if path.is_dir() else path
        if page.suffix == ".html" and page.is_file():
            self._answer(page.read_bytes().replace(b"</body>", tag), "text/html; charset=utf-8")
            return
        super().do_GET()

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent; the console shows builds, not requests."""


def start_server(preview: Preview, port: int) -> ThreadingHTTPServer:
    """Serve on the loopback address in a thread; port 0 takes a free one.

    Raises
    ------
    DsdocsError
        The port is taken.
    """
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, preview=preview))
    except OSError as error:
        raise DsdocsError(f"port {port} cannot be used ({error.strerror}); choose another with --port") from error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve_site(locate: Callable[[], Locations], out: Path, *, port: int) -> None:
    """Build, serve and watch until interrupted.

    Raises
    ------
    SiteError
        The folder holds files of somebody else, which must not be served.
    """
    from watchfiles import watch

    refuse_foreign(out)
    preview = Preview(locate, out)
    preview.rebuild()
    server = start_server(preview, port)
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    # A style of Pygments that the theme brings sends every library's log to the screen.
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    changes = watch(*watched(preview.locate()), yield_on_timeout=True, rust_timeout=1000)
    next(changes)
    preview.rebuild()  # what changed before the watch began is not told
    for found in changes:
        if found:
            preview.rebuild()


def watched(found: Locations) -> list[Path]:
    """Return the files and folders on this machine whose changes matter."""
    archive = (Path(source) for source in found.archive if not is_url(source))
    paths = [found.config_file, found.book, found.errata, *archive]
    return [path for path in paths if path is not None and path.exists()]
