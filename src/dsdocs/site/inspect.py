"""What ``dsdocs check`` reports: problems of the configuration, the pages and the published site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dsdocs import assets
from dsdocs.archive.address import is_url
from dsdocs.errata import check_errata
from dsdocs.errors import CacheError, DsdocsError, SiteError
from dsdocs.locations import Locations, find_project
from dsdocs.notebooks import read_page
from dsdocs.notebooks.gpu.entries import entries, problems
from dsdocs.notebooks.gpu.survey import FOLDER
from dsdocs.project import resolve_nomenclature, resolve_sensor
from dsdocs.site.check.finding import Finding
from dsdocs.site.check.tree import Checked, look_at
from dsdocs.site.pages import REQUIREMENTS, TOC, read_toc
from dsdocs.site.stamp import MARKER, is_current, site_key
from dsdocs.summary.read import read_summary

_PLACE = re.compile(r"(?P<path>[^\s:]+\.(?:md|ipynb|toml|bib)):(?:(?P<line>\d+):)? (?P<message>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found in a project and its site."""

    findings: tuple[Finding, ...]
    checked: Checked | None  # of the site; None: there is none
    book: Path | None  # folder of the author's pages


def inspect(folder: Path, archive: Sequence[str] | None, out: Path) -> Inspected:
    """List every problem, one sentence each, that can be found without building."""
    try:
        found = find_project(folder, archive=archive)
    except DsdocsError as error:
        return Inspected((*_findings("configuration", [str(error)]),), None, None)
    findings = [
        *_findings("configuration", _configuration(found)),
        *_findings("page", _pages(found)),
        *_findings("configuration", check_errata(found)),
        *_findings("results", _results(found)),
        *_findings("outdated", _age(found, out)),
    ]
    checked = look_at(out, places=places_of(found)) if (out / MARKER).is_file() else None
    return Inspected((*findings, *(checked.findings if checked else ())), checked, found.book)


def inspect_tree(out: Path) -> Inspected:
    """List every problem of a tree alone, as it is published, with all previews.

    Raises
    ------
    SiteError
        There is no such folder.
    """
    if not out.is_dir():
        raise SiteError(f"{out}: there is no such folder; name the published tree with --out")
    checked = look_at(out)
    return Inspected(checked.findings, checked, None)


def places_of(found: Locations) -> list[Path]:
    """Return the folders of this machine that a build knows, and that nothing of its site may name."""
    folders = [found.state, *(Path(source) for source in found.archive if not is_url(source))]
    return [*folders, *([found.config_file.parent] if found.config_file else [])]


def _findings(kind: str, said: Iterable[str]) -> Iterator[Finding]:
    """Turn sentences that begin with a file into findings."""
    for sentence in said:
        place = _PLACE.fullmatch(sentence)
        if place is None:
            yield Finding("", None, kind, sentence)
        else:
            yield Finding(place["path"], int(place["line"]) if place["line"] else None, kind, place["message"])


def _configuration(found: Locations) -> Iterator[str]:
    name = str(found.config_file or "")
    config = found.config
    try:
        found.open_archive()
    except DsdocsError as error:
        yield f"{name}: archive.path: {error}"
    if config.labels.nomenclature:
        try:
            resolve_nomenclature(config.labels.nomenclature, found.config_file)
        except DsdocsError as error:
            yield f"{name}: labels.nomenclature: {error}"
    for key, section in config.sensors.items():
        try:
            resolve_sensor(section, None)
        except DsdocsError as error:
            yield f"{name}: sensors.{key}: {error}"
    for path in found.summaries_beside:
        try:
            read_summary(path)
        except DsdocsError as error:
            yield f"{name}: a summary that it names: {error}"


def _pages(found: Locations) -> Iterator[str]:
    book = found.book
    if book is None:
        return
    toc = book / TOC
    named: set[str] = set()
    if toc.is_file():
        try:
            root, chapters = read_toc(toc)
            named = {root, *(page for chapter in chapters for page in chapter.pages)}
        except DsdocsError as error:
            yield str(error)
    builtin = {path.stem for path in assets.book_folder().glob("*.md")}
    for page in sorted(named):
        if page not in builtin and not (book / f"{page}.md").is_file():
            yield f"{TOC}: names the page {page!r}, but there is no {page}.md"
    for path in sorted(book.rglob("*.md")):
        name = path.relative_to(book).with_suffix("").as_posix()
        if name.startswith("_build/"):
            continue
        try:
            read = read_page(path)
        except DsdocsError as error:
            yield str(error)
            continue
        for requirement in read.requires:
            if requirement not in REQUIREMENTS:
                known = ", ".join(sorted(REQUIREMENTS))
                yield f"{path.name}: dsdocs.requires: {requirement!r} is unknown; known: {known}"
        if named and name not in named:
            yield f"{path.name}: is not in {TOC}, so it is not published"


def _results(found: Locations) -> Iterator[str]:
    """Look into the stored results of GPU cells; whether they are those of today, a build says."""
    for _, entry in entries(found.book / FOLDER) if found.book else ():
        yield from (str(entry),) if isinstance(entry, CacheError) else problems(entry)


def _age(found: Locations, out: Path) -> Iterator[str]:
    if not (out / MARKER).is_file():
        yield f"{out}: there is no built site; build it with: dsdocs build --out {out}"
        return
    try:
        if not is_current(found.state, out, site_key(found)):
            yield f"{out}: is older than its inputs; build it again with: dsdocs build --out {out}"
    except DsdocsError:
        pass  # the archive cannot be opened, which was reported above
