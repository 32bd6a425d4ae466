"""Read a nomenclature from TOML and say what is wrong with it, by file and key."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from dsdocs.errors import NomenclatureError
from dsdocs.nomenclatures.model import LabelClass, Nomenclature

_KEYS = ("title", "source", "parents", "classes", "crosswalk")
_CLASS_KEYS = ("name", "code", "parent", "aliases", "colour")
_CROSSWALK_KEYS = ("into", "dropped")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def read_nomenclature(path: Path) -> Nomenclature:
    """Read the file of a user; the nomenclature is named after the file.

    Raises
    ------
    NomenclatureError
        The file cannot be read or does not hold a nomenclature; the message names file and key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NomenclatureError(f"{path.name}: cannot be read as a nomenclature: {error}") from error
    return parse_nomenclature(text, path.stem, path.name)


def parse_nomenclature(text: str, name: str, file: str) -> Nomenclature:
    """Build a nomenclature from TOML text; ``file`` names it in messages."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NomenclatureError(f"{file}: not valid TOML: {error}") from error
    _known(file, "", data, _KEYS)
    entries = data.get("classes")
    if not isinstance(entries, list) or not entries:
        raise NomenclatureError(f"{file}: classes: expected at least one [[classes]] table")
    parents = _parents(file, data)
    classes = tuple(_label_class(file, f"classes[{place}]", entry) for place, entry in enumerate(entries))
    _unique(file, classes)
    _rooted(file, classes, parents)
    return Nomenclature(
        name,
        _text(file, "title", data.get("title")),
        _text(file, "source", data.get("source")),
        tuple(_with_colour(entry, parents) for entry in classes),
        parents,
        _crosswalks(file, data.get("crosswalk", {}), tuple(entry.name for entry in classes)),
    )


def _parents(file: str, data: Mapping[str, Any]) -> Nomenclature | None:
    if "parents" not in data:
        return None
    from dsdocs.nomenclatures import load_nomenclature  # the built-in ones are read by this module

    try:
        return load_nomenclature(_text(file, "parents", data["parents"]))
    except NomenclatureError as error:
        raise NomenclatureError(f"{file}: parents: {error}") from error


def _label_class(file: str, key: str, entry: object) -> LabelClass:
    if not isinstance(entry, dict):
        raise NomenclatureError(f"{file}: {key}: expected a table, found {type(entry).__name__}")
    _known(file, key, entry, _CLASS_KEYS)
    colour = entry.get("colour")
    if colour is not None and not (isinstance(colour, str) and _COLOUR.fullmatch(colour)):
        raise NomenclatureError(f"{file}: {key}.colour: expected '#rrggbb', small letters, found {colour!r}")
    return LabelClass(
        _text(file, f"{key}.name", entry.get("name")),
        _text(file, f"{key}.code", entry["code"]) if "code" in entry else None,
        _text(file, f"{key}.parent", entry["parent"]) if "parent" in entry else None,
        _texts(file, f"{key}.aliases", entry.get("aliases", [])),
        colour,
    )


def _unique(file: str, classes: tuple[LabelClass, ...]) -> None:
    """Make sure that an alias, a code, or a name without a code means one class."""
    owners: dict[str, int] = {}
    for place, entry in enumerate(classes):
        # Names with a code may recur: CORINE has "Pastures" and "Water bodies" on two levels.
        for spelling in (*entry.aliases, entry.code or entry.name):
            first = owners.setdefault(spelling, place)
            if first != place:
                raise NomenclatureError(f"{file}: classes[{place}]: {spelling!r} is already classes[{first}]")


def _rooted(file: str, classes: tuple[LabelClass, ...], parents: Nomenclature | None) -> None:
    """Make sure that every parent exists and, in the same file, stands before its children: no rings."""
    seen: set[str] = set()
    for place, entry in enumerate(classes):
        found = entry.parent in seen if parents is None else parents.find(entry.parent or "") is not None
        if entry.parent is not None and not found:
            where = f"nomenclature {parents.name}" if parents else "the classes before this one"
            raise NomenclatureError(f"{file}: classes[{place}].parent: {entry.parent!r} is not among {where}")
        seen |= {entry.code or entry.name}


def _with_colour(entry: LabelClass, parents: Nomenclature | None) -> LabelClass:
    """Take the colour of the class of the same code from the nomenclature above, as 324 has in CORINE."""
    twin = parents.find(entry.code) if parents and entry.code else None
    if entry.colour is not None or twin is None:
        return entry
    return LabelClass(entry.name, entry.code, entry.parent, entry.aliases, twin.colour)


def _crosswalks(file: str, tables: object, names: tuple[str, ...]) -> Mapping[str, Mapping[str, str | None]]:
    if not isinstance(tables, dict):
        raise NomenclatureError(f"{file}: crosswalk: expected tables such as [crosswalk.bigearthnet-19]")
    return {other: _crosswalk(file, f"crosswalk.{other}", tables[other], names) for other in tables}


def _crosswalk(file: str, key: str, table: object, names: tuple[str, ...]) -> Mapping[str, str | None]:
    if not isinstance(table, dict) or not isinstance(table.get("into"), dict):
        raise NomenclatureError(f"{file}: {key}.into: expected a table of new class = [classes of this file]")
    _known(file, key, table, _CROSSWALK_KEYS)
    pairs: list[tuple[str, str | None]] = []
    for target, members in table["into"].items():
        pairs += [(member, target) for member in _texts(file, f"{key}.into.{target}", members)]
    pairs += [(member, None) for member in _texts(file, f"{key}.dropped", table.get("dropped", []))]
    mapping = dict(pairs)
    for name, _ in pairs:
        if name not in names:
            raise NomenclatureError(f"{file}: {key}: {name!r} is no class of this file{_near(name, names)}")
        if sum(1 for other, _ in pairs if other == name) > 1:
            raise NomenclatureError(f"{file}: {key}: {name!r} is mapped twice")
    missing = [name for name in names if name not in mapping]
    if missing:
        raise NomenclatureError(f"{file}: {key}: {missing[0]!r} is neither in 'into' nor in 'dropped'")
    return {name: mapping[name] for name in names}


def _known(file: str, key: str, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for found in table:
        if found not in keys:
            where = f"{key}.{found}" if key else found
            raise NomenclatureError(f"{file}: {where}: unknown key{_near(found, keys)}; known: {', '.join(keys)}")


def _near(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f" (nearest: {near[0]!r})" if near else ""


def _text(file: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        found = "nothing" if value is None else repr(value)
        raise NomenclatureError(f"{file}: {key}: expected a text, found {found}")
    return value


def _texts(file: str, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise NomenclatureError(f"{file}: {key}: expected a list of texts, found {value!r}")
    return tuple(_text(file, f"{key}[{place}]", entry) for place, entry in enumerate(value))
