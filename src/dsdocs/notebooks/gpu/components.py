"""What the results of a GPU cell depend on, and what of it has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dsdocs.errors import ConfigError
from dsdocs.notebooks.keys import OUTPUT_TAGS
from dsdocs.notebooks.pages import Page

FORMAT = 1  # raise it when results would be stored or read differently


@dataclass(frozen=True, slots=True)
class Components:
    """All that the key of a GPU cell is made of; nothing in it depends on the machine."""

    page: str
    cell: str
    code: tuple[str, ...]  # digest of each code cell up to it, itself last
    data: dict[str, str]  # name -> digest
    packages: dict[str, str]  # distribution -> version that it is pinned to
    sources: dict[str, str]  # module -> digest of its code
    earlier: dict[str, str]  # GPU cell above it on the page -> digest of its results
    exports: tuple[str, ...]  # names of the files, sorted

    @property
    def key(self) -> str:
        """SHA-256 over everything, as 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True).encode()).hexdigest()


def components_of(
    page: Page, number: int, *, data: Mapping[str, str], sources: Mapping[str, str], earlier: Mapping[str, str]
) -> Components:
    """Gather what a GPU cell depends on.

    Parameters
    ----------
    number
        Number of the code cell on the page, counted from 1.
    data, sources
        Digests of the data sets and modules that the cells of the book declare.
    earlier
        Digest of the results of each GPU cell above it.
    """
    cell = page.cells[number - 1]
    declared = cell.gpu
    if declared is None:
        raise ValueError(f"{page.name}: code cell {number} is no GPU cell")
    for name in declared.data:
        if name not in data:
            where = f"line {cell.line}: dsdocs.data"
            raise ConfigError(page.path.name, where, f"{name!r} is not known; known are {', '.join(sorted(data))}")
    return Components(
        page.name,
        declared.name,
        tuple(code_digest(each.source, each.tags) for each in page.cells[:number]),
        {name: data[name] for name in sorted(declared.data)},
        dict(sorted(declared.packages)),
        {name: sources[name] for name in sorted(declared.sources)},
        dict(sorted(earlier.items())),
        tuple(sorted(declared.exports)),
    )


def code_digest(source: str, tags: tuple[str, ...]) -> str:
    """Return a digest of the code of a cell, and of the tags that change what it does."""
    return hashlib.sha256(json.dumps([source, sorted(OUTPUT_TAGS.intersection(tags))]).encode()).hexdigest()


def components_from(stored: Mapping[str, Any]) -> Components:
    """Rebuild components from JSON.

    Raises
    ------
    TypeError, KeyError, ValueError
        It holds something else.
    """
    texts = ("page", "cell")
    tables = ("data", "packages", "sources", "earlier")
    lists = ("code", "exports")
    if set(stored) != {*texts, *tables, *lists}:
        raise ValueError(f"components: found the keys {', '.join(sorted(stored))}")
    for name in tables:
        if not all(isinstance(part, str) for item in stored[name].items() for part in item):
            raise ValueError(f"components.{name}: expected a table of texts")
    for name in lists:
        if not isinstance(stored[name], list) or not all(isinstance(item, str) for item in stored[name]):
            raise ValueError(f"components.{name}: expected a list of texts")
    return Components(
        str(stored["page"]), str(stored["cell"]), tuple(stored["code"]), dict(stored["data"]),
        dict(stored["packages"]), dict(stored["sources"]), dict(stored["earlier"]), tuple(stored["exports"]),
    )  # fmt: skip


def differences(stored: Components, now: Components, page: Page) -> tuple[str, ...]:
    """Say what has changed since results were stored, each as ``kind: what``."""
    return (*_code(stored.code, now.code, page), *_tables(stored, now))


def _code(stored: tuple[str, ...], now: tuple[str, ...], page: Page) -> Iterator[str]:
    if stored[-1:] != now[-1:]:
        yield "source: the code of the cell itself"
    before, after = stored[:-1], now[:-1]
    if len(before) != len(after):
        yield f"source: {len(after)} code cells stand above it, there were {len(before)}"
        return
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        if old != new:
            yield f"source: code cell {number + 1} above it (line {page.cells[number].line})"


def _tables(stored: Components, now: Components) -> Iterator[str]:
    yield from _changed("data", stored.data, now.data, short=True)
    yield from _changed("package", stored.packages, now.packages)
    yield from _changed("module source", stored.sources, now.sources, short=True)
    yield from _changed("results of the GPU cell above it", stored.earlier, now.earlier, short=True)
    if stored.exports != now.exports:
        yield f"exports: {', '.join(now.exports) or 'none'} declared, {', '.join(stored.exports) or 'none'} stored"


def _changed(kind: str, stored: Mapping[str, str], now: Mapping[str, str], short: bool = False) -> Iterator[str]:
    for name in sorted({*stored, *now}):
        old, new = stored.get(name), now.get(name)
        if old == new:
            continue
        if old is None:
            yield f"{kind}: {name} is declared now" + ("" if short else f", {new}")
        elif new is None:
            yield f"{kind}: {name} is no longer declared"
        else:
            old, new = (_short(text) if short else text for text in (old, new))
            yield f"{kind}: {name} {old} -> {new}"


def _short(digest: str) -> str:
    return digest[:12] or "nothing"
