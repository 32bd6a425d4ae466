"""From the artifact of a pull request to a preview: unpack, verify all of it, and write what is to be placed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from dsdocs.publish.changes import FOLDER as CHANGES
from dsdocs.publish.changes import compare
from dsdocs.publish.preview import css
from dsdocs.publish.preview.dress import About, dress
from dsdocs.publish.preview.files import PAGES, SCRIPTS, file_problems
from dsdocs.publish.preview.html import read_page
from dsdocs.publish.preview.manifests import rewrite
from dsdocs.publish.preview.moves import DATA, MANIFESTS, is_same, loaded_by, moves
from dsdocs.publish.preview.refusal import Reasons, RefusedPreviewError
from dsdocs.publish.preview.scripts import INDEX, MAPS, Code, code_of, index_problem
from dsdocs.publish.preview.zips import Bounds, Files, unpack

_FILES, _MORE_FILES = 5_000, 1_000  # in a preview; or so many more than production has
_BYTES, _MORE_BYTES = 200_000_000, 100_000_000
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style", re.DOTALL)
FILE_BYTES = 100_000_000  # https://docs.github.com/repositories/working-with-files/managing-large-files: of one file


@dataclass(frozen=True, slots=True)
class Site:
    """The site of the default branch, which previews are measured by."""

    folder: Path
    files: Files
    maps: Code  # of the scripts of its maps
    styles: frozenset[str]  # rules of its style sheets and pages, as `css.rules` writes them

    @classmethod
    def read(cls, folder: Path, files: Files) -> Site:
        """Read what previews are compared with."""
        maps = (folder / path for path in files if path.startswith(MAPS) and path.endswith(".js"))
        code = code_of(path.read_text(encoding="utf-8", errors="replace") for path in maps)
        return cls(folder, files, code, frozenset(rule for text in _sheets(folder, files) for rule in css.rules(text)))

    def bounds(self) -> Bounds:
        """Return what a preview may unpack to."""
        total = sum(file.size for file in self.files.values())
        return Bounds(max(_FILES, len(self.files) + _MORE_FILES), max(_BYTES, total + _MORE_BYTES), FILE_BYTES)


def _sheets(folder: Path, files: Files) -> Iterator[str]:
    """Yield the style sheets of a site, each text once: those of its pages are nearly all the same."""
    found: dict[str, None] = {}
    for path in files:
        if path.endswith((".css", ".html")):
            text = (folder / path).read_text(encoding="utf-8", errors="replace")
            found.update(dict.fromkeys([text] if path.endswith(".css") else _STYLE.findall(text)))
    return iter(found)


@dataclass(frozen=True, slots=True)
class Made:
    """A preview that was verified and written."""

    folder: Path  # what is to be placed
    data: dict[str, Path]  # what previews share: place below the folder for it -> file
    changes: dict[str, Any]  # against production, for the report; their pictures lie in the folder


def make(archive: Path, work: Path, site: Site, about: About) -> Made:
    """Make a preview.

    Parameters
    ----------
    archive
        The artifact, a zip archive.
    work
        A folder of its own, not there yet; the unpacked artifact lies in ``unpacked`` afterwards.
    site
        The site of the default branch.
    about
        What the banner says.

    Raises
    ------
    RefusedPreviewError
        Something in it may not be shown; all reasons are given together.
    """
    unpacked, out = work / "unpacked", work / "preview"
    files = unpack(archive, unpacked, site.bounds())
    reasons = Reasons()
    if "index.html" not in files:
        raise RefusedPreviewError("The artifact has no index.html, so it is no site.")
    for path in files:
        for problem in _problems(path, unpacked, files, site):
            reasons.add(path, problem)
    places = moves(unpacked, files, site.files)
    beside: set[str] = set()
    for path in files:
        if PurePosixPath(path).suffix in PAGES:
            page, problems = read_page(path, (unpacked / path).read_bytes(), files, site.styles)
            if page is not None:
                beside |= page.beside
                try:
                    _write(out / path, dress(path, page, places, about))
                except ValueError as error:
                    problems.append(str(error))
        elif path in MANIFESTS and not reasons:
            manifest = rewrite(path, (unpacked / path).read_bytes(), files, places)
            beside |= manifest.beside
            problems = manifest.problems
            _write(out / path, manifest.data)
        else:
            continue
        for problem in problems:
            reasons.add(path, problem)
    reasons.settle()
    made = _copied(unpacked, out, files, places, beside)
    found = compare(site.folder, unpacked)
    for picture, data in sorted(found.pictures.items()):
        _write(out / CHANGES / picture, data)
    return replace(made, changes=found.changes)


def _problems(path: str, folder: Path, files: Files, site: Site) -> list[str]:
    suffix = PurePosixPath(path).suffix
    if path.split("/")[0] == CHANGES:
        return [f"lies in {CHANGES}, which is for what the preview changes"]
    # Pages are always read, for they are written anew; of all else, bytes that the default branch has are known.
    if suffix in PAGES or is_same(path, files, site.files):
        return []
    if suffix not in SCRIPTS:
        return file_problems(path, folder / path, files, site.styles)
    if path != INDEX and not path.startswith(MAPS):
        known = "differs from the script of" if path in site.files else "is a script that is not on"
        return [f"{known} the default branch; look at it with dsdocs serve, or bring the branch up to date"]
    try:
        text = (folder / path).read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return ["is not UTF-8"]
    if path == INDEX:
        problem = index_problem(text, frozenset(one for one in files if one.endswith(".html")))
        return [problem] if problem else []
    if suffix != ".js" or not site.maps.allows(text):
        return ["has other code than the maps of the default branch; a map may differ in its numbers alone"]
    return []


def _copied(unpacked: Path, out: Path, files: Files, places: dict[str, str], beside: set[str]) -> Made:
    """Copy what has to lie in the preview, and name what previews share."""
    wanted = {path for path in files if path not in places} | (beside & set(files))
    for path in sorted(wanted):
        if path.endswith(".css"):
            wanted |= loaded_by(path, unpacked, files)
    for path in sorted(wanted):
        if not (out / path).exists():
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(unpacked / path, out / path)
    shared = {place.removeprefix(DATA): unpacked / path for path, place in places.items() if place.startswith(DATA)}
    return Made(out, dict(sorted(shared.items())), {})


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
