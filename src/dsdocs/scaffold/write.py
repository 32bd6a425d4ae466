"""Write the files of a new repository; the folder is complete or not there."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dsdocs import assets
from dsdocs.archive.address import is_url
from dsdocs.config import FILE_NAME, ArchiveSection, Config
from dsdocs.errors import ConfigError, DetectionError
from dsdocs.locations import ELSEWHERE, STATE_FOLDER, Locations, Sources, find_sources
from dsdocs.project import Project
from dsdocs.readers import Description, first_names
from dsdocs.safe.processes import runs
from dsdocs.scaffold.guess import Guess, guess_layout
from dsdocs.scaffold.render import render
from dsdocs.scaffold.toml import configuration
from dsdocs.summarize import describe, summarize

GITIGNORE = f"/{STATE_FOLDER}/\n/site/\n/book/_build/\n"
_PARTIAL = re.compile(r"\.dsdocs-init-(\d+)\.partial")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")


def write_scaffold(
    folder: Path,
    archive: Sources,
    *,
    reader: str | None = None,
    progress: Callable[[int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> tuple[Path, ...]:
    """Read an archive and write a repository for its guide.

    Where no reader knows the archive, the configuration holds the draft of a declared layout as a comment.

    Parameters
    ----------
    folder
        The new repository; must not exist, or be empty, but for the archive and what git keeps there.
    archive
        Paths and URLs of the raw archive.
    reader
        Name of the reader; default: detected.
    progress
        Called with the number of patches read so far.
    tell
        Called with each sentence on what the author has to do first: where the archive could not be read as it is, or
        lies where a clone of the repository does not have it.

    Returns
    -------
    tuple of Path
        The files that were written.

    Raises
    ------
    ConfigError
        The folder holds files already, or TOML cannot hold the path of the archive.
    ArchiveError
        The archive cannot be read, or several readers fit.
    """
    sources = find_sources(archive, Path())
    _need_room(folder, sources)
    place = next(parent for parent in folder.absolute().parents if parent.exists())
    with _beside(place) as temporary:
        partial = temporary / "new"
        partial.mkdir()
        project = Project(_locations(sources, reader, temporary / "state"))
        guess = _write(partial, folder, project, progress)
        written = sorted(path.relative_to(partial) for path in partial.rglob("*") if path.is_file())
        if folder.exists():  # it may be the current folder, which must not be replaced under a shell
            for entry in sorted(partial.iterdir()):
                if os.path.lexists(folder / entry.name):
                    problem = f"holds {entry.name} already, which dsdocs wants to write; name another folder"
                    raise ConfigError(str(folder), "", problem)
            for entry in sorted(partial.iterdir()):
                os.rename(entry, folder / entry.name)
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            os.rename(partial, folder)
    if guess is not None and tell is not None:
        tell(_told(guess, folder / FILE_NAME))
    outside = [source for source in sources if not (is_url(source) or Path(source).is_relative_to(folder.resolve()))]
    if outside and tell is not None:
        tell(f"{outside[0]} lies outside of {folder}, so workflows and other people do not have it: {ELSEWHERE}")
    return tuple(folder / path for path in written)


def _need_room(folder: Path, sources: Iterable[str]) -> None:
    """Refuse a folder that holds more than the archive and what git keeps there."""
    if not folder.exists():
        return
    root = folder.resolve()
    inside = [Path(source).relative_to(root) for source in sources if Path(source).is_relative_to(root)]
    expected = {".git", *(path.parts[0] for path in inside if path.parts)}
    if not folder.is_dir() or any(path.name not in expected for path in folder.iterdir()):
        raise ConfigError(str(folder), "", "holds files already; name a new folder")


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Make a folder that is gone afterwards, and remove those that killed processes have left in the same place."""
    for name in os.listdir(place):
        found = _PARTIAL.fullmatch(name)
        if found is not None and not runs(int(found[1])):
            shutil.rmtree(place / name, ignore_errors=True)
    temporary = place / f".dsdocs-init-{os.getpid()}.partial"
    shutil.rmtree(temporary, ignore_errors=True)  # of a killed process that had this number
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _locations(sources: tuple[str, ...], reader: str | None, state: Path) -> Locations:
    return Locations(Config(archive=ArchiveSection(reader=reader or None)), None, sources, state)


def _write(target: Path, final: Path, project: Project, progress: Callable[[int], None] | None) -> Guess | None:
    """Write all files; return the layout that was guessed where no reader fits."""
    sources = project.locations.archive
    written = [source if is_url(source) else _relative(source, final) for source in sources]
    guess, reader = None, None
    try:
        reader = summarize(project, progress=progress).reader
        describe(project)
        description = project.description
    except DetectionError as error:
        if project.config.archive.reader or error.claims or error.category != "input.type":
            raise
        guess = guess_layout(first_names(project.container))
        description = Description(project.container.name.replace("_", " "))
    text = configuration(description, archive=written, reader=reader, guess=guess)
    (target / FILE_NAME).write_text(text, encoding="utf-8")
    (target / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
    for name, content in render("guide", TITLE=_plain(description.title)).items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(content, encoding="utf-8")
    ignored = shutil.ignore_patterns("_build", "_cache", "jupyter_execute", "__pycache__", ".*")
    shutil.copytree(assets.book_folder(), target / "book", ignore=ignored)
    return guess


def _told(guess: Guess, file: Path) -> str:
    draft = f"a draft that fits {guess.fits:,} of {guess.of:,} images" if guess.fits else "an example"
    place = f"no reader knows this layout; [layout] in {file} holds {draft}, {guess.files!r}"
    return f"{place}: correct it and remove the # before it"


def _relative(path: str, folder: Path) -> str:
    """Return a path of the archive seen from the new folder, with forward slashes."""
    relative = Path(os.path.relpath(path, folder.resolve())).as_posix()
    try:
        relative.encode()
    except UnicodeEncodeError:
        raise ConfigError(FILE_NAME, "archive.path", f"{relative!r} is not UTF-8; rename the folder") from None
    return relative


def _plain(title: str) -> str:
    """Write a title as one line of Markdown in which nothing is markup."""
    return _MARKUP.sub(r"\\\1", " ".join(title.split()))
