"""Build the sites that the end-to-end tests open, each once in a run, with the program that users call."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    import fcntl

REPOSITORY = Path(__file__).resolve().parents[2]
# Below the folder of real samples; the synthetic sample is made by the program itself.
ARCHIVES = {
    "bigearthnet-v1-s2": "bigearthnet_v1/tiny",
    "bigearthnet-v1-s1": "bigearthnet_v1/s1-tiny",
    "bigearthnet-v2": "bigearthnet_v2",
    "eurosat-rgb": "eurosat/EuroSAT_RGB",
    "eurosat-ms": "eurosat/EuroSAT_MS",
    "uc-merced": "ucmerced/UCMerced_LandUse",
}
SAMPLE = "sample"
NAMES = (SAMPLE, *ARCHIVES)


@dataclass(frozen=True, slots=True)
class Built:
    """A site and what the program said while it was built."""

    site: Path
    done: subprocess.CompletedProcess[str]

    @property
    def pages(self) -> tuple[str, ...]:
        """Names of the pages without their suffix, the one for searching left out."""
        return tuple(sorted(path.stem for path in self.site.glob("*.html") if path.stem != "search"))


class Sites:
    """The sites of a run, built when they are first asked for, by whichever of its processes that is.

    Parameters
    ----------
    folder
        Where sites, projects and caches go.
    shared_data
        Returns the folder of real samples, or skips the test.
    """

    def __init__(self, folder: Path, shared_data: Callable[[], Path]) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self._shared_data = shared_data

    def __getitem__(self, name: str) -> Built:
        """Return a site by the name of its data, as in `NAMES`."""
        site, said = self.folder / "site" / name, self.folder / f"{name}.json"
        with self._alone(name):
            if not said.exists():
                arguments = self._arguments(name)
                done = dsdocs("build", *arguments, "--out", site, cache=self.folder / "cache" / name)
                said.write_text(json.dumps([done.args, done.returncode, done.stdout, done.stderr]), encoding="utf-8")
        built = Built(site, subprocess.CompletedProcess(*json.loads(said.read_text(encoding="utf-8"))))
        # A site that failed to build stays so: every test that needs it fails, but the minute is spent once.
        assert built.done.returncode == 0, built.done.stdout + built.done.stderr
        return built

    def sample_archive(self) -> Path:
        """Return the synthetic archive with the number of patches that users get."""
        archive = self.folder / "sample-archive"
        with self._alone("sample-archive"):
            if not archive.is_dir():
                expect(dsdocs("sample", archive), 0)
        return archive

    def sample_project(self) -> Path:
        """Return a copy of the repository's own guide; the site of the sample is built from it."""
        project = self.folder / "sample-project"
        with self._alone("sample-project"):
            if not project.is_dir():
                copy_project(REPOSITORY, project)
        return project

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Let one process at a time make a thing."""
        with (self.folder / f".{name}.making").open("wb") as file:
            if sys.platform != "win32":
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _arguments(self, name: str) -> tuple[str | Path, ...]:
        if name == SAMPLE:
            return "--project", self.sample_project(), "--archive", self.sample_archive()
        archive = self._shared_data() / ARCHIVES[name]
        if name == "bigearthnet-v2":
            project = self.folder / "bigearthnet-project"
            copy_project(REPOSITORY / "examples" / "bigearthnet", project)
            return "--project", project, "--archive", archive
        # Where there is no configuration: --project is the current folder, and may hold one.
        return "--project", self.folder, "--archive", archive


def copy_project(source: Path, target: Path) -> None:
    """Copy configuration and pages: state lies beside the configuration, and tests share none."""
    target.mkdir(parents=True)
    shutil.copyfile(source / "dsdocs.toml", target / "dsdocs.toml")
    if (source / "book").is_dir():
        ignored = shutil.ignore_patterns("_build", "__pycache__", ".*")
        shutil.copytree(source / "book", target / "book", ignore=ignored)


def command(*arguments: str | Path) -> list[str]:
    """Return the command line of the program, as installed beside this Python."""
    return [sys.executable, "-m", "dsdocs", *map(str, arguments)]


def environment(cache: Path | None = None, **variables: str) -> dict[str, str]:
    """Return this environment without what would make a run differ: settings of dsdocs and the user's cache."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DSDOCS_")}
    return {**kept, **({"XDG_CACHE_HOME": str(cache)} if cache else {}), **variables}


def dsdocs(
    *arguments: str | Path,
    cwd: Path | None = None,
    cache: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end, in a process of its own as the event loop of the browser occupies this one."""
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(cache, **(variables or {})),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def expect(done: subprocess.CompletedProcess[str], code: int) -> subprocess.CompletedProcess[str]:
    """Return a run that ended with this code; else fail with all that it said."""
    assert done.returncode == code, f"exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}"
    return done


def result(done: subprocess.CompletedProcess[str], code: int = 0) -> dict[str, Any]:
    """Return what ``--json`` printed."""
    parsed: dict[str, Any] = json.loads(expect(done, code).stdout)
    return parsed


def cells_run(built: Mapping[str, Any]) -> dict[str, int]:
    """Return how many cells ran on each page that ran any."""
    return {page["page"]: page["run"] for page in built["executions"] if page["run"]}


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in paths}
