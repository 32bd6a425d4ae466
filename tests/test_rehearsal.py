"""The rehearsal: what people and attackers do on GitHub, and what is published then, without GitHub.

Each story is told to a host on loopback, and then all of `collect`, `assemble` and `comment` runs, as it does in the
workflow. ``nox -s rehearse`` prints what was tried, what happened and why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from dsdocs.publish.assemble import MOST, assemble
from dsdocs.publish.collect import collect
from dsdocs.publish.comment import MARKER, comment
from dsdocs.publish.github import Api
from dsdocs.publish.model import DROPPED, PUBLISHED, REFUSED, WAITING, Preview, Report
from support.artifacts import HOSTILE, Site, pack, read_site, small_site
from support.github import BOT, TOKEN, Host, Pull, Repository, Run, serving
from support.sites import dsdocs, expect
from support.small_sites import SmallSite

MAIN = SmallSite().files()
ANN = pack(SmallSite(sentence="Ann has a better sentence.").files())
BOB = pack(SmallSite(sentence="Bob knows one more.").files())
MARK = "Mallory was here."
EVIL_SITE = SmallSite(sentence=MARK).files()
EVIL = pack(EVIL_SITE)
Record = Callable[[str, object], None]


class Stage:
    """Where a story is played: a host, and what is published of it."""

    def __init__(self, host: Host, address: str, folder: Path, record: Record) -> None:
        self.host, self.folder = host, folder
        self.api = Api(address, TOKEN, sleep=lambda _: None)
        self.main: Site = {}
        self.tree: Site = {}  # what is published
        self._record, self._rounds = record, count()

    def push(self, site: Site) -> None:
        """Merge something to main, which is built."""
        self.main = site
        self.host.push(pack(site))

    def publish(self, tried: str, names: Mapping[int, str] | None = None) -> dict[int, Preview]:
        """Run the workflow, hold what is always so, and return what came of each pull request."""
        name = f"{next(self._rounds)}"
        inputs = self.folder / f"inputs-{name}"
        collect(self.api, "lab/guide", inputs)
        trees = [self.folder / f"tree-{name}-{side}" for side in ("a", "b")]
        reports = [assemble(inputs, tree) for tree in trees]
        self.tree, again = map(read_site, trees)
        assert (again, reports[1]) == (self.tree, reports[0]), "assembling twice gives two trees"
        production = {path: data for path, data in self.tree.items() if not path.startswith("pr-preview/")}
        assert production == self.main, "production is not what main's build made"
        self._comment(reports[0])
        assert {one.token for one in self.host.requests if one.server == "storage"} <= {""}, "a token went elsewhere"
        rows: dict[tuple[str, str, str], list[str]] = {}
        for one in reports[0].previews:
            about = (names or {}).get(one.number, tried)
            rows.setdefault((about, one.state, " ".join(one.reasons)), []).append(f"#{one.number}")
        for (about, state, why), numbers in rows.items():
            self._record("rehearsed", (about, f"{state}: {', '.join(numbers)}", why))
        return {one.number: one for one in reports[0].previews}

    def preview(self, number: int) -> Site:
        """Return what is published of a pull request."""
        place = f"pr-preview/pr-{number}/"
        return {path.removeprefix(place): data for path, data in self.tree.items() if path.startswith(place)}

    def holding(self, text: str) -> set[str]:
        """Return where something is published, as the first two folders."""
        found = (path for path, data in self.tree.items() if text.encode() in data)
        return {"/".join(path.split("/")[:2]) if path.startswith("pr-preview/") else "production" for path in found}

    def said(self, number: int) -> str:
        """Return our comment on a pull request, of which there must be one at most."""
        found = [one for one in self.host.comments if one.number == number and one.author == BOT]
        assert len(found) <= 1
        return found[0].body if found else ""

    def _comment(self, report: Report) -> None:
        assert comment(self.api, "lab/guide", report) == ()
        before = [replace(one) for one in self.host.comments]
        assert comment(self.api, "lab/guide", report) == ()
        assert self.host.comments == before, "what was right already was written again"
        for one in report.previews:
            assert self.said(one.number).startswith(MARKER) or one.state == WAITING


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def stage(host: Host, tmp_path: Path, record_property: Record) -> Iterator[Stage]:
    with serving(host) as address:
        stage = Stage(host, address, tmp_path, record_property)
        stage.push(MAIN)
        yield stage


# -- what people do --------------------------------------------------------------------------------------------------


def test_a_fork_and_a_branch_have_their_previews(stage: Stage, host: Host) -> None:
    host.open(host.fork("ann"), "words", ANN)
    host.open(host.repository, "more-words", BOB)
    found = stage.publish("a fork and a branch of the repository")
    assert {number: one.state for number, one in found.items()} == {1: PUBLISHED, 2: PUBLISHED}
    assert stage.holding("Ann has a better sentence.") == {"pr-preview/pr-1"}
    assert stage.holding("Bob knows one more.") == {"pr-preview/pr-2"}
    assert found[1].url == "https://lab.github.io/guide/pr-preview/pr-1/"
    for number in (1, 2):
        page = stage.preview(number)["index.html"].decode()
        assert "noindex" in page
        assert host.pulls[number - 1].sha[:7] in page
        assert found[number].url in stage.said(number)


def test_what_changes_is_told_and_shown(stage: Stage, host: Host) -> None:
    site = SmallSite(classes={"forest": 33, "water": 8}, verdict="differs", grey=200)
    host.open(host.fork("ann"), "numbers", pack(site.files()))
    found = stage.publish("numbers, figures and published figures that change")[1]
    assert [(one["before"], one["after"]) for one in found.changes["facts"]] == [("40", "41")]
    for words in ("Patches in the data set.", "<code>40</code>", "<code>41</code>", "<code>differs</code>", "Labels"):
        assert words in stage.said(1)
    pictures = {one[side] for one in found.changes["figures"] for side in ("before", "after")} - {""}
    assert pictures >= {"1-before.svg", "1-after.svg"}
    for picture in pictures:
        assert f"_changes/{picture}" in stage.preview(1)
        assert f"{found.url}_changes/{picture}?" in stage.said(1)


def test_a_force_push_between_build_and_publishing(stage: Stage, host: Host) -> None:
    pull = host.open(host.fork("ann"), "words", ANN)
    stage.publish("before a force-push")
    host.force_push(pull)
    found = stage.publish("a force-push between build and publishing")
    assert found[1].state == WAITING
    assert stage.preview(1) == {}
    assert "waits for its build" in stage.said(1)
    host.build(pull, BOB)
    assert stage.publish("the build after a force-push")[1].sha == pull.sha
    assert stage.holding("Bob knows one more.") == {"pr-preview/pr-1"}
    assert stage.holding("Ann has a better sentence.") == set()


def test_a_build_of_the_commit_before_the_force_push_comes_late(stage: Stage, host: Host) -> None:
    pull = host.open(host.fork("ann"), "words", None)
    before = pull.sha
    host.force_push(pull, BOB)
    host.build(pull, ANN, sha=before)
    stage.publish("the build of an older commit that ends after that of the newer")
    assert stage.holding("Bob knows one more.") == {"pr-preview/pr-1"}
    assert stage.holding("Ann has a better sentence.") == set()


def test_a_closed_one_vanishes_and_comes_back_reopened(stage: Stage, host: Host) -> None:
    ann, _ = host.open(host.fork("ann"), "words", ANN), host.open(host.fork("bob"), "words", BOB)
    stage.publish("two pull requests")
    bobs = stage.preview(2)
    ann.state = "closed"
    assert set(stage.publish("one of the two is closed")) == {2}
    assert (stage.preview(1), stage.preview(2)) == ({}, bobs)
    ann.state = "open"
    assert stage.publish("it is opened again")[1].state == PUBLISHED
    assert stage.holding("Ann has a better sentence.") == {"pr-preview/pr-1"}


def test_two_at_once_do_not_touch_each_other(stage: Stage, host: Host) -> None:
    ann, bob = (host.open(host.fork(name), "words", None) for name in ("ann", "bob"))
    # Their builds end in the other order.
    host.build(bob, BOB)
    host.build(ann, ANN)
    stage.publish("two at once")
    bobs = stage.preview(2)
    host.force_push(ann, pack(SmallSite(sentence="Ann thought again.").files()))
    stage.publish("two at once, and one changes")
    assert stage.preview(2) == bobs
    assert stage.holding("Ann thought again.") == {"pr-preview/pr-1"}


def test_the_oldest_makes_room_with_a_notice(stage: Stage, host: Host) -> None:
    for index in range(MOST + 1):
        host.open(host.fork(f"user-{index}"), "words", pack(SmallSite(sentence=f"Sentence {index}.").files()))
    found = stage.publish("one more than there is room for")
    assert [number for number, one in found.items() if one.state != PUBLISHED] == [1]
    assert found[1].state == DROPPED
    assert "had to make room" in stage.said(1)
    host.build(host.pulls[0], ANN)
    found = stage.publish("the oldest is built again")
    assert [number for number, one in found.items() if one.state == DROPPED] == [2]


def test_a_preview_with_scripts_that_main_no_longer_has(stage: Stage, host: Host) -> None:
    host.open(host.fork("ann"), "words", ANN)
    assert stage.publish("before main changes its scripts")[1].state == PUBLISHED
    stage.push(SmallSite(more={"_static/page.js": b'"use strict";\n'}).files())
    found = stage.publish("main changes its scripts")
    assert found[1].state == REFUSED
    assert "_static/page.js" in stage.said(1)


def test_trouble_of_the_host_is_waited_for(stage: Stage, host: Host) -> None:
    host.open(host.fork("ann"), "words", ANN)
    host.page = 1
    for path in ("guide$", "/pulls$", "/runs$", "/zip$", "/files/", "/comments$"):
        host.fail(path, 502)
    host.fail("/pulls$", 403, headers={"Retry-After": "3"}, message="You have exceeded a secondary rate limit")
    assert stage.publish("an API in trouble, lists on many pages")[1].state == PUBLISHED


def test_an_expired_artifact_is_told(stage: Stage, host: Host) -> None:
    host.open(host.fork("ann"), "words", ANN)
    host.artifacts[-1].expired = True
    host.open(host.fork("bob"), "words", BOB)
    found = stage.publish("an artifact that has expired")
    assert {number: one.state for number, one in found.items()} == {1: REFUSED, 2: PUBLISHED}
    assert "has expired" in stage.said(1)


def test_the_commands_of_the_workflow(stage: Stage, host: Host, tmp_path: Path) -> None:
    host.open(host.fork("ann"), "words", ANN)
    host.open(host.fork("mallory"), "words", pack(EVIL_SITE | {"CNAME": b"evil.example\n"}))
    variables = {"GITHUB_API_URL": stage.api.url, "GITHUB_REPOSITORY": "lab/guide", "GITHUB_TOKEN": TOKEN}
    inputs, tree, report = tmp_path / "in", tmp_path / "tree", tmp_path / "report.json"
    steps = [
        ["publish", "collect", "--out", inputs],
        ["publish", "assemble", inputs, "--out", tree, "--report", report],
        ["publish", "comment", report],
    ]
    said = [expect(dsdocs(*step, variables=variables), code) for step, code in zip(steps, (0, 3, 0), strict=True)]
    assert read_site(tree).keys() >= {"index.html", "pr-preview/pr-1/index.html"}
    assert [one["state"] for one in json.loads(report.read_text())["previews"]] == [PUBLISHED, REFUSED]
    assert [one.number for one in host.comments] == [1, 2]
    assert "pull request 2: written" in said[2].stderr
    assert not any(TOKEN in one.stdout + one.stderr for one in said)
    refused = dsdocs(*steps[0], variables=variables | {"GITHUB_TOKEN": "another"})
    assert "is in use" in expect(refused, 2).stderr


# -- whose preview is it? --------------------------------------------------------------------------------------------

Spoof = Callable[[Host, Pull, Repository], object]


def posing(**fields: Any) -> Spoof:
    """Make a run that looks as one of the victim's, but for these fields."""
    return lambda host, victim, _: host.run(EVIL, **_like(victim), **fields)


def _like(victim: Pull, *left_out: str) -> dict[str, Any]:
    about = {"sha": victim.sha, "branch": victim.branch, "head": victim.head}
    return {name: value for name, value in about.items() if name not in left_out}


def elsewhere(**fields: Any) -> Spoof:
    """Make a run that looks as one of the victim's, but whose head is another one."""

    def spoof(host: Host, victim: Pull, _: Repository) -> Run:
        assert victim.head is not None
        return host.run(EVIL, head=replace(victim.head, **fields), **_like(victim, "head"))

    return spoof


def foreign(**fields: Any) -> Spoof:
    """List an artifact with the victim's run that is of another one."""

    def spoof(host: Host, victim: Pull, _: Repository) -> None:
        own = [run for run in host.runs if run.sha == victim.sha] or [host.build(victim, None)]
        host.upload(own[0], EVIL, of=fields)

    return spoof


def opening(
    site: Site | None = None, *, branch: str = "x", artifact: dict[str, Any] | None = None, **fields: Any
) -> Spoof:
    """Open a pull request of mallory's own."""

    def spoof(host: Host, _: Pull, fork: Repository) -> None:
        host.build(host.open(fork, branch, None, **fields), pack({**EVIL_SITE, **(site or {})}), artifact=artifact)

    return spoof


SPOOFS: dict[str, Spoof] = {
    "number inside the artifact": opening(
        {"pr-number.txt": b"1", "pr_number.txt": b"1\n", "event.json": b'{"number": 1, "pull_request": {"number": 1}}'}
    ),
    "number as the artifact's name": opening(artifact={"name": "pr-1"}),
    "number after the artifact's name": opening(artifact={"name": "site-1"}),
    "number as the branch": opening(branch="pr-1"),
    "reference to the pull request as the branch": opening(branch="refs/pull/1/merge"),
    "number in the title": opening(title="#1 pr-1 Preview of pull request 1"),
    "same branch and commit, opened from another fork": (
        lambda host, victim, fork: host.open(fork, victim.branch, EVIL, sha=victim.sha)
    ),
    "same branch and commit, built in another fork": (
        lambda host, victim, fork: host.run(EVIL, head=fork, **_like(victim, "head"))
    ),
    "fork that was deleted and made again by its name": elsewhere(id=9_999),
    "account that has the name now": elsewhere(owner_id=666),
    "account with the number but another name": elsewhere(owner="mallory"),
    "repository that was deleted and made again by its name": posing(repository=Repository(8_888, "lab", 501)),
    "workflow of another path": posing(path=".github/workflows/evil.yml", workflow_id=7_002),
    "workflow of another path, with the right number": posing(path=".github/workflows/evil.yml"),
    "workflow of the right path, with another number": posing(workflow_id=7_002),
    "workflow whose path begins alike": posing(path=".github/workflows/site.yml@evil.yml", workflow_id=7_002),
    **{
        f"run of the event {event}": posing(event=event)
        for event in (
            "push", "pull_request_target", "workflow_dispatch", "workflow_run", "issue_comment", "schedule",
        )
    },
    "tag with the name of the branch": (
        lambda host, victim, _: host.run(EVIL, head=host.repository, event="push", **_like(victim, "head"))
    ),
    "tag with the name of main": (
        lambda host, *_: host.run(EVIL, sha=host.commit("x"), branch="main", head=host.repository, event="push")
    ),
    "fork that pushes to its main": (
        lambda host, _, fork: host.run(EVIL, sha=host.history[-1], branch="main", head=fork, event="push")
    ),
    "fork whose branch is main, opened as a pull request": opening(branch="main"),
    "merge queue": (
        lambda host, victim, _: host.run(
            EVIL, sha=victim.sha, branch=f"gh-readonly-queue/main/pr-1-{victim.sha}", head=host.repository,
            event="merge_group",
        )
    ),
    "field pull_requests of the run": (
        lambda host, _, fork: host.run(EVIL, sha=host.commit("x"), branch="x", head=fork, pull_requests=[1])
    ),
    "field pull_requests of a run with the same commit": (
        lambda host, victim, fork: host.run(EVIL, head=fork, pull_requests=[1], **_like(victim, "head"))
    ),
    "another branch with the same commit": (
        lambda host, victim, _: host.run(EVIL, branch="other", **_like(victim, "branch"))
    ),
    "artifact of another run": foreign(id=41_000),
    "artifact of another repository": foreign(repository_id=8_888),
    "artifact of another fork": foreign(head_repository_id=9_999),
    "artifact of another branch": foreign(head_branch="x"),
    "artifact of another commit": foreign(head_sha="0" * 40),
    "pull request for another branch": opening(base="gh-pages"),
    "run that failed its checks": posing(conclusion="failure"),
    "run that has not ended": posing(status="in_progress", conclusion=None),
}  # fmt: skip


@pytest.mark.parametrize("built", [True, False], ids=["built", "not built"])
@pytest.mark.parametrize("name", SPOOFS)
def test_nobody_gets_at_the_preview_of_another(name: str, built: bool, stage: Stage, host: Host) -> None:
    victim = host.open(host.fork("ann"), "words", ANN if built else None)
    SPOOFS[name](host, victim, host.fork("mallory"))
    found = stage.publish(f"{name}, {'beside a build' if built else 'without a build'} of the victim's")
    assert found[1].state == PUBLISHED if built else found[1].state != PUBLISHED
    assert bool(stage.preview(1)) == built
    assert stage.holding(MARK) <= {"pr-preview/pr-2"}
    if len(host.pulls) == 1:
        assert stage.holding(MARK) == set()
    assert not stage.preview(1) or b"Ann has a better sentence." in stage.preview(1)["index.html"]


# -- what is in it? --------------------------------------------------------------------------------------------------

_BATCH = 12
BATCHES = [list(HOSTILE)[first : first + _BATCH] for first in range(0, len(HOSTILE), _BATCH)]


@pytest.mark.parametrize("names", BATCHES, ids=lambda names: names[0])
def test_hostile_artifacts_are_refused_and_harm_nobody(names: list[str], stage: Stage, host: Host) -> None:
    site = small_site()
    stage.push(site)
    better = site | {"llms.txt": b"# A better guide\n"}
    host.open(host.fork("ann"), "words", pack(better))
    stage.publish("a good artifact before hostile ones")
    alone = stage.tree
    for name in names:
        host.open(host.fork("mallory"), f"branch of {name}", HOSTILE[name].make(site))
    found = stage.publish("good, beside hostile ones", dict(enumerate(names, 2)))
    assert stage.tree == alone
    for number, name in enumerate(names, 2):
        assert found[number].state == REFUSED
        assert HOSTILE[name].reason in " ".join(found[number].reasons)
        assert "There is no preview" in stage.said(number)
