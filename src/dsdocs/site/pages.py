"""Which pages and sections a data set supports, and the source folder that Sphinx reads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from dsdocs import assets
from dsdocs.analyses.flags import flag_columns
from dsdocs.analyses.label_groups import GROUPINGS, groupings
from dsdocs.claims import claims_of
from dsdocs.errata import stored_errata
from dsdocs.errors import ConfigError
from dsdocs.notebooks import Page, read_page
from dsdocs.notebooks.pages import read_text
from dsdocs.pixels.stored import open_pixels
from dsdocs.project import Project

TOC = "_toc.yml"
COPIED = {".md", ".py", ".bib", ".yml", ".png", ".svg", ".jpg", ".webp"}
# What a page can ask for in its front matter, or a section in a comment line below its heading.
REQUIREMENTS = {
    "labels": "patches have labels",
    "hierarchy": "the nomenclature has levels",
    "flags": "the archive flags patches, for snow or cloud say",
    "crosswalk": "the data set is labelled in the 43 or 19 classes of BigEarthNet",
    "time": "patches have an acquisition time",
    "footprints": "patches are georeferenced",
    "splits": "patches are assigned to splits",
    "held-out": "and those for training and for testing are georeferenced",
    "hashed": "pixels of patches for training and for testing were read",
    "pictures": "there are thumbnails",
    "pixels": "the archive holds the files of at least one patch",
    "images": "and they are more than maps of classes",
    "pixel-statistics": "pixels were read, see [pixels] in dsdocs.toml",
    "band-statistics": "and they are more than maps of classes",
    "class-statistics": "and patches with labels are among them",
    "band-order": "and the order of a sensor's bands shows in them",
    "sensors": "the sensor is known",
    "wavelengths": "a sensor's bands have wavelengths",
    "metadata": "the archive has a metadata file that the reader explains",
    "several-labels": "some patch has more than one label",
    "mapped": "the nomenclature declares how its classes map to the 19 of BigEarthNet",
    "groups": "labelled patches are of more than one split, season, country, tile or sensor",
    **{f"{by}-groups": f"labelled patches are of more than one {by}" for by in GROUPINGS},
    "claims": "figures are stated under [claims], or the data set is one whose paper dsdocs knows",
    "retrieval": "the archive holds images, and [retrieval] names what describes them",
    "classifier": "models are named under [classify]",
    "versions": "the summary of an earlier version is named under [[versions]]",
    "errata": "errata are known, or [dataset] names a repository to report one to",
    "left-out": "inputs were quarantined, or are odd",
    "whole": "no input was quarantined, and none is odd",
}
REFERENCES = "% references"  # a line of a page that stands for the publications of the data set
_LINK = re.compile(r"\[([^\]\[]+)\]\(([\w/-]+)\.md(?:#[^)\s]*)?\)")
# An item of a list and the indented lines that continue it.
_ITEM = re.compile(r"^- \[[^\]\[]+\]\(([\w/-]+)\.md(?:#[^)\s]*)?\).*\n(?: +\S.*\n)*", re.MULTILINE)
_KEY = re.compile(r"[a-z0-9]+")
_HEADING = re.compile(r"(#{1,6}) ")
_REQUIRES = re.compile(r"% requires: ([\w-]+(?:, ?[\w-]+)*)\s*")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the navigation: a caption and its pages."""

    caption: str
    pages: tuple[str, ...]


def available(project: Project) -> frozenset[str]:
    """Return which of `REQUIREMENTS` the data set meets."""
    summary, found = project.summary, set()
    columns = {"labels": "labels", "time": "datetime", "footprints": "geometry", "splits": "split"}
    found |= {name for name, column in columns.items() if summary[column].null_count < summary.num_rows}
    if _held_out(summary):
        found.add("held-out")
    if flag_columns(summary):
        found.add("flags")
    nomenclature = project.nomenclature
    if nomenclature is not None and any(len(nomenclature.lineage(c.name)) > 1 for c in nomenclature.classes):
        found.add("hierarchy")
    if nomenclature is not None and nomenclature.name in {"bigearthnet-43", "bigearthnet-19"}:
        found.add("crosswalk")
    if pc.sum(pc.list_value_length(summary["assets"])).as_py():
        found.add("pixels")
        if any(sensor.kind != "map" for sensor in project.sensors.values()):
            found |= {"images", "retrieval"} if project.config.retrieval.encoders else {"images"}
    found |= _of_pixels(project)
    if project.thumbnails:
        found.add("pictures")
    if project.sensors:
        found.add("sensors")
    if any(band.centre for sensor in project.sensors.values() for band in sensor.bands):
        found.add("wavelengths")
    if project.description.metadata_path:
        found.add("metadata")
    if (pc.max(pc.list_value_length(summary["labels"])).as_py() or 0) > 1:
        found.add("several-labels")
    if nomenclature is not None and "bigearthnet-19" in nomenclature.crosswalks and "labels" in found:
        found.add("mapped")
    grouped = {f"{by}-groups" for by in groupings(summary)}
    found |= grouped | ({"groups"} if grouped else set())
    if claims_of(project.config.claims, project.report["reader"], project.report["nomenclature"]):
        found.add("claims")
    if project.config.classify.models and "labels" in found:
        found.add("classifier")
    if any(release.summary for release in project.locations.releases):
        found.add("versions")
    known = stored_errata(project)
    if known.errata or known.unknown or project.config.dataset.repository:
        found.add("errata")
    found.add("left-out" if project.report["quarantined"] or project.report["warnings"] else "whole")
    return frozenset(found)


def _of_pixels(project: Project) -> set[str]:
    pixels = open_pixels(project)
    if not pixels.measured:
        return set()
    figures = pixels.figures
    met = {
        "pixel-statistics": True,
        "band-statistics": any(band.mean is not None for band in figures.bands),
        "class-statistics": bool(figures.classes),
        "band-order": any(check.rules for check in figures.order),
    }
    read = project.summary["split"].filter(pixels.hashes["phash"].is_valid())
    met["hashed"] = {"train", "test"} <= set(pc.unique(read.cast(pa.string())).to_pylist())
    return {name for name, is_met in met.items() if is_met}


def _held_out(summary: pa.Table) -> bool:
    placed = summary["split"].filter(pc.is_valid(summary["geometry"]))
    return {"train", "test"} <= set(pc.unique(placed.cast(pa.string())).to_pylist())


def assemble(project: Project, target: Path, supported: Collection[str]) -> tuple[Page, ...]:
    """Write the source folder for Sphinx: built-in pages, the author's over them, without what the data cannot support.

    Parameters
    ----------
    project
        The project; pages in its book folder replace built-in ones of the same name.
    target
        Folder to write; an existing one is replaced.
    supported
        The requirements that the data set meets.

    Returns
    -------
    tuple of Page
        Pages in the order of the navigation, the start page first.
    """
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    for folder in (assets.book_folder(), project.book):
        for path in _sources(folder) if folder else ():
            copy = target / path.relative_to(folder or path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    root, chapters = read_toc(target / TOC)
    kept: list[Page] = []
    listed = (root, *(page for chapter in chapters for page in chapter.pages))
    for name in listed:
        file = target / f"{name}.md"
        if not file.is_file():
            raise ConfigError(
                TOC, "", f"names the page {name!r}, but there is no {name}.md in {project.config.site.book}/"
            )
        page = read_page(file)
        if _meets(page.path.name, page.requires, supported):
            file.write_text(without_sections(page.text, supported, page.path.name), encoding="utf-8")
            kept.append(page)
    # Built-in pages that an author's own navigation leaves out count as left out too.
    known = {path.relative_to(target).with_suffix("").as_posix() for path in target.rglob("*.md")}
    _prune(target, {page.path for page in kept})
    names = {page.path.relative_to(target).with_suffix("").as_posix() for page in kept}
    for page in kept:
        text = without_links(page.path.read_text(encoding="utf-8"), known - names)
        page.path.write_text(text.replace(REFERENCES, _references(project)), encoding="utf-8")
    _write_navigation(target / f"{root}.md", chapters, names)
    return tuple(read_page(page.path) for page in kept)


def read_toc(path: Path) -> tuple[str, tuple[Chapter, ...]]:
    """Read the order of the pages from a Jupyter Book table of contents.

    Raises
    ------
    ConfigError
        The file is not of the form ``root`` and ``parts`` with ``caption`` and ``chapters``.
    """
    try:
        toc: Any = yaml.safe_load(read_text(path))
        parts = [(part["caption"], part["chapters"]) for part in toc["parts"]]
        chapters = tuple(Chapter(caption, tuple(entry["file"] for entry in entries)) for caption, entries in parts)
        return toc["root"], chapters
    except yaml.YAMLError as error:
        raise ConfigError(path.name, "", f"is no YAML: {error}") from error
    except (KeyError, TypeError) as error:
        problem = f"expected 'root' and 'parts' with 'caption' and 'chapters': {error!r}"
        raise ConfigError(path.name, "", problem) from error


def without_sections(text: str, supported: Collection[str], page: str) -> str:
    """Blank the sections whose requirements are not met; line numbers stay as they are.

    A section asks for something with a comment line right below its heading, ``% requires: crosswalk``.
    """
    lines = text.split("\n")
    fenced, dropped, result = "", 0, []  # dropped: depth of the heading whose section is being left out
    for number, line in enumerate(lines):
        if line.startswith(("```", "~~~")):
            fenced = "" if fenced and line.strip() == fenced else fenced or re.match(r"[`~]+", line)[0]  # type: ignore[index]
        heading = None if fenced else _HEADING.match(line)
        if heading and (not dropped or len(heading[1]) <= dropped):
            asked = _REQUIRES.fullmatch(lines[number + 1]) if number + 1 < len(lines) else None
            names = tuple(name.strip() for name in asked[1].split(",")) if asked else ()
            dropped = 0 if _meets(page, names, supported) else len(heading[1])
        result.append("" if dropped else line)
    return "\n".join(result)


def without_links(text: str, left_out: Collection[str]) -> str:
    """Drop list items that begin with a link to a page that is left out, and turn other such links into plain text.

    A link to a page that never was stays, and is an error.
    """
    text = _ITEM.sub(lambda item: "" if item[1] in left_out else item[0], text)
    return _LINK.sub(lambda link: link[1] if link[2] in left_out else link[0], text)


def _references(project: Project) -> str:
    """List the publications of the data set as citations."""
    keys = [key for key in project.description.references if _KEY.fullmatch(key)]
    return "\n".join(f"- {{cite:t}}`{key}`" for key in keys) or "No publication is named for this data set."


def _meets(page: str, names: Collection[str], supported: Collection[str]) -> bool:
    for name in names:
        if name not in REQUIREMENTS:
            raise ConfigError(page, "requires", f"{name!r} is unknown; known are: {', '.join(sorted(REQUIREMENTS))}")
    return all(name in supported for name in names)


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "_build", "_cache")) for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.suffix in COPIED:
            yield path


def _prune(target: Path, kept: Collection[Path]) -> None:
    """Remove pages that the navigation does not reach, so that Sphinx does not publish them."""
    for path in target.rglob("*.md"):
        if path not in kept:
            path.unlink()


def _write_navigation(root: Path, chapters: tuple[Chapter, ...], kept: Collection[str]) -> None:
    blocks = []
    for chapter in chapters:
        pages = [page for page in chapter.pages if page in kept]
        if pages:
            blocks.append("\n".join(("```{toctree}", ":hidden:", f":caption: {chapter.caption}", "", *pages, "```")))
    root.write_text(root.read_text(encoding="utf-8").rstrip() + "\n\n" + "\n\n".join(blocks) + "\n", encoding="utf-8")
