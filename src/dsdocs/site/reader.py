"""Give MyST-NB pages with their stored outputs instead of executing them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from dsdocs.errors import SiteError
from dsdocs.notebooks import Page, read_page
from dsdocs.notebooks.document import notebook_with_outputs
from dsdocs.notebooks.gpu.shelf import Shelf, open_shelf
from dsdocs.notebooks.pages import parse_page
from dsdocs.project import Project
from dsdocs.site.badge import with_badge
from dsdocs.site.pages import available, without_links, without_sections
from dsdocs.summary.read import fingerprint
from dsdocs.versions import package_version


@dataclass(slots=True)
class _Sources:
    """Where outputs come from while one Sphinx application runs; MyST-NB hands its readers nothing but the text."""

    pages: dict[str, Page] = field(default_factory=dict)  # text -> page
    cache: Path = Path()
    data: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    shelf: Shelf = field(default_factory=lambda: Shelf({}))


_sources = _Sources()


def unsupported(project: Project, folder: Path) -> list[str]:
    """Return the pages of the author's own folder that ask for what the data set does not have.

    A build of dsdocs leaves them out by itself; where Sphinx alone reads the folder, it has to be told.
    """
    if folder.resolve() == (project.state / "src").resolve():
        return []
    met = available(project)
    pages = (path for path in sorted(folder.rglob("*.md")) if "_build" not in path.parts)
    return [path.relative_to(folder).as_posix() for path in pages if not met.issuperset(read_page(path).requires)]


def prepare(project: Project, folder: Path) -> None:
    """Register the pages of a source folder and the store of their outputs."""
    pages = [read_page(path) for path in sorted(folder.rglob("*.md")) if "_build" not in path.parts]
    _sources.pages = {page.text: page for page in pages}
    if folder.resolve() != (project.state / "src").resolve():
        # Sphinx alone reads the author's own folder, with sections that the data cannot fill and links to such pages.
        met = available(project)
        left_out = [name.removesuffix(".md") for name in unsupported(project, folder)]
        _sources.pages = {
            page.text: parse_page(page.path, without_links(without_sections(page.text, met, page.path.name), left_out))
            for page in pages
        }
    _sources.cache = project.state / "cells"
    _sources.data = data_digests(project)
    _sources.shelf = open_shelf(project.state)
    _sources.versions = {name: package_version(name) for page in pages for name in page.packages}


def data_digests(project: Project) -> dict[str, str]:
    """Return the digest of each data set that a page may declare: ``summary``, ``archive``, ``cell:PAGE/NAME``.

    The digest of the summary covers all that was computed from the archive and what the author says about it, but not
    where archive and configuration lie on this machine.
    """
    names = (
        "facts.json", "report.json", "outline.json", "thumbnails.json", "pixels.json", "findings.json", "errata.json",
        "retrieval.stamp", "similar.json",
    )  # fmt: skip
    paths = [project.state / name for name in names]
    stored = [path.read_text(encoding="utf-8") if path.is_file() else "" for path in paths]
    config = project.config.model_dump_json(exclude={"archive": {"path"}})
    others = (*(path for _, path in project.compared), *(one.summary for one in project.locations.releases))
    compared = [fingerprint(path) if path and path.is_file() else "" for path in others]
    parts = [project.fingerprint, repr(project.description), config, *stored, *compared]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    results = open_shelf(project.state).digests()
    return {"summary": digest, "archive": f"{digest} {project.archive.stamp()}", **results}


def read(text: str) -> NotebookNode:
    """Return the page with this text as a notebook with outputs.

    Raises
    ------
    SiteError
        The text belongs to no page of the source folder.
    """
    page = _sources.pages.get(text.replace("\r\n", "\n"))
    if page is None:
        raise SiteError(f"no page has this text, which starts with {text[:60]!r}; build with: dsdocs build")
    return notebook_with_outputs(
        page,
        cache=_sources.cache,
        data=_sources.data,
        versions=_sources.versions,
        results=lambda cell: with_badge(_sources.shelf, cell),
    )
