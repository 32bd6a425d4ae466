"""What a build runs again, what makes it fail, and what it leaves behind: with the program, on real archives."""

from __future__ import annotations

import json
import re
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
    edit(labels, change=lambda text: text.replace("show(label_frequency(", "show( label_frequency("))
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


# Sphinx names all of its findings at once, and so do the checks of the finished pages.
WHILE_WRITING = {
    "{fact}`n_patchs`": "unknown fact 'n_patchs' (nearest: 'n_patches')",
    "{dataset}`license`": "unknown dataset 'license' (nearest: 'licence')",
    "[there](nowhere.md)": "'nowhere.md'",
    "{cite:p}`nobody2020`": "nobody2020",
}
WHEN_WRITTEN = {
    "![A map](https://example.org/a.png)": "https://example.org/a.png: is loaded from another host [foreign]",
    '<a href="nowhere.pdf">there</a>': ": nowhere.pdf: there is no such file [link]",
    '<a href="index.html#x">there</a>': ": index.html#x: there is no such anchor [anchor]",
    '<img src="dsdocs:facts.json">': ": _data/facts.json: has no alternative text [image]",
}


def refused(guide: Path, addition: str) -> str:
    """Add to a page, see the build refused with the old site as it was, and return what it said."""
    before = digests(guide / "site")
    edit(guide / "book" / "labels.md", change=lambda text: f"{text}\n{addition}\n")
    stderr = expect(build(guide), 2).stderr
    assert digests(guide / "site") == before
    assert [path.name for path in guide.glob(".site*")] == []
    return stderr


@pytest.mark.parametrize("mistakes", [WHILE_WRITING, WHEN_WRITTEN], ids=["while writing", "when written"])
def test_all_mistakes_on_a_page_are_named_and_the_old_site_stays(mistakes: dict[str, str], guide: Path) -> None:
    said = refused(guide, "\n\n".join(mistakes)).splitlines()
    assert [found for found in mistakes.values() if not any(found in line for line in said)] == [], said
    named = [line for line in said if line.startswith(("labels.md:", "labels.html:")) and "no width" not in line]
    assert len(named) == len(mistakes), said


CLAIMS = """
[claims.figures]
total = { says = "Patches", value = 4, unit = "patches", expression = "n_patches", source = "us" }
kinds = { says = "Classes", value = 3, expression = "n_classes", source = "us", table = "Table 1" }
"""


def test_prose_quotes_claims_and_a_wrong_one_is_a_finding(guide: Path) -> None:
    edit(guide / "dsdocs.toml", change=lambda text: text + CLAIMS)
    labels = guide / "book" / "labels.md"
    edit(labels, change=lambda text: f"{text}\nAll {{claim}}`total` of {{claim}}`kinds` classes.\n")
    expect(build(guide), 0)
    page, quality = ((guide / "site" / f"{name}.html").read_text(encoding="utf-8") for name in ("labels", "quality"))
    assert re.findall(r'<span class="ds-claim">(.*?)</span>', page) == [
        "4 patches (the archive agrees)", "3 (the archive has 2)",
    ]  # fmt: skip
    assert "Published figures differ from the archive" in quality
    assert 'href="claims.html"' in quality
    verdicts = json.loads((guide / "site" / "_data" / "claims.json").read_text(encoding="utf-8"))
    assert {key: one["verdict"] for key, one in verdicts.items()} == {"kinds": "differs", "total": "agrees"}
    assert (verdicts["kinds"]["value"], verdicts["kinds"]["computed"]) == (3, 2)
    tables = [path.read_text(encoding="utf-8-sig") for path in (guide / "site").rglob("*.csv")]
    assert any(re.search(r"^Classes,3,2,-1,\W*us, Table 1\W*,n_classes", table, re.MULTILINE) for table in tables)
    line = len(labels.read_text(encoding="utf-8").splitlines()) + 2
    said = refused(guide, "{claim}`totl`")
    assert f"labels.md:{line}: WARNING: unknown claim 'totl' (nearest: 'total')" in said


def test_strict_refuses_files_whose_pixels_cannot_be_read(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "archive")
    broken = archive / "meadow" / "b.png"
    data = bytearray(broken.read_bytes())
    data[data.index(b"IDAT") + 4] ^= 0xFF  # the header of the compressed pixels; that of the picture is in order
    broken.write_bytes(bytes(data))
    stderr = expect(dsdocs("build", "--archive", archive, "--strict", cwd=tmp_path), 2).stderr
    assert "--strict: the pixels of 1 file cannot be read, nothing was published; the first: meadow/b.png: " in stderr
    assert stderr.rstrip().endswith("(image.corrupt)")
    assert not (tmp_path / "site").exists()


def test_strict_refuses_what_only_the_sheets_of_the_explorer_show(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "archive")
    # One patch has a larger picture, and there is no pass over pixels that would meet the others.
    (tmp_path / "dsdocs.toml").write_text(
        '[archive]\npath = "archive"\n[pixels]\npatches = 0\n[thumbnails]\ncount = 1\n', encoding="utf-8"
    )
    expect(dsdocs("build", cwd=tmp_path), 0)
    (shown,) = json.loads((tmp_path / ".dsdocs" / "thumbnails.json").read_text(encoding="utf-8"))
    broken = next(path for path in sorted(archive.rglob("*.png")) if path.stem != Path(shown["id"]).name)
    data = bytearray(broken.read_bytes())
    data[data.index(b"IDAT") + 4] ^= 0xFF
    broken.write_bytes(bytes(data))
    stderr = expect(dsdocs("build", "--strict", "--out", "other", cwd=tmp_path), 2).stderr
    assert "--strict: " in stderr
    assert broken.name in stderr
    assert not (tmp_path / "other").exists()


def test_a_failing_cell_is_named_with_its_line_and_its_traceback_and_the_old_site_stays(guide: Path) -> None:
    said = refused(guide, "\n```{code-cell} ipython3\nshare = 1 / 0\n```")
    page = (guide / "book" / "labels.md").read_text(encoding="utf-8").splitlines()
    assert re.search(r"^dsdocs: labels\.md: code cell \d+ failed$", said, re.MULTILINE)
    assert f"labels.md, line {page.index('share = 1 / 0')}:" in said
    assert "ZeroDivisionError: division by zero" in said
    assert "\x1b" not in said


def test_check_finds_a_site_that_is_older_than_its_pages_and_a_file_that_is_gone(guide: Path) -> None:
    expect(build(guide), 0)
    assert expect(dsdocs("check", cwd=guide), 0).stdout == "no findings\n"
    (guide / "site" / "labels.html").unlink()
    edit(guide / "book" / "basics.md", change=lambda text: text + "\nMore.\n")
    findings = expect(dsdocs("check", cwd=guide), 2).stdout.splitlines()
    assert any("is older than its inputs" in finding for finding in findings)
    dead = re.compile(r"index\.html:\d+: labels\.html: there is no such file \[link\]")
    assert any(map(dead.match, findings))


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
    # What --archive names for one build is in the configuration of who builds without it.
    edit(book.parent / "dsdocs.toml", change=lambda text: text.replace("demo/archive", "../sample-archive"))
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-n", str(book), str(out)]
    before = digests(book)
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    # The navigation comes from _toc.yml, which dsdocs reads and Sphinx does not.
    assert [line for line in expect(done, 0).stderr.splitlines() if "[toc.not_included]" not in line] == []
    assert digests(book) == before
    for name in sites["sample"].pages:
        assert figures(out / f"{name}.html") == figures(site / f"{name}.html")


def figures(page: Path) -> list[str]:
    return [line for line in page.read_text(encoding="utf-8").splitlines() if "<figure" in line]
