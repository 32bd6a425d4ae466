"""Find the files that ship with dsdocs: in the wheel, else beside ``src/`` in a checkout."""

from __future__ import annotations

from pathlib import Path

from dsdocs.errors import AssetError

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str, packaged: str) -> Path:
    # An editable install does not place forced includes inside the package, so look beside src/ as well.
    for candidate in (_PACKAGE / packaged, _PACKAGE.parents[1] / name):
        if candidate.is_dir():
            return candidate
    raise AssetError(
        f"the folder {name}/ of dsdocs is missing; reinstall it with: pip install --force-reinstall dsdocs"
    )


def static_folder() -> Path:
    """Return the folder of style sheets, scripts and vendored browser files."""
    return _folder("_static", "_static")


def book_folder() -> Path:
    """Return the folder of the built-in pages (MyST notebooks)."""
    return _folder("book", "_book")


def vendored(package: str, file: str) -> Path:
    """Return a file that the package build took from a pinned npm package.

    Raises
    ------
    AssetError
        The package was installed without its browser files.
    """
    path = static_folder() / "vendor" / package / file
    if not path.is_file():
        raise AssetError(
            f"{package}/{file} is missing from the vendored browser files; "
            "in a checkout, run: python hatch_build.py (it needs node), or reinstall dsdocs"
        )
    return path
