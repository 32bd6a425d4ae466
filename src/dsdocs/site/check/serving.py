"""A loopback server that has a tree below a sub-path, as GitHub Pages has a project's site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Handler(SimpleHTTPRequestHandler):
    """Serve a folder below a prefix; outside it there is nothing."""

    def __init__(self, *args: object, prefix: str, **options: object) -> None:
        self.prefix = prefix
        super().__init__(*args, **options)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        """Return the file of an address, or a place where no file is."""
        if not path.startswith(self.prefix):
            return str(Path(self.directory, ".nothing", "here"))
        return super().translate_path("/" + path.removeprefix(self.prefix))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the check tells what failed."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # an open connection must not hold the end

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a page that is left takes no more of what it asked for."""


@contextmanager
def serving(folder: Path, prefix: str) -> Iterator[str]:
    """Serve a tree on a free loopback port while the block runs, and yield the address of its root.

    Parameters
    ----------
    folder
        The tree.
    prefix
        Sub-path, with a slash at both ends.
    """
    handler = partial(_Handler, prefix=prefix, directory=str(folder))
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
