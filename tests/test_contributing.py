"""The page for contributors is true: its recipes are walked as they stand there, with ``dsdocs serve`` alone."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from support.sites import REPOSITORY, dsdocs, environment, expect
from test_docs import fences, section
from test_site_build import write_archive

PAGE = (REPOSITORY / "book" / "contributing.md").read_text(encoding="utf-8")
PATIENCE = 120  # s, in which a change has to show; a build of this archive takes a twentieth of it


def recipe(heading: str) -> str:
    return section(PAGE, f"## {heading}")


def file_of(text: str) -> str:
    """Return the first file below ``book/`` that a recipe names."""
    found = re.search(r"`(book/[\w.-]+\.(?:md|yml))`", text)
    assert found is not None
    return found[1]


def commands(heading: str) -> list[str]:
    return [line for block in fences(recipe(heading), "shell") for line in block.splitlines()]


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the repository of a guide, as an author has it."""
    folder = tmp_path_factory.mktemp("contributing")
    expect(dsdocs("init", folder / "guide", "--archive", write_archive(folder / "archive")), 0)
    return folder / "guide"


@pytest.fixture(scope="module")
def shown(guide: Path) -> Iterator[Callable[[str, str], str]]:
    """Run the one command that the page says is needed; return what waits until a page has a text."""
    install, serve = commands("See your change while you write")
    assert install == "pip install dsdocs"
    assert serve == "dsdocs serve"
    arguments = ["python", "-m", *serve.split(), "--port", "0"]
    process = subprocess.Popen(arguments, cwd=guide, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip()

    def wait(page: str, text: str) -> str:
        last = time.monotonic() + PATIENCE
        while time.monotonic() < last:
            try:
                with urlopen(f"{address}{page}.html") as answer:
                    found: str = answer.read().decode()
            except HTTPError:
                found = ""
            if text in found:
                return found
            time.sleep(0.2)
        raise AssertionError(f"{page}.html did not come to hold {text!r}")

    try:
        yield wait
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_the_recipes_work_one_after_the_other(guide: Path, shown: Callable[[str, str], str]) -> None:
    sentence = recipe("Fix a sentence")
    (text,) = fences(sentence, "markdown")
    _append(guide / file_of(sentence), text)
    shown(Path(file_of(sentence)).stem, text.strip())

    question = recipe("Add a question")
    (text,) = fences(question, "markdown")
    _append(guide / file_of(question), text)
    found = shown(Path(file_of(question)).stem, "Are all patches of the same size?")
    assert "Patches by width" in found
    assert "16 px" in found
    assert "Traceback" not in found

    added = recipe("Add a page")
    (text,) = fences(added, "markdown")
    (line,) = fences(added, "yaml")
    page = file_of(added)
    (guide / page).write_text(text, encoding="utf-8")
    place = re.search(r"below `(- file: [\w-]+)`", added)
    assert place is not None
    toc = guide / file_of(added[place.start() - 40 :])
    before = toc.read_text(encoding="utf-8")
    toc.write_text(before.replace(f"{place[1]}\n", f"{place[1]}\n{line}", 1), encoding="utf-8")
    found = shown(Path(page).stem, "<h1>My page")
    assert "4 patches" in re.sub(r"<[^>]+>", "", found)
    assert f'href="{Path(page).stem}.html"' in shown("index", "My page")

    (command,) = commands("Before you send it")
    done = dsdocs(*command.removeprefix("dsdocs ").split(), cwd=guide)
    assert [line for line in done.stdout.splitlines() if "book" in line or ".md" in line or "toml" in line] == []


def _append(file: Path, text: str) -> None:
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


def test_the_page_says_where_to_ask_and_what_else_can_be_done() -> None:
    assert PAGE.startswith("# Contributing\n\nWelcome.")
    assert "{dataset}`repository`" in recipe("Where to ask")
    assert "(errata.md)" in recipe("Report a wrong patch")
