"""``dsdocs links``: what leads nowhere is named with a page, and a host that is slow to answer is asked again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dsdocs.site.external import dead_links, external_links
from support.sites import dsdocs, expect


@pytest.fixture
def host() -> Iterator[tuple[str, Counter[str]]]:
    """Serve a host whose paths say what it answers; the counter tells how often each was asked for."""
    asked: Counter[str] = Counter()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            code = int(self.path.split("/")[1][:3])
            if self.path.startswith("/503/then-200"):
                code = 503 if asked[self.path] < 2 else 200
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "/404/moved" if "nowhere" in self.path else "/200/moved")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def write(folder: Path, name: str, *targets: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    links = "".join(f'<a href="{target}">x</a>' for target in targets)
    (folder / name).write_text(f"<!doctype html>{links}<link href='http://other.invalid/x.css'>", encoding="utf-8")


def test_only_links_to_other_hosts_are_followed_and_anchors_are_one_page(tmp_path: Path) -> None:
    write(tmp_path, "b.html", "https://a.org/x#1", "https://a.org/x#2", "c.html", "mailto:a@b.org", "#here")
    write(tmp_path, "a/d.html", "https://a.org/x", "http://a.org/\u96ea")
    assert external_links(tmp_path) == {"http://a.org/\u96ea": ["a/d.html"], "https://a.org/x": ["a/d.html", "b.html"]}


def test_what_leads_nowhere_is_named_and_what_is_not_sure_is_not(
    tmp_path: Path, host: tuple[str, Counter[str]]
) -> None:
    base, asked = host
    paths = ("200/a", "404/b", "403/c", "429/d", "503/then-200", "503/always", "302/a", "302/nowhere", "410/e")
    write(tmp_path, "index.html", *(f"{base}/{path}" for path in paths), "https://example.org/x", "http://x.invalid/")
    write(tmp_path, "other.html", f"{base}/404/b#part")
    found = dead_links(tmp_path, pauses=(0.0, 0.0))
    assert [line.replace(base, "") for line in found] == [
        "index.html: /302/nowhere: 404 Not Found",
        "index.html: /404/b: 404 Not Found",
        "index.html: /410/e: 410 Gone",
        "index.html: /503/always: 503 Service Unavailable",
    ]
    assert (asked["/404/b"], asked["/503/always"], asked["/503/then-200"]) == (1, 3, 2)


def test_a_host_that_does_not_answer_is_named(tmp_path: Path, host: tuple[str, Counter[str]]) -> None:
    write(tmp_path, "index.html", "http://127.0.0.1:9/x", f"{host[0]}/200/{'x y'}", f"{host[0]}/200/\u96ea")
    (line,) = dead_links(tmp_path, pauses=())
    assert line.startswith("index.html: http://127.0.0.1:9/x: no answer: ")


def test_a_folder_that_is_not_there_has_not_been_checked(tmp_path: Path) -> None:
    assert "none: there is no such folder" in expect(dsdocs("links", "--out", tmp_path / "none"), 2).stderr


def test_the_program_ends_with_2_where_a_link_is_dead(tmp_path: Path, host: tuple[str, Counter[str]]) -> None:
    write(tmp_path, "index.html", f"{host[0]}/200/a")
    assert expect(dsdocs("links", "--out", tmp_path), 0).stdout == "no dead links\n"
    write(tmp_path, "index.html", f"{host[0]}/404/a")
    assert expect(dsdocs("links", "--out", tmp_path), 2).stdout == f"index.html: {host[0]}/404/a: 404 Not Found\n"
