"""GitHub in a test: a repository with forks, pull requests, runs and artifacts, and the part of its API that we ask.

A `Host` is told what people do (push, fork, open, force-push, close ...) and keeps what GitHub would know. `serving`
answers on loopback in the shape that docs.github.com/rest states: API and file storage at two addresses, lists in pages
with a ``Link`` header, errors as JSON. Every request is kept, with the token that came along.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

TOKEN = "a-token-of-a-job"
BOT = "github-actions[bot]"
WORKFLOW, WORKFLOW_ID = ".github/workflows/site.yml", 7001
_START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Repository:
    """A repository, or a fork of it."""

    id: int
    owner: str
    owner_id: int
    name: str = "guide"

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def answer(self) -> dict[str, Any]:
        owner = {"login": self.owner, "id": self.owner_id, "type": "User"}
        return {"id": self.id, "name": self.name, "full_name": self.full_name, "owner": owner, "default_branch": "main"}


@dataclass
class Pull:
    """A pull request."""

    number: int
    sha: str
    branch: str
    head: Repository | None
    title: str = "A better sentence"
    state: str = "open"
    base: str = "main"
    updated: str = ""


@dataclass
class Run:
    """A run of a workflow."""

    id: int
    sha: str
    branch: str
    head: Repository | None
    repository: Repository
    created: str
    event: str = "pull_request"
    workflow_id: int = WORKFLOW_ID
    path: str = WORKFLOW
    status: str = "completed"
    conclusion: str | None = "success"
    pull_requests: list[int] = field(default_factory=list)


@dataclass
class Artifact:
    """What a run has uploaded."""

    id: int
    run: Run
    data: bytes
    created: str
    name: str = "site"
    expired: bool = False
    size: int | None = None  # None: that of the bytes
    digest: str | None = None  # None: that of the bytes
    of: Mapping[str, Any] = field(default_factory=dict)  # other values of its field workflow_run


@dataclass
class Comment:
    """A comment on a pull request."""

    id: int
    number: int
    author: str
    kind: str
    body: str


@dataclass(frozen=True)
class Request:
    """A request as a server saw it."""

    server: str  # api or storage
    method: str
    path: str  # with its query
    token: str  # empty if none was sent


@dataclass
class Fault:
    """An answer that is given in place of the right one, so many times."""

    method: str
    path: re.Pattern[str]
    status: int
    times: int
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "Server Error"


class Host:
    """What GitHub knows of one repository."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._minutes = count()
        self.repository = Repository(9001, "lab", 501)
        self.history: list[str] = []  # commits of main, oldest first
        self.pulls: list[Pull] = []
        self.runs: list[Run] = []
        self.artifacts: list[Artifact] = []
        self.comments: list[Comment] = []
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.page = 100  # entries that a page may have at most
        self.announces = True  # whether the storage tells the length of a file
        self.cut = 0  # files that end in their middle
        self.storage = ""  # address of the files, once it is served
        self.redirect: Callable[[Artifact], str] = lambda artifact: f"{self.storage}/files/{artifact.id}?key=secret"

    # -- what people do ----------------------------------------------------------------------------------------------

    def push(self, site: bytes | None, **run: Any) -> str:
        """Push a commit to main, which is built where there is a site."""
        sha = self.commit("main")
        self.history.append(sha)
        if site is not None:
            self.run(site, sha=sha, branch="main", head=self.repository, event="push", **run)
        return sha

    def fork(self, owner: str) -> Repository:
        """Fork the repository."""
        number = next(self._ids)
        return Repository(9100 + number, owner, 600 + number)

    def open(self, head: Repository, branch: str, site: bytes | None, *, sha: str = "", **fields: Any) -> Pull:
        """Open a pull request, which is built where there is a site."""
        number = len(self.pulls) + 1
        pull = Pull(number, sha or self.commit(f"{head.id} {branch}"), branch, head, updated=self.now(), **fields)
        self.pulls.append(pull)
        if site is not None:
            self.build(pull, site)
        return pull

    def build(self, pull: Pull, site: bytes | None, **run: Any) -> Run:
        """Run the workflow for a pull request as it is now."""
        about = {"sha": pull.sha, "branch": pull.branch, "head": pull.head} | run
        return self.run(site, **about)

    def force_push(self, pull: Pull, site: bytes | None = None) -> None:
        """Put another commit in the place of a pull request's, which is built where there is a site."""
        pull.sha, pull.updated = self.commit(f"{pull.number} again"), self.now()
        if site is not None:
            self.build(pull, site)

    def say(self, pull: Pull, author: str, body: str, *, kind: str = "User") -> Comment:
        """Comment on a pull request."""
        made = Comment(next(self._ids), pull.number, author, kind, body)
        self.comments.append(made)
        return made

    # -- what GitHub does --------------------------------------------------------------------------------------------

    def run(self, site: bytes | None, *, artifact: Mapping[str, Any] | None = None, **fields: Any) -> Run:
        """Run a workflow, and upload a site; ``artifact`` has other values of its fields."""
        made = Run(id=40_000 + next(self._ids), **{"created": self.now(), "repository": self.repository, **fields})
        self.runs.append(made)
        if site is not None:
            self.upload(made, site, **(artifact or {}))
        return made

    def upload(self, run: Run, site: bytes, **fields: Any) -> Artifact:
        """Upload an artifact of a run."""
        made = Artifact(**{"id": 80_000 + next(self._ids), "run": run, "data": site, "created": self.now(), **fields})
        self.artifacts.append(made)
        return made

    def commit(self, about: str) -> str:
        """Make a commit, and return its digits."""
        return hashlib.sha1(f"{about} {next(self._ids)}".encode()).hexdigest()

    def now(self) -> str:
        """Return the time; each time that it is asked for, a minute has passed."""
        return f"{_START + timedelta(minutes=next(self._minutes)):%Y-%m-%dT%H:%M:%SZ}"

    def fail(self, path: str, status: int, *, times: int = 1, method: str = "GET", message: str = "Server Error",
             headers: Mapping[str, str] | None = None) -> None:  # fmt: skip
        """Answer requests whose path matches with an error, so many times."""
        self.faults.append(Fault(method, re.compile(path), status, times, headers or {}, message))

    # -- what the API tells ------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any, str]:
        """Return status, JSON and the key of the list in it; a list without a key has the key ``-``."""
        root = f"/repos/{self.repository.full_name}"
        if not path.startswith(root):
            return 404, _NOT_FOUND, ""
        for pattern, verb, reply in self._routes():
            if (found := re.fullmatch(pattern, path.removeprefix(root))) and verb == method:
                answered: tuple[int, Any, str] = reply(query, body, *found.groups())
                return answered
        return 404, _NOT_FOUND, ""

    def _routes(self) -> list[tuple[str, str, Callable[..., tuple[int, Any, str]]]]:
        workflow = WORKFLOW.rpartition("/")[2]
        return [
            ("", "GET", lambda *_: (200, self.repository.answer(), "")),
            (r"/branches/main", "GET", lambda *_: (200, {"name": "main", "commit": {"sha": self.history[-1]}}, "")),
            (r"/compare/(\w+)\.\.\.(\w+)", "GET", self._compare),
            (f"/actions/workflows/{workflow}", "GET",
             lambda *_: (200, {"id": WORKFLOW_ID, "path": WORKFLOW, "state": "active", "name": "site"}, "")),
            (f"/actions/workflows/{workflow}/runs", "GET", self._runs),
            (r"/actions/runs/(\d+)/artifacts", "GET", self._artifacts),
            (r"/pulls", "GET", self._pulls),
            (r"/issues/(\d+)/comments", "GET", self._comments),
            (r"/issues/(\d+)/comments", "POST", self._comment),
            (r"/issues/comments/(\d+)", "PATCH", self._edit),
        ]  # fmt: skip

    def _compare(self, query: Mapping[str, str], _: Any, base: str, head: str) -> tuple[int, Any, str]:
        if head not in self.history:
            known = any(head == one.sha for one in self.runs)
            return (200, {"status": "diverged"}, "") if known else (404, _NOT_FOUND, "")
        order = self.history.index(head) - self.history.index(base)
        return 200, {"status": "identical" if not order else "behind" if order < 0 else "ahead"}, ""

    def _runs(self, query: Mapping[str, str], _: Any) -> tuple[int, Any, str]:
        # GitHub lists the runs of one workflow of this repository; those of others are here for what may go wrong.
        wanted = {"branch": "head_branch", "event": "event", "status": "conclusion", "head_sha": "head_sha"}
        listed = [self._run(one) for one in reversed(self.runs)]
        for name, key in wanted.items():
            if name in query:
                listed = [one for one in listed if one[key] == query[name]]
        return 200, {"total_count": len(listed), "workflow_runs": listed}, "workflow_runs"

    def _run(self, run: Run) -> dict[str, Any]:
        return {
            "id": run.id, "name": "site", "head_branch": run.branch, "head_sha": run.sha, "path": run.path,
            "display_title": "A better sentence", "run_number": run.id - 40_000, "event": run.event,
            "status": run.status, "conclusion": run.conclusion, "workflow_id": run.workflow_id,
            "pull_requests": [{"number": number, "head": {"ref": run.branch}} for number in run.pull_requests],
            "created_at": run.created, "updated_at": run.created, "run_attempt": 1,
            "repository": run.repository.answer(), "head_repository": run.head and run.head.answer(),
        }  # fmt: skip

    def _artifacts(self, query: Mapping[str, str], _: Any, run: str) -> tuple[int, Any, str]:
        listed = [self._artifact(one) for one in self.artifacts if one.run.id == int(run)]
        if "name" in query:
            listed = [one for one in listed if one["name"] == query["name"]]
        return 200, {"total_count": len(listed), "artifacts": listed}, "artifacts"

    def _artifact(self, one: Artifact) -> dict[str, Any]:
        digest = one.digest if one.digest is not None else f"sha256:{hashlib.sha256(one.data).hexdigest()}"
        size = len(one.data) if one.size is None else one.size
        run = {"id": one.run.id, "repository_id": one.run.repository.id, "head_branch": one.run.branch}
        run |= {"head_repository_id": one.run.head.id if one.run.head else 0, "head_sha": one.run.sha, **one.of}
        return {
            "id": one.id, "name": one.name, "size_in_bytes": size, "expired": one.expired, "digest": digest,
            "created_at": one.created, "updated_at": one.created, "expires_at": one.created, "workflow_run": run,
        }  # fmt: skip

    def _pulls(self, query: Mapping[str, str], _: Any) -> tuple[int, Any, str]:
        listed = [one for one in self.pulls if query.get("state", "open") in (one.state, "all")]
        listed = [one for one in listed if query.get("base", one.base) == one.base]
        if query.get("sort") == "updated":
            listed.sort(key=lambda one: one.updated, reverse=query.get("direction", "desc") == "desc")
        return 200, [self._pull(one) for one in listed], "-"

    def _pull(self, one: Pull) -> dict[str, Any]:
        repo = one.head and one.head.answer()
        head = {"ref": one.branch, "sha": one.sha, "repo": repo, "user": repo and repo["owner"]}
        base = {"ref": one.base, "sha": self.history[-1], "repo": self.repository.answer()}
        return {
            "number": one.number, "state": one.state, "title": one.title, "head": head, "base": base, "draft": False,
            "user": repo and repo["owner"], "body": None, "updated_at": one.updated, "merged_at": None,
        }  # fmt: skip

    def _comments(self, query: Mapping[str, str], _: Any, number: str) -> tuple[int, Any, str]:
        return 200, [self._said(one) for one in self.comments if one.number == int(number)], "-"

    def _comment(self, query: Mapping[str, str], body: Any, number: str) -> tuple[int, Any, str]:
        if not 0 < len(body.get("body", "")) <= 65_536:
            return 422, {"message": "Validation Failed", "errors": [{"resource": "IssueComment"}], "status": "422"}, ""
        made = Comment(next(self._ids), int(number), BOT, "Bot", body["body"])
        self.comments.append(made)
        return 201, self._said(made), ""

    def _edit(self, query: Mapping[str, str], body: Any, number: str) -> tuple[int, Any, str]:
        for index, one in enumerate(self.comments):
            if one.id == int(number):
                self.comments[index] = replace(one, body=body["body"])
                return 200, self._said(self.comments[index]), ""
        return 404, _NOT_FOUND, ""

    def _said(self, one: Comment) -> dict[str, Any]:
        user = {"login": one.author, "id": 41898282 if one.kind == "Bot" else 7, "type": one.kind}
        return {"id": one.id, "body": one.body, "user": user, "author_association": "NONE"}


_NOT_FOUND = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    host: Host
    server_kind: str

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        sent = self.rfile.read(length)
        token = self.headers.get("Authorization", "")
        self.host.requests.append(Request(self.server_kind, self.command, self.path, token))
        path = unquote(parts.path)
        for fault in self.host.faults:
            if fault.times and fault.method == self.command and fault.path.search(path):
                fault.times -= 1
                self._reply(fault.status, {"message": fault.message, "status": str(fault.status)}, fault.headers)
                return
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        (self._storage if self.server_kind == "storage" else self._api)(path, query, sent, token)

    do_GET = do_POST = do_PATCH = _serve

    def _storage(self, path: str, query: Mapping[str, str], sent: bytes, token: str) -> None:
        for one in self.host.artifacts:
            if path == f"/files/{one.id}" and query.get("key") == "secret":
                self._file(one.data)
                return
        self._bytes(403, b"<?xml version='1.0'?><Error/>", {"Content-Type": "application/xml"})

    def _file(self, data: bytes) -> None:
        headers = {"Content-Type": "application/zip"}
        if not self.host.announces:
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)
            return
        if self.host.cut:
            self.host.cut -= 1
            headers |= {"Content-Length": str(len(data)), "Connection": "close"}
            data = data[: len(data) // 2]
            self.close_connection = True
        self._bytes(200, data, headers)

    def _api(self, path: str, query: Mapping[str, str], sent: bytes, token: str) -> None:
        if token != f"Bearer {TOKEN}":
            self._reply(401, {"message": "Bad credentials", "status": "401"})
            return
        if zipped := re.fullmatch(r"/repos/[^/]+/[^/]+/actions/artifacts/(\d+)/zip", path):
            self._zip(int(zipped[1]))
            return
        status, found, key = self.host.answer(self.command, path, query, json.loads(sent) if sent else None)
        headers = {}
        if key:
            found, headers = self._page(found, key, path, query)
        if status == 201:
            headers["Location"] = f"http://{self.headers['Host']}{path}"  # as GitHub tells where a new thing is
        self._reply(status, found, headers)

    def _zip(self, number: int) -> None:
        for one in self.host.artifacts:
            if one.id == number and not one.expired:
                self._bytes(302, b"", {"Location": self.host.redirect(one)})
                return
        known = any(one.id == number for one in self.host.artifacts)
        self._reply(410 if known else 404, {"message": "Artifact has expired"} if known else _NOT_FOUND)

    def _page(self, found: Any, key: str, path: str, query: Mapping[str, str]) -> tuple[Any, dict[str, str]]:
        entries = found if key == "-" else found[key]
        size = min(int(query.get("per_page", 30)), self.host.page)
        number = int(query.get("page", 1))
        last = max(-(-len(entries) // size), 1)
        shown = entries[(number - 1) * size : number * size]
        relations = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        links = [
            f'<http://{self.headers["Host"]}{path}?{urlencode({**query, "page": page})}>; rel="{name}"'
            for name, page in relations.items()
            if 1 <= page <= last and (page != number or name not in ("prev", "next"))
        ]
        return (shown if key == "-" else {**found, key: shown}), {"Link": ", ".join(links)} if last > 1 else {}

    def _reply(self, status: int, found: Any, headers: Mapping[str, str] | None = None) -> None:
        self._bytes(status, json.dumps(found).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _bytes(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(host: Host) -> Iterator[str]:
    """Serve a host, and give the address of its API."""
    servers = []
    for kind in ("api", "storage"):
        handler = type("Handler", (_Handler,), {"host": host, "server_kind": kind})
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    api, storage = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    host.storage = storage
    yield api
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()
