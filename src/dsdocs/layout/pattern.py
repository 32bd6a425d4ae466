"""Patterns of paths with named fields, compiled to regular expressions that cannot run away.

A pattern fits the end of a path, so that folders above it do not matter. In a folder or file name with several fields
of any length, one alone may hold the text that separates them, and the others end at it. So there is one place at a
time where a match can be tried again, and the work grows with the length of the path, not with a power of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

MAX_LENGTH = 1000  # characters of a pattern
MAX_FIELDS = 32
ANYTHING, FOLDERS = "*", "**"
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[^{}]+|.", re.DOTALL)
_FIELD = re.compile(r"(\*\*?|[A-Za-z_][A-Za-z0-9_]*)(?::(\*|[1-9][0-9]{0,2}d?|d))?")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")


@dataclass(frozen=True, slots=True)
class Field:
    """A named part of a path."""

    name: str  # "*" has no name
    digits: bool = False
    length: int | None = None  # characters; None: any number, but at least one
    wide: bool = False  # marked as the one that may hold the text which separates fields

    @property
    def free(self) -> bool:
        """Whether nothing is said of its text."""
        return not self.digits and self.length is None


Part = str | Field


@dataclass(frozen=True)
class Pattern:
    """A path with named fields; see `Pattern.compile`.

    Attributes
    ----------
    text
        The pattern as it was written.
    parts
        Fixed text and fields in their order, below the folders that ``{**}`` stands for.
    head
        Fixed folders above ``{**}``, between slashes; empty if there are none.
    """

    text: str
    parts: tuple[Part, ...]
    head: str = ""

    @classmethod
    def compile(cls, text: str) -> Pattern:
        """Read a pattern.

        Raises
        ------
        ValueError
            It cannot be used; the message says why, and what to write.
        """
        parts = parse(text)
        head, parts = _without_folders(text, parts)
        if sum(isinstance(part, Field) for part in parts) > MAX_FIELDS:
            raise ValueError(f"{text[:80]!r}: has more than {MAX_FIELDS} fields")
        pattern = cls(text, parts, head)
        pattern.regex  # noqa: B018  (faults are told now, not at the first path)
        return pattern

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names, each once, in the order of their first place."""
        return tuple(dict.fromkeys(field.name for field in self._fields if field.name != ANYTHING))

    @cached_property
    def depth(self) -> int:
        """Number of folders that it fits, not counting those of ``{**}``."""
        return sum(part.count("/") for part in self.parts if isinstance(part, str))

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """What the last ``depth + 1`` parts of a path have to be; a group for each place of a named field."""
        seen: dict[str, Field] = {}
        names = [_segment(self.text, segment, seen) for segment in _segments(self.parts)]
        return re.compile("/".join(names), re.DOTALL)

    @cached_property
    def _fields(self) -> tuple[Field, ...]:
        return tuple(part for part in self.parts if isinstance(part, Field))

    @cached_property
    def _first(self) -> tuple[int, ...]:
        """The group of the first place of each name."""
        places = self._places
        return tuple(places.index(name) + 1 for name in self.fields)

    @cached_property
    def _places(self) -> list[str]:
        return [field.name for field in self._fields if field.name != ANYTHING]

    def match(self, path: str) -> re.Match[str] | None:
        """Return the match of a path, for `values` and `without`; None if it does not fit."""
        at = len(path)
        for _ in range(self.depth + 1):
            if at < 0:
                return None
            at = path.rfind("/", 0, at)
        if self.head and not 0 <= f"/{path}".find(self.head) <= at + 2 - len(self.head):
            return None
        return self.regex.fullmatch(path, at + 1)

    def values(self, match: re.Match[str]) -> tuple[str, ...]:
        """Return the text of each of `fields`."""
        return tuple([match[group] for group in self._first])

    def without(self, match: re.Match[str], name: str) -> str:
        """Return the path with ``{name}`` wherever it holds the text of this field."""
        path = match.string
        for group in reversed([number for number, own in enumerate(self._places, 1) if own == name]):
            path = f"{path[: match.start(group)]}{{{name}}}{path[match.end(group) :]}"
        return path

    def format(self, values: Mapping[str, str]) -> str:
        """Return the path that holds these values.

        Raises
        ------
        KeyError
            A value is missing.
        """
        return "".join(part if isinstance(part, str) else values[part.name] for part in self.parts)


def parse(text: str) -> tuple[Part, ...]:
    """Split a text into fixed parts and fields; ``{{`` and ``}}`` stand for braces.

    Raises
    ------
    ValueError
        A brace stands alone, or something else than a field stands between two.
    """
    if not text or len(text) > MAX_LENGTH or _UNSAFE.search(text):
        raise ValueError(f"{text[:80]!r}: expected 1 to {MAX_LENGTH} characters without control characters and \\")
    parts: list[Part] = []
    for token in _TOKEN.finditer(text):
        part: Part
        if token[0] in ("{{", "}}"):
            part = token[0][0]
        elif token[1] is not None:
            part = _field(text, token[1])
        elif token[0] in "{}":
            raise ValueError(f"{text!r}: a single {token[0]!r}; write {token[0] * 2} if it belongs to a name")
        else:
            part = token[0]
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return tuple(parts)


def _field(text: str, inside: str) -> Field:
    found = _FIELD.fullmatch(inside)
    if found is None or (found[1] in (ANYTHING, FOLDERS) and found[2]):
        forms = "{name}, {name:*}, {name:d}, {name:8}, {name:8d}, {*} or {**}"
        raise ValueError(f"{text!r}: {{{inside}}} is no field; expected one of the forms {forms}")
    name, form = found[1], found[2] or ""
    digits = form.removesuffix("d")
    return Field(name, form.endswith("d"), int(digits) if digits.isdigit() else None, form == "*")


def _without_folders(text: str, parts: tuple[Part, ...]) -> tuple[str, tuple[Part, ...]]:
    """Take ``{**}`` and what stands before it off the beginning."""
    places = [at for at, part in enumerate(parts) if isinstance(part, Field) and part.name == FOLDERS]
    if not places:
        return "", parts
    before, after = parts[: places[0]], parts[places[0] + 1 :]
    head = before[0] if before else "/"
    plain = len(places) == 1 and len(before) < 2 and isinstance(head, str) and head.endswith("/")
    if not (plain and after and isinstance(after[0], str) and after[0].startswith("/")):
        raise ValueError(
            f"{text!r}: {{**}} may stand once, as a folder of its own, at the beginning or below folders without "
            "fields, as in 'images/{**}/{patch}.tif'"
        )
    rest = after[0][1:]
    return (f"/{head}" if before else ""), ((rest, *after[1:]) if rest else after[1:])


def _segments(parts: Sequence[Part]) -> list[list[Part]]:
    segments: list[list[Part]] = [[]]
    for part in parts:
        if isinstance(part, Field):
            segments[-1].append(part)
            continue
        first, *others = part.split("/")
        segments[-1] += [first] if first else []
        segments += [[other] if other else [] for other in others]
    return segments


def _segment(text: str, parts: list[Part], seen: dict[str, Field]) -> str:
    """Return the expression of one folder or file name."""
    if not parts or parts in (["."], [".."]):
        raise ValueError(f"{text!r}: holds an empty folder, '.' or '..'; write the path as it is below the archive")
    again = [isinstance(part, Field) and _is_again(text, part, seen) for part in parts]
    _check(text, parts, again)
    free = {at: part for at, part in enumerate(parts) if isinstance(part, Field) and part.free and not again[at]}
    wide = _wide(text, free)
    expressions = []
    for at, part in enumerate(parts):
        if isinstance(part, str):
            expressions.append(re.escape(part))
        elif again[at]:
            expressions.append(f"((?P={part.name}))")
        elif at in free and at != wide:
            on_the_right = at > wide if wide is not None else at == max(free)
            expressions.append(_group(part, _last_mark(parts[:at]) if on_the_right else _first_mark(parts[at:])))
        else:
            expressions.append(_group(part))
    return "".join(expressions)


def _is_again(text: str, field: Field, seen: dict[str, Field]) -> bool:
    before = seen.setdefault(field.name, field)
    if before is field or field.name == ANYTHING:
        return False
    if (field.digits, field.length) not in ((before.digits, before.length), (False, None)):
        raise ValueError(f"{text!r}: {{{field.name}}} is written in two forms; its places must hold the same text")
    return True


def _check(text: str, parts: list[Part], again: list[bool]) -> None:
    for at, (first, second) in enumerate(pairwise(parts)):
        if not isinstance(first, Field):
            continue
        if isinstance(second, Field):
            if not (again[at] or again[at + 1] or first.length or second.length):
                raise ValueError(
                    f"{text!r}: nothing tells where {{{first.name}}} ends and {{{second.name}}} begins; give one of "
                    "them a length, as in {date:8}"
                )
        elif first.digits and not first.length and second[0] in "0123456789":
            raise ValueError(f"{text!r}: digits follow {{{first.name}:d}}; give it a length, as in {{{first.name}:4d}}")


def _wide(text: str, free: Mapping[int, Field]) -> int | None:
    """Return which of the free fields may hold the text that separates them."""
    marked = [at for at, field in free.items() if field.wide]
    if len(marked) > 1:
        raise ValueError(f"{text!r}: two fields of one name are marked with '*'; mark one of them")
    named = [at for name in ("patch", ANYTHING) for at, field in free.items() if field.name == name]
    chosen = marked or named or (list(free) if len(free) == 1 else [])
    return chosen[0] if chosen else None


def _first_mark(parts: Sequence[Part]) -> str:
    """Return the character of the next fixed text at which a field before it ends."""
    text = next((part for part in parts if isinstance(part, str)), "")
    return next((mark for mark in text if not mark.isalnum()), text[:1])


def _last_mark(parts: Sequence[Part]) -> str:
    """Return the character of the last fixed text that a field behind it does not hold."""
    text = next((part for part in reversed(parts) if isinstance(part, str)), "")
    return next((mark for mark in reversed(text) if not mark.isalnum()), text[-1:])


def _group(field: Field, end: str = "") -> str:
    kind = "[0-9]" if field.digits else f"[^/{re.escape(end)}]"
    count = f"{{{field.length}}}" if field.length else "+"
    return f"{kind}{count}" if field.name == ANYTHING else f"(?P<{field.name}>{kind}{count})"
