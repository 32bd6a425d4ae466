"""Pages fit the data: sections and pages without their data are left out, and nothing points at them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dsdocs.errors import ConfigError
from dsdocs.locations import find_project
from dsdocs.notebooks import read_page
from dsdocs.project import Project, open_project
from dsdocs.site.pages import REQUIREMENTS, read_toc, without_links, without_sections
from dsdocs.summarize import describe, summarize

PAGE = """# Page
Text.

## First
% requires: labels

Kept or dropped.

### Below first

```{code-cell} ipython3
# not a heading
```

## Second
% requires: splits, time
More.

## Third
End.
"""


def test_a_section_goes_with_everything_below_it_and_lines_keep_their_numbers() -> None:
    left = without_sections(PAGE, {"splits", "time"}, "page.md")
    assert left.count("\n") == PAGE.count("\n")
    assert [line for line in left.split("\n") if line.startswith("#")] == ["# Page", "## Second", "## Third"]
    assert left.split("\n").index("## Second") == PAGE.split("\n").index("## Second")
    assert "not a heading" not in left


def test_an_item_goes_with_the_page_that_it_begins_with_and_other_links_become_text() -> None:
    first = "- [Labels](labels.md) tells what\n  is said.\n"
    text = f"{first}- [Time](time.md)\n- See [labels](labels.md#top).\n\n[Time](time.md) end\n"
    assert without_links(text, {"labels"}) == "- [Time](time.md)\n- See labels.\n\n[Time](time.md) end\n"
    assert without_links(text, {"labels", "time"}) == "- See labels.\n\nTime end\n"


def test_a_section_needs_all_that_it_asks_for() -> None:
    assert "More." not in without_sections(PAGE, {"labels", "splits"}, "page.md")
    assert without_sections(PAGE, {"labels", "splits", "time"}, "page.md") == PAGE


def test_an_unknown_requirement_is_an_error_that_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"page\.md: requires: 'colour' is unknown; known are: .*labels") as caught:
        without_sections("## X\n% requires: colour\n", set(), "page.md")
    assert all(name in str(caught.value) for name in REQUIREMENTS)


def test_a_table_of_contents_of_another_form_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text("root: index\nchapters: []\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="expected 'root' and 'parts'"):
        read_toc(tmp_path / "_toc.yml")


def test_a_page_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.md").write_bytes(b"# Caf\xe9\n")
    with pytest.raises(ConfigError, match=r"odd\.md: is not UTF-8: .*at byte 5; save it as UTF-8"):
        read_page(tmp_path / "odd.md")


def test_a_project_that_was_moved_is_opened_where_it_is_now(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    shutil.copytree(shared_data / "eurosat" / "EuroSAT_RGB", first / "archive")
    (first / "dsdocs.toml").write_text('[archive]\npath = "archive"\n', encoding="utf-8")
    project = Project(find_project(first))
    assert not summarize(project).reused
    describe(project)
    first.rename(second)
    assert summarize(Project(find_project(second))).reused
    monkeypatch.setenv("DSDOCS_STATE", str(second / ".dsdocs"))
    assert open_project().locations.archive == (str((second / "archive").resolve()),)
    assert open_project().description.title == "EuroSAT"
