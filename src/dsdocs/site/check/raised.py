"""Errors of a build as annotations of GitHub, at the page and line that they name."""

from __future__ import annotations

import re
from pathlib import Path

from dsdocs.config import Site
from dsdocs.errors import CellError
from dsdocs.site.check.finding import Finding
from dsdocs.site.check.report import annotation

_PLACE = re.compile(r"(?P<page>[\w./-]+\.md):(?:(?P<line>\d+):)? *(?P<text>\S.*)")
_CELL = re.compile(r"^(`{3,}|~{3,})\{code-cell\}", re.MULTILINE)


def as_annotations(error: Exception, folder: Path = Path()) -> list[str]:
    """Return a workflow command for each line of an error that names a page.

    Parameters
    ----------
    error
        What a build has raised.
    folder
        Folder of ``dsdocs.toml``; pages that do not lie below it are those of dsdocs itself, and nobody's to mend here.
    """
    found = []
    for place in filter(None, map(_PLACE.match, str(error).splitlines())):
        names = (folder / Site().book / place["page"], folder / place["page"])
        file = next((path for path in names if path.is_file()), None)
        if file is not None:
            line = int(place["line"]) if place["line"] else _line_of_cell(error, file)
            finding = Finding(place["page"], line, "page", place["text"])
            found.append(annotation(finding, Finding(str(file), line, "page", "")))
    return found


def _line_of_cell(error: Exception, file: Path) -> int | None:
    if not isinstance(error, CellError):
        return None
    text = file.read_text(encoding="utf-8")
    begins = [cell.start() for cell in _CELL.finditer(text)]
    return text.count("\n", 0, begins[error.cell - 1]) + 1 if error.cell <= len(begins) else None
