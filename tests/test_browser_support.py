"""The helpers of the browser tests notice what they are there to notice."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from support.browser import find_browser
from support.watching import axe, watch

# Without an icon of its own, Chromium asks for /favicon.ico, and the answer 404 is a console error.
GOOD = '<!doctype html><html lang="en"><title>t</title><link rel="icon" href="data:,"><main><h1>t</h1></main>'


@pytest.fixture
def open_page(tmp_path: Path, page: Page, pages_server: Callable[..., str]) -> Callable[[str], list[str]]:
    """Return a function that opens a page with the given markup and returns what the watch saw."""

    def open_markup(markup: str) -> list[str]:
        (tmp_path / "index.html").write_text(markup, encoding="utf-8")
        watched = watch(page)
        page.goto(pages_server(tmp_path), wait_until="networkidle")
        return watched.problems

    return open_markup


def test_a_good_page_has_no_problems(open_page: Callable[[str], list[str]], page: Page) -> None:
    assert open_page(GOOD) == []
    assert axe(page) == []


@pytest.mark.parametrize(
    ("markup", "problem"),
    [
        ("<script>console.error('ouch')</script>", "console error: ouch"),
        ("<script>throw new Error('ouch')</script>", "page error: ouch"),
        ("<script>throw 'ouch'</script>", "page error: ouch"),
        ("<img src='absent.png' alt=''>", "failed request: 404 "),
        ("<img src='http://127.0.0.1:1/a.png' alt=''>", "foreign request: http://127.0.0.1:1/a.png"),
        ("<script>new WebSocket('ws://127.0.0.1:1/')</script>", "foreign request: ws://127.0.0.1:1/"),
    ],
)
def test_the_watch_notes_each_kind_of_problem(open_page: Callable[[str], list[str]], markup: str, problem: str) -> None:
    assert any(found.startswith(problem) for found in open_page(GOOD + markup))


def test_axe_finds_an_image_without_a_text(open_page: Callable[[str], list[str]], page: Page) -> None:
    open_page(GOOD + "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>")
    assert [finding.split(":")[0] for finding in axe(page)] == ["critical image-alt"]


def test_a_named_browser_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSDOCS_BROWSER", "/nowhere/chromium")
    with pytest.raises(RuntimeError, match="DSDOCS_BROWSER=/nowhere/chromium does not start"):
        find_browser()


def test_a_browser_that_does_not_start_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, status in {"chromium": 1, "google-chrome": 0}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {status}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.delenv("DSDOCS_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() == tmp_path / "google-chrome"


def test_the_network_is_out_of_reach() -> None:
    # 192.0.2.0/24 is reserved for documentation (RFC 5737), so that nobody is called even if this fails.
    with socket.socket() as connection, pytest.raises(RuntimeError, match="tests stay on this machine"):
        connection.connect(("192.0.2.1", 80))


def test_what_a_machine_lacks_is_skipped_loudly_and_fails_on_demand(tmp_path: Path) -> None:
    test = tmp_path / "test_sample.py"
    test.write_text("def test_a(shared_data): ...\ndef test_b(shared_data): ...\n", encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DSDOCS_")}
    environment["DSDOCS_SHARED_DATA"] = str(tmp_path / "absent")
    tests = Path(__file__).parent
    environment["PYTHONPATH"] = str(tests)
    configuration = ["-c", str(tests.parent / "pyproject.toml"), "-p", "conftest", "-p", "no:cacheprovider"]
    configuration.append(f"--basetemp={tmp_path / 'inner'}")  # else it tidies up among the folders of this run
    command = [sys.executable, "-m", "pytest", *configuration, str(test)]
    lenient = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert lenient.returncode == 0, lenient.stdout + lenient.stderr
    assert "2 TESTS DID NOT RUN: no shared data (DSDOCS_REQUIRE_SHARED_DATA=1" in lenient.stdout
    environment["DSDOCS_REQUIRE_SHARED_DATA"] = "1"
    strict = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert strict.returncode == 1
    assert "2 errors" in strict.stdout
