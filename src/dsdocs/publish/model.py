"""What is given on from step to step: ``inputs.json`` by `collect`, ``report.json`` by `assemble`.

Both are JSON with the fields of the classes here and ``format``. All that `Inputs` holds comes from the API of the
host; what pull requests bring are the files that it names, which are bytes until they have been verified.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from dsdocs.errors import PublishError
from dsdocs.safe import write_text

_Made = TypeVar("_Made")
FORMAT = 1
INPUTS, REPORT = "inputs.json", "report.json"
PUBLISHED, REFUSED, DROPPED, WAITING = "published", "refused", "dropped", "waiting"
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ZIP = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.zip")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FULL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}")
_URL = re.compile(r"https?://[a-z0-9.-]+(:\d+)?/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*")


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository whose site is published."""

    id: int
    full_name: str  # owner/name
    default_branch: str


@dataclass(frozen=True, slots=True)
class Main:
    """The newest good build of the default branch."""

    run: int
    sha: str  # of the commit
    zip: str  # name of its file beside inputs.json
    sha256: str  # of that file


@dataclass(frozen=True, slots=True)
class Candidate:
    """The newest good build of an open pull request."""

    number: int
    sha: str  # of its head
    owner: str  # of the repository of its head
    branch: str  # of its head
    repository_id: int  # of its head
    run: int
    updated: str  # when the run ended, YYYY-MM-DDTHH:MM:SSZ
    zip: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pull request without a build that may be shown, and why."""

    number: int
    sha: str
    reason: str  # a sentence
    state: str = REFUSED  # or WAITING for a build that has not ended, or DROPPED for want of room


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a tree is made of; pull requests by their numbers."""

    repository: Repository
    url: str  # of the site, ends with a slash
    main: Main
    previews: tuple[Candidate, ...] = ()
    refused: tuple[Refusal, ...] = ()

    def as_json(self) -> str:
        """Return the text of ``inputs.json``."""
        return _dumped(self)


@dataclass(frozen=True, slots=True)
class Production:
    """The site at the root of the tree."""

    sha: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What became of the build of one pull request."""

    number: int
    sha: str
    state: str  # PUBLISHED, REFUSED, DROPPED or WAITING
    reasons: tuple[str, ...] = ()  # sentences, for who opened the pull request
    url: str = ""  # where it is published, ends with a slash
    files: int = 0  # in the tree because of this preview alone
    bytes: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)  # against production


@dataclass(frozen=True, slots=True)
class Report:
    """What `assemble` did; previews by their numbers."""

    main: Production
    previews: tuple[Preview, ...]
    bytes: int  # of the whole tree
    budget: int  # bytes that the tree may have

    def as_json(self) -> str:
        """Return the text of ``report.json``."""
        return _dumped(self)


def read_inputs(folder: Path) -> Inputs:
    """Read ``inputs.json`` of a folder.

    Raises
    ------
    PublishError
        It is missing, or a field is not what `Inputs` promises.
    """
    path = folder / INPUTS
    inputs = _read(Inputs, path)
    _check(path, "repository.full_name", _FULL_NAME, inputs.repository.full_name)
    _check(path, "url", _URL, inputs.url)
    _check(path, "main.sha", _SHA, inputs.main.sha)
    entries: dict[str, Main | Candidate] = {f"previews.{one.number}": one for one in inputs.previews}
    for name, entry in {"main": inputs.main, **entries}.items():
        _check(path, f"{name}.zip", _ZIP, entry.zip)
        _check(path, f"{name}.sha256", _DIGEST, entry.sha256)
    for one in inputs.previews:
        _check(path, f"previews.{one.number}.updated", _TIME, one.updated)
    changes: list[Candidate | Refusal] = [*inputs.previews, *inputs.refused]
    for change in changes:
        _check(path, f"{change.number}.sha", _SHA, change.sha)
    numbers = [change.number for change in changes]
    if len(set(numbers)) < len(numbers) or min(numbers, default=1) < 1:
        raise PublishError(f"{path}: numbers of pull requests are {sorted(numbers)}; expected each once, from 1 on")
    return inputs


def read_report(path: Path) -> Report:
    """Read a ``report.json``.

    Raises
    ------
    PublishError
        It is missing, or a field is not what `Report` promises.
    """
    return _read(Report, path)


def write_json(path: Path, value: Inputs | Report) -> None:
    """Write ``inputs.json`` or ``report.json``."""
    write_text(path, value.as_json())


def _check(path: Path, key: str, pattern: re.Pattern[str], value: str) -> None:
    if not pattern.fullmatch(value):
        raise PublishError(f"{path}: {key}: {value!r} is not of the form {pattern.pattern}")


def _dumped(value: Inputs | Report) -> str:
    return json.dumps({"format": FORMAT, **asdict(value)}, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _read(kind: type[_Made], path: Path) -> _Made:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        step = "collect" if kind is Inputs else "assemble"
        raise PublishError(f"{path}: there is no such file; dsdocs publish {step} writes it") from None
    except (OSError, ValueError, RecursionError) as error:
        raise PublishError(f"{path}: cannot be read: {error}; expected the JSON of an earlier step") from error
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        raise PublishError(f"{path}: expected an object with format {FORMAT}; run all steps with one version of dsdocs")
    made: _Made = _made(kind, found, path, "")
    return made


def _made(kind: Any, value: Any, path: Path, key: str) -> Any:
    """Make a value of a declared type from parsed JSON."""
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        types = get_type_hints(kind)
        needed = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}
        if not needed <= set(value) <= set(types):
            raise PublishError(f"{path}: {key or 'the file'}: has the keys {sorted(value)}; expected {sorted(types)}")
        return kind(**{name: _made(types[name], one, path, f"{key}.{name}".lstrip(".")) for name, one in value.items()})
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_made(get_args(kind)[0], one, path, f"{key}.{index}") for index, one in enumerate(value))
    if get_origin(kind) is Mapping and isinstance(value, dict):
        return value
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise PublishError(f"{path}: {key or 'the file'}: is of type {type(value).__name__}, which does not belong there")
