"""Ready-made lists of claims as TOML files with their source, and the claims of a configuration."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from dsdocs.claims.check import refuse_unknown
from dsdocs.claims.expression import parse
from dsdocs.claims.model import Claim, OnPart
from dsdocs.config import FILE_NAME, Claims
from dsdocs.errors import ClaimError, ConfigError

_STRICT = ConfigDict(extra="forbid", frozen=True)


class _Entry(BaseModel):
    """One claim of a file; what it shares with the others stands at the head of the file."""

    model_config = _STRICT

    says: str
    value: float
    expression: str
    table: str = ""
    unit: str = ""
    decimals: int | None = None
    tolerance: float = 0.0
    on_part: OnPart = "nothing"


class _Classes(BaseModel):
    """A table of patches for each class."""

    model_config = _STRICT

    table: str
    patches: dict[str, PositiveInt]


class ClaimFile(BaseModel):
    """Claims of one publication."""

    model_config = _STRICT

    title: str
    source: str
    url: str
    patches: PositiveInt  # of the whole data set
    reader: str  # the file is used by itself where this reader has read the archive
    nomenclature: str = ""  # and, where there is one here, its labels are in this nomenclature
    claims: dict[str, _Entry] = Field(default_factory=dict)
    classes: _Classes | None = None


def claim_files() -> tuple[str, ...]:
    """Return the names of the ready-made lists, sorted."""
    files = (entry.name for entry in resources.files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


@lru_cache(maxsize=16)
def load_claims(name: str) -> ClaimFile:
    """Return a ready-made list.

    Raises
    ------
    ClaimError
        There is none of that name; the message names the nearest one.
    """
    if name not in claim_files():
        near = difflib.get_close_matches(name, claim_files(), n=1, cutoff=0.0)
        raise ClaimError(f"there is no list of claims {name!r} (nearest: {near[0]!r})")
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    try:
        return ClaimFile.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise ClaimError(f"{name}.toml: {error}") from error


def recognised(reader: str, nomenclature: str | None) -> tuple[str, ...]:
    """Return the ready-made lists of a data set, by the reader that read it and the class list of its labels."""
    files = {name: load_claims(name) for name in claim_files()}
    return tuple(
        name for name, file in files.items() if file.reader == reader and file.nomenclature in ("", nomenclature)
    )


def claims_of(section: Claims, reader: str, nomenclature: str | None) -> tuple[Claim, ...]:
    """Return all claims of a project: those of the configuration, then those of its ready-made lists.

    Raises
    ------
    ConfigError
        A list is not there, or an expression cannot be used; the message names the key.
    """
    names = recognised(reader, nomenclature) if section.use is None else section.use
    found = list(_own(section))
    for name in dict.fromkeys(names):
        try:
            found += _ready_made(name)
        except ClaimError as error:
            raise ConfigError(FILE_NAME, "claims.use", str(error)) from error
    return tuple(found)


def _own(section: Claims) -> Iterator[Claim]:
    for key, figure in section.figures.items():
        given = figure.model_dump(exclude={"expression", "value", "url"})
        try:
            yield _claim(key, figure.expression, figure.value, **given, url=figure.url or "", patches=section.patches)
        except ClaimError as error:
            raise ConfigError(FILE_NAME, f"claims.figures.{key}.expression", str(error)) from error


def _ready_made(name: str) -> Iterator[Claim]:
    file = load_claims(name)
    shared = {"publication": f"paper on {file.title}", "source": file.source, "url": file.url, "patches": file.patches}
    for key, entry in file.claims.items():
        given = entry.model_dump(exclude={"expression", "value"})
        yield _claim(f"{name}/{key}", entry.expression, entry.value, **given, **shared)
    if file.classes is not None:
        for label, patches in file.classes.patches.items():
            expression = f"count(label={json.dumps(label, ensure_ascii=False)})"
            given = {"says": f"Patches with {label}", "table": file.classes.table, "on_part": "at most"}
            yield _claim(f"{name}/{label}", expression, patches, **given, **shared)


def _claim(key: str, expression: str, value: float, **given: object) -> Claim:
    parsed = parse(expression)
    refuse_unknown(parsed, expression)
    whole = int(value) if float(value).is_integer() else value
    return Claim(key=key, value=whole, text=expression, expression=parsed, **given)  # type: ignore[arg-type]
