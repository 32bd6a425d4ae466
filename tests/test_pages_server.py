"""The test server shows the quirks of GitHub Pages that the browser code must live with."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

TABLE = b"PAR1" + b"row " * 1000 + b"PAR1"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / ".nojekyll").touch()
    for name, content in {
        "index.html": b"<h1>start</h1>",
        "404.html": b"<h1>lost</h1>",
        "labels/index.html": b"<h1>labels</h1>",
        "_static/a.js": b"export {}",
        "data.parquet": TABLE,
        "shard.bin.gz": gzip.compress(TABLE, mtime=0),
        "tile.tif": TABLE,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def ask(base: str, path: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(urlsplit(base).netloc)
    try:
        connection.request(method, path, headers={key.replace("_", "-"): value for key, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/repo/", 200, b"<h1>start</h1>"),
        ("/repo/index.html?v=1", 200, b"<h1>start</h1>"),
        ("/repo/labels/", 200, b"<h1>labels</h1>"),
        ("/repo/_static/a.js", 200, b"export {}"),
        ("/repo/absent.html", 404, b"<h1>lost</h1>"),
        ("/repo/index.html/", 404, b"<h1>lost</h1>"),
        ("/repo/labels/../index.html", 404, b"<h1>lost</h1>"),
        ("/index.html", 404, b"not found"),
    ],
)
def test_a_path_gives_what_pages_gives(
    site: Path, pages_server: Callable[..., str], path: str, status: int, body: bytes
) -> None:
    found, _, content = ask(pages_server(site), path)
    assert (found, content) == (status, body)


@pytest.mark.parametrize(("path", "location"), [("/repo", "/repo/"), ("/repo/labels", "/repo/labels/")])
def test_a_folder_without_its_slash_is_redirected(
    site: Path, pages_server: Callable[..., str], path: str, location: str
) -> None:
    status, headers, _ = ask(pages_server(site), path)
    assert (status, headers["Location"]) == (301, location)


def test_unknown_types_are_compressed_so_that_lengths_and_ranges_are_wrong(
    site: Path, pages_server: Callable[..., str]
) -> None:
    base = pages_server(site)
    status, headers, body = ask(base, "/repo/data.parquet", Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"], gzip.decompress(body)) == (200, "gzip", TABLE)
    _, headers, _ = ask(base, "/repo/data.parquet", "HEAD", Accept_Encoding="gzip")
    assert int(headers["Content-Length"]) == len(body) < len(TABLE)
    status, headers, part = ask(base, "/repo/data.parquet", Accept_Encoding="gzip", Range="bytes=-4")
    assert (status, part) == (206, body[-4:])
    assert headers["Content-Range"] == f"bytes {len(body) - 4}-{len(body) - 1}/{len(body)}"


@pytest.mark.parametrize("name", ["shard.bin.gz", "tile.tif"])
def test_packed_types_are_left_alone_so_that_ranges_are_right(
    site: Path, pages_server: Callable[..., str], name: str
) -> None:
    content = (site / name).read_bytes()
    base = pages_server(site)
    status, headers, body = ask(base, f"/repo/{name}", Accept_Encoding="gzip", Range="bytes=2-9")
    assert (status, body) == (206, content[2:10])
    assert headers["Content-Range"] == f"bytes 2-9/{len(content)}"
    _, headers, body = ask(base, f"/repo/{name}", "HEAD", Accept_Encoding="gzip")
    assert (headers["Content-Encoding"], int(headers["Content-Length"]), body) == (None, len(content), b"")


def test_names_with_an_underscore_need_nojekyll(site: Path, pages_server: Callable[..., str]) -> None:
    (site / ".nojekyll").unlink()
    status, _, _ = ask(pages_server(site), "/repo/_static/a.js")
    assert status == 404
