"""Links of a built site that lead to other hosts, and which of them lead nowhere any more."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from time import sleep
from urllib.parse import quote, urldefrag, urlsplit

from dsdocs.errors import SiteError

_WORKERS = 8  # hosts that are asked at the same time, each of them one question after the other
_SECONDS = 20.0
_PAUSES = (2.0, 10.0)  # seconds before a host that failed is asked again
# Hosts answer programs so that do not look like a browser, or ask too often: the page may well be there.
_UNSURE = frozenset({401, 403, 405, 406, 418, 429, 999})
_AGENT = "dsdocs-links (checks the links of a documentation site)"
_EXAMPLES = re.compile(r"(.*\.)?example(\.org|\.com|\.net)?|.*\.(invalid|test)")  # hosts of nobody (RFC 2606)


class _Links(HTMLParser):
    """Addresses of other hosts that a reader can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the target of a link."""
        target = dict(attrs).get("href") or ""
        if tag == "a" and urlsplit(target).scheme in {"http", "https"}:
            self.found.add(urldefrag(target).url)


def external_links(folder: Path) -> dict[str, list[str]]:
    """Return the addresses that the pages of a site lead to: address without anchor -> pages, both sorted."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("*.html")):
        parser = _Links()
        parser.feed(path.read_text(encoding="utf-8"))
        for address in parser.found:
            found[address].append(path.relative_to(folder).as_posix())
    return dict(sorted(found.items()))


def dead_links(folder: Path, *, pauses: Sequence[float] = _PAUSES) -> tuple[str, ...]:
    """Ask for each address once, and return a line for each that leads nowhere.

    Parameters
    ----------
    folder
        The built site.
    pauses
        Seconds to wait before each further try, for hosts that fail for a moment.

    Returns
    -------
    tuple of str
        ``page: address: what came back``, sorted by address; the first page that has the link is named.

    Raises
    ------
    SiteError
        There is no such folder.
    """
    if not folder.is_dir():
        raise SiteError(f"{folder}: there is no such folder; name the built site with --out")
    pages = external_links(folder)
    hosts: dict[str, list[str]] = defaultdict(list)
    for address in pages:
        name = urlsplit(address).hostname or ""
        if not _EXAMPLES.fullmatch(name):
            hosts[name].append(address)
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = pool.map(lambda addresses: list(_asked(addresses, pauses)), hosts.values())
        problems = dict(pair for pairs in found for pair in pairs)
    return tuple(f"{pages[address][0]}: {address}: {problem}" for address, problem in sorted(problems.items()))


def _asked(addresses: Iterable[str], pauses: Sequence[float]) -> Iterator[tuple[str, str]]:
    for address in addresses:
        problem = _problem(address)
        for pause in pauses:
            if problem is None or problem.startswith("404"):
                break
            sleep(pause)
            problem = _problem(address)
        if problem is not None:
            yield address, problem


def _problem(address: str) -> str | None:
    """Ask for a page and read nothing of it: hosts answer HEAD more often wrongly than GET."""
    request = urllib.request.Request(quote(address, safe="%/:=&?~#+!$,;'@()*[]"), headers={"User-Agent": _AGENT})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        return None if error.code in _UNSURE else f"{error.code} {error.reason}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"no answer: {getattr(error, 'reason', None) or error}"
