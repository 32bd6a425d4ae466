"""Where an address in a file of a preview leads."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import quote, unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WEB = re.compile(r"https?://[^/?#@\s]+([/?#]|$)|mailto:", re.IGNORECASE)
# Browsers drop some of these from addresses, and take a backslash for a slash: what is read is not what is followed.
_UNCLEAR = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"'`{}|^]")
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class Local:
    """A file of the preview."""

    path: str
    suffix: str  # query and fragment with their marks

    def address(self, page: str, place: str | None = None) -> str:
        """Return the relative address of this file, or of another place, as a page writes it."""
        target = self.path if place is None else place
        relative = posixpath.relpath(target, posixpath.dirname(page) or ".")
        return quote(relative, safe="/-_.~@+!$&()*,;=") + self.suffix


class WrongAddressError(ValueError):
    """An address that may not stand there, and why."""


def is_picture(address: str) -> bool:
    """Tell whether an address is itself a picture that can neither run nor load anything."""
    return _PICTURE.fullmatch(address) is not None


def leads_away(address: str) -> bool:
    """Tell whether an address is one of the web or of mail, which a reader may follow."""
    return not _UNCLEAR.search(address) and _WEB.match(address) is not None


def local(address: str, page: str, files: Container[str]) -> Local | None:
    """Find the file of the preview that a relative address leads to.

    Parameters
    ----------
    address
        As it stands in the file.
    page
        Path of that file in the preview.
    files
        Paths of the preview.

    Returns
    -------
    Local or None
        None for a place in the same file.

    Raises
    ------
    WrongAddressError
        It leads elsewhere, or to no file.
    """
    if _UNCLEAR.search(address):
        raise WrongAddressError("holds a character that browsers read in other ways; write it as %20 and the like")
    path, mark, rest = _split(address)
    if not path:
        return None
    if _SCHEME.match(path) or path.startswith("/"):
        raise WrongAddressError(
            "leads to another host, to the root of this one, or is a program; expected a relative one"
        )
    try:
        decoded = unquote(path, errors="strict")
    except UnicodeDecodeError as error:
        raise WrongAddressError("is not UTF-8") from error
    if "\\" in decoded or "\0" in decoded or decoded.count("/") != path.count("/") or "%" in decoded:
        raise WrongAddressError("hides a slash, a backslash or a percent sign behind a percent sign")
    found = posixpath.normpath(posixpath.join(posixpath.dirname(page), decoded))
    if found.split("/")[0] == "..":
        raise WrongAddressError("leads out of the site")
    for target in (found, posixpath.join(found, "index.html").removeprefix("./")):
        if target in files:
            return Local(target, mark + rest)
    raise WrongAddressError("leads to no file of the site")


def _split(address: str) -> tuple[str, str, str]:
    """Part an address into its path, the mark that ends it, and what follows."""
    at = min((address.index(mark) for mark in "?#" if mark in address), default=len(address))
    return address[:at], address[at : at + 1], address[at + 1 :]
