"""What ``dsdocs check --browser`` finds in pages that are opened, and that it finds nothing in those of a site."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dsdocs.site.check import browser as checker
from support.browser import find_browser
from support.needs import lacks
from support.sites import command, environment
from support.trees import SECOND, page, put, write_tree

# In a process of its own, as the command is: Playwright's event loop occupies the one of other tests.
ASK = """
import sys
from pathlib import Path
from dsdocs.site.check import browser
browser._SETTLE = 60
print("\\n".join(map(str, browser.check_in_browser(Path(sys.argv[1]), sys.argv[2:] or None))))
"""


@pytest.fixture(scope="module", autouse=True)
def _chromium() -> None:
    if find_browser() is None:
        lacks("browser", "set DSDOCS_BROWSER, or run: python tests/support/browser.py --install")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree")


def asked(tree: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tree)],
        env=environment(DSDOCS_BROWSER=str(find_browser())), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@dataclass(frozen=True, slots=True)
class Defect:
    """A page with a mistake, and what is said of it."""

    said: str
    body: str = ""
    script: str = ""
    head: str = ""
    whole: str = SECOND  # the rest of the page
    policy: str = ""

    def write(self, tree: Path, name: str) -> None:
        put(tree, f"_static/{name}.js", self.script)
        loaded = f'<script src="_static/{name}.js"></script>' if self.script else ""
        text = page(name, f"{self.whole}\n{self.body}", name=f"{name}.html", head=self.head, policy=self.policy)
        put(tree, f"{name}.html", text.replace("</body>", f"{loaded}</body>"))


BUTTON = "<button id=b>x</button>"
# Of loopback, where nobody answers: a page that should not ask asks nobody.
ELSEWHERE = "http://127.0.0.1:9/a.png"
ASKED = f"{ELSEWHERE}: is asked of another host [request]"
SMALL = "<button style='width: 9px; height: 9px; padding: 0; border: 0; display: block' aria-label=a></button>"
DEFECTS = {
    "on-load": Defect(ASKED, f'<img src="{ELSEWHERE}" alt="">', policy="default-src 'self'; img-src *"),
    "on-hover-asked": Defect(ASKED, BUTTON, f"b.onmouseenter = () => (new Image().src = '{ELSEWHERE}')",
                             policy="default-src 'self'; img-src *"),
    "on-hover": Defect("Content Security Policy", BUTTON, f"b.onmouseenter = () => (new Image().src = '{ELSEWHERE}')"),
    "on-click": Defect("x.json: is answered with 404 [request]", BUTTON, "b.onclick = () => fetch('x.json')"),
    "error": Defect("ouch [console]", BUTTON, "b.onclick = () => { throw new Error('ouch'); }"),
    "message": Defect("ouch [console]", script="console.error('ouch')"),
    "inline": Defect("Content Security Policy directive", "<script>document.title = 'x'</script>"),
    "faint": Defect("color-contrast: Elements must meet", '<p style="color: #999; background: #fff">faint</p>'),
    "dark": Defect("(dark, 1280 px) [wcag]", "<p class=d>seen</p>",
                   head="<style>@media (prefers-color-scheme: dark) { .d { color: #ddd } }</style>"),
    "narrow": Defect("(light, 320 px) [wcag]", "<p class=d>seen</p>",
                     head="<style>@media (max-width: 500px) { .d { color: #ddd } }</style>"),
    "small": Defect("target-size", f"<p>{SMALL * 3}</p>"),
    "scripted": Defect("shows no heading, or no text, without JavaScript [no-script]", whole="",
                       script="document.querySelector('main').innerHTML = '<h1>x</h1>' + 'x '.repeat(60)"),
    "rooted": Defect("_static/a.css: is answered with 404 [request]", script="fetch('/_static/a.css')"),
    "served": Defect("[console]", script="fetch('_static/a.css')"),
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return what is said of each page of a tree with all mistakes: page -> lines."""
    tree = write_tree(tmp_path_factory.mktemp("defects"))
    for name, defect in DEFECTS.items():
        defect.write(tree, name)
    lines: dict[str, list[str]] = {}
    for line in asked(tree):
        lines.setdefault(line.partition(".html")[0], []).append(line)
    return lines


@pytest.mark.parametrize("name", DEFECTS)
def test_each_mistake_is_found(name: str, found: dict[str, list[str]]) -> None:
    assert any(DEFECTS[name].said in line for line in found.get(name, ())), found.get(name)


def test_nothing_is_found_where_nothing_is_wrong(found: dict[str, list[str]]) -> None:
    assert {"index", "labels"} & set(found) == set()


def test_the_command_says_so_and_ends_with_2(tree: Path) -> None:
    for name in ("index", "labels"):
        (tree / f"{name}.html").unlink()
    DEFECTS["inline"].write(tree, "index")
    arguments = command("check", "--tree", "--browser", "--out", tree)
    done = subprocess.run(arguments, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "[script]" in done.stdout
    assert "[console]" in done.stdout
    assert " GB that GitHub Pages takes; the largest: " in done.stderr


def test_without_playwright_the_command_says_what_to_install(tree: Path, tmp_path: Path) -> None:
    put(tmp_path, "playwright/__init__.py", "raise ImportError\n")
    arguments = command("check", "--tree", "--browser", "--out", tree)
    done = subprocess.run(
        arguments, env=environment(PYTHONPATH=str(tmp_path)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "dsdocs: --browser needs playwright; install it with: pip install 'dsdocs[check]'\n"


def test_all_of_wcag_is_asked_for() -> None:
    assert checker.TAGS == ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
