"""Write the files of a new repository; the folder is complete or not there."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from dsdocs import assets
from dsdocs.archive.address import is_url
from dsdocs.config import FILE_NAME, ArchiveSection, Config
from dsdocs.errors import ConfigError
from dsdocs.locations import STATE_FOLDER, Locations, Sources, find_sources
from dsdocs.project import Project
from dsdocs.scaffold.toml import configuration
from dsdocs.summarize import describe, summarize

GITIGNORE = f"{STATE_FOLDER}/\nsite/\nbook/_build/\n"
README = """# Guide to {title}

The documentation site of this data set, made with dsdocs from the archive itself.

```shell
pip install dsdocs
dsdocs build   # writes site/
dsdocs serve   # previews it and reloads when a page changes
```

- `dsdocs.toml` holds what the archive does not say: authors, licence, citation.
- `book/` holds the pages.
"""


_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")


def write_scaffold(
    folder: Path, archive: Sources, *, reader: str | None = None, progress: Callable[[int], None] | None = None
) -> tuple[Path, ...]:
    """Read an archive and write a repository for its guide.

    Parameters
    ----------
    folder
        The new repository; must not exist, or be empty.
    archive
        Paths and URLs of the raw archive.
    reader
        Name of the reader; default: detected.
    progress
        Called with the number of patches read so far.

    Returns
    -------
    tuple of Path
        The files that were written.

    Raises
    ------
    ConfigError
        The folder holds files already, or TOML cannot hold the path of the archive.
    ArchiveError
        The archive cannot be read.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(str(folder), "", "holds files already; name a new folder")
    place = next(parent for parent in folder.absolute().parents if parent.exists())
    with tempfile.TemporaryDirectory(dir=place, prefix=".dsdocs-") as temporary:
        partial = Path(temporary) / "new"
        partial.mkdir()
        _write(partial, folder, find_sources(archive, Path()), reader, progress)
        if folder.exists():  # it may be the current folder, which must not be replaced under a shell
            for entry in sorted(partial.iterdir()):
                os.rename(entry, folder / entry.name)
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            os.rename(partial, folder)
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def _write(
    target: Path, final: Path, sources: tuple[str, ...], reader: str | None, progress: Callable[[int], None] | None
) -> None:
    written = [source if is_url(source) else _relative(source, final) for source in sources]
    config = Config(archive=ArchiveSection(reader=reader or None))
    with tempfile.TemporaryDirectory() as state:
        project = Project(Locations(config, None, sources, Path(state)))
        result = summarize(project, progress=progress)
        describe(project)
        description = project.description
    text = configuration(description, archive=written, reader=result.reader)
    (target / FILE_NAME).write_text(text, encoding="utf-8")
    (target / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
    (target / "README.md").write_text(README.format(title=_plain(description.title)), encoding="utf-8")
    ignored = shutil.ignore_patterns("_build", "jupyter_execute", "__pycache__", ".*")
    shutil.copytree(assets.book_folder(), target / "book", ignore=ignored)


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
