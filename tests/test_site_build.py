"""What a build runs again, what makes it fail, and what it leaves behind: with the program, on real archives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from support.sites import ARCHIVES, Sites, cells_run, digests, dsdocs, environment, expect, result


def write_archive(folder: Path) -> Path:
    """Write two small pictures of each of two classes."""
    for number, name in enumerate(("meadow/a", "meadow/b", "forest/c", "forest/d")):
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (20 * number, 90, 40)).save(path)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a guide with a built site, and its archive beside it."""
    folder = tmp_path_factory.mktemp("built")
    archive = write_archive(folder / "archive")
    expect(dsdocs("init", folder / "guide", "--archive", archive), 0)
    expect(dsdocs("build", cwd=folder / "guide"), 0)
    return folder


@pytest.fixture
def guide(built: Path, tmp_path: Path) -> Path:
    """Return a copy of the guide that a test may change; what was stored for it is valid wherever it lies."""
    shutil.copytree(built, tmp_path / "copy")
    return tmp_path / "copy" / "guide"


def edit(page: Path, *, change: Callable[[str], str]) -> None:
    page.write_text(change(page.read_text(encoding="utf-8")), encoding="utf-8")


def build(guide: Path) -> subprocess.CompletedProcess[str]:
    return dsdocs("build", "--json", cwd=guide)


def test_an_edit_of_prose_runs_no_cell_and_an_edit_of_code_runs_its_page_alone(guide: Path) -> None:
    labels = guide / "book" / "labels.md"
    edit(labels, change=lambda text: text + "\nA sentence of mine.\n")
    assert cells_run(result(build(guide))) == {}
    assert "A sentence of mine." in (guide / "site" / "labels.html").read_text(encoding="utf-8")
    edit(labels, change=lambda text: text.replace("show(labels_per_patch(", "show( labels_per_patch("))
    assert list(cells_run(result(build(guide)))) == ["labels"]


def test_a_build_without_a_change_runs_nothing_and_writes_nothing(guide: Path) -> None:
    result(build(guide))
    before = {path: path.stat().st_mtime_ns for path in (guide / "site").rglob("*")}
    again = result(build(guide))
    assert (again["executions"], again["summarized"]["reused"]) == ([], True)
    assert {path: path.stat().st_mtime_ns for path in (guide / "site").rglob("*")} == before


def test_a_new_patch_runs_every_cell_that_shows_data(guide: Path) -> None:
    Image.new("RGB", (16, 16)).save(guide.parent / "archive" / "meadow" / "e.png")
    again = result(build(guide))
    assert set(cells_run(again)) == {page["page"] for page in again["executions"] if page["cells"]}
    facts = json.loads((guide / "site" / "_data" / "facts.json").read_text(encoding="utf-8"))
    assert facts["n_patches"]["value"] == 5


FAILING = "\n```{code-cell} ipython3\nshare = 1 / 0\n```\n"
MISTAKES = {
    "an unknown fact": ("{fact}`n_patchs`", ("labels.md:", "unknown fact 'n_patchs'", "nearest: 'n_patches'")),
    "an unknown field": ("{dataset}`license`", ("labels.md:", "unknown dataset 'license'", "nearest: 'licence'")),
    "a failing cell": (FAILING, ("labels.md: code cell 3 failed", "share = 1 / 0", "ZeroDivisionError")),
    "a link to no page": ("[there](nowhere.md)", ("labels.md:", "nowhere")),
    "a link to no file": ('<a href="nowhere.pdf">there</a>', ("labels.html: nowhere.pdf: there is no such file",)),
    "a link to no anchor": ('<a href="index.html#x">there</a>', ("index.html#x: there is no such anchor",)),
    "a picture from elsewhere": ("![A map](https://example.org/a.png)", ("labels", "https://example.org/a.png")),
    "a picture without a text": ('<img src="a.png">', ("labels.html: 1 pictures have no alternative text",)),
    "a citation of nothing": ("{cite:p}`nobody2020`", ("labels.md:", "nobody2020")),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_on_a_page_is_named_and_the_old_site_stays(mistake: str, guide: Path) -> None:
    added, messages = MISTAKES[mistake]
    before = digests(guide / "site")
    edit(guide / "book" / "labels.md", change=lambda text: f"{text}\n{added}\n")
    stderr = expect(build(guide), 2).stderr
    assert [message for message in messages if message not in stderr] == [], stderr
    assert str(guide) not in stderr.replace(f"{guide / 'site'}", "")
    assert digests(guide / "site") == before
    assert [path.name for path in guide.glob(".site*")] == []


def test_check_finds_a_site_that_is_older_than_its_pages_and_a_file_that_is_gone(guide: Path) -> None:
    expect(build(guide), 0)
    assert expect(dsdocs("check", cwd=guide), 0).stdout == "no findings\n"
    (guide / "site" / "labels.html").unlink()
    edit(guide / "book" / "basics.md", change=lambda text: text + "\nMore.\n")
    findings = expect(dsdocs("check", cwd=guide), 2).stdout.splitlines()
    assert any("is older than its inputs" in finding for finding in findings)
    assert any("index.html: labels.html: there is no such file" in finding for finding in findings)


@pytest.mark.parametrize("name", ["eurosat-ms", "bigearthnet-v1-s2", "uc-merced"])
def test_the_guide_that_init_writes_gives_the_same_pages_and_facts(
    name: str, sites: Sites, shared_data: Path, tmp_path: Path
) -> None:
    guide = tmp_path / "my-guide"
    expect(dsdocs("init", guide, "--archive", shared_data / ARCHIVES[name]), 0)
    expect(dsdocs("build", cwd=guide), 0)
    plain = sites[name].site
    assert {path.name for path in guide.joinpath("site").glob("*.html")} == {path.name for path in plain.glob("*.html")}
    for file in ("facts.json", "summary.parquet"):
        assert (guide / "site" / "_data" / file).read_bytes() == (plain / "_data" / file).read_bytes()


def test_sphinx_alone_builds_the_pages_of_a_built_guide(sites: Sites, tmp_path: Path) -> None:
    site, out = sites["sample"].site, tmp_path / "out"
    book = sites.sample_project() / "book"
    command = [sys.executable, "-m", "sphinx", "-E", "-n", "-W", "--keep-going", str(book), str(out)]
    before = digests(book)
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    expect(done, 0)
    assert digests(book) == before
    page = (out / "labels.html").read_text(encoding="utf-8")
    figures = [line for line in page.splitlines() if "<figure" in line]
    assert figures == [line for line in (site / "labels.html").read_text("utf-8").splitlines() if "<figure" in line]
