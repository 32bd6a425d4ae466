"""A loopback web server that treats a built site as GitHub Pages does, quirks included."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

# These are sent as they are; every other type, known or not, is compressed for a client that accepts gzip.
UNCOMPRESSED = frozenset(
    {".avif", ".gif", ".gz", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp", ".woff", ".woff2", ".zip"}
)
# Not left to the machine's own table, which differs from one system to the next.
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "application/javascript",
    ".json": "application/json",
    ".mjs": "application/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tif": "image/tiff",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request path gives: a file, or another place, or nothing."""

    status: HTTPStatus
    file: Path | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A built site below a sub-path, as a project's pages lie below ``/repository/``."""

    folder: Path
    prefix: str  # begins and ends with a slash

    def answer(self, path: str) -> Answer:
        """Find what a percent-encoded path gives; ``a`` is never ``a.html``, because from disk it is not."""
        if path + "/" == self.prefix:
            return Answer(HTTPStatus.MOVED_PERMANENTLY, location=self.prefix)
        name = unquote(path)
        if not name.startswith(self.prefix):
            return Answer(HTTPStatus.NOT_FOUND)
        parts = name.removeprefix(self.prefix).split("/")
        if ".." in parts or self._dropped(parts):
            return self._missing()
        place = self.folder.joinpath(*parts)
        if parts[-1] == "":
            index = place / "index.html"
            return Answer(HTTPStatus.OK, index) if index.is_file() else self._missing()
        if place.is_dir():
            return Answer(HTTPStatus.MOVED_PERMANENTLY, location=path + "/")
        return Answer(HTTPStatus.OK, place) if place.is_file() else self._missing()

    def _dropped(self, parts: list[str]) -> bool:
        # Without .nojekyll a branch deployment goes through Jekyll, which leaves such names out.
        return not (self.folder / ".nojekyll").exists() and any(part.startswith("_") for part in parts)

    def _missing(self) -> Answer:
        page = self.folder / "404.html"
        return Answer(HTTPStatus.NOT_FOUND, page if page.is_file() else None)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for the receipt of its headers
    site: Site  # set on the subclass that pages_server makes

    def do_GET(self) -> None:
        self._respond(with_body=True)

    def do_HEAD(self) -> None:
        self._respond(with_body=False)

    def _respond(self, *, with_body: bool) -> None:
        answer = self.site.answer(urlsplit(self.path).path)
        body, headers = self._content(answer)
        status = answer.status
        if status is HTTPStatus.OK and (wanted := _range(self.headers.get("Range", ""), len(body))):
            # Of the compressed bytes: the quirk that makes ranges of .parquet and .bin useless there.
            first, last = wanted
            headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
            status, body = HTTPStatus.PARTIAL_CONTENT, body[first : last + 1]
        self.send_response(status)
        for key, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(key, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _content(self, answer: Answer) -> tuple[bytes, dict[str, str]]:
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "max-age=600",
            "Accept-Ranges": "bytes",
        }
        if answer.location is not None:
            return b"", headers | {"Location": answer.location}
        if answer.file is None:
            return b"not found", headers | {"Content-Type": "text/plain; charset=utf-8"}
        headers["Content-Type"] = content_type(answer.file)
        compress = "gzip" in self.headers.get("Accept-Encoding", "")
        if compress and answer.file.suffix not in UNCOMPRESSED:
            modified = answer.file.stat().st_mtime_ns
            return _compressed(answer.file, modified), headers | {
                "Content-Encoding": "gzip",
                "Vary": "Accept-Encoding",
            }
        return answer.file.read_bytes(), headers

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: failed requests are told by the test that watches the page."""


def content_type(file: Path) -> str:
    """Return the Content-Type header for a file name; unknown suffixes are ``application/octet-stream``."""
    kind = TYPES.get(file.suffix, "application/octet-stream")
    text = kind.startswith("text/") or kind in {
        "application/javascript",
        "application/json",
        "application/xml",
    }
    return f"{kind}; charset=utf-8" if text else kind


@lru_cache(maxsize=512)  # a host keeps what it has compressed, too
def _compressed(file: Path, modified: int) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)


def _range(header: str, length: int) -> tuple[int, int] | None:
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if first == "":
        return max(length - int(last), 0), length - 1
    if int(first) >= length:
        return None
    return int(first), min(int(last), length - 1) if last else length - 1


@contextmanager
def pages_server(folder: Path, prefix: str = "/repo/") -> Iterator[str]:
    """Serve a folder on a free loopback port while the block runs.

    Parameters
    ----------
    folder
        The built site; names that begin with ``_`` are served only when it holds ``.nojekyll``.
    prefix
        Sub-path of the site, with a slash at both ends; everything outside it is not found.

    Yields
    ------
    str
        Address of the start page, which ends with the prefix.
    """
    site = Site(folder, prefix)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_SiteHandler", (_Handler,), {"site": site}))
    server.daemon_threads = True  # an open keep-alive connection must not hold the end of the tests
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
