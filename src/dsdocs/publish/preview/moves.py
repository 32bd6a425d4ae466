"""Which files of a preview need not lie in it, because another place of the tree has the same bytes.

Places are given from the root of the preview, so that ``../../`` leads to production. A file may move only if all that
refers to it can be told: pages and manifests can, style sheets and scripts that load by themselves cannot.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from dsdocs.publish.preview import css
from dsdocs.publish.preview.files import PAGES
from dsdocs.publish.preview.links import WrongAddressError, local
from dsdocs.publish.preview.scripts import MAPS
from dsdocs.publish.preview.zips import Files

PRODUCTION, DATA = "../../", "../data/"
MANIFESTS = frozenset(f"_data/{name}/manifest.json" for name in ("explorer", "retrieval", "classify"))
_HEAVY = 100_000  # bytes, from which on previews share what production lacks; an address costs less than a kilobyte
_BOUND = frozenset({".css", ".js", ".mjs", ".svg"})  # load other files from where they lie, or are code


def moves(folder: Path, files: Files, production: Files) -> dict[str, str]:
    """Return the places of the files that pages and manifests may refer to elsewhere.

    Parameters
    ----------
    folder
        The preview, unpacked and verified.
    files, production
        Files of the preview, and of the site of the default branch.
    """
    known: dict[tuple[str, str], str] = {}
    for path, file in production.items():
        known.setdefault((file.sha256, PurePosixPath(path).suffix), path)
    found: dict[str, str] = {}
    for path, file in files.items():
        suffix = PurePosixPath(path).suffix
        if suffix in PAGES or path in MANIFESTS:
            continue
        if is_same(path, files, production):
            found[path] = PRODUCTION + path
        elif suffix not in _BOUND:
            if other := known.get((file.sha256, suffix)):
                found[path] = PRODUCTION + other
            elif file.size > _HEAVY:
                found[path] = f"{DATA}{file.sha256}/{PurePosixPath(path).name}"
    # A map's script loads its layers from beside it.
    maps = [path for path in files if path.startswith(MAPS)]
    if not all(is_same(path, files, production) for path in maps):
        for path in maps:
            found.pop(path, None)
    for path in [path for path in found if path.endswith(".css")]:
        if not all(is_same(one, files, production) for one in loaded_by(path, folder, files)):
            del found[path]
    return found


def is_same(path: str, files: Files, production: Files) -> bool:
    """Tell whether production has the same bytes at the same path."""
    return path in production and production[path].sha256 == files[path].sha256


def loaded_by(path: str, folder: Path, files: Files) -> set[str]:
    """Return the files that a style sheet loads; what cannot be read loads nothing, as production has it as well."""
    loaded = set()
    try:
        for address in css.addresses((folder / path).read_text(encoding="utf-8")):
            target = local(address, path, files)
            if target is not None:
                loaded.add(target.path)
    except (WrongAddressError, ValueError):
        pass
    return loaded
