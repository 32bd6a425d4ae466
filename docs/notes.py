"""Print what the changelog says of a version: ``python docs/notes.py v1.2.3``; the tag must be of this version."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def notes(tag: str, changelog: str, version: str) -> str:
    """Return the section of a version.

    Parameters
    ----------
    tag
        ``v`` and the version, for example ``v1.2.3``.
    changelog
        Text of the changelog, with a heading ``## [1.2.3] - 2026-01-31`` for each version.
    version
        That of the package.

    Raises
    ------
    ValueError
        The tag is of another version, or the changelog has no section for it.
    """
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag!r}, but pyproject.toml says {version}; expected v{version}")
    found = re.search(rf"^## \[?{re.escape(version)}\]?(?![\w.]).*\n((?:(?!## ).*\n?)*)", changelog, re.MULTILINE)
    if found is None or not found[1].strip():
        raise ValueError(f"CHANGELOG.md says nothing of {version}; give what is below Unreleased that heading")
    return found[1].strip() + "\n"


def main() -> int:
    """Print the section, or say on stderr why there is none."""
    if len(sys.argv) != 2:
        print("usage: python docs/notes.py TAG", file=sys.stderr)
        return 2
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    try:
        print(notes(sys.argv[1], (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), project["version"]), end="")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
