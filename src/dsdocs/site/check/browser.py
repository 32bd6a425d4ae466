"""Open every page of a tree in Chromium: what it asks for, reports and shows, as readers have it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dsdocs import assets
from dsdocs.errors import SiteError
from dsdocs.site.check.finding import Finding
from dsdocs.site.check.serving import serving
from dsdocs.site.check.watch import Watch, watching

PREFIXES = ("/repo/pr-preview/pr-7/", "/repo/", "/")  # of a preview, of a project, of a host
WIDTHS = (1280, 320)  # px; the second is that of WCAG 2.2, 1.4.10
SCHEMES = ("light", "dark")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_VARIABLE = "DSDOCS_BROWSER"
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
# Quiet and alone: a browser that looks for updates would be a foreign request of its own.
_FLAGS = (
    "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-sync",
    "--no-first-run", "--no-sandbox",
)  # fmt: skip
_SETTLE = 150  # ms in which what a reader did starts its requests
_CLICKS = 40  # of one page: a gallery has a button for each of its pictures
# Real movements of the mouse for what is in the window, events for the rest of the page.
_POINTS = """() => Array.from(document.querySelectorAll("a[href], button, summary, label, [title], svg, img"))
  .map((one) => one.getBoundingClientRect())
  .filter((box) => box.width && box.height && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0)
  .slice(0, 30).map((box) => [box.left + box.width / 2, box.top + box.height / 2])"""
_HOVER = """() => { for (const one of document.querySelectorAll("a[href], button, summary, label, [title], svg *, img"))
  for (const kind of ["pointerover", "mouseover", "mouseenter", "mousemove"])
    one.dispatchEvent(new MouseEvent(kind, { bubbles: kind !== "mouseenter" })); }"""
# Links lead away; forms send the page elsewhere.
_CLICK = """(most) => { const away = (one) => one.form && one.type === "submit";
  const shown = (one) => one.getClientRects().length && !one.disabled && !away(one);
  for (const one of Array.from(document.querySelectorAll("button, summary, input[type=radio], input[type=checkbox]"))
    .filter(shown).slice(0, most)) if (one.isConnected) one.click(); }"""
_WCAG = """(tags) => axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag", values: tags } })
  .then((found) => found.violations.flatMap((one) =>
    one.nodes.map((node) => [one.id, one.help, node.target.join(" ")])))"""
_READABLE = """() => { const top = document.querySelector("h1");
  return Boolean(top && top.getClientRects().length && document.body.innerText.trim().length > 40); }"""


def check_in_browser(folder: Path, pages: Sequence[str] | None = None) -> tuple[Finding, ...]:
    """Open pages as readers do, and return what is wrong with them, by page.

    Each page is opened below three sub-paths, from disk and without JavaScript. Below the first, everything that can be
    pointed at or pressed is, and axe-core looks at it wide and narrow, light and dark.

    Parameters
    ----------
    folder
        The tree.
    pages
        Paths of pages in it; default: all.

    Raises
    ------
    SiteError
        There is no browser, or not what drives it.
    """
    names = list(pages or sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html")))
    found: dict[tuple[str, str, str], Finding] = {}
    with _browser() as browser:
        for prefix in PREFIXES:
            with serving(folder, prefix) as base:
                for finding in _visit(browser, base, names, whole=prefix == PREFIXES[0]):
                    found.setdefault((finding.path, finding.kind, finding.message), finding)
        for finding in (*_visit(browser, folder.resolve().as_uri() + "/", names), *_unscripted(browser, folder, names)):
            found.setdefault((finding.path, finding.kind, finding.message), finding)
    return tuple(sorted(found.values(), key=lambda one: (one.path, one.kind, one.message)))


def _visit(browser: Any, base: str, names: Sequence[str], *, whole: bool = False) -> Iterator[Finding]:
    """Open pages below one address, and, where asked, use them and let axe-core look."""
    with _context(browser, viewport={"width": WIDTHS[0], "height": 900}) as context:
        for name in names:
            page = context.new_page()
            with watching(page, base) as watch:
                page.goto(base + name, wait_until="load")
                page.wait_for_timeout(_SETTLE)
                if whole:
                    yield from _accessible(page, name)
                    _use(page, watch)
            yield from watch.findings(name)
            page.close()


def _use(page: Any, watch: Watch) -> None:
    """Point at and press whatever a page offers."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    for x, y in page.evaluate(_POINTS):
        page.mouse.move(x, y)
    page.evaluate(_HOVER)
    page.wait_for_timeout(_SETTLE)
    page.evaluate(_CLICK, _CLICKS)
    page.wait_for_timeout(2 * _SETTLE)
    watch.left = True  # what is still under way now is not waited for


def _accessible(page: Any, name: str) -> Iterator[Finding]:
    """Let axe-core look at a page, wide and narrow, light and dark."""
    page.evaluate(_axe())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            for rule, help_, target in page.evaluate(_WCAG, list(TAGS)):
                yield Finding(name, None, "wcag", f"{rule}: {help_}: {target} ({scheme}, {width} px)")


def _unscripted(browser: Any, folder: Path, names: Sequence[str]) -> Iterator[Finding]:
    """Open pages without JavaScript: they have to be there all the same."""
    with _context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        for name in names:
            page.goto((folder / name).resolve().as_uri())
            if not page.evaluate(_READABLE):
                yield Finding(name, None, "no-script", "shows no heading, or no text, without JavaScript")


@contextmanager
def _context(browser: Any, **options: Any) -> Iterator[Any]:
    context = browser.new_context(**options)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def _browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise SiteError("--browser needs playwright; install it with: pip install 'dsdocs[check]'") from error
    named = os.environ.get(_VARIABLE) or next((found for name in _NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=named, args=list(_FLAGS))
        except Error as error:
            where = f"{_VARIABLE}={named}" if os.environ.get(_VARIABLE) else "a Chromium"
            said = str(error).splitlines()[0]
            raise SiteError(f"{where} does not start ({said}); run: playwright install chromium") from error
        try:
            yield browser
        finally:
            browser.close()


def _axe() -> str:
    return assets.vendored("axe-core", "axe.min.js").read_text(encoding="utf-8")
