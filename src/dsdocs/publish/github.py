"""A small client of GitHub's REST API, on urllib: JSON, pages of lists, and files up to a size.

The token goes to the host of the API alone: not along a redirect, and not to where a ``Link`` header points elsewhere.
What status and headers mean is told by docs.github.com/rest: "Best practices for using the REST API", "Using pagination
in the REST API", "REST API endpoints for GitHub Actions artifacts".
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from ssl import SSLError
from typing import IO, Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dsdocs.errors import PublishError
from dsdocs.safe import writing

_Read = TypeVar("_Read")
VERSION = "2022-11-28"  # of the API
ANSWER = 32 * 2**20  # bytes of JSON; a full page of a hundred pull requests has three million
PAGES = 100  # of a list; a hundred entries each
TRIES = 5
PATIENCE = 120.0  # s; a longer wait for the rate limit is an error
_TIMEOUT = 60.0  # s without a byte
_HOPS = 3  # redirects to a file
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 2**20
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,<]*\brel="?next"?')
_HINTS = {
    401: "the token is not valid (any more)",
    403: "the token lacks a right; the job's `permissions` have to name it",
    404: "there is no such thing, or the token may not see it",
    410: "it has expired or was deleted",
    422: "the request was not understood",
}


class ApiError(PublishError):
    """The API refuses a request.

    Attributes
    ----------
    status
        HTTP status; 0 where there was no answer.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


class RateLimitError(ApiError):
    """The rate limit is used up for longer than can be waited."""


class _Stay(HTTPRedirectHandler):
    """Follow no redirect: urllib would send most headers along."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Leave the answer as it is, which makes it an `HTTPError`."""


_OPENER = build_opener(_Stay)


@dataclass(frozen=True, slots=True)
class Api:
    """An API and the right to use it."""

    url: str  # https, or http on this machine
    token: str = field(repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)  # takes seconds
    clock: Callable[[], float] = field(default=time.time, repr=False)  # s since 1970

    def __post_init__(self) -> None:
        if not _private(self.url):
            raise PublishError(f"{self.url}: is no https address; the token would be sent for all to read")

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON at a path.

        Raises
        ------
        ApiError
            The API refuses, or its answer is too long or no JSON.
        """
        return self._json("GET", self._at(path, query))[0]

    def pages(self, path: str, query: Mapping[str, str] | None = None, *, key: str = "") -> Iterator[Any]:
        """Yield the entries of a list, following ``Link`` headers; ``key`` names it within each answer."""
        address: str | None = self._at(path, {"per_page": "100", **(query or {})})
        for _ in range(PAGES):
            if address is None:
                return
            if _origin(address) != _origin(self.url):
                raise ApiError(f"{path}: the next page is at another host ({_shown(address)}), which gets no token")
            found, link = self._json("GET", address)
            entries = found.get(key) if key and isinstance(found, dict) else found
            if not isinstance(entries, list):
                raise ApiError(f"{_shown(address)}: expected a list{f' {key!r}' if key else ''}, which is not there")
            yield from entries
            address = following(link)
        if address is not None:
            raise ApiError(f"{path}: has more than {PAGES} pages, too many to look through")

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON, return JSON. A POST is not repeated where it may have been carried out."""
        return self._json(method, self._at(path, None), json.dumps(body).encode())[0]

    def download(self, path: str, target: Path, *, limit: int) -> str:
        """Write a file of at most so many bytes, from where the API redirects to, and return its SHA-256.

        Raises
        ------
        ApiError
            The API or the other host refuses, the file is larger or shorter than told, or the redirect leads to
            where a connection is not private.
        """

        def save(answer: IO[bytes], headers: Message) -> str:
            digest = hashlib.sha256()
            with writing(target, lasting=False) as sink:
                for chunk in _chunks(answer, headers, path, limit):
                    digest.update(chunk)
                    sink.write(chunk)
            return digest.hexdigest()

        address, token = self._at(path, None), True
        for _ in range(_HOPS + 1):
            try:
                return self._ask("GET", address, save, token=token)
            except _Redirect as redirect:
                address, token = redirect.address, False
            if not _private(address, loopback=not _private(self.url, loopback=False)):
                raise ApiError(f"{path}: is redirected to {_shown(address)}, expected an https address")
        raise ApiError(f"{path}: is redirected more than {_HOPS} times")

    def _at(self, path: str, query: Mapping[str, str] | None) -> str:
        return f"{self.url.rstrip('/')}{path}" + (f"?{urlencode(query)}" if query else "")

    def _json(self, method: str, address: str, body: bytes | None = None) -> tuple[Any, str]:
        """Return the JSON of an answer and its ``Link`` header."""

        def parse(answer: IO[bytes], headers: Message) -> tuple[Any, str]:
            text = b"".join(_chunks(answer, headers, _shown(address), ANSWER))
            try:
                return (json.loads(text) if text else None), headers.get("Link", "")
            except (ValueError, RecursionError) as error:
                raise ApiError(f"{_shown(address)}: expected JSON: {error}") from error

        try:
            return self._ask(method, address, parse, body=body)
        except _Redirect as redirect:
            raise ApiError(
                f"{_shown(address)}: has moved to {_shown(redirect.address)}; name the repository as it is called now"
            ) from None

    def _ask(
        self, method: str, address: str, read: Callable[[IO[bytes], Message], _Read], *,
        body: bytes | None = None, token: bool = True,
    ) -> _Read:  # fmt: skip
        """Send one request, again where that may help, and read its answer."""
        for tried in range(1, TRIES + 1):
            try:
                with _OPENER.open(self._request(method, address, body, token), timeout=_TIMEOUT) as answer:
                    return read(answer, answer.headers)
            except HTTPError as answer:
                with answer:
                    if answer.code in _REDIRECTS and "Location" in answer.headers:
                        raise _Redirect(urljoin(address, answer.headers["Location"])) from None
                    refusal = _refusal(answer, address)
                wait = self._wait(refusal, answer.headers, tried, method)
            except (URLError, HTTPException, ConnectionError, SSLError, TimeoutError, _Short) as error:
                refusal = ApiError(f"{_shown(address)}: no whole answer ({getattr(error, 'reason', error)})")
                wait = None if method == "POST" else 2.0**tried
            if wait is None or tried == TRIES:
                break
            self.sleep(wait)
        raise refusal

    def _request(self, method: str, address: str, body: bytes | None, token: bool) -> Request:
        request = Request(address, body, {"User-Agent": "dsdocs"}, method=method)
        if token:
            request.add_header("Accept", "application/vnd.github+json")
            request.add_header("X-GitHub-Api-Version", VERSION)
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
        return request

    def _wait(self, refusal: ApiError, headers: Message, tried: int, method: str) -> float | None:
        """Return the seconds after which the request may succeed; None if it will not."""
        status, after = refusal.status, headers.get("Retry-After", "")
        if status >= 500:
            return None if method == "POST" else 2.0**tried
        used_up = headers.get("X-RateLimit-Remaining") == "0"
        if status != 429 and not (status == 403 and (used_up or after or "rate limit" in str(refusal).lower())):
            return None
        reset = headers.get("X-RateLimit-Reset", "")
        if after.isdecimal():
            wait = float(after)
        elif used_up and reset.isdecimal():
            wait = max(float(reset) - self.clock(), 0.0) + 1.0
        else:
            wait = 60.0
        if wait > PATIENCE:
            raise RateLimitError(
                f"{refusal}; the rate limit is used up for {wait:.0f} s: run the job again then", status
            )
        return wait


def api_of_environment() -> tuple[Api, str]:
    """Return the API and the ``owner/name`` of the repository that a job of GitHub Actions is told of.

    Raises
    ------
    PublishError
        ``GITHUB_REPOSITORY`` or ``GITHUB_TOKEN`` is missing.
    """
    name, token = (os.environ.get(key, "") for key in ("GITHUB_REPOSITORY", "GITHUB_TOKEN"))
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII):
        raise PublishError(f"GITHUB_REPOSITORY is {name!r}; expected OWNER/NAME, as jobs of GitHub Actions have it")
    if not re.fullmatch(r"[!-~]+", token):
        raise PublishError("GITHUB_TOKEN is not set; give the step `env: GITHUB_TOKEN: ${{ github.token }}`")
    return Api(os.environ.get("GITHUB_API_URL", "") or "https://api.github.com", token), name


class _Redirect(Exception):
    """The answer is at another address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(address)


class _Short(Exception):
    """An answer ends before its announced length."""


def following(link: str) -> str | None:
    """Return the address of the next page in a ``Link`` header (RFC 8288)."""
    found = _NEXT.search(link)
    return found[1] if found else None


def _chunks(answer: IO[bytes], headers: Message, name: str, limit: int) -> Iterator[bytes]:
    """Yield the bytes of an answer, and raise where there are more than the limit or fewer than announced."""
    announced = headers.get("Content-Length", "")
    length = int(announced) if announced.isdecimal() else None
    received = 0
    if length is not None and length > limit:
        raise ApiError(f"{name}: has {length:,} bytes; at most {limit:,} are taken")
    while chunk := answer.read(_CHUNK):
        received += len(chunk)
        if received > limit:
            raise ApiError(f"{name}: has more than the {limit:,} bytes that are taken")
        yield chunk
    if length is not None and received < length:
        raise _Short(f"it ends after {received:,} of {length:,} bytes")


def _refusal(answer: HTTPError, address: str) -> ApiError:
    try:
        said = json.loads(answer.read(_CHUNK))["message"]
    except (ValueError, TypeError, KeyError, OSError, HTTPException, RecursionError):
        said = answer.reason
    hint = _HINTS.get(answer.code, "")
    return ApiError(f"{_shown(address)}: {answer.code}: {str(said)[:200]}{hint and f' ({hint})'}", answer.code)


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower()


def _private(address: str, *, loopback: bool = True) -> bool:
    """Decide whether nobody on the way can read what is sent."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (loopback and parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _shown(address: str) -> str:
    """Write an address without its query: that of a stored file is a key to it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"
