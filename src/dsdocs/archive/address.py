"""Addresses of archives: which are read, which hold a secret, and how they are shown. Imports nothing heavy."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from dsdocs.errors import ArchiveError

# Scheme -> the extra of dsdocs that brings what it needs.
EXTRAS = {"s3": "s3", "gs": "gcs", "gcs": "gcs", "https": "http", "http": "http", "hf": "hf"}
MEMORY = "memory"  # of this process, which is of use to tests alone, so no message names it
WEB = ("https", "http")
_SECRET = re.compile(r"key|secret|token|passw|pwd|credential|auth(?!or)|signature|^sig$", re.IGNORECASE)
_SCHEME = re.compile(r"(.*?)://", re.DOTALL)


def is_url(source: str) -> bool:
    """Tell whether a source is an address, and not the path of a file or folder on this machine."""
    return "://" in source


def is_secret(name: str) -> bool:
    """Tell whether an option, or a parameter of an address, is named as something that must stay secret is."""
    return bool(_SECRET.search(name))


def scheme(url: str) -> str:
    """Return what stands before ``://``."""
    found = _SCHEME.match(url)
    return found[1] if found else ""


def check_url(url: str) -> None:
    """Refuse an address that dsdocs does not read, or must not: it would be stored and printed.

    Raises
    ------
    ArchiveError
        Says what is wrong with the address, without its secrets.
    """
    if "::" in scheme(url) or scheme(url) not in (*EXTRAS, MEMORY):
        listed = ", ".join(f"{name}://" for name in EXTRAS if name != "gcs")
        raise ArchiveError(
            f"{shown(url)}: is no address that dsdocs reads; expected one that begins with {listed}, without others "
            "chained to it by '::', or the path of a file or folder"
        )
    if not url.isprintable():
        raise ArchiveError(f"{shown(url)}: holds control characters; expected an address on one line")
    parts = _split(url)
    if "@" in parts.netloc:
        raise ArchiveError(
            f"{shown(url)}: holds a user name or password, which would be stored with the state; take it out, and set "
            "it in the environment or, for https, in ~/.netrc"
        )
    secrets = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if is_secret(name)]
    if secrets and parts.scheme in WEB:
        raise ArchiveError(
            f"{shown(url)}: its parameter {secrets[0]!r} is a secret, which would be stored with the state; name the "
            "address without it, or download the file and give its path"
        )
    if not parts.netloc and parts.scheme != MEMORY:
        raise ArchiveError(f"{shown(url)}: names no {'host' if parts.scheme in WEB else 'bucket'}")


def shown(url: str) -> str:
    """Return an address for messages: without user, password and parameters, and on one line."""
    if not is_url(url):
        return url
    head, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    text = f"{head}://{host.rpartition('@')[2]}{slash}{path}"
    if head in WEB:
        text = re.split(r"[?#]", text, maxsplit=1)[0]
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def last_part(url: str) -> str:
    """Return the name of the file or folder that an address ends with; the host or bucket where it has none."""
    parts = _split(url)
    # Only addresses of the web are split at "?" and "#"; elsewhere these are letters of a name.
    path = unquote(parts.path) if parts.scheme in WEB else url.partition("://")[2]
    return path.rstrip("/").rpartition("/")[2] or parts.netloc


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:  # for example a host that begins with "[" and has no "]"
        raise ArchiveError(f"{shown(url)}: is no address: {error}") from None
