"""What all tests share: the real samples, a browser, a web server, and no way out to the network."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright

from support.browser import FLAGS, find_browser
from support.needs import NEEDS, lacks
from support.pages import pages_server as serve_pages
from support.sites import Sites

REPOSITORY = Path(__file__).resolve().parents[1]
settings.register_profile("dsdocs", deadline=None)  # no test is timed in seconds
settings.load_profile("dsdocs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of a module that use a browser last.

    Playwright leaves its event loop running in the main thread from its start to its end, and ``asyncio.run``, which
    notebooks are executed with, refuses to start beside it.
    """
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly how many tests did not run because the machine lacks something."""
    reasons = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])]
    skipped = Counter(need for reason in reasons for need, (_, prefix) in NEEDS.items() if prefix in reason)
    for need, count in sorted(skipped.items()):
        line = f"{count} TESTS DID NOT RUN: no {need} ({NEEDS[need][0]}=1 makes this a failure)"
        terminalreporter.write_sep("!", line, red=True, bold=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real samples: ``DSDOCS_SHARED_DATA``, else ``../shared/data`` of the checkout."""
    folder = Path(os.environ.get("DSDOCS_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        lacks("shared data", f"{folder} is not there")
    return folder.resolve()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one Chromium for each module, with a fresh profile: what comes after it may need the event loop."""
    executable = find_browser()
    if executable is None:
        lacks("browser", "set DSDOCS_BROWSER, or run: python tests/support/browser.py --install")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page in a context of its own: no cookies, storage or cache of another test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def pages_server() -> Iterator[Callable[..., str]]:
    """Return ``pages_server(folder, prefix="/repo/")``, which serves a site to the end of the run."""
    with ExitStack() as servers:

        def serve(folder: Path, prefix: str = "/repo/") -> str:
            return servers.enter_context(serve_pages(folder, prefix))

        yield serve


@pytest.fixture(scope="session")
def sites(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Return the built sites by name, as `support.sites.NAMES` has them; each is built when it is first asked for."""
    base = tmp_path_factory.getbasetemp()
    # Processes that share the tests of a run have folders of their own below the one of the run.
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "sites"
    # Asked for late, so that the synthetic sample needs no real ones.
    return Sites(folder, lambda: request.getfixturevalue("shared_data"))


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is computed for archives without a configuration out of the user's cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse connections of this process that leave the machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(connect: Callable[..., object]) -> Callable[..., object]:
    def guarded(self: socket.socket, address: object) -> object:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address):
            raise RuntimeError(f"a test wanted to connect to {address}; tests stay on this machine")
        return connect(self, address)

    return guarded


def _is_loopback(address: object) -> bool:
    host = str(address[0]) if isinstance(address, tuple) else ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
