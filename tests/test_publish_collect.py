"""What is fetched for publishing: the site of main, and of each open pull request the one that is its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsdocs.errors import PublishError
from dsdocs.publish import collect as collecting
from dsdocs.publish.collect import collect, pages_address
from dsdocs.publish.github import Api
from dsdocs.publish.model import DROPPED, REFUSED, WAITING, Inputs, read_inputs
from support.github import TOKEN, Host, serving


@pytest.fixture
def host() -> Host:
    host = Host()
    host.push(b"main")
    return host


@pytest.fixture
def address(host: Host) -> Iterator[str]:
    with serving(host) as address:
        yield address


def collected(address: str, out: Path) -> Inputs:
    return collect(Api(address, TOKEN, sleep=lambda _: None), "lab/guide", out)


def test_what_was_written_is_what_was_found(host: Host, address: str, tmp_path: Path) -> None:
    pull = host.open(host.fork("ann"), "better/words", b"a preview")
    found = collected(address, tmp_path)
    assert read_inputs(tmp_path) == found
    assert (tmp_path / "main.zip").read_bytes() == b"main"
    assert (tmp_path / "pr-1.zip").read_bytes() == b"a preview"
    (preview,) = found.previews
    assert (preview.number, preview.sha, preview.owner, preview.branch) == (1, pull.sha, "ann", "better/words")
    assert preview.repository_id == pull.head.id
    assert preview.sha256 == hashlib.sha256(b"a preview").hexdigest()
    assert preview.updated == host.artifacts[-1].created
    assert found.url == "https://lab.github.io/guide/"
    assert found.repository.id == host.repository.id


def test_the_same_answers_give_the_same_bytes(host: Host, address: str, tmp_path: Path) -> None:
    for index in range(3):
        host.open(host.fork("ann"), f"branch-{index}", b"a preview")
    for name in ("first", "second"):
        collected(address, tmp_path / name)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("first", "second")
    )
    assert first == second


def test_the_newest_good_push_to_main_is_the_site(host: Host, address: str, tmp_path: Path) -> None:
    host.push(b"newer")
    host.push(b"newest, but its checks fail", conclusion="failure")
    host.push(b"still being built", status="in_progress", conclusion=None)
    collected(address, tmp_path)
    assert (tmp_path / "main.zip").read_bytes() == b"newer"


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch"])
def test_main_may_be_built_again(event: str, host: Host, address: str, tmp_path: Path) -> None:
    host.artifacts[0].expired = True
    host.run(b"again", sha=host.history[-1], branch="main", head=host.repository, event=event)
    collected(address, tmp_path)
    assert (tmp_path / "main.zip").read_bytes() == b"again"


def test_a_branch_of_a_fork_that_is_named_main_pushes_nothing_out(host: Host, address: str, tmp_path: Path) -> None:
    pull = host.open(host.fork("mallory"), "main", None)
    for _ in range(60):
        host.build(pull, b"x")
    host.page = 10
    collected(address, tmp_path)
    assert (tmp_path / "main.zip").read_bytes() == b"main"


def test_a_tag_that_is_named_as_the_branch_is_no_site(host: Host, address: str, tmp_path: Path) -> None:
    host.run(b"of a tag", sha=host.commit("elsewhere"), branch="main", head=host.repository, event="push")
    assert collected(address, tmp_path).main.sha == host.history[-1]


def test_what_was_taken_back_from_main_is_no_site(host: Host, address: str, tmp_path: Path) -> None:
    gone = host.push(b"a mistake")
    host.history.remove(gone)
    collected(address, tmp_path)
    assert (tmp_path / "main.zip").read_bytes() == b"main"


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "pull_request"},
        {"event": "merge_group"},
        {"workflow_id": 1},
        {"path": ".github/workflows/x.yml"},
    ],
)
def test_other_runs_on_main_are_no_site(fields: dict[str, object], host: Host, address: str, tmp_path: Path) -> None:
    host.run(b"x", **{"sha": host.history[-1], "branch": "main", "head": host.repository, "event": "push", **fields})
    collected(address, tmp_path)
    assert (tmp_path / "main.zip").read_bytes() == b"main"


def test_a_fork_that_pushes_to_its_main_makes_no_site(host: Host, address: str, tmp_path: Path) -> None:
    host.run(b"x", sha=host.history[-1], branch="main", head=host.fork("mallory"), event="push")
    collected(address, tmp_path)
    assert (tmp_path / "main.zip").read_bytes() == b"main"


def test_an_older_site_stands_in_for_an_expired_one(host: Host, address: str, tmp_path: Path) -> None:
    host.push(b"newer")
    host.artifacts[-1].expired = True
    collected(address, tmp_path)
    assert (tmp_path / "main.zip").read_bytes() == b"main"


def test_without_a_site_of_main_nothing_is_published(host: Host, address: str, tmp_path: Path) -> None:
    host.artifacts[0].expired = True
    with pytest.raises(PublishError, match=r"no site to publish: .* has expired; run its build again"):
        collected(address, tmp_path)
    host.runs.clear()
    with pytest.raises(PublishError, match="main has no good run"):
        collected(address, tmp_path)


def test_a_folder_that_is_in_use_is_left_alone(address: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(PublishError, match="is in use"):
        collected(address, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_of_a_run_that_was_repeated_the_newest_artifact_is_taken(host: Host, address: str, tmp_path: Path) -> None:
    pull = host.open(host.fork("ann"), "words", b"first")
    host.upload(host.runs[-1], b"second")
    host.upload(host.runs[-1], b"other", name="coverage")
    collected(address, tmp_path)
    assert (tmp_path / f"pr-{pull.number}.zip").read_bytes() == b"second"


def test_the_newest_good_run_of_a_commit_is_taken(host: Host, address: str, tmp_path: Path) -> None:
    pull = host.open(host.fork("ann"), "words", b"first")
    host.build(pull, b"second")
    host.build(pull, b"third", conclusion="failure")
    host.build(pull, None, status="queued", conclusion=None)
    collected(address, tmp_path)
    assert (tmp_path / "pr-1.zip").read_bytes() == b"second"


@pytest.mark.parametrize(
    ("fields", "state", "reason"),
    [
        ({"status": "in_progress", "conclusion": None}, WAITING, "has not ended yet"),
        ({"conclusion": "action_required"}, WAITING, "has not ended yet"),
        ({"conclusion": "failure"}, REFUSED, "ended with 'failure'"),
        ({"conclusion": "cancelled"}, REFUSED, "ended with 'cancelled'"),
    ],
)
def test_a_build_that_is_not_good_gives_a_reason(
    fields: dict[str, object], state: str, reason: str, host: Host, address: str, tmp_path: Path
) -> None:
    pull = host.open(host.fork("ann"), "words", None)
    host.build(pull, b"x", **fields)
    (refusal,) = collected(address, tmp_path).refused
    assert (refusal.number, refusal.sha, refusal.state) == (1, pull.sha, state)
    assert reason in refusal.reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"expired": True}, "has expired"),
        ({"name": "sites"}, "no artifact named 'site'"),
        ({"size": collecting.PREVIEW_LIMIT + 1}, "at most 314,572,800 are taken"),
        ({"digest": "sha256:" + "0" * 64}, "was uploaded with sha256:000"),
    ],
)
def test_an_artifact_that_is_not_good_gives_a_reason(
    fields: dict[str, object], reason: str, host: Host, address: str, tmp_path: Path
) -> None:
    host.open(host.fork("ann"), "words", None)
    host.build(host.pulls[-1], b"x", artifact=fields)
    host.open(host.fork("eve"), "words", b"good")
    found = collected(address, tmp_path)
    assert [one.number for one in found.previews] == [2]
    assert [(one.number, one.state) for one in found.refused] == [(1, REFUSED)]
    assert reason in found.refused[0].reason
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inputs.json", "main.zip", "pr-2.zip"]


def test_an_artifact_that_cannot_be_fetched_stops_nobody_else(host: Host, address: str, tmp_path: Path) -> None:
    host.open(host.fork("ann"), "words", b"x")
    gone = host.artifacts[-1]
    host.open(host.fork("eve"), "words", b"good")
    host.fail(f"/files/{gone.id}", 500, times=99)
    found = collected(address, tmp_path)
    assert [one.number for one in found.previews] == [2]
    assert "could not be fetched" in found.refused[0].reason
    assert "secret" not in found.refused[0].reason


def test_a_run_that_is_deleted_meanwhile_stops_nobody_else(host: Host, address: str, tmp_path: Path) -> None:
    host.open(host.fork("ann"), "words", b"x")
    host.fail(f"/runs/{host.runs[-1].id}/artifacts", 404, message="Not Found")
    host.open(host.fork("eve"), "words", b"good")
    found = collected(address, tmp_path)
    assert [one.number for one in found.previews] == [2]
    assert "Its run was deleted" in found.refused[0].reason


def test_an_answer_that_makes_no_sense_stops_nobody_else(host: Host, address: str, tmp_path: Path) -> None:
    host.open(host.fork("ann"), "words", b"x")
    host.artifacts[-1].created = "yesterday"
    host.open(host.fork("eve"), "words", b"good")
    found = collected(address, tmp_path)
    assert [one.number for one in found.previews] == [2]
    assert "Its build cannot be told" in found.refused[0].reason


@pytest.mark.parametrize("path", ["/artifacts$", "/zip$", "/pulls$"])
def test_without_an_answer_what_is_published_stays_as_it_is(
    path: str, host: Host, address: str, tmp_path: Path
) -> None:
    host.open(host.fork("ann"), "words", b"x")
    host.fail(path, 403, times=99, headers={"Retry-After": "3600"}, message="API rate limit exceeded")
    with pytest.raises(PublishError, match="used up for 3600 s"):
        collected(address, tmp_path)
    assert not (tmp_path / "inputs.json").exists()


def test_a_branch_whose_repository_is_gone_gives_a_reason(host: Host, address: str, tmp_path: Path) -> None:
    pull = host.open(host.fork("ann"), "words", b"x")
    pull.head = None
    host.runs[-1].head = None
    (refusal,) = collected(address, tmp_path).refused
    assert refusal.reason == "The repository of its branch is gone."


def test_beyond_so_many_only_the_newest_are_fetched(
    host: Host, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "FETCHED", 2)
    for index in range(4):
        host.open(host.fork("ann"), f"branch-{index}", b"x")
    host.build(host.pulls[0], b"built again")
    found = collected(address, tmp_path)
    assert [one.number for one in found.previews] == [1, 4]
    assert [(one.number, one.state) for one in found.refused] == [(2, DROPPED), (3, DROPPED)]


def test_many_runs_of_others_push_nobody_out(host: Host, address: str, tmp_path: Path) -> None:
    host.page = 5
    host.open(host.fork("ann"), "words", b"mine")
    loud = host.open(host.fork("mallory"), "words", b"x")
    for _ in range(12):
        host.build(loud, b"y")
    assert [one.number for one in collected(address, tmp_path).previews] == [1, 2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Lab/guide", "https://lab.github.io/guide/"),
        ("Lab/lab.github.io", "https://lab.github.io/"),
        ("lab/Guide_2", "https://lab.github.io/Guide_2/"),
    ],
)
def test_pages_has_an_address_for_each_repository(name: str, expected: str) -> None:
    assert pages_address(name) == expected


def test_an_answer_of_another_shape_is_named(host: Host, address: str, tmp_path: Path) -> None:
    host.open(host.fork("ann"), "words", b"x", sha="not a commit")
    with pytest.raises(PublishError, match=r"head\.sha: found 'not a commit', expected the digits of a commit"):
        collected(address, tmp_path)
