"""From a project to a finished site, step by step; the old site stays until the new one is whole."""

from __future__ import annotations

import importlib
import io
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dsdocs.analyses.leakage_map import leaking_ids
from dsdocs.claims import check_claims, enforce
from dsdocs.claims.publish import FILE as CLAIMS
from dsdocs.claims.publish import claims_json
from dsdocs.classify.publish import FOLDER as CLASSIFIERS
from dsdocs.classify.publish import write_classifiers
from dsdocs.engine import Engine
from dsdocs.errata import store_errata
from dsdocs.errata.store import TABLE as ERRATA
from dsdocs.errors import SiteError
from dsdocs.explorer.manifest import FOLDER as EXPLORER
from dsdocs.explorer.manifest import write_explorer
from dsdocs.explorer.sprites import make_sprites
from dsdocs.findings import check_quality, store_findings
from dsdocs.notebooks import Execution, Page, execute_pages, prune
from dsdocs.notebooks.gpu.shelf import exported_file
from dsdocs.notebooks.gpu.survey import refuse
from dsdocs.pixels.measure import measure_pixels
from dsdocs.pixels.model import Unreadable
from dsdocs.pixels.publish import FILE as STATISTICS
from dsdocs.pixels.publish import statistics_json
from dsdocs.pixels.stored import open_pixels
from dsdocs.project import STATE_VARIABLE, Project
from dsdocs.releases import fetch_summaries
from dsdocs.render.chart_json import listed_charts
from dsdocs.retrieval.publish import FOLDER as RETRIEVAL
from dsdocs.retrieval.publish import write_retrieval
from dsdocs.safe import Lock, clean, put_back, swap_folder
from dsdocs.site import DATA
from dsdocs.site.card import CARD, draw_card
from dsdocs.site.check.tree import check_tree
from dsdocs.site.inspect import places_of
from dsdocs.site.pages import assemble, available
from dsdocs.site.pictures import take_pictures
from dsdocs.site.reader import data_digests
from dsdocs.site.results import look_at_results, refuse_over_budget
from dsdocs.site.similar import take_similar
from dsdocs.site.stamp import MARKER, code_key, site_key, store
from dsdocs.site.strict import refuse_left_out, refuse_pictures, refuse_unread
from dsdocs.site.switcher import write_versions
from dsdocs.site.verify import write_manifest
from dsdocs.summarize import Summarized, describe, summarize
from dsdocs.twins.write import write_twins
from dsdocs.versions import package_version

Progress = Callable[[str, int, int | None], None]  # step, done, total
_PUBLISHED = ("summary.parquet", "facts.json", "report.json")
_NEW, _OLD = "new", "old"  # in the folder beside the site; MyST-NB writes beside what it is told to write, too
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """What a build did."""

    out: Path
    summarized: Summarized
    executions: tuple[Execution, ...]
    picture_problems: tuple[tuple[str, str], ...]  # path, reason
    pixel_problems: tuple[tuple[str, str], ...]  # files without statistics: path, reason
    stale: tuple[str, ...]  # GPU cells whose outdated results are shown: page, cell, what has changed
    n_files: int
    n_bytes: int
    seconds: dict[str, float]  # step -> duration


def build_site(
    project: Project,
    out: Path,
    *,
    workers: int = 2,
    engine: Engine | None = None,
    strict: bool = False,
    allow_stale: bool = False,
    progress: Progress | None = None,
) -> BuiltSite:
    """Build the whole site of a project.

    Parameters
    ----------
    project
        The project.
    out
        Folder of the site. It is swapped in when the new site is whole; a folder that holds anything but an older site
        of dsdocs is refused.
    workers
        Pages that are executed at the same time.
    engine
        Where the archive is read; default: in this process.
    strict
        Whether an input that was left out is an error.
    allow_stale
        Whether outdated results of GPU cells are shown, marked as such, instead of being an error.
    progress
        Called with the name of the step, what is done and, where it is known, how much there is.

    Raises
    ------
    DsdocsError
        Anything that keeps the site from being complete; the old site is untouched.
    """
    refuse_foreign(out)
    with Lock(project.state), _workplace(out) as work:
        clean(project.state)
        return _build(project, out, work, workers, engine, strict, allow_stale, progress or _silent)


def prepare(
    project: Project, *, engine: Engine | None, strict: bool, seconds: dict[str, float], progress: Progress
) -> tuple[Summarized, tuple[tuple[str, str], ...], tuple[Unreadable, ...], tuple[Page, ...]]:
    """Compute all that cells may ask for, as far as it is not there yet, and put the pages together.

    Returns
    -------
    tuple
        What was found in the archive, pictures that could not be made, files whose pixels could not be read, and the
        pages.
    """
    tell = progress
    fetch_summaries(project.locations)
    with _timed(seconds, "summary"):
        result = summarize(project, key=code_key(), engine=engine, progress=lambda done: tell("summary", done, None))
        if strict:
            refuse_left_out(result)
        describe(project, key=code_key())
        store_errata(project)
        enforce(project)
    with _timed(seconds, "pixels"):
        unread = measure_pixels(project, engine=engine, progress=lambda done, total: tell("pixels", done, total))
        if strict:
            refuse_unread(unread)
        findings = check_quality(project)
        store_findings(project, findings)
    with _timed(seconds, "pictures"):
        also = (*leaking_ids(project.summary), *(name for finding in findings for name in finding.examples))
        problems = take_pictures(
            project, also=also, key=code_key(), progress=lambda done, total: tell("pictures", done, total)
        )
        if strict:
            refuse_pictures(problems)
    with _timed(seconds, "sprites"):
        sprites = make_sprites(project, engine=engine, progress=lambda done, total: tell("sprites", done, total))
        problems = tuple(dict.fromkeys((*problems, *sprites.problems)))
        if strict:
            refuse_pictures(problems)
    tell("explorer", 0, None)
    with _timed(seconds, "explorer"):
        write_explorer(project, key=code_key())
    return result, problems, unread, assemble(project, project.state / "src", available(project))


def _build(
    project: Project, out: Path, work: Path, workers: int, engine: Engine | None, strict: bool, allow_stale: bool,
    tell: Progress,
) -> BuiltSite:  # fmt: skip
    key = site_key(project.locations)
    seconds: dict[str, float] = {}
    result, problems, unread, pages = prepare(project, engine=engine, strict=strict, seconds=seconds, progress=tell)
    with _timed(seconds, "results"):
        found = look_at_results(project, pages)
        refuse(found, allow_stale=allow_stale)
        refuse_over_budget(project, found)
    with _timed(seconds, "retrieval"):
        write_retrieval(
            project, exported=lambda name: exported_file(project, name), engine=engine, key=code_key(),
            progress=lambda done, total: tell("retrieval", done, total),
        )  # fmt: skip
        take_similar(project, key=code_key())
    with _timed(seconds, "classifiers"):
        write_classifiers(project, exported=lambda name: exported_file(project, name), key=code_key())
    with _timed(seconds, "cells"):
        source = project.state / "src"
        executions = _execute(project, pages, workers, tell)
    tell("pages", 0, None)
    with _timed(seconds, "pages"):
        new = work / _NEW / "site"
        titles = _run_sphinx(project, source, new)
        _publish_data(project, new)
        write_versions(project, new / DATA, [path for _, path in titles])
        write_twins(project, new, data=DATA, pages=titles, charts=listed_charts(new / DATA))
        (new / DATA / CARD).write_bytes(draw_card(project))
        check_tree(new, places=places_of(project.locations))
        write_manifest(new)
        sizes = [path.stat().st_size for path in new.rglob("*") if path.is_file()]
        swap_folder(new, out.resolve(), aside=work / _OLD)
    stale = tuple(each.problem for each in found if each.state == "stale")
    if not stale:  # else the next build, which may not allow it, has to look again
        with suppress(OSError):  # without it, the next build is made although nothing has changed
            store(project.state, out, key)
    unreadable = tuple((one.path, one.reason) for one in unread)
    return BuiltSite(out, result, executions, problems, unreadable, stale, len(sizes), sum(sizes), seconds)


@contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    """Make a folder beside the site in which the new one is written, for this process alone, and remove it."""
    place = out.resolve()
    folder = place.with_name(f".{place.name}.dsdocs")
    with Lock(folder):
        _clear(folder, place)
        try:
            yield folder
        finally:
            _clear(folder, place)
            shutil.rmtree(folder, ignore_errors=True)


def _clear(folder: Path, place: Path) -> None:
    put_back(place, aside=folder / _OLD)  # raises where it cannot: the only site there is must not be removed
    for name in (_NEW, _OLD):
        shutil.rmtree(folder / name, ignore_errors=True)


def _execute(project: Project, pages: tuple[Page, ...], workers: int, tell: Progress) -> tuple[Execution, ...]:
    """Bring cell outputs up to date; Sphinx is imported meanwhile, as the kernels are processes of their own."""
    warm_up = threading.Thread(target=_import_sphinx, daemon=True)
    warm_up.start()
    data = data_digests(project)
    versions = {name: package_version(name) for page in pages for name in page.packages}
    cells = project.state / "cells"
    executions = execute_pages(
        pages,
        cache=cells,
        data=data,
        versions=versions,
        environment={STATE_VARIABLE: str(project.state), "TZ": "UTC"},
        cwd=project.state,
        workers=workers,
        progress=lambda page, done, total: tell(f"page {page}", done, total),
    )
    prune(pages, cache=cells, data=data, versions=versions)
    warm_up.join()
    return executions


def _import_sphinx() -> None:
    for name in ("sphinx.application", "sphinx.builders.html", "myst_nb.sphinx_ext", "furo"):
        importlib.import_module(name)


def _run_sphinx(project: Project, source: Path, out: Path) -> list[tuple[str, str]]:
    """Build the HTML in a fresh folder, and return title and path of each page in the order of the book.

    Every warning is an error, and all of them are reported.
    """
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    warnings = io.StringIO()
    doctrees = project.state / "doctrees"
    shutil.rmtree(doctrees, ignore_errors=True)
    with _environment(STATE_VARIABLE, str(project.state)), patch_docutils(source), docutils_namespace():
        app = Sphinx(source, source, out, doctrees, "html", status=None, warning=warnings, freshenv=True)
        app.build()
    found = _ANSI.sub("", warnings.getvalue()).replace(f"{source}{os.sep}", "").strip()
    if found or app.statuscode:
        raise SiteError(f"the pages have problems:\n{found}")
    for leftover in (".buildinfo", ".buildinfo.bak"):
        (out / leftover).unlink(missing_ok=True)
    shutil.rmtree(out / "_sources", ignore_errors=True)  # Sphinx makes the folder even where it stays empty
    (out / ".nojekyll").touch()
    docs = dict.fromkeys((app.config.root_doc, *app.env.toctree_includes.get(app.config.root_doc, ()), *app.env.titles))
    return [(app.env.titles[name].astext(), app.builder.get_target_uri(name)) for name in docs]


def _publish_data(project: Project, out: Path) -> None:
    """Copy pictures, summary, facts and report to where the pages link to them."""
    target = out / DATA
    target.mkdir(exist_ok=True)
    if project.data.is_dir():
        shutil.copytree(project.data, target, dirs_exist_ok=True)
    shutil.copytree(project.state / EXPLORER, target / EXPLORER, dirs_exist_ok=True)
    for name in (CLASSIFIERS, RETRIEVAL):
        if (project.state / name).is_dir():
            shutil.copytree(project.state / name, target / name, dirs_exist_ok=True)
    for name in _PUBLISHED:
        shutil.copyfile(project.state / name, target / name)
    if (project.state / ERRATA).is_file():
        shutil.copyfile(project.state / ERRATA, target / ERRATA)
    if claims := check_claims(project):
        (target / CLAIMS).write_text(claims_json(claims), encoding="utf-8")
    pixels = open_pixels(project)
    if pixels.measured:
        (target / STATISTICS).write_text(statistics_json(pixels.figures), encoding="utf-8")


def refuse_foreign(out: Path) -> None:
    """Raise `SiteError` if the folder holds anything that dsdocs did not write."""
    if out.exists() and not out.is_dir():
        raise SiteError(f"{out}: is a file; name a folder with --out")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise SiteError(f"{out}: holds files that dsdocs did not write; name an empty or a new folder with --out")


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - start


def _silent(step: str, done: int, total: int | None) -> None:
    """Report nothing."""
