"""The whole program with a page that has a GPU cell: run, shown with its badge, outdated, carried, verified."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import html5lib
import pytest
import rasterio

from dsdocs.config import Config
from dsdocs.notebooks import read_page
from dsdocs.notebooks.gpu.components import code_digest
from dsdocs.notebooks.gpu.entries import ATTRIBUTES, Entry, entries, folder_size, problems
from support.gpu import FRONT, cell, gpu_cell
from support.sites import REPOSITORY, Sites, digests, dsdocs, expect, result

CONFIG = """\
archive.path = "archive"
retrieval.encoders = []
loading.throughput = 0
explorer = { bands = 0, sprites = 0 }
thumbnails.count = 4
"""
TOC = """\
format: jb-book
root: index
parts:
  - caption: The rest
    chapters:
      - file: train
      - file: references
"""
TRAIN = """\
from dsdocs import export_folder, open_project, record
(export_folder() / "counts.csv").write_text(f"n\\n{open_project().summary.num_rows}\\n")
record(score=0.25)
print("trained on it")"""
DECLARED = "name: fit, data: [summary, archive], sources: [dsdocs.metrics], exports: [counts.csv]"
USE = """\
from dsdocs import exported, exported_values
print(exported("fit/counts.csv").read_text(), exported_values("fit"))"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose GPU cell has run on the processor; there is no site yet."""
    project = tmp_path_factory.mktemp("project")
    (project / "book").mkdir()
    (project / "dsdocs.toml").write_text(CONFIG, encoding="utf-8")
    (project / "book" / "_toc.yml").write_text(TOC, encoding="utf-8")
    (project / "book" / "index.md").write_text("# Start\n\nText.\n", encoding="utf-8")
    page = f"{FRONT}# Training\n\n{gpu_cell(TRAIN, DECLARED)}\n{cell(USE)}"
    (project / "book" / "train.md").write_text(page, encoding="utf-8")
    expect(dsdocs("sample", project / "archive", "--patches", "6"), 0)
    refused = expect(dsdocs("build", cwd=project), 2)
    assert "train.md, line 7: GPU cell 'fit': no results are stored for it" in refused.stderr
    assert "dsdocs execute train --gpu (or --device cpu)" in refused.stderr
    done = expect(dsdocs("execute", "train", "--device", "cpu", cwd=project), 0)
    assert "score" in done.stderr
    return project


@pytest.fixture
def project(executed: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    return shutil.copytree(executed, tmp_path / "project")


def without_torch(folder: Path) -> dict[str, str]:
    """Return the variable that lets every import of torch fail, in kernels, too."""
    (folder / "torch.py").write_text("raise ImportError('there is no torch here')\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])}


def text_of(page: Path) -> str:
    return "".join(html5lib.parse(page.read_text(encoding="utf-8"), namespaceHTMLElements=False).itertext())


def test_a_site_is_built_from_stored_results_without_torch(project: Path, tmp_path: Path) -> None:
    before = digests(project / "book")
    expect(dsdocs("build", cwd=project, variables=without_torch(tmp_path)), 0)
    page = text_of(project / "site" / "train.html")
    assert "GPU cell ran on" in page
    assert "(processor, no GPU)" in page
    assert "Recorded: score0.25" in page
    assert "trained on it" in page
    assert "n\n6\n {'score': 0.25}" in page
    assert "utdated" not in page
    assert digests(project / "book") == before
    again = expect(dsdocs("build", cwd=project, variables=without_torch(tmp_path)), 0)
    assert "nothing has changed" in again.stderr
    # One byte of what is stored, and the site is no longer that of its inputs.
    (file,) = (project / "book" / "_cache").rglob("counts.csv")
    file.write_bytes(file.read_bytes().replace(b"6", b"7"))
    damaged = expect(dsdocs("build", "--allow-stale", cwd=project), 2)
    assert "GPU cell 'fit': its stored results are damaged" in damaged.stderr
    assert "counts.csv: is damaged" in damaged.stderr
    assert "counts.csv: is damaged" in expect(dsdocs("check", cwd=project), 2).stdout
    (found,) = result(dsdocs("cache", "verify", "--json", cwd=project), 2)
    assert "counts.csv" in found["problem"]
    (state,) = result(dsdocs("status", "--json", cwd=project), 2)
    assert (state["cell"], state["state"], state["page"]) == ("train/fit", "damaged", "train.md")


def test_a_changed_byte_of_the_data_is_named_and_shown_where_that_is_allowed(project: Path) -> None:
    path = next((project / "archive" / "BigEarthNet-S2").rglob("*_B02.tif"))
    with rasterio.open(path, "r+") as file:
        band = file.read(1)
        band[0, 0] += 1
        file.write(band, 1)

    refused = expect(dsdocs("build", cwd=project), 2)
    assert "train.md, line 7: GPU cell 'fit': its stored results are outdated: data: archive " in refused.stderr
    assert not (project / "site").exists()
    (state,) = result(dsdocs("status", "--json", cwd=project), 2)
    assert state["state"] == "stale"
    assert [change.rpartition(" ")[0].split()[:2] for change in state["changed"]] == [["data:", "archive"]]
    assert state["device"]
    assert state["days"] == 0

    built = result(dsdocs("build", "--allow-stale", "--json", cwd=project))
    assert ["data: archive" in line for line in built["stale"]] == [True]
    start = (project / "site" / "index.html").read_text(encoding="utf-8")
    assert "Parts of this site are outdated." in start
    assert '<a href="train.html">train/fit</a>' in start
    page = text_of(project / "site" / "train.html")
    assert "Outdated." in page
    assert "data: archive" in page
    expect(dsdocs("build", cwd=project), 2)  # a site of outdated results is never taken for one that is up to date


def test_results_come_back_as_one_file(project: Path, tmp_path: Path) -> None:
    package = tmp_path / "results.zip"
    expect(dsdocs("cache", "pack", package, cwd=project), 0)
    before = digests(project / "book")
    shutil.rmtree(project / "book" / "_cache")
    expect(dsdocs("cache", "unpack", package, cwd=project), 0)
    assert digests(project / "book") == before
    assert expect(dsdocs("cache", "verify", cwd=project), 0).stdout == "no findings\n"
    listed = expect(dsdocs("status", cwd=project), 0).stdout
    assert listed.startswith("train/fit (line 7)  fresh  ")
    (project / "book" / "_cache" / "evil.js").write_text("1")
    found = expect(dsdocs("cache", "verify", cwd=project), 2).stdout
    assert found == "_cache/evil.js: belongs to no result of a GPU cell\n"


def test_a_place_to_run_has_to_be_named(project: Path, tmp_path: Path) -> None:
    for arguments in ((), ("--gpu", "--device", "cpu"), ("--device", "tpu")):
        assert "--gpu, or --device cpu" in expect(dsdocs("execute", *arguments, cwd=project), 2).stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = expect(dsdocs("execute", "--gpu", cwd=project, variables={"PATH": str(empty)}), 2)
    assert "there is no nvidia-smi" in refused.stderr
    assert "--device cpu" in refused.stderr


# ---- the results that this repository has committed


def test_stored_results_of_the_repository_are_whole_safe_and_of_cells_that_are_there() -> None:
    cache = REPOSITORY / "book" / "_cache"
    known = {}
    for path in (REPOSITORY / "book").glob("*.md"):
        page = read_page(path)
        for number, one in enumerate(page.cells, 1):
            if one.gpu:
                code = tuple(code_digest(each.source, each.tags) for each in page.cells[:number])
                known[f"{page.name}/{one.gpu.name}"] = (code, dict(one.gpu.packages), tuple(sorted(one.gpu.exports)))
    held = dict(entries(cache))
    wrong = [str(entry) for entry in held.values() if not isinstance(entry, Entry)]
    kept = [entry for entry in held.values() if isinstance(entry, Entry)]
    wrong += [problem for entry in kept for problem in problems(entry)]
    wrong += [
        f"{path}: belongs to no result"
        for path in cache.rglob("*")
        if path.is_file() and held.keys().isdisjoint(path.parents) and path != cache / ATTRIBUTES
    ]
    wrong += [
        f"{entry.cell}: is not of a cell of today"
        for entry in kept
        if known.get(entry.cell) != (entry.components.code, entry.components.packages, entry.components.exports)
    ]
    assert wrong == []
    assert len({entry.cell for entry in kept}) == len(kept)
    assert folder_size(cache) <= Config().cache.budget


def test_stored_results_of_the_repository_are_those_of_its_guide(sites: Sites) -> None:
    """What continuous integration asks of a pull request, after the guide was built."""
    where = ("--project", sites.sample_project(), "--archive", sites.sample_archive())
    assert result(dsdocs("cache", "verify", *where, "--json")) == []
    assert {one["state"] for one in json.loads(expect(dsdocs("status", *where, "--json"), 0).stdout)} <= {"fresh"}
