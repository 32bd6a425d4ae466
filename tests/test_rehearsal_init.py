"""``dsdocs init`` for real data, up to the site: its own workflow is run step by step, and the result is opened.

With ``DSDOCS_REHEARSE_INSTALL=1`` the packages that ``dsdocs lock`` names are installed, too, as the workflow does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dsdocs.publish.model import Inputs, Main, Repository, write_json
from dsdocs.scaffold.render import LOCK
from support.exploring import READY
from support.rehearsing import STAND_INS, Rehearsal, artifact, commit_and_clone, run_job
from support.sites import REPOSITORY, dsdocs
from support.sites import expect as ended
from support.watching import watch

INSTALL = "DSDOCS_REHEARSE_INSTALL"
LOCKED = f"python -m pip install --require-hashes --requirement {LOCK}"
SAMPLES = {  # name -> how its archive reaches GitHub
    "bigearthnet_v1/tiny": "a folder of the repository",
    "eurosat/EuroSAT_MS": "a .tar.gz in the repository",
    "hydro": "a .zip at a URL",
}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The job of one guide, and its artifact."""

    sample: str
    rehearsal: Rehearsal
    artifact: Path


def begin(sample: str, data: Path, folder: Path, serve: Callable[..., str]) -> Path:
    """Write the guide of a sample as its author would, and return its folder."""
    guide = folder / "guide"
    match SAMPLES[sample].split()[1]:
        case "folder":
            source = shutil.copytree(data / sample, guide / "archive")
        case ".tar.gz":
            guide.mkdir()
            source = guide / "archive.tar.gz"
            with tarfile.open(source, "w:gz") as packed:
                packed.add(data / sample, Path(sample).name)
        case _:
            (folder / "host").mkdir()
            with zipfile.ZipFile(folder / "host" / "archive.zip", "w") as packed_zip:
                for path in sorted((data / sample).rglob("*.tif")):
                    packed_zip.write(path, path.name)
            source = serve(folder / "host", "/data/") + "archive.zip"
    ended(dsdocs("init", guide, "--archive", source, cache=folder / "cache"), 0)
    return guide


@pytest.fixture(scope="module")
def rehearse(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory, pages_server: Callable[..., str]
) -> Callable[[str], Rehearsed]:
    """Return ``rehearse(sample)``, which runs the job that builds the site in a clone of a fresh repository, once."""

    @cache
    def run(sample: str) -> Rehearsed:
        folder = tmp_path_factory.mktemp("rehearsal")
        clone = commit_and_clone(begin(sample, shared_data, folder, pages_server), folder / "clone")
        # Not installed from the lock here: dsdocs is installed as it is tested, and so is all that it needs.
        found = run_job(
            clone, workflow="site", job="build", path=[Path(sys.executable).parent], cache=folder / "cache",
            instead=lambda script: None if script == LOCKED else script,
        )  # fmt: skip
        assert found.failed == "", "\n".join(f"{name}:\n{said}" for name, said in found.done)
        return Rehearsed(sample, found, artifact(found, folder / "site.zip"))

    return run


@pytest.fixture(params=SAMPLES)
def rehearsed(request: pytest.FixtureRequest, rehearse: Callable[[str], Rehearsed]) -> Rehearsed:
    """Return what came of the job for a sample."""
    return rehearse(request.param)


def test_the_steps_of_a_guide_s_own_workflow_lead_to_one_artifact(rehearsed: Rehearsed) -> None:
    names = [name for name, _ in rehearsed.rehearsal.done]
    assert names == ["Verify the stored results of GPU cells", "Build the site", "Check the site"]
    assert set(rehearsed.rehearsal.stood_in) == set(STAND_INS)
    assert [upload["name"] for upload in rehearsed.rehearsal.uploads] == ["site"]
    assert "::error" not in rehearsed.rehearsal.said("Check the site")
    with zipfile.ZipFile(rehearsed.artifact) as packed:
        held = packed.namelist()
    assert {"index.html", "llms.txt", "_data/facts.json"} <= set(held)
    assert [name for name in held if name.startswith(".") or "/." in name] == []


def test_the_clone_holds_what_was_not_built_and_nothing_else(rehearsed: Rehearsed) -> None:
    """What a build leaves behind is ignored, and every file of the archive came through git unchanged."""
    said = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=rehearsed.rehearsal.clone, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said == ""


def test_what_is_published_of_the_artifact_works_in_a_browser(
    rehearsed: Rehearsed, tmp_path: Path, page: Page, pages_server: Callable[..., str]
) -> None:
    inputs, tree = tmp_path / "inputs", tmp_path / "tree"
    inputs.mkdir()
    shutil.copyfile(rehearsed.artifact, inputs / "main.zip")
    main = Main(1, "0" * 40, "main.zip", sha256(rehearsed.artifact.read_bytes()).hexdigest())
    write_json(inputs / "inputs.json", Inputs(Repository(1, "me/guide", "main"), "https://me.github.io/guide/", main))
    command = ("publish", "assemble", inputs, "--out", tree, "--report", tmp_path / "report.json")
    ended(dsdocs(*command, cache=tmp_path / "cache"), 0)
    address = pages_server(tree, "/guide/")
    watched = watch(page)
    page.goto(address)
    expect(page.locator("h1").first).to_be_visible()
    page.goto(f"{address}explorer.html")
    page.wait_for_selector(READY)
    assert watched.problems == []


def test_an_archive_that_a_clone_cannot_have_is_told_twice(shared_data: Path, tmp_path: Path) -> None:
    outside = shutil.copytree(shared_data / "ucmerced" / "UCMerced_LandUse", tmp_path / "away" / "data")
    done = ended(dsdocs("init", tmp_path / "guide", "--archive", outside, cache=tmp_path / "cache"), 0)
    advice = "put it below the folder of dsdocs.toml, or name a URL in archive.path"
    assert (
        f"{outside} lies outside of {tmp_path / 'guide'}, so workflows and other people do not have it" in done.stderr
    )
    assert advice in done.stderr
    shutil.rmtree(tmp_path / "away")
    clone = commit_and_clone(tmp_path / "guide", tmp_path / "clone")
    found = run_job(
        clone, workflow="site", job="build", path=[Path(sys.executable).parent], cache=tmp_path / "cache",
        instead=lambda script: None if script == LOCKED else script,
    )  # fmt: skip
    assert found.failed == found.done[0][0]
    assert f"{outside}: nothing lies there, and a clone of this repository cannot have it: {advice}" in found.done[0][1]


@pytest.mark.skipif(INSTALL not in os.environ, reason="installs 200 packages; nox -s rehearse does")
def test_what_the_lock_names_is_installed_and_builds_the_site(shared_data: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(REPOSITORY)]
    subprocess.run(build, check=True)
    places = f"{wheels} {os.environ.get('PIP_FIND_LINKS', '')}".strip()
    guide = tmp_path / "guide"
    source = shutil.copytree(shared_data / "ucmerced" / "UCMerced_LandUse", guide / "archive")
    ended(dsdocs("init", guide, "--archive", source, cache=tmp_path / "cache"), 0)
    ended(dsdocs("lock", "--project", guide, variables={"PIP_FIND_LINKS": places}), 0)
    clone = commit_and_clone(guide, tmp_path / "clone")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    found = run_job(
        clone, workflow="site", job="build", path=[tmp_path / "venv" / "bin"], cache=tmp_path / "cache",
        instead=lambda script: f"export PIP_FIND_LINKS='{places}'; {script}",
    )  # fmt: skip
    assert found.failed == "", found.done[-1][1]
    assert found.done[0][0] == "Install what the lock file names, by hash"
    assert (clone / "site" / "index.html").is_file()
