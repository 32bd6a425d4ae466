"""Write the files of a new repository; the folder is complete or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from dsdocs import assets
from dsdocs.config import FILE_NAME, ArchiveSection, Config
from dsdocs.errors import ConfigError
from dsdocs.locations import STATE_FOLDER, Locations
from dsdocs.project import Project
from dsdocs.scaffold.toml import configuration
from dsdocs.summarize import summarize

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


def write_scaffold(folder: Path, archive: Path, *, reader: str | None = None) -> tuple[Path, ...]:
    """Read an archive and write a repository for its guide.

    Parameters
    ----------
    folder
        The new repository; must not exist, or be empty.
    archive
        Path of the raw archive.
    reader
        Name of the reader; default: detected.

    Returns
    -------
    tuple of Path
        The files that were written.

    Raises
    ------
    ConfigError
        The folder holds files already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(str(folder), "", "holds files already; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        partial = Path(temporary) / folder.name
        partial.mkdir()
        _write(partial, folder, archive, reader)
        if folder.exists():
            folder.rmdir()
        os.rename(partial, folder)
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def _write(target: Path, final: Path, archive: Path, reader: str | None) -> None:
    config = Config(archive=ArchiveSection(path=str(archive), reader=reader))
    with tempfile.TemporaryDirectory() as state:
        project = Project(Locations(config, None, archive, Path(state)))
        result = summarize(project)
        description = project.description
    relative = Path(os.path.relpath(archive.resolve(), final.resolve())).as_posix()
    text = configuration(description, archive=relative, reader=result.reader)
    (target / FILE_NAME).write_text(text, encoding="utf-8")
    (target / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
    (target / "README.md").write_text(README.format(title=description.title), encoding="utf-8")
    ignored = shutil.ignore_patterns("_build", "jupyter_execute", "__pycache__", ".*")
    shutil.copytree(assets.book_folder(), target / "book", ignore=ignored)
