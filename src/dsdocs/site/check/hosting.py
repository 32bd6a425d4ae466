"""Whether a tree fits where it is to be published: the limits of GitHub Pages, previews counted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dsdocs.site.check.finding import Finding

# https://docs.github.com/en/pages/getting-started-with-github-pages/github-pages-limits, and GitHub's limit for a file.
SITE = 1_000_000_000  # bytes
FILE = 100_000_000
_PREVIEW = re.compile(r"pr-preview/[^/]+")


@dataclass(frozen=True, slots=True)
class Hosting:
    """How much of the budget a tree takes."""

    files: int
    bytes: int
    largest: tuple[str, int]  # path, bytes
    previews: dict[str, int]  # folder of a preview -> bytes; what they share is below pr-preview/data

    def __str__(self) -> str:
        """Return the report in one line."""
        name, size = self.largest
        share = f"{self.bytes / 1e6:,.1f} MB, {self.bytes / SITE:.1%} of the {SITE / 1e9:g} GB that GitHub Pages takes"
        largest = f"the largest: {name}, {size / 1e6:,.1f} of {FILE / 1e6:g} MB"
        previews = f"; in previews {sum(self.previews.values()) / 1e6:,.1f} MB" if self.previews else ""
        return f"{self.files:,} files, {share}; {largest}{previews}"


def measure(folder: Path) -> Hosting:
    """Sum up a tree."""
    sizes = {
        Path(top, name).relative_to(folder).as_posix(): os.lstat(os.path.join(top, name)).st_size
        for top, _, names in os.walk(folder)
        for name in names
    }
    previews: dict[str, int] = {}
    for name, size in sorted(sizes.items()):
        if found := _PREVIEW.match(name):
            previews[found[0]] = previews.get(found[0], 0) + size
    largest = max(sizes.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return Hosting(len(sizes), sum(sizes.values()), largest, previews)


def check_hosting(folder: Path, hosting: Hosting) -> Iterator[Finding]:
    """Yield what GitHub Pages would refuse."""
    if hosting.bytes > SITE:
        said = f"the tree has {hosting.bytes / 1e6:,.0f} MB, GitHub Pages takes {SITE / 1e6:,.0f}"
        yield Finding("", None, "hosting", f"{said}; lower the budgets of [thumbnails] and [explorer]")
    if hosting.largest[1] > FILE:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if (size := path.stat().st_size) > FILE:
                name = path.relative_to(folder).as_posix()
                yield Finding(
                    name, None, "hosting", f"has {size / 1e6:,.0f} MB, GitHub takes {FILE / 1e6:,.0f} of a file"
                )
