"""All checks of a tree that need no browser: part of every build."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dsdocs.errors import SiteError
from dsdocs.site.check.files import check_files
from dsdocs.site.check.finding import Finding
from dsdocs.site.check.hosting import Hosting, check_hosting, measure
from dsdocs.site.check.links import check_links, check_styles
from dsdocs.site.check.markup import check_markup
from dsdocs.site.check.pages import read_pages
from dsdocs.site.check.pictures import check_pictures
from dsdocs.site.check.weight import Weight, check_weight, weigh


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a tree, and how large it is."""

    findings: tuple[Finding, ...]  # by path and line
    hosting: Hosting
    weights: tuple[Weight, ...]  # of the pages, by path


# Questions of degree: they are no reason to keep a site from its author, who may publish it elsewhere.
_NOT_REFUSED = frozenset({"weight", "hosting"})


def look_at(folder: Path, *, places: Sequence[Path] = (), anywhere: bool = True) -> Checked:
    """Check a tree: its pages, its files and its size.

    Parameters
    ----------
    folder
        The tree, with or without previews.
    places
        Folders of this machine whose paths no file may hold.
    anywhere
        Whether paths that another machine may have are looked for, too.
    """
    pages = read_pages(folder)
    hosting, weights = measure(folder), weigh(folder, pages)
    findings = [
        *check_links(folder, pages),
        *check_styles(folder),
        *check_markup(pages),
        *check_pictures(folder, pages),
        *check_weight(weights),
        *check_files(folder, places=places, anywhere=anywhere),
        *check_hosting(folder, hosting),
    ]
    return Checked(
        tuple(sorted(findings, key=lambda one: (one.path, one.line or 0, one.kind, one.message))), hosting, weights
    )


def check_tree(folder: Path, *, places: Sequence[Path] = ()) -> None:
    """Raise `SiteError` with every problem of a new tree but its size.

    Only paths of this machine are looked for: names that an archive brings may look like those of another.
    """
    checked = look_at(folder, places=places, anywhere=False)
    findings = [finding for finding in checked.findings if finding.kind not in _NOT_REFUSED]
    if findings:
        raise SiteError("the site does not pass its checks:\n" + "\n".join(map(str, findings)))
