"""``docs/notes.py``: the section of a version, and no release of a tag that is not this version."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "docs" / "notes.py"
_spec = importlib.util.spec_from_file_location("notes", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
notes = _module.notes

CHANGELOG = """# Changelog

## Unreleased

- Not yet.

## [1.2.0] - 2026-02-01

### Added

- Much.

## [1.2.0rc1] - 2026-01-01

- Little.

## 1.1.0

- First.
"""


@pytest.mark.parametrize(
    ("version", "text"),
    [("1.2.0", "### Added\n\n- Much.\n"), ("1.2.0rc1", "- Little.\n"), ("1.1.0", "- First.\n")],
)
def test_the_section_of_a_version_is_found_whole(version: str, text: str) -> None:
    assert notes(f"v{version}", CHANGELOG, version) == text


@pytest.mark.parametrize(
    ("tag", "version", "message"),
    [
        ("v1.2.1", "1.2.0", "the tag is 'v1.2.1', but pyproject.toml says 1.2.0"),
        ("1.2.0", "1.2.0", "expected v1.2.0"),
        ("v1.2", "1.2", "says nothing of 1.2"),
        ("v2.0.0", "2.0.0", "says nothing of 2.0.0"),
    ],
)
def test_a_tag_that_fits_no_version_is_refused(tag: str, version: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        notes(tag, CHANGELOG, version)
