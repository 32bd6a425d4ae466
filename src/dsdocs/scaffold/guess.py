"""Guess a declared layout from the names of files: a first draft of ``[layout]``, for the author to correct."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dsdocs.layout import Pattern
from dsdocs.readers.declared.columns import SPLITS
from dsdocs.readers.image_files import is_image
from dsdocs.readers.tables import is_table

EXAMPLE = "{class}/{patch}.tif"
_FEW = 0.5  # of the number of files: a folder of as many different names at most is a class, of more a patch
_MOST = 0.8  # of all combinations of patches and bands that must be there
_BANDS = 40  # most different endings of names that are taken for bands
_NUMBERS = re.compile(r"p?\d+", re.IGNORECASE)  # which count patches rather than name bands
_WORDS = re.compile(r"[^_.\-]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """What the names of files look like."""

    files: str  # pattern
    fits: int = 0  # files that it fits; 0: it is an example, and nothing was guessed
    of: int = 0  # files that could be images
    example: str | None = None  # path of one of them
    table: str | None = None  # path of a file that may be the table


def guess_layout(names: Sequence[str]) -> Guess:
    """Return the pattern that fits the most images.

    Parameters
    ----------
    names
        Paths of the first files of an archive.
    """
    tables = sorted((name for name in names if is_table(name)), key=lambda name: (name.count("/"), name))
    table = tables[0] if tables else None
    images = [name for name in names if is_image(name)]
    if not images:
        return Guess(EXAMPLE, table=table)
    kinds = Counter((name.count("/"), name.rpartition(".")[2]) for name in images)
    depth, suffix = kinds.most_common(1)[0][0]
    alike = [name for name in images if (name.count("/"), name.rpartition(".")[2]) == (depth, suffix)]
    found = next(filter(None, (_fitting(text, images) for text in _drafts(alike, suffix))), None)
    if found is None:
        return Guess(EXAMPLE, of=len(images), table=table)
    text, fitting = found
    return Guess(text, len(fitting), len(images), min(fitting), table)


def _fitting(text: str, images: Sequence[str]) -> tuple[str, list[str]] | None:
    try:
        pattern = Pattern.compile(text)
    except ValueError:
        return None
    fitting = [name for name in images if pattern.match(name)]
    return (text, fitting) if fitting and "patch" in pattern.fields else None


def _drafts(names: Sequence[str], suffix: str) -> list[str]:
    """Return patterns from the most telling to the plainest."""
    rows = [name.split("/") for name in names]
    *folders, files = zip(*rows, strict=True)
    ending = "." + _literal(suffix)
    plain = _joined([*_folders(folders), "{patch}" + ending])
    drafts = []
    there = len(set(files)) * len(set(folders[-1])) if folders and len(set(folders[-1])) > 1 else 0
    if there and 1 < len(set(files)) <= _BANDS and len(names) >= _MOST * there:
        # The same few names in every folder: a folder is a patch.
        drafts.append(_joined([*_folders(folders[:-1]), "{patch}", "{band}" + ending]))
    stems = [file.rpartition(".")[0] for file in files]
    last = [words[-1] for stem in stems if len(words := _WORDS.findall(stem)) > 1]
    bands = set(last)
    if len(last) == len(stems) and 1 < len(bands) <= _BANDS and not any(map(_NUMBERS.fullmatch, bands)):
        first = [stem[: -len(word)] for stem, word in zip(stems, last, strict=True)]
        separators = {text[-1] for text in first}
        if len(separators) == 1 and len(names) >= _MOST * len(set(first)) * len(bands):
            band = separators.pop() + "{band}" + ending
            if folders and all(text[:-1] == folder for text, folder in zip(first, folders[-1], strict=True)):
                drafts.append(_joined([*_folders(folders[:-1]), "{patch}", "{patch}" + band]))
            drafts.append(_joined([*_folders(folders), "{patch:*}" + band]))
    return [*drafts, plain, "{patch}" + ending]


def _folders(columns: Sequence[Sequence[str]]) -> list[str]:
    """Name the folders of a path: fixed ones as they are, splits, classes, and what else changes."""
    parts: list[str] = []
    free = [number for number, column in enumerate(columns) if len(set(column)) > 1]
    for number, column in enumerate(columns):
        values = set(column)
        if len(values) == 1:
            parts.append(_literal(column[0]))
        elif all(value.lower() in SPLITS for value in values) and "{split}" not in parts:
            parts.append("{split}")
        elif number == free[-1] and len(values) <= _FEW * len(column):
            parts.append("{class}")
        else:
            parts.append(f"{{folder{number + 1}}}")
    return parts


def _joined(parts: Sequence[str]) -> str:
    """Put the parts of a path together, without the fixed folders above the first field."""
    first = next(number for number, part in enumerate(parts) if "{" in part.replace("{{", ""))
    return "/".join(parts[first:])


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
