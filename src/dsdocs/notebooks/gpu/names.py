"""Names that a GPU cell gives to things, which cells below it do not see where it is not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dsdocs.notebooks.pages import Page


def bound_names(source: str) -> frozenset[str]:
    """Return the names that code of a cell binds at its top level, imported modules left out."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic of IPython
        return frozenset()
    return frozenset(_bound(tree))


def _bound(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
                continue  # what is bound inside stays inside
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
        yield from _bound(child)


def forgetting(source: str) -> str:
    """Return code that makes a kernel forget the names of a cell.

    A name that an earlier cell has bound, too, goes as well: what it held before is not what the cell made of it.
    """
    return "".join(f"globals().pop({name!r}, None)\n" for name in sorted(bound_names(source)))


def hint(page: Page, number: int, name: str | None) -> str:
    """Say why a name is not there, where a GPU cell above a cell binds it; empty: none does."""
    for cell in reversed(page.cells[: number - 1]):
        if cell.gpu and name in bound_names(cell.source):
            return (
                f"\n{name!r} is made by the GPU cell {cell.gpu.name!r} (line {cell.line}), of which only files and "
                f"recorded values are stored: use exported('{cell.gpu.name}/FILE') or "
                f"exported_values('{cell.gpu.name}')"
            )
    return ""
