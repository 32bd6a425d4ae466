"""Addresses of our style sheets and scripts that change with their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

_SCRIPTS = "js"  # below _static; each folder in it holds modules, the files beside these folders are classic scripts
_MODULES = f"{_SCRIPTS}/*/**/*.js"


def versioned(root: Path, pattern: str) -> dict[str, str]:
    """Return path below a folder and address, with the start of its digest, of each file that fits a pattern."""
    # By stem, so that explorer.css stands before those that build on it.
    files = sorted(root.glob(pattern), key=lambda file: (file.parent, file.stem))
    names = [file.relative_to(root).as_posix() for file in files]
    return {name: f"{name}?v={_digest(root, [name])[:8]}" for name in names}


def module_folder(root: Path) -> str:
    """Return the folder of a site's modules, below ``_static``: its name tells their content.

    A browser may keep a file for ten minutes, and would run old modules together with new ones. A query behind the
    address of one says nothing of those that it imports, and an import map is not asked in workers. In a folder named
    after them all, modules find each other by relative addresses, in workers too, and never another version.

    Parameters
    ----------
    root
        The folder ``_static`` that ships with dsdocs.
    """
    names = sorted(file.relative_to(root).as_posix() for file in root.glob(_MODULES))
    return f"{_SCRIPTS}-{_digest(root, names)[:12]}"


def module_address(root: Path, name: str) -> str:
    """Return where the site has a module, as ``js/explorer/main.js``, below its ``_static``."""
    return f"{module_folder(root)}/{name.removeprefix(f'{_SCRIPTS}/')}"


def name_modules(root: Path, static: Path) -> None:
    """Move the modules of a new site from ``js`` into the folder that is named after them."""
    target = static / module_folder(root)
    target.mkdir()
    for folder in sorted(path for path in (static / _SCRIPTS).iterdir() if path.is_dir()):
        folder.rename(target / folder.name)


def _digest(root: Path, names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        content = (root / name).read_bytes()
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()
