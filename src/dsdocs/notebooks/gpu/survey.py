"""How the GPU cells of today's pages stand to what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from dsdocs.errors import CacheError, ConfigError
from dsdocs.notebooks.gpu.components import Components, components_of, differences
from dsdocs.notebooks.gpu.entries import Entry, entries, entry_folder, problems, read_entry
from dsdocs.notebooks.gpu.sources import source_digest
from dsdocs.notebooks.pages import Page
from dsdocs.project import Project

FOLDER = "_cache"  # in the author's book folder
State = Literal["fresh", "stale", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class Found:
    """One GPU cell of today's pages and its stored results."""

    page: Page
    number: int  # of the code cell on the page, counted from 1
    components: Components
    state: State
    reasons: tuple[str, ...]  # what has changed, or what is wrong; empty for a fresh one
    entry: Entry | None  # its results; for a stale cell those that it had before

    @property
    def name(self) -> str:
        """``PAGE/NAME``."""
        return f"{self.components.page}/{self.components.cell}"

    @property
    def line(self) -> int:
        """Line of the page on which the cell begins."""
        return self.page.cells[self.number - 1].line

    @property
    def where(self) -> str:
        """Page, line and name, for a message."""
        return f"{self.page.path.name}, line {self.line}: GPU cell {self.components.cell!r}"

    @property
    def problem(self) -> str:
        """Why a build cannot use its results; empty for a fresh cell."""
        match self.state:
            case "fresh":
                return ""
            case "stale":
                return f"{self.where}: its stored results are outdated: {'; '.join(self.reasons)}"
            case "missing":
                return f"{self.where}: no results are stored for it"
            case "damaged":
                return f"{self.where}: its stored results are damaged: {'; '.join(self.reasons)}"


def cache_folder(project: Project) -> Path | None:
    """Return where results are stored, whether it exists or not; None: the project has no folder of its own."""
    return project.config_file.parent / project.config.site.book / FOLDER if project.config_file else None


def has_gpu_cells(pages: Sequence[Page]) -> bool:
    """Tell whether any page has one."""
    return any(cell.gpu for page in pages for cell in page.cells)


def survey(caches: Sequence[Path], pages: Sequence[Page], data: Mapping[str, Callable[[], str]]) -> tuple[Found, ...]:
    """Find the stored results of every GPU cell and compare them, as a whole, with what they depend on today.

    Parameters
    ----------
    caches
        Folders of stored results; the first that has those for a key counts.
    pages
        The pages of the book.
    data
        For each data set that a cell may declare, what returns its digest.

    Raises
    ------
    ConfigError
        Two pages with GPU cells have the same name, a cell declares data that is not there, or cells wait for each
        other.
    CacheError
        A declared module is not there.
    """
    return tuple(_Survey(caches, pages, data).all())


class _Survey:
    def __init__(self, caches: Sequence[Path], pages: Sequence[Page], data: Mapping[str, Callable[[], str]]) -> None:
        self._caches = caches
        self._data = {name: cache(digest) for name, digest in data.items()}
        self._sources = cache(source_digest)
        self._cells: dict[str, tuple[Page, int]] = {}
        for page in pages:
            for number, cell in enumerate(page.cells, 1):
                if cell.gpu:
                    name = f"{page.name}/{cell.gpu.name}"
                    if name in self._cells:
                        raise ConfigError(page.path.name, "", f"two pages of this name have a GPU cell {name!r}")
                    self._cells[name] = page, number
        self._found: dict[str, Found | None] = {}  # None: is being looked at
        self._stored: dict[str, list[Entry]] | None = None

    def all(self) -> Iterator[Found]:
        for name in self._cells:
            yield self.find(name)

    def find(self, name: str) -> Found:
        if name in self._found:
            found = self._found[name]
            if found is None:
                raise ConfigError(self._cells[name][0].path.name, "", f"the GPU cell {name!r} waits for itself")
            return found
        self._found[name] = None
        page, number = self._cells[name]
        above = [cell.gpu.name for cell in page.cells[: number - 1] if cell.gpu]
        earlier = {other: self._results(f"{page.name}/{other}") for other in above}
        declared = page.cells[number - 1].gpu
        assert declared is not None  # for the type checker: `_cells` holds GPU cells only
        data = {each: self._digest(page, each) for each in declared.data}
        sources = {module: self._sources(module) for module in declared.sources}
        found = self._compared(page, number, components_of(page, number, data=data, sources=sources, earlier=earlier))
        self._found[name] = found
        return found

    def _results(self, name: str) -> str:
        """Return the digest of the results of another cell, empty where it has none."""
        entry = self.find(name).entry
        return entry.results if entry else ""

    def _digest(self, page: Page, name: str) -> str:
        kind, _, cell = name.partition(":")
        if kind == "cell":
            if cell not in self._cells:
                known = ", ".join(sorted(self._cells))
                raise ConfigError(page.path.name, "dsdocs.data", f"there is no GPU cell {cell!r}; known: {known}")
            return self._results(cell)
        return self._data[name]()

    def _compared(self, page: Page, number: int, now: Components) -> Found:
        for folder in (entry_folder(place, now.key) for place in self._caches):
            if folder.is_dir():
                try:
                    entry = read_entry(folder)
                    wrong = tuple(problems(entry))
                except CacheError as error:
                    return Found(page, number, now, "damaged", (str(error),), None)
                return Found(page, number, now, "damaged" if wrong else "fresh", wrong, None if wrong else entry)
        nearest = self._nearest(page, now)
        if nearest is None:
            return Found(page, number, now, "missing", (), None)
        wrong = tuple(problems(nearest))
        if wrong:
            return Found(page, number, now, "damaged", wrong, None)
        return Found(page, number, now, "stale", differences(nearest.components, now, page), nearest)

    def _nearest(self, page: Page, now: Components) -> Entry | None:
        """Return the results of the same cell that differ in the fewest points, the latest of them."""
        if self._stored is None:
            self._stored = {}
            for _, entry in (each for place in self._caches for each in entries(place)):
                if isinstance(entry, Entry):
                    self._stored.setdefault(entry.cell, []).append(entry)
        candidates = self._stored.get(f"{now.page}/{now.cell}", [])
        by_date = sorted(candidates, key=lambda entry: str(entry.made.get("date")), reverse=True)
        return min(by_date, key=lambda entry: len(differences(entry.components, now, page)), default=None)


def refuse(found: Sequence[Found], *, allow_stale: bool) -> None:
    """Refuse to build on results that are not those of today's cells.

    Parameters
    ----------
    allow_stale
        Whether outdated results are used all the same, which pages then say. Missing and damaged ones never are.

    Raises
    ------
    CacheError
        The message names page, cell and what has changed, for each such cell.
    """
    bad = [each for each in found if each.state != "fresh" and not (allow_stale and each.state == "stale")]
    if bad:
        pages = " ".join(dict.fromkeys(each.page.name for each in bad))
        lines = "\n".join(each.problem for each in bad)
        hint = f"run them where there is a GPU: dsdocs execute {pages} --gpu (or --device cpu)"
        if all(each.state == "stale" for each in bad):
            hint += "; or show what is stored, marked as outdated: dsdocs build --allow-stale"
        raise CacheError(f"{lines}\n{hint}", cell=bad[0].name, changed=bad[0].reasons)
