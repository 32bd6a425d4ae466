"""The client of GitHub's API: where the token goes, what is read and how far, and what is tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsdocs.errors import PublishError
from dsdocs.publish import github
from dsdocs.publish.github import Api, ApiError, api_of_environment, following
from support.github import TOKEN, Artifact, Host, serving

NOW = 1_800_000_000.0
LISTED = "/repos/lab/guide/pulls"


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def api(host: Host, waited: list[float]) -> Iterator[Api]:
    host.push(None)
    with serving(host) as address:
        yield Api(address, TOKEN, sleep=waited.append, clock=lambda: NOW)


def site_of(host: Host, data: bytes = b"a site") -> Artifact:
    host.push(data)
    return host.artifacts[-1]


def zip_of(artifact: Artifact) -> str:
    return f"/repos/lab/guide/actions/artifacts/{artifact.id}/zip"


def test_a_list_is_read_over_all_its_pages(host: Host, api: Api) -> None:
    for index in range(7):
        host.open(host.fork("ann"), f"branch-{index}", None)
    host.page = 3
    assert [one["number"] for one in api.pages(LISTED)] == [1, 2, 3, 4, 5, 6, 7]
    assert len(host.requests) == 3
    assert "per_page=100" in host.requests[0].path


def test_lists_within_an_object_are_read_by_their_key(host: Host, api: Api) -> None:
    for _ in range(5):
        host.push(b"a site")
    host.page = 2
    path = "/repos/lab/guide/actions/workflows/site.yml/runs"
    assert len(list(api.pages(path, {"event": "push"}, key="workflow_runs"))) == 5
    with pytest.raises(ApiError, match="expected a list 'jobs', which is not there"):
        list(api.pages(path, key="jobs"))


def test_the_next_page_is_not_asked_for_at_another_host(host: Host, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "following", lambda _: f"{host.storage}/files/1")
    with pytest.raises(ApiError, match="at another host"):
        list(api.pages(LISTED))
    assert {one.server for one in host.requests} == {"api"}


def test_a_list_without_an_end_is_given_up(host: Host, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "following", lambda _: f"{api.url}{LISTED}")
    monkeypatch.setattr(github, "PAGES", 4)
    with pytest.raises(ApiError, match="more than 4 pages"):
        list(api.pages(LISTED))
    assert len(host.requests) == 4


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<https://x.example/a?page=2>; rel="next", <https://x.example/a?page=9>; rel="last"', "https://x.example/a?page=2"),
        ('<https://x.example/a?page=1>; rel="prev", <https://x.example/a?page=3>; rel="next"', "https://x.example/a?page=3"),
        ('<https://x.example/a?page=1>; rel="first"', None),
        ("", None),
    ],
)  # fmt: skip
def test_link_headers_tell_the_next_page(link: str, expected: str | None) -> None:
    assert following(link) == expected


def test_a_file_comes_from_the_other_host_without_the_token(host: Host, api: Api, tmp_path: Path) -> None:
    artifact = site_of(host)
    digest = api.download(zip_of(artifact), tmp_path / "site.zip", limit=100)
    assert (tmp_path / "site.zip").read_bytes() == b"a site"
    assert digest == hashlib.sha256(b"a site").hexdigest()
    assert [(one.server, one.token) for one in host.requests] == [("api", f"Bearer {TOKEN}"), ("storage", "")]


def test_no_token_follows_a_redirect_back_to_the_api(host: Host, api: Api, tmp_path: Path) -> None:
    artifact = site_of(host)
    host.redirect = lambda _: f"{api.url}/repos/lab/guide"
    with pytest.raises(ApiError, match="401"):
        api.download(zip_of(artifact), tmp_path / "site.zip", limit=100)
    assert [one.token for one in host.requests] == [f"Bearer {TOKEN}", ""]


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://files.example/x", "//x.example/y"]
)
def test_a_redirect_to_where_others_can_read_along_is_refused(
    target: str, host: Host, api: Api, tmp_path: Path
) -> None:
    artifact = site_of(host)
    host.redirect = lambda _: target
    with pytest.raises(ApiError, match="expected an https address"):
        api.download(zip_of(artifact), tmp_path / "site.zip", limit=100)
    assert not list(tmp_path.iterdir())


def test_redirects_in_a_circle_end(host: Host, api: Api, tmp_path: Path) -> None:
    artifact = site_of(host)
    host.fail("/files/", 302, times=99, headers={"Location": "/files/again"})
    with pytest.raises(ApiError, match="redirected more than 3 times"):
        api.download(zip_of(artifact), tmp_path / "site.zip", limit=100)


@pytest.mark.parametrize("length", [True, False])
def test_a_file_above_the_limit_is_not_kept(length: bool, host: Host, api: Api, tmp_path: Path) -> None:
    artifact = site_of(host, bytes(5_000))
    host.announces = length
    expected = "has 5,000 bytes; at most 4,998 are taken" if length else "has more than the 4,998 bytes"
    with pytest.raises(ApiError, match=expected):
        api.download(zip_of(artifact), tmp_path / "site.zip", limit=4_998)
    assert not list(tmp_path.iterdir())


def test_a_file_that_ends_early_is_fetched_again(host: Host, api: Api, waited: list[float], tmp_path: Path) -> None:
    artifact = site_of(host)
    host.cut = 2  # answers
    api.download(zip_of(artifact), tmp_path / "site.zip", limit=100)
    assert (tmp_path / "site.zip").read_bytes() == b"a site"
    assert waited == [2.0, 4.0]


def test_an_answer_that_is_too_long_or_no_json_is_an_error(
    host: Host, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = site_of(host, b"{]")
    monkeypatch.setattr(github, "ANSWER", 20)
    with pytest.raises(ApiError, match="at most 20 are taken"):
        api.get("/repos/lab/guide")
    monkeypatch.undo()
    host.fail("guide$", 200, message="x")
    assert api.get("/repos/lab/guide")["message"] == "x"
    with pytest.raises(ApiError, match="expected JSON"):
        Api(host.storage, TOKEN).get(f"/files/{artifact.id}", {"key": "secret"})


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(status: int, host: Host, api: Api, waited: list[float]) -> None:
    host.fail("guide$", status, times=4)
    assert api.get("/repos/lab/guide")["id"] == host.repository.id
    assert waited == [2.0, 4.0, 8.0, 16.0]


def test_a_server_in_trouble_is_not_asked_for_ever(host: Host, api: Api) -> None:
    host.fail("guide$", 500, times=99)
    with pytest.raises(ApiError, match="500: Server Error") as error:
        api.get("/repos/lab/guide")
    assert error.value.status == 500
    assert len(host.requests) == github.TRIES


def test_what_may_have_been_written_is_not_written_again(host: Host, api: Api) -> None:
    host.fail("comments", 502, method="POST")
    with pytest.raises(ApiError, match="502"):
        api.send("POST", "/repos/lab/guide/issues/1/comments", {"body": "x"})
    assert len(host.requests) == 1


@pytest.mark.parametrize(
    ("status", "headers", "message", "expected"),
    [
        (429, {"Retry-After": "7"}, "slow down", 7.0),
        (403, {"Retry-After": "30"}, "You have exceeded a secondary rate limit", 30.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 41:.0f}"}, "API rate limit exceeded", 42.0),
        (403, {}, "You have exceeded a secondary rate limit", 60.0),
    ],
)
def test_a_rate_limit_is_waited_for(
    status: int, headers: dict[str, str], message: str, expected: float, host: Host, api: Api, waited: list[float]
) -> None:
    host.fail("comments", status, method="POST", headers=headers, message=message)
    assert api.send("POST", "/repos/lab/guide/issues/1/comments", {"body": "x"})["body"] == "x"
    assert waited == [expected]


def test_a_rate_limit_that_lasts_is_an_error(host: Host, api: Api, waited: list[float]) -> None:
    host.fail("guide$", 403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 1800:.0f}"})
    with pytest.raises(ApiError, match="used up for 1801 s: run the job again then"):
        api.get("/repos/lab/guide")
    assert waited == []


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "not valid"), (403, "lacks a right"), (404, "may not see it"), (410, "expired"), (422, "not understood")],
)
def test_a_refusal_says_what_it_means(status: int, hint: str, host: Host, api: Api, waited: list[float]) -> None:
    host.fail("guide$", status, message="Resource not accessible by integration")
    with pytest.raises(ApiError, match=f"/repos/lab/guide: {status}: Resource not .*{hint}") as error:
        api.get("/repos/lab/guide")
    assert (error.value.status, waited) == (status, [])
    assert TOKEN not in str(error.value)


def test_a_moved_repository_is_named(host: Host, api: Api) -> None:
    host.fail("guide$", 301, headers={"Location": f"{host.storage}/repositories/9"})
    with pytest.raises(ApiError, match="name the repository as it is called now"):
        api.get("/repos/lab/guide")
    assert len(host.requests) == 1


def test_no_answer_at_all_is_an_error(waited: list[float]) -> None:
    with serving(Host()) as address:
        pass
    with pytest.raises(ApiError, match="no whole answer"):
        Api(address, TOKEN, sleep=waited.append).get("/repos/lab/guide")
    assert len(waited) == github.TRIES - 1


def test_addresses_of_files_are_not_told(host: Host, api: Api, tmp_path: Path) -> None:
    artifact = site_of(host)
    host.fail("/files/", 403, times=1)
    with pytest.raises(ApiError) as error:
        api.download(zip_of(artifact), tmp_path / "site.zip", limit=100)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("address", ["http://api.example", "ftp://127.0.0.1", "api.example"])
def test_a_token_is_not_sent_in_the_open(address: str) -> None:
    with pytest.raises(PublishError, match="no https address"):
        Api(address, TOKEN)


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(Api("https://api.example", TOKEN))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"GITHUB_REPOSITORY": ""}, "expected OWNER/NAME"),
        ({"GITHUB_REPOSITORY": "lab/guide/../x"}, "expected OWNER/NAME"),
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_TOKEN": "a\nb"}, "GITHUB_TOKEN is not set"),
    ],
)
def test_a_job_without_its_environment_is_told_what_to_set(
    changed: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {"GITHUB_REPOSITORY": "lab/guide", "GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": ""}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    api, name = api_of_environment()
    assert (api.url, name) == ("https://api.github.com", "lab/guide")
    for key, value in changed.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(PublishError, match=expected):
        api_of_environment()
