"""What a repository has beside configuration and pages: workflows, forms and instructions, from ``templates/``.

The repository of dsdocs itself and those that ``dsdocs init`` writes have them from the same templates. In these,
``@NAME@`` stands for a text, because ``${{ }}`` and ``$`` belong to workflows and scripts. Lines between ``#[own]`` or
``#[guide]`` and the next such mark or ``#[end]`` are for one of the two alone. Templates of workflows are YAML as they
are, so that Dependabot finds the actions that they name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

Kind = Literal["own", "guide"]
PYTHON = "3.11"  # the lowest that dsdocs runs on, and the one that its tests are run with most
LOCK = ".github/requirements.txt"
TEMPLATES = Path(__file__).with_name("templates")
# Folder of templates -> folder of the repository.
_PLACES: dict[Kind, dict[str, str]] = {"own": {"github": ".github/"}, "guide": {"github": ".github/", "root": ""}}
_VALUES: dict[Kind, dict[str, str]] = {
    "own": {
        "WRITTEN": 'Written by "python docs/update.py" from src/dsdocs/scaffold/templates/; change it there.',
        "CHECKS": '"build and check", "lint and types", "tests"',
        "NIGHTLY": "41 2 * * *",
    },
    "guide": {
        "WRITTEN": 'Written by "dsdocs init"; docs/publishing.md of dsdocs tells what it does.',
        "CHECKS": '"build and check"',
        "NIGHTLY": "41 2 * * 1",  # weekly: every run reads the archive again where nothing is cached
    },
}
_MARK = re.compile(r"^\s*#\[(own|guide|end)\]\n", re.MULTILINE)
_NAME = re.compile(r"@([A-Z]+)@")
_NAMED = {"gitattributes": ".gitattributes"}  # which would count for the templates themselves


def render(kind: Kind, **values: str) -> dict[str, str]:
    """Return the files of a repository: path -> text.

    Parameters
    ----------
    kind
        ``own`` for the repository of dsdocs, ``guide`` for one that documents a data set.
    values
        Texts for marks that only the caller knows: ``TITLE`` for a guide, as Markdown.
    """
    known = {"PYTHON": PYTHON, **_VALUES[kind], **values}
    return {path: filled(text, kind, known) for path, text in sorted(_templates(kind))}


def filled(text: str, kind: Kind, values: Mapping[str, str]) -> str:
    """Return a template with its marks replaced.

    Raises
    ------
    KeyError
        A mark has no text.
    """
    first, *rest = _MARK.split(text)
    parts = (part for mark, part in zip(rest[::2], rest[1::2], strict=True) if mark in (kind, "end"))
    return _NAME.sub(lambda mark: values[mark[1]], "".join((first, *parts)))


def _templates(kind: Kind) -> Iterator[tuple[str, str]]:
    for folder, target in _PLACES[kind].items():
        for path in (TEMPLATES / folder).rglob("*"):
            if path.is_file():
                name = path.relative_to(TEMPLATES / folder).as_posix()
                yield target + _NAMED.get(name, name), path.read_text(encoding="utf-8")
