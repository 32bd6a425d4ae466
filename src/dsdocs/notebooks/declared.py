"""What a GPU cell declares about itself: the tag ``gpu`` and the table ``dsdocs`` of its options."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

TAG = "gpu"
SUFFIXES = (".csv", ".json", ".npz", ".onnx", ".parquet", ".png", ".safetensors", ".webp")  # of files that are stored
_KEYS = ("name", "data", "packages", "sources", "exports")
_REFUSED_TAGS = {
    "skip-execution": "a GPU cell is never run by a build anyway",
    "raises-exception": "an error is no result that is stored",
    "remove-cell": "its provenance has to be seen",
    "remove-output": "its provenance has to be seen",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_DATA = re.compile(r"summary|archive|cell:[\w-]+/[a-z0-9][a-z0-9-]*")
_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==([0-9][\w.!+-]*)")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_FILE = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Declared:
    """What the author says of a GPU cell."""

    name: str
    data: tuple[str, ...]  # summary, archive, cell:PAGE/NAME
    packages: tuple[tuple[str, str], ...]  # distribution and the version that it is pinned to
    sources: tuple[str, ...]  # modules and packages whose code the results depend on
    exports: tuple[str, ...]  # names of the files that it writes


def declaration(options: Mapping[str, Any], tags: Sequence[str]) -> Declared | None:
    """Return what a cell with these options declares; None for an ordinary cell.

    Raises
    ------
    ValueError
        Tag and table do not go together, or the table holds what it must not.
    """
    given = options.get("dsdocs")
    if TAG not in tags:
        if given is not None:
            raise ValueError(f"dsdocs: only a cell with the tag {TAG!r} declares something")
        return None
    for tag in tags:
        if tag in _REFUSED_TAGS:
            raise ValueError(f"tags: {tag!r} does not go with {TAG!r}: {_REFUSED_TAGS[tag]}")
    if not isinstance(given, Mapping):
        example = "dsdocs: {name: train, data: [summary, archive], packages: [torch==2.13.0], exports: [model.onnx]}"
        raise ValueError(f"a cell with the tag {TAG!r} has to declare what it depends on, as in {example}")
    for key in given:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, n=1, cutoff=0.0)[0]
            raise ValueError(f"dsdocs.{key}: unknown key (nearest: {near!r})")
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"dsdocs.name: expected a name of small letters, digits and hyphens, found {name!r}")
    if "data" not in given:
        raise ValueError("dsdocs.data: is missing; list what the cell reads: summary, archive; or [] for nothing")
    expected = {
        "data": (_DATA, "summary, archive or cell:PAGE/NAME"),
        "packages": (_PIN, "a pinned package such as torch==2.13.0"),
        "sources": (_MODULE, "the name of a module such as dsdocs.classify"),
        "exports": (_FILE, "a plain file name"),
    }
    lists = {key: _listed(key, given.get(key, []), pattern, meant) for key, (pattern, meant) in expected.items()}
    for file in lists["exports"]:
        check_name(file)
    if len({file.lower() for file in lists["exports"]}) != len(lists["exports"]):
        raise ValueError("dsdocs.exports: names a file twice")
    pins = tuple(pin.partition("==")[::2] for pin in lists["packages"])
    if len({name.lower() for name, _ in pins}) != len(pins):
        raise ValueError("dsdocs.packages: names a package twice")
    return Declared(name, lists["data"], pins, lists["sources"], lists["exports"])


def check_name(file: str) -> None:
    """Refuse a file that is not of a kind that can be read without running anything.

    Raises
    ------
    ValueError
        The message names the file and the kinds that are stored.
    """
    if not _FILE.fullmatch(file):
        raise ValueError(f"{file!r}: expected a plain file name of letters, digits, '.', '_' and '-'")
    if PurePosixPath(file).suffix not in SUFFIXES:
        raise ValueError(f"{file}: files of this kind are not stored; allowed are {', '.join(SUFFIXES)}")


def _listed(key: str, given: object, pattern: re.Pattern[str], meant: str) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise ValueError(f"dsdocs.{key}: expected a list, found {given!r}")
    for item in given:
        if not isinstance(item, str) or not pattern.fullmatch(item):
            raise ValueError(f"dsdocs.{key}: expected {meant}, found {item!r}")
    return tuple(given)
