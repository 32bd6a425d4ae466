"""Find a Chromium for the browser tests; as a script with ``--install``, fetch one where none is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

VARIABLE = "DSDOCS_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
# Quiet and alone: a test browser that looks for updates or syncs would be a foreign request of its own.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> Path | None:
    """Return the first Chromium that starts: from ``DSDOCS_BROWSER``, from PATH, then Playwright's own.

    Raises
    ------
    RuntimeError
        ``DSDOCS_BROWSER`` names something that is not a working browser.
    """
    if named := os.environ.get(VARIABLE):
        path = Path(named)
        if not _starts(path):
            raise RuntimeError(f"{VARIABLE}={named} does not start; name the executable of a Chromium or unset it")
        return path
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> Iterator[Path]:
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))
    # Asking Playwright starts its driver, so it is asked last, and only in an environment that has it.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield Path(playwright.chromium.executable_path)


def _starts(path: Path) -> bool:
    # Being there is not enough: Ubuntu's chromium-browser is a stub, Playwright's may lack system libraries.
    try:
        return _quiet([str(path), "--version"], seconds=30)
    except OSError:
        return False


def install_browser() -> Path | None:
    """Return a browser, after trying to install one where none is found; None where that does not work."""
    if found := find_browser():
        return found
    for commands in _ways_to_install():
        # An all() of lazily run commands: the second runs only after the first went well.
        if all(_loud(command) for command in commands) and (found := find_browser()):
            return found
    return None


def _ways_to_install() -> Iterator[Sequence[Sequence[str]]]:
    yield [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        yield [["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]]


def _quiet(command: Sequence[str], *, seconds: float) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _loud(command: Sequence[str], *, seconds: float = 900) -> bool:
    print("installing a browser for the tests:", *command, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    browser = install_browser() if "--install" in sys.argv[1:] else find_browser()
    print("browser for the tests:", browser or "none was found, and none could be installed")
