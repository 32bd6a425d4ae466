"""An S3 server on loopback that counts what it is asked, and gives private buckets to one key alone.

A test module takes its fixtures by importing them: ``from support.s3 import fake_keys, s3_server  # noqa: F401``
gives it ``s3`` and ``keys``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
import s3fs
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

KEY = "a-key-that-is-fake"
PRIVATE = "private"  # how the name of a bucket begins that takes requests signed with KEY only
# What a process needs to read from the server, and to read nothing of the keys of whoever runs the tests.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": "fake-too",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
_DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_Start = Callable[..., Any]


@dataclass(frozen=True)
class Request:
    """A request as the server saw it."""

    method: str
    path: str  # with its query
    range: str  # "" if all was asked for


@dataclass
class S3:
    """A running server."""

    url: str
    client: Any  # of boto3, with the key
    requests: list[Request] = field(default_factory=list)

    def put(self, bucket: str, objects: Mapping[str, bytes]) -> None:
        """Write objects into a bucket, which is made if it is not there."""
        access = "private" if bucket.startswith(PRIVATE) else "public-read"
        with self.quiet():
            self.client.create_bucket(Bucket=bucket, ACL=access)
            for key, data in objects.items():
                self.client.put_object(Bucket=bucket, Key=key, Body=data, ACL=access)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Forget the requests of a test's own."""
        before = list(self.requests)
        yield
        self.requests[:] = before

    @contextmanager
    def counted(self) -> Iterator[list[Request]]:
        """Collect the requests that come meanwhile."""
        found: list[Request] = []
        first = len(self.requests)
        yield found
        found += self.requests[first:]


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


class _Guarded:
    """Notes each request, and refuses those to private buckets that are not signed with the key."""

    def __init__(self, app: Callable[[dict[str, Any], _Start], Iterable[bytes]]) -> None:
        self._app = app
        self.requests: list[Request] = []

    def __call__(self, environ: dict[str, Any], start: _Start) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        self.requests.append(Request(environ["REQUEST_METHOD"], path, environ.get("HTTP_RANGE", "")))
        signed = f"Credential={KEY}/" in environ.get("HTTP_AUTHORIZATION", "")
        if path.startswith(f"/{PRIVATE}") and not signed:
            start("403 Forbidden", [("Content-Type", "application/xml"), ("Content-Length", str(len(_DENIED)))])
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else _DENIED]
        return self._app(environ, start)


@pytest.fixture(scope="session", name="s3")
def s3_server() -> Iterator[S3]:
    """Run a server to the end of the session, on a free port."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        app = _Guarded(DomainDispatcherApplication(create_backend_app))
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        url = f"http://127.0.0.1:{server.server_port}"
        client = boto3.client(
            "s3", endpoint_url=url, aws_access_key_id=KEY, aws_secret_access_key="fake-too", region_name="us-east-1"
        )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield S3(url, client, app.requests)
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(name="keys")
def fake_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put fake keys, and those alone, into the environment."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()  # it keeps the keys that it found when it was made
    yield
    s3fs.S3FileSystem.clear_instance_cache()
