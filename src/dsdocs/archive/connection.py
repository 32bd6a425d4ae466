"""How a remote archive is reached: its file system, and what a failure of the network means for an archive."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, Literal

import fsspec

from dsdocs.archive.address import EXTRAS, MEMORY, WEB, check_url, scheme, shown
from dsdocs.errors import ArchiveError

Options = tuple[tuple[str, str | int | bool], ...]  # sorted, so that it can be compared and hashed
# What a library raises besides OSError and ValueError. By name, because a library is there only where its extra is.
_RAISED = {
    "s3": ("botocore.exceptions:BotoCoreError", "botocore.exceptions:ClientError", "aiohttp:ClientError"),
    "gs": ("gcsfs.retry:HttpError", "google.auth.exceptions:GoogleAuthError", "aiohttp:ClientError"),
    "http": ("aiohttp:ClientError",),
    "hf": ("huggingface_hub.errors:HfHubHTTPError", "httpx:HTTPError", "requests:RequestException"),
}
_CONNECT, _SILENT = 30, 60  # s, until a connection must stand, and without a byte on it


def as_options(options: Mapping[str, object] | None) -> Options:
    """Return options as they are kept with members."""
    return tuple(sorted((options or {}).items()))  # type: ignore[arg-type]  # the configuration has checked the values


def connect(url: str, options: Options) -> Any:
    """Return the file system that an address belongs to; it is made once in each process.

    Raises
    ------
    ArchiveError
        The address is refused, an option is unknown, or a package is missing.
    """
    check_url(url)
    kind = scheme(url)
    try:
        return fsspec.filesystem(kind, **_arguments(kind, dict(options)))
    except ImportError as error:
        raise ArchiveError(f"{kind}:// needs more packages: pip install 'dsdocs[{EXTRAS[kind]}]' ({error})") from error
    except failures(kind) as error:
        raise explained(error, url) from error
    except TypeError as error:
        raise ArchiveError(f"{shown(url)}: [archive.options]: {error}") from error


def _arguments(kind: str, options: dict[str, Any]) -> dict[str, Any]:
    """Write options as each file system wants them: ``anon`` and ``region`` mean the same for all of them."""
    anonymous = bool(options.pop("anon", False))
    region = options.pop("region", None)
    if kind == "s3":
        # One at a time, because s3fs else asks for the size of an object before each read.
        given = {"max_concurrency": 1, **options, "anon": anonymous}
        if region:
            given["client_kwargs"] = {"region_name": region}
        if options.get("requester_pays"):  # which s3fs forgets where a whole object is read
            given["s3_additional_kwargs"] = {"RequestPayer": "requester"}
        return given
    if kind in ("gs", "gcs"):
        return {**options, **({"token": "anon"} if anonymous else {})}
    if kind == "hf":
        return {**options, **({"token": False} if anonymous else {})}
    if kind == MEMORY:
        return {}
    if options:
        raise TypeError(f"{min(options)!r} is no option of {kind}://")
    # Bytes as they are stored: a server may else send .tar.gz as a .tar, in another size than it tells.
    timeout = import_module("aiohttp").ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=_SILENT)
    client = {"trust_env": not anonymous, "auto_decompress": False, "timeout": timeout}  # trust_env: ~/.netrc, proxies
    return {"client_kwargs": client, "headers": {"Accept-Encoding": "identity"}}


@cache
def failures(kind: str) -> tuple[type[Exception], ...]:
    """Return the exceptions by which a file system tells that it could not read."""
    found: list[type[Exception]] = [OSError, ValueError]
    for name in _RAISED.get({"gcs": "gs", "https": "http"}.get(kind, kind), ()):
        module, _, attribute = name.partition(":")
        try:
            found.append(getattr(import_module(module), attribute))
        except (ImportError, AttributeError):
            continue  # of another version of the library
    return tuple(found)


@contextmanager
def speaking(url: str) -> Iterator[None]:
    """Raise whatever a file system raises as an `ArchiveError` that names the address."""
    try:
        yield
    except failures(scheme(url)) as error:
        raise explained(error, url) from error


Fault = Literal["missing", "denied", "lost"]


def fault(error: BaseException) -> Fault:
    """Tell what is wrong: nothing lies there, we may not read it, or the network or the server failed."""
    chain = list(_chain(error))
    statuses = [status for each in chain if (status := _status(each)) is not None]
    if any(status in (401, 403) for status in statuses) or any(
        isinstance(each, PermissionError) or "Credentials" in type(each).__name__ for each in chain
    ):
        return "denied"
    # The file system of http says "not found" whatever happened; what happened is the cause.
    if any(status in (404, 410) for status in statuses) or (
        isinstance(chain[-1], FileNotFoundError) and not any(status >= 500 for status in statuses)
    ):
        return "missing"
    return "lost"


def explained(error: BaseException, url: str) -> ArchiveError:
    """Return an error that says what happened at an address, and what to do."""
    happened = list(_chain(error))[-1]
    # Addresses in messages of libraries may carry signatures: after a redirection, for example.
    text = re.sub(r"\?[^\s'\")]*", "?...", f"{type(happened).__name__}: {happened}".partition("\n")[0])[:200]
    match fault(error):
        case "missing":
            return ArchiveError(f"{shown(url)}: no such file, folder or bucket ({text}); look at the address")
        case "denied":
            keys = "user and password from ~/.netrc" if scheme(url) in WEB else "keys from the environment"
            return ArchiveError(
                f"{shown(url)}: access is refused ({text}); public data is read with anon = true under "
                f"[archive.options] in dsdocs.toml, other data with {keys}, never from dsdocs.toml",
                "fs.permission",
            )
        case "lost":
            return ArchiveError(f"{shown(url)}: cannot be read over the network ({text}); try again")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was raised from, outermost first."""
    seen: BaseException | None = error
    for _ in range(8):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__


def _status(error: BaseException) -> int | None:
    """Return the status of HTTP that an error of any of the libraries carries."""
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        found = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        found = getattr(answer, "status_code", None) or getattr(error, "status", None) or getattr(error, "code", None)
    return found if isinstance(found, int) else None
