"""Run the steps of a workflow on this machine, one by one, as a runner of GitHub does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from support.sites import environment

# Steps that use an action cannot run here; what stands for each, and why that is enough.
STAND_INS = {
    "actions/checkout": "the test has cloned the repository already",
    "actions/setup-python": "the Python of the tests is there already",
    "actions/cache": "without a cache all is computed, which is the harder case",
    "actions/upload-artifact": "its files are packed as it packs them, by `artifact`",
}


@dataclass(slots=True)
class Rehearsal:
    """What became of the steps of a job."""

    clone: Path
    done: list[tuple[str, str]] = field(default_factory=list)  # name of the step, what it printed
    stood_in: list[str] = field(default_factory=list)  # actions
    uploads: list[dict[str, Any]] = field(default_factory=list)  # what artifacts were to be made of
    failed: str = ""  # name of the step that failed, after which none was run

    def said(self, name: str) -> str:
        """Return what a step printed."""
        return dict(self.done)[name]


def run_job(
    clone: Path, *, workflow: str, job: str, path: Sequence[Path], instead: Callable[[str], str | None], cache: Path
) -> Rehearsal:
    """Run a job of a clone's own workflow.

    Parameters
    ----------
    clone
        A clone of the repository.
    workflow, job
        Name of the file without its suffix, and of the job.
    path
        Folders that come first on ``PATH``.
    instead
        Returns the script to run in place of the one it is given; None: that step is not run.
    cache
        Folder for what programs cache.
    """
    content = yaml.safe_load((clone / ".github" / "workflows" / f"{workflow}.yml").read_text(encoding="utf-8"))
    given = content["jobs"][job]
    assert given["permissions"] == {"contents": "read"}
    found = Rehearsal(clone)
    for step in given["steps"]:
        if uses := str(step.get("uses", "")).partition("@")[0]:
            assert uses in STAND_INS, f"no stand-in for {uses}"
            found.stood_in.append(uses)
            if uses == "actions/upload-artifact":
                found.uploads.append(step["with"])
            continue
        script = instead(step["run"])
        if script is None:
            continue
        variables = _variables(content, given, step)
        ended = _bash(clone, script, variables, path, cache)
        found.done.append((step["name"], ended.stdout))
        if ended.returncode:
            found.failed = step["name"]
            break
    return found


def _variables(*levels: Mapping[str, Any]) -> dict[str, str]:
    merged = {name: str(value) for level in levels for name, value in level.get("env", {}).items()}
    assert "${{" not in "".join(merged.values())
    return merged


def _bash(
    clone: Path, script: str, variables: Mapping[str, str], path: Sequence[Path], cache: Path
) -> subprocess.CompletedProcess[str]:
    """Run a script as ``shell: bash`` does."""
    folders = os.pathsep.join([*map(str, path), os.environ["PATH"]])
    given = {**environment(cache), **variables, "PATH": folders, "CI": "true", "GITHUB_ACTIONS": "true"}
    given |= {"GITHUB_WORKSPACE": str(clone), "GITHUB_REPOSITORY": "me/guide"}
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=clone, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
    )  # fmt: skip


def artifact(rehearsal: Rehearsal, target: Path) -> Path:
    """Pack the one artifact as upload-artifact does: the content of the folder, without hidden files."""
    (upload,) = rehearsal.uploads
    folder = rehearsal.clone / upload["path"]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not re.search(r"(^|/)\.", name):
                packed.write(path, name)
    return target


def commit_and_clone(folder: Path, target: Path) -> Path:
    """Commit all files of a folder to a fresh repository, and clone it."""
    identity = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org"}
    identity |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": os.devnull}
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=Begin the guide"],
    ):
        subprocess.run(["git", *command], cwd=folder, env={**os.environ, **identity}, check=True)
    subprocess.run(["git", "clone", "--quiet", folder.as_uri(), str(target)], check=True)
    return target
