"""The data sheet asks everything, says what the data knows, and shows what nobody has answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsdocs import data_sheet
from dsdocs.config import Config, parse_config
from dsdocs.datasheet import KEYS, SECTIONS
from dsdocs.errors import ConfigError
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.render.html import html
from dsdocs.sample import write_sample
from dsdocs.summarize import describe, summarize
from dsdocs.views import Answers, Numbers

SAID = {
    "dataset": {
        "title": "Made up", "licence": "CC-BY-4.0", "repository": "https://example.org/me/guide",
        "published": "2025-03-14",
        "authors": [{"name": "A. Author", "affiliation": "Somewhere"}],
    },
    "claims": {"patches": 64},
    "datasheet": {"purpose": "To <b>try</b> things.", "labels": "Drawn by nobody."},
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("sheet")
    archive = write_sample(folder / "archive", patches=16)
    found = Project(Locations(parse_config(SAID), None, (str(archive),), folder / "state"))
    summarize(found)
    describe(found)
    return found


def test_there_are_seven_sections_and_each_question_has_one_key() -> None:
    assert [section.title for section in SECTIONS] == [
        "Motivation", "Composition", "Collection", "Preprocessing, cleaning, labelling", "Uses", "Distribution",
        "Maintenance",
    ]  # fmt: skip
    assert len(set(KEYS)) == len(KEYS) > 40
    assert all(one.text.endswith("?") for section in SECTIONS for one in section.questions)


def test_the_author_speaks_first_and_the_data_fills_in(project: Project) -> None:
    found = data_sheet(project)
    assert found.said == SAID["datasheet"]
    assert found.computed["creators"] == "A. Author (Somewhere)"
    assert found.computed["licence"] == "CC-BY-4.0"
    assert found.computed["when"] == "Published on 2025-03-14."
    assert found.computed["sampling"] == "This archive has 16 of 64 patches."
    assert found.computed["how_many"].startswith("16 patches in ")
    assert project.facts["n_classes"]["text"] in found.computed["labels"]
    assert found.computed["period"] == (
        f"Acquired from {project.facts['first_date']['text']} to {project.facts['last_date']['text']}."
    )
    assert "https://example.org/me/guide" in found.computed["contributions"]
    assert "funding" not in found.said.keys() | found.computed.keys()


def test_counts_are_those_of_the_answers_and_add_up(project: Project) -> None:
    numbers, *sections = data_sheet(project).views()
    assert isinstance(numbers, Numbers)
    total, said, computed, missing = (int(item.value) for item in numbers.items)
    asked = [one for section in sections if isinstance(section, Answers) for one in section.questions]
    assert total == len(asked) == len(KEYS) == said + computed + missing
    assert said == len([one for one in asked if one.said]) == 2
    assert missing == len([one for one in asked if not one.said and not one.computed]) > 0


def test_what_is_missing_is_shown_with_the_key_that_fills_it(project: Project) -> None:
    drawn = html(data_sheet(project).views()[1], slug="motivation")
    assert "Not answered yet. Its key: <code>datasheet.funding</code>." in drawn
    assert "To &lt;b&gt;try&lt;/b&gt; things." in drawn
    assert "datasheet.purpose" not in drawn


def test_nothing_is_made_up_for_an_archive_that_says_nothing(shared_data: Path, tmp_path: Path) -> None:
    archive = shared_data / "eurosat" / "EuroSAT_RGB"
    found = Project(Locations(Config(), None, (str(archive),), tmp_path))
    summarize(found)
    describe(found)
    answers = data_sheet(found).computed
    assert {"period", "splits", "licence", "contact", "erratum", "sampling", "when"}.isdisjoint(answers)
    assert "without an acquisition time" in answers["missing"]


def test_an_unknown_question_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"datasheet: unknown question 'purposes'; the nearest is 'purpose'"):
        parse_config({"datasheet": {"purposes": "x"}})
    with pytest.raises(ConfigError, match=r"datasheet\.purpose"):
        parse_config({"datasheet": {"purpose": "  "}})
