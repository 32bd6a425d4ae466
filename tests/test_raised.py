"""What a build refuses is shown by GitHub at page and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from dsdocs.errors import CellError, SiteError
from dsdocs.site.check.raised import as_annotations
from support.sites import dsdocs, expect

PAGE = "# Title\n\n```{code-cell} ipython3\n1\n```\n\ntext\n\n````{code-cell} ipython3\n1 / 0\n````\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "labels.md").write_text(PAGE, encoding="utf-8")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    return tmp_path


def test_every_line_that_names_a_page_is_an_annotation(project: Path) -> None:
    error = SiteError("the pages have problems:\nlabels.md:7: WARNING: 5% of it, wrong\nelsewhere.md:1: ERROR: x\nmore")
    assert as_annotations(error, project) == [
        "::error file=book/labels.md,line=7,title=dsdocs check%3A page::labels.md:7: WARNING: 5%25 of it, wrong [page]"
    ]


def test_a_cell_is_found_by_its_number(project: Path) -> None:
    (line,) = as_annotations(CellError("labels.md", 2, "ZeroDivisionError: division by zero"), project)
    assert line.startswith("::error file=book/labels.md,line=9,")
    assert "code cell 2 failed" in line
    (line,) = as_annotations(CellError("labels.md", 3, "x"), project)
    assert line.startswith("::error file=book/labels.md,title")


def test_the_program_says_so_in_a_workflow_alone(project: Path) -> None:
    (project / "dsdocs.toml").write_text('[archive]\npath = "archive"\n', encoding="utf-8")
    (project / "book" / "labels.md").write_text("---\ndsdocs: [\n---\n# x\n", encoding="utf-8")
    for name in ("forest", "water"):
        (project / "archive" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(project / "archive" / name / f"{name}_1.png")
    for inside, expected in (("true", True), ("", False)):
        done = dsdocs("status", cwd=project, variables={"GITHUB_ACTIONS": inside})
        assert expect(done, 2).stderr.startswith("dsdocs: ")
        assert ("::error file=book/labels.md" in done.stdout) is expected, done.stdout + done.stderr
