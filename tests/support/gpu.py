"""Pages with GPU cells, a project around them, and the way to run and look at them, for tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsdocs.config import load_config
from dsdocs.locations import Locations
from dsdocs.notebooks import Page, execute_pages, read_page
from dsdocs.notebooks.gpu.entries import Entry
from dsdocs.notebooks.gpu.execute import _emptied, _stored, _Work, execute_gpu_cells
from dsdocs.notebooks.gpu.shelf import open_shelf, store_ledger
from dsdocs.notebooks.gpu.survey import Found, survey
from dsdocs.notebooks.kernels import CAN_FORK
from dsdocs.notebooks.keys import cell_keys
from dsdocs.notebooks.store import read_outputs
from dsdocs.project import STATE_VARIABLE, Project, store_locations

FRONT = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: python3}\n---\n"


def cell(source: str) -> str:
    """Write an ordinary code cell."""
    return f"```{{code-cell}} ipython3\n{source}\n```\n"


def gpu_cell(source: str, declared: str = "name: train, data: []", *tags: str) -> str:
    """Write a GPU cell."""
    options = f"---\ntags: [{', '.join(('gpu', *tags))}]\ndsdocs: {{{declared}}}\n---"
    return f"```{{code-cell}} ipython3\n{options}\n{source}\n```\n"


@dataclass
class Book:
    """The pages of a project without an archive, and what their GPU cells have left."""

    folder: Path
    data: dict[str, str] = field(default_factory=lambda: {"summary": "s1", "archive": "a1"})
    toml: str = ""
    project: Project = field(init=False)
    pages: dict[str, Page] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "book").mkdir(parents=True)
        file = self.folder / "dsdocs.toml"
        file.write_text(self.toml, encoding="utf-8")
        self.project = Project(Locations(load_config(file), file, (), self.folder / ".dsdocs"))
        self.project.state.mkdir()
        store_locations(self.project)

    @property
    def cache(self) -> Path:
        """Folder of the stored results."""
        return self.folder / "book" / "_cache"

    @property
    def digests(self) -> dict[str, Callable[[], str]]:
        """What returns the digest of each data set."""
        return {name: lambda name=name: self.data[name] for name in self.data}  # type: ignore[misc]

    def write(self, *cells: str, name: str = "page", front: str = FRONT) -> Page:
        """Write a page, in the place of one of the same name."""
        path = self.folder / "book" / f"{name}.md"
        path.write_text(f"{front}# Page\n\n" + "\nText.\n\n".join(cells), encoding="utf-8")
        self.pages[name] = page = read_page(path)
        return page

    def look(self) -> tuple[Found, ...]:
        """Survey the pages."""
        found = survey((self.cache,), tuple(self.pages.values()), self.digests)
        store_ledger(self.project.state, found)
        return found

    def state(self, name: str = "page/train") -> tuple[str, tuple[str, ...]]:
        """Return state and reasons of a cell."""
        found = next(each for each in self.look() if each.name == name)
        return found.state, found.reasons

    def execute(self, *chosen: str, **options: Any) -> tuple[Entry, ...]:
        """Run the GPU cells on the processor."""
        given = {"data": self.digests, "device": "cpu", "fork": CAN_FORK, **options}
        return execute_gpu_cells(self.project, tuple(self.pages.values()), chosen=chosen, **given)

    def store(
        self,
        outputs: Sequence[Mapping[str, Any]] = (),
        files: Mapping[str, str] | None = None,
        *,
        links: Mapping[str, Path] | None = None,
        name: str = "page/train",
    ) -> Entry:
        """Store results as if a cell had run and left these."""
        work = _Work(
            self.project, self.cache, tuple(self.pages.values()), self.digests, {"kind": "cpu", "name": "x"}, None,
            set(), lambda page, done, total: None,
        )  # fmt: skip
        left = _emptied(self.project.state / "gpu" / name)
        for file, text in (files or {}).items():
            (left / "exports" / file).write_text(text, encoding="utf-8")
        for file, target in (links or {}).items():
            (left / "exports" / file).symlink_to(target)
        return _stored(work, next(each for each in self.look() if each.name == name), outputs, left, 1.0)

    def copy(self, folder: Path) -> Book:
        """Return the same book in another folder."""
        other = Book(folder, dict(self.data), self.toml)
        shutil.copytree(self.folder / "book", folder / "book", dirs_exist_ok=True)
        other.pages = {name: read_page(folder / "book" / f"{name}.md") for name in self.pages}
        return other

    def build(self, name: str = "page") -> list[str]:
        """Run the ordinary cells of a page as a build does; return the text that each cell shows."""
        self.look()
        page = self.pages[name]
        known: dict[str, Any] = {
            "data": {**self.data, **open_shelf(self.project.state).digests()},
            "versions": {"dsdocs": "1"},
        }
        cells = self.project.state / "cells"
        environment = {STATE_VARIABLE: str(self.project.state)}
        execute_pages([page], cache=cells, environment=environment, cwd=self.folder, **known)
        keys = enumerate(zip(page.cells, cell_keys(page, **known), strict=True), 1)
        return [
            "" if own.gpu else "".join(out.get("text", "") for out in read_outputs(cells, page, number, key))
            for number, (own, key) in keys
        ]
