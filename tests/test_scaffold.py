"""``dsdocs init``: what it writes for real archives, and what it refuses."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
from PIL import Image

from dsdocs.config import FILE_NAME, json_schema, load_config, parse_config
from dsdocs.errors import ArchiveError, ConfigError, DetectionError
from dsdocs.layout import Pattern
from dsdocs.locations import find_project
from dsdocs.project import Project
from dsdocs.readers import Description
from dsdocs.scaffold import write_scaffold
from dsdocs.scaffold.guess import guess_layout
from dsdocs.scaffold.render import render
from dsdocs.scaffold.toml import configuration
from dsdocs.sensors import Band, Sensor
from dsdocs.summarize import describe, summarize

ARCHIVES = {
    "eurosat/EuroSAT_MS": ("EuroSAT", "class-folder", "eurosat", {"image": 13}),
    "bigearthnet_v1/tiny": ("BigEarthNet-S2", "bigearthnet-v1-s2", "bigearthnet-43", {"sentinel-2": 12}),
    "ucmerced/UCMerced_LandUse": ("UC Merced Land Use", "class-folder", "ucmerced", {"image": 3}),
}
REST = {"authors", "licence", "citation", "doi", "repository"}


@pytest.fixture(params=ARCHIVES)
def guide(request: pytest.FixtureRequest, shared_data: Path, tmp_path: Path) -> tuple[str, Path]:
    """Write the guide of a real archive; the name of its folder is the parameter."""
    write_scaffold(tmp_path / "guide", shared_data / request.param)
    return request.param, tmp_path / "guide"


def uncommented(text: str) -> str:
    """Remove the "# " of every suggestion; the remarks at the head of the file stay."""
    head, _, rest = text.partition("\n\n")
    assert all(line.startswith("#") for line in head.splitlines())
    return re.sub(r"^# ", "", rest, flags=re.MULTILINE)


def test_what_was_detected_is_filled_in(guide: tuple[str, Path]) -> None:
    name, folder = guide
    title, reader, nomenclature, bands = ARCHIVES[name]
    config = load_config(folder / FILE_NAME)
    assert (config.dataset.title, config.archive.reader, config.labels.nomenclature) == (title, reader, nomenclature)
    assert {key: len(sensor.bands) for key, sensor in config.sensors.items()} == bands


def test_bands_have_their_resolution_and_wavelength(shared_data: Path, tmp_path: Path) -> None:
    write_scaffold(tmp_path / "guide", shared_data / "eurosat" / "EuroSAT_MS")
    bands = {band.name: band for band in load_config(tmp_path / "guide" / FILE_NAME).sensors["image"].bands}
    assert list(bands)[-1] == "B8A"  # EuroSAT's files hold it last
    # ESA, Sentinel-2 MSI Technical Guide: band 8A of Sentinel-2A
    assert (bands["B8A"].gsd, bands["B8A"].centre, bands["B8A"].width) == (20, 864.7, 21)


def test_a_known_split_rule_is_filled_in_and_an_unknown_one_suggested(guide: tuple[str, Path]) -> None:
    _, folder = guide
    config = load_config(folder / FILE_NAME)
    project = Project(find_project(folder))
    summarize(project)
    describe(project)
    assert config.splits.rule == project.description.split_rule
    assert bool(config.splits.rule) != ("\n# rule = " in (folder / FILE_NAME).read_text(encoding="utf-8"))


def test_the_file_leads_to_the_description_that_was_detected(guide: tuple[str, Path], shared_data: Path) -> None:
    name, folder = guide
    written = Project(find_project(folder))
    bare = Project(find_project(folder / "nothing", archive=shared_data / name))
    for project in (written, bare):
        summarize(project)
        describe(project)
    assert written.description == bare.description


def test_comments_name_what_only_the_author_knows(guide: tuple[str, Path]) -> None:
    text = (guide[1] / FILE_NAME).read_text(encoding="utf-8")
    assert set(re.findall(r"^# (\w+) = ", text, re.MULTILINE)) >= REST
    assert not REST & set(tomllib.loads(text)["dataset"])


def test_every_comment_is_valid_once_it_is_uncommented(guide: tuple[str, Path]) -> None:
    file = guide[1] / FILE_NAME
    full = uncommented(file.read_text(encoding="utf-8"))
    file.write_text(full, encoding="utf-8")
    config = load_config(file)
    jsonschema.validate(tomllib.loads(full), json_schema())
    assert set(tomllib.loads(full)["dataset"]) >= REST
    assert config.dataset.authors[0].orcid == "0000-0002-1825-0097"
    assert config.site.url is not None


def test_remarks_stand_below_each_other_and_lines_are_short(guide: tuple[str, Path]) -> None:
    text = (guide[1] / FILE_NAME).read_text(encoding="utf-8")
    for table in text.split("\n\n")[1:]:
        remarks = {line.rindex("  # ") for line in table.splitlines() if re.match(r'# \w+ = "', line)}
        assert len(remarks) <= 1
    assert [line for line in text.splitlines() if line.startswith("#") and len(line) > 120] == []


def test_the_repository_has_everything_beside_the_configuration(guide: tuple[str, Path]) -> None:
    name, folder = guide
    own = {FILE_NAME, ".gitattributes", ".github", ".gitignore", "CONTRIBUTING.md", "README.md", "book"}
    assert {path.name for path in folder.iterdir()} == own
    assert (folder / ".gitignore").read_text(encoding="utf-8").split() == ["/.dsdocs/", "/site/", "/book/_build/"]
    assert ARCHIVES[name][0] in (folder / "README.md").read_text(encoding="utf-8")
    assert {"index.md", "_toc.yml", "conf.py", "references.bib"} <= {path.name for path in (folder / "book").iterdir()}


ODD = (
    'quo"te',
    "apos'trophe",
    "back\\slash",
    "hash # and = sign",
    " spaces ",
    "Zoë-雪",
    "new\nline",
    "{{ 7*7 }}",
    "'''",
)


@pytest.mark.parametrize("name", ODD)
def test_the_path_of_the_archive_survives(shared_data: Path, tmp_path: Path, name: str) -> None:
    archive = Path(shutil.copytree(shared_data / "ucmerced" / "UCMerced_LandUse", tmp_path / name))
    write_scaffold(tmp_path / "guide", archive)
    found = find_project(tmp_path / "guide")
    assert found.archive == (str(archive.resolve()),)
    assert summarize(Project(found)).kept == 4


def test_a_path_that_toml_cannot_hold_is_refused(shared_data: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"latin-\xe9")
    try:
        archive = Path(shutil.copytree(shared_data / "ucmerced" / "UCMerced_LandUse", tmp_path / name))
    except OSError:
        pytest.skip("the file system takes UTF-8 names only")
    with pytest.raises(ArchiveError, match=r"the path is not UTF-8, so no report could name it"):
        write_scaffold(tmp_path / "guide", archive)


def test_a_title_from_the_archive_is_text_wherever_it_goes() -> None:
    title = 'a "b" \\ # [x]\n[labels]\nnomenclature = "evil"\x7f'
    band = Band("B\n1", "d\"'", gsd=0.3048006, centre=1e-7)
    sensor = Sensor("custom", title, "optical", (band,))
    text = configuration(Description(title, sensors={"a b": sensor}), archive=["x"], reader="r")
    found = tomllib.loads(text)
    assert found["dataset"]["title"] == title
    assert found["labels"] == {}
    assert found["sensors"]["a b"]["bands"] == [
        {"name": "B\n1", "gsd": 0.3048006, "centre": 1e-7, "description": "d\"'"}
    ]


def test_a_title_is_no_markup_in_the_readme(shared_data: Path, tmp_path: Path) -> None:
    classes = shared_data / "ucmerced" / "UCMerced_LandUse" / "Images"
    odd = tmp_path / "<b>x [y](z)"
    for number, image in enumerate(sorted(classes.rglob("*.tif"))[:2]):
        (odd / f"class {number}").mkdir(parents=True)
        shutil.copy(image, odd / f"class {number}" / image.name)
    write_scaffold(tmp_path / "guide", odd)
    first = (tmp_path / "guide" / "README.md").read_text(encoding="utf-8").splitlines()[0]
    assert first == r"# Guide to \<b\>x \[y\](z)"


def test_a_folder_that_holds_a_file_is_refused_and_left_alone(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(ConfigError, match="holds files already; name a new folder"):
        write_scaffold(tmp_path, shared_data / "ucmerced" / "UCMerced_LandUse")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled_and_stays_the_same_folder(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    before = (tmp_path / "guide").stat().st_ino
    write_scaffold(tmp_path / "guide", shared_data / "ucmerced" / "UCMerced_LandUse")
    assert (tmp_path / "guide").stat().st_ino == before
    assert (tmp_path / "guide" / FILE_NAME).is_file()


def test_a_fresh_clone_that_holds_the_archive_is_filled(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    shutil.copytree(shared_data / "ucmerced" / "UCMerced_LandUse", tmp_path / "data" / "raw")
    told: list[str] = []
    written = write_scaffold(tmp_path, tmp_path / "data" / "raw", tell=told.append)
    assert load_config(tmp_path / FILE_NAME).archive.path == "data/raw"
    assert told == []
    assert not [path for path in written if "data" in path.relative_to(tmp_path).parts]
    assert all(path.is_file() for path in written)
    # A second time there is more than that.
    with pytest.raises(ConfigError, match="holds files already"):
        write_scaffold(tmp_path, tmp_path / "data" / "raw")


@pytest.mark.parametrize("name", ["book", "README.md"])
def test_an_archive_in_the_place_of_what_is_written_stays(shared_data: Path, tmp_path: Path, name: str) -> None:
    archive = Path(shutil.copytree(shared_data / "ucmerced" / "UCMerced_LandUse", tmp_path / name))
    with pytest.raises(ConfigError, match=f"holds {name} already, which dsdocs wants to write"):
        write_scaffold(tmp_path, archive)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_archive_elsewhere_is_told_of_once(shared_data: Path, tmp_path: Path) -> None:
    told: list[str] = []
    write_scaffold(tmp_path / "guide", shared_data / "ucmerced" / "UCMerced_LandUse", tell=told.append)
    (line,) = told
    assert line.startswith(f"{shared_data / 'ucmerced' / 'UCMerced_LandUse'} lies outside of {tmp_path / 'guide'}")
    assert line.endswith("put it below the folder of dsdocs.toml, or name a URL in archive.path")


def test_a_failure_leaves_nothing_behind(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        write_scaffold(tmp_path / "new" / "guide", shared_data / "nowhere")
    with pytest.raises(DetectionError, match="no reader is named"):
        write_scaffold(tmp_path / "new" / "guide", shared_data / "spacenet", reader="mine")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_nothing_else(shared_data: Path, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    left, alive, mine = (tmp_path / f".dsdocs-{name}" for name in (
        f"init-{ended.pid}.partial", f"init-{os.getppid()}.partial", "mine"
    ))  # fmt: skip
    for folder in (left, alive, mine):
        (folder / "new").mkdir(parents=True)
    write_scaffold(tmp_path / "guide", shared_data / "ucmerced" / "UCMerced_LandUse")
    assert {path.name for path in tmp_path.iterdir()} == {alive.name, mine.name, "guide"}


def declared_archive(folder: Path) -> Path:
    """Write an archive that no reader knows: bands of patches in a folder for each split, and a table."""
    for number, split in enumerate(["train", "train", "train", "test"]):
        for band in ("B02", "B03"):
            path = folder / split / f"P_{number}_{band}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (4, 4)).save(path)
    (folder / "labels.csv").write_text("name,labels\n" + "".join(f"P_{n},water\n" for n in range(4)), encoding="utf-8")
    return folder


def test_a_layout_that_no_reader_knows_is_drafted_and_works_once_it_is_uncommented(tmp_path: Path) -> None:
    told: list[str] = []
    write_scaffold(tmp_path / "guide", declared_archive(tmp_path / "mine"), tell=told.append)
    file = tmp_path / "guide" / FILE_NAME
    assert told[0] == (
        f"no reader knows this layout; [layout] in {file} holds a draft that fits 8 of 8 images, "
        "'{split}/{patch:*}_{band}.tif': correct it and remove the # before it"
    )
    text = file.read_text(encoding="utf-8")
    assert load_config(file).layout is None
    assert "layout" not in tomllib.loads(text)
    full = re.sub(r"^# (?=\[layout|files = |path = |key = |key_is = |labels = )", "", text, flags=re.MULTILINE)
    file.write_text(full, encoding="utf-8")
    jsonschema.validate(tomllib.loads(full), json_schema())
    project = Project(find_project(tmp_path / "guide"))
    assert summarize(project).kept == 4
    assert project.summary["split"].to_pylist().count("train") == 3
    assert project.summary["labels"].to_pylist() == [["water"]] * 4


def bands(pattern: str) -> list[str]:
    return [pattern.format(patch=f"P_{number}", band=band) for number in range(5) for band in ("B02", "VV", "mask")]


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (bands("all/{patch}/{band}.tif"), "{patch}/{band}.tif"),
        (bands("all/{patch}/{patch}_{band}.tif"), "{patch}/{patch}_{band}.tif"),
        (bands("{patch}-{band}.tif"), "{patch:*}-{band}.tif"),
        ([f"x/{split}/{name}/{name}_{n}.png" for split in ("train", "val") for name in "abc" for n in range(9)],
         "{split}/{class}/{patch}.png"),
        ([f"{scene}/{n}/x{n}.jpg" for scene in "ab" for n in range(9)], "{folder1}/{class}/{patch}.jpg"),
        ([f"chips-jpg/train_{n}.jpg" for n in range(9)] + ["train.csv", "x.txt", "one.png"], "{patch}.jpg"),
        ([f"{{odd}}/a {n}.tif" for n in range(3)], "{patch}.tif"),
        (["x.h5", "y.npy"], "{class}/{patch}.tif"),
        (["x/.png"], "{class}/{patch}.tif"),
    ],
)  # fmt: skip
def test_patterns_are_guessed_from_names(names: list[str], pattern: str) -> None:
    guess = guess_layout(names)
    assert guess.files == pattern
    assert parse_config({"layout": {"files": guess.files}}).layout is not None
    fitting = [name for name in names if Pattern.compile(guess.files).match(name)]
    assert guess.fits in (0, len(fitting))
    assert bool(guess.fits) == any(name.endswith((".tif", ".png", ".jpg")) and "/." not in name for name in names)


def test_an_archive_without_images_is_started_with_an_example(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x.h5").write_bytes(b"x")
    told: list[str] = []
    write_scaffold(tmp_path / "guide", tmp_path / "mine", tell=told.append)
    assert "holds an example, '{class}/{patch}.tif'" in told[0]


def test_git_keeps_the_bytes_of_an_archive_and_levels_the_ends_of_lines_of_pages(tmp_path: Path) -> None:
    (tmp_path / ".gitattributes").write_text(render("guide", TITLE="T")[".gitattributes"], encoding="utf-8")
    kept = ("archive/labels.csv", "data/deep/LandUse.txt", "book/_cache/x/y.json")
    for name in (*kept, "book/index.md", "dsdocs.toml", ".github/workflows/site.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"a\r\nb\r\n")
    for command in (["init", "--quiet"], ["-c", "core.safecrlf=false", "add", "--all"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--eol"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    stored = {line.split("\t")[1]: line.split()[0] for line in listed.splitlines()}
    assert {name for name, ends in stored.items() if ends == "i/crlf"} == set(kept)
