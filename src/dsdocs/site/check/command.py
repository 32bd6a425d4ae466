"""What ``dsdocs check`` does, from its options to the lines that it prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dsdocs.errors import SiteError
from dsdocs.site.check.report import FORMATS
from dsdocs.site.inspect import inspect, inspect_tree


def checked(
    project: Path, archive: Sequence[str] | None, out: Path, *, alone: bool, browser: bool, form: str
) -> tuple[str, str, bool]:
    """Check a project and its site, or a tree alone.

    Returns
    -------
    tuple of str, str, bool
        The findings in the format asked for; one line on the size of the tree, empty where there is none; and whether
        there are findings.

    Raises
    ------
    SiteError
        The format is unknown, or there is nothing to check.
    """
    if form not in FORMATS:
        raise SiteError(f"--format {form}: there is no such format; known are: {', '.join(FORMATS)}")
    found = inspect_tree(out) if alone else inspect(project, archive, out)
    findings = found.findings
    if browser:
        from dsdocs.site.check.browser import check_in_browser

        findings = (*findings, *check_in_browser(out))
    said = FORMATS[form](findings, found.checked, found.book)
    return said, str(found.checked.hosting) if found.checked else "", bool(findings)
