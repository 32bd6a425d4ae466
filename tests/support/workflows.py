"""The files that GitHub reads, of this repository and of a guide, and the workflows among them as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dsdocs.scaffold.render import Kind, render

REPOSITORY = Path(__file__).resolve().parents[2]
KINDS: tuple[Kind, ...] = ("own", "guide")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job."""

    workflow: str  # name of the file without its suffix
    job: str
    name: str
    given: dict[str, Any]

    @property
    def run(self) -> str:
        """The script, or an empty text where the step uses an action."""
        return str(self.given.get("run", ""))

    @property
    def uses(self) -> str:
        """The action without its commit, or an empty text."""
        return str(self.given.get("uses", "")).partition("@")[0]


def files(kind: Kind) -> dict[str, str]:
    """Return the files below .github/: those of this repository as they are, those of a guide as they are written."""
    if kind == "guide":
        return {name: text for name, text in render("guide", TITLE="A title").items() if name.startswith(".github/")}
    found = sorted(path for path in (REPOSITORY / ".github").rglob("*") if path.is_file())
    return {path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8") for path in found}


def workflows(kind: Kind) -> dict[str, dict[Any, Any]]:
    """Return the workflows by the names of their files; YAML 1.1 reads the key ``on`` as true."""
    return {
        Path(name).stem: yaml.safe_load(text)
        for name, text in files(kind).items()
        if name.startswith(".github/workflows/")
    }


def jobs(kind: Kind) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield workflow, name and content of every job."""
    for workflow, content in workflows(kind).items():
        for name, job in content["jobs"].items():
            yield workflow, name, job


def steps(kind: Kind) -> Iterator[Step]:
    """Yield every step."""
    for workflow, job, content in jobs(kind):
        for step in content["steps"]:
            yield Step(workflow, job, str(step.get("name", "")), step)
