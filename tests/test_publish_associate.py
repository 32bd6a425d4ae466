"""A run belongs to a pull request, and an artifact to a run, if everything that GitHub says of both agrees."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dsdocs.publish.answers import Artifact, Head, Pull, Run
from dsdocs.publish.associate import GONE, MAIN_EVENTS, WORKFLOW, main_runs, right_artifact, right_run
from dsdocs.publish.model import REFUSED, WAITING, Refusal, Repository

REPOSITORY = Repository(1, "lab/guide", "main")
HEAD = Head("a" * 40, "words", 2, "ann", 3)
PULL = Pull(7, "open", HEAD.sha, HEAD, "main", REPOSITORY.id)
TIME = "2026-03-01T12:00:00Z"
RUN = Run(10, "pull_request", 5, WORKFLOW, "completed", "success", TIME, HEAD.sha, HEAD, REPOSITORY.id)
MAIN = replace(RUN, event="push", head=Head(HEAD.sha, "main", REPOSITORY.id, "lab", 4))
SITE = Artifact(20, "site", 100, False, TIME, "", RUN.id, REPOSITORY.id, 2, "words", HEAD.sha)
OTHER = "b" * 40


def test_what_agrees_in_everything_is_taken() -> None:
    assert right_run(REPOSITORY, 5, PULL, [RUN]) == RUN
    assert right_artifact(REPOSITORY, RUN, [SITE], limit=100) == SITE
    assert main_runs(REPOSITORY, 5, [MAIN]) == [MAIN]


@pytest.mark.parametrize(
    "changed",
    [{"state": "closed"}, {"base_branch": "other"}, {"base_repository_id": 9}, {"head": None}],
    ids=str,
)
def test_a_pull_request_that_is_not_for_this_branch_has_no_run(changed: dict[str, Any]) -> None:
    refusal = right_run(REPOSITORY, 5, replace(PULL, **changed), [RUN])
    assert isinstance(refusal, Refusal)
    assert (refusal.number, refusal.state) == (7, REFUSED)


HEADS = [
    {"sha": OTHER}, {"branch": "other"}, {"repository_id": 9}, {"owner": "mallory"}, {"owner_id": 9},
]  # fmt: skip
RUNS = [
    {"event": "push"}, {"workflow_id": 6}, {"path": ".github/workflows/other.yml"}, {"status": "in_progress"},
    {"conclusion": "failure"}, {"conclusion": "action_required"}, {"repository_id": 9}, {"sha": OTHER}, {"head": None},
    *({"head": replace(HEAD, **changed)} for changed in HEADS if "sha" not in changed),
]  # fmt: skip


@pytest.mark.parametrize("changed", RUNS, ids=str)
def test_one_thing_that_differs_is_enough(changed: dict[str, Any]) -> None:
    assert isinstance(right_run(REPOSITORY, 5, PULL, [replace(RUN, **changed)]), Refusal)
    # Nor does it stand in the way of the right one, which is older.
    newer = replace(RUN, id=11, created="2026-03-02T12:00:00Z", **changed)
    assert right_run(REPOSITORY, 5, PULL, [newer, RUN]) == RUN


def test_a_pull_request_whose_head_moved_on_waits() -> None:
    moved = replace(PULL, sha=OTHER, head=replace(HEAD, sha=OTHER))
    assert isinstance(right_run(REPOSITORY, 5, moved, [RUN]), Refusal)
    refusal = right_run(REPOSITORY, 5, moved, [])
    assert refusal == Refusal(7, OTHER, "Commit bbbbbbbbbbbb has not been built yet.", WAITING)


def test_a_path_may_tell_its_ref() -> None:
    told = replace(RUN, path=f"{WORKFLOW}@refs/heads/words")
    assert right_run(REPOSITORY, 5, PULL, [told]) == told


@pytest.mark.parametrize(
    "changed",
    [
        {"event": "pull_request"}, {"event": "merge_group"}, {"workflow_id": 6}, {"path": "site.yml"},
        {"status": "queued"}, {"conclusion": "failure"}, {"repository_id": 9}, {"head": None},
        {"head": Head(HEAD.sha, "main", 2, "ann", 3)}, {"head": Head(HEAD.sha, "other", REPOSITORY.id, "lab", 4)},
    ],
    ids=str,
)  # fmt: skip
def test_main_is_built_by_good_runs_of_its_own(changed: dict[str, Any]) -> None:
    assert main_runs(REPOSITORY, 5, [replace(MAIN, **changed)]) == []


def test_runs_of_main_come_the_newest_first() -> None:
    runs = [
        replace(MAIN, id=number, event=event, created=f"2026-03-0{number}T12:00:00Z")
        for number, event in enumerate(MAIN_EVENTS, 1)
    ]
    assert [run.id for run in main_runs(REPOSITORY, 5, runs)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"name": "sites"}, "has no artifact named 'site'"),
        ({"expired": True}, "has expired"),
        ({"size": 101}, "at most 100 are taken"),
        ({"run_id": 11}, "it is of run 11"),
        ({"repository_id": 9}, "it is of the repository 9, not 1"),
        ({"head_repository_id": 9}, "its branch is in the repository 9, not 2"),
        ({"branch": "other"}, "its branch is 'other', not 'words'"),
        ({"sha": OTHER}, "it is of commit bbbbbbbbbbbb, not aaaaaaaaaaaa"),
    ],
    ids=str,
)
def test_an_artifact_that_differs_is_not_the_run_s(changed: dict[str, Any], reason: str) -> None:
    found = right_artifact(REPOSITORY, RUN, [replace(SITE, **changed)], limit=100)
    assert isinstance(found, str)
    assert reason in found
    assert found.endswith(".")


def test_a_repository_that_is_gone_is_told() -> None:
    assert right_run(REPOSITORY, 5, replace(PULL, head=None), [RUN]) == Refusal(7, PULL.sha, GONE)
