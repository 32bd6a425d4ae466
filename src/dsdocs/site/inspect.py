"""What ``dsdocs check`` reports: problems of the configuration, the pages and the published site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dsdocs import assets
from dsdocs.errors import CacheError, DsdocsError
from dsdocs.locations import Locations, find_project
from dsdocs.notebooks import read_page
from dsdocs.notebooks.gpu.entries import entries, problems
from dsdocs.notebooks.gpu.survey import FOLDER
from dsdocs.project import resolve_nomenclature, resolve_sensor
from dsdocs.site.checks import find_problems
from dsdocs.site.pages import REQUIREMENTS, TOC, read_toc
from dsdocs.site.stamp import MARKER, is_current, site_key


def inspect(folder: Path, archive: Sequence[str] | None, out: Path) -> tuple[str, ...]:
    """List every problem, one sentence each, that can be found without building."""
    try:
        found = find_project(folder, archive=archive)
    except DsdocsError as error:
        return (str(error),)
    return (*_configuration(found), *_pages(found), *_results(found), *_site(found, out))


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


def _site(found: Locations, out: Path) -> Iterator[str]:
    if not (out / MARKER).is_file():
        yield f"{out}: there is no built site; build it with: dsdocs build --out {out}"
        return
    try:
        if not is_current(found.state, out, site_key(found)):
            yield f"{out}: is older than its inputs; build it again with: dsdocs build --out {out}"
    except DsdocsError:
        pass  # the archive cannot be opened, which was reported above
    yield from find_problems(out)
