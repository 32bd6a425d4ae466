"""Names in the data are text: shown as they are on every page, never markup, template, script or formula."""

from __future__ import annotations

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page

from support.sites import dsdocs, expect
from support.visits import PREFIX, Visit, visit
from support.watching import watch

CLASSES = (
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "${alert(1)}",
    "=cmd()",
    "+1",
    "@SUM(A1)",
    "\"quoted\" & 'apostrophe'",
    "`code` *stars* [link](javascript:alert(2)) $x^2$ {fact}`n_patches`",
    "<script>alert(3)<",
    "&lt;b&gt;",
    "{% raw %}{#",
)
ARCHIVE = "<b>bold<b> {{7*7}} \"'`"
PICTURES = ("=1+1", "<svg onload=alert(4)>")
TWICE = "<img src=x onerror=alert(5)>.png"  # in each folder, so that all but the first are named as left out


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site of an archive whose every name is an attempt."""
    folder = tmp_path_factory.mktemp("hostile")
    archive = folder / ARCHIVE
    for number, name in enumerate(CLASSES):
        for shade, picture in enumerate((*(f"{start}{number}.png" for start in PICTURES), TWICE)):
            path = archive / name / picture
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (32, 32), (20 * number, 80 * shade, 40)).save(path)
    expect(dsdocs("build", "--archive", archive, "--out", folder / "site", cwd=folder, cache=folder / "cache"), 3)
    return folder / "site"


def opened(site: Path, page: Page, base: str) -> dict[str, Visit]:
    """Visit every page, and fail if a script of the data runs."""
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    watched = watch(page)
    visits = {path.stem: visit(page, f"{base}{path.name}") for path in sorted(site.glob("*.html"))}
    page.goto(f"{base}search.html?q=onerror")
    page.wait_for_selector("#search-results li a")
    assert dialogs + watched.problems == []
    return visits


def test_names_are_shown_as_they_are_and_no_script_of_them_runs(
    site: Path, browser: Browser, pages_server: Callable[..., str]
) -> None:
    with browser.new_context(viewport={"width": 320, "height": 900}) as context:
        page = context.new_page()
        visits = opened(site, page, pages_server(site, PREFIX))
        assert [f"{name}: {problem}" for name, found in visits.items() for problem in found.problems()] == []
        assert [name for name in CLASSES if name not in visits["labels"].text] == []
        assert "The archive has 23 patches with 23 labels from 11 classes." in visits["labels"].text
        # Three folders stand for all of them in the tree.
        assert [name for name in sorted(CLASSES)[:3] if f"{name}/" not in visits["raw-data"].text] == []
        assert f"{CLASSES[1]}/{TWICE}" in visits["left-out"].text
        assert visits["index"].title == ARCHIVE
        assert visits["labels"].title == f"Labels - {ARCHIVE}"
        assert ARCHIVE in visits["labels"].text  # in the bar above the page
        # Nor are its quotation marks made typographic.
        page.goto(pages_server(site, PREFIX) + "index.html")
        assert page.locator("h1").first.inner_text().startswith(ARCHIVE)
        # Markup of the data would be an element, and its template the number 49.
        page.goto(pages_server(site, PREFIX) + "labels.html")
        assert page.locator("img[src$='/x'], svg[onload], main b").count() == 0
        assert [name for name, found in visits.items() if " 49" in found.text] == []


def test_no_cell_of_a_csv_is_a_formula(site: Path) -> None:
    cells = [
        cell
        for path in sorted(site.joinpath("_data", "csv").glob("*.csv"))
        for line in csv.reader(StringIO(path.read_bytes().decode(), newline=""))
        for cell in line
    ]
    assert "'=cmd()" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
