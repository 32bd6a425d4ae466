"""The documentation is true: generated blocks are up to date, nothing is left out, and what it shows works."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

import dsdocs
from dsdocs import errors
from dsdocs.archive import open_archive
from dsdocs.config import Config, documented_keys, json_schema, parse_config
from dsdocs.locations import Locations
from dsdocs.nomenclatures import load_nomenclature, nomenclature_names
from dsdocs.nomenclatures.parse import parse_nomenclature
from dsdocs.notebooks import read_page
from dsdocs.project import Project
from dsdocs.readers import GROUP, available_readers, detect_reader
from dsdocs.records import CATEGORIES
from dsdocs.sensors import sensor_names
from dsdocs.site.check.finding import KINDS
from dsdocs.site.pages import REQUIREMENTS
from dsdocs.summarize import describe, summarize
from dsdocs.summary.schema import KNOWN_FACTS, NAMES

REPOSITORY = Path(__file__).resolve().parents[1]
UPDATE = "python docs/update.py"
PAGES = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md")


def load_script() -> ModuleType:
    """Import docs/update.py, which lies in no package."""
    spec = importlib.util.spec_from_file_location("update", REPOSITORY / "docs" / "update.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


update = load_script()
COMMANDS = update.commands()
DOCS = {path.name: path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "docs").glob("*.md"))}


def fences(text: str, language: str) -> Iterator[str]:
    """Yield the content of each block of code in a language, with the fences inside it."""
    for fence in re.finditer(rf"^(`{{3,}}){language}\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL):
        yield fence[2]


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level; headings inside code are code."""
    level, _, _ = heading.partition(" ")
    fence, inside, lines = "", False, []
    for line in text.splitlines():
        mark = re.match(r"`{3,}", line)
        if mark:
            fence = "" if line == fence else fence or mark[0]
        if not fence and line.startswith(f"{level} "):
            inside = line == heading
        elif inside:
            lines.append(line)
    assert lines, heading
    return "\n".join(lines)


@pytest.mark.parametrize("page", DOCS)
def test_generated_blocks_are_up_to_date(page: str) -> None:
    fresh = update.updated(DOCS[page])
    assert update.comparable(DOCS[page]) == update.comparable(fresh), f"run: {UPDATE}"


def test_every_generated_block_has_its_place() -> None:
    begun = re.findall(r"<!-- begin: ([\w-]+) -->", "".join(DOCS.values()))
    assert sorted(begun) == sorted(update.BLOCKS)


def test_a_block_that_is_out_of_date_is_rewritten_and_the_rest_stays() -> None:
    stale = "before\n<!-- begin: requirements -->\nold\n<!-- end: requirements -->\nafter\n"
    fresh = update.updated(stale)
    assert "\nold\n" not in fresh
    assert fresh.startswith("before\n<!-- begin: requirements -->\n| Name |")
    assert fresh.endswith("|\n<!-- end: requirements -->\nafter\n")
    assert update.updated(fresh) == fresh


# Tables of the configuration whose keys the author chooses.
TABLES = ("sensors", "archive.options", "layout.values", "claims.figures", "compare.summaries", "datasheet")
MENTIONED = {
    "command-line.md": [f"## dsdocs {name}\n" for name in COMMANDS],
    "configuration.md": [f"| `{key}` |" for key, _ in documented_keys()] + [f"| `{name}` |" for name in sensor_names()],
    "errors.md": [f"| {code} |" for code in re.findall(r"^    (\d+) ", update.help_of(), re.MULTILINE)],
    "nomenclatures.md": [f"| `{name}` |" for name in nomenclature_names()],
    "pages.md": [f"| `{name}` |" for name in REQUIREMENTS] + [f"| `{name}(" for name in dsdocs.__all__],
    "readers.md": [GROUP, *(f"`{name}`" for name in available_readers() if name.startswith(("big", "class")))],
    "summary.md": [f"| `{name}` |" for name in (*NAMES, *KNOWN_FACTS)],
}


@pytest.mark.parametrize("page", MENTIONED)
def test_nothing_that_a_user_can_name_is_left_out(page: str) -> None:
    assert len(MENTIONED[page]) > 3
    assert [text for text in MENTIONED[page] if text not in DOCS[page]] == []


def test_every_error_class_is_explained_and_every_explained_class_exists() -> None:
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert set(re.findall(r"^\| `(\w+Error)` \|", DOCS["errors.md"], re.MULTILINE)) == classes


def test_every_kind_of_finding_is_explained_and_every_explained_kind_exists() -> None:
    explained = re.findall(r"^\| `([a-z-]+)` \|", DOCS["check.md"], re.MULTILINE)
    assert explained == list(KINDS)


def test_every_category_of_bad_input_is_explained() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "src").rglob("*.py"))
    used = set(re.findall(r'"((?:archive|fs|geo|image|input|label|meta|name)\.[a-z-]+)"', sources))
    assert set(CATEGORIES) <= used
    assert set(re.findall(r"^\| `(\w+\.[a-z-]+)` \|", DOCS["errors.md"], re.MULTILINE)) == set(CATEGORIES)


@pytest.mark.parametrize("folder", ["eurosat/EuroSAT_MS", "bigearthnet_v1/tiny", "ucmerced/UCMerced_LandUse"])
def test_every_fact_of_a_real_archive_is_explained(shared_data: Path, tmp_path: Path, folder: str) -> None:
    project = Project(Locations(Config(), None, (str(shared_data / folder),), tmp_path))
    summarize(project)
    describe(project)
    assert "n_patches" in project.facts
    assert [key for key in project.facts if f"| `{key}` |" not in DOCS["pages.md"]] == []


@pytest.mark.parametrize("name", [*PAGES, *(f"docs/{page}" for page in DOCS)])
def test_links_between_the_pages_lead_somewhere(name: str) -> None:
    page = REPOSITORY / name
    # Inline code and blocks show links of other pages.
    text = re.sub(r"^(`{3,}).*?^\1$|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{name}: {target}"
        headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors, f"{name}: {target}"


def test_the_readme_leads_to_every_page() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert [page for page in DOCS if f"](docs/{page})" not in readme] == []
    assert [name for name in PAGES if name != "README.md" and f"]({name})" not in readme] == []


def test_the_readme_names_every_built_in_reader() -> None:
    table = section((REPOSITORY / "README.md").read_text(encoding="utf-8"), "## What it reads")
    ours = [name for name, point in available_readers().items() if point.value.startswith("dsdocs.readers")]
    assert sorted(re.findall(r"\| `([\w-]+)` \|$", table, re.MULTILINE)) == sorted(ours)


def test_the_commands_of_the_readme_exist() -> None:
    text = "\n".join((REPOSITORY / name).read_text(encoding="utf-8") for name in PAGES)
    named = set(re.findall(r"\bdsdocs (?=[a-z]+\b)([a-z]+)", "".join(fences(text, "sh"))))
    assert named
    assert named <= set(COMMANDS)


def test_the_example_configuration_is_valid_and_has_every_key() -> None:
    text = next(fences(section(DOCS["configuration.md"], "## An example with every key"), "toml"))
    data = tomllib.loads(text)
    jsonschema.validate(data, json_schema())
    parse_config(data)
    assert set(_dotted(data, "")) == {key for key, _ in documented_keys()}


def _dotted(value: object, path: str) -> Iterator[str]:
    """Yield the keys of a configuration as the documentation writes them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = "<key>" if path in TABLES else key
            # What stands under a field of a layout are words of the archive.
            below = f"{path}.{name}" if path else name
            yield from [below] if path == "layout.values" else _dotted(inner, below)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for entry in value:
            yield from _dotted(entry, f"{path}[]")
    else:
        yield path


def test_the_example_nomenclature_is_valid_and_maps_to_classes_that_exist() -> None:
    text = next(fences(section(DOCS["nomenclatures.md"], "## Your own"), "toml"))
    found = parse_nomenclature(text, "classes", "classes.toml")
    assert found.lineage("forest") == ("Vegetation", "Forest")
    targets = {target for target in found.crosswalk("clc").values() if target}
    assert targets
    assert all(load_nomenclature("clc").canonical(target) == target for target in targets)
    keys = {
        *tomllib.loads(text),
        "parents",
        *(f"classes[].{key}" for key in ("name", "code", "parent", "aliases", "colour")),
    }
    explained = re.findall(
        r"`([\w.\[\]<>]+)`", "".join(re.findall(r"^\|.*?\|", DOCS["nomenclatures.md"], re.MULTILINE))
    )
    assert keys - {"crosswalk"} | {"crosswalk.<other>"} <= set(explained)


def test_the_example_page_is_read_with_its_cell_and_requirement(tmp_path: Path) -> None:
    (text,) = fences(section(DOCS["pages.md"], "## A page, whole"), "md")
    (tmp_path / "rare.md").write_text(text, encoding="utf-8")
    page = read_page(tmp_path / "rare.md")
    assert (page.requires, len(page.cells)) == (("labels",), 1)
    assert "% requires: hierarchy" in text


def test_the_defaults_of_the_front_matter_are_those_of_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Empty\n", encoding="utf-8")
    page = read_page(tmp_path / "page.md")
    told = re.findall(r"^\| `(requires|data|packages)` \| `\[(.*?)\]` \|", DOCS["pages.md"], re.MULTILINE)
    assert {key: tuple(value.split()) for key, value in told} == {
        "requires": page.requires, "data": page.data, "packages": page.packages,
    }  # fmt: skip


def test_what_is_public_is_exactly_what_is_exported() -> None:
    assert dsdocs.__all__ == sorted(set(dsdocs.__all__)) == dir(dsdocs)
    assert set(dsdocs._HOME) == set(dsdocs.__all__)
    assert all(callable(getattr(dsdocs, name)) for name in dsdocs.__all__)
    source = (REPOSITORY / "src" / "dsdocs" / "__init__.py").read_text(encoding="utf-8")
    typed = re.findall(r"^    from (dsdocs\.[\w.]+) import (.*)$", source, re.MULTILINE)
    assert {name: module for module, names in typed for name in names.split(", ")} == {
        name: f"dsdocs.{module}" for name, module in dsdocs._HOME.items()
    }
    with pytest.raises(AttributeError, match="has no attribute 'labels'"):
        dsdocs.labels  # noqa: B018


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the repository, to walk the recipes in it, with the sample archive that its stored results are of."""
    folder = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__", "_build", "vendor")
    for name in ("src", "book", "tests", "examples"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    shutil.copytree(REPOSITORY / "_static", folder / "_static")
    for path in REPOSITORY.iterdir():
        if path.is_file() and path.suffix in {".toml", ".json", ".py", ".md", ""}:
            shutil.copy(path, folder / path.name)
    walk(["dsdocs sample demo/archive"], folder)
    return folder


def walk(blocks: Sequence[str], folder: Path, packages: Path | None = None) -> None:
    """Run blocks of a recipe as a shell would, with the dsdocs of this folder or of installed packages."""
    scripts = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(packages or folder / "src"),
    }
    for block in blocks:
        command = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


def recipe(heading: str) -> list[str]:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return list(fences(section(text, f"## {heading}"), "sh"))


def test_the_recipe_for_a_sentence_works(checkout: Path) -> None:
    page = checkout / "book" / "basics.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nA sentence that was not there before.\n", encoding="utf-8")
    walk(recipe("Fix a sentence"), checkout)
    assert "A sentence that was not there before." in (checkout / "demo/site/basics.html").read_text(encoding="utf-8")


def test_the_recipe_for_a_question_works(checkout: Path) -> None:
    walk(recipe("Add a question"), checkout)
    assert "Classes on their own" in (checkout / "demo/site/labels.html").read_text(encoding="utf-8")


def test_the_recipe_for_a_reader_works(checkout: Path, tmp_path: Path) -> None:
    install, *rest = recipe("Add a reader")
    offline = f"python -m pip install --quiet --no-deps --no-build-isolation --no-index --target {tmp_path / 'new'} ."
    assert "\npip install -e .\n" in install
    walk([install.replace("pip install -e .", offline)], checkout)
    walk(rest, checkout, packages=tmp_path / "new")
    assert (checkout / "demo" / "chips.parquet").is_file()
    with pytest.raises(errors.DetectionError, match=r"no reader fits; found chips\.csv"):  # without it
        detect_reader(open_archive(checkout / "demo" / "chips"))
