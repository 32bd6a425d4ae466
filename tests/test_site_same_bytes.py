"""The same archive gives the same site: wherever, whenever and in whatever language it is built."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.sites import REPOSITORY, copy_project, digests, dsdocs, expect

HERE = {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "COLUMNS": "60", "SOURCE_DATE_EPOCH": "1"}
THERE = {"PYTHONHASHSEED": "2", "TZ": "America/Caracas", "LC_ALL": "C.UTF-8", "COLUMNS": "200"}


def test_two_builds_in_unlike_surroundings_give_equal_trees(tmp_path: Path) -> None:
    expect(dsdocs("sample", tmp_path / "here" / "sample"), 0)  # all of it, as the stored results are of all of it
    # A name of the archive is part of its site, the folder above it is not.
    shutil.copytree(tmp_path / "here" / "sample", tmp_path / "over" / "there" / "sample", copy_function=shutil.copyfile)
    sites = []
    for folder, variables in ((tmp_path / "here", HERE), (tmp_path / "over" / "there", THERE)):
        project = folder / "a guide"
        copy_project(REPOSITORY, project)
        with (project / "dsdocs.toml").open("a", encoding="utf-8") as file:
            file.write("\n[loading]\nthroughput = 0\n")  # speeds are never the same
        out = folder / f"site of {folder.name}"
        arguments = ("--project", project, "--archive", folder / "sample", "--out", out)
        expect(dsdocs("build", *arguments, cwd=folder, variables=variables), 0)
        sites.append(digests(out))
    assert {name for name in sites[0] | sites[1] if sites[0].get(name) != sites[1].get(name)} == set()
