"""What is taken from the API's answers about pull requests, workflow runs and artifacts, with its types checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeVar

from dsdocs.errors import PublishError

_Kind = TypeVar("_Kind", int, str, bool)
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Head:
    """Whose commit something is about; equal heads are the same in all of these."""

    sha: str
    branch: str
    repository_id: int
    owner: str
    owner_id: int


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request."""

    number: int
    state: str
    sha: str  # of the head, which is None where its repository is gone
    head: Head | None
    base_branch: str
    base_repository_id: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow."""

    id: int
    event: str
    workflow_id: int
    path: str  # of the workflow's file; ``@`` and a ref may follow
    status: str
    conclusion: str  # empty as long as the run has not ended
    created: str
    sha: str
    head: Head | None  # None where its repository is gone
    repository_id: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a run has uploaded."""

    id: int
    name: str
    size: int  # bytes of the zip
    expired: bool
    created: str  # YYYY-MM-DDTHH:MM:SSZ
    digest: str  # ``sha256:`` and 64 digits; empty where the API does not tell
    run_id: int
    repository_id: int
    head_repository_id: int
    branch: str
    sha: str


def pull(answer: Any) -> Pull:
    """Read an entry of ``GET /repos/OWNER/REPO/pulls``.

    Raises
    ------
    PublishError
        A field is missing or of another type.
    """
    sha = _sha(answer, "head.sha")
    gone = _value(answer, "head.repo") is None
    return Pull(
        number=_taken(answer, "number", int),
        state=_taken(answer, "state", str),
        sha=sha,
        head=None if gone else _head(answer, sha, _taken(answer, "head.ref", str), "head.repo"),
        base_branch=_taken(answer, "base.ref", str),
        base_repository_id=_taken(answer, "base.repo.id", int),
    )


def run(answer: Any) -> Run:
    """Read an entry of ``GET /repos/OWNER/REPO/actions/workflows/FILE/runs``; see `pull`."""
    sha = _sha(answer, "head_sha")
    branch = _value(answer, "head_branch")
    gone = _value(answer, "head_repository") is None or not isinstance(branch, str)
    conclusion = _value(answer, "conclusion")
    return Run(
        id=_taken(answer, "id", int),
        event=_taken(answer, "event", str),
        workflow_id=_taken(answer, "workflow_id", int),
        path=_taken(answer, "path", str),
        status=_taken(answer, "status", str),
        conclusion=conclusion if isinstance(conclusion, str) else "",
        created=_taken(answer, "created_at", str),
        sha=sha,
        head=None if gone else _head(answer, sha, str(branch), "head_repository"),
        repository_id=_taken(answer, "repository.id", int),
    )


def artifact(answer: Any) -> Artifact:
    """Read an entry of ``GET /repos/OWNER/REPO/actions/runs/ID/artifacts``; see `pull`."""
    digest, branch = _value(answer, "digest"), _value(answer, "workflow_run.head_branch")
    created = _taken(answer, "created_at", str)
    if not _TIME.fullmatch(created):
        raise PublishError(f"the API's answer: created_at: found {created!r:.80}, expected YYYY-MM-DDTHH:MM:SSZ")
    return Artifact(
        id=_taken(answer, "id", int),
        name=_taken(answer, "name", str),
        size=_taken(answer, "size_in_bytes", int),
        expired=_taken(answer, "expired", bool),
        created=created,
        digest=digest if isinstance(digest, str) else "",
        run_id=_taken(answer, "workflow_run.id", int),
        repository_id=_taken(answer, "workflow_run.repository_id", int),
        head_repository_id=_taken(answer, "workflow_run.head_repository_id", int),
        branch=branch if isinstance(branch, str) else "",
        sha=_sha(answer, "workflow_run.head_sha"),
    )


def number(answer: Any, path: str) -> int:
    """Return a whole number of an answer; see `pull`."""
    return _taken(answer, path, int)


def text(answer: Any, path: str) -> str:
    """Return a text of an answer; see `pull`."""
    return _taken(answer, path, str)


def _head(answer: Any, sha: str, branch: str, repository: str) -> Head:
    return Head(
        sha=sha,
        branch=branch,
        repository_id=_taken(answer, f"{repository}.id", int),
        owner=_taken(answer, f"{repository}.owner.login", str),
        owner_id=_taken(answer, f"{repository}.owner.id", int),
    )


def _sha(answer: Any, path: str) -> str:
    found = _taken(answer, path, str)
    if not _SHA.fullmatch(found):
        raise PublishError(f"the API's answer: {path}: found {found!r:.80}, expected the digits of a commit")
    return found


def _taken(answer: Any, path: str, kind: type[_Kind]) -> _Kind:
    found = _value(answer, path)
    if type(found) is not kind:
        raise PublishError(f"the API's answer: {path}: expected {kind.__name__}, found {type(found).__name__}")
    return found


def _value(answer: Any, path: str) -> Any:
    for key in path.split("."):
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer
