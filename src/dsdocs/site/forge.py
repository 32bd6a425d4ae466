"""Addresses within a repository on the web: to edit a file, to see its history, to open an issue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

_LONGEST = 6000  # letters of an address that servers take
_TITLE = 200  # letters


@dataclass(frozen=True, slots=True)
class Forge:
    """A repository on a host; the forms of its addresses follow from the name of the host, else GitHub's are taken."""

    address: str  # of the repository, without .git and slashes at its end
    branch: str

    @classmethod
    def of(cls, repository: str, branch: str) -> Forge:
        """Return the repository at an address."""
        return cls(re.sub(r"(\.git)?/*$", "", repository), branch)

    @property
    def _kind(self) -> str:
        host = urlsplit(self.address).hostname or ""
        if re.search(r"(^|\.)gitlab\.", host):
            return "gitlab"
        return "forgejo" if host == "codeberg.org" or re.search(r"(^|\.)(gitea|forgejo)\.", host) else "github"

    def edit(self, path: str) -> str:
        """Return the address at which a file is edited in the browser."""
        form = {"gitlab": "-/edit", "forgejo": "_edit", "github": "edit"}[self._kind]
        return f"{self.address}/{form}/{quote(self.branch)}/{quote(path)}"

    def commits(self, path: str) -> str:
        """Return the address of the commits that changed a file."""
        form = {"gitlab": "-/commits/", "forgejo": "commits/branch/", "github": "commits/"}[self._kind]
        return f"{self.address}/{form}{quote(self.branch)}/{quote(path)}"

    def issue(self, title: str, body: str) -> str:
        """Return the address of a new issue with title and text; without the text where that would be too long."""
        form, keys = "issues/new", ("title", "body")
        if self._kind == "gitlab":
            form, keys = "-/issues/new", ("issue[title]", "issue[description]")
        given = list(zip(keys, (title[:_TITLE], body), strict=True))
        query = urlencode(given)
        return f"{self.address}/{form}?{query if len(query) <= _LONGEST else urlencode(given[:1])}"


def code(text: str) -> str:
    """Return text as Markdown that shows it as it is, on one line."""
    line = " ".join(text.split())
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}" if longest else f"{fence}{line}{fence}"
