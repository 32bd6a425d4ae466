"""Digests of modules that stay the same when only their prose changes, and with every version of Python."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from dsdocs.errors import CacheError

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_LEFT_OUT = frozenset({"kind", "type_comment", "type_ignores", "ctx"})  # fields that change nothing that is done


def source_digest(module: str) -> str:
    """Return SHA-256 over the code of a module, or of all modules of a package and the TOML files beside them.

    Docstrings, comments and the layout of lines do not count.

    Raises
    ------
    CacheError
        There is no such module here, or it is not written in Python.
    """
    digest = hashlib.sha256()
    for name, path in _files(module):
        if path.suffix == ".py":
            try:
                tree = ast.parse(path.read_bytes())
            except (SyntaxError, ValueError) as error:
                raise CacheError(f"{module}: {path.name} is no Python: {error}") from error
            content = "".join(_written(tree)).encode()
        else:
            content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(module: str) -> list[tuple[str, Path]]:
    try:
        spec = importlib.util.find_spec(module)  # imports the packages above it, not the module itself
    except (ImportError, ValueError) as error:
        raise CacheError(f"{module}: a GPU cell declares its source, but it cannot be imported: {error}") from error
    if spec is None:
        raise CacheError(f"{module}: a GPU cell declares its source, but there is no such module here")
    if spec.submodule_search_locations:
        folders = [Path(folder) for folder in spec.submodule_search_locations]
        found = [(path.relative_to(folder).as_posix(), path) for folder in folders for path in folder.rglob("*")]
        return sorted(entry for entry in found if entry[1].suffix in {".py", ".toml"} and entry[1].is_file())
    if spec.origin is None or not spec.origin.endswith(".py"):
        raise CacheError(f"{module}: a GPU cell declares its source, but it is not written in Python")
    return [(Path(spec.origin).name, Path(spec.origin))]


def _written(node: object) -> Iterator[str]:
    """Write a tree down. ``ast.dump`` differs between versions of Python in the fields that it leaves out."""
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for name, value in sorted(ast.iter_fields(node)):
            if name == "body" and isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                value = value[1:]
            if name not in _LEFT_OUT and value is not None and value != []:
                yield f" {name}="
                yield from _written(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            yield from _written(item)
            yield ","
        yield "]"
    else:
        yield f"{type(node).__name__}:{node!r}"
