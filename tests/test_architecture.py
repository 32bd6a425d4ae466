"""Imports inside dsdocs go one way: a module may import only parts that stand above its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "src" / "dsdocs"
ORDER = (
    "errors",
    "versions",
    "assets",
    "safe",
    "engine",
    "records",
    "views",
    "archive",
    "nomenclatures",
    "sensors",
    "geo",
    "layout",
    "datasheet",
    "config",
    "locations",
    "imagery",
    "readers",
    "summary",
    "project",
    "releases",
    "errata",
    "export",
    "pixels",
    "claims",
    "findings",
    "metrics",
    "analyses",
    "resplit",
    "explorer",
    "features",
    "retrieval",
    "classify",
    "twins",
    "summarize",
    "render",
    "display",
    "notebooks",
    "sample",
    "scaffold",
    "site",
    "publish",
    "console",
    "options",
    "commands",
    "cli",
)
# The front of the package: it hands out names of every part, lazily, and no part may import it back.
FRONT = frozenset({"__init__", "__main__"})


def part(path: Path) -> str:
    """Return the top-level module or package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(tree: ast.Module, module: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield line and part of every import of dsdocs; ``module`` is the dotted name of the file's package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(module[: len(module) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            names = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for name in names:
            if name[0] == "dsdocs":
                yield node.lineno, name[1] if len(name) > 1 else "__init__"


def wrong_imports(source: str, path: Path) -> list[str]:
    """Describe every import of a file that does not point up the order."""
    own = part(path)
    above = ORDER[: ORDER.index(own)] if own in ORDER else ()
    module = ("dsdocs", *path.relative_to(PACKAGE).parts[:-1])
    return [
        f"{path.relative_to(REPOSITORY)}:{line}: {own} imports {other}, which does not stand above it"
        for line, other in imported_parts(ast.parse(source), module)
        if other != own and other not in above
    ]


def test_every_part_has_its_place_in_the_order() -> None:
    parts = {part(path) for path in PACKAGE.rglob("*.py")} - FRONT
    assert sorted(parts - set(ORDER)) == []


def test_no_import_points_down_the_order() -> None:
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if part(path) not in FRONT]
    assert [wrong for path in files for wrong in wrong_imports(path.read_text(encoding="utf-8"), path)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "from dsdocs.site import build",
        "import dsdocs.cli",
        "from dsdocs import render",
        "from dsdocs import open_project",
        "import dsdocs",
        "from ..render import html",
        "def later():\n    from dsdocs.render.html import html",
    ],
)
def test_an_import_that_points_down_is_named(statement: str) -> None:
    (wrong,) = wrong_imports(statement, PACKAGE / "archive" / "directory.py")
    assert wrong.startswith("src/dsdocs/archive/directory.py:")


@pytest.mark.parametrize(
    "statement",
    [
        "from dsdocs.errors import ArchiveError",
        "from dsdocs.archive.member import Member",
        "from . import member",
    ],
)
def test_an_import_that_points_up_or_stays_is_fine(statement: str) -> None:
    assert wrong_imports(statement, PACKAGE / "archive" / "directory.py") == []


def test_the_architecture_page_tells_the_same_order() -> None:
    text = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")
    block = re.search(r"^```text import-order\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block is not None, "ARCHITECTURE.md lacks its block ```text import-order"
    assert tuple(block.group(1).split()) == ORDER
